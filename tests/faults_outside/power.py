"""A house whose power fails: lives on a journalled disk, dies, and is looked at as the disk would have kept it."""

import contextlib
import hashlib
import json
import random
import shutil
import sqlite3
from pathlib import Path

from tests.faults_outside import disk
from tests.faults_outside.talkers import Crowd, Talkers, kill, leaving_nothing, move_in
from tests.peers.house import House


class Generation:
    """From one start to one death, on a home that an earlier death left behind (or none)."""

    def __init__(self, folder: Path, library: Path, extra: dict[str, str] | None = None):
        self.folder = folder
        self.journal = folder / "journal"
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.journal.unlink(missing_ok=True)
        self.before = disk.Disk(self.home)
        self.house = House(folder)
        self.house.environment |= {
            "LD_PRELOAD": str(library),
            "OUTSIDE_HOME": str(self.home),
            "OUTSIDE_JOURNAL": str(self.journal),
            **(extra or {}),
        }

    def live(self, seconds: float, earlier: House) -> House:
        """Starts, lets the crowd talk for some seconds, and kills the house in the middle of it."""
        move_in(self.house, earlier)
        talkers = Talkers(self.house, lambda what: disk.tell(self.journal, json.dumps(what).encode()))
        with leaving_nothing(self.house.start()), Crowd(talkers) as crowd:
            crowd.wait(seconds)
            kill(self.house)
        return self.house


def cuts(generation: Generation, wanted: int, chance: random.Random, look, acknowledged: dict[str, dict]) -> None:
    """Lets the power fail at ``wanted`` moments of the generation, and at its end; ``look(home, told)`` at each.

    ``acknowledged`` holds what was told before, and then all that was told until the end. The last state is left as the
    home of the next generation.
    """
    records = disk.read(generation.journal)
    told = [place for place, record in enumerate(records) if record.op == disk.TOLD]
    first = told[0] if told else 0
    # Half of the moments are just after somebody was told something: there a promise is youngest.
    moments = {place + 1 for place in chance.sample(told, min(len(told), wanted // 2))}
    others = [place for place in range(first, len(records)) if place not in moments]
    moments |= set(chance.sample(others, min(len(others), wanted - len(moments))))
    target = generation.folder / "after"
    for place, record in enumerate(records):
        if place in moments:
            generation.before.cut(chance, target)
            look(target, acknowledged)
        if record.op == disk.TOLD:
            what = json.loads(record.data)
            acknowledged[what["key"]] = what
        else:
            generation.before.apply(record)
    generation.before.cut(chance, target)
    look(target, acknowledged)
    shutil.rmtree(generation.home)
    target.rename(generation.home)


def losses(home: Path, acknowledged: dict[str, dict]) -> list[str]:
    """What a home lacks of what was acknowledged, and what is broken in it."""
    with contextlib.closing(sqlite3.connect(home / "rondpoint.sqlite3")) as database:
        try:
            found = [f"integrity: {row[0]}" for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
            if not found:
                found = [f"foreign key: {row}" for row in database.execute("PRAGMA foreign_key_check")]
                found += _unread(home, database) + _missing(home, database, acknowledged)
        except sqlite3.DatabaseError as error:
            found = [f"the database: {error}"]
    return found


def _unread(home: Path, database: sqlite3.Connection) -> list[str]:
    """Files that the database refers to and the disk does not hold."""
    named = {row[0] for row in database.execute("SELECT sha256 FROM files_storedfile")}
    named |= {row[0] for row in database.execute("SELECT body_sha256 FROM channels_delivery WHERE body_sha256 <> ''")}
    named |= {row[0] for row in database.execute("SELECT sha256 FROM conversations_attachment")}
    return [f"file {sha256}" for sha256 in named if not _whole(home, sha256)]


def _whole(home: Path, sha256: str) -> bool:
    path = home / "files" / sha256[:2] / sha256
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _missing(home: Path, database: sqlite3.Connection, acknowledged: dict[str, dict]) -> list[str]:
    texts = dict(database.execute("SELECT external_id, body FROM channels_delivery WHERE body IS NOT NULL"))
    bodies = b"\n".join(bytes(body) for body in texts.values())
    stored = database.execute("SELECT body_sha256 FROM channels_delivery WHERE body_sha256 <> ''")
    for (sha256,) in stored:
        path = home / "files" / sha256[:2] / sha256
        bodies += b"\n" + (path.read_bytes() if path.exists() else b"")
    chats = {row[0].replace("-", ""): row[1] for row in database.execute(
        "SELECT public_id, text FROM conversations_message WHERE channel = 'chat'"
    )}
    uploads = {row[0] for row in database.execute("SELECT token FROM conversations_attachment")}
    lost = []
    for key, what in acknowledged.items():
        kind, text = what["kind"], what["text"]
        if kind == "webhook":
            there = key in texts and text.replace(" ", "+").encode() in bytes(texts[key])
        elif kind == "mail":
            there = text.encode() in bodies
        elif kind == "chat":
            there = chats.get(key.replace("-", "")) == text
        else:
            there = key in uploads  # its content is among the files
        if not there:
            lost.append(f"{kind} {key}")
    return lost
