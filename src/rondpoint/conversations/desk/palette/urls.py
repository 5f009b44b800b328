"""The palette's address."""

from django.urls import path

from rondpoint.conversations.desk.palette import views

urlpatterns = [path("palette", views.palette)]
