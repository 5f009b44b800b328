"""Traits and their rules."""

from django.urls import path

from rondpoint.customers import views

urlpatterns = [path("traits", views.listing, name="traits")]
