"""Sources and what they tell."""

from django.urls import path

from rondpoint.tracking import views

urlpatterns = [
    path("sources", views.listing, name="sources"),
    path("sources/new/<str:kind>", views.add),
    path("sources/<uuid:public_id>", views.source, name="source"),
    path("sources/<uuid:public_id>/calls", views.calls),
    path("sources/<uuid:public_id>/refusals", views.refusals),
    path("sources/<uuid:public_id>/activity", views.activity),
    path("sources/<uuid:public_id>/key", views.key),
    path("sources/<uuid:public_id>/batches/<uuid:batch>", views.try_again),
]
