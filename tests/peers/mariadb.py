"""A MariaDB server of the tests' own, on a free loopback port in a folder of its own."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pymysql
from pymysql.constants import CLIENT

from tests.peers.house import free_port
from tests.peers.server import Peer

PROGRAMS = ("mariadb-install-db", "mariadbd")


class MariaDB:
    """``url`` is the address for whoever may do everything in the database ``shop``; ``stop()`` ends it by its pid.

    Whatever service Debian's package may have started is neither used nor touched.
    """

    def __init__(self, folder: Path):
        found = {name: shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin") for name in PROGRAMS}
        missing = [name for name, path in found.items() if path is None]
        if missing:
            raise RuntimeError("MariaDB is not installed; on Debian: apt-get install mariadb-server")
        self._programs = found
        self._folder = folder
        self._as = []
        if os.getuid() == 0:  # the server refuses to run as root without a word
            account = pwd.getpwnam("mysql")
            os.chown(folder, account.pw_uid, account.pw_gid)
            self._as = ["--user=mysql"]
        self.port = free_port()
        self.url = f"mysql://rondpoint:shop-window@127.0.0.1:{self.port}/shop"
        self._database: str | None = None
        self._peer: Peer | None = None

    def start(self, *options: str) -> "MariaDB":
        """``options``: more of the server's, such as those of TLS."""
        data, programs = self._folder / "data", self._programs
        # A small log makes a quick start: by default ninety megabytes are written first.
        log_size = "--innodb-log-file-size=8M"
        made = [programs["mariadb-install-db"], "--no-defaults", *self._as, f"--datadir={data}", "--skip-test-db"]
        done = subprocess.run(
            [*made, "--auth-root-authentication-method=normal", log_size], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"the database was not made:\n{done.stdout}{done.stderr}")
        self._peer = Peer(
            [
                programs["mariadbd"], "--no-defaults", *self._as, f"--datadir={data}", f"--port={self.port}",
                "--bind-address=127.0.0.1", f"--socket={self._folder / 's'}", f"--pid-file={self._folder / 'pid'}",
                "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-name-resolve",
                log_size, *options,
            ],
            self.port,
            self._folder / "log",
            patience=90,
        )  # fmt: skip
        self.run("CREATE DATABASE shop")
        self._database = "shop"
        self.run("CREATE USER rondpoint@'127.0.0.1' IDENTIFIED BY 'shop-window'")
        self.run("GRANT ALL ON *.* TO rondpoint@'127.0.0.1'")
        return self

    def run(self, statement: str, *given: object) -> list[tuple]:
        """What the server's own administrator gets for a statement, or for several apart by ``;``."""
        database = pymysql.connect(
            unix_socket=str(self._folder / "s"), user="root", autocommit=True, charset="utf8mb4",
            database=self._database, client_flag=CLIENT.MULTI_STATEMENTS,
        )  # fmt: skip
        with database, database.cursor() as cursor:
            cursor.execute(statement, given or None)
            found = list(cursor.fetchall())
            while cursor.nextset():
                pass
            return found

    def stop(self) -> None:
        if self._peer is not None:
            self._peer.stop()
