"""Whether the process that holds a lease is gone: said only where it is certain."""

import os
import subprocess
import sys

import pytest

from rondpoint.jobs import processes

SLEEPER = """
import sys
from rondpoint.jobs import processes
print(processes.name("part"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other():
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_a_process_is_gone_when_it_has_ended_and_not_before(other):
    process, name = other
    assert not processes.gone(name)
    process.kill()
    process.wait()
    assert processes.gone(name)


def test_one_is_never_gone_oneself():
    assert not processes.gone(processes.name())
    assert not processes.gone(processes.name("part"))
    assert processes.name() == processes.name()


def test_whoever_has_the_number_now_is_somebody_else():
    host, number, machine, birth = processes.name().split(":")
    assert processes.gone(f"{host}:{number}:{machine}:{int(birth) - 1}")


def test_whoever_has_the_number_now_may_be_another_user_s(monkeypatch):
    def refused(number, signal):
        raise PermissionError

    monkeypatch.setattr(processes.os, "kill", refused)
    host, number, machine, birth = processes.name().split(":")
    assert processes.gone(f"{host}:{number}:{machine}:{int(birth) - 1}") and not processes.gone(processes.name())


def test_of_a_process_elsewhere_nothing_is_known(other):
    process, name = other
    process.kill()
    process.wait()
    host, number, _, birth, part = name.split(":")
    assert not processes.gone(f"{host}:{number}:0badcafe:{birth}:{part}")


@pytest.mark.parametrize(
    "name", ["", "a", "w1", "host:1", "command:123", "host:x:00000000:1", "host:-1:00000000:1", "::::", "a:b:c:d:e:f"]
)
def test_of_names_that_are_not_a_process_nothing_is_known(name):
    assert not processes.gone(name)


def test_a_number_beyond_all_processes_is_not_asked_for():
    machine = processes.name().split(":")[2]
    assert not processes.gone(f"host:{10**30}:{machine}:1")


def test_where_the_kernel_says_too_little_nobody_is_gone(monkeypatch, tmp_path, other):
    process, name = other
    process.kill()
    process.wait()
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert not processes.gone(name)
    assert not processes.gone(processes.name())
    assert processes.name() == processes.name()


def test_names_fit_their_columns_and_hold_no_colon_of_the_host(monkeypatch):
    monkeypatch.setattr(processes.socket, "gethostname", lambda: "a:very-long-name-of-a-machine-" * 3)
    monkeypatch.setattr(os, "getpid", lambda: 4_194_304)
    name = processes.name("a1b2c3d4")
    assert len(name) <= 64 and name.count(":") <= 4
    assert processes.gone(name) is False
