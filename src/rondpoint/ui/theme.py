"""Light, dark or as the system: kept with the member of staff, and in a cookie for the pages before signing in."""

from django.http import HttpRequest, HttpResponse

THEMES = ("light", "dark", "")  # "": as the system
COOKIE = "rondpoint_theme"
YEAR = 365 * 24 * 3600  # seconds


def chosen(request: HttpRequest) -> str:
    """The theme of whoever looks: her own when she is signed in, else that of this browser."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return user.theme
    kept = request.COOKIES.get(COOKIE, "")
    return kept if kept in THEMES else ""


def keep(response: HttpResponse, theme: str) -> None:
    """Keeps it in this browser for a year."""
    response.set_cookie(COOKIE, theme, max_age=YEAR, samesite="Lax", httponly=True)
