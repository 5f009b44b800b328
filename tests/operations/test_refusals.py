"""What is no whole backup, or has no place to go, is refused with a sentence, and nothing is touched."""

import contextlib
import errno
import gzip
import hashlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

from rondpoint.config.safekeeping import archive, backup, check, presence, restore, snapshot
from rondpoint.config.safekeeping.types import Failure
from rondpoint.files import references
from rondpoint.jobs.models import Lease
from tests.peers.house import COMMAND, ROOT

FLIPS = int(os.environ.get("RONDPOINT_FLIPS", "400"))


def state(home) -> dict:
    """Everything in a home, but for what the processes of a moment leave there."""
    here = [path for path in home.path.rglob("*") if path.is_file() and path.parent.name != "run"]
    return {str(path.relative_to(home.path)): path.read_bytes() for path in here if not path.name.endswith("-shm")}


def verify(data: bytes):
    return check.verify(io.BytesIO(data))


def test_no_byte_can_change_and_no_end_can_go_unnoticed(small):
    whole = small.backup.read_bytes()
    assert verify(whole)
    chance, missed = random.Random(1), []
    places = [*range(600), *range(len(whole) - 3000, len(whole)), *chance.sample(range(len(whole)), FLIPS)]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        with contextlib.suppress(archive.Damaged, Failure):
            verify(bytes(damaged))
            missed.append(place)
    cuts = [*range(0, 1100, 13), *chance.sample(range(len(whole)), FLIPS), len(whole) - 1]
    for cut in cuts:
        with contextlib.suppress(archive.Damaged, Failure):
            verify(whole[:cut])
            missed.append(-cut)
    with contextlib.suppress(archive.Damaged):
        verify(whole + b"\0")
        missed.append("longer")
    print(f"damaged backups: N={len(places) + len(cuts) + 1}, missed={len(missed)}")
    assert not missed


class Forger:
    """Writes a backup anew with other members, and a seal that fits."""

    def __init__(self, backup: Path):
        with tarfile.open(backup) as tar:
            self.members = [(info.name, tar.extractfile(info).read()) for info in tar if info.name != "seal"]

    def place(self, name: str) -> int:
        return next(place for place, (known, _) in enumerate(self.members) if known.startswith(name))

    def change(self, name: str, content: bytes) -> None:
        place = self.place(name)
        self.members[place] = (self.members[place][0], content)

    def manifest(self, change) -> None:
        manifest = json.loads(self.members[-1][1])
        change(manifest)
        self.change("manifest.json", json.dumps(manifest).encode())

    def written(self) -> bytes:
        file = io.BytesIO()
        writer = archive.Writer(file)
        for name, content in self.members:
            writer.add(name, content)
        writer.seal()
        return file.getvalue()


def traversal(forger):
    forger.members.insert(forger.place("files/"), ("files/../../../etc/passwd", b"root"))


def absolute(forger):
    forger.members.insert(forger.place("files/"), ("/etc/cron.d/own", b"* * * * *"))


def outside_the_home(forger):
    forger.members.insert(forger.place("home/"), ("home/rondpoint.sqlite3", b"SQLite format 3\0"))


def missing_table(forger):
    forger.members.pop(forger.place("tables/accounts_brand"))


def missing_file(forger):
    forger.members.pop(forger.place("files/"))


def missing_secret(forger):
    forger.members.pop(forger.place("home/secret"))


def missing_manifest(forger):
    forger.members.pop()


def twice(forger):
    forger.members.insert(forger.place("files/"), forger.members[forger.place("files/")])


def another_content(forger):
    forger.change("files/", b"another content")


def another_row(forger):
    rows = gzip.decompress(forger.members[forger.place("tables/accounts_brand")][1])
    forger.change("tables/accounts_brand", archive.pack(rows.replace(b"Rondpoint", b"Roundabout")))


def bomb(forger):
    forger.change("tables/accounts_brand", gzip.compress(b"[" + bytes(200_000_000)))


def no_gzip(forger):
    forger.change("tables/accounts_brand", b"not packed")


def another_format(forger):
    forger.change("rondpoint-backup.json", forger.members[0][1].replace(b'"format":1', b'"format":2'))


def not_ours(forger):
    forger.members = [("readme.txt", b"something else")]


