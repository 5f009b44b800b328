"""The customers' addresses."""

from django.urls import path

from rondpoint.conversations.desk.customer import views

urlpatterns = [
    path("customers", views.search, name="customers"),
    path("customers/<str:public_id>", views.customer, name="customer"),
    path("customers/<str:public_id>/compare/<str:other>", views.compare),
    path("customers/<str:public_id>/links/<str:link_id>", views.link),
]
