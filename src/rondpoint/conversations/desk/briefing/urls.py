"""The box above a thread, and the promises."""

from django.urls import path

from rondpoint.conversations.desk.briefing import promising, views

ONE = "conversations/<str:public_id>"

urlpatterns = [
    path(f"{ONE}/briefing", views.briefing),
    path(f"{ONE}/known", views.known),
    path(f"{ONE}/commitments", promising.commitment),
    path("promises", promising.listed, name="promises"),
    path("promises/<str:public_id>/outcome", promising.outcome),
    path("promises/<str:public_id>/time", promising.moved),
]
