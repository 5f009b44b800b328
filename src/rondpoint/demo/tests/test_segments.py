"""The demo company has segments to look at, and leaves alone what visitors made."""

import pytest

from rondpoint.demo import segments
from rondpoint.segments import actions, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("children_here")]


def test_there_are_segments_to_look_at():
    segments.define()
    segments.define()
    assert [row.name for row in queries.every()] == [
        "Ont regardé sans acheter",
        "Un dixième, pour comparer",
        "Vus en boutique et sur le site",
    ]


def test_one_that_somebody_made_is_enough():
    actions.define("Mine", {"version": 1, "reachable": "sms"}, "Inès")
    segments.define()
    assert [row.name for row in queries.every()] == ["Mine"]
