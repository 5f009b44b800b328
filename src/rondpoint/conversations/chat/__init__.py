"""The chat and in-app protocol: ``/chat/v1``."""
