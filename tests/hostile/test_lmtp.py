"""The running house under hostile mail: what was acknowledged is kept or shown, and neighbours pass at once."""

import smtplib
import time
import uuid

import pytest

from tests.hostile import mails
from tests.hostile.conftest import ADDRESS
from tests.peers.house import wait_for

pytestmark = pytest.mark.data
SENT = {
    "deep nesting": mails.STRUCTURE["10,000 multiparts in each other"],
    "too many parts": mails.STRUCTURE["100,000 parts"],
    "many fields": mails.HEADERS["100,000 fields"],
    "NUL everywhere": mails.HEADERS["NUL in every field"],
    "half pairs": mails.HEADERS["lone surrogates by UTF-7"],
    "no UTF-8 anywhere": mails.HEADERS["bytes that are no UTF-8 in every field"],
    "long types": mails.HEADERS["a content type with NUL and 5,000 letters"],
    "nested parentheses": mails.HEADERS["500 nested parentheses in an address"],
    "punycode": mails.BOMBS["punycode of 1 MB"],
    "a real attachment": mails.BOMBS["a large real attachment"],
    "attributes": mails.BOMBS["HTML of one tag with 100,000 attributes"],
}


def hand_over(house, data: bytes, sender: str = "ann@example.org") -> None:
    """To the house as a mail server does it; returns once it said 250."""
    with smtplib.LMTP("127.0.0.1", house.lmtp_port, timeout=60) as server:
        assert server.sendmail(sender, [ADDRESS], data) == {}


def own(data: bytes) -> bytes:
    """The mail as nobody sent it before: the same Message-ID, subject and body are the same mail."""
    return data.replace(b"Message-ID: <", f"Message-ID: <{uuid.uuid4().hex}".encode(), 1)


def messages(house, address: str) -> list[dict]:
    people = house.api("GET", "/customers", params={"identifier": f"email:{address}"}).json().get("items", [])
    return [
        message
        for person in people
        for talk in house.api("GET", "/conversations", params={"customer": person["id"]}).json()["items"]
        for message in house.api("GET", f"/conversations/{talk['id']}/messages", params={"limit": 200}).json()["items"]
    ]


def test_neighbours_pass_between_hostile_mails(house):
    waits = []
    for number, hostile in enumerate(SENT.values()):
        hand_over(house, own(hostile.build()))
        neighbour = f"neighbour{number}@example.net"
        mail = f"From: {neighbour}\r\nSubject: Lamp\r\nMessage-ID: <{uuid.uuid4()}@example.net>\r\n\r\nIt is on.\r\n"
        began = time.monotonic()
        hand_over(house, mail.encode())
        wait_for(lambda address=neighbour: messages(house, address), 60, f"the mail after {list(SENT)[number]}")
        waits.append(time.monotonic() - began)
    late = sum(wait > 10 for wait in waits)
    print(f"hostile mails over LMTP: {len(SENT)}, neighbours that waited longer than 10 s: {late}")
    assert max(waits) < 45, dict(zip(SENT, waits, strict=True))


def test_what_can_be_read_is_there(house):
    expected = sum(mail.shows == mails.BLINKS for mail in SENT.values())

    def shown() -> bool:
        return sum(mails.BLINKS in message["text"] for message in messages(house, "ann@example.org")) >= expected

    wait_for(shown, 60, f"{expected} readable mails")
    found = messages(house, "ann@example.org")
    assert all("\x00" not in str(message) for message in found)
    attached = [file["name"] for message in found for file in message["files"]]
    assert "a.zip" in attached


def test_what_cannot_be_read_is_quarantined_with_its_reason(house):
    refused = sum(mail.shows == mails.REFUSED for mail in SENT.values())
    if not mails.LONG:
        return  # five tries take a minute and a half
    rows = wait_for(lambda: quarantined(house, refused), 150, "five tries")
    for row in rows:
        assert row["error"].strip(), row
    print(f"quarantined after five tries: {len(rows)}")


def quarantined(house, least: int) -> list[dict]:
    rows = house.api("GET", "/quarantine").json()["items"]
    return rows if len(rows) >= least else []
