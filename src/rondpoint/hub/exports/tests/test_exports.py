"""What goes out can come in again: the same customer, the same facts; and nothing runs in a spreadsheet."""

import csv
import io
import json

import pytest

from rondpoint.config import cli
from rondpoint.consent import actions as consent_actions
from rondpoint.consent import queries as consent
from rondpoint.consent.models import Purpose, Wording
from rondpoint.consent.rules.preferring import NEVER
from rondpoint.consent.types import Entry
from rondpoint.customers import queries
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.events.models import Event
from rondpoint.files import queries as files
from rondpoint.hub.conftest import AT
from rondpoint.hub.exports import actions
from rondpoint.hub.models import Export
from rondpoint.lib import clock
from rondpoint.lib.db import unguarded, write
from rondpoint.sending.models import Decision

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.usefixtures("children_here")]


def made(**asked) -> Export:
    row = actions.ask(**{"what": "customers", "form": "csv", "by": "ada@example.com", **asked})
    assert actions.work("test") == 1
    row.refresh_from_db()
    assert (row.state, row.error) == ("done", "")
    return row


def known() -> dict:
    """Each customer: her identifiers and her traits, by her first identifier."""
    found = {}
    for row in Customer.objects.filter(merged_into=None):
        golden = queries.golden(row.id)
        held = sorted((each.kind, each.value, each.scope) for each in golden.identifiers)
        if any(kind != "anonymous" for kind, _, _ in held):
            found[held[0]] = held, {name: told.value for name, told in golden.traits.items()}
    return found


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_goes_out_comes_in_as_the_same_customers(people, bring, form):
    before = known()
    content = files.read(made(form=form).sha256)
    with unguarded():
        for model in (Event, Identifier):
            model.objects.all().delete()
        Customer.objects.update(merged_into=None)
        Profile.objects.update(customer=None)
        Customer.objects.all().delete()
        Profile.objects.all().delete()
    row = bring(content, origin="house")
    assert (row.state, row.new, row.refused) == ("done", 2, 1), row.error  # the visitor holds nothing
    assert known() == before
    assert bring(content, origin="house").known == 2


def test_a_spreadsheet_runs_nothing(people):
    rows = list(csv.DictReader(io.StringIO(files.read(made().sha256).decode("utf-8-sig"))))
    awa = next(row for row in rows if row["email"])
    assert awa["text:note"] == "'=1+1" and awa["phone"] == "'+33199001234"
    assert awa["email"] == "awa@example.com;awa@example.org"
    assert (awa["number:points"], awa["truth:vip"], awa["text:zip"]) == ("12.5", "true", "01000")
    assert awa["rondpoint_id"] == str(Customer.objects.get(id=people).public_id)


def test_facts_go_out_by_type_and_time(people):
    rows = list(csv.DictReader(io.StringIO(files.read(made(what="events").sha256).decode("utf-8-sig"))))
    assert [row["type"] for row in rows] == ["order.completed", "Page Viewed"]
    assert json.loads(rows[0]["properties"]) == {"number": "MH-1", "total": 20}
    assert rows[0]["email"] == "awa@example.com" and rows[0]["user_id"] == "u1"
    assert made(what="events", types=["Page Viewed"]).rows == 1
    assert made(what="events", until=AT + 1).rows == 1
    assert made(what="events", since=AT + 1).rows == 1


def test_parquet_has_types(people):
    import pyarrow.parquet as pq

    table = pq.read_table(files.path(made(form="parquet").sha256))
    awa = next(row for row in table.to_pylist() if row["email"])
    assert (awa["points"], awa["vip"], awa["tags"], awa["note"]) == (12.5, True, "a;b", "=1+1")
    assert awa["signed_up_at"] == "once", "a trait is no time because of its name"
    facts = pq.read_table(files.path(made(what="events", form="parquet").sha256)).to_pylist()
    assert clock.from_datetime(facts[0]["occurred_at"]) == AT


def test_an_export_expires_and_its_taking_is_written_down(people, desk):
    desk.post("/exports", {"what": "customers", "form": "csv"})
    assert "waits" in desk.get("/exports").content.decode()
    actions.work("test")
    row = Export.objects.get()
    place = f"/exports/{row.public_id}/file"
    assert place in desk.get("/exports").content.decode()
    answer = desk.get(place)
    assert b"awa@example.com" in b"".join(answer.streaming_content)
    from rondpoint.accounts.models import AuditEntry

    assert {"export.asked", "export.made", "export.fetched"} <= set(AuditEntry.objects.values_list("action", flat=True))
    assert actions.expire(clock.now() + 8 * clock.DAY) == 1
    assert desk.get(place).status_code == 404
    assert "expired" in desk.get("/exports").content.decode()


