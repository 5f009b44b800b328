"""Who may open a page. What one may not see does not exist."""

import functools
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse


def require(permission: str) -> Callable:
    """Signed in and holding ``permission`` (``accounts.types``); the sign-in page, or 404, otherwise."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *arguments, **named) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.may(permission):
                raise Http404
            return view(request, *arguments, **named)

        return guarded

    return decorate
