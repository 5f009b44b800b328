"""The links that make one customer out of several records, as a picture and in words."""

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.customers import queries
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import BY_HAND, STAFF, LinkKind
from rondpoint.events import queries as events
from rondpoint.lib import addresses

ROW, WIDEST = 48, 132  # of the picture, in pixels
MOST = 40  # records drawn; beyond that the words alone are shown


class Node(Struct, frozen=True):
    """One record: what a source knows under one key."""

    icon: str
    name: str
    remark: str
    since: int
    y: int


class Edge(Struct, frozen=True):
    """One link. ``path`` and ``x``, ``y``: its arc in the picture and the place of its number."""

    number: int
    link: Link
    left: str
    right: str
    reason: str
    meaning: str
    kept: bool  # it joins what staff wrote, and is not undone by itself
    path: str = ""
    x: float = 0
    y: float = 0


class Past(Struct, frozen=True):
    """A link that was undone. ``other``: the customer on its far side, when they are two now."""

    left: str
    right: str
    reason: str
    opened: int
    closed: int
    by: str
    other: Customer | None


def shown(customer: Customer) -> dict:
    """What the page of the links needs."""
    golden = queries.golden(customer.id)
    held: dict[int, list[Identifier]] = {}
    for row in queries.of_profiles([profile.id for profile in golden.profiles]):
        held.setdefault(row.profile_id, []).append(row)
    names = {profile.id: name(profile, held.get(profile.id, [])) for profile in golden.profiles}
    places = {profile.id: number * ROW + ROW // 2 for number, profile in enumerate(golden.profiles)}
    links = queries.links(customer.id)
    told = enumerate(zip(links, queries.explanations(links), strict=True), 1)
    edges = [_edge(number, link, reason, names, places) for number, (link, reason) in told]
    drawn = 1 < len(golden.profiles) <= MOST
    return {
        "nodes": [_node(profile, names, places) for profile in golden.profiles],
        "edges": edges,
        "picture": {"height": len(golden.profiles) * ROW, "width": WIDEST} if drawn else None,
        "past": _past(customer, [profile.id for profile in golden.profiles], names),
    }


def name(profile: Profile, held: list[Identifier]) -> str:
    """A record in words: the address it is about, else what kind of source it is."""
    if profile.source == STAFF:
        return _("Written by hand")
    own = next((row for row in held if row.natural), None) or next((row for row in held if row.kind != "chat"), None)
    if own is not None:
        return addresses.show_phone(own.value) if own.kind == "phone" else own.value
    return _("A browser in the chat") if profile.source.startswith("chat:") else profile.source


def alike(link: Link) -> list[dict[str, str]]:
    """What speaks for a link and against it, where records were compared."""
    found = queries.explained(link)
    return found.agreements if found is not None else []


def meaning(link: Link) -> str:
    """What a link gives and what it does not."""
    if link.kind == LinkKind.ATTRIBUTED:
        return _("Counted together on the desk; neither device sees the other's messages.")
    if link.kind == LinkKind.PROBABLE:
        return _("Likely, not proved: shown together on the desk, and nothing more is opened to any device.")
    if link.kind == LinkKind.MANUAL:
        return _("A colleague's word: shown together on the desk, and nothing more is opened to any device.")
    return _("Proved: both may read the same history.")


def side(rows: list[Identifier]) -> list[dict]:
    """What one side of a cut would hold, each address once."""
    found = {(row.kind, row.value): row for row in rows if row.kind != "chat"}
    return [{"kind": kind, "value": value} for kind, value in found]


def _node(profile: Profile, names: dict[int, str], places: dict[int, int]) -> Node:
    said = profile.traits.get("name") or {}
    remark = str(said.get("value") or "")
    return Node(_icon(profile), names[profile.id], remark, profile.created, places[profile.id])


def _icon(profile: Profile) -> str:
    kinds = {STAFF: "edit", "email": "email", "phone": "phone"}
    return kinds.get(profile.source) or ("chat" if profile.source.startswith("chat:") else "key")


def _edge(number: int, link: Link, reason: str, names: dict[int, str], places: dict[int, int]) -> Edge:
    """An arc from one row to another, the further apart the wider."""
    top, bottom = sorted((places[link.left_id], places[link.right_id]))
    reach = WIDEST - min(WIDEST - 24, 20 + (bottom - top) // ROW * 14 + number % 3 * 4)
    path = f"M{WIDEST} {top} C{reach} {top} {reach} {bottom} {WIDEST} {bottom}"
    x = WIDEST * 0.25 + reach * 0.75  # the middle of the curve
    ends = names[link.left_id], names[link.right_id]
    return Edge(number, link, *ends, reason, meaning(link), link.rule == BY_HAND, path, x, (top + bottom) / 2)


def _past(customer: Customer, profiles: list[int], names: dict[int, str]) -> list[Past]:
    rows = queries.past_links(customer.id)
    far = {link.left_id for link in rows} | {link.right_id for link in rows}
    held: dict[int, list[Identifier]] = {}
    for row in queries.of_profiles([number for number in far if number not in names]):
        held.setdefault(row.profile_id, []).append(row)
    undone = events.timeline(profiles + sorted(far), limit=200, beginning=("customer.unlinked",))
    by = {event.properties.get("link_id"): str(event.properties.get("by") or "") for event in undone}
    found = []
    for link, reason in zip(rows, queries.explanations(rows), strict=True):
        ends = [names.get(end.id) or name(end, held.get(end.id, [])) for end in (link.left, link.right)]
        other = link.right.customer if link.left.customer_id == customer.id else link.left.customer
        apart = other if other.id != customer.id else None
        found.append(Past(*ends, reason, link.opened, link.closed, by.get(link.id, ""), apart))
    return found
