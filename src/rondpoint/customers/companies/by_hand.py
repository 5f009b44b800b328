"""What staff and the API say of companies: new ones, traits, and who belongs to them."""

from typing import Any

from rondpoint.customers.companies import keeping, linking
from rondpoint.customers.companies.hearing import hear
from rondpoint.customers.companies.knowing import known, refresh
from rondpoint.customers.companies.models import Belonging, Company, CompanyKey, Membership
from rondpoint.customers.companies.types import API, Ended, Told
from rondpoint.customers.models import Profile
from rondpoint.customers.rules import golden
from rondpoint.customers.types import BY_HAND, STAFF, Evidence, LinkKind
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import bulk, clock, ids
from rondpoint.lib.db import lock_row, write


def begin(traits: dict[str, Any], by: str, now: int | None = None) -> int:
    """A new company as staff write it down; its number."""
    now = now or clock.now()
    with write():
        key = _make(STAFF, f"new:{ids.uuid7()}", now)
        key.traits = {name: golden.word(value, now, by) for name, value in traits.items()}
        key.save(update_fields=["traits"])
        refresh([key.owner])
        return key.owner


def create_or_find(external_key: str, traits: dict[str, Any], now: int | None = None) -> tuple[int, bool]:
    """The company that has this key, in whichever source, made when there is none; and whether it was made now. What
    the API says is signed evidence. Without a key it is always a new one."""
    now = now or clock.now()
    with write():
        known_before = bool(external_key) and CompanyKey.objects.filter(source=API, key=external_key).exists()
        told = Told(API, external_key or f"new:{ids.uuid7()}", now, Evidence.SIGNED, traits)
        key = hear([told], now)[told.source, told.key]
        return key.owner, not known_before and key.owner == key.id


def edit(company_id: int, said: dict[str, object], by: str, now: int | None = None) -> list[str]:
    """Writes traits of a company by hand; an empty value takes a trait away. The names of those that changed. The word
    stands until the source of a trait says something new, or somebody writes again."""
    now = now or clock.now()
    with write():
        record = known([company_id])[company_id]
        changed = {name: value for name, value in said.items() if value != _shown(record.traits, name)}
        if not changed:
            return []
        key = lock_row(CompanyKey.objects.filter(id=_of_staff(company_id, by, now).id)).get()
        at = max([now, *(record.traits[name].at + 1 for name in changed if name in record.traits)])
        words = {name: golden.word(value, at, by, key.traits.get(name)) for name, value in changed.items()}
        key.traits = {**key.traits, **words}
        key.save(update_fields=["traits"])
        if refresh([company_id]):
            keeping.settle((), {row.customer_id for row in bulk.fetch(Belonging, company_id=[company_id])})
        return list(changed)


def add_member(
    company_id: int, profile_id: int, by: str, role: str = "", source: str = STAFF, since: int | None = None,
    now: int | None = None,
) -> bool:  # fmt: skip
    """Somebody belongs to a company, as a person or the API says; whether that is news. ``profile_id``: the profile
    that founded the customer meant, so that an un-merge takes the membership along."""
    now = now or clock.now()
    with write():
        names = {"profile_id": profile_id, "key_id": company_id, "source": source}
        held = lock_row(Membership.objects.filter(**names, until=None)).first()
        if held is not None and (not role or held.role == role) and (since is None or since == held.since):
            return False
        if held is None:
            Membership.objects.create(
                **names, role=role, by=by, evidence=Evidence.SIGNED, since=since if since is not None else now
            )
        else:
            held.role, held.by = role or held.role, by
            held.since = since if since is not None else held.since
            held.save(update_fields=["role", "by", "since"])
        _settle(profile_id)
        _tell(profile_id, "company.joined", source, company_id, by, role, now)
        return True


def end_member(company_id: int, customer_id: int, by: str, source: str = STAFF, now: int | None = None) -> None:
    """A customer does not belong to a company any more, whoever said that she does. Raises Ended when nobody did."""
    now = now or clock.now()
    with write():
        lasting = Membership.objects.filter(
            profile__customer_id=customer_id, key__company_id=company_id, until=None
        )
        rows = list(lock_row(lasting.order_by("id")))
        if not rows:
            raise Ended("she does not belong to this company")
        for row in rows:
            row.until, row.ended = max(now, row.since), Evidence.SIGNED
        bulk.update(rows, ["until", "ended"])
        _settle(customer_id)
        _tell(customer_id, "company.left", source, company_id, by, "", now)


def dismiss(company_id: int, profile_id: int, by: str, now: int | None = None) -> None:
    """Notes that somebody does not belong to a company that was suggested, so that it is not suggested again."""
    now = now or clock.now()
    with write():
        Membership.objects.create(
            profile_id=profile_id, key_id=company_id, source=STAFF, by=by, evidence=Evidence.CLAIMED,
            since=now, until=now, ended=Evidence.SIGNED,
        )  # fmt: skip
        _settle(profile_id)


def _settle(profile_id: int) -> None:
    owner = Profile.objects.get(id=profile_id).owner
    keeping.settle([owner])


def _of_staff(company_id: int, by: str, now: int) -> CompanyKey:
    """The key under which stands what staff say of a company, made when there is none."""
    founder = CompanyKey.objects.get(id=company_id)
    if founder.source == STAFF:
        return founder
    held = CompanyKey.objects.filter(source=STAFF, key=str(company_id)).first()
    if held is not None and held.company_id == company_id:
        return held
    # One that was separated from it keeps what was said then.
    key = _make(STAFF, f"{company_id}:{now}" if held else str(company_id), now)
    linking.join(founder, key, LinkKind.MANUAL, BY_HAND, {"by": by}, now)
    return key


def _make(source: str, key: str, now: int) -> CompanyKey:
    made = CompanyKey.objects.create(source=source, key=key, evidence=Evidence.VERIFIED, created=now)
    Company.objects.create(id=made.id, created=now)
    made.company_id = made.id
    made.save(update_fields=["company"])
    return made


def _shown(known_: dict[str, golden.Value], name: str) -> object:
    return known_[name].value if name in known_ else ""


def _tell(profile_id: int, type_: str, source: str, company_id: int, by: str, role: str, now: int) -> None:
    company = Company.objects.get(id=company_id)
    said = {"company": str(company.public_id), "name": company.name, "role": role, "by": by}
    told = {name: value for name, value in said.items() if value}
    events.record([Fact(profile_id, type_, now, source, f"{type_}:{ids.uuid7()}", properties=told)])
