"""``/c/{token}``: going on elsewhere."""

from django.urls import path

from rondpoint.conversations import views_continuation as views

urlpatterns = [path("c/<str:token>", views.continuation, name="continuation")]
