"""Who may see what and used it: teams by the audit log, systems by their tables."""

import pytest

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry, Brand, Team, User
from rondpoint.accounts.types import Role
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Said
from rondpoint.hub.models import Destination, Endpoint
from rondpoint.hub.silos import actions, measuring
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AT = 1_770_000_000_000_000


@pytest.fixture
def care(house):  # noqa: F811
    """A team of two agents, of whom one is limited to a brand that the other has too."""
    with write():
        team = Team.objects.create(name="Care")
        for name in ("ines", "noe"):
            user = User.objects.create(email=f"{name}@example.com", name=name.title(), role=Role.AGENT, language="en")
            user.brands.add(Brand.objects.get())
            team.members.add(user)
    return team


@pytest.fixture
def awa(care):
    """Known to the shop and the till."""
    with write():
        found = customers.hear([Said("shop", "1", AT, {"name": "Awa"}, ()), Said("till", "1", AT, {"name": "Awa"}, ())])
        customers.merge(found["shop", "1"].id, found["till", "1"].id, "Ines", AT)
    return Customer.objects.get(merged_into=None)


def seers(tmp_path):
    found = measuring.measure(str(tmp_path / "lake"))
    return {(each["kind"], each["name"]): each for each in found["seers"]}


def test_a_team_with_what_it_opened_changed_and_took(care, awa, house, tmp_path):  # noqa: F811
    talk = house.text("+33199000041").conversation
    for actor, action, target in (
        ("ines@example.com", "customer.seen", f"customer:{awa.public_id}"),
        ("noe@example.com", "customer.seen", f"customer:{awa.public_id}"),
        ("noe@example.com", "conversation.seen", f"conversation:{talk.public_id}"),
        ("ines@example.com", "segment.seen", "segment:a"),
        ("ines@example.com", "segment.seen", "segment:b"),
        ("ines@example.com", "segment.changed", "a"),
        ("ines@example.com", "export.fetched", "export:1"),
        ("ines@example.com", "export.fetched", "export:1"),
        ("noe@example.com", "rights.access.fetched", "request:1"),
        ("noe@example.com", "rights.access.fetched", "request:2"),
        ("stranger@example.com", "customer.seen", "customer:nothing"),
    ):
        accounts.audit(actor, action, target)
    found = seers(tmp_path)["team", "Care"]
    assert found["used"] == {
        "seen": 1, "customers": 2, "segments": 2, "segments_edited": 1, "exports": 1, "access": 2,
    }, "what two of them opened counts once; a conversation shows a customer"
    assert found["sources"] == {"phone": 1, "shop": 1, "till": 1}
    assert found["last"] > AT and found["people"] == 2
    assert seers(tmp_path)["role", "agent"]["used"] == found["used"]


def test_what_was_used_more_than_a_month_ago_is_not_told(care, awa, tmp_path):
    accounts.audit("ines@example.com", "customer.seen", f"customer:{awa.public_id}")
    with write():
        AuditEntry.objects.update(at=clock.now() - 31 * clock.DAY)
    found = seers(tmp_path)["team", "Care"]
    assert (found["used"], found["sources"], found["last"]) == ({}, {}, None)


def test_what_a_team_may_see(care, house, tmp_path):  # noqa: F811
    with write():
        other = Team.objects.create(name="Advice")
        elsewhere = Brand.objects.create(slug="elsewhere", name="Elsewhere")
    for number, (team, brand) in enumerate(((None, None), (care, None), (other, None), (None, elsewhere))):
        talk = house.text(f"+3319900005{number}").conversation
        with write():
            Conversation.objects.filter(id=talk.id).update(team=team, brand=brand)
    found = seers(tmp_path)
    team = found["team", "Care"]
    assert (team["may"], team["reach"], team["conversations"]) == (["link", "read", "reply"], "hers", 2)
    assert team["brands"] == [Brand.objects.first().name]
    empty = found["team", "Advice"]
    assert (empty["may"], empty["reach"], empty["conversations"], empty["people"]) == ([], "none", 0, 0)
    with write():
        olivia = User.objects.create(email="olivia@example.com", name="Olivia", role=Role.SUPERVISOR)
        other.members.add(olivia)
    led = seers(tmp_path)["team", "Advice"]
    assert (led["reach"], led["conversations"]) == ("all", 4) and "operate" in led["may"]


def test_systems_that_read(care, tmp_path):
    with write():
        Endpoint.objects.create(name="Stock", url="https://example.com/", types=["Order Completed"], secret="")
        vip = Segment.objects.create(name="VIP", definition={})
        Destination.objects.create(
            name="Warehouse", what="customers", segment=vip, address="", table="crm.people", minutes=60, ran=AT,
            rows=120, error="it answers nothing",
        )  # fmt: skip
        Destination.objects.create(
            name="Old", what="events", types=["Page Viewed"], address="", table="facts", minutes=60, active=False
        )
    key, text = accounts.create_api_key("Till")
    gone, _ = accounts.create_api_key("Gone")
    accounts.revoke_api_key(gone)
    found = seers(tmp_path)
    assert found["system", "Stock"]["what"] == ["Order Completed"]
    table = found["destination", "Warehouse"]
    assert (table["what"], table["segment"], table["table"]) == (["customers"], "VIP", "crm.people")
    assert (table["used"], table["last"], table["problem"]) == ({"rows": 120}, AT, "it answers nothing")
    assert found["destination", "Old"]["active"] is False and found["destination", "Old"]["last"] is None
    assert (found["key", "Till"]["may"], found["key", "Till"]["last"]) == (["everything"], None)
    assert ("key", "Gone") not in found
    accounts.note_use(key)
    accounts.audit("API key Till", "customer.merge", "x")
    used = seers(tmp_path)["key", "Till"]
    assert used["used"] == {"changes": 1} and used["last"] > AT


@pytest.mark.usefixtures("children_here")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("segments and raw deliveries", "conversations of no team and of this one: 0", "customers opened 1",
                "customers opened, by source that knows them: Shop 1, Till 1", "in the table crm.people", "rows 120",
                "everything that the API offers", "took the file of an access request away",
                "whoever holds the link to it", "table kept up to date")),
        ("fr", ("conversations sans équipe et de celle-ci : 0", "clients ouverts 1", "dans la table crm.people",
                "tout ce que l’API offre", "a emporté le fichier d’une demande d’accès", "qui a le lien")),
    ],
)  # fmt: skip
def test_on_the_screen(care, awa, desk, language, words):
    with write():
        Destination.objects.create(
            name="Warehouse", what="customers", address="", table="crm.people", minutes=60, ran=AT, rows=120
        )
        User.objects.filter(email="ada@example.com").update(language=language)
    accounts.create_api_key("Till")
    accounts.audit("ines@example.com", "customer.seen", f"customer:{awa.public_id}")
    accounts.audit("link", "rights.access.fetched", "request:1")
    actions.ask()
    actions.work()
    page = desk.get("/silos").content.decode()
    for each in words:
        assert each in page, each
