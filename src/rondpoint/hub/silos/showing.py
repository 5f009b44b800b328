"""An audit as its screen shows it: the sources as rows, and how far they overlap as a table of shares."""

from typing import Any
from urllib.parse import urlencode

from rondpoint.customers.models import Identifier, Profile
from rondpoint.hub.silos import sentences
from rondpoint.hub.silos import sentences_access as words
from rondpoint.hub.silos.keys import FILES
from rondpoint.hub.silos.rules.advising import DIFFERING, advise
from rondpoint.hub.silos.types import FIELDS, Audit, Conflict, Feed, Seer, Silo
from rondpoint.lib import bulk

IN_MATRIX = 12  # the largest sources
CONFLICTS = 10
COMPLETE = 30  # sources, the largest
ANYBODYS = ("/review", DIFFERING)  # screens that whoever sees this page may open
STEPS = (0.02, 0.1, 0.25, 0.5, 0.75)  # shares from which a cell is darker


def page(audit: Audit) -> dict[str, Any]:
    """All that the screen shows of an audit."""
    called = sentences.names(audit)
    return {
        "headline": sentences.headline(audit),
        "advice": [
            {
                "text": sentences.advice(each, called, audit.at),
                "place": each.place,
                "action": sentences.action(each.code),
                "open": each.place in ANYBODYS,
            }
            for each in advise(audit)
        ],
        "sources": _sources(audit, called),
        "matrix": matrix(audit, called),
        "conflicts": [_conflict(each, called) for each in audit.conflicts[:CONFLICTS]],
        "complete": _complete(audit, called),
        "seers": [_seer(each, called) for each in audit.seers],
        "looks": [
            {
                "actor": words.taker(each.actor), "what": words.taken(each.action), "times": each.times,
                "last": each.last,
            }
            for each in audit.looks
        ],
    }  # fmt: skip


def matrix(audit: Audit, called: dict[str, str]) -> list[dict[str, Any]]:
    """A row for each of the largest sources: of its customers, the share that each other source knows too."""
    silos = audit.silos[:IN_MATRIX]
    if len(silos) < 2:
        return []
    both = {(each.one, each.other): each.both for each in audit.overlaps}
    rows = []
    for place, silo in enumerate(silos):
        cells = []
        for other in silos:
            number = both.get((silo.key, other.key), 0) + both.get((other.key, silo.key), 0)
            same = other.key == silo.key
            share = (silo.alone if same else number) / silo.customers
            cells.append(
                {
                    "same": same, "share": sentences.percent(share), "number": silo.alone if same else number,
                    "step": sum(share >= step for step in STEPS), "with": called[other.key],
                }
            )  # fmt: skip
        rows.append({"letter": chr(ord("A") + place), "name": called[silo.key], "of": silo.customers, "cells": cells})
    return rows


def examples(conflict: Conflict) -> list[dict[str, Any]]:
    """Customers of whom the two sources say different things, as it stands now; who was erased or agrees since is not
    among them."""
    rows = bulk.fetch(Profile, customer_id=conflict.examples)
    held = bulk.fetch(Identifier, profile_id={row.id for row in rows})
    found = []
    for number in conflict.examples:
        profiles = [row for row in rows if row.customer_id == number]
        said = [_said(conflict.trait, source, profiles, held) for source in (conflict.one, conflict.other)]
        if profiles and all(said) and said[0] != said[1]:
            found.append((number, *said))
    return [{"number": number, "one": one, "other": other} for number, one, other in found]


def _said(trait: str, source: str, profiles: list[Profile], held: list[Identifier]) -> str:
    """What a source says of a trait of somebody, as people read it; "" where it says nothing."""
    numbered = {row.profile_id for row in held if row.kind == "account" and f"{FILES}{row.scope}" == source}
    ours = [row for row in profiles if row.source == source or row.id in numbered]
    if trait in ("email", "phone"):
        numbers = {row.id for row in ours}
        return ", ".join(sorted({row.value for row in held if row.kind == trait and row.profile_id in numbers}))
    told = [row.traits[trait] for row in ours if trait in row.traits]
    if not told and trait == "name":
        halves = [[row.traits.get(half, {}) for half in ("first_name", "last_name")] for row in ours]
        told = [
            {"value": f"{first['value']} {last['value']}", "at": max(first["at"], last["at"])}
            for first, last in halves
            if first and last
        ]
    return str(max(told, key=lambda word: word["at"])["value"]) if told else ""


def _sources(audit: Audit, called: dict[str, str]) -> list[dict[str, Any]]:
    """Those who know somebody, the largest first; then what was set up and knows nobody."""
    silos = {silo.key: silo for silo in audit.silos}
    return [
        _source(key, name, silos.get(key), [feed for feed in audit.feeds if feed.key == key])
        for key, name in called.items()
    ]


def _source(key: str, name: str, silo: Silo | None, feeds: list[Feed]) -> dict[str, Any]:
    known = silo.customers if silo else 0
    return {
        "name": name,
        "kind": sentences.kind(feeds[0]) if feeds else "",
        "feeds": [feed for feed in feeds if feed.place],
        "problem": next((feed.problem for feed in feeds if feed.problem), ""),
        "off": bool(feeds) and not any(feed.active for feed in feeds),
        "customers": known,
        "alone": silo.alone if silo else 0,
        "alone_share": sentences.percent(silo.alone / known) if silo else "",
        "last": max((feed.last for feed in feeds if feed.last), default=silo.newest if silo else None),
        "lately": sum(feed.lately for feed in feeds),
        "age": sentences.age(silo.age) if silo else "",
    }  # fmt: skip


def _conflict(each: Conflict, called: dict[str, str]) -> dict[str, Any]:
    return {
        "place": f"/silos/examples?{urlencode({'one': each.one, 'other': each.other, 'trait': each.trait})}",
        "trait": sentences.trait(each.trait),
        "one": called[each.one],
        "other": called[each.other],
        "both": each.both,
        "different": each.different,
        "share": sentences.percent(each.different / each.both),
    }


def _complete(audit: Audit, called: dict[str, str]) -> list[dict[str, Any]]:
    """A row for each of the largest sources: of its customers, the share of whom it says each thing."""
    return [
        {
            "name": called[silo.key], "of": silo.customers,
            "cells": [
                _cell(sentences.trait(field), silo.filled[field], silo.customers)
                for field in FIELDS
                if field in silo.filled
            ],
        }
        for silo in audit.silos[:COMPLETE]
    ]  # fmt: skip


def _cell(name: str, number: int, of: int) -> dict[str, Any]:
    share = number / of
    return {
        "name": name, "number": number, "share": sentences.percent(share), "step": sum(share >= step for step in STEPS)
    }  # fmt: skip


def _seer(each: Seer, called: dict[str, str]) -> dict[str, Any]:
    return {
        "name": words.name(each), "kind": words.kind(each.kind), "sees": words.sees(each), "used": words.used(each),
        "people": each.people if each.kind in ("role", "team") else None, "sources": words.sources(each, called),
        "last": each.last, "off": not each.active, "broken": bool(each.problem),
    }  # fmt: skip
