"""The list of doors: keys that lead to one place only, and settings under headings."""

import re

from django.template.loader import get_template

from rondpoint.config.doors import DOORS, GROUPS


def test_each_key_leads_to_one_place():
    rail = get_template("ui/rail.html").template.source
    keys = [door.hotkey for door in DOORS if door.hotkey] + re.findall(r'data-hotkey="(\w[^"]*)"', rail)
    assert "g s" in keys
    assert len(set(keys)) == len(keys)


def test_every_door_of_the_settings_stands_under_a_heading():
    found = [door.group for door in DOORS if door.section == "settings"]
    assert set(found) == set(GROUPS)
    assert {door.group for door in DOORS if door.section != "settings"} == {""}