def test_one_that_nobody_wants_any_more_is_let_go(people, desk):
    row = actions.ask("customers", "csv", "ada@example.com")
    desk.post(f"/exports/{row.public_id}/cancellation")
    assert actions.work("test") == 0
    assert Export.objects.get().state == "cancelled"


def test_exports_by_the_api(people, api):
    answer = api.post("/api/v1/exports", {"what": "customers", "form": "jsonl"}, content_type="application/json")
    assert answer.status_code == 202
    place = f"/api/v1/exports/{answer.json()['id']}"
    assert api.get(f"{place}/file").status_code == 404
    actions.work("test")
    assert api.get(place).json()["rows"] == 3
    lines = b"".join(api.get(f"{place}/file").streaming_content).decode().splitlines()
    assert json.loads(lines[0])["number:points"] == 12.5
    assert api.delete(place).json()["state"] == "cancelled"
    for said in ({"what": "planets"}, {"what": "customers", "form": "pdf"}, {"what": "customers", "segment": "none"}):
        assert api.post("/api/v1/exports", said, content_type="application/json").status_code == 422


def test_one_customer_whole(people, api, capsys):
    row = Customer.objects.get(id=people)
    said = api.get(f"/api/v1/customers/{row.public_id}/export").json()
    assert said["name"] == "Awa Diallo" and said["traits"]["points"]["source"] == "track:1"
    assert [fact["type"] for fact in said["timeline"]] == ["order.completed", "Page Viewed"]
    assert said["orders"][0]["properties"]["number"] == "MH-1"
    assert len(said["identifiers"]) == 5 and said["profiles"][0]["key"] == "user:u1"
    cli.main(["export", "customer", str(row.public_id)])
    printed = json.loads(capsys.readouterr().out)
    assert printed.keys() == said.keys() and printed["identifiers"] == said["identifiers"]
    assert api.get("/api/v1/customers/nobody/export").status_code == 404
    with pytest.raises(SystemExit):
        cli.main(["export", "customer", "nobody"])


def test_what_she_said_about_messages_leaves_with_her(people, api, desk):
    awa = Profile.objects.get(key="user:u1")
    with write():
        terms = consent.purpose_names("fr")
        purpose = Purpose.objects.get(key="newsletter")
        Wording.objects.create(purpose=purpose, language="fr", version=7, text="Oui, écrivez-moi")
        Wording.objects.create(purpose=purpose, language="en", version=7, text="Yes, write to me")
        word = Entry(
            profile_id=awa.id, action="confirmed", source="form:1", at=AT, purpose="newsletter", channel="email",
            address_kind="email", address="awa@example.com", basis="consent", wording=7, language="fr",
            expires=AT + 900 * clock.DAY, by="ada@example.com", proof={"page": "/club"},
        )  # fmt: skip
        consent_actions.record([word])
        consent_actions.prefer(awa.id, {"per_week:": 3, "quiet": [1200, 510], "language": "en"}, now=AT)
        consent_actions.prefer(awa.id, {"paused_until": NEVER, "channel:newsletter": "print"}, now=AT + 1)
        other = Profile.objects.get(key="anon:a")
        Profile.objects.filter(id=other.id).update(customer=awa.customer)
        consent_actions.prefer(other.id, {"per_week:": 1, "language": None}, now=AT + 2)
        said = {"channel": "email", "address_kind": "email", "address": "awa@example.com", "purpose": "newsletter"}
        Decision.objects.create(
            profile_id=awa.id, at=AT, verdict="refuse", step="preferences", reason="paused", idempotency_key="k",
            steps=[{"step": "preferences", "result": "refuse", "reason": "paused"}], **said,
        )  # fmt: skip
    assert "newsletter" in terms
    row = Customer.objects.get(id=people)
    told = api.get(f"/api/v1/customers/{row.public_id}/export").json()
    [agreed] = told["consents"]
    assert (agreed["purpose"], agreed["basis"], agreed["wording"], agreed["language"]) == (
        "newsletter", "consent", 7, "fr",
    )  # fmt: skip
    assert agreed["wording_text"] == "Oui, écrivez-moi" and agreed["expires_at"] == clock.iso(AT + 900 * clock.DAY)
    assert (agreed["by"], agreed["reference"], agreed["proof"]) == ("ada@example.com", "form:1", {"page": "/club"})
    holds = {
        f"{wish['preference']}:{wish['purpose']}": wish["value"] for wish in told["preferences"] if wish["holds"]
    }
    assert holds == {
        "per_week:": 1, "quiet:": {"from": "20:00", "to": "08:30"}, "language:": None, "paused_until:": "forever",
        "channel:newsletter": "print",
    }  # fmt: skip
    assert [wish["value"] for wish in told["preferences"] if not wish["holds"]] == ["en", 3]
    [decision] = told["decisions"]
    assert decision["steps"][0]["reason"] == "paused" and (decision["verdict"], decision["state"]) == ("refuse", None)
    assert decision["address"] == "awa@example.com"
