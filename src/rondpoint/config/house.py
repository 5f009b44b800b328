"""Where the rooms are joined: what a lower room needs from a higher one is registered here, once, at the start."""

from typing import Any

from django.conf import settings

from rondpoint.channels import connections, contract, handlers, overdue
from rondpoint.channels.email import outbox
from rondpoint.config import forgetting
from rondpoint.config.doors import DOORS, GROUPS
from rondpoint.config.event_meanings import MEANINGS
from rondpoint.config.event_names import NAMES
from rondpoint.config.safekeeping import holders
from rondpoint.config.titles import SOURCES, TITLES, named
from rondpoint.consent import actions as consent
from rondpoint.conversations.actions import drafts, follow, hear_consent, receive, state
from rondpoint.conversations.briefing import writing
from rondpoint.conversations.own_page import entering
from rondpoint.conversations.own_page import rights as own_rights
from rondpoint.conversations.promises import actions as promises
from rondpoint.conversations.queries import complaints, trying
from rondpoint.conversations.queries.live import place
from rondpoint.conversations.rules import tact
from rondpoint.customers import actions as customers
from rondpoint.customers.matching import actions as matching
from rondpoint.demo import flag
from rondpoint.events import catalogue, live, titles
from rondpoint.events.models import Event
from rondpoint.files import collect
from rondpoint.files import queries as files
from rondpoint.hub import shown
from rondpoint.hub.destinations import actions as destinations
from rondpoint.hub.exports import actions as exports
from rondpoint.hub.imports import keeping as imports
from rondpoint.hub.reach import actions as reach
from rondpoint.hub.rights import access, holds, own, retention
from rondpoint.hub.silos import actions as silos
from rondpoint.hub.syncs import actions as syncs
from rondpoint.hub.syncs import returning
from rondpoint.hub.webhooks import actions as webhooks
from rondpoint.jobs import periodic
from rondpoint.segments import actions as segments
from rondpoint.segments.computed import queries as computed
from rondpoint.sending import confirmations, gate, receipts, rechecking, seen
from rondpoint.tracking import actions as tracking
from rondpoint.tracking import queries as sources
from rondpoint.ui import navigation


def _outside(facts: list[Event]) -> list[dict[str, Any]]:
    """Facts with public ids. Loaded when somebody asks: the worker has no other use for the API."""
    from rondpoint.config import api

    return api.customer_views.events(facts)


def join_rooms() -> None:
    """Registers handlers, followers and titles. Doing it twice changes nothing."""
    outbox.configure(settings.RONDPOINT_HOME / "outbox", files.read)
    handlers.register(contract.MessageIn, receive)
    handlers.register(contract.Consent, handlers.one_by_one(hear_consent))
    handlers.register(contract.Receipt, handlers.one_by_one(receipts.hear))
    handlers.register(contract.Seen, seen.hear)
    customers.on_change(follow.follow)
    customers.on_change(customers.companies.follow_moves)
    customers.on_words(customers.companies.follow_words)
    customers.on_change(consent.follow)
    customers.on_change(segments.touch_moves)
    customers.on_words(segments.touch)
    customers.on_words(matching.touch)
    consent.on_change(segments.touch_consent)
    consent.send_with(confirmations.send)
    rechecking.hear_with(trying.last_inbound)
    gate.add(tact.NAME, tact.tact, after="relevant", loader=complaints.complaining)
    customers.read_computed(computed.reader)
    live.enrich("message.state", place)
    _come_round()
    catalogue.show_with(_outside)
    catalogue.name_sources("track:", sources.names)
    catalogue.name_sources("connection:", connections.names)
    for source, name in SOURCES.items():
        catalogue.name_sources(source, named(name))
    shown.show_with(_outside)
    own_rights.serve_with(own_rights.Served(own.lines, own.ask))
    holders.register()
    forgetting.register()
    navigation.accompany("desk/palette/palette.html", lambda: True)
    navigation.accompany("demo/tour.html", flag.is_demo)
    for group, label in GROUPS.items():
        navigation.head(group, label)
    for door in DOORS:
        navigation.register(door)
    for type_, title in TITLES.items():
        titles.register(type_, title)
    for type_, name in NAMES.items():
        titles.register_name(type_, name)
    for type_, meaning in MEANINGS.items():
        titles.register_meaning(type_, meaning)


def _come_round() -> None:
    """What workers do again and again, every so many seconds."""
    periodic.register("conversations put aside", 15, state.wake_due)
    periodic.register("promises", 20, promises.watch)
    periodic.register("messages with missing parts", 30, overdue.enter)
    periodic.register("codes for customers' own pages", 2, entering.send_waiting)
    periodic.register("tries at codes", 3600, entering.forget)
    if settings.ENVIRONMENT.llm_url:
        periodic.register("summaries", 3, writing.Writer().run)
    periodic.register("orphaned uploads", 3600, drafts.sweep)
    periodic.register("the catalogue of events", 2, catalogue.watch)
    periodic.register("events that stopped coming", 600, catalogue.listen)
    periodic.register("names after a rule was changed", 2, customers.renew)
    periodic.register("companies after a rule was changed", 2, customers.companies.renew)
    periodic.register("batches that were worked off", 3600, tracking.forget)
    periodic.register("the lake", 60, segments.keep_lake)
    periodic.register("what computed traits are measured by", 600, segments.measure_daily)
    periodic.register("the proof of segments", 600, segments.prove_daily)
    periodic.register("likeness of who said something new", 1, matching.look)
    periodic.register("records of who was there before", 5, matching.fill)
    periodic.register("the comparison of all records whose day has come", 600, matching.ask_due)
    periodic.register("comparisons of all records", 3, matching.work)
    periodic.register("files that are fetched again and again", 20, syncs.run_due)
    periodic.register("what is learnt here, into the tables that are read", 20, returning.run_due)
    periodic.register("tables that are kept up to date", 5, destinations.run_due)
    periodic.register("looks at whom a message would reach", 1, reach.work)
    periodic.register("the audit of sources", 3, silos.work)
    periodic.register("the daily audit of sources", 600, silos.daily)
    periodic.register("files of old imports", 3600, imports.forget)
    periodic.register("exports that were kept for a week", 3600, exports.expire)
    periodic.register("what webhooks told", 3600, webhooks.forget)
    periodic.register("files of access requests", 600, access.expire)
    periodic.register("what may not be deleted", 600, holds.mind)
    periodic.register("what is kept long enough", 600, retention.work_off)
    periodic.register("contents nobody refers to", collect.EVERY, collect.some)
