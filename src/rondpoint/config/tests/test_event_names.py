"""Every type of fact that a timeline shows, or that the house tells, has a name and a meaning in the catalogue."""

import ast
import re
from pathlib import Path

import rondpoint
from rondpoint.config.event_meanings import MEANINGS
from rondpoint.config.event_names import NAMES
from rondpoint.config.titles import TITLES
from rondpoint.consent.types import ACTIONS
from rondpoint.events.types import OURS

NAMED = re.compile(rf"({'|'.join(map(re.escape, OURS))})[a-z_]+")
NO_FACTS = {
    "conversation.read",  # whispered to open screens
    "conversation.subject", "customer.name", "customer.first_name", "customer.email", "customer.phone",  # in answers
    "company.id", "consent.purpose",  # fields
    "company.dismissed", "company.member", "conversation.seen", "customer.exported", "customer.seen",  # audit log
    "segment.archived", "segment.changed", "segment.defined", "segment.seen",
}  # fmt: skip
ROOMS = Path(rondpoint.__file__).parent


def told() -> set[str]:
    """The types that stand in the code of the rooms, but those that only the audit log knows."""
    found: dict[str, bool] = {}
    for file in ROOMS.rglob("*.py"):
        if {"tests", "demo", "config"} & set(file.parts) or file.name == "conftest.py":
            continue
        tree = ast.parse(file.read_text())
        logged = {
            constant
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and "audit" in ast.unparse(call.func)
            for constant in ast.walk(call)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.fullmatch(node.value):
                found[node.value] = found.get(node.value, False) or node not in logged
    return {name for name, is_told in found.items() if is_told} - NO_FACTS


def test_what_a_timeline_titles_has_a_name_and_a_meaning():
    assert TITLES.keys() <= NAMES.keys()
    assert NAMES.keys() == MEANINGS.keys()


def test_what_the_house_tells_has_a_title_a_name_and_a_meaning():
    found = told() | {f"consent.{action}" for action in ACTIONS}
    assert {"message.received", "conversation.closed", "company.joined", "customer.edited"} <= found
    assert found - NAMES.keys() == set()
    assert found - TITLES.keys() == set()
