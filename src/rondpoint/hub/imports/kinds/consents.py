"""Consents: what people said about being written to, with its proof. Each row is a word in the ledger."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from rondpoint.consent import actions as consent
from rondpoint.consent import queries as ledger
from rondpoint.consent.models import ConsentEntry
from rondpoint.consent.types import GRANTS, WAYS, Address, Entry
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Profile
from rondpoint.customers.rules.words import words
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.hub.imports import people
from rondpoint.hub.imports.kinds import told
from rondpoint.hub.imports.rules import cells as rules
from rondpoint.hub.imports.rules import consenting
from rondpoint.hub.imports.types import Column, Context, Judged, Kind, Outcome, Unfit
from rondpoint.lib import addresses, bulk, clock

SLACK = clock.MINUTE  # so far two clocks may differ
LONGEST_SOURCE = 200
KINDS = ("email", "phone", "post")
COLUMNS = (
    *people.COLUMNS,
    Column("purpose", lambda: _("Purpose, by its key or its name; none: all"), "newsletter",
           ("finalite", "list", "liste", "subscription", "abonnement", "topic", "objet du consentement")),
    Column("channel", lambda: _("email, sms, whatsapp, voice or print; none: all"), "email",
           ("canal", "via", "media", "moyen")),
    Column("action", lambda: _("granted, confirmed, withdrawn, objected… or oui, non, désinscrit…"), "confirmed",
           ("status", "statut", "state", "etat", "consent", "consentement", "opt in", "optin", "choice", "choix",
            "reponse")),
    Column("said_at", lambda: _("When it was said"), "2026-03-04T14:05:00Z",
           ("date", "at", "when", "time", "timestamp", "consent date", "date de consentement", "date du consentement",
            "opt in date", "date opt in", "horodatage", "optin time", "le")),
    Column("basis", lambda: _("Legal basis, as consent"), "consent", ("legal basis", "base legale", "base juridique")),
    Column("wording", lambda: _("Version of the purpose's text that was shown"), "1",
           ("version", "wording version", "version du texte", "text version")),
    Column("language", lambda: _("Language of that text, fr or en"), "fr", ("langue", "locale", "lang")),
    Column("text", lambda: _("Proof: the text that was shown"), "Oui, envoyez-moi la lettre d’information.",
           ("texte", "texte affiche", "text shown", "mention", "statement")),
    Column("page", lambda: _("Proof: the page it was said on"), "Inscription", ("page title", "titre de la page")),
    Column("form", lambda: _("Proof: the form, paper or counter"), "newsletter-footer",
           ("formulaire", "source", "origine", "provenance", "collected by", "recueil")),
    Column("url", lambda: _("Proof: the address of the page"), "https://www.example.com/inscription",
           ("page url", "adresse de la page", "lien", "link")),
    Column("ip", lambda: _("Proof: the IP address it came from"), "192.0.2.7",
           ("ip address", "adresse ip", "optin ip", "confirm ip")),
    Column("proof", lambda: _("Proof, as a JSON object or in words"), "", ("preuve", "evidence", "justificatif")),
    Column("expires_at", lambda: _("When an agreement ends by itself"), "2029-03-04T14:05:00Z",
           ("expires", "expiry", "expiration", "fin", "valid until", "valable jusqu au", "date d expiration")),
    Column("address", lambda: _("The address it is about, where it is none of those above"), "",
           ("adresse", "consent address", "postal address", "adresse postale")),
    Column("by", lambda: _("Who wrote it down"), "", ("recorded by", "saisi par", "agent", "operateur")),
    Column("reference", lambda: _("A number of its own, so that it is taken once"), "c-1",
           ("consent id", "id consentement", "uuid", "record id", "numero")),
)  # fmt: skip


class Record(Struct, frozen=True):
    """A word as a row tells it. ``purpose``: as it is written there; ``at``: none where no time is told, which only a
    refusal may leave out; ``addresses``: those it is about, none for all of hers."""

    person: people.Person
    entry: Entry
    purpose: str
    addresses: tuple[Address, ...]
    at: int | None
    reference: str


def read(cells: dict[str, str], context: Context) -> Record:
    """A word out of a row. Raises Unfit."""
    action = consenting.action(cells.get("action", ""))
    channel = consenting.channel(cells.get("channel", ""))
    about = _about(cells.get("address", ""), channel, context)
    person = _person(cells, about, context)
    at = _moment(cells, "said_at", context)
    grant = action in GRANTS
    if at is None and (grant or action == "pending"):
        raise Unfit("said_at: a time is missing; expected 2026-03-04T14:05:00Z or 04/03/2026 14:05")
    if at is not None and at > context.at + SLACK:
        raise Unfit(f"said_at: {cells['said_at'].strip()!r} lies in the future")
    wording, proof = consenting.wording(cells.get("wording", "")), consenting.proof(cells)
    if grant and not proof and not wording:
        raise Unfit("proof: a grant has a proof: fill text, page, form, url, ip or wording")
    entry = Entry(
        profile_id=0, action=action, source="", at=at or context.at, channel=channel,
        basis=consenting.basis(cells.get("basis", "")), wording=wording,
        language=consenting.language(cells.get("language", "")), proof=proof,
        expires=_moment(cells, "expires_at", context) if grant or action == "pending" else None,
        by=cells.get("by", "").strip()[:200] or context.by[:200],
    )  # fmt: skip
    found = (about,) if about else _told_addresses(person, channel)
    reference = cells.get("reference", "").strip()[:LONGEST_SOURCE]
    return Record(person, entry, cells.get("purpose", "").strip()[:100], found, at, reference)


def judge(records: list[Record], context: Context) -> Judged:
    """Which words are new, and which cannot be written down."""
    known, keys = ledger.terms(), ledger.purposes_called()
    lacking = [record for record in records if _lacks_address(record)]
    held = _held(lacking, context)
    entries = [_entries(record, held.get(record.person.key, ()), known, keys, context) for record in records]
    names = {entry.source for found in entries if isinstance(found, list) for entry in found}
    names |= {record.reference for record in records if record.reference}
    heard = {row.source: row for row in bulk.fetch(ConsentEntry, source=names)}
    outcomes: list[Outcome] = []
    plan: list[tuple[Record, Entry]] = []
    for record, found in zip(records, entries, strict=True):
        if isinstance(found, str):
            outcomes.append(Outcome("refused", found))
            continue
        there = heard.get(record.reference)
        fresh = [
            entry
            for entry in found
            if entry.source not in heard and (there is None or _said(there) != _said(entry))
        ]
        outcomes.append(Outcome("new" if fresh else "known"))
        for entry in fresh:
            heard[entry.source] = ConsentEntry(source=entry.source)
            plan.append((record, entry))
    return Judged(outcomes, plan)


def apply(plan: list[tuple[Record, Entry]], context: Context) -> None:
    """Writes the words down, inside ``write()``. Nobody is written to because of them."""
    owners = told.owners([(record.person, entry.at) for record, entry in plan], context)
    said = [replace(entry, profile_id=number) for (_record, entry), number in zip(plan, owners, strict=True)]
    consent.record(said, ask=False)


def show(record: Record) -> dict[str, Any]:
    """A word as it would become."""
    entry = record.entry
    found = {
        "who": record.person.key.partition(":")[2], "action": entry.action, "purpose": record.purpose,
        "channel": entry.channel, "address": ", ".join(value for _kind, value in record.addresses),
        "occurred_at": entry.at, **{part: entry.proof[part] for part in consenting.PARTS if part in entry.proof},
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _moment(cells: dict[str, str], field: str, context: Context) -> int | None:
    text = cells.get(field, "")
    try:
        return rules.moment(text, context.zone) if text.strip() else None
    except Unfit as unfit:
        raise Unfit(f"{field}: {unfit}") from unfit


def _about(text: str, channel: str, context: Context) -> Address | None:
    """The address in a cell of its own: of the channel's kind; without a channel one with an @ is an e-mail address."""
    said = text.strip()
    if not said:
        return None
    kind = WAYS.get(channel) or ("email" if "@" in said else "phone")
    if kind == "post":
        return kind, said[:320]
    try:
        return kind, addresses.normalise(kind, said, context.country)
    except addresses.BadAddress as error:
        raise Unfit(f"address: {error}") from error


