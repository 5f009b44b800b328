"""The screens of computed traits, as people use them."""

import pytest
from django.test import Client

from rondpoint.accounts.models import User
from rondpoint.accounts.types import Role
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as golden
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments import actions as segments
from rondpoint.segments import working
from rondpoint.segments.computed import actions
from rondpoint.segments.computed.tests.test_engines import CHANNELS
from rondpoint.segments.models import ComputedTrait

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = {"version": 1, "kind": "count", "event": "Order Completed", "within_days": 90}
TYPED = {"name": "orders", "label": "Orders", "kind": "count", "event": "Order Completed", "within_days": "90"}


@pytest.fixture
def desk():
    def sign_in(role=Role.SUPERVISOR, language="en"):
        client = Client()
        with write():
            email = f"{role}-{language}@example.com"
            user = User.objects.create(email=email, name="Inès", role=role, language=language)
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def awa():
    address = IdentifierIn("email", "awa@example.com", Evidence.SIGNED)
    number, _ = customers.create_or_find("Awa Diallo", [address], {"country": "FR"}, "api")
    tell(number, "Order Completed", total=50, currency="EUR")
    tell(number, "Order Completed", total=30, currency="EUR")
    settle()
    return number


def tell(number, type_, channel="web", ago=0, **properties):
    with write():
        key = f"{type_}{number}{ago}{properties}{channel}"
        now = clock.now() - ago
        events.record([Fact(number, type_, now, "shop", key, channel, properties=properties)])


def settle():
    while working.work("a worker"):
        pass


def page(client, address, **posted):
    answer = client.post(address, posted) if posted else client.get(address)
    return answer.content.decode()


