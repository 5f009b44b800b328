"""Data in and out."""

from django.urls import path

from rondpoint.hub.destinations import views as destinations
from rondpoint.hub.exports import views as exports
from rondpoint.hub.imports import views as imports
from rondpoint.hub.reach import views as reach
from rondpoint.hub.rights import views as rights
from rondpoint.hub.silos import views as silos
from rondpoint.hub.syncs import views as syncs
from rondpoint.hub.webhooks import views as webhooks

urlpatterns = [
    path("imports", imports.listing, name="imports"),
    path("imports/ticket", imports.ticket),
    path("imports/retention", imports.retention),
    path("imports/templates/<str:name>.csv", imports.template),
    path("imports/<uuid:public_id>", imports.one, name="import"),
    path("imports/<uuid:public_id>/mapping", imports.mapping),
    path("imports/<uuid:public_id>/run", imports.run),
    path("imports/<uuid:public_id>/cancellation", imports.cancellation),
    path("imports/<uuid:public_id>/refused.csv", imports.refused),
    path("syncs", syncs.listing, name="syncs"),
    path("syncs/<uuid:public_id>", syncs.one, name="sync"),
    path("syncs/<uuid:public_id>/mapping", syncs.mapping),
    path("syncs/<uuid:public_id>/run", syncs.run),
    path("syncs/<uuid:public_id>/check", syncs.check),
    path("syncs/<uuid:public_id>/write-back", syncs.write_back),
    path("syncs/<uuid:public_id>/activity", syncs.activity),
    path("syncs/<uuid:public_id>/removal", syncs.removal),
    path("promotions/reach", reach.listing, name="reach-looks"),
    path("promotions/reach/<uuid:public_id>", reach.one, name="reach"),
    path("silos", silos.audit, name="silos"),
    path("silos/examples", silos.examples),
    path("exports", exports.listing, name="exports"),
    path("exports/<uuid:public_id>/file", exports.file),
    path("exports/<uuid:public_id>/cancellation", exports.cancellation),
    path("destinations", destinations.listing, name="destinations"),
    path("destinations/<uuid:public_id>", destinations.one, name="destination"),
    path("destinations/<uuid:public_id>/run", destinations.run),
    path("destinations/<uuid:public_id>/activity", destinations.activity),
    path("destinations/<uuid:public_id>/removal", destinations.removal),
    path("rights", rights.listing, name="rights"),
    path("rights/retention", rights.keeping, name="retention"),
    path("rights/holds", rights.holding, name="holds"),
    path("rights/holds/<uuid:public_id>/lifting", rights.lifting),
    path("rights/requests/<uuid:public_id>", rights.one, name="rights-request"),
    path("rights/requests/<uuid:public_id>/answer", rights.answer),
    path("rights/erasures/<uuid:public_id>", rights.receipt, name="rights-erasure"),
    path("rights/erasures/<uuid:public_id>/receipt.json", rights.receipt_file),
    path("rights/files/<str:token>", rights.file),
    path("customers/<str:public_id>/rights", rights.of_customer, name="rights-customer"),
    path("customers/<str:public_id>/erasure", rights.erasure),
    path("webhooks", webhooks.listing, name="webhooks"),
    path("webhooks/<uuid:public_id>", webhooks.one, name="webhook"),
    path("webhooks/<uuid:public_id>/activity", webhooks.activity),
    path("webhooks/<uuid:public_id>/secret", webhooks.secret),
    path("webhooks/<uuid:public_id>/removal", webhooks.removal),
    path("webhooks/<uuid:public_id>/test", webhooks.test),
    path("webhooks/<uuid:public_id>/replay", webhooks.replay),
    path("webhooks/<uuid:public_id>/told/<uuid:told>", webhooks.replay_one),
]
