"""The screens of sources, as an administrator uses them, and the API for programs."""

import html
import json
import re

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import ApiKey, Brand, User
from rondpoint.accounts.types import Role
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.tracking import actions, queries, working
from rondpoint.tracking.models import Batch, Refusal, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(brand):
    with write():
        admin = User.objects.create(email="admin@example.com", name="Ada", role=Role.ADMINISTRATOR, language="en")
        client = Client()
        client.force_login(admin)
    return client


@pytest.fixture
def api(brand):
    _, text = accounts.create_api_key("test")
    client = Client(headers={"Authorization": f"Bearer {text}"})
    assert ApiKey.objects.count() == 1
    return client


def test_a_source_is_added_and_says_how_it_is_connected(desk, brand):
    said = {"name": "Shop", "brand": str(brand.id), "origins": "https://www.example.com/\nhttps://m.example.com"}
    answer = desk.post("/sources/new/website", said, follow=True)
    row = Source.objects.get()
    assert row.origins.split() == ["https://www.example.com", "https://m.example.com"]
    page = answer.content.decode()
    assert f"data-key=&quot;{row.write_key}&quot;" in page or f'data-key="{row.write_key}"' in page.replace(
        "&quot;", '"'
    )
    assert "Shop" in desk.get("/sources").content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [({"name": ""}, "1 to 120 characters"), ({"name": "Shop", "origins": "shop"}, "https://www.example.com")],
)
def test_what_cannot_be_kept_is_said_beside_its_field_and_what_was_typed_stays(desk, said, words):
    answer = desk.post("/sources/new/website", {"origins": "", **said})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Source.objects.exists()
    if said["name"]:
        assert 'value="Shop"' in answer.content.decode()


def test_what_it_told_last_is_shown_with_what_was_refused(desk, site):
    site.tell({"type": "track", "event": "Order <b>Completed</b>", "userId": "u1"}, {"type": "track", "userId": "u1"})
    page = desk.get(f"/sources/{site.info.public_id}/calls").content.decode()
    assert "Order &lt;b&gt;Completed&lt;/b&gt;" in page
    assert "`event` must name what happened" in page
    number = f'class="bad" href="/sources/{site.info.public_id}/refusals">1<'
    assert desk.get("/sources").content.decode().count(number) == 1


@pytest.mark.data
def test_all_refusals_are_read_by_reason_page_by_page(desk, site, monkeypatch):
    monkeypatch.setattr(queries, "SHOWN", 2)
    site.tell(*[{"type": "track", "userId": f"u{number}"} for number in range(5)])
    site.tell({"type": "nod <b>", "userId": "u9"}, {"type": "wave", "userId": "u9"})
    assert f"/sources/{site.info.public_id}/refusals" in desk.get("/sources").content.decode()
    address, read = f"/sources/{site.info.public_id}/refusals", []
    page = desk.get(address).content.decode()
    assert page.count("`type`: expected one of") >= 2 and "nod &lt;b&gt;" in page
    ways = re.findall(r'href="(\?reason=[^"&]+)"', page)
    assert len(ways) == 2
    way = html.unescape(ways[0])  # the commonest first
    while way:
        page = desk.get(address + way).content.decode()
        read += re.findall(r"u(\d)&quot;", page)
        more = re.search(r'class="btn" href="([^"]+)"', page)
        way = html.unescape(more[1]) if more else ""
    assert read == ["4", "3", "2", "1", "0"]
    assert desk.get(f"{address}?before=x&reason=nothing").status_code == 200


@pytest.mark.data
def test_of_a_source_the_newest_refusals_are_kept_and_the_others_are_counted(desk, site, server, monkeypatch):
    monkeypatch.setattr(actions, "MOST_REFUSED", 3)
    server.tell({"type": "track", "userId": "theirs"})
    site.tell(*[{"type": "track", "userId": f"u{number}"} for number in range(5)])
    site.tell({"type": "track", "userId": "u5"})
    kept = Refusal.objects.filter(source=site.source).order_by("id")
    assert [json.loads(row.raw)["userId"] for row in kept] == ["u3", "u4", "u5"]
    assert Source.objects.get(id=site.source.id).dropped == 3
    assert Refusal.objects.filter(source=server.source).count() == 1
    assert "3 more were let go of" in desk.get(f"/sources/{site.info.public_id}/refusals").content.decode()
    assert ">3+</a>" in desk.get("/sources").content.decode()


