"""Why a customer is one, as the desk shows it: one sentence on her page, among the links, and when one is undone."""

import pytest

from rondpoint.conversations.desk.inbox.tests.conftest import desk, staff  # noqa: F401
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Link
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = pytest.mark.django_db
MARCH = 1_772_535_600 * clock.SECOND  # 3 March 2026
AWA = "awa@example.com"


@pytest.fixture
def customer():
    """Whom a shop and the chat know by one address."""
    shop = Said("import:orders", "id:7", MARCH, {}, (IdentifierIn("email", AWA, Evidence.PROVIDER),))
    chat = Said("chat:1", "account:42", MARCH, {}, (IdentifierIn("email", AWA, Evidence.SIGNED),))
    with write():
        [profile] = actions.hear([shop]).values()
        actions.hear([chat])
    return queries.of_profile(profile.id)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", f"Joined by the e-mail address {AWA}: signed on 3 March 2026 (Chat), "
         "vouched for on 3 March 2026 (orders)"),
        ("fr", f"Réunies par l’adresse e-mail {AWA} : signé le 3 mars 2026 (Discussion), "
         "attesté le 3 mars 2026 (orders)"),
    ],
)  # fmt: skip
def test_every_page_that_shows_a_link_says_why_it_is_there(desk, staff, customer, language, sentence):  # noqa: F811
    user = staff()
    with write():
        user.language = language
        user.save()
    client, page = desk(user), f"/customers/{customer.public_id}"
    [link] = Link.objects.all()
    for address in (page, f"{page}/links", f"{page}/links/{link.public_id}"):
        assert sentence in client.get(address).content.decode(), address
    client.post(f"{page}/links/{link.public_id}")
    assert sentence in client.get(f"{page}/links").content.decode(), "what was undone is still explained"


def test_what_only_suggests_says_what_each_side_has(desk, staff, customer):  # noqa: F811
    other = Said("import:shop", "id:8", MARCH, {}, (IdentifierIn("email", AWA, Evidence.CLAIMED),))
    with write():
        actions.hear([other])
    client = desk(staff())
    for address in (f"/customers/{customer.public_id}", "/review"):
        page = client.get(address).content.decode()
        assert f"Les deux nomment l’adresse e-mail {AWA} : " in page, address
        assert "déclaré le 3 mars 2026 (shop)" in page, address
