from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    name = "server.purchasing"
    label = "purchasing"
