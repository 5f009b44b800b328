"""A PostgreSQL server of the tests' own: ``python -m tests.peers.postgres COMMAND…`` runs a command beside it."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


class Postgres:
    """Started on a free loopback port in a folder of its own; ``url`` is the DATABASE_URL; ``stop()`` ends it."""

    def __init__(self, folder: Path):
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not binaries:
            raise RuntimeError("PostgreSQL is not installed; on Debian: apt-get install postgresql")
        self._binaries = Path(binaries[-1])
        self._folder = folder
        self._user = {}
        if os.getuid() == 0:  # the server refuses to run as root
            account = pwd.getpwnam("postgres")
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"postgresql://rondpoint@127.0.0.1:{self.port}/postgres"

    def start(self) -> "Postgres":
        data = self._folder / "data"
        self._run(
            "initdb",
            "-D",
            data,
            "-U",
            "rondpoint",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} -c fsync=off"
        options += " -c max_connections=300"  # several houses and their threads share one server
        self._run("pg_ctl", "-D", data, "-w", "-l", self._folder / "log", "-o", options, "start")
        return self

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments) -> None:
        with open(self._folder / f"{program}.out", "ab") as out:
            subprocess.run(
                [self._binaries / program, *map(str, arguments)],
                check=True,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                **self._user,
            )


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="rondpoint-postgres-"))
    try:
        server = Postgres(folder).start()
        try:
            return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": server.url}).returncode
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
