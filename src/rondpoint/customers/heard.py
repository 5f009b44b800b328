"""All that was said of a trait of a customer, what of it holds, and why."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.customers import computed, speaking
from rondpoint.customers.models import Profile
from rondpoint.customers.rules import golden
from rondpoint.customers.types import TraitRule


class Heard(Struct, frozen=True):
    """One word on a trait. ``counts``: the profile speaks for the customer; ``holds``: it is the value that is shown;
    ``over``: an earlier word, which the same source or a colleague replaced; ``why``: why it holds or does not, in a
    sentence."""

    value: object
    source: str
    at: int
    by: str
    counts: bool
    holds: bool
    over: bool = False
    why: str = ""


def heard(customer_id: int, trait: str) -> list[Heard]:
    """All that was said of a trait of a customer, the newest first."""
    quiet, rule = speaking.silent([customer_id]), speaking.rules().get(trait, TraitRule.RECENT)
    shown = golden.traits(speaking.words([customer_id])[customer_id], speaking.rules()).get(trait)
    found = []
    worked_out = computed.values(customer_id).get(trait)
    if worked_out is not None:
        shown = None  # what a source says under its name does not hold
        found.append(Heard(worked_out.value, computed.SOURCE, worked_out.at, "", counts=True, holds=True))
    for profile in Profile.objects.filter(customer_id=customer_id).order_by("id"):
        told = profile.traits.get(trait)
        if told is None:
            continue
        counts, by = profile.id not in quiet, told.get("by", "")
        holds = counts and shown == golden.Value(told["value"], profile.source, told["at"], by)
        found.append(Heard(told["value"], profile.source, told["at"], by, counts, holds))
        for each in told.get("before", []):
            found.append(Heard(each["value"], profile.source, each["at"], each.get("by", ""), counts, False, True))
    found.sort(key=lambda each: -each.at)
    return [_reasoned(each, found, rule) for each in found]


def _reasoned(each: Heard, among: list[Heard], rule: TraitRule) -> Heard:
    """A word with why it holds or does not, among all that was said."""
    said = (_HOLDS if each.holds else _REST)[_reason(each, among, rule)]()
    return Heard(each.value, each.source, each.at, each.by, each.counts, each.holds, each.over, said)


def _reason(each: Heard, among: list[Heard], rule: TraitRule) -> str:
    if any(other.source == computed.SOURCE for other in among):
        return "computed"
    if each.holds:
        newer = any(other.counts and not other.over and other.at > each.at for other in among)
        return "by_hand" if each.by and not newer else rule
    if each.over:
        return "over" if each.by else "earlier"
    if not each.counts:
        return "silent"
    if each.by and each.value in golden.EMPTY:
        return "emptied"
    if any(other.holds and other.value == each.value for other in among):
        return "same"
    if each.by:
        return TraitRule.RECENT  # by every rule it yields to what is newer
    written = max((other.at for other in among if other.by and other.counts and not other.over), default=None)
    return "by_hand" if written is not None and each.at < written else rule


_HOLDS: dict[str, Callable[[], str]] = {
    "computed": lambda: _("worked out of facts"),
    "by_hand": lambda: _("written by hand, and no source has said anything newer"),
    TraitRule.RECENT: lambda: _("the newest word"),
    TraitRule.TRUSTED: lambda: _("the word of the source that proves best who it speaks of"),
    TraitRule.FREQUENT: lambda: _("what most sources say"),
}
_REST: dict[str, Callable[[], str]] = {
    "computed": lambda: _("the value is worked out of facts instead"),
    "over": lambda: _("replaced by hand later"),
    "earlier": lambda: _("the same source said otherwise later"),
    "silent": lambda: _("only counted together with this customer: its word does not count"),
    "same": lambda: _("says the same as what is shown"),
    "emptied": lambda: _("emptied by hand: what was said before does not hold"),
    "by_hand": lambda: _("somebody wrote otherwise by hand later"),
    TraitRule.RECENT: lambda: _("a newer word holds"),
    TraitRule.TRUSTED: lambda: _("another source proves better who it speaks of"),
    TraitRule.FREQUENT: lambda: _("most sources say something else"),
}
