"""Making, changing and archiving computed traits."""

from typing import Any

from msgspec import Struct

from rondpoint.channels import registry
from rondpoint.customers.models import Profile, TraitName
from rondpoint.jobs import children, wake
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.computed.rules import needs
from rondpoint.segments.computed.rules.reading import name as read_name
from rondpoint.segments.computed.rules.reading import read
from rondpoint.segments.models import ComputedTrait, ComputedVersion, KnownTrait, Segment
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules import reading
from rondpoint.segments.standing import touch
from rondpoint.segments.types import BadDefinition

SECONDS = 60.0  # that a preview may take
LONGEST_LABEL = 120
RESERVED = frozenset({"name", "first_name", "last_name", "language", "email", "phone"})
"""Names that the house itself gives a meaning to."""


class Wanted(Struct, frozen=True):
    """A computed trait to be made."""

    name: str
    label: str
    definition: dict[str, Any]


def define(name: str, label: str, definition: dict[str, Any], by: str) -> ComputedTrait:
    """A new computed trait; its values are found in a moment. Raises BadDefinition."""
    return define_many([Wanted(name, label, definition)], by)[0]


def define_many(wanted: list[Wanted], by: str) -> list[ComputedTrait]:
    """New computed traits, all of them or none. Raises BadDefinition."""
    rows, now = [], clock.now()
    for each in wanted:
        named, called, formula = read_name(each.name), _label(each.label), read(each.definition)
        names = needs.names(named, formula.kind, registry.kinds())
        _free(names)
        rows.append(
            ComputedTrait(name=named, label=called, definition=each.definition, names=names, made=now, changed=now)
        )
    with write():
        for row in rows:
            _free(row.names)
            row.save()
            ComputedVersion.objects.create(trait=row, number=1, definition=row.definition, by=by, at=now)
        wake.notify("segments")
    return rows


def redefine(
    row: ComputedTrait, by: str, label: str | None = None, definition: dict[str, Any] | None = None
) -> ComputedTrait:
    """Changes what is given; the name stays, since segments look at it. Another definition is a new version whose
    values are found anew. Raises BadDefinition."""
    called = None if label is None else _label(label)
    names = row.names
    if definition == row.definition:
        definition = None
    if definition is not None:
        formula = read(definition)
        names = needs.names(row.name, formula.kind, registry.kinds())
        _free(names, row)
        _unused(row, set(row.names) - set(names))
    with write():
        row.refresh_from_db()
        row.label = row.label if called is None else called
        row.changed = clock.now()
        if definition is not None:
            row.definition, row.names, row.state = definition, names, "building"
            row.version += 1
            ComputedVersion.objects.create(
                trait=row, number=row.version, definition=definition, by=by, at=row.changed
            )
        row.save()
        wake.notify("segments")
    return row


def archive(row: ComputedTrait) -> None:
    """Ends a computed trait: nobody has its values any more. Raises BadDefinition while a segment looks at it."""
    _unused(row, set(row.names))
    with write():
        ComputedTrait.objects.filter(id=row.id).update(archived=clock.now(), state="archived", count=0)
        KnownTrait.objects.filter(computed=row).delete()
        # What sources said meanwhile under its names counts again.
        for name in TraitName.objects.filter(name__in=row.names).values_list("name", flat=True):
            touch(Profile.objects.filter(traits__has_key=name).values_list("id", flat=True))


def preview(definition: dict[str, Any]) -> dict[str, Any]:
    """What a definition comes to now (``rebuilding.preview``). Raises BadDefinition."""
    read(definition)
    target = "rondpoint.segments.computed.rebuilding:preview"
    found: dict[str, Any] = children.run(target, {"definition": definition}, SECONDS)
    return found


def _free(names: list[str], own: ComputedTrait | None = None) -> None:
    """Names mean one thing: no source says them, and no other computed trait is called so."""
    for name in names:
        if name in RESERVED:
            raise BadDefinition("name", f"“{name}” has a meaning of its own; choose another name")
    new = set(names) - set(own.names if own else ())
    said = {*TraitName.objects.filter(name__in=new).values_list("name", flat=True)}
    # The list of names is full at some size; what customers have is not.
    said |= {*KnownTrait.objects.filter(name__in=new, computed=None).values_list("name", flat=True)[:1]}
    if said:
        raise BadDefinition("name", f"a source says “{min(said)}” already; choose another name")
    for other in ComputedTrait.objects.filter(archived=None):
        taken = sorted(set(names) & set(other.names))
        if taken and other != own:
            raise BadDefinition("name", f"“{taken[0]}” belongs to the computed trait “{other.label}”; choose another")


def _unused(row: ComputedTrait, names: set[str]) -> None:
    for segment in Segment.objects.filter(archived=None).order_by("name"):
        looked = names & set(looking.of(reading.read(segment.definition)).traits)
        if looked:
            trait = sorted(looked)[0]
            raise BadDefinition("", f"the segment “{segment.name}” looks at “{trait}”; change that one first")


def _label(label: str) -> str:
    called = label.strip()
    if not called:
        raise BadDefinition("label", "what is it called? As in: Orders in 90 days")
    if len(called) > LONGEST_LABEL:
        raise BadDefinition("label", f"at most {LONGEST_LABEL} letters")
    return called
