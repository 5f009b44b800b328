"""``/c/{token}`` and ``/me``: going on elsewhere, and her own page."""

from django.urls import path

from rondpoint.conversations import views_continuation as views
from rondpoint.conversations.own_page.urls import urlpatterns as own_page

urlpatterns = [
    path("c/<str:token>", views.continuation, name="continuation"),
    path("me/links/<str:token>", views.continuation),  # where the button leads: here a device that is known is known
    *own_page,
]
