"""``/u/{token}``: preferences and unsubscribing."""

from django.urls import path

from rondpoint.conversations.preference_page import confirming, views

urlpatterns = [
    path("u/confirmation/<str:token>", confirming.confirmation),
    path("u/<str:token>", views.centre),
]
