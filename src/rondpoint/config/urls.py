"""Every address of the desk, room by room."""

from django.urls import include, path

from rondpoint.config.api import urlpatterns as api

urlpatterns = [
    *api,
    path("", include("rondpoint.accounts.urls")),
    path("", include("rondpoint.conversations.desk.urls")),
    path("", include("rondpoint.customers.urls")),
    path("", include("rondpoint.channels.urls")),
    path("", include("rondpoint.conversations.urls_continuation")),
    path("demo/", include("rondpoint.demo.urls")),
]
