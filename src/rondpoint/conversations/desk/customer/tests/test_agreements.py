"""The customer's page: what she agreed to and why; a colleague writes down what she said; which rules apply."""

import re

import pytest

from rondpoint.accounts.types import Role
from rondpoint.consent import actions as consent
from rondpoint.consent import queries
from rondpoint.consent.models import ConsentEntry
from rondpoint.consent.types import Asked, Entry
from rondpoint.conversations.desk.inbox.tests.conftest import desk, staff  # noqa: F401
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db]
A, PHONE = "awa@example.com", "+33199000101"


@pytest.fixture
def awa(brand):
    said = [IdentifierIn("email", A, Evidence.SIGNED), IdentifierIn("phone", PHONE, Evidence.SIGNED)]
    number, _ = customers.create_or_find("Awa", said, {"country": "CA", "region": "QC"}, "api")
    return known.by_ids({number})[number]


@pytest.fixture
def ines(desk, staff):  # noqa: F811
    user = staff()
    with write():
        user.language = "en"
        user.save()
    return desk(user)


def holds(awa, channel="email", kind="email", address=A):
    return queries.standing([Asked("offers", channel, kind, address, customer_id=awa.id)], clock.now())[0]


def test_a_colleague_writes_down_a_yes_with_its_proof_and_a_no(awa, ines):
    url, cell = f"/customers/{awa.public_id}/consents", f"offers|email|email|{A}"
    page = ines.get(f"/customers/{awa.public_id}").content.decode()
    assert cell in page and "never agreed" in page and "needed for the contract" in page
    response = ines.post(url, {"cell": cell, "said": "yes", "proof": " "})
    assert "unproved" in response["Location"] and not ConsentEntry.objects.exists()
    assert "Nothing was written down" in ines.get(response["Location"]).content.decode()
    response = ines.post(url, {"cell": cell, "said": "yes", "proof": "On the phone, Tuesday, to our offers"})
    [row] = ConsentEntry.objects.all()
    assert row.proof["text"].startswith("On the phone") and row.by and holds(awa).allowed
    page = ines.get(response["Location"]).content.decode()
    assert "Written down" in page and "Agreed" in page
    ines.post(url, {"cell": cell, "said": "no"})
    assert holds(awa).reason == "withdrawn"
    assert "withdrew" in ines.get(f"/customers/{awa.public_id}").content.decode()


@pytest.mark.parametrize("cell", ["", "offers|email|email|eve@example.com", f"service|email|email|{A}", "nothing|"])
def test_what_is_not_on_her_page_cannot_be_written_down(awa, ines, cell):
    response = ines.post(f"/customers/{awa.public_id}/consents", {"cell": cell, "said": "no"})
    assert response.status_code == 404 and not ConsentEntry.objects.exists()


def test_who_may_only_read_writes_nothing_down(awa, desk, staff):  # noqa: F811
    client = desk(staff("Jo", Role.READ_ONLY))
    cell = f"offers|email|email|{A}"
    response = client.post(f"/customers/{awa.public_id}/consents", {"cell": cell, "said": "no"})
    assert response.status_code == 404
    assert not ConsentEntry.objects.exists()


def test_the_rules_of_where_she_is_stand_on_her_page(awa, ines):
    page = ines.get(f"/customers/{awa.public_id}").content.decode()
    assert "CASL (S.C. 2010, c. 23), sections 6 and 10" in page and "she has not agreed" in page
    assert "article 22 (Loi 25)" in page, "she lives in Québec"
    with write():
        order = Fact(awa.id, "Order Completed", clock.now() - 30 * clock.DAY, "shop", "1", properties={"total": 5})
        events.record([order])
    page = ines.get(f"/customers/{awa.public_id}").content.decode()
    assert re.search(r"allowed for 700 more days: implied by her purchase", page)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (30, ("agreed by what she did", "allowed until it ends: implied by what she did")),
        (None, ("she has not agreed",)),
    ],
)
def test_what_was_only_implied_stands_there_as_such(awa, ines, ends, said):
    now = clock.now()
    until = None if ends is None else now + ends * clock.DAY
    consent.record(
        [Entry(awa.id, "granted", "x", now - 1, "offers", "email", "email", A, basis="implied", expires=until)]
    )
    page = ines.get(f"/customers/{awa.public_id}").content.decode().lower()
    for words in said:
        assert words in page
