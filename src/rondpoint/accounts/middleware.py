"""Each member of staff reads the desk in her own language, and in the brand's time."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from rondpoint.accounts.queries import default_brand


class StaffLanguage:
    """Activates the language of whoever is signed in, and the zone in which the brand's days begin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self._get_response(request)
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = translation.get_language()
        brand = default_brand()
        with timezone.override(ZoneInfo(brand.timezone) if brand else None):
            return self._get_response(request)