@pytest.mark.parametrize(
    "forge",
    [
        traversal,
        absolute,
        outside_the_home,
        missing_table,
        missing_file,
        missing_secret,
        missing_manifest,
        twice,
        another_content,
        another_row,
        bomb,
        no_gzip,
        another_format,
        not_ours,
    ],
)
def test_a_forged_backup_with_a_right_seal_is_refused(small, forge):
    forger = Forger(small.backup)
    assert verify(forger.written())
    forge(forger)
    with pytest.raises((archive.Damaged, Failure)) as refused:
        verify(forger.written())
    assert len(str(refused.value)) > 10


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.XHDTYPE])
def test_links_and_extensions_are_refused(small, kind):
    whole = small.backup.read_bytes()
    info = tarfile.TarInfo("files/" + "0" * 64)
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(archive.Damaged, match="plain file"):
        verify(whole[:1024] + info.tobuf(tarfile.USTAR_FORMAT) + whole[1024:])


def refused(inside, home, *arguments, **options) -> str:
    """What a restore says that has to fail."""
    with pytest.raises(Failure) as failure:
        inside(home, restore.run, *arguments, **options)
    return str(failure.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["tables"][0]["columns"][0].__setitem__(0, 'id") VALUES (1); DROP TABLE accounts_user;'), "make"),
        (lambda m: m["tables"][0].update(key="id; DROP TABLE accounts_user"), "make"),
        (lambda m: m["migrations"]["accounts"].pop(0), "list of migrations"),
        (lambda m: m["migrations"]["accounts"].append("0099_of_tomorrow"), "newer"),
    ],
)
def test_what_a_backup_says_of_its_tables_is_not_believed(small, first_day, inside, tmp_path, change, words):
    """Names out of the file reach no statement unless the migrations made them."""
    before = state(first_day)
    forger = Forger(small.backup)
    forger.manifest(change)
    (tmp_path / "file").write_bytes(forger.written())
    assert words in refused(inside, first_day, tmp_path / "file")
    assert state(first_day) == before


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("accounts_brand", lambda rows: rows + rows, "accounts_brand, near row 2"),
        ("django_content_type", lambda rows: b'[1, "accounts"]\n' + rows, "django_content_type, near row 1"),
        ("auth_permission", lambda rows: rows + b'[9999, "name", 8888, "code"]\n', "refers to one that is not there"),
    ],
)
def test_rows_that_do_not_fit_leave_the_old_house(small, first_day, inside, tmp_path, table, change, words):
    before = state(first_day)
    forger = Forger(small.backup)
    rows = change(gzip.decompress(forger.members[forger.place(f"tables/{table}/")][1]))
    forger.change(f"tables/{table}/", archive.pack(rows))

    def fit(manifest):
        held = next(one for one in manifest["tables"] if one["name"] == table)
        held.update(rows=rows.count(b"\n"), sha256=hashlib.sha256(rows).hexdigest())

    forger.manifest(fit)
    (tmp_path / "file").write_bytes(forger.written())
    assert words in refused(inside, first_day, tmp_path / "file")
    after = state(first_day)
    assert {name for name in after if after[name] != before.get(name)} <= {f"files/{small.content[:2]}/{small.content}"}


def test_a_house_is_only_replaced_when_told_so(small, first_day, inside):
    first_day.change("INSERT INTO customers_nearword (form, word) VALUES ('aw', 'awa')")
    (first_day.path / "outbox" / "old.eml").write_bytes(b"old")
    before = state(first_day)
    assert "--replace" in refused(inside, first_day, small.backup)
    inside(first_day, restore.look, small.backup)
    assert state(first_day) == before
    inside(first_day, restore.run, small.backup, replace=True)
    assert first_day.rows() == small.rows()
    assert [path.name for path in (first_day.path / "outbox").iterdir()] == ["a.eml"]
    assert (first_day.path / "secret").read_bytes() == (small.path / "secret").read_bytes()


def test_nothing_is_restored_under_a_running_role(small, first_day):
    with first_day.desk():
        said = first_day.refused("restore", small.backup, "--replace")
        assert "running here" in said and "stop it" in said
    first_day.run("restore", small.backup, "--replace")


def test_nor_under_one_that_is_connected_to_postgresql(small, on_postgresql):
    home = on_postgresql()
    home.run("migrate")
    with home.desk():
        assert "running here" in home.refused("restore", small.backup, "--replace")


def test_a_socket_a_killed_role_left_behind_stops_nobody(small, first_day, inside):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(first_day.path / "run" / "999-1.wake"))
    assert (first_day.path / "run" / "999-1.wake").exists()
    inside(first_day, restore.run, small.backup)


