"""The demo's pages exist in a demo home, for this machine, and take nothing unsigned."""

import base64
import json

import jwt
import msgspec
import pytest
from django.conf import settings
from django.test import Client

from rondpoint.channels import connections
from rondpoint.demo import carrier, flag, person
from rondpoint.demo.models import PhoneItem
from rondpoint.demo.seed import company as company_

pytestmark = [pytest.mark.django_db, pytest.mark.urls("rondpoint.demo.tests.demo_urls")]
SMS = "/demo/phone/twilio/2010-04-01/Accounts/%s/Messages.json"
PAGES = (
    "phone",
    "phone/state",
    "shop",
    "shop/help",
    "shop/account",
    "shop/products/galet",
)


def test_pages_are_there_for_this_machine_in_a_demo_home_only(company, client: Client):
    paths = [f"/demo/{page}" for page in PAGES]
    assert {client.get(path).status_code for path in paths} == {200}
    assert {client.get(path, REMOTE_ADDR="192.0.2.7").status_code for path in paths} == {404}
    flag.path().unlink()
    assert {client.get(path).status_code for path in paths} == {404}


def test_the_carrier_takes_an_sms_only_with_the_connections_token(company, client: Client):
    said = {"From": "+33199001000", "To": person.AWA.phone, "Body": "Bonjour"}
    assert client.post(SMS % carrier.ACCOUNT, said).status_code == 401
    assert client.post(SMS % carrier.ACCOUNT, said, headers=_basic(carrier.ACCOUNT, "wrong")).status_code == 401
    right = _basic(carrier.ACCOUNT, carrier.line().get("auth_token"))
    assert client.post(SMS % "ACsomebodyelse", said, headers=right).status_code == 401
    answer = client.post(SMS % carrier.ACCOUNT, said, headers=right)
    assert answer.status_code == 201
    item = PhoneItem.objects.get(external_id=answer.json()["sid"])
    assert (item.text, item.direction, item.owner) == ("Bonjour", "in", person.AWA.phone)
    assert item.report_due is not None
    assert client.get("/demo/phone/state").json()["items"][-1]["text"] == "Bonjour"


def test_a_phone_writes_only_from_its_own_page(company):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/demo/phone/sms", json.dumps({"text": "x"}), content_type="application/json")
    assert answer.status_code == 403


def test_what_could_not_be_sent_is_said(company, client: Client, monkeypatch):
    def refuse(*_):
        raise carrier.NotTaken("the house does not answer")

    monkeypatch.setattr(carrier, "_post", refuse)
    before = PhoneItem.objects.count()
    answer = client.post("/demo/phone/sms", json.dumps({"text": "x"}), content_type="application/json")
    assert answer.status_code == 502
    assert PhoneItem.objects.count() == before
    assert client.post("/demo/phone/sms", "[]", content_type="application/json").status_code == 422


def test_the_shop_signs_who_is_signed_in(company, client: Client):
    client.post("/demo/shop/account", {"account": "awa"})
    page = client.get("/demo/shop").content.decode()
    token = page.partition('data-jwt="')[2].partition('"')[0]
    secret = connections.info(connections.first("chat", None)).get("secret")
    claims = jwt.decode(token, secret, algorithms=["HS256"])
    assert (claims["sub"], claims["email"], claims["phone"]) == ("MH-10001", person.AWA.email, person.AWA.phone)
    client.post("/demo/shop/account", {"account": ""})
    assert "data-jwt" not in client.get("/demo/shop").content.decode()


def test_the_language_switch_leads_nowhere_else(company, client: Client):
    answer = client.post("/demo/shop/language", {"language": "en", "back": "https://elsewhere.example.com/demo/shop"})
    assert answer["Location"] == "/demo/shop"
    assert "Things that keep you company" in client.get("/demo/shop").content.decode()


def test_connections_follow_the_ports_and_keep_their_secrets(company):
    def now() -> dict[str, dict]:
        return {kind: connections.info(connections.first(kind, None)).settings for kind in ("chat", "sms", "email")}

    before = now()
    moved = msgspec.structs.replace(settings.ENVIRONMENT, port=9191, url="http://127.0.0.1:9191")
    company_.keep_in_step(moved, 2727)
    after = now()
    assert after["sms"]["api_base"] == "http://127.0.0.1:9191/demo/phone/twilio"
    assert after["email"]["smtp_url"] == "smtp://127.0.0.1:2727"
    assert after["chat"]["origins"] == "http://127.0.0.1:9191"
    assert after["sms"]["auth_token"] == before["sms"]["auth_token"]
    assert after["chat"]["secret"] == before["chat"]["secret"]
    assert flag.read()["smtp_port"] == 2727


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
