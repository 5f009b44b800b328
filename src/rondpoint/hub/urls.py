"""Data in and out."""

from django.urls import path

from rondpoint.hub.imports import views as imports

urlpatterns = [
    path("imports", imports.listing, name="imports"),
    path("imports/ticket", imports.ticket),
    path("imports/templates/<str:name>.csv", imports.template),
    path("imports/<uuid:public_id>", imports.one, name="import"),
    path("imports/<uuid:public_id>/mapping", imports.mapping),
    path("imports/<uuid:public_id>/run", imports.run),
    path("imports/<uuid:public_id>/cancellation", imports.cancellation),
    path("imports/<uuid:public_id>/refused.csv", imports.refused),
]
