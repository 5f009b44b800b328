"""The screens of imports as an administrator uses them, the API for programs, and the command line."""

import json

import pytest
from django.test import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import User
from rondpoint.accounts.types import Role
from rondpoint.customers.models import Customer
from rondpoint.files import queries as files
from rondpoint.hub import uploads
from rondpoint.hub.imports import working
from rondpoint.hub.models import Import
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = pytest.mark.django_db

TEXT = "Prénom;E-mail;Points\nAwa;awa@example.com;3\nLuc;nobody;4\n"


def worked():
    while working.work("test"):
        pass


def test_a_file_is_read_mapped_looked_at_and_brought_in(desk, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(TEXT)
    with path.open("rb") as file:
        answer = desk.post("/imports", {"kind": "customers", "origin": "crm", "country": "FR", "file": file})
    row = Import.objects.get()
    place = f"/imports/{row.public_id}"
    assert answer["Location"] == place
    assert "being read" in desk.get(place).content.decode()
    worked()
    page = desk.get(place).content.decode()
    assert "Prénom" in page and "awa@example.com" in page and '<option value="first_name" selected>' in page
    desk.post(f"{place}/mapping", {"c0": "first_name", "c1": "email", "c2": "number:points", "country": "FR"})
    worked()
    page = desk.get(place).content.decode()
    assert "is not an e-mail address" in page and "first in row 3" in page and "Bring them in" in page
    assert not Customer.objects.exists()
    desk.post(f"{place}/run")
    worked()
    page = desk.get(place).content.decode()
    assert "done" in page and "refused.csv" in page
    assert Customer.objects.get().name == "Awa"
    assert "nobody" in b"".join(desk.get(f"{place}/refused.csv").streaming_content).decode()


def test_a_choice_that_does_not_hold_is_told_and_stays_chosen(desk, bring):
    row = bring(TEXT, then="")
    answer = desk.post(f"/imports/{row.public_id}/mapping", {"c0": "email", "c1": "email"})
    assert answer.status_code == 422 and "two columns are" in answer.content.decode()
    assert Import.objects.get().mapping == row.mapping
    assert '<option value="email" selected>' in answer.content.decode()


def test_an_import_is_stopped_and_what_it_brought_stays(desk, bring, monkeypatch):
    from rondpoint.hub.imports import actions

    monkeypatch.setattr(working, "AT_ONCE", 1)
    row = bring("email\n" + "".join(f"n{n}@example.com\n" for n in range(9)), then="")
    actions.start(row, check=False)
    working.turn(row, seconds=0)
    desk.post(f"/imports/{row.public_id}/cancellation")
    worked()
    row.refresh_from_db()
    assert row.state == "cancelled" and row.new == Customer.objects.count() == 1


def test_only_administrators_come_in(brand):
    with write():
        agent = User.objects.create(email="ines@example.com", name="Inès", role=Role.SUPERVISOR, language="fr")
        client = Client()
        client.force_login(agent)
    for place in ("/imports", "/imports/ticket", "/imports/templates/customers.csv"):
        assert client.get(place).status_code == 404


def test_rows_come_in_by_the_api(api):
    said = {
        "kind": "customers", "origin": "crm", "map": {"Mail": "email"},
        "rows": [{"Mail": "awa@example.com", "city": "Lyon"}, {"Mail": "nobody"}],
    }  # fmt: skip
    answer = api.post("/api/v1/imports", said, content_type="application/json")
    assert answer.status_code == 202, answer.content
    place = f"/api/v1/imports/{answer.json()['id']}"
    worked()
    found = api.get(place).json()
    assert (found["state"], found["new"], found["refused"], found["progress"]) == ("done", 1, 1, 1.0)
    assert found["columns"] == {"Mail": "email", "city": "city"}
    assert b"nobody" in b"".join(api.get(f"{place}/refused.csv").streaming_content)
    assert api.delete(place).json()["state"] == "done"
    assert api.get("/api/v1/imports").json()["items"][0]["id"] == found["id"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "customers"}, "either file or rows"),
        ({"kind": "planets", "rows": [{"email": "a@example.com"}]}, "expected one of customers"),
        ({"kind": "customers", "file": "no"}, "not one that POST /api/v1/files gave"),
        ({"kind": "customers", "rows": []}, "there is no row"),
        ({"kind": "customers", "rows": [{"a": 1}], "map": {"a": "planet"}}, "have no field 'planet'"),
        ({"kind": "customers", "rows": [{"a": 1}], "origin": "C R M"}, "such as crm"),
    ],
)
def test_what_the_api_cannot_take_is_told(api, said, words):
    answer = api.post("/api/v1/imports", said, content_type="application/json")
    assert answer.status_code == 422 and words in answer.json()["detail"]
    assert not Import.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_files_stream_in_and_are_named_by_their_id(monkeypatch):
    _, key = accounts.create_api_key("test")
    web = TestClient(Starlette(routes=uploads.routes()))
    assert web.post("/api/v1/files", content=b"x").status_code == 401
    headers = {"Authorization": f"Bearer {key}", "X-Filename": "list.csv"}
    body = b"email\n" + b"".join(b"n%d@example.com\n" % n for n in range(200_000))
    said = web.post("/api/v1/files", content=iter([body[:7], body[7:]]), headers=headers)
    assert said.status_code == 201 and said.json()["size"] == len(body)
    kept = uploads.found(said.json()["id"])
    assert kept.name == "list.csv" and files.read(kept.sha256) == body
    form = web.post("/api/v1/files", files={"file": ("a.csv", b"email\n1")}, headers={"Authorization": f"Bearer {key}"})
    assert uploads.found(form.json()["id"]).name == "a.csv"
    assert web.post("/api/v1/files", content=b"", headers=headers).status_code == 422
    assert uploads.found(uploads.token(kept, clock.now() - 2 * clock.DAY)) is None
    monkeypatch.setattr(uploads, "MOST", 1000)
    assert web.post("/api/v1/files", content=body, headers=headers).status_code == 413