def test_a_trait_is_built_shown_explained_and_archived(desk, awa):
    settle()
    client = desk()
    assert "No computed traits yet" in page(client, "/traits/computed")
    assert 'name="event"' in page(client, "/traits/computed/new")
    tried = page(client, "/traits/computed/preview", **TYPED)
    assert "How many times there was “Order completed” in the last 90 days." in tried
    assert "<b>1</b>" in tried and "of 1 customers have a value" in tried and "Awa Diallo" in tried
    answer = client.post("/traits/computed/new", TYPED)
    made = answer["Location"]
    building = page(client, made)
    assert "being found…" in building and 'hx-trigger="every 1s"' in building
    settle()
    shown = page(client, made)
    assert "Awa Diallo" in shown and "every 1s" not in shown and "These were not yet." in shown
    segments.prove()
    assert "no difference" in page(client, made)
    assert "Orders" in page(client, "/traits/computed")
    public_id = Customer.objects.get().public_id
    own = page(client, f"/customers/{public_id}")
    assert "Orders" in own and "How many times there was “Order completed”" in own and f"{made}/customers/" in own
    assert "How many times" in page(client, f"{made}/customers/{public_id}")
    assert client.get(f"{made}/customers/{ComputedTrait.objects.get().public_id}").status_code == 404
    change = page(client, f"{made}/definition")
    assert 'value="90"' in change and 'value="Order Completed"' in change
    client.post(f"{made}/definition", {**TYPED, "label": "<b>Spent</b>", "kind": "sum", "property": "total"})
    settle()
    shown = page(client, made)
    assert "&lt;b&gt;Spent&lt;/b&gt;" in shown and "The sum of total over all" in shown and ">80<" in shown
    assert "How many times there was" in shown, "the version of before"
    client.post(f"{made}/removal")
    assert client.get(made).status_code == 404
    assert ComputedTrait.objects.get().archived and "orders" not in golden.golden(awa).traits


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Orders!"}, "small letters"),
        ({"name": "country"}, "no source and no other"),
        ({"label": " "}, "1 to 120"),
        ({"event": ""}, "Choose the event"),
        ({"within_days": "soon"}, "a number above 0"),
        ({"older_than_days": "100"}, "fewer than those"),
        ({"kind": "sum"}, "Name a property"),
        ({"kind": "everything"}, "Choose what is worked out"),
        ({"where_property": "total", "where_op": "gte", "where_value": "much"}, "comparison is incomplete"),
        ({"definition": "{"}, "not JSON"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(desk, awa, changed, said):
    told = {**TYPED, **changed}
    answer = desk().post("/traits/computed/new", told)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text and not ComputedTrait.objects.exists()
    for name in ("label", "name"):
        assert f'value="{told[name].strip()}"' in text
    if "definition" not in changed:
        assert f'value="{told["event"]}"' in text and f'value="{told["within_days"]}"' in text


KINDS = [
    {"kind": "sum", "event": "Order Completed", "property": "total"},
    {"kind": "average", "event": "Order Completed", "property": "total", "older_than_days": 0.5},
    {"kind": "most_frequent", "event": "Order Completed", "property": "currency"},
    {"kind": "first_at", "event": "Order Completed"},
    {"kind": "days_since", "event": "Order Completed", "where": [{"property": "total", "gte": 40}]},
    {"kind": "rfm", "event": "Order Completed", "property": "total"},
    {"kind": "engagement", "half_life_days": 10},
    {"kind": "best_channel"},
    {"kind": "best_hour", "minimum": 1, "within_days": 30, "timezone": "Europe/Paris"},
    {"kind": "lifetime_value", "event": "Order Completed", "property": "total"},
]


@pytest.mark.parametrize("definition", KINDS, ids=[each["kind"] for each in KINDS])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_kind_has_its_pages_in_both_languages(desk, awa, definition, language):
    tell(awa, "Order Completed", ago=clock.DAY, total=20, currency="EUR")
    for channel in CHANNELS[1:]:
        tell(awa, "message.queued", channel)
        tell(awa, "message.received", channel)
    row = actions.define("told", "Told", {"version": 1, **definition}, "Inès")
    settle()
    client, public_id = desk(language=language), Customer.objects.get().public_id
    for address in ("", "/definition", f"/customers/{public_id}"):
        text = page(client, f"/traits/computed/{row.public_id}{address}")
        assert "Told" in text
    assert "Told" in page(client, f"/customers/{public_id}") or definition["kind"] == "lifetime_value"
    assert "<b>" in page(client, "/traits/computed/preview", **_fields(definition))


def _fields(definition):
    wheres = definition.get("where", [])
    named = {name: str(value) for name, value in definition.items() if name != "where"}
    if wheres:
        named |= {"where_property": wheres[0]["property"], "where_op": "gte", "where_value": str(wheres[0]["gte"])}
    return named


def test_what_fields_cannot_show_stays_text(desk, awa):
    told = {**COUNT, "where": [{"property": "currency", "in": ["EUR", "CHF"]}]}
    row = actions.define("orders", "Orders", told, "Inès")
    client = desk()
    text = page(client, f"/traits/computed/{row.public_id}/definition")
    assert 'name="definition"' in text and 'name="event"' not in text and "CHF" in text
    client.post(f"/traits/computed/{row.public_id}/definition", {"label": "Orders", "definition": '{"version": 1}'})
    row.refresh_from_db()
    assert row.definition == told


def test_one_that_a_segment_looks_at_stays_and_says_why(desk):
    row = actions.define("orders", "Orders", COUNT, "Inès")
    segments.define("Buyers", {"version": 1, "trait": "orders", "gte": 2}, "Inès")
    answer = desk().post(f"/traits/computed/{row.public_id}/removal")
    assert answer.status_code == 409 and "A segment looks at this trait" in answer.content.decode()


def test_nobody_writes_a_computed_value_by_hand(desk, awa):
    actions.define("orders", "Orders", COUNT, "Inès")
    settle()
    client, public_id = desk(), Customer.objects.get().public_id
    assert 'value="orders"' not in page(client, f"/customers/{public_id}/edit")
    posted = {"name": "Awa", "language": "", "email": "", "phone": "", "new": "orders", "new_value": "99"}
    answer = client.post(f"/customers/{public_id}/edit", posted)
    assert answer.status_code == 422 and "is worked out of facts" in answer.content.decode()
    with pytest.raises(ValueError, match="worked out of facts"):
        customers.edit(awa, {"orders": "99"}, "Inès")
    assert golden.golden(awa).traits["orders"].value == 2


def test_agents_see_computed_traits_and_change_none(desk):
    row = actions.define("orders", "Orders", COUNT, "Inès")
    client = desk(Role.AGENT)
    assert "Orders" in page(client, f"/traits/computed/{row.public_id}")
    assert "Archive" not in page(client, f"/traits/computed/{row.public_id}")
    assert client.get("/traits/computed/new").status_code == 404
    assert client.post(f"/traits/computed/{row.public_id}/removal").status_code == 404
