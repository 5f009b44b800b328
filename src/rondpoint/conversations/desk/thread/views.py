"""Reading a conversation."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.conversations.actions import mark_read, notes
from rondpoint.conversations.desk.customer.pane import person
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.desk.house import House
from rondpoint.conversations.desk.inbox.pane import rows
from rondpoint.conversations.desk.thread import pane
from rondpoint.conversations.desk.thread.found import found_message, is_uuid
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries import answers as canned
from rondpoint.conversations.queries import flow as flows
from rondpoint.conversations.queries import why
from rondpoint.conversations.queries.measure import measure
from rondpoint.conversations.queries.values import complaint, filled, language_of


@require_GET
@require("read")
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """All three panes; the list is left out when only the conversation is changed."""
    current = found(request, public_id)
    house = House(request.user)
    context = page(request, current, house)
    accounts.saw(request.user, "conversation", str(current.public_id))
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "desk/thread/panes.html", context)
    context |= rows(request.GET.get("view", "open"), request.user, house)
    return render(request, "desk/thread/page.html", context)


def page(request: HttpRequest, current: Conversation, house: House) -> dict:
    """What the thread and the customer need."""
    context = person(current.customer_id, request.user, current)
    others, writes = house.others, request.user.may("reply")
    profiles = [row.id for row in context["golden"].profiles]
    context |= pane.thread(current, profiles=profiles) | pane.head_of(current, context["customer"].name, house)
    drafts = pane.drafts(current, request.user)
    if writes:
        context |= pane.composer(drafts, context["reach"], context["golden"].identifiers)
    context["words"] = pane.words(drafts.get("note"), [row.name for row in others] if writes else [])
    return context | {"selected": str(current.public_id), "view": request.GET.get("view", "open")}


@require_GET
@require("read")
def flow(request: HttpRequest, public_id: str) -> HttpResponse:
    """Earlier messages: those before the message ``before``."""
    before = request.GET.get("before", "")
    current = found(request, public_id)
    return render(request, "desk/thread/entries.html", pane.thread(current, int(before) if before.isdigit() else None))


@require_GET
@require("read")
def news(request: HttpRequest, public_id: str) -> HttpResponse:
    """What came since, and where messages on the screen stand now, as JSON with pieces of the page.

    ``after``: the last message on the screen; ``since``: until when notes and facts are known; ``watch``: public ids
    of messages whose state may still change, separated by commas. ``gone`` names those that were taken back.
    """
    current = found(request, public_id)
    after, since = (request.GET.get(name, "") for name in ("after", "since"))
    watched = [name for name in request.GET.get("watch", "").split(",") if is_uuid(name)][:100]
    came = flows.news(current, int(after or 0) if after.isdigit() else 0, int(since) if since.isdigit() else 0)
    standing = flows.known(current, watched)
    there = {str(view.message.public_id) for view in standing}
    return JsonResponse(
        {
            "entries": render_to_string("desk/thread/entries.html", {"flow": came, "conversation": current}, request),
            "states": {
                str(view.message.public_id): render_to_string("desk/thread/receipt.html", {"view": view}, request)
                for view in standing
            },
            "gone": [name for name in watched if name not in there],
            "last": came.last,
            "since": came.since,
            "incoming": sum(1 for entry in came.entries if entry.kind == "message"),
        }
    )


@require_GET
@require("read")
def head(request: HttpRequest, public_id: str) -> HttpResponse:
    """The head alone, for a live update."""
    return render(request, "desk/thread/head.html", pane.head(found(request, public_id), request.user))


@require_GET
@require("read")
def panel(request: HttpRequest, public_id: str) -> HttpResponse:
    """The customer alone, for a live update."""
    current = found(request, public_id)
    return render(request, "desk/customer/pane.html", person(current.customer_id, request.user, current))


@require_POST
@require("reply")
def reach(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a text costs on a channel, and what its variables become. A POST, because texts are long and nobody's
    business in a log; it changes nothing."""
    current = found(request, public_id)
    text = request.POST.get("text", "")[:20_000]
    said = filled(current, request.user, text)
    counted = measure(current, request.POST.get("channel", ""), said.text)
    if counted is None:
        raise Http404(_("no such channel"))
    words = [ngettext("%(n)s character", "%(n)s characters", counted.characters) % {"n": counted.characters}]
    if counted.segments:
        words.append(ngettext("%(n)s segment", "%(n)s segments", counted.segments) % {"n": counted.segments})
        if counted.left is not None:
            words.append(_("%(n)s left in it") % {"n": counted.left})
    narrow = counted.narrow and counted.segments > 1
    return JsonResponse(
        {
            "said": " · ".join(words) if text.strip() else "",
            "refusal": counted.refusal if text.strip() else "",
            "filled": said.text if "{{" in text else "",
            "problem": complaint(said),
            "hint": _("A character outside the SMS alphabet makes the segments shorter.") if narrow else "",
        }
    )


@require_GET
@require("read")
def reasons(request: HttpRequest, public_id: str) -> HttpResponse:
    """Why one message was sent: every question of the gate."""
    message = found_message(request, public_id)
    if message.dispatch_id is None:
        raise Http404
    home = message.conversation.merged_into or message.conversation
    return render(
        request, "desk/thread/why.html", {"why": why.of_dispatch(message.dispatch_id), "conversation": home}
    )


@require_GET
@require("read")
def decisions(request: HttpRequest, public_id: str) -> HttpResponse:
    """All decisions about a conversation."""
    current = found(request, public_id)
    before = request.GET.get("before", "")
    shown = why.of_conversation(current, int(before) if before.isdigit() else None)
    more = shown[-1].decision.id if len(shown) == why.PAGE else 0
    context = {"conversation": current, "decisions": shown, "more": more}
    return render(request, "desk/thread/decisions.html", context)


@require_GET
@require("reply")
def answers(request: HttpRequest, public_id: str) -> HttpResponse:
    """Canned answers that fit a word, in her language, filled in for this conversation."""
    current = found(request, public_id)
    language = language_of(current)
    shown = []
    for row in canned.matching(request.user, request.GET.get("q", "")[:80], language):
        said = filled(current, request.user, canned.in_language(row, language))
        shown.append({"id": str(row.public_id), "shortcut": row.shortcut, "title": row.title, "text": said.text})
    return JsonResponse({"answers": shown})


@require_POST
@require("reply")
def reading(request: HttpRequest, public_id: str) -> HttpResponse:
    """Somebody has the conversation before her eyes: it is read, and so are the notes that name her."""
    current = found(request, public_id)
    mark_read(current, request.user)
    notes.seen(current, request.user)
    return HttpResponse(status=204)
