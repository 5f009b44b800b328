"""The customers' addresses."""

from django.urls import path

from rondpoint.conversations.desk.customer import consents, deciding, editing, finding, heard, joining, reviewing, views

urlpatterns = [
    path("review", reviewing.review, name="review"),
    path("customers", finding.search, name="customers"),
    path("customers/new", finding.new, name="customer-new"),
    path("customers/<str:public_id>", views.customer, name="customer"),
    path("customers/<str:public_id>/timeline", views.happened),
    path("customers/<str:public_id>/traits", heard.traits),
    path("customers/<str:public_id>/consents", consents.say),
    path("customers/<str:public_id>/decisions", deciding.decisions),
    path("customers/<str:public_id>/edit", editing.edit, name="customer-edit"),
    path("customers/<str:public_id>/addresses/removal", editing.remove_address),
    path("customers/<str:public_id>/compare/<str:other>", joining.compare),
    path("customers/<str:public_id>/compare/<str:other>/removal", joining.uncompare),
    path("customers/<str:public_id>/links", joining.why),
    path("customers/<str:public_id>/links/<str:link_id>", joining.link),
]
