"""Runs the fuzz targets for RONDPOINT_FUZZ_SECONDS each (60): ``python fuzz/run.py [mail] [sms]``; 1 when one broke."""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BROKEN = ROOT / ".fuzz"
TARGETS = ("mail", "sms")
LARGEST_SEED = 20_000
FOUND = re.compile(r"Test unit written to (\S+)")
TRIED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main(names: list[str]) -> int:
    """The exit code: 0 when nothing broke, or when there is nothing to fuzz with."""
    if importlib.util.find_spec("atheris") is None:
        print("nothing was fuzzed: atheris is not installed here (it has no wheel for every platform)")
        return 0
    return max(run(name) for name in names or TARGETS)


def run(name: str) -> int:
    """Fuzzes one target with seeds of its own; prints one line."""
    BROKEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rondpoint-fuzz-") as corpus:
        for number, seed in enumerate(seeds(name)):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        done = subprocess.run(
            [
                sys.executable,
                ROOT / "fuzz" / f"{name}.py",
                f"-max_total_time={os.environ.get('RONDPOINT_FUZZ_SECONDS', '60')}",
                "-timeout=10",  # seconds for one input, as the worker gives one mail
                "-rss_limit_mb=1024",
                f"-max_len={LARGEST_SEED}",
                "-print_final_stats=1",
                f"-artifact_prefix={BROKEN}/{name}-",
                corpus,
            ],
            capture_output=True,
            text=True,
            errors="replace",
            cwd=ROOT,
        )
    said = done.stdout + done.stderr
    tried, found = TRIED.search(said), FOUND.search(said)
    print(f"fuzz {name}: {tried[1] if tried else 0} inputs tried, {int(done.returncode != 0)} broke it", flush=True)
    if done.returncode:
        print(f"{said[-3000:]}\nthe input: {found[1] if found else 'none was written'}")
    return int(done.returncode != 0)


def seeds(name: str) -> list[bytes]:
    """Inputs to begin with: the small ones among the hostile mails, and one of each kind of SMS."""
    sys.path.insert(0, str(ROOT))
    if name == "mail":
        from tests.hostile import mails

        cases = {**mails.STRUCTURE, **mails.HEADERS, **mails.CHARSETS}
        return [data for case in cases.values() if len(data := case.build()) <= LARGEST_SEED]
    from rondpoint.channels.sms import pdu

    bodies = [
        pdu.submit_body("+33199000123", "+33199001000", b"Hello", 0),
        pdu.submit_body("+33199000123", "+33199001000", pdu.concatenation_header(7, 2, 1) + b"Hel", 8, udh=True),
    ]
    forms = [
        b"MessageSid=SM1&From=%2B33199000123&To=%2B33199001000&Body=Hello",
        b"MessageSid=SM1&MessageStatus=delivered",
    ]
    return [*bodies, *(pdu.pack(pdu.Pdu(pdu.DELIVER_SM, 0, 1, body)) for body in bodies), *forms, "héé😀€".encode()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
