"""A visit to her page: which device, in which language, with whose face; and how each page is rendered."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation

from rondpoint.accounts.queries import default_brand
from rondpoint.channels import connections
from rondpoint.channels.models import Connection
from rondpoint.conversations.chat import sessions
from rondpoint.conversations.own_page import device
from rondpoint.customers import queries as customers


class Visit:
    """Who comes, and to whom. ``session`` is None until an address was proved or a link was taken up.

    ``chat`` and ``language`` say whose page it is, and how it speaks, where a link knows better than the cookie.
    """

    def __init__(self, request: HttpRequest, chat: Connection | None = None, language: str = ""):
        self.request = request
        self.sender = request.META.get("REMOTE_ADDR", "")
        self.ticket = device.ticket(request)
        self.session = sessions.find(self.ticket)
        self.chat = chat or (self.session.connection if self.session else connections.first("chat", None))
        self.brand = (self.chat and self.chat.brand) or default_brand()
        self.language = device.language(request, language or self._known_language())

    @property
    def country(self) -> str:
        """Where a number without ``+`` is from."""
        return self.brand.country if self.brand else "FR"

    @property
    def name(self) -> str:
        """Whose page it is."""
        return self.brand.name if self.brand else "Rondpoint"

    @property
    def logo(self) -> str:
        """The address of the brand's picture, or ""."""
        if not self.chat or not self.brand or not self.brand.logo:
            return ""
        return f"/chat/v1/logo/{self.chat.public_id}?{self.brand.logo[:8]}"

    @contextlib.contextmanager
    def speaking(self) -> Iterator[None]:
        """Her language, and the zone in which the brand's days begin."""
        zone = ZoneInfo(self.brand.timezone if self.brand else "Europe/Paris")
        with translation.override(self.language), timezone.override(zone):
            yield

    def show(self, template: str, context: dict, status: int = 200) -> HttpResponse:
        """A page for this visit."""
        return render(self.request, template, {"visit": self, **context}, status=status)

    def _known_language(self) -> str:
        if self.session is None:
            return ""
        hers = customers.of_profile(self.session.profile_id).language if self.session.proved else ""
        return hers or self.session.locale


def visited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of her page: it is given the visit, and answers in her language, in private."""

    @functools.wraps(view)
    def come(request: HttpRequest, *arguments, **named) -> HttpResponse:
        visit = Visit(request)
        with visit.speaking():
            return private(view(visit, *arguments, **named))

    return come


def private(response: HttpResponse) -> HttpResponse:
    """Kept by no cache, told to no other site, found by no search engine."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # "no-referrer" would send our own forms with Origin: null
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
