"""The routes of all that is declared."""

from __future__ import annotations

from django.urls import URLPattern, path

from server.core.resources import all_resources

from .feed_views import ChangesView, DraftView
from .meta_views import IndexView, OperationDescriptionView, ResourceDescriptionView
from .operation_views import OperationView
from .resource_views import DetailView, ListView, TimelineView


def declared_routes() -> list[URLPattern]:
    """Three routes a resource, one for all operations, the descriptions, the feed and the drafts."""
    routes = [
        path("meta/", IndexView.as_view(), name="meta"),
        path("meta/resources/<str:name>/", ResourceDescriptionView.as_view(), name="meta-resource"),
        path("meta/operations/<str:name>/", OperationDescriptionView.as_view(), name="meta-operation"),
        path("operations/<str:name>/", OperationView.as_view(), name="operation"),
        path("changes/", ChangesView.as_view(), name="changes"),
        path("drafts/<str:form>/", DraftView.as_view(), name="draft"),
    ]
    for name in all_resources():
        options = {"resource_name": name}
        routes += [
            path(f"{name}/", ListView.as_view(**options), name=f"{name}-list"),
            path(f"{name}/<str:reference>/", DetailView.as_view(**options), name=f"{name}-detail"),
            path(
                f"{name}/<str:reference>/timeline/", TimelineView.as_view(**options), name=f"{name}-timeline"
            ),
        ]
    return routes
