"""The desk's addresses, pane by pane."""

from django.urls import include, path

from rondpoint.conversations.desk import views

PANES = ("inbox", "thread", "company", "customer", "answers", "palette", "search", "briefing", "tryout")
urlpatterns = [
    path("desk/ticket", views.ticket),
    *(path("", include(f"rondpoint.conversations.desk.{pane}.urls")) for pane in PANES),
]
