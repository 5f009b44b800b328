"""An opened mail and a followed link are facts, each once, and change nothing of the message."""

import pytest

from rondpoint.channels.contract import Seen, Sent
from rondpoint.channels.handlers import Arrival
from rondpoint.consent import actions as consent
from rondpoint.consent import purposes
from rondpoint.consent.types import Entry
from rondpoint.events.models import Event
from rondpoint.lib.db import write
from rondpoint.sending import outbox, seen
from rondpoint.sending.models import Dispatch
from rondpoint.sending.tests.fakes import NOW, fake
from rondpoint.sending.tests.test_receipts import connection, leave

pytestmark = [pytest.mark.django_db, pytest.mark.data]
__all__ = ["connection", "fake"]


def heard(connection_id, *items):
    info = outbox.connection(connection_id)
    with write():
        return seen.hear([Arrival(1, info, item, f"1:{number}", NOW) for number, item in enumerate(items)])


def say(number, action="granted", at=NOW - 9):
    """What whoever a message went to says about noting what she opens."""
    profile = Dispatch.objects.get(id=number).profile_id
    consent.record([Entry(profile, action, f"{action}:{at}", at, "opens_and_clicks")], at)


def facts():
    return list(Event.objects.filter(type__in=("message.opened", "message.clicked")).order_by("id"))


def test_each_event_is_one_fact_about_whom_it_was_sent_to(connection):
    number = leave(connection, Sent(("a",)))
    say(number)
    opened = Seen("e1", NOW + 5, "<a>", "opened", machine=True)
    clicked = Seen("e2", NOW + 6, "a", "clicked", "https://shop.example.com/lampe?token=secret#top")
    words = heard(connection.id, opened, clicked, Seen("e3", NOW, "unknown", "opened"), opened)
    assert words[2] == "its message is not known" and "was clicked" in words[1]
    heard(connection.id, opened)
    one, two = facts()
    row = Dispatch.objects.get(id=number)
    assert (one.type, one.profile_id, one.occurred, one.channel) == (
        "message.opened", row.profile_id, NOW + 5, row.channel,
    )  # fmt: skip
    assert one.properties == {"dispatch_id": number, "machine": True}
    assert two.properties == {"dispatch_id": number, "url": "https://shop.example.com/lampe"}
    assert row.state == "sent", "opened is not read"


def test_a_message_is_known_by_our_own_id_on_its_own_connection_only(connection):
    number = leave(connection, Sent(()))
    say(number)
    own = f"{Dispatch.objects.get(id=number).public_id}@shop.example.com"
    heard(connection.id, Seen("e1", NOW, own, "opened"))
    assert [fact.properties["dispatch_id"] for fact in facts()] == [number]


@pytest.mark.parametrize("said", [(), ("withdrawn",), ("granted", "withdrawn"), ("granted", "objected")])
def test_of_who_did_not_agree_nothing_is_noted(connection, said):
    number = leave(connection, Sent(("a",)))
    for place, action in enumerate(said):
        say(number, action, NOW - 9 + place)
    clicked = Seen("e2", NOW + 5, "a", "clicked", "https://x.example.com/")
    words = heard(connection.id, Seen("e1", NOW + 5, "a", "opened"), clicked)
    assert facts() == [] and all("is not noted" in word for word in words)
    say(number, at=NOW + 10)
    heard(connection.id, Seen("e3", NOW + 15, "a", "opened"))
    assert [fact.message_id for fact in facts()] == ["opened:e3"], "from then on it is"


def test_a_house_that_needs_nobody_s_yes_still_takes_a_no(connection):
    row = next(each for each in purposes.every() if each.key == "opens_and_clicks")
    purposes.change(row, {"basis": "legitimate_interest"}, "boss")
    number = leave(connection, Sent(("a",)))
    heard(connection.id, Seen("e1", NOW + 5, "a", "opened"))
    say(number, "objected")
    heard(connection.id, Seen("e2", NOW + 6, "a", "opened"))
    assert [fact.message_id for fact in facts()] == ["opened:e1"]


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://shop.example.com/a/b?x=1", "https://shop.example.com/a/b"),
        ("https://ann:pass@shop.example.com:8443/", "https://shop.example.com:8443/"),
        ("https://shop.example.com/c/abcdef0123", "https://shop.example.com/c/"),
        ("http://127.0.0.1:8000/u/token/more", "http://127.0.0.1:8000/u/"),
        ("javascript:alert(1)", ""),
        ("mailto:ann@example.org", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_what_may_be_a_secret_in_a_link_is_not_kept(link, kept):
    assert seen.plain(link) == kept
