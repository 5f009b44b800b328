"""Why two profiles are one person, or may be, in a sentence: the same on the desk and in the API."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.customers.matching import words
from rondpoint.customers.models import Identifier, Link
from rondpoint.customers.types import BY_HAND, Evidence
from rondpoint.events import catalogue
from rondpoint.lib import addresses, clock
from rondpoint.ui import times

SHOWN = 3  # agreements that a sentence names


class Explained(Struct, frozen=True):
    """How likely two profiles of a link are one person, in words and percent, and what speaks for and against it."""

    chance: str
    percent: str
    agreements: list[dict[str, str]]


def side(held: Identifier) -> dict[str, Any]:
    """What one end of a link had for the identifier that both hold, as the link keeps it: who knew it, how surely, and
    since when (microseconds UTC); ``natural``: the profile is whoever writes from there."""
    level = Evidence(held.evidence).name.lower()
    kept = {"source": held.profile.source, "level": level, "at": held.proved or held.created}
    return {**kept, "natural": True} if held.natural else kept


def evidence(link: Link) -> dict[str, Any]:
    """What a link keeps, with its times as people outside read them."""
    kept = dict(link.evidence)
    if "sides" in kept:
        kept["sides"] = [{**each, "at": clock.iso(each["at"])} for each in kept["sides"]]
    return kept


def explained(link: Link) -> Explained | None:
    """What a link says of its likeness; None where nothing was compared."""
    if link.score is None:
        return None
    return Explained(words.chance(link.score), words.percent(link.score), words.told(link.evidence))


def explanations(links: Sequence[Link]) -> list[str]:
    """For each link a sentence in the language of the reader. Their profiles are read already."""
    sources = {end.source for link in links for end in (link.left, link.right)}
    sources |= {each["source"] for link in links for each in link.evidence.get("sides", ())}
    called = names(sources)
    return [_sentence(link, called) for link in links]


def names(sources: Collection[str]) -> dict[str, str]:
    """What people call the sources of profiles."""
    asked = sorted(sources)
    found = dict(zip(asked, catalogue.names(asked), strict=True))
    return {source: _plain(source) if name == source else name for source, name in found.items()}


def _plain(source: str) -> str:
    """A source that no room has a name for: the kind of address it knows people by, or the name somebody gave it."""
    kind, _colon, name = source.partition(":")
    return _("Chat") if kind == "chat" else name or words.what(kind)


def _sentence(link: Link, called: dict[str, str]) -> str:
    if link.rule == words.RULE:
        return _alike(link)
    if link.rule == "reply" and not _value(link):  # as links of before were kept
        return _("Answered there what was sent to the other")
    if link.rule in _TOLD:
        at = link.opened or link.suggested or 0
        return _TOLD[link.rule]() % {
            "date": _date(at),
            "name": link.evidence.get("by") or "–",
            "value": _value(link) or "–",
            "source": called[link.right.source],
            "left": _account(link.left.key),
            "right": _account(link.right.key),
        }
    said, found = _shared(link, called), explained(link)
    if found is None:
        return said
    chance = _("%(chance)s: %(percent)s %%") % {"chance": found.chance, "percent": found.percent}
    return _("%(said)s; %(chance)s") % {"said": said, "chance": chance}


# By the rule of a link what was said or done that made it.
_TOLD: dict[str, Callable[[], str]] = {
    "manual": lambda: _("%(name)s said on %(date)s that they are one person"),
    "import": lambda: _("Both hold %(value)s, said %(name)s, who brought in %(source)s on %(date)s"),
    BY_HAND: lambda: _("What colleagues wrote about this customer, since %(date)s"),
    "continuation": lambda: _("Followed on %(date)s a link that was sent to the other"),
    "reply": lambda: _("Answered on %(date)s, from %(value)s, what was sent to the other"),
    "code": lambda: _("Gave on %(date)s the code that was shown to the other"),
    "device": lambda: _("The account %(right)s was used on this device (%(source)s), seen on %(date)s"),
    "alias": lambda: _("%(source)s said on %(date)s that the accounts %(left)s and %(right)s are one person’s"),
    "account_token": lambda: _("Signed in on the site with the account %(value)s on %(date)s"),
}


def _shared(link: Link, called: dict[str, str]) -> str:
    """The sentence of a link by something that both hold, with what each side had for it, the surest first. Links of
    before kept no sides."""
    said = {"value": _value(link) or link.rule, "what": _what(str(link.evidence.get("kind") or ""))}
    sides = sorted(link.evidence.get("sides", ()), key=lambda each: -_LEVELS.get(each["level"], 0))
    if not sides:
        known = _("Both hold %(value)s, and one proved it") if link.opened else _("Both name %(value)s")
        return known % said
    said["proofs"] = ", ".join(_proof(each, called) for each in sides)
    if link.opened:
        return _("Joined by %(what)s %(value)s: %(proofs)s") % said
    return _("Both name %(what)s %(value)s: %(proofs)s") % said


_LEVELS = {each.name.lower(): int(each) for each in Evidence}


def _proof(each: dict[str, Any], called: dict[str, str]) -> str:
    levels = {
        "verified": _("proved by code on %(date)s (%(source)s)"),
        "signed": _("signed on %(date)s (%(source)s)"),
        "provider": _("vouched for on %(date)s (%(source)s)"),
    }
    claimed = _("claimed on %(date)s (%(source)s)")
    weakest = _("written from on %(date)s (%(source)s)") if each.get("natural") else claimed
    return levels.get(each["level"], weakest) % {"date": _date(each["at"]), "source": called[each["source"]]}


def _alike(link: Link) -> str:
    found = explained(link)
    if found is None:
        return _("Alike")
    likely = {"chance": found.chance, "percent": found.percent}
    said = _("Alike: %(chance)s, %(percent)s %%") % likely
    if found.agreements:
        named = ", ".join(_("%(what)s: %(degree)s") % each for each in found.agreements[:SHOWN])
        said = _("%(said)s (%(what)s)") % {"said": said, "what": named}
    if link.opened:
        return _("%(said)s; linked without asking on %(date)s") % {"said": said, "date": _date(link.opened)}
    return said


def _what(kind: str) -> str:
    """What sort of thing two profiles hold, before its value."""
    return {
        "email": _("the e-mail address"),
        "phone": _("the telephone number"),
        "account": _("the account"),
        "name": _("the name"),
    }.get(kind, kind)


def _value(link: Link) -> str:
    value = str(link.evidence.get("value") or "")
    return addresses.show_phone(value) if value.startswith("+") else value


def _account(key: str) -> str:
    """The number of an account in the key under which a source knows a profile."""
    return key.partition(":")[2] or key


def _date(at: int) -> str:
    return times.dated(times.local(at).date(), "d MMMM y", times.language())
