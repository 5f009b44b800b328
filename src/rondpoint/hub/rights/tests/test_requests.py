"""What people ask for: with its date, its proof, its files and its answer."""

import json
from io import BytesIO

import pypdf
import pytest
from django.test import Client

from rondpoint.accounts.models import AuditEntry, User
from rondpoint.consent.models import ConsentEntry
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.files import queries as files
from rondpoint.hub.models import Erasure, RightsRequest
from rondpoint.hub.rights import access, access_file, actions, own, queries, requests, working
from rondpoint.hub.rights.types import DUE, LONGEST, Invalid
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.usefixtures("children_here")]


@pytest.fixture
def awa(brand):
    number, _ = customers.create_or_find(
        "Awa Diallo", [IdentifierIn("email", "awa@example.com", Evidence.VERIFIED)], {"city": "Lyon <b>"}, "staff"
    )
    return Customer.objects.get(id=number)


def signed_in(role, email="eve@example.com"):
    client = Client(raise_request_exception=False)
    with write():
        user = User.objects.create(email=email, name=role, role=role, language="en")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def made(row: RightsRequest) -> RightsRequest:
    assert working.work("test") == 1
    row.refresh_from_db()
    return row


def test_her_files_say_all_that_is_known_and_end_after_a_week(awa, client):
    row = made(requests.ask("access", awa, "colleague", "ada@example.com", "counter", "showed her card"))
    assert (row.state, row.answer) == ("done", "")
    links = queries.summary(row)["files"]
    told = json.loads(b"".join(client.get(links["json"]).streaming_content))
    assert (told["name"], told["id"]) == ("Awa Diallo", str(awa.public_id))
    page = pypdf.PdfReader(BytesIO(b"".join(client.get(links["pdf"]).streaming_content)))
    text = "".join(sheet.extract_text() for sheet in page.pages)
    assert "Awa Diallo" in text and "awa@example.com" in text and "Lyon <b>" in text
    assert page.metadata.title == "Ce que nous savons de vous" and page.trailer["/Root"]["/Lang"] == "fr"
    assert AuditEntry.objects.filter(action="rights.access.fetched").count() == 2
    assert client.get(links["json"][:-2]).status_code == 404
    with pytest.raises(LookupError):
        access.opened(links["json"].rpartition("/")[2], row.expires + 1)
    assert access.expire(row.expires + 1) == 1
    assert client.get(links["json"]).status_code == 404
    with pytest.raises(FileNotFoundError):
        files.read(row.page_sha256)


def test_files_of_somebody_who_is_forgotten_while_they_are_made_do_not_stay(awa, monkeypatch):
    made, make = [], access_file.make

    def slowly(customer):
        made.extend(make(customer))
        actions.erase(awa, "ada@example.com")
        return made

    monkeypatch.setattr(access_file, "make", slowly)
    row = requests.ask("access", awa, "colleague", "ada@example.com", "counter", "showed her card")
    assert working.work("test") == 1
    row.refresh_from_db()
    assert (row.state, row.json_sha256, row.expires) == ("done", "", None)
    assert len(made) == 2
    for sha256, _ in made:
        with pytest.raises(FileNotFoundError):
            files.read(sha256)
    assert not AuditEntry.objects.filter(action="rights.access.made").exists()


def test_an_erasure_finds_files_that_no_row_refers_to(awa, monkeypatch):
    monkeypatch.setattr(working, "SETTLED", 0)
    made = access_file.make(awa.id)  # and whoever made them died
    working.whole(actions.erase(awa, "ada@example.com"), "test")
    assert len(made) == 2
    for sha256, _ in made:
        with pytest.raises(FileNotFoundError):
            files.read(sha256)


def test_without_proof_nothing_is_handed_out(awa):
    with pytest.raises(Invalid) as refused:
        requests.ask("access", awa, "colleague", "ada@example.com", "phone", " ")
    assert refused.value.field == "proof"
    row = requests.ask("erasure", awa, "colleague", "ada@example.com", "phone")
    assert (row.state, row.proof) == ("open", "")


@pytest.mark.parametrize(
    ("traits", "law"),
    [
        ({}, "gdpr"), ({"country": "CA", "region": "Québec"}, "law25"), ({"country": "CA"}, "gdpr"),
        ({"country": "Canada", "province": "Province de Québec"}, "law25"), ({"region": "QC"}, "gdpr"),
    ],
)  # fmt: skip
def test_the_answer_is_due_by_the_law_of_where_she_lives(brand, traits, law):
    number, _ = customers.create_or_find("B", [IdentifierIn("email", "b@example.com")], traits, "staff")
    row = requests.ask("erasure", Customer.objects.get(id=number), "colleague", "ada@example.com", now=1_000)
    assert (row.law, row.due) == (law, 1_000 + DUE[law])


