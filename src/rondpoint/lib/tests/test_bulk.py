"""Rows made, stored and read in bulk are what Django's own would be."""

import uuid

import pytest
from django.db import IntegrityError

from rondpoint.customers.models import Customer, Identifier, NearWord, Profile
from rondpoint.customers.types import Evidence
from rondpoint.events.models import Event
from rondpoint.lib import bulk
from rondpoint.lib.db import write
from rondpoint.lib.spans import near, portions, within

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_has_the_defaults_of_its_model():
    made, usual = bulk.row(Profile, source="s", key="k", created=5), Profile(source="s", key="k", created=5)
    assert columns(made) == columns(usual)
    assert made._state.adding and made._state.db is None
    assert bulk.row(Profile).traits is not bulk.row(Profile).traits, "two rows share nothing"
    assert isinstance(bulk.row(Customer).public_id, uuid.UUID)
    assert bulk.row(Customer).public_id != bulk.row(Customer).public_id


def test_what_is_stored_is_read_as_django_reads_it():
    with write():
        number = bulk.next_ids(Profile, 1)[0]
        bulk.insert([bulk.row(Customer, id=number, name="Élodie", created=1, last_seen=2)])
        traits = {"name": {"value": "Élodie", "at": 3}, "list": {"value": [1, None, "x"], "at": 4}}
        bulk.insert([bulk.row(Profile, id=number, source="s", key="k", customer_id=number, traits=traits)])
        held = bulk.row(Identifier, profile_id=number, kind="email", value="e@example.com", evidence=Evidence.SIGNED)
        bulk.insert([held])
        fact = {"profile_id": number, "type": "seen", "source": "s", "message_id": "1", "occurred": 1, "received": 2}
        bulk.insert_new([bulk.row(Event, **fact, properties={"a": [True]}), bulk.row(Event, **fact)])
    for model in (Customer, Profile, Identifier, Event):
        usual = model.objects.get()
        (read,) = bulk.fetch(model, id=[usual.pk])
        assert columns(read) == columns(usual) and read == usual
        assert not read._state.adding and read._state.db == usual._state.db
    assert held.pk == Identifier.objects.get().pk
    assert Identifier.objects.get().evidence == Evidence.SIGNED
    assert Profile.objects.get().customer.name == "Élodie"


def test_more_values_are_asked_for_than_a_statement_takes():
    with write():
        numbers = bulk.next_ids(Profile, 3)
        bulk.insert([bulk.row(Profile, id=number, source="s", key=str(number)) for number in numbers])
    keys = [str(each) for each in range(80_000)] + [str(each) for each in reversed(numbers)]
    assert [row.id for row in bulk.fetch(Profile, source={"s"}, key=keys)] == numbers, "each once, by their ids"
    assert sorted(bulk.columns(Profile, "id", key=keys)) == [(number,) for number in numbers]


def test_numbers_that_stand_close_together_are_read_as_one_span():
    with write():
        numbers = bulk.next_ids(Profile, 40)
        bulk.insert([bulk.row(Profile, id=number, source="s", key=str(number)) for number in numbers])
    close, apart = numbers[::3], [numbers[0], numbers[-1]]
    assert near(close) == range(close[0], close[-1] + 1) and near(apart) == apart and near([]) == []
    for asked in (close, apart, numbers[5:6], []):
        usual = set(Profile.objects.filter(id__in=asked).values_list("id", flat=True))
        assert usual <= {number for (number,) in bulk.columns(Profile, "id", id=near(asked))} <= set(numbers)
        assert usual <= set(Profile.objects.filter(within("id", asked)).values_list("id", flat=True)) <= set(numbers)
    assert [row.id for row in bulk.fetch(Profile, id=near(close), key=[str(close[1])])] == [close[1]]
    assert list(portions(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]] and list(portions([], 3)) == []


def test_numbers_are_given_once():
    with write():
        assert bulk.next_ids(Profile, 0) == []
        first = bulk.next_ids(Profile, 3)
        bulk.insert([bulk.row(Profile, id=number, source="s", key=str(number)) for number in first])
        usual = Profile.objects.create(source="s", key="usual")
        second = bulk.next_ids(Profile, 2)
    assert len({*first, usual.id, *second}) == 6
    assert first == sorted(first) and max(first) < usual.id < min(second)
    with write():
        Profile.objects.all().delete()
        assert min(bulk.next_ids(Profile, 1)) > usual.id, "a number is never given again"


def test_values_of_other_kinds_are_prepared():
    with write():
        row = Profile.objects.create(source="s", key="k")
        row.traits, row.created = {"a": {"value": True, "at": 1}}, "7"
        bulk.update([row], ["traits", "created"])
    row.refresh_from_db()
    assert (row.traits, row.created) == ({"a": {"value": True, "at": 1}}, 7)


def test_rows_whose_ids_nobody_asks_for_are_added_with_their_defaults():
    with write():
        bulk.add(Event, ("profile_id", "type", "source", "message_id", "occurred", "received", "properties"),
                 [(None, "seen", "s", str(number), 1, 2, {"a": [number]}) for number in range(450)])  # fmt: skip
        usual = Event.objects.create(type="seen", source="s", message_id="usual", occurred=1, received=2)
        bulk.add(NearWord, ("form", "word"), [("awa", "awa"), ("aw", "awa"), ("awa", "awa")], new=True)
        bulk.add(NearWord, ("form", "word"), [])
    rows = list(Event.objects.exclude(id=usual.id).order_by("id"))
    assert [row.properties for row in rows] == [{"a": [number]} for number in range(450)]
    assert (rows[0].channel, rows[0].connection_id) == (usual.channel, usual.connection_id)
    assert sorted(NearWord.objects.values_list("form", "word")) == [("aw", "awa"), ("awa", "awa")]
    with pytest.raises(IntegrityError), write():
        bulk.add(NearWord, ("form", "word"), [("awa", "awa")])
