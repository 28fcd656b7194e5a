from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "server.organizations"
    label = "organizations"
