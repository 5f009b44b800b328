"""What the house decided about promotions."""

from django.urls import path

from rondpoint.sending import views

urlpatterns = [path("promotions", views.rules, name="promotions")]
