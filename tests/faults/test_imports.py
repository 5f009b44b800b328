"""The worker is killed in the middle of an import, again and again: each row is taken once, none is left out.

The long form: ``RONDPOINT_IMPORT_KILLS=50``.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from tests.faults.reading import Tables
from tests.peers.house import ROOT, House, wait_for

KILLS = int(os.environ.get("RONDPOINT_IMPORT_KILLS", "3"))
ROWS = 4000 * max(1, KILLS // 3)

pytestmark = pytest.mark.peer


def test_an_import_goes_on_where_a_killed_worker_left_it(tmp_path, capsys):
    house, chance = House(tmp_path), random.Random(11)
    house.run("migrate")
    tables = Tables(tmp_path / "home", house.environment.get("DATABASE_URL", ""))
    lines = [f"C{n},n{n}@example.com,Person {n}" if n % 10 else f"C{n},nobody,Person {n}" for n in range(ROWS)]
    begin = (
        "import sys, django; django.setup()\n"
        "from rondpoint.files import actions as store\n"
        "from rondpoint.hub.imports import actions\n"
        "sha256, size = store.save(text := sys.stdin.buffer.read()), len(text)\n"
        "actions.begin('customers', 'list.csv', sha256, size, 'test', then='run')\n"
    )
    environment = house.environment | {"DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"}
    text = "\n".join(["id,email,name", *lines]).encode()
    subprocess.run([sys.executable, "-c", begin], env=environment, input=text, check=True, cwd=ROOT)

    def now():
        return tables.rows("SELECT state, new, refused, line FROM hub_import")[0]

    def start():
        with open(tmp_path / "house.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.faults.importer"], env=environment, stdout=log, stderr=log, cwd=ROOT
            )

    places = []
    for _ in range(KILLS):
        worker, before = start(), now()[3]
        try:
            wait_for(lambda before=before: now()[3] > before or now()[0] == "done", 240, "rows that are brought in")
            time.sleep(chance.uniform(0, 0.3))
        finally:
            worker.kill()
            worker.wait(timeout=10)
        places.append(now()[3])
    worker = start()
    try:
        wait_for(lambda: now()[0] == "done", 300, "the end of the import")
    finally:
        worker.kill()
        worker.wait(timeout=10)
    state, new, refused, line = now()
    with capsys.disabled():
        print(json.dumps({"kills_at_rows": places, "rows": ROWS, "new": new, "refused": refused}))
    assert (state, new, refused, line) == ("done", ROWS - ROWS // 10, ROWS // 10, ROWS + 1)
    keys = Counter(key for (key,) in tables.rows("SELECT key FROM customers_profile WHERE source = 'import:file'"))
    assert keys == Counter(f"id:C{n}" for n in range(ROWS) if n % 10)
    assert len({line for (line,) in tables.rows("SELECT line FROM hub_refusedrow")}) == ROWS // 10
    assert any(1 < place <= ROWS for place in places), "nobody was killed in the middle"
