"""What every page tells the browser: only our own scripts, styles and frames, and nothing for shared caches."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from rondpoint.ui.headers import PRIVATE

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "frame-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
    "object-src": "'none'",
}


class ContentSecurityPolicy:
    """Adds the policy; a view changes single directives by ``response.csp_overrides``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        policy = POLICY | getattr(response, "csp_overrides", {})
        response.headers.setdefault(
            "Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items())
        )
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", PRIVATE)
        return response