@pytest.mark.data
def test_refusals_are_kept_for_a_week(site, monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    site.tell(*[{"type": "track", "userId": "u1"}] * 5, at=clock.now() - 8 * clock.DAY)
    site.tell({"type": "track", "userId": "u2"})
    assert actions.forget() == 5
    assert json.loads(Refusal.objects.get().raw)["userId"] == "u2"


def test_a_source_is_switched_off_renamed_and_gets_a_new_key(desk, site):
    address, key = f"/sources/{site.info.public_id}", site.source.write_key
    desk.post(f"{address}/activity")
    desk.post(f"{address}/key")
    desk.post(address, {"name": "Boutique", "origins": ""})
    row = Source.objects.get()
    assert (row.active, row.name) == (False, "Boutique") and row.write_key != key
    assert "refused" in desk.get(address).content.decode()


def test_a_batch_that_was_set_aside_is_shown_and_tried_again(desk, site, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(working.customers, "hear", lambda said: 1 / 0)
        patch.setattr(working, "MAX_ATTEMPTS", 1)
        site.tell({"type": "track", "event": "Order Completed", "userId": "u1"})
    row = Batch.objects.get(state="quarantined")
    assert "ZeroDivisionError" in desk.get(f"/sources/{site.info.public_id}").content.decode()
    desk.post(f"/sources/{site.info.public_id}/batches/{row.public_id}")
    working.work("test")
    assert Batch.objects.get().state == "done"
    assert desk.post(f"/sources/{site.info.public_id}/batches/{row.public_id}").status_code == 404


def test_programs_add_change_and_read_sources(api, site):
    made = api.post("/api/v1/sources", json.dumps({"kind": "server", "name": "Back office"}), "application/json")
    assert made.status_code == 201 and made.json()["write_key"].startswith("sk_")
    address = f"/api/v1/sources/{made.json()['id']}"
    assert api.patch(address, json.dumps({"active": False}), "application/json").json()["active"] is False
    assert api.get(address).json()["name"] == "Back office"
    assert [each["name"] for each in api.get("/api/v1/sources").json()["items"]] == ["Shop", "Back office"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "website", "name": " "}, "name"),
        ({"kind": "website", "name": "Shop", "origins": ["ftp://x"]}, "origins"),
        ({"kind": "website", "name": "Shop", "brand": "nobody"}, "brand"),
        ({"kind": "fridge", "name": "Shop"}, "kind"),
        ({"kind": "website", "name": "Shop", "color": "red"}, "color"),
    ],
)
def test_a_program_is_told_which_field_is_wrong(api, said, field):
    answer = api.post("/api/v1/sources", json.dumps(said), "application/json")
    assert answer.status_code == 422 and field in answer.json()["detail"]


def test_programs_read_what_was_refused_page_by_page(api, site):
    site.tell(*[{"type": "track", "userId": "u1"}] * 3)
    address, found, cursor = f"/api/v1/sources/{site.info.public_id}/refusals", [], ""
    while cursor is not None:
        page = api.get(address, {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        found += page["items"]
        cursor = page["next"]
    assert len(found) == 3
    assert {each["reason"] for each in found} == {"`event` must name what happened"}
    assert api.get("/api/v1/sources/nobody/refusals").status_code == 404


@pytest.mark.data
def test_programs_read_why_calls_were_refused(api, site):
    site.tell(*[{"type": kind, "userId": "u1"} for kind in ("nod", "wave")], {"type": "track", "userId": "u1"})
    address = f"/api/v1/sources/{site.info.public_id}"
    said = api.get(f"{address}/reasons").json()
    assert [(each["reason"][:6], each["calls"]) for each in said["items"]] == [("`type`", 2), ("`event", 1)]
    assert (said["dropped"], said["dropped_at"]) == (0, None)
    found = api.get(f"{address}/refusals", {"reason": said["items"][0]["reason"]}).json()["items"]
    assert {json.loads(each["call"])["type"] for each in found} == {"nod", "wave"}
    assert api.get(f"{address}/refusals", {"reason": "`type`"}).json()["items"] == []


@pytest.mark.data
def test_programs_list_what_was_set_aside_and_try_it_again(api, site, server, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(working.customers, "hear", lambda said: 1 / 0)
        patch.setattr(working, "MAX_ATTEMPTS", 1)
        site.tell({"type": "track", "event": "Order Completed", "userId": "u1"})
    address = f"/api/v1/sources/{site.info.public_id}/batches"
    [row] = api.get(address).json()["items"]
    assert (row["state"], row["kind"], row["attempts"]) == ("quarantined", "batch", 1)
    assert "ZeroDivisionError" in row["error"] and "Traceback" not in row["error"]
    again = f"{address}/{row['id']}/replay"
    assert api.post(again.replace(site.info.public_id, server.info.public_id)).status_code == 404
    assert (api.post(again).status_code, api.post(again).status_code) == (202, 409)
    working.work("test")
    assert Batch.objects.get().state == "done"
    assert api.get(address).json()["items"] == []
    assert api.post(f"{address}/nothing/replay").status_code == 404


def test_programs_change_the_brand_and_the_key(api, site):
    address, key = f"/api/v1/sources/{site.info.public_id}", site.source.write_key
    with write():
        Brand.objects.create(slug="autre", name="Autre maison")
    said = api.patch(address, json.dumps({"brand": "autre", "name": "Boutique"}), "application/json").json()
    assert (said["brand"], said["name"], said["write_key"]) == ("autre", "Boutique", key)
    assert api.patch(address, json.dumps({"brand": "nobody"}), "application/json").status_code == 422
    made = api.post(f"{address}/key")
    assert made.status_code == 201 and made.json()["write_key"] not in ("", key)
    assert api.get(address).json()["write_key"] == made.json()["write_key"]


def test_only_what_was_worked_off_is_counted_as_waiting_no_more(site, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(working, "work", lambda holder: 0)
        site.tell({"type": "track", "event": "X", "userId": "u1"})
    assert queries.waiting()[0] == 1
    working.work("test")
    assert queries.waiting() == (0, 0)
    assert actions.forget() == 0
