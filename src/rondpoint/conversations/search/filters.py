"""What the filters of a question mean: words of the index where it has them, and conditions on rows for the rest."""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.channels import registry
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.search.question import Question, day, months
from rondpoint.customers import queries as customers
from rondpoint.lib import clock

PEOPLE = 20  # customers a name may stand for
PROFILES = 400


class Bounds(Struct, frozen=True):
    """``tags``: of each group one must be in the index; ``rows``, ``notes``, ``conversations``: conditions on messages,
    notes and conversations; ``on_messages``: something is asked that notes do not have."""

    tags: tuple[tuple[str, ...], ...]
    rows: Q
    notes: Q
    conversations: Q
    on_messages: bool
    remarks: tuple[tuple[str, str], ...]


def bounds(question: Question, user: User | None) -> Bounds:
    """The bounds that a question's filters set; dates are days where the reader is."""
    said = question.filters
    tags: list[tuple[str, ...]] = []
    rows, conversations = Q(), Q()
    remarks = list(question.remarks)
    if "channel" in said:
        kinds = _channels(said["channel"])
        if not kinds:
            remarks.append(("channel", said["channel"]))
        tags.append(tuple(f"xc{kind}" for kind in kinds) or ("xnone",))
        rows &= Q(channel__in=kinds)
    direction = said.get("direction") or ("in" if "from" in said else "out" if "to" in said else "")
    if direction:
        tags.append((f"xd{direction}",))
        rows &= Q(direction=direction)
    for name in ("from", "to", "customer"):
        if name in said:
            people = _people(said[name])
            profiles = _profiles(people)
            conversations &= Q(customer_id__in=people) if name == "customer" else Q()
            tags.append(tuple(f"xp{number}" for number in profiles) or ("xnone",))
            rows &= Q(profile_id__in=profiles)
    if said.get("has") == "file":
        tags.append(("xf",))
        rows &= Q(attachments__inline=False)
    start, end = day(said.get("after", "")), day(said.get("before", ""))
    times = _between(start, end)
    if start or end:
        tags.append(tuple(_month(*one) for one in _touched(start, end)) or ("xnone",))
    conversations &= _conversations(said, user, remarks)
    on_messages = bool({"channel", "direction", "from", "to", "has"} & said.keys())
    return Bounds(tuple(tags), rows & times, times, conversations, on_messages, tuple(dict.fromkeys(remarks)))


def visible(seen: QuerySet[Conversation], limits: Bounds) -> QuerySet[Conversation]:
    """The conversations one may see, within bounds."""
    return seen.filter(limits.conversations)


def _conversations(said: dict[str, str], user: User | None, remarks: list[tuple[str, str]]) -> Q:
    found = Q()
    if "state" in said:
        found &= Q(state=said["state"])
    if "assignee" in said:
        name = said["assignee"]
        if name.casefold() in ("me", "moi") and user is not None:
            found &= Q(assignee=user)
        elif name.casefold() in ("none", "personne"):
            found &= Q(assignee=None)
        else:
            found &= Q(assignee__email__iexact=name) | Q(assignee__name__icontains=name)
    if "team" in said:
        found &= Q(team__name__icontains=said["team"])
    return found


def _channels(said: str) -> list[str]:
    """The kinds whose name or label begins so: what is meant by “mail” is the channel of that label."""
    wanted = said.casefold()
    names = {kind: (kind, str(registry.get(kind).manifest.label).casefold()) for kind in registry.kinds()}
    exact = [kind for kind in names if kind == wanted]
    return exact or [kind for kind, known in names.items() if any(one.startswith(wanted) for one in known)]


def _people(said: str) -> list[int]:
    known = customers.resolve(said)
    return [known.id] if known else [row.id for row in customers.typed(said, PEOPLE)]


def _profiles(people: list[int]) -> list[int]:
    return sorted(number for person in people for number in customers.profile_ids(person))[-PROFILES:]


def _between(start: date | None, end: date | None) -> Q:
    found = Q()
    if start:
        found &= Q(at__gte=clock.from_datetime(_midnight(start)))
    if end:
        found &= Q(at__lt=clock.from_datetime(_midnight(end)))
    return found


def _touched(start: date | None, end: date | None) -> list[tuple[int, int]]:
    """Months in UTC that a span of local days touches. None that only borders on it: the newest finds are read first,
    and a whole month of them would have to be passed over."""
    first = _midnight(start).astimezone(UTC).date() if start else None
    last = clock.to_datetime(clock.now()).date() + timedelta(days=1)
    behind = _midnight(end).astimezone(UTC) - timedelta(microseconds=1) if end else None
    return months(first, behind.date() if behind else None, last)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def _month(year: int, month: int) -> str:
    return f"xm{year}{month:02d}" if month else f"xy{year}"