def test_a_restore_that_was_killed_says_how_to_go_on(small, first_day, inside):
    """Killed while it builds, the old house is there; killed while it changes over, nothing starts before another."""
    before = first_day.rows()
    program = (
        "import os, signal; import django; django.setup(); from rondpoint.config.safekeeping import restore; "
        "from rondpoint.config import cli; restore.{} = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
        f"cli.main(['restore', {str(small.backup)!r}])"
    )
    environment = {**first_day.environment, "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"}
    for where in ("_time_has_passed", "_change_database"):
        assert first_day.rows() == before
        killed = subprocess.run([COMMAND[0], "-c", program.format(where)], env=environment, cwd=ROOT)
        assert killed.returncode == -signal.SIGKILL
    assert "restore FILE" in first_day.refused("worker")
    inside(first_day, restore.run, small.backup)
    assert first_day.rows() == small.rows()
    assert not (first_day.path / "restoring").exists()
    inside(first_day, presence.refuse_unfinished)


def test_no_role_starts_while_a_restore_runs(small, first_day, inside, monkeypatch):
    said = []

    def meanwhile():
        with pytest.raises(Failure, match="restore is running"):
            presence.refuse_unfinished()
        said.append(refused(lambda home, function, *rest: function(*rest), first_day, small.backup))
        return 0

    monkeypatch.setattr(restore, "_time_has_passed", meanwhile)
    inside(first_day, restore.run, small.backup)
    assert "another restore" in said[0]


def test_another_secret_in_the_environment_is_refused(small, first_day, inside):
    first_day.environment["RONDPOINT_SECRET"] = "the secret of the environment"
    assert "RONDPOINT_SECRET" in refused(inside, first_day, small.backup)
    first_day.environment["RONDPOINT_SECRET"] = (small.path / "secret").read_text()
    before = (first_day.path / "secret").read_text()
    inside(first_day, restore.run, small.backup)
    assert (first_day.path / "secret").read_text() == before  # the operator keeps it elsewhere


def test_without_its_secret_a_backup_says_so(small, first_day, inside, tmp_path):
    done = inside(small, backup.make, tmp_path / "bare", with_secret=False)
    assert done.manifest.secret == "left out"
    with tarfile.open(tmp_path / "bare") as tar:
        assert "home/secret" not in tar.getnames()
    secret = (small.path / "secret").read_bytes()
    assert secret not in (tmp_path / "bare").read_bytes()
    assert not inside(first_day, restore.run, tmp_path / "bare").has_secret
    (first_day.path / "secret").write_bytes(secret)
    assert inside(first_day, restore.run, tmp_path / "bare", replace=True).has_secret


def test_a_lost_or_rotten_content_is_named_and_the_rest_is_kept(full, first_day, on_sqlite, inside, tmp_path):
    home = on_sqlite().copy_of(full)
    kept = full.said["files"]
    (home.path / "files" / kept["picture"][:2] / kept["picture"]).unlink()
    (home.path / "files" / kept["logo"][:2] / kept["logo"]).write_bytes(b"rotten")
    done = home.attempt("backup", tmp_path / "file")
    assert done.returncode == 1 and "2 files" in done.stderr
    assert kept["picture"] in done.stderr and kept["logo"] in done.stderr
    inside(first_day, restore.run, tmp_path / "file")
    assert set(first_day.contents()) == {kept["large mail"], kept["copy of a chat"]}
    assert first_day.contents().items() <= full.contents().items()


def test_a_backup_that_cannot_be_written_leaves_the_last_one(small, inside, tmp_path, monkeypatch):
    (tmp_path / "daily").write_bytes(b"the last one")

    def full_disk(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(archive.Writer, "seal", full_disk)
        with pytest.raises(Failure, match="No space left"):
            inside(small, backup.make, tmp_path / "daily")
    with monkeypatch.context() as patch:
        patch.setattr(archive.Writer, "_put", lambda writer, data: writer._file.write(data.replace(b"a", b"b")))
        with pytest.raises(Failure, match="cannot be read again"):
            inside(small, backup.make, tmp_path / "daily")
    with pytest.raises(Failure, match="cannot be written"):
        inside(small, backup.make, tmp_path / "no such folder" / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["daily"]
    assert (tmp_path / "daily").read_bytes() == b"the last one"


def test_two_backups_at_once_are_one_too_many(small, inside, tmp_path, monkeypatch):
    really, said = backup._outbox, []

    def meanwhile(writer):
        monkeypatch.setattr(backup, "_outbox", really)
        lease = Lease.objects.get(name="backup")
        assert references.paused()
        with pytest.raises(Failure) as failure, snapshot.alone(f"another than {lease.holder}"):
            pass
        said.append(str(failure.value))
        return really(writer)

    monkeypatch.setattr(backup, "_outbox", meanwhile)
    inside(small, backup.make, tmp_path / "a")
    assert "another backup" in said[0]
    assert not inside(small, references.paused)
    inside(small, backup.make, tmp_path / "b")
