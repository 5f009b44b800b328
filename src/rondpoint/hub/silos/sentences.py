"""What an audit says, in the reader's language: names, the verdict, and what to do next."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from babel.dates import format_timedelta
from babel.numbers import format_percent
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rondpoint.consent import queries as consent
from rondpoint.hub.silos.rules.advising import verdict
from rondpoint.hub.silos.types import Advice, Audit, Feed
from rondpoint.lib import clock
from rondpoint.ui import times

CHANNELS_OF = {"email": "email", "phone": "sms"}  # whose profiles go by the address alone


def names(audit: Audit) -> dict[str, str]:
    """What each source is called, by its key; no two alike."""
    feeds: dict[str, list[Feed]] = {}
    for feed in audit.feeds:
        feeds.setdefault(feed.key, []).append(feed)
    keys = list(dict.fromkeys([*(silo.key for silo in audit.silos), *feeds]))
    found: dict[str, str] = {}
    for key in keys:
        name = _name(key, feeds.get(key, ()))
        found[key] = name if name not in found.values() else f"{name} ({key})"
    return found


def _name(key: str, feeds: Sequence[Feed]) -> str:
    if key in CHANNELS_OF:
        return consent.channel_name(CHANNELS_OF[key])
    fixed = {"staff": _("Your colleagues"), "api": _("API")}
    if key in fixed or not feeds:
        return fixed.get(key, key.partition(":")[2] or key)
    first = feeds[0]
    name = first.name[:1].upper() + first.name[1:]
    return f"{first.detail.title()} · {name}" if first.kind == "channel" else name


def kind(feed: Feed) -> str:
    """What sort of thing a feed is."""
    return {
        "channel": _("channel"), "site": _("site, app or server"), "sync": _("fetched by itself"),
        "files": _("files brought in by hand"), "staff": _("written by hand"), "api": _("program with a key"),
        "other": _("records brought over"),
    }[feed.kind]  # fmt: skip


def trait(name: str) -> str:
    """A trait as people read it."""
    said = {
        "name": _("Name"), "email": _("E-mail address"), "phone": _("Telephone number"), "city": _("Town"),
        "country": _("Country"), "language": _("Language"), "postcode": _("Postcode"), "street": _("Street"),
        "birthday": _("Date of birth"), "company": _("Company"), "consent": _("Agreement"),
        "address": _("Postal address"), "account": _("Customer number"),
    }  # fmt: skip
    return said.get(name, name.replace("_", " ").capitalize())


def percent(share: float) -> str:
    """A share in whole percent; what is not nothing is at least “< 1 %”."""
    if 0 < share < 0.01:
        return f"< {format_percent(0.01, '#,##0 %' if times.language() == 'fr' else '#,##0%', times.language())}"
    return format_percent(share, locale=times.language())


def age(microseconds: int) -> str:
    """How old something is, in its largest whole unit."""
    days = microseconds // clock.DAY
    if days < 1:
        return _("less than a day")
    unit = next(unit for length, unit in ((365, "year"), (30, "month"), (1, "day")) if days >= length)
    return format_timedelta(timedelta(days=days), granularity=unit, threshold=1, locale=times.language())


def headline(audit: Audit) -> str:
    """The verdict in a sentence."""
    said = {"n": times.number(audit.customers), "sources": times.number(len(audit.silos))}
    if audit.customers:
        said["share"] = percent(audit.shared / audit.customers)
    return {
        "nothing": _("Nobody is known yet."),
        "one": _("One source knows all %(n)s customers: there is nothing to join yet."),
        "broken": _("Something that feeds Rondpoint is broken; %(share)s of %(n)s customers are known by several."),
        "joined": _("Your %(sources)s sources are joined: %(share)s of %(n)s customers are known by more than one."),
        "partly": _("Your %(sources)s sources are partly joined: %(share)s of %(n)s customers are known by several."),
        "apart": _("Your %(sources)s sources stand apart: only %(share)s of %(n)s customers are known by several."),
    }[verdict(audit)] % said  # fmt: skip


def advice(each: Advice, called: dict[str, str], now: int) -> str:
    """What to do next, in a sentence."""
    about = each.about
    said = {name: times.number(value) if isinstance(value, int | float) else value for name, value in about.items()}
    said["source"] = called.get(str(about.get("source", "")), "")
    said["other"] = called.get(str(about.get("other", "")), "")
    if "share" in about:
        said["share"] = percent(float(about["share"]))
    if "at" in about:
        said["when"] = times.ago(int(about["at"]), now)
    if "trait" in about:
        said["trait"] = trait(str(about["trait"])).lower()
    return _SENTENCES[each.code](int(about.get("n", 0))) % said


def action(code: str) -> str:
    """What the button beside an advice says."""
    return {
        "broken": _("Repair it"), "mute": _("Check it"), "silent": _("Check it"), "by_hand": _("Have it fetched"),
        "alike": _("Say who is who"), "alone_phone": _("Match them"), "alone_email": _("Match them"),
        "alone_nameless": _("See the source"), "old": _("Have it fetched"), "unasked": _("See the purposes"),
        "conflict": _("Choose"), "waiting": _("Answer"), "differing": _("Look at them"),
    }[code]  # fmt: skip


_SENTENCES: dict[str, Callable[[int], str]] = {
    "broken": lambda n: _("%(name)s is broken, and what it knows of %(n)s customers grows old. Repair it first.")
    if n
    else _("%(name)s is broken. Repair it first."),
    "mute": lambda n: _("%(name)s was set up and has never said anything. Check that it is connected."),
    "silent": lambda n: _(
        "%(name)s fell silent: it last spoke %(when)s, after %(before)s messages or facts in the month before."
    ),
    "by_hand": lambda n: _("%(source)s is brought in by hand, the last time %(when)s. Have it fetched by itself."),
    "alike": lambda n: _(
        "%(n)s customers whom only %(source)s knows share an address with somebody else: are they one person?"
    ),
    "alone_phone": lambda n: _(
        "%(source)s knows %(n)s customers nobody else knows; %(share)s have a telephone number: match them by it."
    ),
    "alone_email": lambda n: _(
        "%(source)s knows %(n)s customers nobody else knows; %(share)s have an e-mail address: match them by it."
    ),
    "alone_nameless": lambda n: _(
        "%(source)s knows %(n)s customers nobody else knows, and few have an e-mail address or a number: ask there."
    ),
    "old": lambda n: _(
        "Half of what %(source)s says of its %(n)s customers is more than %(days)s days old. Have it fetched again."
    ),
    "unasked": lambda n: _(
        "%(n)s customers of %(source)s have agreed to nothing yet; %(share)s have. Ask them, and bring the answers in."
    ),
    "conflict": lambda n: _(
        "%(source)s and %(other)s contradict each other on %(n)s of %(both)s customers (%(share)s): %(trait)s."
        " Choose whose word holds."
    ),
    "waiting": lambda n: ngettext(
        "%(n)s pair may be one person and waits for an answer.",
        "%(n)s pairs may be one person and wait for an answer.",
        n,
    ),
    "differing": lambda n: ngettext(
        "%(n)s type of events looks different than before, or fell silent. See whether that is right.",
        "%(n)s types of events look different than before, or fell silent. See whether that is right.",
        n,
    ),
}
