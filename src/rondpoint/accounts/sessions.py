"""Sessions in the database, saved through the one way to write."""

from django.contrib.sessions.backends import db

from rondpoint.lib.db import write


class SessionStore(db.SessionStore):
    """Django's, but every change goes through ``write()``."""

    def save(self, must_create: bool = False) -> None:
        with write():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with write():
            super().delete(session_key)
