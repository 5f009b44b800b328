"""The demo as it was on the first day: what visitors did goes, staff and connections stay."""

from django.apps import apps
from django.db import models

from rondpoint.accounts.models import Brand, Team, User
from rondpoint.channels import connections
from rondpoint.channels.models import Connection
from rondpoint.consent.models import HashKey, Purpose, Wording
from rondpoint.customers.matching import actions as matching
from rondpoint.demo import flag
from rondpoint.demo.seed import build, company
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments import actions as segments

EMPTIED = ("conversations", "sending", "consent", "customers", "events", "demo", "channels")
KEPT = (Connection, HashKey, Purpose, Wording)


class Incomplete(Exception):
    """Somebody removed what the histories need; the message names it."""


def reset() -> None:
    """Empties the rooms and writes the histories anew, in one transaction of about three seconds.

    Raises Incomplete when a connection or a member of the demo's staff is gone.
    """
    house = _house()
    with write():
        for model in _emptied():
            # No cascade and no signal: everything that refers to these rows goes in the same breath.
            model.objects.all()._raw_delete(model.objects.db)
        build.fill(house, clock.now())
        segments.begin_anew()
        matching.begin_anew()
    flag.write({**flag.read(), "traffic": False, "tour": clock.now()})


def _emptied() -> list[type[models.Model]]:
    found = [model for room in EMPTIED for model in apps.get_app_config(room).get_models(include_auto_created=True)]
    return [model for model in found if model not in KEPT and model._meta.managed]


def _house() -> company.House:
    brand = Brand.objects.order_by("id").first()
    staff = {user.name.split()[0]: user for user in User.objects.filter(email__in=[m.email for m in company.STAFF])}
    lines = {kind: connections.first(kind, None) for kind in ("chat", "sms", "email")}
    missing = [kind for kind, row in lines.items() if row is None]
    missing += [m.email for m in company.STAFF if m.name.split()[0] not in staff]
    teams = {slug: Team.objects.filter(name=name).first() for slug, name in company.TEAMS.items()}
    missing += [company.TEAMS[slug] for slug, team in teams.items() if team is None]
    if brand is None or missing:
        raise Incomplete(", ".join(missing) or "brand")
    return company.House(brand=brand, staff=staff, teams=teams, **lines)
