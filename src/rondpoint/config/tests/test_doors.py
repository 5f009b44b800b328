"""The list of doors: keys that lead to one place only, and settings under headings."""

import re

import pytest
from django.template.loader import get_template

from rondpoint.accounts import actions
from rondpoint.accounts.types import Role
from rondpoint.config.doors import DOORS, GROUPS
from rondpoint.lib.db import write


def test_each_key_leads_to_one_place():
    rail = get_template("ui/rail.html").template.source
    keys = [door.hotkey for door in DOORS if door.hotkey] + re.findall(r'data-hotkey="(\w[^"]*)"', rail)
    assert "g s" in keys
    assert len(set(keys)) == len(keys)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AGENT])
def test_the_settings_open_beside_their_menu(client, role):
    user = actions.create_user("olivia@example.com", "Olivia", "roundabout-of-the-north-9", role)
    with write():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/settings", follow=True)
    assert page.status_code == 200
    assert 'id="settings-1"' in page.content.decode()


def test_every_door_of_the_settings_stands_under_a_heading():
    found = [door.group for door in DOORS if door.section == "settings"]
    assert set(found) == set(GROUPS)
    assert {door.group for door in DOORS if door.section != "settings"} == {""}
