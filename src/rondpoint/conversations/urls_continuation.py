"""``/c/{token}``, ``/me`` and ``/u/{token}``: going on elsewhere, her own page, and what we may write to her."""

from django.urls import path

from rondpoint.conversations import views_continuation as views
from rondpoint.conversations import views_form
from rondpoint.conversations.own_page.urls import urlpatterns as own_page
from rondpoint.conversations.preference_page.urls import urlpatterns as preferences

urlpatterns = [
    path("c/<str:token>", views.continuation, name="continuation"),
    path("forms/<str:key>", views_form.form),
    path("me/links/<str:token>", views.continuation),  # where the button leads: here a device that is known is known
    *own_page,
    *preferences,
]
