from django.apps import AppConfig


class HrConfig(AppConfig):
    name = "server.hr"
    label = "hr"
