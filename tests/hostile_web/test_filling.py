"""The table of columns that people read names every column there is."""

from tests.hostile_web.filling import MACHINES, READ, columns, forgotten
from tests.hostile_web.payloads import corpus, written


def test_of_every_column_somebody_said_whether_people_read_it():
    assert forgotten() == set()
    named = {f"{label}.{name}" for table in (READ, MACHINES) for label, names in table.items() for name in names}
    assert named == {f"{label}.{name}" for label, names in columns().items() for name in names}


def test_the_texts_are_many_and_each_its_own():
    assert len(written()) >= 150
    assert len(set(corpus())) == len(written())
    assert all("RUN" not in text and f"alert({number})" in text for number, text in enumerate(corpus()))
