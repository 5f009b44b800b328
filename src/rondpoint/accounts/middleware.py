"""Each member of staff reads the desk in her own language, and in the brand's time; and proves what the house asks."""

import contextlib
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from rondpoint.accounts.factors import queries as factors
from rondpoint.accounts.queries import default_brand
from rondpoint.lib import clock
from rondpoint.lib.db import AWAY

SEEN_EVERY = 5 * clock.MINUTE  # a session is written at most so often only because it is used
WITHOUT_FACTOR = ("/settings/factors", "/settings/appearance", "/login", "/logout", "/static/")  # open without one


class StaffLanguage:
    """Activates the language of whoever is signed in, and the zone in which the brand's days begin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self._get_response(request)
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = translation.get_language()
        request.house = brand = default_brand()
        with timezone.override(ZoneInfo(brand.timezone) if brand else None):
            return self._get_response(request)


class LastSeen:
    """Notes in the session when it was last used, to a few minutes, so that a list of sessions says which are alive."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = clock.now()
        if request.user.is_authenticated and now - request.session.get("seen", 0) > SEEN_EVERY:
            request.session["seen"] = now
            with contextlib.suppress(*AWAY):  # a page that can be read is shown, also while nothing can be noted
                request.session.save()
            request.session.modified = False
        return self._get_response(request)


class SecondFactor:
    """Leads whoever must prove a second factor, and has none yet, to where she sets one up; nothing else opens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated or request.path.startswith(WITHOUT_FACTOR) or self._proved(request):
            return self._get_response(request)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=403, headers={"HX-Redirect": "/settings/factors"})
        return redirect("factors")

    def _proved(self, request: HttpRequest) -> bool:
        # The identity provider of a single sign-on asks for a factor of its own.
        by = str(request.session.get("by", ""))
        return by == "sign_on" or not factors.required(request.user) or factors.has_any(request.user)
