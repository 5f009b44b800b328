"""The audit as a manager sees it, its work, and the API."""

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry, Team, User
from rondpoint.accounts.types import Role
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events.models import EventType
from rondpoint.hub.models import SiloAudit, Sync
from rondpoint.hub.silos import actions
from rondpoint.jobs import children
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("children_here")]
AT = 1_770_000_000_000_000


@pytest.fixture
def people(brand):
    """Seven of whom till and shop disagree, three whom the till knows alone."""
    with write():
        Sync.objects.create(kind="customers", name="CRM", origin="crm", address="", minutes=60, error="it answers 503")
        found = customers.hear(
            [
                Said(source, f"{number}", AT, {"name": f"Awa {number}", "city": city},
                     (IdentifierIn("phone", f"+3319900{number:04}", Evidence.PROVIDER),))
                for number in range(10)
                for source, city in (("shop", "Lyon"), ("till", "Nantes"))
                if source == "till" or number < 7
            ]
        )  # fmt: skip
        for number in range(7):
            customers.merge(found["shop", f"{number}"].id, found["till", f"{number}"].id, "Ines", AT)
    return found


def signed_in(role):
    with write():
        user = User.objects.create(email=f"{role}@example.com", name=str(role), role=role, language="en")
        client = Client()
        client.force_login(user)
    return client


def test_a_new_house_is_told_what_will_be_here(desk):
    page = desk.get("/silos").content.decode()
    assert "Nothing was looked at yet" in page and "Connect a channel" in page
    assert actions.daily() is None and not SiloAudit.objects.exists(), "nobody is known"


def test_it_is_asked_for_computed_once_and_shown(people, desk):
    assert desk.post("/silos")["Location"] == "/silos"
    desk.post("/silos")
    assert SiloAudit.objects.count() == 1, "one that waits is enough"
    assert "Is being computed" in desk.get("/silos").content.decode()
    part = desk.get("/silos", headers={"HX-Target": "silos-state"})
    assert "HX-Refresh" not in part and b"<h1>" not in part.content
    assert actions.work() == 1 and actions.work() == 0
    assert desk.get("/silos", headers={"HX-Target": "silos-state"})["HX-Refresh"] == "true"
    page = desk.get("/silos").content.decode()
    for words in (
        "CRM is broken", "contradict each other on 7 of 7 customers (100%): town", "it answers 503",
        "Compute again", "70%", "Who sees and uses what", "Who took data out",
    ):  # fmt: skip
        assert words in page, words
    assert AuditEntry.objects.filter(action="silos.asked", actor="ada@example.com").count() == 1


def test_examples_show_both_words_to_whoever_may_see_customers(people, desk):
    actions.ask()
    actions.work()
    place = "/silos/examples?one=shop&other=till&trait=city"
    page = desk.get(place).content.decode()
    assert page.count("Nantes") == page.count("Lyon") == 5 and "Awa 6" in page
    with write():
        for row in Profile.objects.filter(source="till"):
            Profile.objects.filter(id=row.id).update(traits={**row.traits, "city": {"value": "Lyon", "at": AT}})
    assert "None of them differs any more" in desk.get(place).content.decode()
    assert desk.get("/silos/examples?one=shop&other=till&trait=planet").status_code == 404


def test_supervisors_see_it_without_what_only_administrators_see_and_agents_not_at_all(people):
    actions.ask()
    actions.work()
    page = signed_in(Role.SUPERVISOR).get("/silos").content.decode()
    assert "CRM is broken" in page and "it answers 503" not in page and "Who took data out" not in page
    assert 'href="/traits"' not in page.partition("<main")[2]
    assert signed_in(Role.AGENT).get("/silos").status_code == 404


