"""Traits, their rules, and probable links."""

from django.urls import path

from rondpoint.customers import views
from rondpoint.customers.matching import views as matching

urlpatterns = [
    path("traits", views.listing, name="traits"),
    path("matching", matching.matching, name="matching"),
    path("matching/runs", matching.run, name="matching-run"),
]
