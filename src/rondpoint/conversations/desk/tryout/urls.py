"""Trying the gate."""

from django.urls import path

from rondpoint.conversations.desk.tryout import views

urlpatterns = [path("promotions/try", views.tryout, name="tryout")]
