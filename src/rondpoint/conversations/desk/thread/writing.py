"""Writing on the desk: answers, closing, assigning, going on elsewhere."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rondpoint.accounts.decorators import require
from rondpoint.channels import registry
from rondpoint.conversations import actions, queries
from rondpoint.conversations.actions import codes, continuations
from rondpoint.conversations.desk.customer.pane import person
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.desk.inbox.pane import rows
from rondpoint.conversations.desk.thread import pane
from rondpoint.conversations.models import Attachment, Conversation
from rondpoint.conversations.queries.roads import explain
from rondpoint.events import live
from rondpoint.files import actions as files
from rondpoint.lib import addresses, ids
from rondpoint.lib.db import write

MAX_FILES = 10


@require_POST
@require("reply")
def message(request: HttpRequest, public_id: str) -> HttpResponse:
    """An answer. What the gate refuses comes back with its reason and the text kept."""
    current = found(request, public_id)
    text = request.POST.get("text", "").strip()
    channel = request.POST.get("channel", "")
    if channel not in registry.kinds():
        return _again(request, current, text, _("Choose a channel that can be used."))
    uploads = request.FILES.getlist("files")[:MAX_FILES]
    if not text and not uploads:
        return _again(request, current, text, _("There is nothing to send yet."))
    sent = actions.reply(
        current,
        channel,
        text,
        subject=request.POST.get("subject", "").strip()[:300],
        file_tokens=[_keep(upload) for upload in uploads],
        user=request.user,
        idempotency_key=f"desk:{request.user.id}:{request.POST.get('key', '')[:64]}"
        if request.POST.get("key")
        else None,
    )
    if sent.message is None:
        return _again(request, current, text, explain(sent.verdict.reason))
    return redirect("conversation", public_id=current.public_id)


@require_POST
@require("reply")
def typing(request: HttpRequest, public_id: str) -> HttpResponse:
    """Tells the visitor that somebody writes."""
    current = found(request, public_id)
    for topic in {f"conversation:{current.id}", *(f"profile:{p}" for p in _listening(current))}:
        live.whisper(topic, "typing", {"kind": "agent", "name": request.user.name})
    return HttpResponse(status=204)


@require_POST
@require("reply")
def closure(request: HttpRequest, public_id: str) -> HttpResponse:
    """Closes, or with ``undo`` opens again."""
    current = found(request, public_id)
    if request.POST.get("undo"):
        actions.reopen(current, request.user.name)
    else:
        actions.close(current, request.user.name)
    return redirect("conversation", public_id=current.public_id)


@require_POST
@require("reply")
def assignment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Takes the conversation, or with ``release`` gives it back."""
    current = found(request, public_id)
    actions.assign(current, None if request.POST.get("release") else request.user, by=request.user.name)
    return redirect("conversation", public_id=current.public_id)


@require_POST
@require("reply")
def continuation(request: HttpRequest, public_id: str) -> HttpResponse:
    """A way to go on elsewhere: shown once, or sent."""
    current = found(request, public_id)
    via, channel, target = (request.POST.get(name, "").strip() for name in ("via", "channel", "target"))
    context: dict = {"conversation": current}
    try:
        context["issued"] = continuations.issue(
            current, via, channel=channel, target=target, by=request.user.name, user=request.user
        )
    except codes.Refused as refused:
        context["error"] = explain(refused.detail or refused.reason)
    except (addresses.BadAddress, ValueError) as error:
        context["error"] = str(error)
    return render(request, "desk/thread/issued.html", context)


def _again(request: HttpRequest, current: Conversation, text: str, error: str) -> HttpResponse:
    context = rows("open", request.user) | pane.thread(current) | person(current.customer_id, request.user, current)
    chosen = request.POST.get("channel", "")
    reach = queries.reachability(current)
    if any(way.channel == chosen and way.usable for way in reach):  # the same road again, not the preferred one
        reach = [msgspec.structs.replace(way, preferred=way.channel == chosen) for way in reach]
    context |= {"selected": str(current.public_id), "reach": reach, "text": text, "error": error}
    context["key"] = str(ids.uuid7())
    return render(request, "desk/thread/page.html", context, status=422)


def _keep(upload) -> str:
    content = upload.read()
    sha256 = files.save(content)
    with write():
        files.register(sha256, len(content))
        return Attachment.objects.create(
            sha256=sha256,
            name=upload.name[:200],
            content_type=(upload.content_type or "application/octet-stream")[:120],
            size=len(content),
        ).token


def _listening(current: Conversation) -> set[int]:
    return set(
        current.participants.filter(address_kind="chat", profile_id__isnull=False).values_list("profile_id", flat=True)
    )
