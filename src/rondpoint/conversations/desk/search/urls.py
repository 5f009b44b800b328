"""The addresses of search."""

from django.urls import path

from rondpoint.conversations.desk.search import views

urlpatterns = [
    path("search", views.search, name="search"),
    path("search/recent", views.remember),
    path("search/recent/removal", views.forget),
]
