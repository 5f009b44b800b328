"""The HTTP API under ``/api/v1``: the rooms' routers joined, one form of problem, and idempotent POSTs."""

import functools
import logging
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import path, re_path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from rondpoint.accounts import idempotency
from rondpoint.accounts.api_auth import KeyAuth, caller
from rondpoint.channels.api import router as channels_router
from rondpoint.config import openapi
from rondpoint.consent.api import panel as consents
from rondpoint.consent.api_ledger import router as consents_router
from rondpoint.consent.api_purposes import router as purposes_router
from rondpoint.conversations import queries as conversations
from rondpoint.conversations.api import router as conversations_router
from rondpoint.conversations.api_gate import router as gate_router
from rondpoint.conversations.api_messages import router as messages_router
from rondpoint.conversations.api_notes import router as notes_router
from rondpoint.conversations.api_promises import router as promises_router
from rondpoint.conversations.api_state import router as state_router
from rondpoint.conversations.queries import listing
from rondpoint.conversations.search.api import router as search_router
from rondpoint.customers import api_views as customer_views
from rondpoint.customers.api import router as customers_router
from rondpoint.customers.api_traits import router as traits_router
from rondpoint.customers.companies import api as companies
from rondpoint.customers.matching.api import router as matching_router
from rondpoint.events.api import router as catalogue_router
from rondpoint.hub.destinations.api import router as destinations_router
from rondpoint.hub.exports.api import router as exports_router
from rondpoint.hub.imports.api import router as imports_router
from rondpoint.hub.reach.api import router as reach_router
from rondpoint.hub.rights.api import router as rights_router
from rondpoint.hub.rights.holds_api import router as holds_router
from rondpoint.hub.silos.api import router as silos_router
from rondpoint.hub.syncs.api import router as syncs_router
from rondpoint.hub.webhooks.api import router as webhooks_router
from rondpoint.lib import clock
from rondpoint.segments import queries as segments
from rondpoint.segments.api import router as segments_router
from rondpoint.segments.computed.api import router as computed_router
from rondpoint.sending import api as decisions
from rondpoint.sending.api_rules import router as promotions_router
from rondpoint.tracking.api import router as sources_router
from rondpoint.ui import away, problems
from rondpoint.ui.problems import Problem

log = logging.getLogger("rondpoint.api")
MAX_BODY = 1_000_000
MAX_KEY = 255


class StrictParser(Parser):
    """RFC 8259 and no further: no NaN, no lone surrogates, and no NUL, which PostgreSQL cannot store."""

    def parse_body(self, request: HttpRequest) -> Any:
        parsed = msgspec.json.decode(request.body)
        if _has_nul(parsed):
            raise ValueError("the character NUL cannot be stored")
        return parsed


class Api(NinjaAPI):
    """Adds to the description what every operation has: problems, and the key of a POST."""

    def get_openapi_schema(self, **options: Any) -> Any:
        return openapi.complete(super().get_openapi_schema(**options))

    def get_openapi_operation_id(self, operation: Any) -> str:
        function = operation.view_func
        return f"{function.__module__.split('.')[1]}.{function.__name__}"


api = Api(
    title="Rondpoint",
    version="1",
    urls_namespace="api",
    docs_url=None,
    auth=KeyAuth(),
    parser=StrictParser(),
    description="One customer, one conversation, any channel. Times are RFC 3339 in UTC.",
)
for _router in (
    customers_router,
    traits_router,
    purposes_router,
    consents_router,
    companies.router,
    matching_router,
    conversations_router,
    messages_router,
    notes_router,
    promises_router,
    state_router,
    search_router,
    decisions.router,
    promotions_router,
    gate_router,
    channels_router,
    sources_router,
    catalogue_router,
    segments_router,
    computed_router,
    imports_router,
    exports_router,
    destinations_router,
    webhooks_router,
    rights_router,
    holds_router,
    reach_router,
    silos_router,
    syncs_router,
):
    api.add_router("", _router)

customer_views.add_panel("consents", consents)
customer_views.add_panel("segments", segments.panel)
customer_views.add_panel("companies", companies.panel)
customer_views.name_numbers("conversation_id", listing.public_ids)
customer_views.name_numbers("message_id", listing.message_ids)
customer_views.name_numbers("dispatch_id", lambda numbers: {})  # of no use outside: the message has the same id
decisions.add_scope(
    "conversation", lambda id_: listing.decisions_of(found) if (found := conversations.get(id_)) else None
)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problems.answer(problem)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [(_field(entry["loc"]), entry["msg"]) for entry in error.errors]
    detail = "; ".join(f"{field}: {reason}" for field, reason in fields[:5])
    return problems.answer(Problem(422, detail, fields))


@api.exception_handler(AuthenticationError)
def _unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problems.answer(Problem(401, "send Authorization: Bearer rp_… with a key that was not revoked"))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return problems.answer(Problem(400, "the body is not JSON as RFC 8259 has it"))
    return problems.answer(Problem(error.status_code, error.message))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(problems.not_found("thing"))


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    if away.cannot_store(error):
        log.error("the store cannot be used: %s", error)
        return problems.answer(away.problem())
    reference = uuid.uuid4().hex[:12]
    log.exception("%s %s failed (%s)", request.method, request.path, reference, exc_info=error)
    return problems.answer(Problem(500, f"the log has the reason under {reference}"))


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What holds for every operation before it runs: the size of the body, and the key of a POST."""

    @functools.wraps(view)
    def around(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _check(request)
            key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
            response = _once(view, request, key, args, kwargs) if key is not None else view(request, *args, **kwargs)
        except Problem as problem:
            return problems.answer(problem)
        except Http404 as error:
            return _missing(request, error)
        except Exception as error:
            return _failed(request, error)
        if response.status_code == 405:
            allowed = response.get("Allow", "")
            response = problems.answer(Problem(405, f"this address knows {allowed}"))
            response["Allow"] = allowed
        return response

    return around


def unknown(request: HttpRequest) -> HttpResponse:
    """Any other address under ``/api/v1``."""
    return problems.answer(problems.not_found("address"))


def _check(request: HttpRequest) -> None:
    if "\x00" in request.path_info:  # which PostgreSQL refuses to look for
        raise problems.not_found("address")
    if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
        raise Problem(411, "send the body with its Content-Length")  # WSGI would see it empty
    try:
        size = len(request.body)
    except RequestDataTooBig:
        size = MAX_BODY + 1
    except UnreadablePostError as error:
        raise Problem(400, "the body ended too early") from error
    if size > MAX_BODY:
        raise Problem(413, f"a body has at most {MAX_BODY} bytes")
    for name in request.GET:
        if any("\x00" in text for text in (name, *request.GET.getlist(name))):
            raise Problem(422, f"{name}: the character NUL cannot be looked for", [(name, "contains NUL")])


def _once(view: Callable, request: HttpRequest, key: str, args: tuple, kwargs: dict) -> HttpResponse:
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        raise Problem(400, f"Idempotency-Key: expected 1 to {MAX_KEY} printable characters")
    owner = caller(request)
    if owner is None:
        return view(request, *args, **kwargs)  # which answers 401
    digest = idempotency.digest(request.method, request.get_full_path(), request.body)
    try:
        place = idempotency.reserve(owner, key, digest, clock.now())
    except idempotency.OtherRequest as error:
        raise Problem(409, "this Idempotency-Key was used for another request", slug="key-reused") from error
    except idempotency.InFlight as error:
        raise Problem(409, "the first request with this key is still being worked on", retry_after=1) from error
    if place.status is not None:
        return _stored(place)
    try:
        response = view(request, *args, **kwargs)
    except BaseException:
        idempotency.release(place)
        raise
    if response.status_code in (401, 429) or response.status_code >= 500:
        idempotency.release(place)
    else:
        idempotency.keep(place, response.status_code, response.content)
    return response


def _stored(place: idempotency.IdempotentAnswer) -> HttpResponse:
    kind = problems.CONTENT_TYPE if place.status >= 400 else "application/json; charset=utf-8"
    response = HttpResponse(bytes(place.body), status=place.status, content_type=kind)
    response["Idempotency-Replayed"] = "true"
    return response


def _field(loc: tuple) -> str:
    """``identifiers[0].value`` out of ninja's ("body", "body", "identifiers", 0, "value")."""
    parts = list(loc[1:])
    if loc[0] == "body" and len(parts) > 1:
        parts = parts[1:]
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "body"


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))


def _guarded_urls() -> tuple:
    patterns, app, namespace = api.urls
    for pattern in patterns:
        pattern.callback = guarded(pattern.callback)
    return [*patterns, re_path(r"^.*$", unknown)], app, namespace


urlpatterns = [path("api/v1/", _guarded_urls())]
