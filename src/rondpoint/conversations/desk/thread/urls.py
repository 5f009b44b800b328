"""A conversation's addresses: each state change is a resource of its own."""

from django.urls import path

from rondpoint.conversations.desk.thread import files, views, writing

urlpatterns = [
    path("conversations/<str:public_id>", views.conversation, name="conversation"),
    path("conversations/<str:public_id>/flow", views.flow),
    path("conversations/<str:public_id>/customer", views.panel),
    path("conversations/<str:public_id>/reach", views.reach),
    path("conversations/<str:public_id>/messages", writing.message),
    path("conversations/<str:public_id>/typing", writing.typing),
    path("conversations/<str:public_id>/closure", writing.closure),
    path("conversations/<str:public_id>/assignment", writing.assignment),
    path("conversations/<str:public_id>/continuations", writing.continuation),
    path("messages/<str:public_id>/html", files.html),
    path("messages/<str:public_id>/raw", files.raw),
    path("files/<str:token>/<path:name>", files.attachment),
]
