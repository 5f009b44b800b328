"""One customer as Rondpoint writes her down, whole: cut into rows, each for one of the kinds.

A row has two cells: for which kind it is, and what it says, a JSON object of cells as rows of that kind have them. What
cannot come in is a row too, with the reason, so that it is counted among what is refused.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from rondpoint.events.types import OURS
from rondpoint.hub.imports.rows import Unreadable
from rondpoint.hub.imports.types import TYPES

FORMAT = "rondpoint.customer/1"
COLUMNS = ("part", "said")
LEFT = "left"  # the part of what is left out
MOST = 50_000_000  # bytes
LONGEST = 100_001  # letters of a cell: one more than any kind takes, which says so itself
MOST_ADDRESSES = 10  # of a kind
COMPUTED = "computed"  # the source of traits that a house works out by itself
NOT_WHOLE = f"this is not one customer as Rondpoint writes her: expected JSON whose format is {FORMAT}"
_NAMED = re.compile(rb'"format"\s*:\s*"rondpoint\.customer/')
Said = dict[str, str]


class Identifier(Struct):
    kind: str
    value: str
    scope: str = ""


class Trait(Struct):
    value: Any
    at: str
    source: str = ""


class Consent(Struct):
    """A word, or (``kind`` is ``suppression``) an address that gets nothing."""

    kind: str
    address_kind: str
    address: str
    channel: str
    at: str
    action: str = ""
    purpose: str = ""
    basis: str = ""
    wording: int | None = None
    wording_text: str | None = None
    language: str = ""
    expires_at: str | None = None
    proof: dict[str, Any] = {}
    by: str = ""
    reference: str = ""
    reason: str = ""


class Fact(Struct):
    type: str
    occurred_at: str
    channel: str = ""
    source: str = ""
    message_id: str = ""
    properties: dict[str, Any] = {}


class Message(Struct):
    id: str
    direction: str
    channel: str
    at: str
    address: str = ""
    author: str = ""
    subject: str = ""
    text: str = ""


class Conversation(Struct):
    id: str
    messages: list[Message]


class Whole(Struct):
    """What is read of the file; the rest is said by these parts too, or holds in its own house alone."""

    id: str
    created_at: str
    identifiers: list[Identifier]
    traits: dict[str, Trait]
    consents: list[Consent]
    timeline: list[Fact]
    conversations: list[Conversation]
    preferences: list[Any] = []


def is_whole(beginning: bytes) -> bool:
    """Does a file that begins like this say that it is one customer, in whatever version?"""
    return bool(_NAMED.search(beginning))


def rows(raw: bytes) -> Iterator[list[str]]:
    """The rows of a file, below their header. Raises Unreadable with the place and what to do."""
    whole = _read(raw)
    yield list(COLUMNS)
    person = _person(whole)
    for part, said in _parts(whole):
        cells = said if part == LEFT else {**person, **said}
        told = {name: cell[:LONGEST] for name, cell in cells.items() if cell}
        yield [part, json.dumps(told, ensure_ascii=False)]


def _read(raw: bytes) -> Whole:
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        if not is_whole(raw):
            raise Unreadable(NOT_WHOLE) from error
        raise Unreadable(
            f"the file breaks off or was changed at line {error.lineno}, letter {error.colno}; have it made anew"
        ) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(NOT_WHOLE) from error
    named = found.get("format") if isinstance(found, dict) else None
    if not isinstance(named, str) or not named.startswith("rondpoint.customer/"):
        raise Unreadable(NOT_WHOLE)
    if named != FORMAT:
        raise Unreadable(f"format: {named[:60]!r} is not read here, {FORMAT} is; bring both houses to one version")
    try:
        return msgspec.convert(found, Whole)
    except msgspec.ValidationError as error:
        reason, _, at = str(error).partition(" - at ")
        place = at.strip("`") or "$"
        raise Unreadable(f"{place} is not as {FORMAT} has it ({reason}); have it made anew") from error


def _person(whole: Whole) -> Said:
    """The cells that say who she is."""
    cells: Said = {"customer": whole.id}
    for kind in ("email", "phone"):
        held = [each.value for each in whole.identifiers if each.kind == kind]
        cells[kind] = "\n".join(held[:MOST_ADDRESSES])
    for each in whole.identifiers:
        if each.kind == "account":
            cells.setdefault(f"account:{each.scope}" if each.scope else "user_id", each.value)
    return cells


def _parts(whole: Whole) -> Iterator[tuple[str, Said]]:
    yield "customers", {"told_at": whole.created_at}
    for name, trait in whole.traits.items():
        if trait.source != COMPUTED and trait.value is not None:
            field = f"{TYPES[-1]}:{name}"
            yield "customers", {field: json.dumps(trait.value, ensure_ascii=False), "told_at": trait.at}
    for consent in whole.consents:
        if consent.kind == "said":
            yield "consents", _word(consent)
    for fact in whole.timeline:
        if not fact.type.startswith(OURS):
            yield "events", _fact(fact)
    for conversation in whole.conversations:
        for message in conversation.messages:
            yield "messages", _message(message, conversation.id)
    for reason in _left(whole):
        yield LEFT, {"reason": reason}


def _word(word: Consent) -> Said:
    """A word. The text that was shown becomes part of its proof: its version means another text in another house."""
    proof = dict(word.proof)
    if word.wording_text:
        proof.setdefault("text", word.wording_text)
    if word.wording:
        proof.setdefault("wording", word.wording)
    return {
        "address_kind": word.address_kind, "address": word.address, "purpose": word.purpose, "channel": word.channel,
        "action": word.action, "said_at": word.at, "basis": word.basis,
        "language": word.language, "expires_at": word.expires_at or "", "by": word.by, "reference": word.reference,
        "proof": json.dumps(proof, ensure_ascii=False) if proof else "",
    }  # fmt: skip


def _fact(fact: Fact) -> Said:
    return {
        "type": fact.type, "occurred_at": fact.occurred_at, "channel": fact.channel, "source": fact.source,
        "message_id": fact.message_id, "properties": json.dumps(fact.properties, ensure_ascii=False),
    }  # fmt: skip


def _message(message: Message, conversation: str) -> Said:
    return {
        "sent_at": message.at, "direction": message.direction, "channel": message.channel, "text": message.text,
        "subject": message.subject, "author": message.author, "thread": conversation, "message_id": message.id,
        "address": message.address,
    }  # fmt: skip


def _left(whole: Whole) -> Iterator[str]:
    """Why what is in the file does not come in, a reason each."""
    told = Counter(fact.type for fact in whole.timeline if fact.type.startswith(OURS))
    for type_, count in sorted(told.items()):
        yield f"type: {type_!r} is a fact that each house tells itself; {count} are left out"
    worked_out = [name for name, trait in whole.traits.items() if trait.source == COMPUTED]
    if worked_out:
        yield f"traits: {', '.join(sorted(worked_out))} are worked out by each house itself"
    others = Counter(each.kind for each in whole.identifiers if each.kind not in ("email", "phone", "account"))
    for kind, count in sorted(others.items()):
        yield f"identifiers: {kind!r} means nothing in another house; {count} are left out"
    said = {(word.action, word.address_kind, word.address) for word in whole.consents if word.kind == "said"}
    for shut in whole.consents:
        if shut.kind == "suppression" and (shut.reason, shut.address_kind, shut.address) not in said:
            what = f"no word of hers shut {shut.address!r} ({shut.reason})"
            yield f"consents: {what}; write her refusal down here if that still holds"
    if whole.preferences:
        yield f"preferences: {len(whole.preferences)} wishes hold in their own house; ask her anew"
