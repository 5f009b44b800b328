"""The two files of an access request: all that is known of a customer as JSON, and as a PDF to read and print."""

import json
from pathlib import Path
from typing import Any

import typst
from django.utils import translation
from django.utils.translation import gettext as _

from rondpoint.accounts.models import Brand
from rondpoint.accounts.queries import default_brand
from rondpoint.consent import queries as consent
from rondpoint.customers.models import Customer
from rondpoint.files import actions as store
from rondpoint.hub.exports.customer import whole
from rondpoint.hub.rights import permission

TEMPLATE = Path(__file__).with_name("access_file.typ")
LEGIBLE = 5_000  # messages, facts, decisions that are printed, the newest: hundreds of pages, half a gigabyte to set
SAID = "message."  # facts that tell of messages, which are printed themselves
WORD, PART = 40, 20  # characters of what is too long for a line, and of the parts it may be broken into
LETTER = {"CA", "US"}  # countries whose paper is not A4


def make(customer: int) -> list[tuple[str, int]]:
    """Saves both files of a customer; the SHA-256 and size of the JSON, then of the PDF. Runs in a child of its own,
    since setting many pages takes memory. Raises Customer.DoesNotExist for one who was forgotten meanwhile."""
    person = Customer.objects.get(id=customer)
    brand = default_brand()
    language = (person.language or (brand.language if brand else "fr"))[:2]
    with translation.override(language if language in ("fr", "en") else "en"):
        known = whole(person)
        purposes = consent.purpose_names(translation.get_language()[:2])
        page = printed(readable(known, brand, purposes))
    machine = json.dumps(known, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    return [store.save_stream((content,)) for content in (machine, page)]


def printed(data: dict[str, Any]) -> bytes:
    """A tagged PDF of what :func:`readable` gives. No byte of it is read as markup."""
    text = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()  # half a letter is a "?"
    return typst.compile(TEMPLATE, root=TEMPLATE.parent, sys_inputs={"data": text}, format="pdf")


def readable(known: dict[str, Any], brand: Brand | None, purposes: dict[str, str]) -> dict[str, Any]:
    """What the printed file shows of ``known``, in words of the active language. ``purposes``: what each is called."""
    messages = sum(len(conversation["messages"]) for conversation in known["conversations"])
    facts = [fact for fact in known["timeline"] if not fact["type"].startswith(SAID)]
    return {
        "words": _words(*(max(0, count - LEGIBLE) for count in (messages, len(facts), len(known["decisions"])))),
        "brand": brand.name if brand else "",
        "colour": brand.colour if brand else "#0b5cab",
        "paper": "us-letter" if brand and brand.country in LETTER else "a4",
        "language": translation.get_language()[:2],
        "day": _day(known["exported_at"]),
        "id": known["id"],
        "name": _text(known["name"]),
        # A PDF is compressed but for these: by them her erasure finds a file that no row refers to yet.
        "keywords": [held["value"] for held in known["identifiers"]],
        "addresses": [[held["kind"], _text(held["value"]), _day(held["created_at"])] for held in known["identifiers"]],
        "traits": [
            [_text(name), _text(told["value"]), _text(told["source"]), _day(told["at"])]
            for name, told in sorted(known["traits"].items())
        ],
        "segments": [_text(name) for name in known["segments"]],
        **_permission(known, purposes),
        "conversations": _conversations(known["conversations"], messages - LEGIBLE),
        "timeline": [
            [
                _minute(fact["occurred_at"]),
                _text(fact["title"]),
                _text(f"{fact['channel']} {fact['source']}".strip()),
                _named(fact["properties"]),
            ]
            for fact in facts[-LEGIBLE:]
        ],
    }


def _permission(known: dict[str, Any], purposes: dict[str, str]) -> dict[str, Any]:
    """What she agreed to, how she wants it, and what was decided about messages to her."""
    return {
        "consents": [
            [
                _day(said["at"]),
                *(_text(word) for word in permission.consented(said, purposes)),
                _text(f"{said['channel']} {said['address']}".strip()),
                _named(permission.grounds(said)),
            ]
            for said in known["consents"]
        ],
        "preferences": [
            [*(_text(word) for word in permission.wish(said, purposes)), _day(said["at"])]
            for said in known["preferences"]
            if said["holds"] and said["value"] is not None
        ],
        "decisions": [
            [
                _minute(row["at"]),
                _text(permission.decided(row)),
                _text(purposes.get(row["purpose"], row["purpose"])),
                _text(f"{row['channel']} {row['address']}".strip()),
            ]
            for row in known["decisions"][-LEGIBLE:]
        ],
    }


def _words(messages: int, facts: int, decisions: int) -> dict[str, Any]:
    """The words of the file; how many messages, facts and decisions, being older, stand in the other file only."""
    older = _("%(count)s older ones are in the file for machines.")
    return {
        "title": _("What we know about you"),
        "who": _("Who you are"),
        "addresses_head": [_("Kind"), _("Address"), _("Since")],
        "traits": _("What was said about you, and by whom"),
        "traits_head": [_("What"), _("Value"), _("Source"), _("Since")],
        "segments": _("Groups you are in"),
        "consents": _("What you agreed to and refused"),
        "consents_head": [_("When"), _("What"), _("Purpose"), _("Where"), _("Proof")],
        "preferences": _("How you want to be written to"),
        "preferences_head": [_("What"), _("Value"), _("Since")],
        "decisions": _("What we sent or did not send, and why"),
        "decisions_head": [_("When"), _("What"), _("Purpose"), _("Where")],
        "older_decisions": older % {"count": decisions} if decisions else "",
        "conversations": _("Our messages"),
        "older_messages": older % {"count": messages} if messages else "",
        "timeline": _("What happened"),
        "older_facts": older % {"count": facts} if facts else "",
        "nothing": _("Nothing."),
    }


def _conversations(rows: list[dict[str, Any]], left_out: int) -> list[dict[str, Any]]:
    """Conversations with their messages, but for the oldest."""
    found = []
    for row in rows:
        shown = row["messages"][max(0, left_out) :]
        left_out -= len(row["messages"])
        if shown:
            messages = [{"about": _about(message), "text": _said(message)} for message in shown]
            subject = _text(row["subject"] or row["id"])
            found.append({"subject": subject, "day": _day(row["created_at"]), "messages": messages})
    return found


def _about(message: dict[str, Any]) -> str:
    parts = (_minute(message["at"]), message["channel"], message["address"], message["author"])
    return _text(" · ".join(part for part in parts if part))


def _said(message: dict[str, Any]) -> str:
    return "\n".join([_text(message["text"]), *(_text(f"[{file['name']}]") for file in message["files"])])


def _named(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values, without empty ones and without numbers that mean something to machines only."""
    told = {name: value for name, value in said.items() if value not in (None, "", [], {}) and not name.endswith("_id")}
    return [(_text(name), _text(value)) for name, value in told.items()]


def _text(value: Any) -> str:
    """As it is printed: what is no text as JSON, and very long words with places at which a line may end."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= WORD:
        return text
    words = text.replace("\r\n", "\n").split(" ")
    return " ".join(word if len(word) <= WORD else _parted(word) for word in words)


def _parted(word: str) -> str:
    return "\u200b".join(word[at : at + PART] for at in range(0, len(word), PART))


def _day(at: str | None) -> str:
    return (at or "")[:10]


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
