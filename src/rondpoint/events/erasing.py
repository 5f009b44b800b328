"""Forgetting facts. The lake is told apart, since it is no table of the database."""

from collections import Counter
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from rondpoint.events.models import Event
from rondpoint.jobs import children
from rondpoint.jobs.erasing import Counts, Eraser, NotYet, Subject, delete, rows
from rondpoint.lake import manifest

CHILD_SECONDS = 1800.0
MOST_AT_ONCE = 5000  # facts that go in the transaction that hides her; more go in portions after it


def _hers(subject: Subject) -> Q:
    return Q(profile_id__in=subject.profiles)


def at_once(subject: Subject) -> Counts:
    """The newest facts, which pages would show."""
    newest = Event.objects.filter(_hers(subject)).order_by("-id").values_list("id", flat=True)[:MOST_AT_ONCE]
    return delete(Event, "events", list(newest)) or Counter()


def outside(subject: Subject) -> Counts:
    """Facts in the lake: the parts that hold some are written anew, in a child. Raises NotYet while another writes."""
    lake = str(settings.ENVIRONMENT.lake)
    if not manifest.is_remote(lake) and not _has_files(Path(lake) / "facts"):
        return Counter()
    payload = {"lake": lake, "profile_ids": subject.profiles}
    try:
        taken = children.run("rondpoint.events.lake:forget", payload, CHILD_SECONDS)
    except (children.Broken, OSError) as error:
        raise NotYet(f"the lake: {str(error).strip().splitlines()[-1][:200]}") from error
    return Counter({"lake": taken}) if taken else Counter()


def _has_files(folder: Path) -> bool:
    return bool(manifest.read(folder).parts) or any(folder.glob("*.parquet"))


ERASER = Eraser("events", frozenset({"events.Event"}), at_once, (rows(Event, "events", _hers, 2000),), outside)
