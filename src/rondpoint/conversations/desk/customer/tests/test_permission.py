"""What is said in a conversation of another team is nowhere on the customer's pages."""

import pytest

from rondpoint.accounts.types import Role
from rondpoint.conversations.actions import state
from rondpoint.conversations.desk.customer.pane import person
from rondpoint.conversations.desk.inbox.tests.conftest import desk, house, staff, team  # noqa: F401
from rondpoint.customers import queries as customers

pytestmark = [pytest.mark.django_db, pytest.mark.data]
SECRET = "Mon dossier bleu est confidentiel"


@pytest.fixture
def talk(house, team):  # noqa: F811
    """A conversation of the accountants with a person who has no other."""
    message = house.text("+33199000177", SECRET)
    state.assign_team(message.conversation, team("Comptabilité"))
    return message.conversation


@pytest.mark.parametrize(("role", "seen"), [(Role.AGENT, False), (Role.READ_ONLY, False), (Role.SUPERVISOR, True)])
def test_words_of_another_teams_conversation(desk, staff, talk, role, seen):  # noqa: F811
    user = staff("Samir", role)
    page = desk(user).get(f"/customers/{customers.by_ids({talk.customer_id})[talk.customer_id].public_id}")
    assert page.status_code == 200
    assert (SECRET in page.content.decode()) is seen


def test_what_is_hidden_makes_room_for_what_came_before(staff, house, team):  # noqa: F811
    for number in range(40):
        house.text("+33199000178", f"Ancien {number}")
    last = house.text("+33199000178", "Dernier visible").conversation
    state.close(last, "Inès")
    hidden = house.text("+33199000178", SECRET).conversation
    assert hidden.id != last.id
    state.assign_team(hidden, team("Comptabilité"))
    shown = [entry.title for entry in person(last.customer_id, staff("Samir"))["timeline"].entries]
    assert len(shown) == 25
    assert "Dernier visible" in shown
    assert SECRET not in shown
