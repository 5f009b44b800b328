"""Whom a message would reach: looked at, shown, by the API, and what cannot be asked."""

import msgspec
import pytest
from django.test import Client

from rondpoint.accounts.models import User
from rondpoint.accounts.types import Role
from rondpoint.channels.models import Connection
from rondpoint.consent import actions as consent
from rondpoint.consent.types import Entry
from rondpoint.conversations.queries.trying import attempt
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.hub.models import ReachCheck
from rondpoint.hub.reach import actions, measuring, queries
from rondpoint.hub.reach.types import Cause, Reach, Way, joined
from rondpoint.jobs import children
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import Member, Segment
from rondpoint.sending import house
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.types import HouseRules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("children_here")]
AT = 1_770_000_000_000_000


@pytest.fixture(autouse=True)
def one_child(monkeypatch):
    monkeypatch.setattr(actions, "PARTS", 1)


@pytest.fixture
def crowd(brand):
    """Ten people: all have an address, four agreed to offers by mail, of whom one asked for a pause; three have a
    telephone number. Their numbers."""
    with write():
        settings = {"address": "us@example.com"}
        Connection.objects.create(kind="email", name="Mail", brand=brand, settings=settings)
        found = customers.hear(
            [
                Said("till", f"{n}", AT, {"name": f"Awa {n}"},
                     (IdentifierIn("email", f"awa{n}@example.com", Evidence.PROVIDER),
                      *([IdentifierIn("phone", f"+3319900000{n}", Evidence.PROVIDER)] if n < 3 else []),))
                for n in range(10)
            ],
        )  # fmt: skip
    numbers = [profile.id for profile in found.values()]
    entries = [
        Entry(number, "granted", f"said:{n}", AT, "offers", "email", "email", f"awa{n}@example.com")
        for n, number in enumerate(numbers[:4])
    ]
    consent.record(entries, AT, ask=False)
    consent.prefer(numbers[3], {"paused_until": clock.now() + 30 * clock.DAY})
    house.decide(HouseRules(quiet={}), "ada@example.com")
    return numbers


@pytest.fixture
def some(crowd):
    """Two of those who agreed, and one who did not."""
    with write():
        segment = Segment.objects.create(name="Some of them", definition={"all": []}, state="live")
        Member.objects.bulk_create(
            Member(segment=segment, customer_id=number, since=AT) for number in (crowd[0], crowd[1], crowd[9])
        )
    return segment


def look(*channels, **more):
    row = actions.ask("offers", channels or ("email", "sms"), "ada@example.com", **more)
    assert actions.work() == 1
    row.refresh_from_db()
    return row, queries.found(row)


def causes(reach, channel):
    [way] = [way for way in reach.ways if way.channel == channel]
    return {cause.reason or cause.verdict: cause.count for cause in way.causes}


def test_everybody_goes_through_the_gate_and_nothing_is_written(crowd):
    row, reach = look()
    assert (reach.people, reach.reached, reach.several) == (10, 3, 0)
    assert causes(reach, "email") == {"never_agreed": 6, "send": 3, "paused": 1}
    assert [way.connected for way in reach.ways] == [True, False] and causes(reach, "sms") == {}
    assert row.state == "done" and row.seconds > 0
    assert not Decision.objects.exists() and not Dispatch.objects.exists()


def test_each_has_the_verdict_that_trying_the_gate_gives_her(crowd):
    _, reach = look("email")
    now, seen = clock.now(), 0
    for cause in reach.ways[0].causes:
        for number in cause.examples:
            tried = attempt(Customer.objects.get(id=number), "offers", "email", now).verdict
            assert (tried.verdict, tried.step, tried.reason) == (cause.verdict, cause.step, cause.reason)
            seen += 1
    assert seen == 9  # five examples of a reason at most


