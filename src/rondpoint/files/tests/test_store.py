"""Contents go in piece by piece and come out as they were."""

import hashlib
import os
import time
from pathlib import Path

import pytest
from django.conf import settings

from rondpoint.files import actions, queries


def store() -> Path:
    return Path(settings.RONDPOINT_HOME) / "files"


def partial() -> list[Path]:
    return list(store().glob(f"{actions.PARTIAL}*"))


def test_a_content_in_pieces_is_the_content():
    pieces = [b"one", b"", os.urandom(300_000), b"three"]
    sha256, size = actions.save_stream(pieces)
    whole = b"".join(pieces)
    assert (sha256, size) == (hashlib.sha256(whole).hexdigest(), len(whole))
    assert queries.read(sha256) == whole
    assert actions.save(whole) == sha256
    read = list(queries.chunks(sha256))
    assert b"".join(read) == whole and max(map(len, read)) <= queries.CHUNK
    assert not partial()


def test_more_than_the_limit_is_not_kept():
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield b"x" * 1000

    with pytest.raises(actions.TooLarge):
        actions.save_stream(endless(), limit=4500)
    assert len(drawn) == 5
    assert not partial()
    assert actions.save_stream([b"x" * 4500], limit=4500)[1] == 4500


def test_an_upload_that_breaks_off_leaves_nothing():
    def breaking():
        yield b"half of something"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        actions.save_stream(breaking())
    assert not partial()


def test_memory_does_not_grow_with_the_content():
    import tracemalloc

    tracemalloc.start()
    try:
        sha256, size = actions.save_stream(bytes([number % 256]) * 1_000_000 for number in range(40))
        for _piece in queries.chunks(sha256):
            pass
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert size == 40_000_000
    queries.path(sha256).unlink()


def test_saving_what_is_there_makes_it_young_again():
    sha256 = actions.save(b"an old content saved again")
    old = time.time() - 10 * 24 * 3600
    os.utime(queries.path(sha256), (old, old))
    actions.save(b"an old content saved again")
    assert queries.path(sha256).stat().st_mtime > time.time() - 60
    os.utime(queries.path(sha256), (old, old))
    actions.save_stream([b"an old content ", b"saved again"])
    assert queries.path(sha256).stat().st_mtime > time.time() - 60


@pytest.mark.parametrize("name", ["", "..", "A" * 64, "0" * 63, "0" * 65, "../" + "0" * 61, "0" * 64 + "\n"])
def test_only_a_hash_names_a_content(name):
    with pytest.raises(ValueError):
        queries.path(name)
