"""What customers get: the screen and the API of what the house decides."""

import json

import pytest

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry, Team
from rondpoint.accounts.types import Role
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import house
from rondpoint.sending.types import Cap, HouseRules, Price

pytestmark = [pytest.mark.django_db, pytest.mark.data]
FORM = {
    "hold_out": "5", "duplicate_days": "14", "complaint_priority": "1",
    "most": ["2", "", "1"], "days": ["7", "7", "1"], "purpose": ["", "", "offers"], "channel": ["sms", "", ""],
    "from-sms": "20:00", "to-sms": "09:30", "price-channel": ["sms", "sms", "email", "sms"],
    "price-countries": ["France, be", "", "", ""], "price-cents": ["6", "11,25", "0.02", ""],
}  # fmt: skip
CAPS = (Cap(2, 7 * clock.DAY, "", "sms"), Cap(1, clock.DAY, "offers"))
PRICES = (Price("sms", 600, ("FR", "BE")), Price("sms", 1125), Price("email", 2))
PRICED = [
    {"channel": "sms", "cents": 6, "countries": ["FR", "BE"]},
    {"channel": "sms", "cents": 11.25, "countries": []},
    {"channel": "email", "cents": 0.02, "countries": []},
]
DECIDED = HouseRules(5, 14, {"sms": (1200, 570)}, 1, (), CAPS, PRICES)


@pytest.fixture
def desk(client, brand):
    user = accounts.create_user("admin@example.com", "Ada", "roundabout-of-the-north-9", Role.ADMINISTRATOR)
    with write():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def api(client, brand):
    _, token = accounts.create_api_key("backend")

    def call(method, body=None):
        told = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = getattr(client, method)("/api/v1/promotions/rules", **told, HTTP_AUTHORIZATION=f"Bearer {token}")
        return answer.status_code, answer.json()

    return call


def test_an_administrator_decides_on_the_screen(desk):
    page = desk.get("/promotions").content.decode()
    assert 'name="from-sms" value="21:00"' in page and 'name="from-email" value=""' in page
    with write():
        team = Team.objects.create(name="Réclamations")
    answer = desk.post("/promotions", {**FORM, "complaint_teams": [str(team.id)]})
    assert (answer.status_code, answer["Location"]) == (302, "/promotions?saved=7")
    assert house.rules() == HouseRules(**{**{f: getattr(DECIDED, f) for f in DECIDED.__struct_fields__},
                                          "complaint_teams": (team.id,)})  # fmt: skip
    page = desk.get("/promotions?saved=6").content.decode()
    assert 'value="FR, BE"' in page and 'value="11.25"' in page
    assert 'name="to-sms" value="09:30"' in page and 'value="14"' in page and "Réclamations" in page
    assert AuditEntry.objects.filter(action="sending.decided", actor="admin@example.com").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"hold_out": "101"}, {"hold_out": "many"}, {"duplicate_days": ""}, {"from-sms": "20:00", "to-sms": ""},
        {"from-sms": "25:00"}, {"from-sms": "09:30"}, {"complaint_priority": "7"}, {"complaint_teams": ["99"]},
        {"most": ["-1"]}, {"most": ["1"], "days": ["2"]}, {"purpose": ["no_such", "", ""]},
        {"channel": ["pigeon", "", ""]}, {"most": ["1" * 30]}, {"price-cents": ["1000.01", "", "", ""]},
        {"price-cents": ["six", "", "", ""]}, {"price-cents": ["1.234", "", "", ""]}, {"price-channel": ["pigeon"] * 4},
        {"price-countries": ["Atlantis", "", "", ""]}, {"price-countries": ["FR", "France", "", ""]},
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_said_and_kept_in_the_form(desk, wrong):
    before = house.rules()
    answer = desk.post("/promotions", {**FORM, "duplicate_days": "13", **wrong})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'role="alert"' in page
    assert 'name="to-sms"' in page and ("13" in page or "duplicate_days" in wrong)
    assert house.rules() == before


def test_the_api_reads_and_replaces_all_of_them(api):
    status, fresh = api("get")
    assert status == 200 and fresh["quiet"]["sms"] == {"from": "21:00", "to": "08:00"} and fresh["caps"] == []
    told = {
        "caps": [{"most": 2, "days": 7, "purpose": "", "channel": "sms"},
                 {"most": 1, "days": 1, "purpose": "offers", "channel": ""}],
        "quiet": {"sms": {"from": "20:00", "to": "09:30"}}, "hold_out": 5, "duplicate_days": 14,
        "complaints": {"priority": 1, "teams": []}, "prices": PRICED,
    }  # fmt: skip
    assert api("put", told) == (200, told)
    without = {name: value for name, value in told.items() if name != "prices"}
    assert api("put", without) == (200, told), "who says nothing of prices changes none"
    assert api("get") == (200, told)
    assert house.rules() == DECIDED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hold_out": 500}, "hold_out"),
        ({"quiet": {"pigeon": {"from": "20:00", "to": "21:00"}}}, "quiet"),
        ({"quiet": {"sms": {"from": "20:00", "to": "24:00"}}}, "quiet.sms.to"),
        ({"complaints": {"priority": 5, "teams": []}}, "complaints.priority"),
        ({"complaints": {"priority": None, "teams": ["Nobody"]}}, "complaints.teams[0]"),
        ({"caps": [{"most": 1, "days": 3}]}, "caps[0].days"),
        ({"more": 1}, "more"),
        ({"prices": [{"channel": "pigeon", "cents": 1}]}, "prices[0].channel"),
        ({"prices": [{"channel": "sms", "cents": -1}]}, "prices[0].cents"),
        ({"prices": [{"channel": "sms", "cents": 1.234}]}, "prices[0].cents"),
        ({"prices": [{"channel": "sms", "cents": 1, "countries": ["Atlantis"]}]}, "prices[0].countries"),
        ({"prices": [{"channel": "sms", "cents": 1}, {"channel": "sms", "cents": 2}]}, "prices[1].countries"),
    ],
)
def test_the_api_says_which_field_is_wrong(api, change, field):
    told = {"caps": [], "quiet": {}, "hold_out": 0, "duplicate_days": 7, "complaints": {"priority": 2, "teams": []}}
    status, problem = api("put", {**told, **change})
    assert status == 422 and field in [each["field"] for each in problem["errors"]], problem
    assert api("put", {name: told[name] for name in list(told)[1:]})[0] == 422  # all of them, or none
