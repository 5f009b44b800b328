"""The phone: its page, what its apps do, and the telephone company's side of the SMS connection."""

import base64
import binascii
import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from rondpoint.channels import connections
from rondpoint.conversations.models import Message
from rondpoint.customers import queries as customers
from rondpoint.demo import carrier, mailbox, person
from rondpoint.demo.guard import demo_only
from rondpoint.demo.models import PhoneItem
from rondpoint.lib import clock
from rondpoint.lib.addresses import show_phone
from rondpoint.lib.signing import same

OWNER = person.AWA
MAX_TEXT = 1600
SHOWN = 200


@demo_only
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The phone itself; its browser is signed in to the shop as the phone's owner."""
    mail = connections.first("email", None)
    context = {
        "owner": OWNER,
        "owner_phone": show_phone(OWNER.phone),
        "shop_number": show_phone(carrier.line().get("number").replace(" ", "")),
        "shop_address": connections.info(mail).get("address") if mail else "",
        "csrf": get_token(request),
    }
    response = render(request, "demo/phone.html", context)
    response.set_cookie("demo_account", OWNER.slug, path="/demo", samesite="Lax", httponly=True)
    return response


@demo_only
@never_cache
@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """What came to and left the phone after the item ``after``, oldest first."""
    after = request.GET.get("after", "0")
    after_id = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    rows = PhoneItem.objects.filter(owner__in=(OWNER.phone, OWNER.email), id__gt=after_id).order_by("-id")[:SHOWN]
    return JsonResponse({"items": [_shown(row) for row in reversed(rows)], "chatted": _has_chatted()})


@demo_only
@require_POST
def send_sms(request: HttpRequest) -> HttpResponse:
    """Her SMS, ``{"text": …}``: signed and posted to the house as a provider does."""
    text = _said(request).get("text", "").strip()[:MAX_TEXT]
    if not text:
        return _problem(422, _("Write something first."))
    try:
        return JsonResponse(_shown(carrier.send(OWNER.phone, text)), status=201)
    except carrier.NotTaken as refusal:
        return _problem(502, _("It was not sent: %(reason)s.") % {"reason": refusal})


@demo_only
@require_POST
def send_mail(request: HttpRequest) -> HttpResponse:
    """Her mail, ``{"subject", "text", "answers"}``: ``answers`` is the item she answers, if any."""
    said = _said(request)
    text, subject = said.get("text", "").strip(), said.get("subject", "").strip()[:200]
    if not text:
        return _problem(422, _("Write something first."))
    answers = None
    if said.get("answers"):
        answers = PhoneItem.objects.filter(id=said["answers"], owner=OWNER.email, app="mail").first()
    try:
        return JsonResponse(_shown(mailbox.send(OWNER, subject, text, answers)), status=201)
    except carrier.NotTaken as refusal:
        return _problem(502, _("It was not sent: %(reason)s.") % {"reason": refusal})


@csrf_exempt
@demo_only
@require_GET
def carrier_account(request: HttpRequest, account: str) -> HttpResponse:
    """Twilio's Account resource, as far as a check of the connection reads it."""
    if not _signed_in(request, account):
        return JsonResponse({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
    return JsonResponse({"sid": account, "status": "active"})


@csrf_exempt
@demo_only
@require_POST
def carrier_messages(request: HttpRequest, account: str) -> HttpResponse:
    """Twilio's Messages resource: takes an SMS of the house and answers 201 with its sid."""
    if not _signed_in(request, account):
        return JsonResponse({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
    to, body = request.POST.get("To", ""), request.POST.get("Body", "")
    if not to or not body:
        return JsonResponse({"code": 21604, "message": "To and Body are required", "status": 400}, status=400)
    item = carrier.take(request.POST.get("From", ""), to, body)
    return JsonResponse({"sid": item.external_id, "status": "queued", "to": to, "body": body}, status=201)


def _has_chatted() -> bool:
    """Did she write in the shop's chat within the last hour?"""
    chat = connections.first("chat", None)
    key = f"account:{person.account_number(OWNER)}"
    profile = customers.profile_of(f"chat:{chat.public_id}", key) if chat else None
    if profile is None:
        return False
    since = clock.now() - clock.HOUR
    return Message.objects.filter(profile_id=profile.id, channel="chat", direction="in", at__gt=since).exists()


def _signed_in(request: HttpRequest, account: str) -> bool:
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    token = carrier.line().get("auth_token")
    return scheme.lower() == "basic" and user == account == carrier.ACCOUNT and same(password, token)


def _said(request: HttpRequest) -> dict:
    try:
        said = json.loads(request.body)
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    said["answers"] = said.get("answers") if isinstance(said.get("answers"), int) else None
    return {key: value for key, value in said.items() if isinstance(value, str) or key == "answers"}


def _shown(row: PhoneItem) -> dict:
    return {
        "id": row.id,
        "app": row.app,
        "direction": row.direction,
        "peer": row.peer,
        "name": row.peer_name or row.peer,
        "subject": row.subject,
        "text": row.text,
        "at": clock.iso(row.at),
    }


def _problem(status: int, sentence: str) -> HttpResponse:
    return JsonResponse({"detail": sentence}, status=status, content_type="application/problem+json")
