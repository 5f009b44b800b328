"""Who may open the demo's pages: somebody on this very machine, in a demo home. Everybody else finds nothing."""

import functools
import ipaddress
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from rondpoint.demo import flag


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view answers 404 outside a demo home, and to callers from other machines."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not flag.is_demo() or not _is_loopback(request.META.get("REMOTE_ADDR", "")):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
