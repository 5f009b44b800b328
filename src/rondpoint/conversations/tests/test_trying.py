"""Trying the gate, and tact: what the desk and the API say, and that nothing is written."""

import json

import pytest

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import Team
from rondpoint.accounts.types import Role
from rondpoint.consent import actions as consent
from rondpoint.consent.types import Entry
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries import why
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.customers.models import Profile
from rondpoint.customers.queries import of_profile
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending
from rondpoint.sending import house as rules
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.types import HouseRules, Request

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA = "+33199001234"
NOON, NIGHT = 1_796_122_800_000_000, 1_796_166_000_000_000  # 2026-12-01 12:00 and 2026-12-02 00:00 in Paris


@pytest.fixture
def awa(house):  # noqa: F811
    message = house.text(AWA)
    entry = Entry(message.profile_id, "granted", "yes", NOON - 9, "offers", "sms", "phone", AWA)
    consent.record([entry], NOON - 9)
    return message


@pytest.fixture
def desk(client, brand):
    user = accounts.create_user("olivia@example.com", "Olivia", "roundabout-of-the-north-9", Role.ADMINISTRATOR)
    with write():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def ask(client, awa):
    _, token = accounts.create_api_key("backend")

    def call(**told):
        body = {"customer": str(of_profile(awa.profile_id).public_id), "purpose": "offers", "channel": "sms",
                "at": clock.iso(NOON), **told}  # fmt: skip
        before = Decision.objects.count(), Dispatch.objects.count()
        answer = client.post(
            "/api/v1/decisions/preview", json.dumps(body), "application/json", HTTP_AUTHORIZATION=f"Bearer {token}"
        )
        assert (Decision.objects.count(), Dispatch.objects.count()) == before
        return answer.status_code, answer.json()

    return call


def test_the_api_says_each_step_and_the_law(ask):
    status, said = ask()
    assert (status, said["verdict"], said["address"]) == (200, "send", AWA)
    assert [step["step"] for step in said["steps"]][:7] == [
        "idempotency", "alive", "suppression", "consent", "relevant", "tact", "hold_out"
    ]  # fmt: skip
    assert all(step["question"].endswith("?") for step in said["steps"])
    assert said["law"]["country"] == "FR" and said["law"]["local_time"] == "2026-12-01T12:00:00+01:00"
    assert any("L34-5" in rule["source"] and not rule["forbids"] for rule in said["law"]["rules"])


def test_at_night_it_waits_for_the_morning_and_answers_do_not(ask):
    _, said = ask(at=clock.iso(NIGHT))
    assert (said["verdict"], said["step"], said["reason"]) == ("defer", "hours", "quiet_hours")
    assert said["due"] == clock.iso(NIGHT + 8 * clock.HOUR)
    _, answer = ask(at=clock.iso(NIGHT), purpose="service")
    assert (answer["verdict"], answer["law"]) == ("send", None)


@pytest.mark.parametrize(
    ("told", "step", "reason"),
    [
        ({"purpose": "newsletter"}, "consent", "never_agreed"),
        ({"channel": "print"}, "reachable", "no_connection"),
        ({"text": "x" * 10_000}, "limits", "too_long"),
    ],
)
def test_refusals_name_their_step(ask, told, step, reason):
    status, said = ask(**told)
    assert (status, said["verdict"], said["step"], said["reason"]) == (200, "refuse", step, reason)
    assert said["explanation"] and said["steps"][-1]["reason"] == reason


@pytest.mark.parametrize(
    ("told", "field"),
    [({"customer": "nobody"}, "customer"), ({"purpose": "x"}, "purpose"), ({"channel": "pigeon"}, "channel"),
     ({"at": "yesterday"}, "at")],
)  # fmt: skip
def test_what_cannot_be_tried_says_why(ask, told, field):
    status, problem = ask(**told)
    assert status == 422 and field in problem["errors"][0]["field"]


def test_the_screen_finds_the_person_and_shows_each_step(desk, awa):
    assert desk.get("/promotions/try").status_code == 200
    asked = {"q": "0199001234", "purpose": "offers", "channel": "sms", "at": "2026-12-02T00:00"}
    page = desk.get("/promotions/try", asked).content.decode()
    assert "heures calmes" in page and "L34-5" in page and "badge waits" in page
    assert not Decision.objects.exists() and not Dispatch.objects.exists()
    for wrong in ({"q": "nobody at all"}, {"customer": "x", "q": ""}, {"at": "soon"}):
        answer = desk.get("/promotions/try", {**asked, **wrong})
        assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()


def test_the_screen_shows_all_the_hours_that_it_may_be_where_she_is(desk, awa):
    with write():
        Profile.objects.filter(id=awa.profile_id).update(traits={"country": {"value": "États-Unis", "at": 1}})
    asked = {"q": "0199001234", "purpose": "offers", "channel": "sms", "at": "2026-12-02T20:00"}
    page = desk.get("/promotions/try", asked).content.decode()
    assert "où il est de 02/12/2026 09:00 à 02/12/2026 14:00" in page, "in Hawaii and in New York"


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({}, False),
        ({"priority": 2}, True),
        ({"priority": 2, "state": "snoozed"}, True),
        ({"priority": 2, "state": "closed"}, False),
        ({"priority": 1}, False),
        ({"team": "Complaints"}, True),
        ({"team": "Sales"}, False),
    ],
)
def test_an_open_complaint_silences_promotions_on_every_channel_and_no_answer(ask, awa, changes, silent):
    with write():
        teams = {name: Team.objects.create(name=name) for name in ("Complaints", "Sales")}
        changes = {**changes, **({"team": teams[changes["team"]]} if "team" in changes else {})}
        Conversation.objects.filter(id=awa.conversation_id).update(**changes)
    rules.decide(HouseRules(complaint_teams=(teams["Complaints"].id,)), "admin@example.com")
    _, said = ask()
    assert (said["reason"] == "open_complaint") is silent
    assert said["step"] == ("tact" if silent else "")
    assert ask(purpose="service")[1]["verdict"] == "send"


def test_why_she_did_not_get_it_after_all_is_the_last_word(awa, house):  # noqa: F811
    from rondpoint.channels.contract import Address, MessageOut

    to = Address("phone", AWA)
    message = MessageOut(id="1", to=to, text="Sale")
    wish = Request(awa.profile_id, "sms", awa.connection_id, to, "offers", message, "k", not_before=NOON + 5)
    [verdict] = sending.submit([wish], NOON)
    assert why.of_dispatch(verdict.dispatch_id).sentence == "Sent: she agreed to it, and nothing spoke against it."
    with write():
        Conversation.objects.filter(id=awa.conversation_id).update(priority=2)
    from rondpoint.sending import outbox

    assert outbox.take(awa.connection_id, "w", 5, NOON + 5)[1] == []
    found = why.of_dispatch(verdict.dispatch_id)
    assert found.sentence == "Not sent. A complaint of hers is open: until it is settled she gets no promotions."
    assert [step.result for step in found.steps][-1] == "refuse"
