from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "server.sales"
    label = "sales"
