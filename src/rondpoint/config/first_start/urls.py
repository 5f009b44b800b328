"""The first start."""

from django.urls import path

from rondpoint.config.first_start import views

urlpatterns = [
    path("setup", views.first, name="setup"),
    path("setup/<slug:name>", views.step, name="setup_step"),
]
