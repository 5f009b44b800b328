"""What is known of companies: which of several words holds, and the caches that follow it."""

from collections.abc import Collection

from msgspec import Struct

from rondpoint.customers import naming, speaking
from rondpoint.customers.companies.models import Company, CompanyDomain, CompanyKey, CompanyLink, CompanyTrait
from rondpoint.customers.companies.types import DOMAINS, RULED
from rondpoint.customers.rules import golden, standing
from rondpoint.customers.rules import words as folding
from rondpoint.customers.types import STAFF, Evidence, TraitRule
from rondpoint.lib import bulk

NAMED = 80  # letters of each word it is found by


class Known(Struct, frozen=True):
    """A company as one record. ``claimed``: nobody vouches for it; ``keys``: oldest first."""

    name: str
    traits: dict[str, golden.Value]
    keys: list[CompanyKey]
    silent: set[int]

    @property
    def claimed(self) -> bool:
        return all(trust(key) == 0 for key in self.keys)

    @property
    def domains(self) -> list[str]:
        told = self.traits[DOMAINS].value if DOMAINS in self.traits else []
        return [text for text in told if isinstance(text, str)] if isinstance(told, list) else []


def known(company_ids: Collection[int]) -> dict[int, Known]:
    """Companies by their numbers, in a few queries for all."""
    keys: dict[int, list[CompanyKey]] = {number: [] for number in company_ids}
    for key in bulk.fetch(CompanyKey, company_id=keys):
        keys[key.owner].append(key)
    edges: dict[int, list[standing.Edge]] = {number: [] for number in keys}
    open_ = CompanyLink.objects.filter(left__company_id__in=keys, closed=None)
    for owner, left, right, kind in open_.values_list("left__company_id", "left_id", "right_id", "kind"):
        edges[owner].append((left, right, kind))
    return {number: _record(held, edges[number]) for number, held in keys.items() if held}


def _record(keys: list[CompanyKey], edges: list[standing.Edge]) -> Known:
    trusts = {key.id: trust(key) for key in keys}
    speaking_ = standing.speaking(trusts, trusts, edges)
    said = [golden.Word(key.source, key.traits, trusts[key.id]) for key in keys if key.id in speaking_]
    traits = golden.traits(said, rules())
    name = golden.display_name(traits) or next((key.key for key in keys if external(key)), "")
    return Known(name[:200], traits, keys, set(trusts) - speaking_)


def trust(key: CompanyKey) -> int:
    """How far what stands under a key is believed, 0 for a mere claim; staff have the most."""
    if key.source == STAFF:
        return Evidence.VERIFIED + 1
    return key.evidence if key.evidence >= Evidence.PROVIDER else 0


def rules() -> dict[str, TraitRule]:
    """By trait of companies, how its value is chosen."""
    return {name.removeprefix(RULED): rule for name, rule in speaking.rules().items() if name.startswith(RULED)}


def external(key: CompanyKey) -> bool:
    """Whether a key is one that a source chose, and no name of our own."""
    return key.source != STAFF and not key.key.startswith("new:")


def refresh(company_ids: Collection[int]) -> set[int]:
    """Brings names, words, traits and domains of companies in step, inside ``write()``; those whose traits changed."""
    records = known(company_ids)
    naming.note({f"{RULED}{name}" for record in records.values() for name in record.traits})
    rows = [Company(id=number, name=each.name, words=_words(each)) for number, each in records.items()]
    bulk.update(rows, ["name", "words"])
    _domains(records)
    return _traits(records)


def _words(record: Known) -> str:
    texts = [record.name, *record.domains, *(key.key for key in record.keys if external(key))]
    found = dict.fromkeys(word[:NAMED] for text in texts for word in folding.words(text))
    return "".join(f" {word}" for word in found)


def _domains(records: dict[int, Known]) -> None:
    before = {(row.company_id, row.domain): row.id for row in bulk.fetch(CompanyDomain, company_id=records)}
    now = {(number, domain) for number, each in records.items() for domain in each.domains}
    CompanyDomain.objects.filter(id__in=[row for held, row in before.items() if held not in now]).delete()
    bulk.insert_new([CompanyDomain(company_id=held[0], domain=held[1]) for held in sorted(now - set(before))])


def _traits(records: dict[int, Known]) -> set[int]:
    before = {(row.company_id, row.name): row for row in bulk.fetch(CompanyTrait, company_id=records)}
    now = {
        (number, name[:100]): golden.comparable(value.value)
        for number, each in records.items()
        for name, value in each.traits.items()
    }
    gone = [row for held, row in before.items() if held not in now]
    changed = [row for held, row in before.items() if held in now and (row.text, row.number) != now[held]]
    new = sorted(held for held in now if held not in before)
    for row in changed:
        row.text, row.number = now[row.company_id, row.name]
    if gone:
        CompanyTrait.objects.filter(id__in=[row.id for row in gone]).delete()
    bulk.update(changed, ["text", "number"])
    bulk.insert(
        [CompanyTrait(company_id=number, name=name, text=now[number, name][0], number=now[number, name][1])
         for number, name in new]
    )  # fmt: skip
    return {row.company_id for row in (*gone, *changed)} | {number for number, _ in new}
