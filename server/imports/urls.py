"""Routes of import sessions; they stand before those of the declared resources."""

from django.urls import path

from .views import CellsView, RejectsView, RowsView, SessionsView, SessionView

urlpatterns = [
    path("imports/", SessionsView.as_view(), name="imports-list"),
    path("imports/<str:reference>/", SessionView.as_view(), name="imports-detail"),
    path("imports/<str:reference>/rows/", RowsView.as_view(), name="imports-rows"),
    path("imports/<str:reference>/cells/", CellsView.as_view(), name="imports-cells"),
    path("imports/<str:reference>/rejects/", RejectsView.as_view(), name="imports-rejects"),
]
