"""Every room that keeps a content says so: however old, none that a row refers to is removed."""

import os
import time

from rondpoint.files import collect

OLD = time.time() - 2 * collect.GRACE


def grow_old(home) -> None:
    home.change("UPDATE files_storedfile SET created = 0")
    for path in (home.path / "files").glob("??/*"):
        os.utime(path, (OLD, OLD))


def test_what_the_rooms_refer_to_stays_and_the_rest_goes(full, on_sqlite, inside):
    home, kept = on_sqlite().copy_of(full), dict(full.said["files"])
    grow_old(home)
    assert inside(home, collect.some) == 0
    assert home.contents() == full.contents()
    for statement, gone in (
        ("UPDATE conversations_attachment SET sha256 = 'none'", "picture"),
        ("UPDATE channels_delivery SET body_sha256 = '', body = x''", "large mail"),
        ("UPDATE accounts_brand SET logo = ''", "logo"),
        ("UPDATE sending_dispatch SET state = 'sent' WHERE idempotency_key LIKE 'waits%'", "copy of a chat"),
    ):
        assert kept[gone] in home.contents()
        home.change(statement)
        assert inside(home, collect.some) == 1, gone
        assert kept.pop(gone) not in home.contents()
    assert home.contents() == {}
