"""What lies in deploy/ fits the product: variables, ports, commands and metrics exist, and nothing is left open."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from rondpoint.config import environment
from rondpoint.config.cli import _parser
from rondpoint.lib import counted, metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = [DEPLOY / "systemd" / "rondpoint.service", DEPLOY / "systemd" / "rondpoint@.service"]
SOURCE = (ROOT / "src/rondpoint/config/environment.py").read_text()
METRIC = re.compile(r"rondpoint_[a-z0-9_]+")


def commands() -> set[str]:
    return set(_parser()._subparsers._group_actions[0].choices)


def settings_of(path: Path) -> dict[str, list[str]]:
    """The settings of a unit file, each with all its values in order."""
    every: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            every.setdefault(name, []).append(value)
    return every


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_locked_down_and_starts_what_exists(path):
    every = settings_of(path)
    for name, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateDevices": "yes",
        "CapabilityBoundingSet": "",
        "User": "rondpoint",
        "StateDirectory": "rondpoint",
        "MemoryDenyWriteExecute": "yes",
    }.items():
        assert every[name] == [value], name
    assert every["SystemCallFilter"][0] == "@system-service"
    assert "MemoryMax" in every
    assert set(every["LoadCredential"]) < set(environment.SECRETS)
    program, command = every["ExecStart"][0].split()
    assert program.endswith("/rondpoint")
    assert command in commands() | {"%i"}
    home = dict(pair.split("=", 1) for pair in every["Environment"][0].split())
    assert home["RONDPOINT_HOME"] == f"/var/lib/{every['StateDirectory'][0]}"
    assert int(every["TimeoutStopSec"][0]) > 35  # a call of a provider may take 30 s


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_the_unit_and_rates_it(path, tmp_path):
    program = tmp_path / "rondpoint"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / path.name.replace("@.", "@worker.")
    copy.write_text(path.read_text().replace("/opt/rondpoint/bin/rondpoint", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60)
    assert [line for line in done.stderr.splitlines() if "rondpoint" in line] == []
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(copy)],
        capture_output=True, text=True, timeout=60,
    )
    assert rated.returncode == 0, rated.stdout[-300:] + rated.stderr


def known(name: str) -> bool:
    return f'"{name}"' in SOURCE or name.removesuffix("_FILE") in environment.SECRETS


def test_compose_is_locked_down_and_names_what_exists():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service.get("privileged") is None, name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"] or volume.startswith("./"), volume
    house = compose["services"]["house"]
    assert house["user"] == "7221:7221"
    assert house["command"] == ["rondpoint", "up"]
    for name, value in house["environment"].items():
        assert known(name), name
        if name.endswith("_FILE"):
            assert Path(value).name in house["secrets"], name
    assert {name for name in house["environment"] if name in environment.SECRETS} == set(), "a secret in the open"
    caddy = compose["services"]["caddy"]
    assert house["environment"]["RONDPOINT_TRUSTED_PROXIES"] == caddy["networks"]["inside"]["ipv4_address"]
    assert caddy["environment"]["RONDPOINT_UPSTREAM"] == "house:8000"
    assert all(port.startswith("127.0.0.1:") for port in house["ports"]), "the house stays inside"
    assert "ports" not in compose["services"]["postgres"]
    assert house["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert compose["services"]["postgres"]["healthcheck"]


def test_the_image_runs_as_nobody_special_on_the_ports_there_are():
    text = (DEPLOY / "Containerfile").read_text()
    lines = text.splitlines()
    assert "USER rondpoint" in lines
    assert lines.index("USER rondpoint") < lines.index('CMD ["rondpoint", "up"]')
    assert "EXPOSE 8000 8024" in lines
    assert '_port(environ, "RONDPOINT_PORT", 8000)' in SOURCE
    assert '_port(environ, "RONDPOINT_LMTP_PORT", 8024)' in SOURCE
    for name in re.findall(r"\b(RONDPOINT_[A-Z_]+)=", text):
        assert known(name) or name == "RONDPOINT_LOG", name
    for path in re.findall(r"^COPY ((?!--)[^\n]*) \S+$", text, re.M):
        assert all((ROOT / one).exists() for one in path.split()), path


def test_every_metric_that_somebody_watches_exists():
    series = set()
    for metric in metrics.declared():
        series.add(metric.name)
        if metric.kind == "histogram":
            series |= {f"{metric.name}_{end}" for end in ("bucket", "sum", "count")}
    alerts = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text())
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    dashboard = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
    watched = [rule["expr"] for rule in rules]
    watched += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {name for text in watched for name in METRIC.findall(text)}
    assert counted.waiting.name in named
    assert named <= series, named - series
    labels = {metric.name: set(metric.labels) | {"le"} for metric in metrics.declared()}
    for name, selector in re.findall(r"(rondpoint_[a-z_]+)\{([^}]*)\}", "\n".join(watched)):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        assert set(re.findall(r"(\w+)=", selector)) <= labels[base], (name, selector)
    assert all(rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"] for rule in rules)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_guide_names_what_exists(language):
    text = (ROOT / "docs" / language / "deploy.md").read_text()
    for path in re.findall(r"`(deploy/[\w./@-]+)`", text):
        assert (ROOT / path).exists() or path == "deploy/secrets/", path
    for command in re.findall(r"`rondpoint ([a-z]+)`", text):
        assert command in commands(), command
    for name in re.findall(r"\b(RONDPOINT_[A-Z_]+|DATABASE_URL)\b", text):
        assert known(name), name
