"""Connections and quarantine."""

from django.urls import path

from rondpoint.channels import views

urlpatterns = [
    path("connections", views.connections, name="connections"),
    path("connections/new/<str:kind>", views.add),
    path("connections/<str:public_id>", views.change, name="connection"),
    path("connections/<str:public_id>/activity", views.activity),
    path("connections/<str:public_id>/removal", views.removal),
    path("connections/<str:public_id>/check", views.check),
    path("quarantine", views.quarantined, name="quarantine"),
    path("quarantine/<str:public_id>", views.delivery),
]
