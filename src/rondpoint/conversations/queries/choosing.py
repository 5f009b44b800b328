"""On which channel somebody would get a message, and why on that one: one place to ask for whoever sends. Nothing is
written."""

from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.consent.types import PART_OF, PHONE
from rondpoint.conversations.models import ChatSession
from rondpoint.conversations.queries.reasons import explain
from rondpoint.conversations.queries.trying import Way, ways
from rondpoint.customers import queries as customers
from rondpoint.events import queries as events
from rondpoint.lib import clock
from rondpoint.segments import queries as segments
from rondpoint.sending import queries as sending
from rondpoint.sending.types import CENT, Option, Ranked, Stage
from rondpoint.ui import times

LOOKED_AT = ("Page Viewed", "Screen Viewed")
LATELY = 10 * clock.MINUTE
"""Who gave a sign of herself within it is there now."""
ALONE = Stage()
MOST_STEPS = 20
FOND, COOL = 50, 20  # of 100, how she takes to a channel: from here on she is said to like it, up to here to shun it


class Choice(Struct, frozen=True):
    """One channel in its place, and why it has it, in a sentence."""

    ranked: Ranked
    way: Way
    label: str
    sentence: str


def choose(customer_id: int, purpose: str, at: int, text: str = "", stage: Stage = ALONE) -> list[Choice]:
    """All channels of the house in the order in which they would be tried, those that the gate refuses last.

    ``at``: microseconds UTC; without a ``text`` it is a message of one part.
    """
    found = {way.channel: way for way in ways(customer_id, purpose, registry.kinds(), at, text)}
    ranked = sending.ranked(_options(customer_id, purpose, list(found.values()), at), stage, at)
    first = next((each.option.channel for each in ranked if each.place), "")
    return [
        Choice(each, way, sending.channel_name(way.channel), _sentence(each, way, stage, first, at))
        for each in ranked
        for way in (found[each.option.channel],)
    ]


def order(customer_id: int, purpose: str, at: int, text: str = "") -> list[str]:
    """The channels of the house in the order in which they would be tried."""
    return [each.way.channel for each in choose(customer_id, purpose, at, text)]


def _options(customer_id: int, purpose: str, found: list[Way], at: int) -> list[Option]:
    chosen = consent.preferences([customer_id])[customer_id].channels.get(PART_OF.get(purpose, purpose))
    engagement = segments.engagement(customer_id)
    prices = sending.prices()
    person = consent.people([customer_id], at, exceptions=False).get(customer_id, consent.Person())
    country = person.place(sending.of_house()[0]).country
    on_site = _is_on_site(customer_id, at)
    options = []
    for way in found:
        capabilities = registry.get(way.channel).manifest.capabilities
        number = consent.country_of_phone(way.address.value) if way.address.kind == PHONE else ""
        price = sending.price(prices, way.channel, number or country)
        wrote = way.last_inbound is not None and at - LATELY < way.last_inbound <= at
        options.append(
            Option(
                channel=way.channel,
                verdict=way.verdict.verdict,
                due=way.verdict.due,
                chosen=way.channel == chosen,
                engagement=engagement.get(way.channel),
                cost=None if price is None else price * max(way.verdict.segments, 1),
                present=wrote or (on_site and "on_site" in capabilities),
                rings="rings" in capabilities,
            )
        )
    return options


def _is_on_site(customer_id: int, at: int) -> bool:
    """Whether she opened the chat or looked at a page lately."""
    profiles = customers.profile_ids(customer_id)
    seen = ChatSession.objects.filter(profile_id__in=profiles, last_seen__gt=at - LATELY, last_seen__lte=at)
    return seen.exists() or any(when > at - LATELY for _profile, _type, when in events.last(profiles, LOOKED_AT, at))


def _sentence(ranked: Ranked, way: Way, stage: Stage, first: str, at: int) -> str:
    """Why a channel has its place."""
    if not ranked.place:
        return explain(way.verdict.reason, way.verdict.step, way.verdict.detail)
    told = {"pros": _joined(_pros(ranked.option, stage)), "cons": _joined(_cons(ranked, stage, at))}
    said = _("%(pros)s, but %(cons)s") % told if all(told.values()) else told["pros"] or told["cons"]
    end = {"why": said[:1].upper() + said[1:], "first": sending.channel_name(first)}
    if ranked.place == 1:
        return _("%(why)s; it is tried first.") % end
    return _("%(why)s; %(first)s is tried first.") % end


def _pros(option: Option, stage: Stage) -> list[str]:
    said = []
    if option.chosen:
        said.append(_("she chose this channel for it"))
    if option.present:
        said.append(_("she is there right now"))
    if option.engagement is not None and option.engagement >= FOND:
        said.append(_("she takes to it (%(score)s of 100)") % {"score": option.engagement})
    if option.cost == 0:
        said.append(_("it costs nothing"))
    if option.rings and sending.lateness(stage):
        said.append(_("it makes itself heard, as a late reminder may"))
    return said


def _cons(ranked: Ranked, stage: Stage, at: int) -> list[str]:
    option, said = ranked.option, []
    if option.engagement is None:
        said.append(_("how she takes to it is not known"))
    elif option.engagement < FOND:
        words = _("she hardly stirs there") if option.engagement <= COOL else _("she stirs there now and then")
        said.append(_("%(words)s (%(score)s of 100)") % {"words": words, "score": option.engagement})
    if option.cost:
        cents = {"cents": times.number(option.cost / CENT)}
        words = ngettext("it costs %(cents)s cent", "it costs %(cents)s cents", ceil(option.cost / CENT)) % cents
        weighs = sending.lateness(stage) < 1
        said.append(words if weighs else _("%(words)s, which no longer weighs") % {"words": words})
    if ranked.waits:
        said.append(_("it would leave only later: %(time)s") % {"time": times.said(option.due, at)})
    return said


def _joined(parts: list[str]) -> str:
    *others, last = parts or [""]
    return _(" and ").join([", ".join(others), last]) if others else last
