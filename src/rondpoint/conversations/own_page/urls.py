"""``/me``: her own page."""

from django.urls import path

from rondpoint.conversations.own_page import stylesheet, views

urlpatterns = [
    path("me", views.page),
    path("me/code", views.ask),
    path("me/proof", views.enter),
    path("me/messages", views.say),
    path("me/calls", views.call_back),
    path("me/phone", views.to_phone),
    path("me/news", views.news),
    path("me/rights", views.her_rights),
    path("me/files/<int:number>/<path:name>", views.file),
    path("me/language", views.language),
    path("me/departure", views.leave),
    path("me/colours/<slug:slug>.css", stylesheet.colours),
]
