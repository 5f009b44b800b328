"""The account that a site signs in the chat, and the one that its server tells of: one customer where the owner says
that both number people alike."""

import pytest

from rondpoint.accounts.models import Brand
from rondpoint.channels import actions as channels
from rondpoint.conversations.chat.tests.conftest import chat  # noqa: F401
from rondpoint.conversations.models import Conversation
from rondpoint.customers import actions as customers
from rondpoint.customers import explaining, queries
from rondpoint.customers.models import Identifier, Link
from rondpoint.customers.types import LinkKind
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.tracking import actions as tracking
from rondpoint.tracking.tests.conftest import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


def count_with(chat, accounts):  # noqa: F811
    chat.row.refresh_from_db()
    channels.change_connection(chat.row, chat.row.name, {**chat.row.settings, "accounts": accounts})


def source(kind, brand, sub="42"):
    """A source of a brand that told of an account."""
    site = Site(tracking.add(kind, kind, brand))
    site.tell({"type": "identify", "userId": sub, "traits": {"city": "Lyon"}})
    return site


def told(site, sub="42"):
    return queries.profile_of(site.info.knows, f"user:{sub}")


def signed(chat):  # noqa: F811
    device = chat.device(jwt=chat.account("42"))
    device.say("Bonjour")
    return device


def scopes():
    return set(Identifier.objects.filter(kind="account").values_list("profile__source", "scope"))


def test_a_signed_account_and_the_servers_word_are_one_customer(chat):  # noqa: F811
    count_with(chat, "brand")
    server = source("server", chat.row.brand)
    device = signed(chat)
    mine, known = queries.profile(device.session.profile_id), told(server)
    assert mine.owner == known.owner
    assert known.id in queries.rights(mine.id)
    link = Link.objects.get()
    assert (link.rule, link.kind) == ("same_account", LinkKind.DETERMINISTIC)
    [said] = explaining.explanations([link])
    assert "42" in said and "signed" in said and "vouched for" in said
    assert Conversation.objects.get().customer_id == mine.owner
    server.tell({"type": "track", "userId": "42", "event": "Order Completed"})
    device.say("Encore")
    assert Conversation.objects.count() == 1


def test_each_counts_apart_until_somebody_says_so(chat):  # noqa: F811
    server, device = source("server", chat.row.brand), signed(chat)
    assert queries.profile(device.session.profile_id).owner != told(server).owner
    assert not Link.objects.exists()


def test_a_public_key_proves_nothing(chat):  # noqa: F811
    count_with(chat, "brand")
    device, site = signed(chat), source("website", chat.row.brand)
    mine = queries.profile(device.session.profile_id)
    assert told(site).owner != mine.owner
    assert Link.objects.get().opened is None, "it is suggested to staff, and no more"
    assert queries.rights(told(site).id) == [told(site).id]


def test_the_same_number_of_another_brand_is_somebody_else(chat):  # noqa: F811
    with write():
        other = Brand.objects.create(slug="pinson", name="Pinson")
    count_with(chat, "brand")
    device, server = signed(chat), source("server", other)
    assert queries.profile(device.session.profile_id).owner != told(server).owner
    assert not Link.objects.exists()


def test_those_who_are_known_meet_when_it_is_said_and_are_parted_again_by_hand(chat):  # noqa: F811
    server, device = source("server", chat.row.brand), signed(chat)
    public, own = source("website", chat.row.brand), f"chat:{chat.key}"
    count_with(chat, "brand")
    mine = queries.profile(device.session.profile_id)
    assert mine.owner == told(server).owner != told(public).owner
    assert (own, "") in scopes()
    count_with(chat, "own")
    assert (own, own) in scopes() and (own, "") not in scopes()
    link = Link.objects.get(opened__isnull=False)
    assert link.closed is None, "what was one person stays one"
    with write():
        customers.unmerge(link, "Inès", clock.now())
    assert queries.profile(mine.id).owner != told(server).owner
    signed(chat)
    assert queries.profile(mine.id).owner != told(server).owner
    assert Conversation.objects.get().customer_id == queries.profile(mine.id).owner


def test_what_was_only_suggested_by_it_is_taken_back(chat):  # noqa: F811
    count_with(chat, "brand")
    signed(chat)
    source("website", chat.row.brand)
    assert Link.objects.get().opened is None
    count_with(chat, "own")
    assert not Link.objects.exists()


def test_the_numbers_of_a_source_go_to_another_brand_with_it(chat):  # noqa: F811
    with write():
        other = Brand.objects.create(slug="pinson", name="Pinson")
    count_with(chat, "brand")
    server, device = source("server", other), signed(chat)
    tracking.change(server.source, "server", chat.row.brand, "", True)
    assert (server.info.knows, "") in scopes()
    assert queries.profile(device.session.profile_id).owner == told(server).owner
