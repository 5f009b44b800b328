"""The list's addresses."""

from django.urls import path
from django.views.generic import RedirectView

from rondpoint.conversations.desk.inbox import changing, saving, views

urlpatterns = [
    path("", RedirectView.as_view(url="/inbox")),
    path("inbox", views.inbox, name="inbox"),
    path("inbox/rows", views.rows),
    path("inbox/news", views.news),
    path("inbox/changes", changing.change),
    path("inbox/undo", changing.undo),
    path("inbox/views", saving.create),
    path("inbox/views/<str:public_id>", saving.change),
    path("inbox/views/<str:public_id>/removal", saving.removal),
]
