"""Names of traits are kept once, and again in a house that was emptied meanwhile."""

import pytest

from rondpoint.customers import naming
from rondpoint.customers.models import TraitName
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch):
    monkeypatch.setattr(naming, "_seen", set())


def names():
    return set(TraitName.objects.values_list("name", flat=True))


def test_a_house_that_was_emptied_learns_the_names_again(monkeypatch, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), write():
        naming.note(["colour"])
        TraitName.objects.all().delete()
    with write():
        naming.note(["colour"])
    assert "colour" not in names()  # seen a moment ago: nothing is asked
    monkeypatch.setattr(naming, "KEPT", -1.0)
    with write():
        naming.note(["colour"])
    assert "colour" in names()
