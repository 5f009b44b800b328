"""Who calls the API: ``Authorization: Bearer rp_…``."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from rondpoint.accounts import actions, queries
from rondpoint.accounts.models import ApiKey


class KeyAuth(HttpBearer):
    """Gives operations the calling key as ``request.auth``; ninja answers 401 when there is none."""

    openapi_description = "An API key made with `rondpoint key create NAME`."

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key = queries.api_key(token)
        if key is not None:
            actions.note_use(key)
        return key


def caller(request: HttpRequest) -> ApiKey | None:
    """The key behind a request before any operation runs; None without a valid one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return queries.api_key(token.strip()) if scheme.lower() == "bearer" else None


def actor(request: HttpRequest) -> str:
    """How the audit log and facts name the caller."""
    return f"API key {request.auth.name}"
