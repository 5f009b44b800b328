"""The purposes of the house: made at the first asking, changed with their wordings kept."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from msgspec import Struct

from rondpoint.consent.models import ConsentEntry, Purpose, Wording
from rondpoint.consent.rules import purposes as rules
from rondpoint.consent.types import BadPurpose, Terms
from rondpoint.customers.rules.words import words
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write

FIELDS = ("names", "descriptions", "purpose_class", "basis", "double_opt_in", "channels", "position", "active")
FIXED = ("purpose_class", "basis")  # once somebody said a word on the purpose


class Worded(Struct, frozen=True):
    """The text by which a purpose is asked for now, in one language, and its version."""

    text: str
    version: int


def every() -> list[Purpose]:
    """All purposes in their order; the ones every house begins with are made at the first asking."""
    rows = list(Purpose.objects.order_by("position", "id"))
    if rows:
        return rows
    with write():
        _begin()
    return list(Purpose.objects.order_by("position", "id"))


def names(language: str) -> dict[str, str]:
    """What each purpose is called, by its key."""
    return {row.key: rules.text(row.names, language) for row in every()}


def called() -> dict[str, str]:
    """The key of each purpose by what it is called: its key and its names in every language, folded."""
    rows = every()
    found = {" ".join(words(name)): row.key for row in reversed(rows) for name in row.names.values()}
    return found | {" ".join(words(row.key)): row.key for row in rows}


def terms() -> dict[str, Terms]:
    """What the rules know of each purpose, by its key."""
    return {row.key: terms_of(row) for row in every()}


def terms_of(row: Purpose) -> Terms:
    """What the rules know of a purpose."""
    return Terms(row.key, row.purpose_class, row.basis, tuple(row.channels), row.double_opt_in, row.active)


def wordings(purpose_ids: list[int]) -> dict[int, dict[str, Worded]]:
    """The texts in force, by purpose and language."""
    found: dict[int, dict[str, Worded]] = {}
    for row in Wording.objects.filter(purpose_id__in=purpose_ids).order_by("version"):
        found.setdefault(row.purpose_id, {})[row.language] = Worded(row.text, row.version)
    return found


def define(key: str, told: Mapping[str, Any], by: str) -> Purpose:
    """A new purpose, with the texts under ``wordings``. Raises BadPurpose."""
    rules.checked(key, told)
    with write():
        every()
        if Purpose.objects.filter(key=key).exists():
            raise BadPurpose("key", "there is a purpose of this key")
        last = Purpose.objects.aggregate(last=Max("position"))["last"] or 0
        columns = {"position": last + 1, **{name: told[name] for name in FIELDS if name in told}}
        row = Purpose.objects.create(key=key, **columns)
        _word(row, told.get("wordings", {}), by)
    return row


def change(row: Purpose, told: Mapping[str, Any], by: str) -> Purpose:
    """Changes what is told; another text is the next version of it. Raises BadPurpose, also for another class or basis
    once people have said something: what they said holds for what they were asked."""
    with write():
        row = lock_row(Purpose.objects.filter(id=row.id)).get()
        before = {name: getattr(row, name) for name in FIELDS}
        rules.checked(row.key, {**before, **told})
        fixed = [name for name in FIXED if told.get(name, before[name]) != before[name]]
        if fixed and ConsentEntry.objects.filter(purpose=row.key).exists():
            raise BadPurpose(
                fixed[0].removeprefix("purpose_"),
                "people have said something on this purpose: make a new one, and put this one out of use",
            )
        for name in FIELDS:
            setattr(row, name, told.get(name, before[name]))
        row.save()
        _word(row, told.get("wordings", {}), by)
    return row


def _word(row: Purpose, texts: Mapping[str, str], by: str) -> None:
    known = wordings([row.id]).get(row.id, {})
    now = clock.now()
    for language, text in texts.items():
        before = known.get(language, Worded("", 0))
        if text.strip() and text.strip() != before.text:
            Wording.objects.create(
                purpose=row, language=language, version=before.version + 1, text=text.strip(), by=by, at=now
            )


def _begin() -> None:
    for position, told in enumerate(rules.DEFAULTS, 1):
        columns = {name: told[name] for name in FIELDS if name in told}
        row, new = Purpose.objects.get_or_create(key=told["key"], defaults={**columns, "position": position})
        if new:
            _word(row, told.get("wordings", {}), "")
