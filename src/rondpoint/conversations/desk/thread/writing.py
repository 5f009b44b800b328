"""Writing in a conversation: answers, taking them back, notes, drafts."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import User
from rondpoint.channels import registry
from rondpoint.conversations import actions, queries
from rondpoint.conversations.actions import drafts, notes, withdraw
from rondpoint.conversations.actions.attach import attach
from rondpoint.conversations.actions.reply import at_once, copies
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.desk.house import House
from rondpoint.conversations.desk.inbox.pane import rows
from rondpoint.conversations.desk.thread import views
from rondpoint.conversations.desk.thread.found import found_message
from rondpoint.conversations.models import Attachment, Conversation, Message
from rondpoint.conversations.queries.reasons import explain
from rondpoint.conversations.queries.values import complaint, filled
from rondpoint.conversations.rules.signature import sign
from rondpoint.lib import addresses, clock, signing

LIMIT = 20_000


@require_POST
@require("reply")
def message(request: HttpRequest, public_id: str) -> HttpResponse:
    """An answer. What cannot be sent comes back with its reason, and the text is kept.

    With ``as=json`` the answer is JSON: {"undo", "seconds"} or, with 409, {"ask"} when a colleague has answered since
    ``seen`` (the last message on the writer's screen), or, with 422, {"error"}.
    """
    current = found(request, public_id)
    text = request.POST.get("text", "").strip()[:LIMIT]
    channel = request.POST.get("channel", "")
    if channel == "note":
        return note(request, public_id)
    files = _files(request)
    error = _obstacle(channel, text, files)
    said = filled(current, request.user, text)
    error = error or complaint(said)
    if error:
        return _refused(request, current, error)
    others = [] if request.POST.get("confirmed") else _answered_since(current, request.user, request.POST.get("seen"))
    if others:
        ask = _("%(name)s has answered since you began. Send yours as well?") % {"name": others[0]}
        return JsonResponse({"ask": ask}, status=409) if _wants_json(request) else _refused(request, current, ask)
    delay = 0 if at_once(channel) else settings.RONDPOINT_UNDO_SECONDS * clock.SECOND
    was, now, to = withdraw.before(current), clock.now(), request.POST.get("to", "").strip()[:320]
    kind = registry.get(channel).manifest.address_kind
    try:
        sent = actions.reply(
            current,
            channel,
            _signed(said.text, channel, request.user),
            subject=request.POST.get("subject", "").strip()[:300],
            file_tokens=files,
            user=request.user,
            to=(kind, to) if to else None,
            idempotency_key=drafts.composer_key(request.user, request.POST.get("key") or str(now)),
            delay=delay,
            now=now,
        )
    except addresses.BadAddress as bad:
        return _refused(request, current, str(bad))
    if sent.message is None:
        return _refused(request, current, explain(sent.verdict.reason))
    drafts.forget(current, request.user, "answer")
    if request.POST.get("then") == "close":
        actions.close(current, request.user.name)
    if not _wants_json(request):
        return redirect("conversation", public_id=current.public_id)
    undo = withdraw.ticket(sent.message, request.user, was, now + delay) if delay else ""
    return JsonResponse({"undo": undo, "seconds": delay // clock.SECOND, "message": str(sent.message.public_id)})


@require_POST
@require("reply")
def undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Takes an answer back while it has not left: its text as JSON, or 409 when it is too late."""
    current = found(request, public_id)
    try:
        back = withdraw.withdraw(current, request.user, request.POST.get("undo", ""))
    except (signing.BadToken, ValueError):
        return JsonResponse({"error": _("This answer cannot be taken back.")}, status=403)
    if back is None:
        return JsonResponse({"error": _("It has left already.")}, status=409)
    rows = Attachment.objects.filter(token__in=back.files).order_by("id")
    files = [{"token": row.token, "name": row.name, "size": row.size} for row in rows]
    return JsonResponse({"text": back.text, "subject": back.subject, "channel": back.channel, "files": files})


@require_POST
@require("reply")
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sends a message that failed once more, as a new one on the same road."""
    failed = found_message(request, public_id)
    if failed.direction != "out" or queries.views([failed])[0].state not in ("failed", "unknown"):
        return JsonResponse({"error": _("Only what did not arrive can be sent again.")}, status=409)
    sent = actions.reply(
        failed.conversation.merged_into or failed.conversation,
        failed.channel,
        failed.text,
        html=failed.html,
        subject=failed.subject,
        file_tokens=copies(failed),
        user=request.user,
        to=(failed.address_kind, failed.address),
        idempotency_key=f"again:{failed.public_id}:{request.POST.get('key', '')[:64]}",
    )
    if sent.message is None:
        return JsonResponse({"error": explain(sent.verdict.reason)}, status=422)
    return JsonResponse({"message": str(sent.message.public_id)})


@require_POST
@require("reply")
def note(request: HttpRequest, public_id: str) -> HttpResponse:
    """A note to colleagues."""
    current = found(request, public_id)
    try:
        notes.add(current, request.POST.get("text", ""), request.user)
    except notes.EmptyNote:
        return _refused(request, current, _("There is nothing in the note yet."))
    if not _wants_json(request):
        return redirect("conversation", public_id=current.public_id)
    return JsonResponse({})


@require_POST
@require("reply")
def draft(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps what is being written. 409 when it was sent meanwhile, so that it does not come back."""
    current = found(request, public_id)
    said = {name: request.POST.get(name, "") for name in ("kind", "channel", "subject", "text", "key")}
    try:
        kept = drafts.save(
            current,
            request.user,
            said["kind"] or "answer",
            said["channel"],
            said["subject"],
            said["text"][:LIMIT],
            request.POST.getlist("file"),
            key=said["key"],
        )
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=422)
    return HttpResponse(status=204 if kept else 409)


