"""What differs from before waits until somebody says that it is right; what changes after that is told again."""

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry, User
from rondpoint.accounts.types import Role
from rondpoint.events import actions, catalogue
from rondpoint.events.models import Event, EventType
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write

# Whoever follows facts sees those of transactions that have ended.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
NAME = "Order Completed"


def tell(*many) -> EventType:
    """Orders with these properties, taken into the catalogue."""
    with write():
        first = Event.objects.count()
        actions.record(
            [
                Fact(None, NAME, clock.now(), "track:1", f"m{number}", properties=said)
                for number, said in enumerate(many, first)
            ]
        )
    settle()
    catalogue.watch()
    return EventType.objects.get(name=NAME)


@pytest.fixture
def changed(brand, monkeypatch):
    """Sixty orders with a number for their total, then one with a text."""
    monkeypatch.setattr(catalogue, "LOOKED_AT", 200)
    return tell(*[{"total": 1}] * 60, {"total": "1,00"})


@pytest.fixture
def quiet(brand):
    """Orders that came each day for ten days, and none for a week."""
    row = tell({"total": 1})
    now = clock.now()
    row.gaps = {str(now // clock.DAY - day): clock.DAY for day in range(7, 17)}
    row.heard = now - 7 * clock.DAY
    with write():
        row.save()
    return row


def signed_in(role: Role) -> Client:
    with write():
        user = User.objects.create(email=f"{role.value}@example.com", name="Olivia", role=role, language="en")
        client = Client()
        client.force_login(user)
    return client


@pytest.fixture
def api(brand):
    return Client(headers={"Authorization": f"Bearer {accounts.create_api_key('warehouse')[1]}"})


def test_accepting_ends_the_warning_and_the_next_change_is_told(changed):
    assert catalogue.waiting() == 1
    catalogue.accept(changed, "olivia@example.com")
    assert catalogue.waiting() == 0
    entry = AuditEntry.objects.get(action="catalogue.accepted")
    assert (entry.actor, entry.detail) == ("olivia@example.com", {"type": NAME, "drift": ["kind total"]})
    assert tell({"total": "2,00"}).drift == [], "that is expected now"
    row = tell({"total": "2,00", "colour": "blue"})
    assert [(each["what"], each["name"]) for each in row.drift] == [("new", "colour")]
    assert catalogue.waiting() == 1


def test_what_came_after_somebody_looked_stays(changed):
    row = tell({"total": "1,00", "colour": "blue"})
    seen = next(each["at"] for each in row.drift if each["name"] == "total")
    catalogue.accept(row, "olivia@example.com", until=seen)
    row.refresh_from_db()
    assert [each["name"] for each in row.drift] == ["colour"]


def test_one_that_stopped_is_missed_once_and_found_again_when_it_comes(quiet):
    assert catalogue.listen() == 1 and catalogue.listen() == 0
    quiet.refresh_from_db()
    assert quiet.silent == quiet.heard and catalogue.waiting() == 1
    row = tell({"total": 2})
    assert row.silent is None and row.heard > quiet.heard and catalogue.waiting() == 0
    assert row.gaps[str(row.heard // clock.DAY)] >= 6 * clock.DAY


def test_that_it_came_regularly_is_learnt_anew_once_its_silence_was_accepted(quiet):
    catalogue.listen()
    catalogue.accept(quiet, "olivia@example.com")
    assert catalogue.listen() == 0 and catalogue.waiting() == 0
    assert "silent" in AuditEntry.objects.get(action="catalogue.accepted").detail


@pytest.fixture
def both(changed):
    """Orders whose total is of another kind; as somebody looks at them they have not yet been silent for long."""
    now = clock.now()
    changed.gaps = {str(now // clock.DAY - day): clock.DAY for day in range(7, 17)}
    changed.heard = now - 7 * clock.DAY
    with write():
        changed.save()
    return changed


def test_a_silence_that_nobody_saw_stays_on_the_desk(both):
    desk = signed_in(Role.SUPERVISOR)
    place = f"/catalogue/{both.id}"
    assert 'name="silent"' not in desk.get(place).content.decode()
    assert catalogue.listen() == 1
    desk.post(f"{place}/acceptance", {"until": both.drift[0]["at"]})
    both.refresh_from_db()
    assert both.drift == [] and both.silent == both.heard and both.gaps
    assert "silent" not in AuditEntry.objects.get(action="catalogue.accepted").detail
    assert f'name="silent" value="{both.silent}"' in desk.get(place).content.decode()
    desk.post(f"{place}/acceptance", {"until": "0", "silent": both.silent - 1})
    assert catalogue.waiting() == 1, "another silence than this"
    desk.post(f"{place}/acceptance", {"until": "0", "silent": both.silent})
    assert catalogue.waiting() == 0


def test_a_silence_that_nobody_saw_stays_by_the_api(both, api):
    [one] = api.get("/api/v1/catalogue").json()["items"]
    catalogue.listen()
    said = {"type": NAME, "until": one["differences"][0]["at"]}
    left = api.post("/api/v1/catalogue/acceptances", said, "application/json").json()
    assert left["differences"] == [] and left["silent_since"]
    said = {"type": NAME, "silent_since": left["silent_since"]}
    with write():
        EventType.objects.filter(id=both.id).update(drift=both.drift)
    left = api.post("/api/v1/catalogue/acceptances", said, "application/json").json()
    assert left["silent_since"] is None and len(left["differences"]) == 1


def test_one_that_comes_as_usual_is_left_alone(quiet):
    assert catalogue.listen(quiet.heard + 2 * clock.DAY) == 0
    assert catalogue.listen(quiet.heard + 2 * clock.DAY + clock.SECOND) == 1


def test_on_the_desk_a_supervisor_says_that_it_is_right(changed):
    desk = signed_in(Role.SUPERVISOR)
    page = desk.get("/catalogue").content.decode()
    assert "1 looks different or fell silent" in page and "looks different</span>" in page
    assert 'aria-label="1 to look at">1<' in desk.get("/silos").content.decode(), "beside the door, on any page there"
    assert "Order completed" in desk.get("/catalogue?show=different").content.decode()
    page = desk.get(f"/catalogue/{changed.id}").content.decode()
    assert "An order was paid" in page, "what it means, until the company says it"
    assert "That is right so" in page and f'name="until" value="{changed.drift[0]["at"]}"' in page
    place = f"/catalogue/{changed.id}/acceptance"
    assert signed_in(Role.AGENT).post(place).status_code == 404 and catalogue.waiting() == 1
    assert desk.get(place).status_code == 405
    assert desk.post(place, {"until": changed.drift[0]["at"]})["Location"] == f"/catalogue/{changed.id}"
    page = desk.get(f"/catalogue/{changed.id}").content.decode()
    assert "That is right so" not in page and "of another kind" not in page
    assert AuditEntry.objects.get(action="catalogue.accepted").actor == "supervisor@example.com"
    assert "Every event looks as it did before" in desk.get("/catalogue?show=different").content.decode()
    assert 'class="counter"' not in desk.get("/silos").content.decode()


def test_on_the_desk_silence_is_told_in_french_too(quiet):
    catalogue.listen()
    desk = signed_in(Role.SUPERVISOR)
    assert "It came regularly and has stopped" in desk.get(f"/catalogue/{quiet.id}").content.decode()
    with write():
        User.objects.update(language="fr")
    page = desk.get(f"/catalogue/{quiet.id}").content.decode()
    assert "Il arrivait régulièrement et n’arrive plus" in page and "C’est bien ainsi" in page
    assert "s’est tu" in desk.get("/catalogue").content.decode()


def test_by_the_api(changed, api):
    [one] = api.get("/api/v1/catalogue").json()["items"]
    assert (one["type"], one["count"], one["silent_since"], sum(one["day_counts"])) == (NAME, 61, None, 61)
    assert one["description"].startswith("An order was paid")
    [difference] = one["differences"]
    assert (difference["what"], difference["property"], difference["detail"]) == ("kind", "total", "number → text")
    assert api.get("/api/v1/catalogue?differing=true").json()["items"] == [one]
    whole = api.get("/api/v1/catalogue/Order%20Completed").json()
    assert [(each["path"], each["kinds"], each["share"]) for each in whole["properties"]] == [
        ("total", ["number", "text"], 1.0)
    ]
    assert whole["examples"][0]["data"] == {"total": "1,00"} and len(whole["examples"]) == 3
    early = api.post(
        "/api/v1/catalogue/acceptances", {"type": NAME, "until": "2020-01-01T00:00:00Z"}, "application/json"
    )
    assert (early.status_code, early.json()["differences"]) == (201, [difference])
    said = {"type": NAME, "until": difference["at"]}
    answer = api.post("/api/v1/catalogue/acceptances", said, "application/json")
    assert (answer.status_code, answer.json()["differences"]) == (201, [])
    assert AuditEntry.objects.filter(action="catalogue.accepted", actor="API key warehouse").count() == 1
    assert api.get("/api/v1/catalogue?differing=true").json() == {"items": [], "next": None}


def test_by_the_api_what_never_came_is_404_and_what_cannot_be_read_422(brand, api):
    for answer, status in (
        (api.get("/api/v1/catalogue/nothing/at all"), 404),
        (api.post("/api/v1/catalogue/acceptances", {"type": "nothing"}, "application/json"), 404),
        (api.post("/api/v1/catalogue/acceptances", {"type": "x", "until": "soon"}, "application/json"), 422),
        (api.post("/api/v1/catalogue/acceptances", {}, "application/json"), 422),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_by_the_api_they_come_in_pages(brand, api):
    with write():
        for number in range(3):
            EventType.objects.create(name=f"Type/{number}", first_at=1, last_at=3 - number)
    page = api.get("/api/v1/catalogue?limit=2").json()
    assert [each["type"] for each in page["items"]] == ["Type/0", "Type/1"]
    page = api.get(f"/api/v1/catalogue?limit=2&cursor={page['next']}").json()
    assert [each["type"] for each in page["items"]] == ["Type/2"] and page["next"] is None
    assert api.get("/api/v1/catalogue/Type/1").json()["type"] == "Type/1"
