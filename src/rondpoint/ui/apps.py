from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "rondpoint.ui"
    label = "ui"
