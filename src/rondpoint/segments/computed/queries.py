"""Reading computed traits: their definitions, what they mean, and the values of customers."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Count, Max, Min
from msgspec import Struct

from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Computed, ComputedReader
from rondpoint.lib import clock
from rondpoint.segments import live as rounds
from rondpoint.segments.computed import known, live, sentences
from rondpoint.segments.computed.rules.reading import read
from rondpoint.segments.computed.types import Formula, Kind
from rondpoint.segments.models import ComputedProof, ComputedTrait, ComputedVersion, KnownTrait

COMMON = 5
DIGITS = frozenset({"r", "f", "m"})  # the code of RFM holds them


def every() -> list[ComputedTrait]:
    """All computed traits that were not archived, by what they are called."""
    return list(ComputedTrait.objects.filter(archived=None).order_by("label", "id"))


def get(public_id: str | uuid.UUID) -> ComputedTrait | None:
    """A computed trait that was not archived."""
    try:
        return ComputedTrait.objects.filter(public_id=uuid.UUID(str(public_id)), archived=None).first()
    except ValueError:
        return None


def meaning(definition: dict[str, Any]) -> str:
    """A definition as a sentence in the reader's language. Raises BadDefinition."""
    return sentences.meaning(read(definition))


def versions(row: ComputedTrait) -> list[ComputedVersion]:
    """What it meant, the newest first."""
    return list(row.versions.order_by("-number"))


def last_proof(row: ComputedTrait) -> ComputedProof | None:
    """How it was last compared with the lake."""
    return row.proofs.order_by("-at", "-id").first()


class Shown(Struct, frozen=True):
    """A value of a trait among all customers. ``lines``: (what, how much); ``count``: who has one."""

    name: str
    label: str
    count: int
    lines: list[tuple[str, str]]


def spread(row: ComputedTrait) -> list[Shown]:
    """How the values of a trait lie: least, middle and most of numbers, the most common texts."""
    formula = read(row.definition)
    found = []
    for name in row.names:
        held = KnownTrait.objects.filter(computed=row, name=name)
        numbers = held.filter(number__isnull=False)
        told: dict[str, Any] = numbers.aggregate(count=Count("id"), least=Min("number"), most=Max("number"))
        count = told.pop("count")
        if count:
            told["middle"] = numbers.order_by("number").values_list("number", flat=True)[(count - 1) // 2]
        texts = held.filter(text__isnull=False).values("text").annotate(n=Count("id")).order_by("-n", "text")
        told["common"] = [(each["text"], each["n"]) for each in texts[:COMMON]] if not count else []
        label = sentences.called(row, formula, name)
        having = count or held.count()
        found.append(Shown(name, label, having, lines(formula, sentences.ending(row, name), told)))
    return found


def engagement(customer_id: int) -> dict[str, int]:
    """How a customer takes to channels, 0 to 100, by the oldest computed trait of that kind that says it; empty where
    none does, or where she refused to be profiled."""
    told = KnownTrait.objects.filter(
        customer_id=customer_id, computed__archived=None, computed__definition__kind=Kind.ENGAGEMENT.value
    )
    found: dict[str, int] = {}
    for row in told.select_related("computed").order_by("computed_id", "name"):
        if row.computed is not None and row.number is not None:
            found.setdefault(sentences.ending(row.computed, row.name), int(row.number))
    return found


def lines(formula: Formula, ending: str, told: dict[str, Any]) -> list[tuple[str, str]]:
    """How values lie, in words: those of ``spread`` or of a preview."""
    named = sentences.places()
    numbers = [(said, told.get(each)) for each, said in named.items()]
    found = [(said, sentences.value(formula, ending, value)) for said, value in numbers if value is not None]
    common = [(sentences.value(formula, ending, text), sentences.times_told(n)) for text, n in told.get("common", [])]
    return [*found, *common]


def sample(row: ComputedTrait, limit: int) -> list[tuple[Customer, list[str]]]:
    """Customers whose value changed last, each with her values in the order of the trait's names."""
    formula = read(row.definition)
    newest = KnownTrait.objects.filter(computed=row).order_by("-at", "-id").values_list("customer_id", flat=True)
    some = list(dict.fromkeys(newest[: limit * len(row.names)]))[:limit]
    held = _held(some, row)
    people = customers.by_ids(set(some))
    return [(people[number], _read(row, formula, held[number])) for number in some if number in people]


def _held(customer_ids: Collection[int], row: ComputedTrait) -> dict[int, dict[str, KnownTrait]]:
    found: dict[int, dict[str, KnownTrait]] = {number: {} for number in customer_ids}
    for each in KnownTrait.objects.filter(computed=row, customer_id__in=customer_ids):
        found[each.customer_id][each.name] = each
    return found


def _read(row: ComputedTrait, formula: Formula, held: dict[str, KnownTrait]) -> list[str]:
    return [
        sentences.value(formula, sentences.ending(row, name), _value(held[name])) if name in held else "–"
        for name in row.names
    ]


def why(row: ComputedTrait, customer_id: int) -> tuple[list[tuple[str, str]], list[str]]:
    """The values of a customer, each with what it is called, and of which facts they were made."""
    formula, trait = read(row.definition), known.trait(row)
    held = _held([customer_id], row)[customer_id]
    said = zip(row.names, _read(row, formula, held), strict=True)
    values = [(sentences.called(row, formula, name), value) for name, value in said]
    now = clock.now()
    rows = live.told(trait, [customer_id], now, rounds.ask).get(customer_id, [])
    return values, sentences.evidence(formula, rows, row.parameters, now)


def _of_customer(customer_id: int) -> dict[str, Computed]:
    """The computed traits of a golden record."""
    rows = KnownTrait.objects.filter(customer_id=customer_id, computed__isnull=False).select_related("computed")
    found = {}
    public_id = ""
    for held in rows.order_by("computed__label", "id"):
        row = held.computed
        assert row is not None
        formula = read(row.definition)
        public_id = public_id or str(Customer.objects.values_list("public_id", flat=True).get(id=customer_id))
        value, ending = _value(held), sentences.ending(row, held.name)
        found[held.name] = Computed(
            value=int(value) if isinstance(value, float) and value.is_integer() else value,
            said="" if ending in DIGITS else sentences.value(formula, ending, value),
            label=row.label,
            meaning=sentences.meaning(formula),
            at=held.at or row.changed,
            part=sentences.part(formula, ending) if formula.kind is not Kind.RFM else "",
            why=f"/traits/computed/{row.public_id}/customers/{public_id}",
        )
    return found


def _names(some: Collection[str]) -> set[str]:
    told = ComputedTrait.objects.filter(archived=None).values_list("names", flat=True)
    return {name for names in told for name in names}.intersection(some)


reader = ComputedReader(_of_customer, _names)
"""What the golden record asks."""


def _value(held: KnownTrait) -> str | float:
    return held.text or "" if held.number is None else held.number
