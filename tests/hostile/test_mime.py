"""Mails built to do harm: each is read, or refused with a reason, within the limits; the next mail never notices."""

import os

import pytest

from rondpoint.channels.contract import Ignored, MessageIn
from rondpoint.lib.isolation import Crashed, Isolated
from tests.hostile import mails
from tests.hostile.parsing import TARGET, ask, texts

QUICK = 4  # seconds of the processor, of the ten that the worker gives a mail; none needs two on a calm machine
# Longest texts of the columns they end in; PostgreSQL refuses longer ones.
COLUMNS = {"external_id": 1_000, "language": 10, "subject": 998}


@pytest.fixture(scope="module")
def child():
    isolated = Isolated(TARGET)
    yield isolated
    isolated.close()


@pytest.mark.parametrize("name", mails.ALL)
def test_a_hostile_mail(child, name):
    hostile = mails.ALL[name]
    data = hostile.build()
    before = used(child)
    try:
        items = ask(child, data)
    except (ValueError, Crashed) as error:
        assert hostile.shows in (mails.REFUSED, ""), f"refused: {error}"
        assert len(str(error)) > 10  # the quarantine shows why
        assert "longer than" not in str(error)  # nothing may hold a worker until it is killed
        items = []
    took = used(child) - before
    assert took < QUICK, f"{len(data)} bytes took {took:.1f} s"
    assert items or hostile.shows in (mails.REFUSED, "")
    for item in items:
        assert_kept(item, hostile.shows)
    after = ask(child, mails.plain("after"))
    assert after[0].text == "The lamp blinks."


def used(child) -> float:
    """Seconds of the processor that the child has taken; 0 for one that has ended."""
    try:
        with open(f"/proc/{child._child.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except (AttributeError, OSError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def assert_kept(item, shows: str) -> None:
    assert isinstance(item, MessageIn | Ignored)
    for text in texts(item):
        assert "\x00" not in text
        text.encode()  # no half of a surrogate pair
    if isinstance(item, Ignored):
        assert not shows
        return
    assert shows != mails.REFUSED
    assert shows in item.text
    for field, longest in COLUMNS.items():
        assert len(getattr(item, field)) <= longest
    for line in (item.subject, item.sender.name, item.sender.value, *item.references, item.external_id):
        assert not set(line) & set("\r\n")
    for file in item.files:
        assert len(file.name) <= 200 and len(file.content_type) <= 127 and len(file.content_id) <= 255
        assert "/" not in file.name and "\\" not in file.name and not file.name.startswith(".")


def test_what_is_kept_of_a_bomb_is_what_came(child):
    """A zip bomb is stored as it is, unopened."""
    item = ask(child, mails.BOMBS["a zip bomb is only kept"].build())[0]
    assert [file.content for file in item.files] == [mails.zip_bomb()]
