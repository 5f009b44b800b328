"""One delivery in fifty cannot be taken, each for another reason: it is set aside, and nobody else waits for it.

Half of the reasons are bugs (:mod:`tests.faults.illness`). Once they are mended, what was set aside is replayed and
becomes what it would have been. The long form: ``RONDPOINT_POISON_DELIVERIES=10000``.
"""

import json
import os
import subprocess
import sys

import pytest
from tests.faults import illness
from tests.faults.reading import Tables
from tests.faults_outside.talkers import MAILBOX, NUMBER, Hasty, Talkers, furnish, signed
from tests.peers.house import ROOT, wait_for

DELIVERIES = int(os.environ.get("RONDPOINT_POISON_DELIVERIES", "300"))
EVERY = 50  # of so many deliveries one is poison
TRIES = 5
NEIGHBOURS = 5.0  # seconds within which nineteen in twenty of the others are worked off
PATIENCE = {
    "rondpoint.channels.pipeline:PAUSES": [0.1, 0.2, 0.3, 0.4],
    "rondpoint.channels.reading:QUICK": 1.0,
    "rondpoint.channels.reading:PATIENT": 1.0,
}
SHOWN = """
import json, django
django.setup()
from rondpoint.channels import deliveries, quarantine
rows = quarantine.listing(limit=100_000)
print(json.dumps([[str(row.public_id), row.error, deliveries.raw(row).body.decode("latin-1")] for row in rows]))
"""

pytestmark = pytest.mark.peer


class Ill(Hasty):
    """A house that has the bugs of :mod:`tests.faults.illness` until it is ``mended``."""

    mended = False

    def launch(self, log, *arguments: str, **environment: str) -> subprocess.Popen:
        if self.mended:
            return super().launch(log, *arguments, **environment)
        command = [sys.executable, "-m", "tests.faults.illness", *arguments]
        return subprocess.Popen(command, env=self.environment | environment, stdout=log, stderr=log, cwd=ROOT)


@pytest.fixture
def house(tmp_path):
    made = furnish(Ill(tmp_path, PATIENCE)).start()
    yield made
    made.stop()


def nested(name: str) -> str:
    """A mail in a mail in a mail…"""
    inner = f"{name}\r\n"
    for level in range(60):
        edge = f"b{level}"
        kind = f'Content-Type: multipart/mixed; boundary="{edge}"'
        inner = f"{kind}\r\n\r\n--{edge}\r\n{inner}\r\n--{edge}--\r\n"
    return inner


def crowded(name: str) -> str:
    """A mail of a thousand parts."""
    parts = "--x\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 1000
    return f'Content-Type: multipart/mixed; boundary="x"\r\n\r\n{parts}--x--\r\n'


def plain(says: str):
    """A mail that says this, and its name."""
    return lambda name: f"Content-Type: text/plain\r\n\r\n{name} {says}\r\n"


# Each sort: what makes a mail, or the text of a form; whether it is a bug that is mended later; what its error says.
SORTS = (
    (None, "", False, "ValueError"),  # a form without the number of its message
    (nested, "", False, "nested"),
    (crowded, "", False, "parts"),
    (plain(illness.HANGS), illness.HANGS, True, "longer than 1 seconds"),
    (None, illness.BREAKS, True, "ZeroDivisionError"),
    (plain(illness.REFUSED), illness.REFUSED, True, "IntegrityError"),
)


def poison(house: Ill, talkers: Talkers, number: int) -> str:
    """Something that is acknowledged, since it is signed or addressed well; its words, which its raw form holds."""
    name = f"poison{number}"
    content, says, mended, _ = SORTS[number % len(SORTS)]
    if content is None:
        path, body, headers = signed(house, house.sms, name if mended else "", "+33199000123", NUMBER, f"{name} {says}")
        assert talkers._post("webhook", path, body, headers)[0] == 200
        return body.decode()
    codes = [0]
    head = f"From: awa@example.org\r\nTo: {MAILBOX}\r\nMessage-ID: <{name}@example.org>\r\nMIME-Version: 1.0\r\n"
    talkers._deliver(head + content(name), name, codes, 0)
    assert codes == [250]
    return f"Message-ID: <{name}@example.org>\r\nMIME-Version: 1.0\r\n{content(name)}"


