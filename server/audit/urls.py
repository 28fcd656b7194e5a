"""Routes of the log."""

from django.urls import path

from .views import ChangeSetsView

urlpatterns = [path("change-sets/", ChangeSetsView.as_view(), name="change-sets")]
