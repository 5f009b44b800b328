"""The list's addresses."""

from django.urls import path
from django.views.generic import RedirectView

from rondpoint.conversations.desk.inbox import views

urlpatterns = [
    path("", RedirectView.as_view(url="/inbox")),
    path("inbox", views.inbox, name="inbox"),
]
