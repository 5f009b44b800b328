"""Words that come at the same time for one person and one address: what is kept is what the ledger says."""

import threading

import pytest
from django.db import connections

from rondpoint.consent import actions, keeping, purposes
from rondpoint.consent.models import Agreed, ConsentEntry
from rondpoint.consent.types import Entry, Row
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
NOW = 1_790_000_000_000_000
A, ROUNDS, WRITERS = "a@example.com", 8, 4


def test_words_at_the_same_time():
    purposes.every()
    ada = customers.land("email", A, Evidence.PROVIDER, "email", NOW).profile_id
    other = customers.land("email", "b@example.com", Evidence.PROVIDER, "email", NOW).profile_id
    start, broken = threading.Barrier(WRITERS), []

    def write(number):
        try:
            start.wait(30)
            for turn in range(ROUNDS):
                who = ada if number % 2 else other
                action = "granted" if (number + turn) % 3 else "withdrawn"
                said = Entry(who, action, f"{number}:{turn}", NOW + turn * 7 + number, "offers", "email", "email", A)
                actions.record([said], NOW)
        except Exception as error:  # pragma: no cover - told by the assertion below
            broken.append(error)
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert not broken and ConsentEntry.objects.count() == ROUNDS * WRITERS
    kept: dict[int, dict] = {ada: {}, other: {}}
    for row in Agreed.objects.all():
        key = (row.purpose, row.channel, row.address_kind, row.address)
        kept[row.customer_id][key] = Row(row.allowed, row.reason, row.until, row.entry_id)
    assert kept == keeping.worked_out([ada, other])
