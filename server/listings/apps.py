from django.apps import AppConfig


class ListingsConfig(AppConfig):
    name = "server.listings"
    label = "listings"