def test_only_a_segment_only_at_a_time_and_with_words(crowd, some):
    _, reach = look("email", segment=some)
    assert (reach.people, causes(reach, "email")) == (3, {"send": 2, "never_agreed": 1})
    _, reach = look("email", at=clock.now() + 31 * clock.DAY, text="Hello")
    assert causes(reach, "email") == {"never_agreed": 6, "send": 4}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": "gossip"}, "purpose"),
        ({"channels": ()}, "channels"),
        ({"channels": ("email", "pigeon")}, "channels"),
        ({"at": 5}, "at"),
        ({"at": 2**62}, "at"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_what_cannot_be_looked_at_is_said(crowd, changes, field):
    asked = {"purpose": "offers", "channels": ("email",), "by": "a"} | changes
    with pytest.raises(actions.Invalid) as found:
        actions.ask(**asked)
    assert found.value.field == field and not ReachCheck.objects.exists()


def test_a_segment_that_is_being_built_is_not_looked_at(some):
    some.state = "building"
    with pytest.raises(actions.Invalid, match="being built"):
        actions.ask("offers", ["email"], "a", segment=some)


def test_the_parts_of_several_children_are_one():
    def part(people, count, example, due):
        cause = Cause("defer", "hours", "quiet_hours", count, due, [example, example + 1])
        return Reach(people, 1, 0, [Way("email", True, [cause]), Way("sms", False)])

    whole = joined([part(5, 2, 10, 300), part(4, 3, 1, 200), Reach(1, 0, 0, [Way("email"), Way("sms", False)])])
    assert (whole.people, whole.reached) == (10, 2)
    assert whole.ways[0].causes == [Cause("defer", "hours", "quiet_hours", 5, 200, [1, 2, 10, 11])]
    assert not whole.ways[1].connected


def test_each_child_looks_at_its_share(crowd, monkeypatch):
    monkeypatch.setattr(measuring, "PORTION", 3)
    asked = {"segment": None, "purpose": "offers", "channels": ["email"], "at": clock.now(), "text": "", "parts": 2}
    shares = [measuring.measure(**asked, part=part)["people"] for part in range(2)]
    assert shares == [6, 4]


def test_a_look_that_was_cut_off_is_taken_again_and_one_that_fails_says_so(crowd, monkeypatch):
    def ended(*given, **more):
        raise children.Ended("stopped")

    row = actions.ask("offers", ["email"], "ada@example.com")
    with monkeypatch.context() as patch:
        patch.setattr(children, "run", ended)
        assert actions.work() == 0
    assert actions.work() == 1
    row.refresh_from_db()
    assert row.state == "done"

    def broken(*given, **more):
        raise children.Broken("Traceback\nMemoryError: no room")

    with monkeypatch.context() as patch:
        patch.setattr(children, "run", broken)
        row, reach = look("email")
    assert (row.state, row.problem, reach) == ("failed", "MemoryError: no room", None)


def test_the_newest_are_kept(crowd, monkeypatch):
    monkeypatch.setattr(actions, "KEPT", 2)
    rows = [look("email")[0] for _ in range(3)]
    assert list(ReachCheck.objects.order_by("id").values_list("id", flat=True)) == [row.id for row in rows[1:]]


def test_a_manager_asks_sees_and_goes_on_to_one_person(crowd, some, desk):
    form = {"purpose": "offers", "segment": str(some.public_id), "channels": ["email", "sms"], "text": "Hello you"}
    answer = desk.post("/promotions/reach", form)
    assert answer.status_code == 302
    page = desk.get(answer["Location"]).content.decode()
    assert 'hx-trigger="every 1s"' in page and "Some of them" in page
    actions.work()
    part = desk.get(answer["Location"], headers={"HX-Target": "found"}).content.decode()
    assert "<h1>" not in part and "hx-trigger" not in part
    for words in ("would be sent", "She never agreed to this here.", "This channel is not connected.", "67%", "Awa 9"):
        assert words in part, words
    assert f"/promotions/try?customer={Customer.objects.get(id=crowd[9]).public_id}&amp;purpose=offers" in part
    assert "Some of them" in desk.get("/promotions/reach").content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": "x"}, "Purpose:"),
        ({"channels": []}, "Channels:"),
        ({"segment": "01890000-0000-7000-8000-000000000000"}, "no longer there"),
        ({"segment": "x"}, "no longer there"),
        ({"at": "soon"}, "Time:"),
        ({"at": "0001-01-01T00:00"}, "Time:"),
    ],
)
def test_bad_forms_say_what_to_mend(crowd, desk, changes, words):
    form = {"purpose": "offers", "channels": ["email"], "segment": "", "at": "", "text": "Kept"} | changes
    answer = desk.post("/promotions/reach", form)
    assert answer.status_code == 422 and words in answer.content.decode() and "Kept" in answer.content.decode()


def test_agents_do_not_see_it(crowd):
    row, _ = look("email")
    with write():
        agent = User.objects.create(email="eve@example.com", name="Eve", role=Role.AGENT)
        client = Client()
        client.force_login(agent)
    for place in ("/promotions/reach", f"/promotions/reach/{row.public_id}"):
        assert client.get(place).status_code == 404


def test_by_the_api(crowd, some, api):
    asked = {"purpose": "offers", "channels": ["email"], "segment": str(some.public_id)}
    answer = api.post("/api/v1/decisions/reach", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    actions.work()
    found = api.get(f"/api/v1/decisions/reach/{answer.json()['id']}").json()
    assert (found["people"], found["reached"], found["segment"]) == (3, 2, str(some.public_id))
    [email] = found["channels"]
    assert (email["send"], email["defer"], email["refuse"]) == (2, 0, 1)
    never = next(each for each in email["causes"] if each["reason"] == "never_agreed")
    assert never["examples"] == [str(Customer.objects.get(id=crowd[9]).public_id)]
    listed = api.get("/api/v1/decisions/reach?limit=1").json()
    assert [each["id"] for each in listed["items"]] == [found["id"]] and listed["next"] is None
    for wrong in ({"purpose": "x"}, {"channels": ["x"]}, {"segment": "x"}, {"channels": []}):
        refused = api.post("/api/v1/decisions/reach", asked | wrong, content_type="application/json")
        assert refused.status_code == 422, wrong
    assert api.get("/api/v1/decisions/reach/x").status_code == 404


def test_who_is_no_longer_there_is_no_example(crowd):
    row, reach = look("email")
    reach.ways[0].causes[0].examples = [crowd[9], 10**9]
    assert set(queries.people(reach)) == set(crowd) & {n for c in reach.ways[0].causes for n in c.examples}
    row.result = msgspec.to_builtins(reach)
    assert queries.summary(row)["channels"][0]["causes"][0]["examples"] == [
        str(Customer.objects.get(id=crowd[9]).public_id)
    ]
