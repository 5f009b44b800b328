"""Everything sent to a customer, and not sent, with why: on a page of her own."""

import re

import pytest

from rondpoint.accounts.types import Role
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.conversations.actions import state
from rondpoint.conversations.actions.reply import reply
from rondpoint.conversations.desk.inbox.tests.conftest import desk, house, staff, team  # noqa: F401
from rondpoint.conversations.queries import decided
from rondpoint.customers import queries as customers
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending
from rondpoint.sending.models import Decision
from rondpoint.sending.types import Request

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA = "awa@example.org"


@pytest.fixture
def talk(house):  # noqa: F811
    return house.mail(AWA, "Where is my lamp?").conversation


@pytest.fixture
def ines(desk, staff):  # noqa: F811
    return reading(desk, staff("Inès"))


def reading(desk, user):  # noqa: F811
    with write():
        user.language = "en"
        user.save()
    return desk(user)


def offer(talk, key="k", purpose="offers", channel="email"):
    to = Address("email", AWA)
    message = MessageOut(id=key, to=to, text="Lamps for less", purpose=purpose)
    connection = talk.messages.earliest("id").connection_id
    return sending.submit([Request(talk.profile_id, channel, connection, to, purpose, message, key)])[0]


def url(talk):
    return f"/customers/{customers.by_ids({talk.customer_id})[talk.customer_id].public_id}/decisions"


def rows(page):
    return re.findall(r"<summary>.*?</summary>", page.partition('class="decisions"')[2], re.S)


def test_all_of_it_is_there_newest_first_with_every_step(talk, ines):
    with write():
        reply(talk, "email", "It left this morning.")
    assert offer(talk).reason == "never_agreed"
    page = ines.get(url(talk)).content.decode()
    first, second = rows(page)
    assert "Not sent. She never agreed to this here." in first and "Offers" in first and AWA in first
    assert "Sent: it answers her" in second and "It left this morning." in second
    assert page.count('<ol class="steps">') == 2 and "Did she agree to it, or is it allowed without?" in page
    assert f"/conversations/{talk.public_id}#m-" in page
    assert url(talk) in ines.get(url(talk).removesuffix("/decisions")).content.decode(), "her page leads there"


def test_filters_narrow_it_and_can_be_let_go(talk, ines):
    with write():
        reply(talk, "email", "It left this morning.")
    offer(talk)
    offer(talk, "k2", "newsletter")
    offer(talk, "k3", "offers", "sms")
    for query, count in (
        ("verdict=refuse", 3), ("verdict=send", 1), ("verdict=defer", 0), ("purpose=offers", 2), ("channel=sms", 1),
        ("purpose=offers&channel=email", 1), ("verdict=nonsense", 4), ("before=x", 4),
    ):  # fmt: skip
        assert len(rows(ines.get(f"{url(talk)}?{query}").content.decode())) == count, query
    page = ines.get(f"{url(talk)}?purpose=offers&channel=email").content.decode()
    assert '<a class="pill" href="?channel=email" aria-current="true">Offers</a>' in page
    assert "Nothing of this kind." in ines.get(f"{url(talk)}?verdict=defer").content.decode()


def test_it_goes_on_page_by_page(talk, ines, monkeypatch):
    monkeypatch.setattr(decided, "PAGE", 2)
    for number in range(5):
        offer(talk, f"k{number}")
    query, seen = "?purpose=offers", []
    while query:
        page = ines.get(url(talk) + query).content.decode()
        seen.append(len(rows(page)))
        found = re.search(r'<p><a href="(\?[^"]+before=\d+)">Earlier ones', page)
        query = found[1].replace("&amp;", "&") if found else ""
    assert seen == [2, 2, 1]


def test_another_s_are_not_hers(talk, house, ines):  # noqa: F811
    other = house.mail("luc@example.org", "Hello").conversation
    offer(other)
    page = ines.get(url(talk)).content.decode()
    assert rows(page) == [] and "Nothing has been sent to her yet" in page
    assert ines.get("/customers/nobody/decisions").status_code == 404


@pytest.mark.parametrize(("role", "seen"), [(Role.AGENT, 0), (Role.READ_ONLY, 0), (Role.SUPERVISOR, 1)])
def test_what_was_answered_in_another_team_s_conversation_stays_there(desk, staff, team, talk, role, seen):  # noqa: F811
    with write():
        reply(talk, "email", "Your file is confidential.")
    state.assign_team(talk, team("Comptabilité"))
    page = reading(desk, staff("Samir", role)).get(url(talk)).content.decode()
    assert len(rows(page)) == seen and ("confidential" in page) is bool(seen)
    assert Decision.objects.count() == 1


def test_it_speaks_french(talk, desk, staff):  # noqa: F811
    offer(talk)
    page = desk(staff("Zoé")).get(url(talk)).content.decode()
    assert "ce qui a été envoyé ou non" in page and "Finalité" in page and "Retour à sa page" in page
