from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "server.system"
    label = "system"
