"""What the form of the preference centre says, read and checked."""

from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from rondpoint.consent.rules.preferring import MOST_PER_WEEK, NEVER
from rondpoint.consent.types import Choice, Preferences
from rondpoint.conversations.preference_page.visit import Row
from rondpoint.lib import clock

MONTH = 30 * clock.DAY
PAUSES = {"none": 0, "month": MONTH, "quarter": 3 * MONTH}


class Wrong(Exception):
    """Something cannot be taken; the sentence says what to do."""


def choices(said: QueryDict, rows: list[Row]) -> tuple[list[Choice], bool]:
    """Yes or no to each box that stood on the page, with the question that stood beside it; one that was not there is
    left as it is. Whether a new yes is left out too, since the question is another one by now."""
    shown, ticked = set(said.getlist("shown")), set(said.getlist("yes"))
    found, outdated = [], False
    for row in rows:
        question = row.questions.get(said.get(f"asked.{row.key}", ""))
        for box in row.boxes:
            yes, cell = box.name in ticked, box.cell
            if box.name not in shown:
                continue
            if yes and question is None:
                outdated |= not cell.standing.allowed
            else:
                found.append(Choice(row.key, cell.channel, cell.address_kind, cell.address, yes, question))
    return found, outdated


def preferences(said: QueryDict, rows: list[Row], before: Preferences, now: int) -> dict[str, Any]:
    """The preferences that change, by the names of ``consent.actions.prefer``. Raises Wrong."""
    told: dict[str, Any] = {}
    for row in rows:
        if f"way.{row.key}" in said:
            told[f"channel:{row.key}"] = said[f"way.{row.key}"] or None
        if f"per_week.{row.key}" in said:
            told[f"per_week:{row.key}"] = _per_week(said[f"per_week.{row.key}"])
    told["per_week:"] = _per_week(said.get("per_week", ""))
    told["quiet"] = _quiet(said.get("quiet_from", ""), said.get("quiet_to", ""))
    told["timezone"] = said.get("timezone", "").strip() or None
    told["do_not_call"] = said.get("do_not_call") == "yes"
    if said.get("spoken") in ("fr", "en"):
        told["language"] = said["spoken"]
    pause = said.get("pause", "")
    if pause == "forever":
        told["paused_until"] = NEVER
    elif pause in PAUSES:
        told["paused_until"] = now + PAUSES[pause] if PAUSES[pause] else 0
    held = _held(before)
    return {name: value for name, value in told.items() if value != held.get(name)}


def _held(before: Preferences) -> dict[str, Any]:
    return {
        **{f"channel:{purpose}": way for purpose, way in before.channels.items()},
        **{f"per_week:{purpose}": number for purpose, number in before.per_week.items()},
        "quiet": list(before.quiet) if before.quiet else None,
        "timezone": before.timezone or None,
        "do_not_call": before.do_not_call,
        "language": before.language,
        "paused_until": before.paused_until,
    }


def _per_week(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 3 or int(text) > MOST_PER_WEEK:
        raise Wrong(_("How often: choose one of the numbers."))
    return int(text)


def _quiet(start: str, end: str) -> list[int] | None:
    if not start and not end:
        return None
    try:
        times = [datetime.strptime(text, "%H:%M") for text in (start, end)]
    except ValueError as error:
        raise Wrong(_("Quiet hours: give both times, like 20:00 and 08:00, or none.")) from error
    found = [each.hour * 60 + each.minute for each in times]
    if found[0] == found[1]:
        raise Wrong(_("Quiet hours: the two times are the same. Give two different ones, or none."))
    return found
