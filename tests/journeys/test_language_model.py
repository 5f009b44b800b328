"""Summaries by a language model, against a server that speaks its protocol and misbehaves when told to."""

import msgspec
import pytest
from tests.peers.language_model import LanguageModel

from rondpoint.accounts.actions import create_user
from rondpoint.conversations.actions import state
from rondpoint.conversations.briefing import queries, writing
from rondpoint.conversations.models import Summary
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def model(settings):
    peer = LanguageModel("Commande 10412 pas arrivée", "Demande un appel")
    told = {"llm_url": peer.url, "llm_key": "the model's key", "llm_model": "small"}
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, **told)
    yield peer
    peer.stop()


@pytest.fixture
def turned(house):  # noqa: F811
    """A conversation of three messages on one road."""
    now = clock.now()
    house.text("+33199001234", "Ma commande 10412 n’est pas arrivée.", at=now - 3 * clock.MINUTE)
    house.text("+33199001234", "Où est-elle ?", at=now - 2 * clock.MINUTE)
    return house.text("+33199001234", "Pouvez-vous m’appeler ?", at=now - clock.MINUTE).conversation


def hand_over(conversation):
    samir = create_user("samir@example.com", "Samir", "roundabout-of-the-north-9")
    state.assign(conversation, samir, None, "Inès")
    return samir


def test_a_conversation_that_changes_hands_is_summed_up_once(model, turned):
    writer = writing.Writer()
    assert not writer.run()
    samir = hand_over(turned)
    assert writer.run()
    assert not writer.run()
    row = Summary.objects.get()
    assert (row.method, [point["text"] for point in row.points]) == ("model", model.lines)
    key, body = model.asked[0]
    assert (key, body["model"], len(model.asked)) == ("Bearer the model's key", "small", 1)
    assert "10412" in body["messages"][1]["content"]
    seen = queries.so_far(turned, samir.id)
    assert seen.modelled and seen.turn.kind == "hands"
    assert [point["text"] for point in seen.points] == model.lines


def test_what_is_said_after_the_summary_stands_below_it_in_quotes(model, turned, house):  # noqa: F811
    samir = hand_over(turned)
    writing.Writer().run()
    house.text("+33199001234", "Le colis est abîmé.", at=clock.now())
    assert [point["text"] for point in queries.so_far(turned, samir.id).points] == [*model.lines, "Le colis est abîmé."]


@pytest.mark.parametrize("mood", ["broken", "garbage", "huge"])
def test_quotes_stand_when_the_model_fails_and_it_is_not_asked_again(model, turned, mood):
    model.mood = mood
    samir = hand_over(turned)
    writer = writing.Writer()
    assert writer.run()
    assert not writing.Writer().run()
    assert Summary.objects.get().method == "extractive"
    seen = queries.so_far(turned, samir.id)
    assert not seen.modelled
    assert any("10412" in point["text"] for point in seen.points)


def test_a_model_that_hangs_is_left_alone(model, turned, monkeypatch):
    monkeypatch.setattr(writing, "SECONDS", 0.3)
    model.mood = "slow"
    hand_over(turned)
    assert writing.Writer().run()
    assert Summary.objects.get().method == "extractive"


def test_a_line_that_the_conversation_does_not_bear_out_is_left_out(model, turned):
    model.lines = ["Commande 10412 pas arrivée", "Veut 500 euros", "Voir https://evil.example.org"]
    hand_over(turned)
    writing.Writer().run()
    assert [point["text"] for point in Summary.objects.get().points] == ["Commande 10412 pas arrivée"]


def test_closed_conversations_are_nobodys_to_take_over(model, turned):
    hand_over(turned)
    state.close(turned, "Inès")
    assert not writing.Writer().run()
