"""What the design system shows of itself, and how the desk looks."""

from django.urls import path

from rondpoint.ui import views

urlpatterns = [
    path("design", views.design, name="design"),
    path("settings", views.settings, name="settings"),
    path("settings/appearance", views.appearance, name="appearance"),
]
