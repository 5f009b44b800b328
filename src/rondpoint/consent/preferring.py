"""Writing down how a person wants to be written to."""

from collections.abc import Mapping
from typing import Any

from rondpoint.consent import purposes
from rondpoint.consent.models import Preference
from rondpoint.consent.rules import preferring as rules
from rondpoint.consent.types import BadPreference
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write


def prefer(profile_id: int, told: Mapping[str, Any], by: str = "", now: int | None = None) -> list[str]:
    """Notes what a profile wants from now on; the names of what changed. None takes a wish back. Raises BadPreference.

    Names: ``channel:<purpose>``, ``per_week:<purpose>`` (``per_week:`` for all together), ``paused_until``
    (microseconds UTC, ``rules.preferring.NEVER``: until she says otherwise), ``quiet`` ([from, to] in minutes of the
    day), ``timezone``, ``language``, ``do_not_call``.
    """
    known = purposes.terms()
    for name, value in told.items():
        reason = rules.problem(name, value, known)
        if reason:
            raise BadPreference(name, reason)
    now = now or clock.now()
    with write():
        Preference.objects.get_or_create(profile_id=profile_id)
        row = lock_row(Preference.objects.filter(profile_id=profile_id)).get()
        said = {name: {"value": _stored(value), "at": now} for name, value in told.items()}
        changed = [name for name in said if row.said.get(name, {}).get("value") != said[name]["value"]]
        row.said = {**row.said, **said}
        row.save()
        if changed:
            events.record(
                [
                    Fact(
                        profile_id=profile_id,
                        type="consent.preferred",
                        occurred=now,
                        source="consent",
                        message_id=f"preferred:{profile_id}:{now}",
                        properties={"names": changed, "by": by},
                    )
                ]
            )
    return changed


def _stored(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
