"""Routes of notes and attachments: the same under every record."""

from django.urls import path

from .views import AttachmentsView, AttachmentView, ContentView, NotesView, NoteView

_RECORD = "<str:resource>/<str:reference>"

urlpatterns = [
    path(f"{_RECORD}/notes/", NotesView.as_view(), name="notes"),
    path(f"{_RECORD}/notes/<int:key>/", NoteView.as_view(), name="note"),
    path(f"{_RECORD}/attachments/", AttachmentsView.as_view(), name="attachments"),
    path(f"{_RECORD}/attachments/<int:key>/", AttachmentView.as_view(), name="attachment"),
    path(f"{_RECORD}/attachments/<int:key>/content/", ContentView.as_view(), name="attachment-content"),
]
