"""What the widget is told before anybody writes: face, hours, expected wait, and what may be asked first."""

from typing import Any

from django.conf import settings

from rondpoint.channels import connections
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.channels.models import Connection
from rondpoint.conversations import queries
from rondpoint.conversations.chat import waiting
from rondpoint.conversations.models import ChatSession, Participant
from rondpoint.customers import queries as customers

LANGUAGES = ("fr", "en")  # the widget speaks these
ASKED = {"name": ("name",), "email": ("email",), "name_email": ("name", "email")}


def face(info: ConnectionInfo, connection: Connection, locale: str, now: int) -> dict[str, Any]:
    """What anybody on the site may know: whose chat it is, its colour, its hours and how soon an answer comes."""
    brand = connection.brand
    spoken = brand.language if brand else info.language
    language = locale[:2].lower() if locale[:2].lower() in LANGUAGES else spoken[:2]
    logo = f"{settings.RONDPOINT_URL}/chat/v1/logo/{info.public_id}?{brand.logo[:8]}" if brand and brand.logo else ""
    return {
        "brand": info.brand_name,
        "name": info.name,
        "logo": logo,
        "colour": info.get("colour") or (brand.colour if brand else "#0b5cab"),
        "locale": language,
        "greeting": info.get(f"greeting_{language}") or (brand.greeting.get(language, "") if brand else ""),
        "hours": waiting.availability(brand, now),
        "wait": waiting.expected(info.id, brand, now),
    }


def config(info: ConnectionInfo, session: ChatSession, now: int) -> dict[str, Any]:
    """The same and what concerns this visitor: her proof, who answers her, and what may still be asked."""
    seen = queries.visible_to(session, limit=1)
    assignee = seen[-1].message.conversation.assignee if seen else None
    return {
        **face(info, session.connection, session.locale, now),
        "proved": session.proved,
        "proofs": [kind for kind, slug in (("phone", "sms"), ("email", "email")) if connections.first(slug, None)],
        "agent": assignee.name if assignee else "",
        "reachable": session.proved or bool(_held(session) & {"email", "phone"}),
        "ask": questions(info, session, bool(seen) or _came_by_link(session)),
    }


def questions(info: ConnectionInfo, session: ChatSession, is_known: bool) -> list[dict[str, Any]]:
    """What is asked before the first message: nothing of somebody who proved who she is, or was here before."""
    if session.proved or is_known:
        return []
    held = _held(session)
    required = info.get("ask_required") == "yes"
    return [{"kind": kind, "required": required} for kind in ASKED.get(info.get("ask"), ()) if kind not in held]


def _came_by_link(session: ChatSession) -> bool:
    return Participant.objects.filter(profile_id=session.profile_id, role="joined").exists()


def _held(session: ChatSession) -> set[str]:
    """What this device itself has told: what others of the same person told is not its business."""
    profile = customers.profile(session.profile_id)
    kinds = {kind for kind in ("email", "phone") if customers.holdings([profile.id], kind)}
    return kinds | ({"name"} if profile.traits.get("name") else set())
