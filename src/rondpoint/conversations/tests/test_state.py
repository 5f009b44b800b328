"""What staff do to conversations: each change, its fact, and taking it back."""

import pytest

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import Team
from rondpoint.accounts.types import Role
from rondpoint.conversations.actions import change, state
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.rules import changes
from rondpoint.events.models import Event
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write

pytestmark = [pytest.mark.data, pytest.mark.django_db]
NOW = 1_750_000_000_000_000


@pytest.fixture
def ines(brand):
    return accounts.create_user("ines@example.com", "Inès", "roundabout-of-the-north-9", Role.AGENT)


@pytest.fixture
def talk(house):
    return house.text("+33199000001", "Bonjour", at=NOW).conversation


def told(conversation, type_):
    return Event.objects.filter(type=type_, properties__conversation_id=conversation.id).count()


def test_put_aside_until_its_time_it_comes_back_unread(talk):
    state.mark_read(talk)
    state.snooze(talk, NOW + clock.HOUR, "Inès", NOW)
    assert (talk.state, talk.snoozed_until) == ("snoozed", NOW + clock.HOUR)
    assert state.wake_due(NOW + clock.HOUR - 1) == 0
    assert state.wake_due(NOW + clock.HOUR) == 1
    talk.refresh_from_db()
    assert (talk.state, talk.snoozed_until, talk.unread) == ("open", None, True)
    assert told(talk, "conversation.snoozed") == told(talk, "conversation.woken") == 1
    assert state.wake_due(NOW + clock.HOUR) == 0


def test_her_next_message_brings_it_back_before(talk, house):
    state.snooze(talk, NOW + clock.HOUR, "Inès", NOW)
    house.text("+33199000001", "Encore moi", at=NOW + 1)
    talk.refresh_from_db()
    assert (talk.state, talk.snoozed_until) == ("open", None)


def test_a_time_gone_by_is_refused(talk):
    with pytest.raises(ValueError, match="until"):
        state.snooze(talk, NOW, "Inès", NOW)


def test_doing_it_twice_is_one_fact(talk):
    state.close(talk, "Inès", NOW)
    state.close(talk, "Inès", NOW + 1)
    state.set_priority(talk, 2, "Inès", NOW)
    state.set_priority(talk, 2, "Inès", NOW + 1)
    assert told(talk, "conversation.closed") == told(talk, "conversation.prioritised") == 1
    assert talk.closed == NOW


def test_given_to_a_team_it_is_nobodys_yet(talk, ines):
    with write():
        team = Team.objects.create(name="Livraison")
    state.assign(talk, ines, by="Samir", now=NOW)
    state.assign_team(talk, team, "Samir", NOW + 1)
    assert (talk.assignee, talk.team) == (None, team)


def test_undo_gives_every_value_back(talk, ines):
    before = Conversation.objects.values().get(id=talk.id)
    done = change.apply([talk.id], changes.closing(NOW), "Inès", NOW)
    assert change.undo(change.ticket(done, ines.id, NOW), ines.id, "Inès", NOW + 1) == (1, 0)
    assert Conversation.objects.values().get(id=talk.id) == before
    assert told(talk, "conversation.restored") == 1


def test_undo_leaves_alone_what_changed_since(talk, house, ines):
    done = change.apply([talk.id], changes.snoozing(NOW + clock.DAY), "Inès", NOW)
    house.text("+33199000001", "Encore moi", at=NOW + 1)
    assert change.undo(change.ticket(done, ines.id, NOW), ines.id, "Inès", NOW + 2) == (0, 1)
    talk.refresh_from_db()
    assert (talk.state, talk.unread) == ("open", True)


def test_undo_survives_reading(talk, ines):
    done = change.apply([talk.id], changes.snoozing(NOW + clock.DAY), "Inès", NOW)
    state.mark_unread(talk)
    assert change.undo(change.ticket(done, ines.id, NOW), ines.id, "Inès", NOW + 1) == (1, 0)


@pytest.mark.parametrize(("user", "later"), [(1, 0), (0, change.UNDO_WITHIN + 1)])
def test_an_undo_is_its_owners_and_for_a_while(talk, ines, user, later):
    token = change.ticket(change.apply([talk.id], changes.closing(NOW), "", NOW), ines.id, NOW)
    with pytest.raises(signing.BadToken):
        change.undo(token, ines.id + user, "", NOW + later)


def test_an_unread_mark_is_no_fact(talk):
    facts = Event.objects.count()
    state.mark_read(talk)
    state.mark_unread(talk)
    assert talk.unread
    assert Event.objects.count() == facts


def test_a_priority_there_is_not(talk):
    with pytest.raises(ValueError, match="priority"):
        state.set_priority(talk, 9, "Inès")
