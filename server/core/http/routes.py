"""The routes of all that is declared."""

from __future__ import annotations

from django.urls import URLPattern, path

from server.core.operations.batch import takes_batches
from server.core.resources import all_resources

from .batch_views import BatchView
from .draft_views import DraftsView, DraftView
from .export_views import ExportView
from .feed_views import ChangesView
from .find_view import FindView
from .meta_views import IndexView, OperationDescriptionView, ResourceDescriptionView
from .operation_views import OperationView
from .resolve_views import ResolveView
from .resource_views import DetailView, ListView, TimelineView


def declared_routes() -> list[URLPattern]:
    """Three routes a resource, one for its export and one for many of its records, one for all operations, the descriptions, the feed and the drafts."""
    routes = [
        path("meta/", IndexView.as_view(), name="meta"),
        path("meta/resources/<str:name>/", ResourceDescriptionView.as_view(), name="meta-resource"),
        path("meta/operations/<str:name>/", OperationDescriptionView.as_view(), name="meta-operation"),
        path("operations/<str:name>/", OperationView.as_view(), name="operation"),
        path("resolve/", ResolveView.as_view(), name="resolve"),
        path("find/", FindView.as_view(), name="find"),
        path("changes/", ChangesView.as_view(), name="changes"),
        path("drafts/", DraftsView.as_view(), name="drafts"),
        path("drafts/<path:form>/", DraftView.as_view(), name="draft"),
    ]
    for name, resource in all_resources().items():
        options = {"resource_name": name}
        if takes_batches(resource):
            routes.append(path(f"{name}/bulk/", BatchView.as_view(**options), name=f"{name}-bulk"))
        if "export" in resource.operations:
            routes.append(path(f"{name}/export/", ExportView.as_view(**options), name=f"{name}-export"))
        routes += [
            path(f"{name}/", ListView.as_view(**options), name=f"{name}-list"),
            path(f"{name}/<str:reference>/", DetailView.as_view(**options), name=f"{name}-detail"),
            path(
                f"{name}/<str:reference>/timeline/", TimelineView.as_view(**options), name=f"{name}-timeline"
            ),
        ]
    return routes
