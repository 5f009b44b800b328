"""The companies' addresses."""

from django.urls import path

from rondpoint.conversations.desk.company import belonging, editing, views

urlpatterns = [
    path("companies", views.listing, name="companies"),
    path("companies/new", views.new, name="company-new"),
    path("companies/<str:public_id>", views.company, name="company"),
    path("companies/<str:public_id>/timeline", views.happened),
    path("companies/<str:public_id>/edit", editing.edit, name="company-edit"),
    path("companies/<str:public_id>/links", views.merge),
    path("companies/<str:public_id>/links/<str:link>/removal", views.unmerge),
    path("customers/<str:public_id>/companies", belonging.choose, name="customer-companies"),
    path("customers/<str:public_id>/companies/<str:company_id>", belonging.answer),
]
