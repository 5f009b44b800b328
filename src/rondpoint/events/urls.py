"""The catalogue of facts."""

from django.urls import path

from rondpoint.events import views

urlpatterns = [
    path("catalogue", views.catalogue, name="catalogue"),
    path("catalogue/<int:number>", views.event_type, name="event_type"),
    path("catalogue/<int:number>/acceptance", views.acceptance, name="event_type_acceptance"),
]
