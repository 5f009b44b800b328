"""The disk is full, or fails: nobody is told that something is safe which is not, and it mends itself."""

import json
import os
import re
import time
from pathlib import Path

import httpx
import pytest
from tests.faults_outside.power import losses
from tests.faults_outside.talkers import LARGE, Crowd, Talkers, leaving_nothing, tree
from tests.peers.house import House, wait_for

SECONDS = float(os.environ.get("RONDPOINT_DISK_SECONDS", "1"))
ROUNDS = int(os.environ.get("RONDPOINT_DISK_ROUNDS", "1"))
RECOVERY = 30.0


class FailingDisk:
    """Two switches: ``full`` and ``eio``."""

    def __init__(self, folder: Path, library: Path, house: House):
        self.full, self.eio = folder / "full", folder / "eio"
        house.environment |= {
            "LD_PRELOAD": str(library),
            "OUTSIDE_HOME": str(folder / "home"),
            "OUTSIDE_FULL": str(self.full),
            "OUTSIDE_EIO": str(self.eio),
        }


@pytest.fixture(scope="module")
def lived(tmp_path_factory, outside, furnished):
    folder = tmp_path_factory.mktemp("full")
    house = furnished.copy_to(folder)
    house.disk = FailingDisk(folder, outside, house)
    with leaving_nothing(house):
        yield house.start()
        assert house.stop() == 0


@pytest.mark.parametrize("fault", ["full", "eio"])
def test_nothing_is_acknowledged_that_is_not_stored(lived, fault):
    acknowledged, refused = {}, 0
    switch = getattr(lived.disk, fault)
    talkers = Talkers(lived, lambda what: acknowledged.__setitem__(what["key"], what))
    assert talkers.chat() == 200
    conversation = lived.api("GET", "/conversations").json()["items"][0]["id"]
    worst = 0.0
    for _ in range(ROUNDS):
        assert talkers.another_visitor() == 200
        _drained(lived)
        before, at = _processor(lived), time.monotonic()
        switch.touch()
        try:
            refused += _refusals(lived, talkers, conversation)
            with Crowd(talkers, pause=0.05) as crowd:
                crowd.wait(SECONDS)
            spent = (_processor(lived) - before) / (time.monotonic() - at)
        finally:
            switch.unlink()
        since = time.monotonic()
        wait_for(lambda: talkers.webhook() == 200, RECOVERY, "webhooks again")
        wait_for(lambda: talkers.mail(size=LARGE) == 250, RECOVERY, "mail again")
        wait_for(lambda: talkers.chat() == 200, RECOVERY, "chat again")
        wait_for(lambda: _reply(lived, conversation).status_code == 202, RECOVERY, "the API again")
        wait_for(lambda: httpx.get(f"{lived.url}/readyz").status_code == 200, RECOVERY, "ready again")
        _drained(lived)
        worst = max(worst, time.monotonic() - since)
        assert spent < 1.0, f"the house span while it could not write: {spent:.0%} of a processor"
    home = lived.folder / "home"
    assert losses(home, acknowledged) == []
    assert list((home / "files").glob(".new-*")) == [], "half-written files are left"
    assert worst <= RECOVERY
    print(
        f"\ndisk {fault}: {ROUNDS} times, {refused} refused, {len(acknowledged)} acknowledged, 0 lost,"
        f" recovery worst {worst:.1f} s"
    )


def test_the_desk_still_shows_what_is_there_and_says_what_it_cannot_do(lived):
    password = "a password of the tests, long enough"
    lived.run("user", "create", "ines@example.com", "--admin", stdin=f"{password}\n")
    talkers = Talkers(lived, lambda what: None)
    assert talkers.chat() == 200
    conversation = lived.api("GET", "/conversations").json()["items"][0]["id"]
    with httpx.Client(base_url=lived.url, timeout=20) as desk:
        fields = {"csrfmiddlewaretoken": _token(desk.get("/login").text)}
        signed = desk.post("/login", data={"email": "ines@example.com", "password": password, **fields})
        assert signed.status_code == 302
        page = desk.get(f"/conversations/{conversation}")
        fields = {"csrfmiddlewaretoken": _token(page.text), "text": "rappeler demain"}
        lived.disk.full.touch()
        try:
            assert desk.get("/inbox").status_code == 200
            notes = f"/conversations/{conversation}/notes"
            refused = desk.post(notes, data=fields)
            by_script = desk.post(notes, data=fields | {"as": "json"}, headers={"X-Requested-With": "fetch"})
            by_part = desk.post(notes, data=fields, headers={"HX-Request": "true"})
        finally:
            lived.disk.full.unlink()
        for answer in (refused, by_script, by_part):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
        assert "<h1>" in refused.text and "logo" in refused.text and 'href="/"' in refused.text
        assert by_script.json()["error"]
        assert json.loads(by_part.headers["hx-trigger"])["toast"]["kind"] == "bad" and not by_part.text
        wait_for(
            lambda: desk.post(f"/conversations/{conversation}/notes", data=fields).status_code < 400, RECOVERY, "a note"
        )
        assert desk.get(f"/conversations/{conversation}").text.count("rappeler demain") == 1


def _token(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def test_readyz_tells_when_nothing_can_be_stored(lived):
    lived.disk.full.touch()
    try:
        wait_for(lambda: httpx.get(f"{lived.url}/readyz").status_code == 503, 15, "/readyz tells")
    finally:
        lived.disk.full.unlink()
    wait_for(lambda: httpx.get(f"{lived.url}/readyz").status_code == 200, RECOVERY, "ready again")


def _refusals(house: House, talkers: Talkers, conversation: str) -> int:
    """One of each kind while nothing can be stored: refused in the words of its protocol."""
    count = len(talkers.answers)
    assert talkers.webhook() == 503
    assert talkers.mail() == 452
    assert talkers.mail(size=LARGE) == 452
    assert talkers.chat() == 503
    assert talkers.upload() == 503
    for kind, status, headers in talkers.answers[count:]:
        if status == 503:
            assert int(headers["retry-after"]) > 0, kind
            assert headers["content-type"] == "application/problem+json", kind
    answer = _reply(house, conversation)
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    return 7


def _reply(house: House, conversation: str) -> httpx.Response:
    body = {"channel": "chat", "text": "Nous regardons."}
    return house.api("POST", f"/conversations/{conversation}/messages", json=body)


def _drained(house: House) -> None:
    def waiting() -> bool:
        return "rondpoint_deliveries_waiting 0\n" in httpx.get(f"{house.url}/metrics").text

    wait_for(waiting, RECOVERY, "all deliveries worked off")


def _processor(house: House) -> float:
    """Seconds of processor time the processes of the house have used."""
    ticks = 0
    for pid in tree(house.process.pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
