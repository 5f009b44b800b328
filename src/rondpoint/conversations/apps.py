from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ConversationsConfig(AppConfig):
    name = "rondpoint.conversations"
    label = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rondpoint.conversations.search import schema

        pre_migrate.connect(schema.step_aside, sender=self)
        post_migrate.connect(schema.install, sender=self)
