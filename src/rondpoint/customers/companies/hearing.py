"""What sources tell of companies, many at once: keys, traits, and who belongs to them."""

from rondpoint.customers.companies import keeping, linking
from rondpoint.customers.companies.knowing import external, refresh
from rondpoint.customers.companies.models import Belonging, Company, CompanyKey, Membership
from rondpoint.customers.companies.types import DOMAINS, SAME_KEY, Told
from rondpoint.customers.models import Profile
from rondpoint.customers.rules import belonging, golden
from rondpoint.customers.rules import company_domains as domains
from rondpoint.lib import bulk

Name = tuple[str, str]  # source and key
TRAITS_PER_KEY = 100


def hear(told: list[Told], now: int) -> dict[Name, CompanyKey]:
    """The keys that sources speak of, once what was said is noted. Inside ``write()``.

    The latest word on a trait stays and a membership begins with the first word of it, whatever the order in which
    words come. What a mere claim says never stands above what somebody better said (``rules.belonging``, ``standing``).
    """
    if not told:
        return {}
    words: dict[Name, list[Told]] = {}
    for each in told:
        words.setdefault((each.source, each.key), []).append(each)
    keys, new = _keys(words)
    joined = _join(new, now)
    changed = _learn(keys, words) | {key.owner for key in new} | joined
    people = _belong(keys, told)
    altered = refresh(changed) if changed else set()
    also = {row.customer_id for row in bulk.fetch(Belonging, company_id=altered)}
    keeping.settle(people, also)
    return keys


def _keys(words: dict[Name, list[Told]]) -> tuple[dict[Name, CompanyKey], list[CompanyKey]]:
    alike = bulk.fetch(CompanyKey, source={source for source, _ in words}, key={key for _, key in words})
    found = {(row.source, row.key): row for row in alike if (row.source, row.key) in words}
    new = [
        CompanyKey(
            source=name[0],
            key=name[1],
            scope=told[0].scope,
            evidence=max(each.evidence for each in told),
            created=min(each.at for each in told),
        )
        for name, told in words.items()
        if name not in found
    ]
    bulk.insert(new)
    bulk.insert([Company(id=key.id, created=key.created) for key in new])
    for key in new:
        key.company_id = key.id
    bulk.update(new, ["company_id"])
    return found | {(key.source, key.key): key for key in new}, new


def _join(new: list[CompanyKey], now: int) -> set[int]:
    """Joins new keys to older ones of the same text, where that may be; the companies that grew."""
    wanted = [key for key in new if external(key)]
    grown: set[int] = set()
    alike = bulk.fetch(CompanyKey, key={key.key for key in wanted})
    for key in wanted:
        others = [row for row in alike if row.key == key.key and row.id < key.id]
        joins = {row.id: belonging.joining(key.evidence, key.scope, row.evidence, row.scope) for row in others}
        best = max((row for row in others if joins[row.id]), key=lambda row: (row.evidence, -row.id), default=None)
        if best is not None and (kind := joins[best.id]) is not None:
            best.refresh_from_db(fields=["company"])  # a link before may have moved it
            linking.join(best, key, kind, SAME_KEY, {"kind": "key", "value": key.key}, now)
            grown.add(key.owner)
    return grown


def _learn(keys: dict[Name, CompanyKey], words: dict[Name, list[Told]]) -> set[int]:
    """Notes traits; the companies of keys that learned something."""
    changed = []
    for name, key in keys.items():
        traits = key.traits
        for each in words[name]:
            traits = golden.learned(traits, _clean(each), each.at, TRAITS_PER_KEY)
        if traits != key.traits:
            key.traits = traits
            changed.append(key)
    bulk.update(changed, ["traits"])
    return {key.owner for key in changed}


def _clean(told: Told) -> dict[str, object]:
    """Traits as they are kept: domains as a list in one form, names of at most a hundred letters."""
    named = domains.said(told.traits)
    left = {name[:100]: value for name, value in told.traits.items() if name not in (DOMAINS, "domain", "id")}
    return {**left, **({DOMAINS: named} if named else {})}


def _belong(keys: dict[Name, CompanyKey], told: list[Told]) -> set[int]:
    """Notes memberships; the customers of whom something new was said."""
    wanted: dict[tuple[int, int, str], Told] = {}
    for each in sorted(told, key=lambda one: one.at):
        if each.profile_id:
            wanted.setdefault((each.profile_id, keys[each.source, each.key].id, each.source), each)
    rows = bulk.fetch(Membership, profile_id={profile for profile, _, _ in wanted})
    lasting: dict[tuple[int, int, str], Membership] = {}
    over: dict[tuple[int, int, str], int] = {}
    for row in rows:
        name = (row.profile_id, row.key_id, row.source)
        if row.until is None:
            lasting[name] = row
        else:
            over[name] = max(over.get(name, 0), row.until)
    earlier, new = [], []
    for name, each in wanted.items():
        held = lasting.get(name)
        last = max(one.at for one in told if (one.profile_id, keys[one.source, one.key].id, one.source) == name)
        if held is not None and each.at < held.since and each.at > over.get(name, 0):
            held.since = each.at
            earlier.append(held)
        elif held is None and last > over.get(name, 0):
            since = each.at if each.at > over.get(name, 0) else last
            new.append(
                Membership(
                    profile_id=name[0], key_id=name[1], source=name[2], evidence=each.evidence, since=since
                )
            )
    bulk.update(earlier, ["since"])
    bulk.insert(new)
    touched = {row.profile_id for row in (*earlier, *new)}
    return {row.owner for row in bulk.fetch(Profile, id=touched)}
