"""The screens of segments, as people use them."""

import json

import pytest
from django.test import Client

from rondpoint.accounts.models import User
from rondpoint.accounts.types import Role
from rondpoint.customers import actions as customers
from rondpoint.events.models import EventType
from rondpoint.jobs import children
from rondpoint.lib.db import write
from rondpoint.segments import actions, working
from rondpoint.segments.models import Member, Segment

pytestmark = pytest.mark.django_db(transaction=True)
FRENCH = {"version": 1, "all": [{"trait": "country", "is": "FR"}]}


@pytest.fixture
def desk():
    def sign_in(role=Role.SUPERVISOR):
        client = Client()
        with write():
            user = User.objects.create(email=f"{role}@example.com", name="Inès", role=role, language="en")
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def settle():
    while working.work("a worker"):
        pass


def test_a_segment_is_built_shown_and_archived(desk):
    customers.create_or_find("Awa Diallo", [], {"country": "FR"}, "api")
    settle()
    client = desk()
    assert "No segments yet" in client.get("/segments").content.decode()
    tried = client.post("/segments/preview", {"definition": json.dumps(FRENCH)}).content.decode()
    assert "Customers whose country is “FR”." in tried and "<b>1</b>" in tried and "Awa Diallo" in tried
    answer = client.post("/segments/new", {"name": "French", "definition": json.dumps(FRENCH)})
    page = client.get(answer["Location"]).content.decode()
    assert "being found…" in page and 'hx-trigger="every 1s"' in page
    settle()
    page = client.get(answer["Location"]).content.decode()
    assert "Awa Diallo" in page and "every 1s" not in page and "This one was not yet." in page
    actions.prove()
    page = client.get(answer["Location"]).content.decode()
    assert "no difference" in page and "looked at again" not in page
    with write():
        Member.objects.all().delete()
    actions.prove()
    page = client.get(answer["Location"]).content.decode()
    assert "differs" in page and "1 missing here" in page and "These customers are looked at again at once." in page
    settle()
    assert "French" in client.get("/segments").content.decode()
    changed = {"name": "<b>Swiss</b>", "definition": json.dumps({"version": 1, "trait": "country", "is": "<i>"})}
    client.post(f"{answer['Location']}/definition", changed)
    page = client.get(answer["Location"]).content.decode()
    assert "&lt;b&gt;Swiss&lt;/b&gt;" in page and "“&lt;i&gt;”" in page and "Customers whose country is “FR”." in page
    client.post(f"{answer['Location']}/removal")
    assert client.get(answer["Location"]).status_code == 404
    assert Segment.objects.get().archived


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"name": "", "definition": json.dumps(FRENCH)}, "1 to 120"),
        ({"name": "X", "definition": "{"}, "not JSON"),
        ({"name": "X", "definition": json.dumps({"version": 1, "all": []})}, "at least one condition"),
        ({"name": "X", "definition": json.dumps({"version": 1, "trait": "x"})}, "a comparison is missing"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(desk, told, said):
    answer = desk().post("/segments/new", told)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert not Segment.objects.exists()
    assert f'value="{told["name"]}"' in page
    if said != "1 to 120":
        tried = desk_preview(answer.client, told["definition"])
        assert said in tried


def test_what_it_means_is_said_though_the_count_comes_too_late(desk, monkeypatch):
    def late(_definition):
        raise children.Broken("it took longer than it may")

    monkeypatch.setattr(actions, "preview", late)
    said = desk_preview(desk(), json.dumps(FRENCH))
    assert "Customers whose country is “FR”." in said and "The count did not come in time." in said


def desk_preview(client, definition):
    return client.post("/segments/preview", {"definition": definition}).content.decode()


def test_events_are_offered_under_their_names_once_each(desk):
    for type_ in ("order.completed", "segment.entered", "<b>"):
        shape = {"count": 1, "properties": {"total": {}, "context.page": {}}}
        with write():
            EventType.objects.create(name=type_, first_at=1, last_at=1, shape=shape)
    page = desk().get("/segments/new").content.decode()
    offered = page[page.index('id="known-events"') : page.index('id="known-properties"')]
    assert 'value="Order completed" data-type="order.completed"' in offered
    assert 'value="Order completed (Order Completed)" data-type="Order Completed"' in offered
    assert 'value="Message opened" data-type="message.opened"' in offered  # none came yet
    assert 'value="&lt;b&gt;" data-type="&lt;b&gt;"' in offered
    assert "segment.entered" not in offered
    assert '"order.completed": ["total", "context.page"]' in page


def test_purposes_are_offered_and_said_by_name(desk):
    client = desk()
    page = client.get("/segments/new").content.decode()
    assert '<option value="offers">Offers</option>' in page and '<option value="sms">by SMS</option>' in page
    assert "and only that: the law of their country" in page, "the row speaks of the agreement, not of the gate"
    told = {"version": 1, "consent": {"purpose": "offers", "channel": "sms"}}
    assert "who agreed to “Offers” by SMS" in desk_preview(client, json.dumps(told))


def test_what_a_row_lacks_is_said_with_its_number(desk):
    told = {"version": 1, "not": {"any": [{"reachable": "sms"}, {"event": "A", "count": {"gte": ""}}]}}
    said = desk_preview(desk(), json.dumps(told))
    assert "Row 2: expected a number (not.any[1].count.gte)" in said


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"trait": "renewal", "before": "31/01/2026"}, "il faut un jour, comme 2026-01-31"),
        ({"trait": "tier", "is": "x" * 201}, "200 lettres au plus"),
        ({"trait": "tier", "in": ["x"] * 501}, "500 valeurs au plus"),
        ({"event": "A", "within_days": 36_501}, "il faut plus de 0 et au plus 36500"),
        ({"event": "A", "where": [{"property": "a[].b[].c", "is": "x"}]}, "un chemin passe par une liste au plus"),
        ({"event": "A", "sum": {"property": "a[].b", "gte": 1}}, "on additionne un nombre par événement"),
        ({"trait": "tier", "exists": True, "is": "x"}, "reste seul"),
    ],
)  # fmt: skip
def test_what_a_row_lacks_is_said_in_french(desk, row, reason):
    client = desk()
    with write():
        User.objects.update(language="fr")
    said = desk_preview(client, json.dumps({"version": 1, "all": [row]}))
    assert f"Ligne 1 : {reason}" in said


def test_one_that_another_looks_at_stays_and_says_why(desk):
    inner = actions.define("French", FRENCH, "Inès")
    actions.define("Others", {"version": 1, "not": {"segment": str(inner.public_id)}}, "Inès")
    answer = desk().post(f"/segments/{inner.public_id}/removal")
    assert answer.status_code == 409 and "Another segment looks at this one" in answer.content.decode()


def test_agents_see_segments_and_change_none(desk):
    row = actions.define("French", FRENCH, "Inès")
    client = desk(Role.AGENT)
    page = client.get(f"/segments/{row.public_id}").content.decode()
    assert "French" in page and "Archive" not in page
    assert client.get("/segments/new").status_code == 404
    assert client.post(f"/segments/{row.public_id}/removal").status_code == 404
