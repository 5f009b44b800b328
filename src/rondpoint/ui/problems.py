"""Problems of the HTTP API as RFC 9457 ``application/problem+json``."""

import json

from django.http import HttpResponse
from starlette.responses import JSONResponse

CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: "The request cannot be read",
    401: "No valid API key was given",
    403: "This may not be done from here",
    408: "The request did not come in time",
    404: "There is nothing here",
    405: "This address does not know this method",
    409: "The request conflicts with an earlier one",
    411: "The length of the body is missing",
    413: "The request is too large",
    422: "The request was understood but cannot be carried out",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "The request cannot be stored now",
}


class Problem(Exception):
    """An answer that is not the one hoped for.

    ``slug`` names a problem that programs tell apart (``urn:rondpoint:problem:<slug>``); without it the status says
    all. ``errors``: the fields that do not hold, as (field, reason). ``more``: further members of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: list[tuple[str, str]] | None = None,
        slug: str = "",
        more: dict | None = None,
        retry_after: int | None = None,
    ):
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors or []
        self.slug = slug
        self.more = more or {}
        self.retry_after = retry_after


def bad_field(field: str, reason: str) -> Problem:
    """422 for one field."""
    return Problem(422, f"{field}: {reason}", [(field, reason)])


def not_found(what: str) -> Problem:
    """404; the same for what does not exist and for what one may not see."""
    return Problem(404, f"there is no such {what}")


def answer(problem: Problem) -> HttpResponse:
    """The response for a problem."""
    response = HttpResponse(json.dumps(said(problem)), status=problem.status, content_type=CONTENT_TYPE)
    for name, value in headers(problem).items():
        response[name] = value
    return response


def plain(problem: Problem) -> JSONResponse:
    """The same for routes that stand before Django."""
    return JSONResponse(said(problem), problem.status, headers(problem), CONTENT_TYPE)


def said(problem: Problem) -> dict:
    """The members of the answer."""
    return {
        "type": f"urn:rondpoint:problem:{problem.slug}" if problem.slug else "about:blank",
        "title": TITLES.get(problem.status, "The request failed"),
        "status": problem.status,
        "detail": problem.detail,
        **(
            {"errors": [{"field": field, "reason": reason} for field, reason in problem.errors]}
            if problem.errors
            else {}
        ),
        **problem.more,
    }


def headers(problem: Problem) -> dict[str, str]:
    """When to come again, and what to come with."""
    found = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    return found | ({"WWW-Authenticate": 'Bearer realm="rondpoint"'} if problem.status == 401 else {})