def test_more_time_is_given_once_and_with_a_reason(awa):
    row = requests.ask("rectification", awa, "colleague", "ada@example.com")
    with pytest.raises(Invalid):
        requests.extend(row, "", "ada@example.com")
    requests.extend(row, "many requests at once", "ada@example.com")
    assert row.due == row.received + LONGEST["gdpr"]
    with pytest.raises(Invalid):
        requests.extend(row, "even more of them", "ada@example.com")


def test_an_objection_ends_promotions(awa):
    row = requests.ask("objection", awa, "colleague", "ada@example.com", "letter", "signed letter")
    requests.settle(row, "ada@example.com")
    assert row.state == "done"
    assert ConsentEntry.objects.get(profile_id=known.profile_ids(awa.id)[0]).action == "withdrawn"
    with pytest.raises(Invalid):
        requests.settle(row, "ada@example.com")


def test_a_refusal_says_why(awa):
    row = requests.ask("erasure", awa, "colleague", "ada@example.com")
    with pytest.raises(Invalid):
        requests.refuse(row, " ", "ada@example.com")
    requests.refuse(row, "the invoices have to be kept", "ada@example.com")
    assert (row.state, row.answer) == ("refused", "the invoices have to be kept")


def test_an_administrator_answers_on_the_desk_and_forgets_by_typing_her_name(awa, monkeypatch):
    monkeypatch.setattr(working, "SETTLED", 0)
    desk, agent = signed_in("administrator"), signed_in("agent", "ben@example.com")
    asked = agent.post(f"/customers/{awa.public_id}/rights", {"kind": "erasure", "channel": "email", "law": "gdpr"})
    assert asked.status_code == 302
    row = RightsRequest.objects.get()
    assert agent.get(f"/rights/requests/{row.public_id}").status_code == 404
    assert agent.post(f"/customers/{awa.public_id}/erasure", {"name": "Awa Diallo"}).status_code == 404
    assert "Awa Diallo" in desk.get("/rights").content.decode()
    path = f"/rights/requests/{row.public_id}/answer"
    assert desk.post(path, {"do": "settle"}).status_code == 422
    assert desk.post(path, {"do": "prove", "proof": "wrote from her address"}).status_code == 302
    erasing = f"/customers/{awa.public_id}/erasure"
    assert desk.post(erasing, {"name": "Awa", "reason": "asked"}).status_code == 422
    assert Customer.objects.filter(id=awa.id).exists()
    answer = desk.post(erasing, {"name": " awa diallo", "reason": "asked"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.proof) == ("working", "")
    working.whole(Erasure.objects.get(), "test")
    row.refresh_from_db()
    assert row.state == "done"
    page = desk.get(answer["Location"]).content.decode()
    assert "Nothing is left of her." in page and "Awa" not in page
    assert json.loads(desk.get(answer["Location"] + "/receipt.json").content)["state"] == "done"
    assert "Awa" not in desk.get("/rights").content.decode()


def test_on_her_own_page_she_gets_what_her_device_may_read(awa):
    profile = known.profile_ids(awa.id)[0]
    own.ask(profile, "access")
    own.ask(profile, "access")
    row = RightsRequest.objects.get()
    assert (row.state, row.asked_by, row.channel) == ("working", "herself", "own_page")
    made(row)
    [line] = own.lines(profile)
    assert [name for name, _ in line.files] == ["A file to read and print (PDF)", "A file for machines (JSON)"]


def test_what_was_joined_to_her_by_hand_is_looked_at_first(awa):
    other, _ = customers.create_or_find(
        "Other", [IdentifierIn("email", "o@example.com", Evidence.VERIFIED)], {}, "staff"
    )
    customers.merge(awa.id, other, "ada@example.com")
    own.ask(known.profile_ids(awa.id)[0], "access")
    assert RightsRequest.objects.get().state == "open"


def test_requests_of_the_past_are_told_late(awa):
    desk = signed_in("administrator")
    requests.ask("rectification", awa, "colleague", "ada@example.com", now=clock.now() - 40 * clock.DAY)
    assert "late" in desk.get("/rights").content.decode()