def _obstacle(channel: str, text: str, files: list[str]) -> str:
    if channel not in registry.kinds():
        return _("Choose a channel that can be used.")
    return "" if text or files else _("There is nothing to send yet.")


def _refused(request: HttpRequest, current: Conversation, error: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": error}, status=422)
    house = House(request.user)
    context = views.page(request, current, house) | rows("open", request.user, house)
    context |= {"error": error, "text": request.POST.get("text", "")}
    for way in context["roads"]:
        way["chosen"] = way["reach"].channel == request.POST.get("channel") and way["reach"].usable
    return render(request, "desk/thread/page.html", context, status=422)


def _answered_since(current: Conversation, user: User, seen: str | None) -> list[str]:
    """Colleagues whose answers came after the last message that the writer has on her screen."""
    if not seen or not seen.isdigit():
        return []
    rows = Message.objects.filter(conversation=current, direction="out", author_kind="agent", id__gt=int(seen))
    return list(rows.exclude(user=user).order_by("-id").values_list("author_name", flat=True)[:1])


def _signed(text: str, channel: str, user: User) -> str:
    """With her signature where a channel carries letters."""
    letters = "subject" in registry.get(channel).manifest.capabilities
    return sign(text, user.signature) if letters else text


def _files(request: HttpRequest) -> list[str]:
    """Tokens of files that were uploaded before, and of those that a page without scripts sends along."""
    tokens = request.POST.getlist("file")[: drafts.MAX_FILES]
    there = Attachment.objects.filter(token__in=tokens, message=None, session_id=None)
    kept = list(there.order_by("id").values_list("token", flat=True))
    room = drafts.MAX_FILES - len(kept)
    uploads = request.FILES.getlist("files")[:room]
    return kept + attach(
        [(row.name, (row.content_type or "application/octet-stream")[:120], row.read()) for row in uploads]
    )


def _wants_json(request: HttpRequest) -> bool:
    return request.POST.get("as") == "json"
