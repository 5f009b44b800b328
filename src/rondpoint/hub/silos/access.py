"""Who may see what and used it, and who took data out."""

from collections.abc import Sequence

from django.db.models import Count, Max

from rondpoint.accounts.models import AuditEntry, Team, User
from rondpoint.accounts.types import PERMISSIONS, Role
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries import permitted
from rondpoint.hub.silos import systems, using
from rondpoint.hub.silos.types import Look, Seer
from rondpoint.hub.silos.whole import Whole
from rondpoint.lib import clock

LOOKED = 90 * clock.DAY
TAKEN = (  # actions of the audit log by which data leaves
    "export.asked", "export.fetched", "customer.exported", "rights.access.fetched",
)  # fmt: skip
MOST = 20
WIDEST = ("all", "hers", "none")  # of permitted.Reach, the widest first

# How many living conversations belong to a team and a brand, by the numbers of both.
Held = dict[tuple[int | None, int | None], int]


def seers(whole: Whole, now: int) -> list[Seer]:
    """Roles and teams with what they may see and what they used lately, and systems that read."""
    staff = list(User.objects.filter(is_active=True).order_by("id").prefetch_related("brands", "teams"))
    roles = {role: [user for user in staff if user.role == role] for role in Role}
    teams = {team: [user for user in staff if team in user.teams.all()] for team in Team.objects.order_by("name")}
    groups = {f"role:{role}": people for role, people in roles.items() if people}
    groups |= {f"team:{team.id}": people for team, people in teams.items()}
    used, held = using.used(whole, groups, now), _held()
    return [
        *(
            _seer("role", role.value, people, used[f"role:{role}"], _open(people, None, held))
            for role, people in roles.items()
            if people
        ),
        *(
            _seer("team", team.name, people, used[f"team:{team.id}"], _open(people, team.id, held))
            for team, people in teams.items()
        ),
        *systems.every(now),
    ]


def looks(now: int) -> list[Look]:
    """Who took data out lately, the last first."""
    rows = AuditEntry.objects.filter(action__in=TAKEN, at__gt=now - LOOKED).values("actor", "action")
    counted = rows.annotate(times=Count("id"), last=Max("at")).order_by("-last")[:MOST]
    return [Look(row["actor"], row["action"], row["times"], row["last"]) for row in counted]


def _seer(kind: str, name: str, people: Sequence[User], used: using.Usage, conversations: int) -> Seer:
    return Seer(
        kind=kind, name=name, people=len(people), may=_may(people), reach=_reach(people), conversations=conversations,
        brands=_brands(people), used=used.counts, sources=used.sources, last=used.last or None,
    )  # fmt: skip


def _may(people: Sequence[User]) -> list[str]:
    """What anybody of them may."""
    return [name for name in sorted(PERMISSIONS) if any(user.may(name) for user in people)]


def _reach(people: Sequence[User]) -> str:
    reaches = {permitted.reach(user) for user in people}
    return next((reach for reach in WIDEST if reach in reaches), "none")


def _brands(people: Sequence[User]) -> list[str]:
    """The brands they are limited to; none where somebody is not."""
    limited = [{brand.name for brand in user.brands.all()} for user in people]
    return sorted(set().union(*limited)) if limited and all(limited) else []


def _held() -> Held:
    rows = Conversation.objects.filter(merged_into=None).order_by().values_list("team_id", "brand_id")
    return {(team, brand): number for team, brand, number in rows.annotate(number=Count("id"))}


def _open(people: Sequence[User], team: int | None, held: Held) -> int:
    """How many conversations are open to them as colleagues of this role or team: all, or those of no team and theirs;
    not counted is what is open to one of them by another team, or because it is hers."""
    reach = _reach(people)
    limited = [{brand.id for brand in user.brands.all()} for user in people]
    brands = set().union(*limited) if all(limited) else None
    return sum(
        number
        for (of_team, brand), number in held.items()
        if reach == "all"
        or (reach == "hers" and of_team in (None, team) and (brands is None or brand is None or brand in brands))
    )