def test_poison_is_set_aside_within_five_tries_and_delays_nobody(house, tmp_path, capsys):
    talkers = Talkers(house, lambda said: None)
    tables = Tables(tmp_path / "home", house.environment.get("DATABASE_URL", ""))
    bad: list[str] = []
    for number in range(DELIVERIES):
        say = talkers.chat if number % 10 == 9 else (talkers.webhook, talkers.mail)[number % 2]
        wait_for(lambda say=say, number=number: say(f"good{number}") in (200, 250), 30, "an acknowledgement")
        if number % EVERY == EVERY // 2:
            bad.append(poison(house, talkers, len(bad)))
    aside = "SELECT count(*) FROM channels_delivery WHERE state = 'quarantined'"
    wait_for(lambda: tables.number(aside) >= len(bad), 120 + DELIVERIES / 10, f"{len(bad)} deliveries to be set aside")
    open_ = "SELECT count(*) FROM channels_delivery WHERE state IN ('new', 'leased')"
    wait_for(lambda: tables.number(open_) == 0, 60, "the others to be worked off")
    waits = [
        wait / 1e6
        for (wait,) in tables.rows("SELECT processed - received FROM channels_delivery WHERE state = 'done'")
    ]
    slow = sorted(waits)[int(len(waits) * 0.95)]
    missed = DELIVERIES - tables.number("SELECT count(*) FROM conversations_message WHERE direction = 'in'")
    tries = tables.rows("SELECT DISTINCT attempts FROM channels_delivery WHERE state = 'quarantined'")
    told = shown(house, bad)
    with_others = tables.number("SELECT count(*) FROM channels_delivery WHERE state = 'done' AND attempts > 1")
    mended, wrong = mend(house, tables, told)
    with capsys.disabled():
        print(
            f"\npoison: {len(bad)} of {DELIVERIES + len(bad)} deliveries of {len(SORTS)} sorts, {len(told)} set aside, "
            f"{missed} others missing, the others worked off within {slow:.2f} s (p95); mended: {mended} replayed, "
            f"{len(wrong)} of them not exactly one message"
        )
    assert tries == [(TRIES,)]
    assert sorted(told) == list(range(len(bad)))
    assert missed == 0
    assert slow < NEIGHBOURS
    assert with_others == 0, "a neighbour of poison was tried more than twice"
    assert wrong == []


def shown(house: Ill, bad: list[str]) -> dict[int, str]:
    """What the house shows of its quarantine: of each poison, by its place in ``bad``, the id of the delivery. It is
    shown only with its own raw form and the error of its sort, by the API as by the query of the desk."""
    done = subprocess.run(
        [sys.executable, "-c", SHOWN],
        env=house.environment | {"DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    places = {}
    for public_id, error, raw in json.loads(done.stdout):
        [place] = [place for place, words in enumerate(bad) if words in raw.replace("\n", "\r\n").replace("\r\r", "\r")]
        assert SORTS[place % len(SORTS)][3] in error, error
        places[place] = public_id
    listed: dict[str, tuple[int, str]] = {}
    cursor: str | None = None
    while cursor is not None or not listed:
        page = house.api("GET", "/quarantine", params={"limit": 100} | ({"cursor": cursor} if cursor else {})).json()
        listed |= {row["id"]: (row["attempts"], row["error"]) for row in page["items"]}
        cursor = page["next"]
        if cursor is None:
            break
    assert set(listed) == set(places.values())
    for place, public_id in places.items():
        assert listed[public_id][0] == TRIES and SORTS[place % len(SORTS)][3] in listed[public_id][1]
    return places


def mend(house: Ill, tables: Tables, told: dict[int, str]) -> tuple[int, list[str]]:
    """Starts the house again without the bugs and replays what they had set aside: how many, and the words that did not
    become exactly one message."""
    assert house.stop() == 0
    house.mended = True
    house.start()
    again = [place for place in told if SORTS[place % len(SORTS)][2]]
    for place in again:
        assert house.api("POST", f"/quarantine/{told[place]}/replay").status_code == 202
    aside = "SELECT count(*) FROM channels_delivery WHERE state <> 'done'"
    wait_for(lambda: tables.number(aside) == len(told) - len(again), 120, "what is replayed to be worked off")
    words = [f"poison{place} {SORTS[place % len(SORTS)][1]}" for place in again]
    texts = [text.strip() for (text,) in tables.rows("SELECT text FROM conversations_message WHERE direction = 'in'")]
    return len(again), [each for each in words if texts.count(each) != 1]
