"""One person goes from chat to SMS to e-mail to chat on another device: one customer, one conversation."""

import email
import re
import smtplib
import time
from email.message import EmailMessage

import httpx
import jwt
import pytest
from tests.peers.house import House, wait_for
from tests.peers.sms_provider import Provider

pytestmark = pytest.mark.data  # the whole house on PostgreSQL too
PHONE, OUR_NUMBER = "+33199000123", "+33199001000"
AWA, OUR_ADDRESS = "awa.diallo@example.org", "bonjour@hirondelle.example.com"
SHOP, SECRET = "https://shop.hirondelle.example.com", "a secret that the shop's site and the widget share"


@pytest.fixture(scope="module")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory, provider):
    house = House(tmp_path_factory.mktemp("pivot"))
    house.sms = house.connect("sms", "SMS", **provider.settings(OUR_NUMBER))
    house.mail = house.connect("email", "Mail", address=OUR_ADDRESS)
    house.chat = house.connect("chat", "Chat", origins=SHOP, secret=SECRET)
    house.start()
    yield house
    assert house.stop() == 0


class Device:
    """A browser with the widget's protocol."""

    def __init__(self, house, **opening):
        self.house = house
        self.token = ""
        answer = self.post("sessions", key=house.chat["id"], locale="fr", **opening)
        assert answer.status_code in (200, 201), answer.text
        self.token = answer.json()["token"]

    def post(self, path, **body) -> httpx.Response:
        headers = {"Origin": SHOP, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        return httpx.post(f"{self.house.url}/chat/v1/{path}", json=body, headers=headers, timeout=10)

    def say(self, text, client_id) -> dict:
        answer = self.post("messages", client_id=client_id, text=text)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def history(self) -> list[str]:
        headers = {"Origin": SHOP, "Authorization": f"Bearer {self.token}"}
        answer = httpx.get(f"{self.house.url}/chat/v1/history", headers=headers, timeout=10)
        return [message["text"] for message in answer.json()["items"]]


def items(house, path) -> list[dict]:
    answer = house.api("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def texts(house, conversation) -> list[str]:
    return [message["text"] for message in items(house, f"/conversations/{conversation}/messages")]


def reply(house, conversation, channel, text, **more) -> dict:
    body = {"channel": channel, "text": text, **more}
    answer = house.api("POST", f"/conversations/{conversation}/messages", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_chat_then_sms_then_mail_then_chat_elsewhere(house, provider):
    # Chat, as nobody we know. The same client id is the same message.
    laptop = Device(house)
    said = laptop.say("Ma commande 1042 n'est pas arrivée", "m1")
    assert laptop.say("Ma commande 1042 n'est pas arrivée", "m1") == said
    conversation = items(house, "/conversations")[0]["id"]

    # She proves her number with a code, so that the SMS goes on where the chat stopped.
    assert laptop.post("proofs", kind="phone", value=PHONE).status_code in (200, 202)
    sent = wait_for(lambda: [message for message in provider.sent if message["To"] == PHONE], what="the code by SMS")
    code = re.search(r"\b\d{6}\b", sent[-1]["Body"]).group()
    assert laptop.post("proofs/check", code=code).status_code == 200

    # SMS both ways, with a receipt.
    answer = reply(house, conversation, "sms", "Le livreur passe demain entre 9 h et 11 h.")
    handed = wait_for(lambda: [m for m in provider.sent if "livreur" in m["Body"]], what="our SMS")[0]
    assert provider.receipt(house.sms["inbound_url"], handed["sid"], "delivered").status_code == 200
    wait_for(
        lambda: house.api("GET", f"/messages/{answer['id']}").json()["state"] == "delivered",
        what="the delivery receipt",
    )
    assert provider.text(house.sms["inbound_url"], PHONE, OUR_NUMBER, "Parfait, merci", "SM1").status_code == 200
    wait_for(lambda: "Parfait, merci" in texts(house, conversation), what="her SMS in the conversation")

    # E-mail: we write to the address she gave, she answers from it.
    reply(house, conversation, "email", "Voici votre facture.", to=AWA)
    outbox = house.folder / "home" / "outbox"
    written = wait_for(lambda: list(outbox.glob("*.eml")), what="our e-mail")[0]
    ours = email.message_from_bytes(written.read_bytes())
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Awa Diallo <{AWA}>", ours["Reply-To"], f"Re: {ours['Subject']}"
    mail["In-Reply-To"], mail["References"] = ours["Message-ID"], ours["Message-ID"]
    mail["Message-ID"] = "<answer-1@example.org>"
    mail.set_content("Bien reçu.\n\nLe 3 nov. 2026 à 10:00, Maison a écrit :\n> Voici votre facture.\n")
    recipient = email.utils.parseaddr(ours["Reply-To"])[1]
    with smtplib.LMTP("127.0.0.1", house.lmtp_port) as lmtp:
        lmtp.sendmail(AWA, [recipient], mail.as_bytes())
    wait_for(lambda: "Bien reçu." in texts(house, conversation), what="her e-mail, without the quoted part")

    # Chat on another device: a link joins from here on, a code opens what was before.
    made = house.api("POST", f"/conversations/{conversation}/continuations", json={"via": "link"})
    assert made.status_code == 201, made.text
    token = made.json()["url"].rpartition("/")[2]
    for _ in range(2):  # looking at the page burns nothing
        page = httpx.get(made.json()["url"], timeout=10)
        assert page.status_code == 200
        assert "1042" not in page.text
    tablet = Device(house)
    assert tablet.post("continuations", token=token).status_code == 200
    assert tablet.history() == []
    tablet.say("Me revoici sur la tablette", "t1")
    assert tablet.history() == ["Me revoici sur la tablette"]
    stranger = Device(house)
    assert stranger.post("continuations", token=token).status_code in (404, 409, 410)

    assert tablet.post("proofs", kind="phone", value=PHONE).status_code in (200, 202)
    codes = wait_for(
        lambda: [m for m in provider.sent if m["To"] == PHONE and re.search(r"\b\d{6}\b", m["Body"])][1:],
        what="the second code",
    )
    code = re.search(r"\b\d{6}\b", codes[-1]["Body"]).group()
    assert tablet.post("proofs/check", code=code).status_code == 200
    seen = tablet.history()
    assert "Ma commande 1042 n'est pas arrivée" in seen
    assert "Parfait, merci" in seen

    # One conversation, one customer, everything in order.
    assert [row["id"] for row in items(house, "/conversations")] == [conversation]
    channels = [message["channel"] for message in items(house, f"/conversations/{conversation}/messages")]
    assert [channel for channel, before in zip(channels, ["", *channels], strict=False) if channel != before] == [
        "chat",
        "sms",
        "email",
        "chat",
    ]
    customers = items(house, f"/customers?identifier=phone:{PHONE.replace('+', '%2B')}")
    assert len(customers) == 1
    golden = house.api("GET", f"/customers/{customers[0]['id']}").json()
    assert {("phone", PHONE), ("email", AWA)} <= {(held["kind"], held["value"]) for held in golden["identifiers"]}


def test_a_visitor_who_types_her_address_sees_nothing_of_hers(house, provider):
    provider.text(house.sms["inbound_url"], "+33199000777", OUR_NUMBER, "Mon code secret est bleu", "SM77")
    wait_for(lambda: items(house, "/customers?identifier=phone:%2B33199000777"))
    visitor = Device(house)
    visitor.say("Je suis la dame du +33199000777", "v1")
    assert visitor.post("proofs", kind="phone", value="+33199000777").status_code in (200, 202)
    assert visitor.post("proofs/check", code="000000").status_code in (400, 403, 409, 422)
    assert visitor.history() == ["Je suis la dame du +33199000777"]


def test_an_account_brings_its_history_to_every_device(house):
    token = jwt.encode({"sub": "42", "exp": int(time.time()) + 600, "name": "Luc Tremblay"}, SECRET, algorithm="HS256")
    first = Device(house, jwt=token)
    first.say("Bonjour, c'est Luc", "l1")
    second = Device(house, jwt=token)
    assert second.history() == ["Bonjour, c'est Luc"]
    forged = jwt.encode({"sub": "42", "exp": int(time.time()) + 600}, "a secret of somebody else, long enough")
    answer = Device.__new__(Device)
    answer.house, answer.token = house, ""
    assert answer.post("sessions", key=house.chat["id"], jwt=forged).status_code == 401


def test_signatures_and_origins_are_checked(house, provider):
    fields = {"MessageSid": "SMx", "From": PHONE, "To": OUR_NUMBER, "Body": "faux"}
    assert provider.post(house.sms["inbound_url"], fields, token="wrong").status_code == 403
    assert httpx.post(house.sms["inbound_url"], data=fields, timeout=10).status_code == 403
    evil = httpx.post(
        f"{house.url}/chat/v1/sessions", json={"key": house.chat["id"]}, headers={"Origin": "https://evil.example"}
    )
    assert evil.status_code == 403


def test_stop_closes_the_channel_and_says_why(house, provider):
    number = "+33199000555"
    provider.text(house.sms["inbound_url"], number, OUR_NUMBER, "Bonjour", "SMstop1")
    found = wait_for(lambda: items(house, "/customers?identifier=phone:%2B33199000555"))
    conversation = items(house, f"/conversations?customer={found[0]['id']}")[0]["id"]
    provider.text(house.sms["inbound_url"], number, OUR_NUMBER, "STOP", "SMstop2")
    wait_for(lambda: "STOP" in texts(house, conversation))
    refused = house.api("POST", f"/conversations/{conversation}/messages", json={"channel": "sms", "text": "Encore"})
    assert refused.status_code == 422
    assert "stop" in refused.text