def _person(cells: dict[str, str], about: Address | None, context: Context) -> people.Person:
    try:
        return people.read(cells, context)
    except people.Nobody:
        if about is None or about[0] == "post":
            raise
        return people.Person(f"{about[0]}:{about[1]}", (IdentifierIn(*about, Evidence.PROVIDER),), ((*about, ""),))


def _told_addresses(person: people.Person, channel: str) -> tuple[Address, ...]:
    """The addresses of the row that a channel writes to; without a channel all of them."""
    kinds = (WAYS[channel],) if channel else KINDS
    return tuple((said.kind, said.value) for said in person.identifiers if said.kind in kinds)


def _lacks_address(record: Record) -> bool:
    grant = record.entry.action in GRANTS or record.entry.action == "pending"
    return grant and bool(record.entry.channel) and not record.addresses


def _held(records: Sequence[Record], context: Context) -> dict[str, list[Address]]:
    """The addresses that people hold whose rows name only a number, by the key of the person."""
    if not records:
        return {}
    places = people.place([record.person for record in records], context.source)
    owners = {
        record.person.key: place.profile.owner
        for record, place in zip(records, places, strict=True)
        if place.profile is not None
    }
    held = customers.held_by(set(owners.values()))
    profiles: dict[int, list[Profile]] = {}
    for row in bulk.fetch(Profile, customer_id=set(owners.values())):
        profiles.setdefault(row.owner, []).append(row)
    return {
        key: ledger.addresses_among(held.get(owner, ()), profiles.get(owner, ())) for key, owner in owners.items()
    }