@pytest.mark.django_db(transaction=True)
def test_a_page_sends_a_file_with_a_ticket():
    with write():
        ada = User.objects.create(email="ada@example.com", name="Ada", role=Role.ADMINISTRATOR, language="en")
        client = Client()
        client.force_login(ada)
    web = TestClient(Starlette(routes=uploads.routes()))
    ticket = client.get("/imports/ticket").json()["ticket"]
    said = web.post(
        "/desk/imports?kind=customers&origin=crm&country=FR", content=TEXT.encode(),
        headers={"X-Upload-Ticket": ticket, "X-Filename": "%C3%A9t%C3%A9.csv"},
    )  # fmt: skip
    assert said.status_code == 201 and said.json()["place"] == f"/imports/{Import.objects.get().public_id}"
    assert Import.objects.get().name == "été.csv"
    assert web.post("/desk/imports?kind=customers", content=b"x", headers={"X-Upload-Ticket": "no"}).status_code == 403
    refused = web.post("/desk/imports?kind=planets", content=b"x", headers={"X-Upload-Ticket": ticket})
    assert refused.status_code == 422 and "expected one of" in refused.json()["detail"]


def test_the_command_line_brings_a_file_in(brand, tmp_path, capsys):
    from rondpoint.config import cli

    path = tmp_path / "list.csv"
    path.write_text(TEXT)
    cli.main(["import", "customers", str(path), "--map", "Points=number:loyalty"])
    said = json.loads(capsys.readouterr().out)
    assert (said["state"], said["new"], said["refused"]) == ("done", 1, 1)
    assert said["refused_rows"][0]["line"] == 3
    cli.main(["import", "customers", str(path), "--dry-run"])
    said = json.loads(capsys.readouterr().out)
    assert (said["state"], said["new"], said["changed"]) == ("checked", 0, 1)
    cli.main(["import", "orders", "--template"])
    assert capsys.readouterr().out.startswith("id,user_id,email,phone,number,ordered_at")
    for arguments in (["customers", str(tmp_path / "none")], ["planets", str(path)], ["customers"]):
        with pytest.raises(SystemExit):
            cli.main(["import", *arguments])
    path.write_text("")
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", "customers", str(path)])
    assert ended.value.code == 1 and json.loads(capsys.readouterr().out)["state"] == "failed"
