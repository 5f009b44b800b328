"""What to connect or repair next, worked out of the figures, and whether the house is joined. Pure."""

from collections import Counter
from collections.abc import Iterator

from rondpoint.hub.silos.types import LATELY_DAYS, Advice, Audit, Feed, Silo
from rondpoint.lib import clock

FEW = 5  # customers of whom nothing is concluded
ALONE_SHARE = 0.2  # of a source's customers, from which it is an island
CONFLICT_SHARE = 0.05
REACHABLE_SHARE = 0.3
CONSENT_SHARE = 0.3
OLD = 365 * clock.DAY
QUIET = LATELY_DAYS * clock.DAY
SPOKE = 10  # messages or rows in a month after which silence is strange
MOST = 12
OF_A_SORT, UNASKED = 3, 1  # sentences of one sort
JOINED, PARTLY = 0.5, 0.2  # shares of customers whom more than one source knows
DIFFERING = "/catalogue?show=different"
ALL_OF_THEM = ("broken", "mute", "silent")
TELLING = ("channel", "site", "sync", "files")  # kinds that are set up to tell of customers


def advise(audit: Audit) -> list[Advice]:
    """What to do next, the most weighty first; at most :data:`MOST`, and few of one sort."""
    silos = {silo.key: silo for silo in audit.silos}
    found = [
        *(each for feed in audit.feeds for each in _of_feed(feed, silos.get(feed.key), audit)),
        *(each for silo in audit.silos for each in _of_silo(silo, audit)),
        *_of_conflicts(audit),
    ]
    if audit.waiting:
        found.append(Advice(code="waiting", weight=2.0 * audit.waiting, place="/review", about={"n": audit.waiting}))
    if audit.differing:
        weight = FEW + 0.2 * audit.customers
        found.append(Advice(code="differing", weight=weight, place=DIFFERING, about={"n": audit.differing}))
    found.sort(key=lambda each: -each.weight)
    told: Counter[str] = Counter()
    some = []
    for each in found:
        told[each.code] += 1
        if told[each.code] <= (UNASKED if each.code == "unasked" else OF_A_SORT) or each.code in ALL_OF_THEM:
            some.append(each)
    return some[:MOST]


def verdict(audit: Audit) -> str:
    """``nothing`` | ``one`` (only one source knows anybody) | ``broken`` | ``joined`` | ``partly`` | ``apart``."""
    if not audit.customers or not audit.silos:
        return "nothing"
    if len(audit.silos) == 1:
        return "one"
    if any(feed.problem for feed in audit.feeds if feed.active):
        return "broken"
    share = audit.shared / audit.customers
    return "joined" if share >= JOINED else "partly" if share >= PARTLY else "apart"


def _of_feed(feed: Feed, silo: Silo | None, audit: Audit) -> Iterator[Advice]:
    """What is broken, silent, unused, or brought by hand."""
    known = silo.customers if silo else 0
    said = {"source": feed.key, "name": feed.name, "n": known}
    if feed.kind not in TELLING or not feed.active:
        return
    if feed.problem:  # before all else: what is broken makes every other figure wrong
        yield Advice(code="broken", weight=audit.customers + known + 1.0, place=feed.place, about=said)
    elif feed.last is None:
        yield Advice(code="mute", weight=FEW + 0.3 * audit.customers, place=feed.place, about=said)
    elif not feed.lately and feed.before >= SPOKE and feed.last < audit.at - QUIET and feed.kind != "files":
        about = {**said, "before": feed.before, "at": feed.last}
        yield Advice(code="silent", weight=max(known, FEW) + 0.3 * audit.customers, place=feed.place, about=about)
    elif feed.kind == "files" and feed.last < audit.at - QUIET and known >= FEW:
        yield Advice(code="by_hand", weight=0.6 * known, place="/syncs", about={**said, "at": feed.last})


def _of_silo(silo: Silo, audit: Audit) -> Iterator[Advice]:
    """Whom nobody else knows, who is old, and whom nobody may write to."""
    if silo.customers < FEW or silo.key in ("staff", "api"):
        return
    said: dict[str, str | int | float] = {"source": silo.key}
    if silo.alone_alike >= FEW:
        about = {**said, "n": silo.alone_alike}
        yield Advice(code="alike", weight=1.5 * silo.alone_alike, place="/review", about=about)
    if len(audit.silos) > 1 and silo.alone >= max(FEW, ALONE_SHARE * silo.customers):
        by, having = max(("phone", silo.alone_phone), ("email", silo.alone_email), key=lambda each: each[1])
        code = f"alone_{by}" if having >= REACHABLE_SHARE * silo.alone else "alone_nameless"
        place = "/matching" if having >= REACHABLE_SHARE * silo.alone else "/sources"
        about = {**said, "n": silo.alone, "share": having / silo.alone}
        yield Advice(code=code, weight=float(silo.alone), place=place, about=about)
    if silo.age > OLD:
        about = {**said, "n": silo.customers, "days": silo.age // clock.DAY}
        yield Advice(code="old", weight=0.5 * silo.customers, place="/syncs", about=about)
    agreed = silo.filled.get("consent", 0)
    if agreed < CONSENT_SHARE * silo.customers:
        about = {**said, "n": silo.customers - agreed, "share": agreed / silo.customers}
        yield Advice(code="unasked", weight=0.4 * (silo.customers - agreed), place="/purposes", about=about)


def _of_conflicts(audit: Audit) -> list[Advice]:
    return [
        Advice(
            code="conflict",
            weight=1.2 * each.different,
            place="/traits",
            about={
                "source": each.one, "other": each.other, "trait": each.trait, "n": each.different, "both": each.both,
                "share": each.different / each.both,
            },
        )
        for each in audit.conflicts
        if each.different >= FEW and each.different >= CONFLICT_SHARE * each.both
        if each.trait not in ("email", "phone")  # people have several
    ]  # fmt: skip