def _entries(
    record: Record, held: Sequence[Address], known: dict[str, Any], keys: dict[str, str], context: Context
) -> list[Entry] | str:
    """A word for each address it is about, or why it cannot be written down."""
    purpose = keys.get(" ".join(words(record.purpose)), "") if record.purpose else ""
    if record.purpose and not purpose:
        return f"purpose: there is no purpose {record.purpose!r}; there are {', '.join(known)}"
    channel = record.entry.channel
    about: tuple[Address, ...] = record.addresses
    if _lacks_address(record):
        anywhere = replace(record.entry, source="?", purpose=purpose, address_kind=WAYS[channel], address="?")
        problem = ledger.problem(anywhere, known)
        if problem is not None:
            return f"{problem.field}: {problem.reason}"
        about = tuple(each for each in held if each[0] == WAYS[channel])
        if not about:
            return f"address: nobody knows an address of hers for {channel}; add a column with it"
    if purpose and not known[purpose].channels:
        about = ()
    found = []
    for kind, address in about or (("", ""),):
        entry = replace(record.entry, purpose=purpose, address_kind=kind, address=address)
        entry = replace(entry, source=_source(record, entry, len(about) > 1, context))
        problem = ledger.problem(entry, known)
        if problem is not None:
            return f"{problem.field}: {problem.reason}"
        found.append(entry)
    return found


def _source(record: Record, entry: Entry, several: bool, context: Context) -> str:
    """The name of a word: that of its row in its system, else what it says; so it is one however often it comes."""
    if record.reference and not several and len(record.reference) + len(context.source) < LONGEST_SOURCE:
        return f"{context.source}:{record.reference}"
    said = (record.reference, entry.action, entry.purpose, entry.channel, entry.address_kind, entry.address, record.at)
    return f"{context.source}:{told.name(record.person.key, *said)}"


def _said(row: ConsentEntry | Entry) -> tuple[str, str, str, str, str, int]:
    """What makes two words one, whatever they are called: an export of this house names them as they are here, with
    their times in milliseconds."""
    return row.action, row.purpose, row.channel, row.address_kind, row.address, row.at // 1000


KIND = Kind(
    name="consents", label=lambda: _("Consents"), columns=COLUMNS, read=read, judge=judge, apply=apply, show=show,
    record=Record, needs=((*people.NEEDED, "address"), ("action",)), own=False,
)  # fmt: skip
