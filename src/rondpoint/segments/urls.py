"""Segments: what they mean, who is in them, and the builder."""

from django.urls import path

from rondpoint.segments import views

urlpatterns = [
    path("segments", views.listing, name="segments"),
    path("segments/new", views.add),
    path("segments/preview", views.preview),
    path("segments/<uuid:public_id>", views.segment, name="segment"),
    path("segments/<uuid:public_id>/definition", views.change),
    path("segments/<uuid:public_id>/removal", views.remove),
]
