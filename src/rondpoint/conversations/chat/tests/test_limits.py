"""The brake of one process."""

from types import SimpleNamespace

from rondpoint.conversations.chat import limits


def test_a_brake_opens_again_after_its_time(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: now[0]))
    brake = limits.Brake(2, 10)
    assert [brake.wait("a"), brake.wait("a"), brake.wait("a"), brake.wait("b")] == [0, 0, 11, 0]
    now[0] += 10.5
    assert brake.wait("a") == 0


def test_a_brake_forgets_who_is_gone(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: now[0]))
    brake = limits.Brake(2, 10, keys=3)
    for key in "abc":
        brake.wait(key)
    now[0] += 20
    brake.wait("d")
    assert set(brake._calls) == {"d"}
