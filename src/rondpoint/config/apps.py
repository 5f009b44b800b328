from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "rondpoint.config"
    label = "config"

    def ready(self) -> None:
        from rondpoint.config.house import join_rooms

        join_rooms()
