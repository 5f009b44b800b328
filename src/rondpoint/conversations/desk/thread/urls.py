"""A conversation's addresses: each state change is a resource of its own."""

from django.urls import path

from rondpoint.conversations.desk.thread import changing, files, pivot, uploads, views, writing

ONE = "conversations/<str:public_id>"

urlpatterns = [
    path(ONE, views.conversation, name="conversation"),
    path(f"{ONE}/flow", views.flow),
    path(f"{ONE}/news", views.news),
    path(f"{ONE}/head", views.head),
    path(f"{ONE}/customer", views.panel),
    path(f"{ONE}/reach", views.reach),
    path(f"{ONE}/answers", views.answers),
    path(f"{ONE}/decisions", views.decisions),
    path(f"{ONE}/reading", views.reading),
    path(f"{ONE}/messages", writing.message),
    path(f"{ONE}/undo", writing.undo),
    path(f"{ONE}/notes", writing.note),
    path(f"{ONE}/draft", writing.draft),
    path(f"{ONE}/closure", changing.closure),
    path(f"{ONE}/assignment", changing.assignment),
    path(f"{ONE}/snooze", changing.snooze),
    path(f"{ONE}/presence", changing.presence),
    path(f"{ONE}/continuations", pivot.continuation),
    path("messages/<str:public_id>/why", views.reasons),
    path("messages/<str:public_id>/again", writing.again),
    path("messages/<str:public_id>/html", files.html),
    path("messages/<str:public_id>/raw", files.raw),
    path("files/<str:token>/<path:name>", files.attachment),
    path("desk/upload-ticket", uploads.upload_ticket),
]
