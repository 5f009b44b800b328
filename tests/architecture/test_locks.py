"""What is installed is known to the byte, and no lock file names a host."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = {
    name: (ROOT / name).read_text()
    for name in ("requirements.lock", "requirements-test.lock", "requirements-setup.lock")
}


def pinned(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))


def test_every_package_is_pinned_with_its_hashes_and_no_host_is_named():
    for name, text in LOCKS.items():
        blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
        packages = [block for block in blocks if "==" in block.partition("\n")[0]]
        assert len(packages) > (0 if "setup" in name else 20), name
        assert [block.partition(" ")[0] for block in packages if "--hash=sha256:" not in block] == []
        assert "://" not in text, name
        assert "index-url" not in text, name


def test_the_tests_run_on_the_versions_that_users_get():
    run, test = pinned(LOCKS["requirements.lock"]), pinned(LOCKS["requirements-test.lock"])
    assert {name: test.get(name) for name in run} == run
    assert "pytest" in test
    assert "pytest" not in run
