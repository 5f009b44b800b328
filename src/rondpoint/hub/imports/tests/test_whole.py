"""One customer as another house wrote her down comes in whole, once, and changes nothing where she was written down."""

import json
from uuid import UUID

import pytest
from django.utils import translation

from rondpoint.config import cli
from rondpoint.consent.models import Agreed, ConsentEntry, Purpose, Suppression
from rondpoint.conversations.models import Conversation, Message, MessageReference, Participant
from rondpoint.customers import queries
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.events.models import Event
from rondpoint.hub.exports import customer
from rondpoint.hub.imports import reading, working
from rondpoint.hub.imports.sentences import said
from rondpoint.hub.models import Import, Mapping, RefusedRow
from rondpoint.lib import clock
from rondpoint.lib.db import unguarded, write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
WORDS = (
    "email,phone,purpose,channel,action,date,form,text,basis,expiration\n"
    "awa@example.com,,newsletter,email,confirmed,2026-03-04T14:05:00Z,footer,Oui,consent,\n"
    "awa@example.com,,offers,email,yes,2026-03-05T14:05:00.123456Z,till,,consent,2029-03-05\n"
    "awa@example.com,,,,objected,2026-03-06T14:05:00Z,,,,\n"
    ",+33199001234,,sms,stop,2026-03-07T14:05:00Z,,STOP,,\n"
)
TALK = (
    "email,ticket,date,sens,canal,message,auteur\n"
    "awa@example.com,T-1,2026-03-04T10:00:00Z,in,email,Où est mon colis ?,Awa\n"
    "awa@example.com,T-1,2026-03-04T11:00:00Z,out,email,Il part demain.,Inès\n"
    "awa@example.com,T-2,2026-03-05T11:00:00Z,in,sms,Merci,Awa\n"
)


@pytest.fixture
def awa(people, bring):
    """Awa with words of consent and conversations."""
    assert bring(WORDS, "consents", origin="crm").new == 4
    assert bring(TALK, "messages", origin="help").new == 3
    return Customer.objects.get(id=people)


def written(row: Customer) -> dict:
    return json.loads(json.dumps(customer.whole(row)))


def known(file: dict) -> dict:
    """What two houses say alike of one person."""
    return {
        "identifiers": sorted((one["kind"], one["value"], one["scope"]) for one in file["identifiers"]),
        "traits": {name: (one["value"], one["at"]) for name, one in file["traits"].items()},
        "consents": sorted(
            (one["kind"], one["address"], one["channel"], one["at"], one.get("action"), one.get("purpose"),
             one.get("basis"), one.get("expires_at"), one.get("proof", {}).get("text"))
            for one in file["consents"] if one["kind"] == "said"
        ),
        "shut": {(one["address"], one["channel"], one["reason"]) for one in file["consents"] if "scope" in one},
        "orders": [(one["type"], one["occurred_at"], one["properties"]) for one in file["orders"]],
        "facts": [(one["type"], one["occurred_at"], one["channel"], one["properties"])
                  for one in file["timeline"] if "." not in one["type"]],
        "talks": [
            [(one["direction"], one["channel"], one["address"], one["text"], one["author"], one["at"])
             for one in talk["messages"]]
            for talk in file["conversations"]
        ],
    }  # fmt: skip


def counts() -> list[int]:
    return [model.objects.count() for model in (Customer, Profile, Identifier, ConsentEntry, Event, Message, Link)]


def empty() -> None:
    """Another house, in which nobody is known."""
    with unguarded():
        for model in (MessageReference, Participant, Message, Conversation, Agreed, Suppression, ConsentEntry, Mapping):
            model.objects.all().delete()
        Event.objects.all().delete()
        Profile.objects.update(customer=None)
        for model in (Link, Identifier, Customer, Profile):
            model.objects.all().delete()


