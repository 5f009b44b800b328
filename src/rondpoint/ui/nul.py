"""The character NUL ends at the door: no person types it, and PostgreSQL refuses to look for it or to store it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotFound, QueryDict
from django.http.request import UnreadablePostError

OWN_ANSWER = "/api/"  # the API names the field


class NoNul:
    """404 for an address with NUL in it, 400 for such a query or form; the views behind never see one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(OWN_ANSWER):
            if "\0" in request.path_info:
                return HttpResponseNotFound("There is nothing at this address.", content_type="text/plain")
            try:
                field = _field_with_nul(request.GET) or _field_with_nul(request.POST)
            except UnreadablePostError:
                return HttpResponseBadRequest("The form ended too early.", content_type="text/plain")
            if field is not None:
                reason = f"{field.replace(chr(0), '')}: the character NUL cannot be stored."
                return HttpResponseBadRequest(reason, content_type="text/plain; charset=utf-8")
        return self._get_response(request)


def _field_with_nul(fields: QueryDict) -> str | None:
    return next((name for name, values in fields.lists() if any("\0" in text for text in (name, *values))), None)
