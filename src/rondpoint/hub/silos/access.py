"""Who sees and uses what, and who took data out."""

from collections import Counter
from collections.abc import Sequence

from django.db.models import Count, Max

from rondpoint.accounts.models import AuditEntry, Team, User
from rondpoint.accounts.types import PERMISSIONS, Role
from rondpoint.conversations.models import Message
from rondpoint.hub.models import Endpoint, Told
from rondpoint.hub.silos.types import LATELY_DAYS, Look, Seer
from rondpoint.lib import clock

LATELY = LATELY_DAYS * clock.DAY
LOOKED = 90 * clock.DAY
TAKEN = ("export.asked", "export.fetched", "customer.exported")  # actions of the audit log by which data leaves
SEEN = "conversation.seen"
MOST = 20

# By colleague the messages she wrote on each channel with the conversations she looked at, and when the last.
Answered = dict[int, tuple[Counter[str], int]]


def seers(now: int) -> list[Seer]:
    """Roles with what they may, teams with what they answered lately, and systems that are told of facts."""
    staff = list(User.objects.filter(is_active=True).order_by("id").prefetch_related("brands", "teams"))
    answered = _used(now)
    return [*_roles(staff, answered), *_teams(staff, answered), *_systems(now)]


def looks(now: int) -> list[Look]:
    """Who took data out lately, the last first."""
    rows = AuditEntry.objects.filter(action__in=TAKEN, at__gt=now - LOOKED).values("actor", "action")
    counted = rows.annotate(times=Count("id"), last=Max("at")).order_by("-last")[:MOST]
    return [Look(row["actor"], row["action"], row["times"], row["last"]) for row in counted]


def _used(now: int) -> Answered:
    """By colleague the messages she wrote lately on each channel, and when the last."""
    rows = Message.objects.filter(direction="out", user__isnull=False, at__gt=now - LATELY)
    found: Answered = {}
    for row in rows.values("user_id", "channel").annotate(number=Count("id"), last=Max("at")):
        used, last = found.get(row["user_id"], (Counter(), 0))
        used[row["channel"]] += row["number"]
        found[row["user_id"]] = (used, max(last, row["last"]))
    seen = AuditEntry.objects.filter(action=SEEN, at__gt=now - LATELY).values("actor")
    looked = {row["actor"]: row for row in seen.annotate(number=Count("target", distinct=True), last=Max("at"))}
    for number, email in User.objects.filter(email__in=looked).values_list("id", "email"):
        used, last = found.get(number, (Counter(), 0))
        used["seen"] += looked[email]["number"]
        found[number] = (used, max(last, looked[email]["last"]))
    return found


def _roles(staff: list[User], answered: Answered) -> list[Seer]:
    return [
        _seer("role", role.value, [user for user in staff if user.role == role], answered,
              may=[name for name in sorted(PERMISSIONS) if role.may(name)])
        for role in Role
        if any(user.role == role for user in staff)
    ]  # fmt: skip


def _teams(staff: list[User], answered: Answered) -> list[Seer]:
    teams = Team.objects.order_by("name")
    return [
        _seer("team", team.name, [user for user in staff if team in user.teams.all()], answered) for team in teams
    ]


def _seer(kind: str, name: str, people: list[User], answered: Answered, may: Sequence[str] = ()) -> Seer:
    used: Counter[str] = Counter()
    last = 0
    for user in people:
        theirs, at = answered.get(user.id, (Counter(), 0))
        used += theirs
        last = max(last, at)
    limited = [{brand.name for brand in user.brands.all()} for user in people]
    brands = sorted(set().union(*limited)) if limited and all(limited) else []
    return Seer(
        kind=kind, name=name, people=len(people), may=list(may), used=dict(used.most_common()), brands=brands,
        last=last or None,
    )  # fmt: skip


def _systems(now: int) -> list[Seer]:
    """Systems that webhooks tell of facts."""
    told = Told.objects.filter(created__gt=now - LATELY).values("endpoint_id")
    counts = {row["endpoint_id"]: row for row in told.annotate(number=Count("id"), last=Max("ended"))}
    return [
        Seer(
            kind="system", name=row.name, used={"facts": counts[row.id]["number"]} if row.id in counts else {},
            last=counts[row.id]["last"] if row.id in counts else None,
        )
        for row in Endpoint.objects.filter(active=True).order_by("id")
    ]  # fmt: skip
