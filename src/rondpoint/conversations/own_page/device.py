"""The cookie of her own page: an opaque ticket of this device, signed, for two hours, and never staff's."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rondpoint.conversations.own_page import rules
from rondpoint.lib import clock, signing

COOKIE = "rondpoint_me"
LANGUAGE_COOKIE = "rondpoint_me_language"
LINK_COOKIE = "rondpoint_me_link"
PATH = "/me"
LIFE = 2 * clock.HOUR
REMEMBERED = 365 * clock.DAY


def ticket(request: HttpRequest, now: int | None = None) -> str:
    """The ticket a browser holds, or "" when it holds none that lives."""
    try:
        said = signing.unsign(settings.SECRET_KEY, "own page", request.COOKIES.get(COOKIE, ""), now or clock.now())
    except signing.BadToken:
        return ""
    return str(said.get("t", ""))


def give(response: HttpResponse, made: str, now: int | None = None) -> None:
    """The browser holds a ticket from now on."""
    signed = signing.sign(settings.SECRET_KEY, "own page", {"t": made}, (now or clock.now()) + LIFE)
    _keep(response, COOKIE, signed, LIFE)


def take_away(response: HttpResponse) -> None:
    """The browser holds none any more."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")


def took_up(response: HttpResponse, path: str) -> None:
    """This device used the link at a path: following it again leads back to her page."""
    _keep(response, LINK_COOKIE, "used", LIFE, path)


def has_taken_up(request: HttpRequest) -> bool:
    """Whether this device used the link it follows."""
    return LINK_COOKIE in request.COOKIES


def language(request: HttpRequest, known: str = "") -> str:
    """The language of the page: as she switched it, as we know of her, as her browser wishes."""
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    browser = [part.strip() for part in request.headers.get("Accept-Language", "")[:200].split(",")]
    return rules.language(chosen, known, *browser)


def speak(response: HttpResponse, chosen: str) -> None:
    """The page keeps to this language on this device."""
    _keep(response, LANGUAGE_COOKIE, chosen, REMEMBERED)


def _keep(response: HttpResponse, name: str, value: str, life: int, path: str = PATH) -> None:
    response.set_cookie(
        name,
        value,
        max_age=life // clock.SECOND,
        path=path,
        secure=settings.RONDPOINT_URL.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )
