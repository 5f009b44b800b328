"""``/me``: who she is, by a code; then her history, our promises, and going on from there. GET changes nothing."""

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_POST, require_safe

from rondpoint.consent import queries as consent
from rondpoint.consent.types import Link
from rondpoint.conversations.actions.codes import Refused
from rondpoint.conversations.actions.continuations import proof_addresses
from rondpoint.conversations.desk.thread.files import attachment
from rondpoint.conversations.own_page import actions, device, entering, queries, rights, rules
from rondpoint.conversations.own_page.showing import Visit, visited
from rondpoint.conversations.own_page.words import explain
from rondpoint.lib import addresses, clock, ids

HOME, PROOF, NEWEST, PROMISES, RIGHTS = "/me", "/me#proof", "/me#newest", "/me#promises", "/me#rights"
TAKEN = "/me#latest"  # the newest message too, and the page may forget the draft of it
COME_NO_MORE = 286  # htmx takes the answer and ends its polling


@require_safe
@visited
def page(visit: Visit) -> HttpResponse:
    """Her page; or the form that asks for her address, or for the code that was sent to it."""
    return _here(visit)


@require_POST
@visited
def ask(visit: Visit) -> HttpResponse:
    """Asks for a code: to the address she typed, to one that a link's holder chose, or once more to the last one.

    The answer is the same whether anybody here knows the address or not.
    """
    ticket = visit.ticket or ids.secret_token(32)
    try:
        entering.ask(ticket, _wanted(visit), visit.sender)
    except addresses.BadAddress:
        return _here(visit, 422, ask_error=explain("address"), typed=visit.request.POST.get("address", ""))
    except Refused as refused:
        return _here(visit, 429, ask_error=explain(refused.reason), typed=visit.request.POST.get("address", ""))
    response = HttpResponseRedirect(PROOF if visit.session else HOME)
    device.give(response, ticket)
    return response


@require_POST
@visited
def enter(visit: Visit) -> HttpResponse:
    """Takes the code."""
    if visit.chat is None:
        return _here(visit)
    try:
        made = entering.enter(visit.ticket, rules.code(visit.request.POST.get("code", "")), visit.chat, visit.sender)
    except Refused as refused:
        return _here(visit, 429 if refused.reason == "too_many_tries" else 422, code_error=explain(refused.reason))
    response = HttpResponseRedirect(NEWEST)
    device.give(response, made)
    return response


@require_POST
@visited
def say(visit: Visit) -> HttpResponse:
    """A message of hers. What she wrote is given back when it cannot be taken."""
    text, answer = visit.request.POST.get("text", ""), visit.request.POST.get("answer", "")
    if visit.session is None:
        return _here(visit, 403, unsent=text)
    try:
        actions.say(visit.session, visit.request.POST.get("name", ""), text, answer)
    except Refused as refused:
        status = 429 if refused.reason == "too_fast" else 422
        return _here(visit, status, say_error=explain(refused.reason), text=text, answer=answer)
    return HttpResponseRedirect(TAKEN)


@require_POST
@visited
def call_back(visit: Visit) -> HttpResponse:
    """She asks to be called."""
    _proved(visit)
    said = {name: visit.request.POST.get(name, "") for name in ("name", "slot", "place", "number")}
    place = int(said["place"]) if said["place"].isdecimal() and len(said["place"]) < 4 else -1
    try:
        actions.call_back(visit.session, said["name"], said["slot"], place, said["number"])
    except Refused as refused:
        return _here(visit, 422, call_error=explain(refused.reason), number=said["number"])
    return HttpResponseRedirect(PROMISES)


@require_POST
@visited
def to_phone(visit: Visit) -> HttpResponse:
    """A QR code, shown once, with which her phone goes on."""
    _proved(visit)
    try:
        issued = actions.to_phone(visit.session)
    except Refused as refused:
        return _here(visit, 422, phone_error=explain(refused.reason))
    return visit.show("own_page/phone.html", {"issued": issued})


@require_POST
@visited
def her_rights(visit: Visit) -> HttpResponse:
    """She asks for a copy of all that is known of her, or to be forgotten."""
    _proved(visit)
    if visit.session is None or not rights.ask(visit.session.profile_id, visit.request.POST.get("kind", "")):
        raise Http404
    return HttpResponseRedirect(RIGHTS)


@require_safe
@visited
def news(visit: Visit) -> HttpResponse:
    """What came since the page was made; nothing when nothing did."""
    if visit.session is None:
        return visit.show("own_page/over.html", {}, COME_NO_MORE)
    after = visit.request.GET.get("after", "")
    pieces = queries.news(visit.session, int(after) if after.isdecimal() and len(after) < 19 else 0)
    if not pieces.all:
        return HttpResponse(status=204)
    return visit.show("own_page/news.html", {"pieces": pieces, **_beside(visit)})


@require_GET
@visited
def file(visit: Visit, number: int, name: str) -> HttpResponse:
    """A file of a message that she may see: its address opens nothing to anybody else."""
    found = queries.file(visit.session, number) if visit.session and number < 2**63 else None
    if found is None:
        raise Http404
    return attachment(visit.request, found.token, found.name)


@require_POST
@visited
def language(visit: Visit) -> HttpResponse:
    """The page in the other language, on this device."""
    response = HttpResponseRedirect(HOME)
    device.speak(response, rules.language(visit.request.POST.get("language", "")))
    return response


@require_POST
@visited
def leave(visit: Visit) -> HttpResponse:
    """Signs this device out."""
    if visit.session is not None:
        entering.leave(visit.session)
    response = HttpResponseRedirect(HOME)
    device.take_away(response)
    return response


def _here(visit: Visit, status: int = 200, **context) -> HttpResponse:
    """The page where this visit stands, with what went wrong."""
    if visit.chat is None:
        return visit.show("own_page/closed.html", {"reason": explain("no_chat")}, 404)
    wanted = entering.asked(visit.ticket)
    masked = addresses.mask(wanted.kind, wanted.value) if wanted else ""
    if visit.session is not None:
        return visit.show("own_page/page.html", {**_life(visit), "asked": masked, **context}, status)
    if wanted is not None and "unsent" not in context:
        return visit.show("own_page/code.html", {"asked": masked, **context}, status)
    return visit.show("own_page/ask.html", context, status)


def _life(visit: Visit) -> dict:
    session, before = visit.session, visit.request.GET.get("before", "")
    earlier = int(before) if before.isdecimal() and len(before) < 19 else None
    return {
        "pieces": queries.history(session, earlier),
        "name": str(ids.uuid7()),
        "provable": [] if session.proved else queries.provable(session),
        "ways": queries.ways(session),
        "slots": [(slot.key, actions.said(slot)) for slot in queries.slots(session)] if session.proved else [],
        "current": queries.current(session),
        "before": earlier,
        "rights_served": rights.are_served(),
        "rights_asked": rights.lines(session.profile_id) if session.proved else [],
        **_beside(visit),
    }


def _beside(visit: Visit) -> dict:
    return {
        "promises": queries.promises(visit.session),
        "requests": queries.requests(visit.session),
        "held": queries.held(visit.session),
        "now": clock.now(),
        "preferences": _preferences(visit),
    }


def _preferences(visit: Visit) -> str:
    """Where she chooses what we may write to her: for whoever proved who she is."""
    if visit.session is None or not visit.session.proved:
        return ""
    return consent.centre_url(Link(visit.session.profile_id)).removeprefix(settings.RONDPOINT_URL)


def _wanted(visit: Visit) -> rules.Wanted:
    """Whose code is asked for. Raises BadAddress."""
    said = visit.request.POST
    if "again" in said and (wanted := entering.asked(visit.ticket)):
        return rules.Wanted(visit.language, wanted.kind, wanted.value)
    if "known" in said and visit.session is not None:
        offered = proof_addresses(visit.session)
        place = int(said["known"]) if said["known"].isdecimal() and len(said["known"]) < 4 else len(offered)
        if place >= len(offered):
            raise addresses.BadAddress("no such address")
        return rules.Wanted(visit.language, *offered[place])
    return rules.Wanted(visit.language, *rules.typed(said.get("address", ""), visit.country))


def _proved(visit: Visit) -> None:
    """What is only for whoever proved who she is does not exist for others."""
    if visit.session is None or not visit.session.proved:
        raise Http404
