"""Sessions in the database, saved through the one way to write."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from rondpoint.lib.db import write
from rondpoint.lib.prepared import prepared


class SessionStore(db.SessionStore):
    """Django's, but every change goes through ``write()``, and each page asks one prepared statement."""

    def _get_session_from_db(self) -> Session | None:
        found = _session(self.session_key)
        if found and found[0].expire_date > timezone.now():
            return found[0]
        self._session_key = None
        return None

    def save(self, must_create: bool = False) -> None:
        with write():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with write():
            super().delete(session_key)


@prepared
def _session(session_key: str, /) -> QuerySet[Session, Session]:
    return Session.objects.filter(session_key=session_key)
