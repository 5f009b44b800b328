from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "rondpoint.demo"
    label = "demo"
