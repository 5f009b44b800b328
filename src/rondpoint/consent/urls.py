"""Purposes and the rules by country."""

from django.urls import path

from rondpoint.consent import views

urlpatterns = [
    path("purposes", views.listing, name="purposes"),
    path("purposes/<str:key>", views.purpose, name="purpose"),
    path("rules", views.rules, name="rules"),
]