def test_she_is_the_same_in_another_house_and_comes_in_once(awa, bring):
    file = written(awa)
    empty()
    content = json.dumps(file, ensure_ascii=False, indent=1)
    row = bring(content, "customers", name="awa.json")
    reasons = list(RefusedRow.objects.filter(imported=row).values_list("reason", flat=True))
    assert (row.state, row.error, row.kind) == ("done", "", "customer")
    assert all("each house tells itself" in reason for reason in reasons) and len(reasons) == row.refused > 0, reasons
    with translation.override("fr"):
        assert all("que chaque maison raconte" in said(reason) for reason in reasons)
    there = written(Customer.objects.get())
    assert known(there) == known(file)
    assert set(Conversation.objects.values_list("state", flat=True)) == {"closed"}
    assert there["created_at"] == file["created_at"]
    held = counts()
    again = bring(content, "customer", name="awa.json")
    assert (again.new, again.changed, again.refused) == (0, 0, row.refused)
    assert counts() == held


def test_it_changes_nothing_in_the_house_that_wrote_it(awa, bring):
    content, held = json.dumps(customer.whole(awa)), counts()
    row = bring(content, "customer")
    assert (row.state, row.new, row.changed) == ("done", 0, 0), row.error
    assert row.known > 15 and counts() == held


def test_a_dry_run_writes_nothing_and_shows_rows_of_each_kind(awa, bring):
    content, held = json.dumps(customer.whole(awa)), counts()
    empty()
    row = bring(content, "customer", then="check")
    assert row.state == "checked" and not Customer.objects.exists() and held
    assert row.found["new"] > 5
    assert any(one["values"].get("action") == "confirmed" for one in row.found["rows"])
    assert row.found["rows"][0]["values"]["email"] == "awa@example.com"


def test_what_holds_in_its_own_house_alone_is_counted_and_named(awa, bring):
    file = written(awa)
    empty()
    file["traits"]["value"] = {"value": 3, "at": clock.iso(clock.now()), "source": "computed", "by": "value"}
    file["identifiers"].append({"kind": "anonymous", "value": "b", "scope": ""})
    file["preferences"] = [{"preference": "per_week", "value": 1}]
    file["consents"].append({**file["consents"][0], "kind": "suppression", "reason": "bounce", "channel": "email"})
    row = bring(json.dumps(file), "customer")
    reasons = list(RefusedRow.objects.filter(imported=row).values_list("reason", flat=True))
    for part in ("worked out by each house", "means nothing in another house; 1", "no word of hers", "1 wishes hold"):
        [reason] = [reason for reason in reasons if part in reason]
        with translation.override("fr"):
            assert said(reason) != reason
    assert "value" not in written(Customer.objects.get())["traits"]


def test_words_for_a_purpose_that_is_not_here_are_refused_by_its_name(awa, bring):
    file = written(awa)
    empty()
    with write():
        Purpose.objects.filter(key="offers").update(key="sales", names={})
    row = bring(json.dumps(file), "customer")
    assert ConsentEntry.objects.count() == 3
    reasons = RefusedRow.objects.filter(imported=row, reason__contains="there is no purpose 'offers'")
    assert reasons.count() == 1


def test_somebody_known_here_learns_of_it_on_a_record_of_its_own(awa, bring):
    file = written(awa)
    empty()
    bring("id,email,city\nK7,awa@example.com,Paris\n", origin="crm2")
    assert bring(json.dumps(file), "customer").state == "done"
    row = Customer.objects.get(merged_into=None)
    assert len(queries.golden(row.id).profiles) == 2
    assert known(written(row))["talks"] == known(file)["talks"]


def without(file: dict, *path, value=None) -> str:
    found = file
    for step in path[:-1]:
        found = found[step]
    found[path[-1]] = value
    return json.dumps(file)


