"""The demo's addresses alone: the house adds them only in a demo home."""

from django.urls import include, path

urlpatterns = [path("demo/", include("rondpoint.demo.urls"))]
