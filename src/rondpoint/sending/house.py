"""What the house decided about promotions: read by the gate, changed by administrators."""

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import Team
from rondpoint.accounts.queries import setting
from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.consent.types import WAYS
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import models
from rondpoint.sending.promoting import promoting
from rondpoint.sending.rules import house
from rondpoint.sending.types import Cap, HouseRules, Price

SETTING = "sending"


def rules() -> HouseRules:
    """The decisions in force, in two statements."""
    kept = setting(SETTING)
    assert isinstance(kept, dict), "the setting is declared as an object"
    caps = models.Cap.objects.order_by("id").values_list("most", "days", "purpose", "channel")
    return house.read(
        kept, [Cap(most, days * clock.DAY, purpose, channel) for most, days, purpose, channel in caps]
    )


def prices() -> tuple[Price, ...]:
    """What messages cost."""
    return rules().prices


def channels() -> list[str]:
    """The channels that rules may name: those the house knows, and those people choose among."""
    return sorted({*registry.kinds(), *WAYS, "webpush", "mobilepush"})


def decide(rules_: HouseRules, by: str) -> list[str]:
    """Keeps decisions from now on; the names of what changed, which the audit log keeps too. Raises BadRule."""
    promotions, teams = promoting(consent.purpose_names("en")), Team.objects.values_list("id", flat=True)
    house.checked(rules_, promotions, channels(), list(teams), consent.countries())
    with write():
        before = rules()
        old, new = house.kept(before), house.kept(rules_)
        changed = [name for name in new if new[name] != old[name]]
        if changed:
            accounts.set_setting(by, SETTING, new)
        if before.caps != rules_.caps:
            changed.append("caps")
            models.Cap.objects.all().delete()
            models.Cap.objects.bulk_create(
                models.Cap(most=cap.most, days=cap.within // clock.DAY, purpose=cap.purpose, channel=cap.channel)
                for cap in rules_.caps
            )
        if changed:
            accounts.audit(by, "sending.decided", "", {"names": changed})
    return changed
