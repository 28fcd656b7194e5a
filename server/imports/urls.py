"""Routes of import sessions and of templates; they stand before those of the declared resources."""

from django.urls import path

from server.core.http.batch_views import BatchView
from server.core.resources import all_resources
from server.imports.mapping.targets import is_importable
from server.imports.templates.views import TemplateView
from server.imports.views import (
    CellsView,
    MappingView,
    PreviewView,
    RejectsView,
    RowsView,
    SessionsView,
    SessionView,
    ValuesView,
)

urlpatterns = [
    path("imports/", SessionsView.as_view(), name="imports-list"),
    path("imports/bulk/", BatchView.as_view(resource_name="imports"), name="imports-bulk"),
    path("imports/<str:reference>/", SessionView.as_view(), name="imports-detail"),
    path("imports/<str:reference>/rows/", RowsView.as_view(), name="imports-rows"),
    path("imports/<str:reference>/cells/", CellsView.as_view(), name="imports-cells"),
    path("imports/<str:reference>/preview/", PreviewView.as_view(), name="imports-preview"),
    path("imports/<str:reference>/values/", ValuesView.as_view(), name="imports-values"),
    path("imports/<str:reference>/mapping/", MappingView.as_view(), name="imports-mapping"),
    path("imports/<str:reference>/rejects/", RejectsView.as_view(), name="imports-rejects"),
    *(
        path(f"{name}/template/", TemplateView.as_view(resource_name=name), name=f"{name}-template")
        for name, resource in all_resources().items()
        if is_importable(resource)
    ),
]
