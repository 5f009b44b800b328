"""The box, the warning and the promises through the desk's addresses."""

import uuid

import pytest

from rondpoint.accounts.models import Team
from rondpoint.accounts.types import Role
from rondpoint.conversations.models import Commitment, Conversation
from rondpoint.conversations.promises import actions
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def types():
    return set(Event.objects.filter(type__startswith="commitment.").values_list("type", flat=True))


def test_the_box_quotes_her_and_proposes_a_greeting(house, staff, conversation):
    house.text("+33199001234", "Le carton est abîmé <b>aussi</b>.")
    page = staff("Ines").get(f"/conversations/{conversation.public_id}/briefing").content.decode()
    assert "10412" in page
    assert f'href="#m-{conversation.messages.earliest("id").public_id}"' in page
    assert "data-insert=" in page
    assert "<b>aussi</b>" not in page


def test_asking_again_warns_with_the_source(staff, conversation):
    client, path = staff("Ines"), f"/conversations/{conversation.public_id}/known"
    warned = client.post(path, {"text": "Quel est votre numéro de commande ?"}).content.decode()
    assert 'data-insert="10412"' in warned
    assert client.post(path, {"text": "Votre colis est parti."}).content.decode().strip() == ""


def test_a_promise_is_noted_kept_and_gone_from_the_list(staff, conversation):
    client = staff("Ines")
    due = clock.now() + clock.HOUR
    client.post(f"/conversations/{conversation.public_id}/commitments", {"text": "Call back", "due": due})
    row = Commitment.objects.get()
    assert (row.user, row.due) == (client.user, due)
    assert "Call back" in client.get("/promises").content.decode()
    client.post(f"/promises/{row.public_id}/outcome", {"state": "kept"})
    assert "Call back" not in client.get("/promises").content.decode()
    assert types() == {"commitment.made", "commitment.kept"}


@pytest.mark.parametrize("said", [{"text": "", "due": "1"}, {"text": "x", "due": "1"}, {"text": "x", "due": "soon"}])
def test_a_bad_promise_is_refused_with_a_sentence(staff, conversation, said):
    answer = staff("Ines").post(f"/conversations/{conversation.public_id}/commitments", said)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_promise_of_another_conversations_message_is_refused(staff, conversation):
    said = {"text": "x", "due": clock.now() + clock.HOUR, "message": str(uuid.uuid4())}
    assert staff("Ines").post(f"/conversations/{conversation.public_id}/commitments", said).status_code == 422


def test_reminded_once_then_missed_then_moved(conversation):
    now = clock.now()
    row = actions.make(conversation, "Call back", now + clock.HOUR, None, now=now)
    assert actions.watch(now) == 0
    assert actions.watch(now + 50 * clock.MINUTE) == 1
    assert actions.watch(now + 51 * clock.MINUTE) == 0
    assert actions.watch(now + clock.HOUR) == 1
    row.refresh_from_db()
    assert row.state == "missed"
    assert Conversation.objects.get(id=conversation.id).unread
    assert actions.move(row, now + 2 * clock.DAY, "Ines", now=now + clock.HOUR)
    assert (row.state, row.reminded) == ("open", None)
    assert types() == {"commitment.made", "commitment.due", "commitment.missed", "commitment.moved"}


def test_strangers_and_readers_change_nothing(staff, conversation):
    row = actions.make(conversation, "Call back", clock.now() + clock.HOUR, None)
    reader = staff("Reader", Role.READ_ONLY)
    assert reader.post(f"/promises/{row.public_id}/outcome", {"state": "kept"}).status_code == 404
    assert "Call back" in reader.get("/promises?whose=all").content.decode()
    with write():
        conversation.team = Team.objects.create(name="Others")
        conversation.save()
    stranger = staff("Samir")
    assert stranger.post(f"/promises/{row.public_id}/outcome", {"state": "kept"}).status_code == 404
    assert stranger.get(f"/conversations/{conversation.public_id}/briefing").status_code == 404
    assert "Call back" not in stranger.get("/promises?whose=all").content.decode()