def test_what_cannot_be_read_says_where_and_what_to_do(awa, bring):
    file, held = json.dumps(written(awa), indent=1), counts()
    for content, kind, reason in (
        (file[: len(file) // 2], "customers", "breaks off or was changed at line"),
        (without(json.loads(file), "format", value="rondpoint.customer/2"), "customer", "'rondpoint.customer/2'"),
        (without(json.loads(file), "timeline", 0, "type", value=3), "customer", "$.timeline[0].type is not as"),
        (without(json.loads(file), "conversations"), "customer", "$.conversations is not as"),
        ('{"email": "awa@example.com"}\n{"email": "b@example.com"}', "customer", "expected JSON whose format is"),
        ("[1]", "customer", "expected JSON whose format is"),
        ("email,name\nawa@example.com,Awa\n", "customer", "expected JSON whose format is"),
        (file.encode("utf-8")[:-1] + b"\xff}", "customer", "expected JSON whose format is"),
    ):
        row = bring(content, kind)
        assert row.state == "failed" and reason in row.error, (reason, row.state, row.error)
        with translation.override("fr"):
            assert said(row.error) != row.error
    assert counts() == held


def test_what_a_stranger_wrote_into_it_is_refused_row_by_row(awa, bring):
    file = written(awa)
    empty()
    file["timeline"].append({"type": "Store Visited", "occurred_at": "soon", "properties": {"a": "x\u0000y"}})
    file["timeline"].append({"type": "Store\u0000 Visited", "occurred_at": clock.iso(clock.now()), "message_id": "v"})
    file["traits"]["deep"] = {"value": "y" * 20_000, "at": clock.iso(clock.now())}
    file["conversations"][0]["messages"][0]["text"] = "z" * 2_000_000
    file["consents"].append({**file["consents"][-1], "kind": "said", "action": "perhaps", "address_kind": "smoke"})
    row = bring(json.dumps(file), "customer")
    assert row.state == "done", row.error
    reasons = " | ".join(RefusedRow.objects.filter(imported=row).values_list("reason", flat=True))
    for part in ("'soon' is no time", "deep: a cell has at most", "text: at most", "'perhaps' is none of"):
        assert part in reasons
    assert Event.objects.filter(type="Store Visited").count() == 1


def test_on_the_command_line_and_by_the_api(awa, api, capsys, tmp_path):
    cli.main(["export", "customer", str(awa.public_id)])
    printed = capsys.readouterr().out
    (tmp_path / "awa.json").write_text(printed)
    empty()
    cli.main(["import", "customer", str(tmp_path / "awa.json"), "--dry-run"])
    assert json.loads(capsys.readouterr().out)["new"] > 5
    answer = api.post(
        "/api/v1/imports", {"kind": "customer", "rows": [json.loads(printed)]}, content_type="application/json"
    )
    assert answer.status_code == 202
    row = Import.objects.get(public_id=UUID(answer.json()["id"]))
    assert row.kind == "customer"


def test_on_the_screen_it_is_recognised_whatever_was_chosen(awa, desk, tmp_path):
    path = tmp_path / "awa.json"
    path.write_text(json.dumps(customer.whole(awa), indent=1))
    empty()
    with path.open("rb") as file:
        desk.post("/imports", {"kind": "orders", "origin": "heron", "country": "FR", "file": file})
    row = Import.objects.get(origin="heron")
    place = f"/imports/{row.public_id}"
    while working.work("test"):
        pass
    page = desk.get(place).content.decode()
    assert '<option value="part" selected>' in page and '<option value="said" selected>' in page
    desk.post(f"{place}/mapping", {"c0": "part", "c1": "said", "origin": "heron", "country": "FR"})
    while working.work("test"):
        pass
    assert "Bring them in" in desk.get(place).content.decode() and not Customer.objects.exists()
    desk.post(f"{place}/run")
    while working.work("test"):
        pass
    assert queries.golden(Customer.objects.get().id).name == "Awa Diallo"
    assert "One customer, whole" in desk.get("/imports").content.decode()


def test_somebody_of_whom_hardly_anything_is_known_comes_in_too(bring):
    bring("id,email\nK7,awa@example.com\n", origin="crm")
    file = written(Customer.objects.get())
    empty()
    row = bring(json.dumps(file), "customers")
    assert (row.state, row.new, row.refused) == ("done", 1, 0), row.error
    assert known(written(Customer.objects.get())) == known(file)
    file["identifiers"] = []
    row = bring(json.dumps(file), "customers")
    assert (row.new, row.refused) == (0, 1)
    assert "nothing says who this is" in RefusedRow.objects.get(imported=row).reason


def test_a_long_one_is_read_in_a_child_as_a_short_one_is_here(awa, bring, monkeypatch):
    file = written(awa)
    empty()
    monkeypatch.setattr(reading, "WORTH_IT", 0)
    monkeypatch.setattr(working, "AT_ONCE", 4)
    row = bring(json.dumps(file), "customer")
    assert row.state == "done" and known(written(Customer.objects.get())) == known(file), row.error
