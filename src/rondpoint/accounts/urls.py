"""Signing in and out."""

from django.urls import path

from rondpoint.accounts import views

urlpatterns = [path("login", views.sign_in, name="sign_in"), path("logout", views.sign_out, name="sign_out")]
