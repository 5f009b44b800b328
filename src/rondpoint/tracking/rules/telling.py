"""What a call says of whom: the facts, the words about a person, and which keys are one person. Pure."""

from typing import Any

from msgspec import Struct

from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events.types import Fact
from rondpoint.lib import addresses
from rondpoint.tracking.types import Call, SourceInfo, SourceKind

# Types of facts for calls that name none.
TITLES = {"page": "Page Viewed", "screen": "Screen Viewed", "group": "Group Joined", "alias": "Account Named",
          "identify": "Person Identified"}  # fmt: skip
# Of what libraries add to each call, what says something of the customer and not of the machine or of where it stands.
KEPT = frozenset(
    ("page", "campaign", "locale", "timezone", "userAgent", "screen", "app", "device", "os", "referrer", "groupId")
)
MOST_CATEGORIES, LONGEST_CATEGORY = 50, 100  # of context.consent
LONGEST_ID = 200  # of a company's key, as of any other
# Segment's names of traits that are ours under another name.
TRAITS = {"firstName": "first_name", "lastName": "last_name", "locale": "language"}
# Our names of the parts of a postal address, as files are imported under, and how Segment's libraries call them.
ADDRESS = {"street": ("street",), "postcode": ("postalCode", "postal_code"), "city": ("city",), "region": ("state",),
           "country": ("country",)}  # fmt: skip


class OfCompany(Struct, frozen=True):
    """What a call says of a company. ``scope``: within which keys of the same text name the same one."""

    key: str
    traits: dict[str, Any]
    evidence: Evidence
    scope: str


class Told(Struct, frozen=True):
    """What a call comes to. ``pair``: the keys of a device and of an account that it says are one person; ``renamed``:
    the key of the account that the device would be, if what an alias names were one; ``company``: the one that the
    person of ``key`` belongs to."""

    said: tuple[Said, ...]
    fact: Fact  # without its profile, which is the one of ``key``
    key: str
    pair: tuple[str, str] | None = None
    renamed: str = ""
    company: OfCompany | None = None


def tell(call: Call, source: SourceInfo) -> Told:
    """What a call of a source comes to."""
    user, device = f"user:{call.user_id}", f"anon:{call.anonymous_id}"
    key = user if call.user_id else device
    traits = _traits(call)
    said = [Said(source.knows, key, call.occurred, traits, _identifiers(call, source, traits))]
    pair, renamed = (device, user) if call.user_id and call.anonymous_id else None, ""
    if call.kind == "alias":
        pair, renamed = (f"anon:{call.previous_id}", user), f"user:{call.previous_id}"
    if pair is not None:
        known_as = IdentifierIn("anonymous", pair[0].removeprefix("anon:"), Evidence.CLAIMED)
        said.append(Said(source.knows, pair[0], call.occurred, {}, (known_as,)))
    return Told(tuple(said), _fact(call, source), key, pair, renamed, _company(call, source))


def _company(call: Call, source: SourceInfo) -> OfCompany | None:
    """A ``group`` call names a company, and so does a trait ``company`` with an ``id`` of its own. What a public key
    says is a claim, of the company as of who belongs to it."""
    evidence = Evidence.PROVIDER if source.trusted else Evidence.CLAIMED
    if call.kind == "group":
        return OfCompany(call.group_id, call.words, evidence, f"brand:{source.brand}")
    told = call.words.get("company") if call.kind == "identify" else None
    if not isinstance(told, dict) or not isinstance(told.get("id"), str | int) or isinstance(told["id"], bool):
        return None
    key = str(told["id"]).strip()
    if not 0 < len(key) <= LONGEST_ID or key.casefold() in addresses.BLOCKED_VALUES:
        return None
    return OfCompany(key, {**told}, evidence, f"brand:{source.brand}")


def _fact(call: Call, source: SourceInfo) -> Fact:
    properties: dict[str, Any] = dict(call.words) if call.kind not in ("identify", "group") else {}
    if call.kind in ("page", "screen") and call.name:
        properties["name"] = call.name
    if call.category:
        properties["category"] = call.category
    if call.kind in ("identify", "group"):
        properties["traits"] = sorted(call.words)
    if call.kind == "group":
        properties["group_id"] = call.group_id
        if isinstance(call.words.get("name"), str):
            properties["name"] = call.words["name"][:200]
    kept = {name: value for name, value in call.context.items() if value and name in KEPT}
    if agreed := _consent(call.context.get("consent")):
        kept["consent"] = {"categoryPreferences": agreed}
    if kept:
        properties["context"] = kept
    return Fact(
        profile_id=None,
        type=call.name if call.kind == "track" else TITLES[call.kind],
        occurred=call.occurred,
        source=source.knows,
        message_id=call.message_id,
        channel="app" if source.kind is SourceKind.APP else "web",
        properties=properties,
    )


def _consent(told: Any) -> dict[str, bool]:
    """What she agreed to on the page, by category, as the ``context.consent`` of Segment's libraries says it. It is
    kept with the fact as what was told: it gives no consent here."""
    found = told.get("categoryPreferences") if isinstance(told, dict) else None
    words = list(found.items())[:MOST_CATEGORIES] if isinstance(found, dict) else []
    return {name[:LONGEST_CATEGORY]: said for name, said in words if isinstance(said, bool)}


def _traits(call: Call) -> dict[str, Any]:
    words = call.words if call.kind == "identify" else call.context.get("traits")
    if not isinstance(words, dict):
        return {}
    said = {TRAITS.get(name, name)[:100]: value for name, value in words.items() if name not in ("id", "anonymousId")}
    if isinstance(words.get("address"), dict):
        place = _address(words["address"])
        said = place | said | {"address": ", ".join(place.values()) if "street" in place else None}
    if isinstance(words.get("company"), dict):
        said["company"] = words["company"].get("name")
    return said


def _address(told: dict[str, Any]) -> dict[str, str]:
    """The parts of a postal address as Segment has it, as traits of their own, in the order of writing."""
    said = {ours: next((told[name] for name in names if name in told), None) for ours, names in ADDRESS.items()}
    texts = {
        ours: str(part).strip()
        for ours, part in said.items()
        if isinstance(part, str | int) and not isinstance(part, bool)
    }
    return {ours: text for ours, text in texts.items() if text}


def _identifiers(call: Call, source: SourceInfo, traits: dict[str, Any]) -> tuple[IdentifierIn, ...]:
    evidence = Evidence.PROVIDER if source.trusted else Evidence.CLAIMED
    found = []
    if call.user_id:
        found.append(IdentifierIn("account", call.user_id, evidence, source.accounts))
    else:
        found.append(IdentifierIn("anonymous", call.anonymous_id, Evidence.CLAIMED))
    for kind in ("email", "phone"):
        text = traits.get(kind)
        if isinstance(text, str):
            try:
                found.append(IdentifierIn(kind, addresses.normalise(kind, text, source.country), evidence))
            except addresses.BadAddress:
                continue  # it stays a trait, which claims nothing
    return tuple(found)
