"""Segments and computed traits: what they mean, whom they concern, and their builders."""

from django.urls import path

from rondpoint.segments import views
from rondpoint.segments.computed import views as computed

urlpatterns = [
    path("segments", views.listing, name="segments"),
    path("segments/new", views.add),
    path("segments/preview", views.preview),
    path("segments/<uuid:public_id>", views.segment, name="segment"),
    path("segments/<uuid:public_id>/definition", views.change),
    path("segments/<uuid:public_id>/removal", views.remove),
    path("traits/computed", computed.listing, name="computed-traits"),
    path("traits/computed/new", computed.add),
    path("traits/computed/preview", computed.preview),
    path("traits/computed/<uuid:public_id>", computed.trait, name="computed-trait"),
    path("traits/computed/<uuid:public_id>/definition", computed.change),
    path("traits/computed/<uuid:public_id>/removal", computed.remove),
    path("traits/computed/<uuid:public_id>/customers/<uuid:customer>", computed.why),
]
