"""Purposes × channels of one person, as screens show them; and what she chooses there."""

from collections.abc import Collection, Iterable

from rondpoint.consent import purposes
from rondpoint.consent.ledger import record
from rondpoint.consent.models import Purpose
from rondpoint.consent.rules.merging import refusable
from rondpoint.consent.rules.purposes import question
from rondpoint.consent.standing import standing
from rondpoint.consent.types import (
    LANGUAGES,
    REFUSALS,
    WAYS,
    Action,
    Address,
    Asked,
    Cell,
    Choice,
    Entry,
    Line,
    Link,
    Question,
)
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier, Profile
from rondpoint.customers.rules import postal
from rondpoint.customers.types import Evidence
from rondpoint.lib import clock, ids
from rondpoint.lib.db import write

ONE_CLICK = "one click"
KINDS = ("email", "phone")


def addresses(profile_ids: list[int], known: Address | None = None) -> list[Address]:
    """Where these profiles can be written to, as far as somebody vouches for it: the address that is ``known`` first.
    A postal address is the newest one told, whole or in its parts."""
    held = [row for kind in KINDS for row in customers.holdings(profile_ids, kind)]
    return addresses_among(held, customers.profiles(profile_ids).values(), known)


def addresses_among(
    held: Iterable[Identifier], profiles: Iterable[Profile], known: Address | None = None
) -> list[Address]:
    """:func:`addresses` of somebody whose identifiers and profiles are at hand."""
    found: list[Address] = [known] if known and known[1] else []
    sure = [row for row in held if row.kind in KINDS and (row.evidence >= Evidence.PROVIDER or row.natural)]
    found += [(row.kind, row.value) for row in sorted(sure, key=lambda row: KINDS.index(row.kind))]
    letters = postal.newest(row.traits for row in profiles)
    found += [("post", letters)] if letters else []
    return list(dict.fromkeys(found))


def lines(customer_id: int, held: Collection[Address], now: int) -> list[Line]:
    """What may be sent to a customer: each purpose in use with each channel that has one of these addresses."""
    rows = [row for row in purposes.every() if row.active]
    asked = [
        Asked(row.key, channel, kind, address, customer_id=customer_id)
        for row in rows
        for channel, kind, address in _places(row, held)
    ]
    found: dict[str, list[Cell]] = {row.key: [] for row in rows}
    terms = {row.key: purposes.terms_of(row) for row in rows}
    for each, holds in zip(asked, standing(asked, now, terms), strict=True):
        found[each.purpose].append(Cell(each.channel, each.address_kind, each.address, holds))
    asked_by = _questions(rows)
    return [
        Line(
            row.key, row.names, row.descriptions, row.purpose_class, refusable(terms[row.key]), found[row.key],
            asked_by[row.key],
        )
        for row in rows
    ]  # fmt: skip


def choose(
    profile_id: int, choices: Iterable[Choice], proof: dict[str, object], by: str = "", language: str = "",
    proved: Address | None = None, basis: str = "consent", expires: int | None = None, now: int | None = None,
) -> int:  # fmt: skip
    """Writes down each choice that differs from what holds; how many did. A no to what is pending differs too, so that
    nobody confirms it any more. A yes is kept with the question that was seen, word for word. ``proved``: the address
    to which the link was sent that led here, so that a yes for it needs no other confirmation. Raises BadEntry."""
    now = now or clock.now()
    with write():
        wanted = list(choices)
        asked = [Asked(c.purpose, c.channel, c.address_kind, c.address, profile_id=profile_id) for c in wanted]
        entries = []
        for choice, holds in zip(wanted, standing(asked, now), strict=True):
            if choice.yes == holds.allowed and (choice.yes or holds.reason != "pending"):
                continue
            seen = choice.question if choice.yes else None
            entries.append(
                Entry(
                    profile_id=profile_id,
                    action=_action(choice, proved, by),
                    source=f"chosen:{ids.uuid7()}",
                    at=now,
                    purpose=choice.purpose,
                    channel=choice.channel,
                    address_kind=choice.address_kind,
                    address=choice.address,
                    basis=basis if choice.yes else "",
                    wording=seen.version if seen else 0,
                    language=seen.language if seen else language,
                    proof={**({"text": seen.text} if seen else {}), **proof},
                    expires=expires if choice.yes else None,
                    by=by,
                )
            )
        return sum(record(entries, now))


def refuse_all(profile_id: int, proof: dict[str, object], by: str = "", now: int | None = None) -> None:
    """No to everything that may be refused, on each channel and address, from now on."""
    now = now or clock.now()
    record([Entry(profile_id, "withdrawn", f"everything:{ids.uuid7()}", now, proof=proof, by=by)], now)


def one_click(link: Link, proof: dict[str, object], now: int | None = None) -> bool:
    """Ends what a link is about: its purpose on its channel, everything on the channel where it names no purpose
    (RFC 8058). False when nothing was left to end."""
    now = now or clock.now()
    with write():
        if link.purpose and link.purpose in purposes.terms():
            [holds] = standing(
                [Asked(link.purpose, link.channel, link.address_kind, link.address, profile_id=link.profile_id)], now
            )
            if holds.reason in REFUSALS and holds.entry_id:  # a suppression alone may end, and her word must not
                return False
        known = link.purpose if link.purpose in purposes.terms() else ""
        said = Entry(
            link.profile_id, "withdrawn", f"one-click:{ids.uuid7()}", now, known, link.channel, link.address_kind,
            link.address, proof={"how": ONE_CLICK, "dispatch": link.dispatch, **proof},
        )  # fmt: skip
        return record([said], now)[0]


def _places(row: Purpose, held: Collection[Address]) -> list[tuple[str, str, str]]:
    if not row.channels:
        return [("", "", "")]
    return [(channel, kind, value) for channel in row.channels for kind, value in held if WAYS.get(channel) == kind]


def _questions(rows: list[Purpose]) -> dict[str, dict[str, Question]]:
    """How each purpose is asked for, by its key and the language of the page."""
    texts = purposes.wordings([row.id for row in rows])
    worded = {row.key: {at: (each.text, each.version) for at, each in texts.get(row.id, {}).items()} for row in rows}
    return {
        row.key: {at: question(worded[row.key], row.names, row.descriptions, at) for at in LANGUAGES} for row in rows
    }


def _action(choice: Choice, proved: Address | None, by: str) -> Action:
    """No link can confirm where somebody's letters go: her own word does, which no colleague wrote down."""
    if not choice.yes:
        return "withdrawn"
    at = (choice.address_kind, choice.address)
    return "confirmed" if at == proved or (at[0] == "post" and not by) else "granted"