def test_a_failure_is_told_and_the_figures_of_before_stay(people, desk, monkeypatch):
    actions.ask()
    actions.work()

    def broken(*given, **more):
        raise children.Broken("Traceback\nMemoryError: no room")

    monkeypatch.setattr(children, "run", broken)
    actions.ask()
    actions.work()
    page = desk.get("/silos").content.decode()
    assert "MemoryError: no room" in page and "CRM is broken" in page
    monkeypatch.undo()


def test_it_is_made_each_day(people):
    now = clock.now()
    actions.daily(now)
    actions.daily(now + clock.HOUR)
    assert SiloAudit.objects.count() == 1
    actions.work()
    actions.daily(now + clock.HOUR)
    assert SiloAudit.objects.filter(state="waiting").count() == 0
    actions.daily(now + 25 * clock.HOUR)
    actions.work()
    assert SiloAudit.objects.count() == 1, "what was found before is let go"


def test_by_the_api(people, api):
    assert api.get("/api/v1/silos").status_code == 404
    answer = api.post("/api/v1/silos", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    actions.work()
    found = api.get("/api/v1/silos").json()
    assert (found["verdict"], found["customers"], found["shared"]) == ("broken", 10, 7)
    assert found["overlaps"] == [{"one": "shop", "other": "till", "both": 7}]
    till = next(each for each in found["sources"] if each["source"] == "till")
    assert (till["customers"], till["alone"], till["alone_phone"], till["median_age_days"] > 100) == (10, 3, 3, True)
    assert found["advice"][0]["code"] == "broken" and found["conflicts"][0]["trait"] == "city"
    assert "examples" not in found["conflicts"][0]
    assert till["filled"]["phone"] == 10 and till["filled"]["birthday"] == 0
    key = next(each for each in found["users"] if each["kind"] == "key")
    assert (key["name"], key["may"], key["used"]) == ("test", ["everything"], {"changes": 1})
    assert key["last_at"] is not None and found["taken"] == []


def test_how_complete_each_source_is_stands_in_a_table(people, desk):
    actions.ask()
    actions.work()
    page = desk.get("/silos").content.decode()
    assert "How complete they are" in page
    till = page.split("How complete they are")[-1].split("Till")[1].split("</tr>")[0]
    assert till.count("<b>100%</b>") == 2 and till.count("<b>0%</b>") == 6, "a name and a number, and nothing else"
    with write():
        User.objects.update(language="fr")
    assert "Numéro de client" in desk.get("/silos").content.decode()


def test_an_audit_of_an_earlier_version_is_still_shown(people, desk):
    actions.ask()
    actions.work()
    row = SiloAudit.objects.get()
    del row.result["differing"]
    for silo in row.result["silos"]:
        silo["filled"] = {"email": 0, "phone": 10, "name": 10, "consent": 0}
    row.result["seers"] = [{"kind": "team", "name": "Care", "people": 1, "used": {"chat": 3}}]
    with write():
        row.save()
    page = desk.get("/silos").content.decode()
    assert "Care" in page and "Customer number" not in page


def test_types_of_events_that_differ_are_among_what_to_do_next(people):
    with write():
        EventType.objects.create(name="Order Completed", first_at=AT, last_at=AT, silent=AT)
    actions.ask()
    actions.work()
    page = signed_in(Role.SUPERVISOR).get("/silos").content.decode()
    assert "1 type of events looks different than before, or fell silent" in page
    assert 'href="/catalogue?show=different">Look at them</a>' in page, "supervisors may do that"


def test_teams_are_told_with_what_they_answered_and_looked_at(people, desk):
    ada = User.objects.get(email="ada@example.com")
    with write():
        Team.objects.create(name="Care").members.add(ada)
    for target in ("conversation:1", "conversation:2", "conversation:1"):
        accounts.audit("ada@example.com", "conversation.seen", target)
    accounts.audit("ada@example.com", "export.fetched", "export:1")
    actions.ask()
    actions.work()
    page = desk.get("/silos").content.decode()
    assert page.count("conversations looked at 2") == 2, "of her role and of her team"
    assert "Care" in page and "took an export away" in page
