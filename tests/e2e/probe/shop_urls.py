"""The real addresses, and beside them the probe's jobs."""

from django.urls import path

from server.config.urls import urlpatterns as real

from .urls import job, jobs

handler404 = "server.core.http.problems.not_found"

urlpatterns = [*real, path("probe/jobs/", jobs), path("probe/jobs/<int:key>/", job)]
