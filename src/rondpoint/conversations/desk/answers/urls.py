"""The addresses of canned answers."""

from django.urls import path

from rondpoint.conversations.desk.answers import views

urlpatterns = [
    path("settings/answers", views.answers, name="answers"),
    path("settings/answers/new", views.answer),
    path("settings/answers/<str:public_id>", views.answer),
    path("settings/answers/<str:public_id>/removal", views.removal),
]
