"""The demo's addresses beside the desk's, where a reset leads back to."""

from django.urls import include, path

urlpatterns = [
    path("demo/", include("rondpoint.demo.urls")),
    path("", include("rondpoint.conversations.desk.urls")),
]
