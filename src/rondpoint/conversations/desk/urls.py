"""The desk's addresses: each state change is a resource of its own."""

from django.urls import path
from django.views.generic import RedirectView

from rondpoint.conversations.desk import files, people, views, writing

urlpatterns = [
    path("", RedirectView.as_view(url="/inbox")),
    path("inbox", views.inbox, name="inbox"),
    path("desk/ticket", views.ticket),
    path("conversations/<str:public_id>", views.conversation, name="conversation"),
    path("conversations/<str:public_id>/flow", views.flow),
    path("conversations/<str:public_id>/customer", views.panel),
    path("conversations/<str:public_id>/reach", views.reach),
    path("conversations/<str:public_id>/messages", writing.message),
    path("conversations/<str:public_id>/typing", writing.typing),
    path("conversations/<str:public_id>/closure", writing.closure),
    path("conversations/<str:public_id>/assignment", writing.assignment),
    path("conversations/<str:public_id>/continuations", writing.continuation),
    path("customers", people.search, name="customers"),
    path("customers/<str:public_id>", people.customer, name="customer"),
    path("customers/<str:public_id>/compare/<str:other>", people.compare),
    path("customers/<str:public_id>/links/<str:link_id>", people.link),
    path("messages/<str:public_id>/html", files.html),
    path("messages/<str:public_id>/raw", files.raw),
    path("files/<str:token>/<path:name>", files.attachment),
]
