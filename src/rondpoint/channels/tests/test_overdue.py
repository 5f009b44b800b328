"""Parts of long messages whose siblings never come: nothing that came is lost, and nothing is entered twice."""

import pytest

from rondpoint.channels import connections, deliveries, overdue, pipeline
from rondpoint.channels.models import Delivery
from rondpoint.channels.tests.test_pieces import line, part, store, whole  # noqa: F401  (line is a fixture)
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
ONE, TWO, THREE = "Bonjour, ", "je vous ecris ", "en trois fois."


@pytest.fixture
def minutes(monkeypatch):
    """``minutes(n)``: it is n minutes later than now."""
    real = clock.now

    def pass_by(number: float):
        monkeypatch.setattr(clock, "now", lambda: real() + int(number * clock.MINUTE))

    return pass_by


def come(line, *numbers: int, again: str = "") -> None:  # noqa: F811
    """Parts arrive and are worked off; ``again``: the provider sends them once more, as other deliveries."""
    if again:
        info = connections.info(line)
        with write():
            deliveries.store([deliveries.prepare(info, f"part {number} {again}", part(number)) for number in numbers])
    else:
        store(line, *numbers)
    pipeline.work()


def states() -> set[str]:
    return set(Delivery.objects.values_list("state", flat=True))


@pytest.mark.parametrize(
    ("came", "said"),
    [
        ((1, 3), f"{ONE} [… 2/3 …] {THREE}"),
        ((3, 2), f"[… 1/3 …] {TWO}{THREE}"),
        ((1, 2), f"{ONE}{TWO} [… 3/3 …]"),
        ((2,), f"[… 1/3 …] {TWO} [… 3/3 …]"),
    ],
)
def test_after_ten_minutes_what_is_there_is_entered_with_its_gaps_marked(line, minutes, came, said):  # noqa: F811
    come(line, *came)
    minutes(9.9)
    assert overdue.enter() == 0
    assert whole() == []
    minutes(10.1)
    assert overdue.enter() == 1
    assert [text.strip() for text in whole()] == [said.strip()]
    assert states() == {"done"}
    assert overdue.enter() == 0


def test_who_still_sends_is_waited_for(line, minutes):  # noqa: F811
    come(line, 1)
    minutes(9)
    come(line, 2)
    minutes(15)
    assert overdue.enter() == 0
    come(line, 3)
    assert whole() == [ONE + TWO + THREE]


def test_a_part_that_comes_after_the_rest_was_entered_is_entered_by_itself(line, minutes):  # noqa: F811
    come(line, 1, 3)
    minutes(11)
    overdue.enter()
    come(line, 2)
    minutes(22)
    overdue.enter()
    assert [TWO in text for text in sorted(whole(), key=lambda text: TWO in text)] == [False, True]
    assert states() == {"done"}


def test_a_part_that_the_provider_sends_again_is_no_second_message(line, minutes):  # noqa: F811
    come(line, 1, 3)
    minutes(11)
    overdue.enter()
    come(line, 1, again="again")
    minutes(22)
    assert overdue.enter() == 0
    assert len(whole()) == 1
    assert states() == {"done"}


def test_a_database_that_fails_loses_nothing(line, minutes, monkeypatch):  # noqa: F811
    come(line, 1, 2)
    minutes(11)
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "apply", lambda batch: (_ for _ in ()).throw(OSError("away")))
        with pytest.raises(OSError):
            overdue.enter()
    assert whole() == []
    minutes(20)  # its lease ran out: the next worker has it back, and it waits anew
    with write():
        from rondpoint.jobs.models import Lease

        Lease.objects.update(until=0)
    pipeline.work()
    overdue.enter()
    assert [text.strip() for text in whole()] == [f"{ONE}{TWO} [… 3/3 …]"]


@pytest.mark.parametrize("all_seen", [False, True])
def test_an_old_part_is_found_when_a_process_starts_and_a_new_one_always(line, minutes, monkeypatch, all_seen):  # noqa: F811
    come(line, 1)
    monkeypatch.setattr(overdue, "_all_seen", all_seen)
    minutes(3 * 24 * 60)
    assert overdue.enter() == (not all_seen)
    minutes(11)
    assert overdue.enter() == all_seen
