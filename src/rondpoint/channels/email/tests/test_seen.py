"""Opened mails and followed links, in the form in which each provider publishes them."""

import json

import pytest

from rondpoint.channels.contract import ConnectionInfo, Ignored, Raw, Seen, pack_parsed, unpack_parsed
from rondpoint.channels.email.channel import channel
from rondpoint.channels.email.seen import LONGEST_LINK

CONNECTION = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"}, "Lumen")
RECEIVED = 1_800_000_000_000_000


def events(body):
    raw = Raw(json.dumps(body).encode(), {"content-type": "application/json"}, received=RECEIVED)
    found = channel.parse(raw, CONNECTION)
    assert unpack_parsed(pack_parsed(found)) == found, "it comes back from the child that reads it"
    return found


POSTMARK_OPEN = {
    "RecordType": "Open", "FirstOpen": True, "MessageID": "their-id", "Recipient": "ann@example.org",
    "ReceivedAt": "2026-11-30T08:00:00.9070259Z", "UserAgent": "Mozilla/5.0", "Client": {"Name": "Apple Mail"},
}  # fmt: skip
POSTMARK_CLICK = {
    "RecordType": "Click", "MessageID": "their-id", "ClickLocation": "HTML", "Recipient": "ann@example.org",
    "OriginalLink": "https://shop.example.com/lampe", "ReceivedAt": "2026-11-30T08:00:00Z",
}  # fmt: skip
BREVO_OPEN = {
    "event": "unique_opened", "email": "ann@example.org", "message-id": "<m@shop.example.com>",
    "ts_event": 1_796_025_600, "ts": 1_796_025_601,
}  # fmt: skip
BREVO_CLICK = {**BREVO_OPEN, "event": "click", "link": "https://shop.example.com/lampe"}
SENDGRID_OPEN = {
    "event": "open", "email": "ann@example.org", "timestamp": 1_796_025_600, "sg_event_id": "e1",
    "sg_message_id": "s1.filter", "smtp-id": "<m@shop.example.com>", "sg_machine_open": True,
}  # fmt: skip
SENDGRID_CLICK = {
    **SENDGRID_OPEN, "event": "click", "sg_event_id": "e2", "url": "https://shop.example.com/lampe",
    "sg_machine_open": False,
}  # fmt: skip
MAILGUN_OPEN = {
    "signature": {},
    "event-data": {
        "event": "opened", "id": "g1", "timestamp": 1_796_025_600.5, "recipient": "ann@example.org",
        "message": {"headers": {"message-id": "m@shop.example.com"}}, "client-info": {"bot": "apple"},
    },
}  # fmt: skip
MAILGUN_CLICK = {
    "event-data": {
        **MAILGUN_OPEN["event-data"], "event": "clicked", "id": "g2", "url": "https://shop.example.com/lampe",
        "client-info": {"client-name": "Chrome"},
    }
}  # fmt: skip
LINK = "https://shop.example.com/lampe"


@pytest.mark.parametrize(
    ("body", "external_id", "action", "link", "machine"),
    [
        (POSTMARK_OPEN, "their-id", "opened", "", False),
        (POSTMARK_CLICK, "their-id", "clicked", LINK, False),
        (BREVO_OPEN, "m@shop.example.com", "opened", "", False),
        (BREVO_OPEN | {"event": "proxy_open"}, "m@shop.example.com", "opened", "", True),
        (BREVO_CLICK, "m@shop.example.com", "clicked", LINK, False),
        (SENDGRID_OPEN, "m@shop.example.com", "opened", "", True),
        (SENDGRID_CLICK, "m@shop.example.com", "clicked", LINK, False),
        (MAILGUN_OPEN, "m@shop.example.com", "opened", "", True),
        (MAILGUN_CLICK, "m@shop.example.com", "clicked", LINK, False),
    ],
)
def test_what_a_provider_tells(body, external_id, action, link, machine):
    [seen] = events(body)
    assert isinstance(seen, Seen)
    assert (seen.external_id, seen.action, seen.link, seen.machine) == (external_id, action, link, machine)
    assert 1_795_900_000_000_000 < seen.at < 1_796_100_000_000_000


def test_the_same_event_has_the_same_id_and_another_has_another():
    for body in (POSTMARK_OPEN, BREVO_CLICK, SENDGRID_OPEN, MAILGUN_CLICK):
        assert events(body)[0].event_id == events(dict(body))[0].event_id
    assert events(BREVO_OPEN)[0].event_id == events(BREVO_OPEN | {"event": "opened"})[0].event_id, "told twice"
    others = [POSTMARK_OPEN, POSTMARK_CLICK, POSTMARK_OPEN | {"ReceivedAt": "2026-11-30T08:00:01Z"}, BREVO_CLICK,
              BREVO_CLICK | {"link": f"{LINK}/2"}]  # fmt: skip
    assert len({events(each)[0].event_id for each in others}) == len(others)


def test_many_in_one_body():
    found = events([SENDGRID_OPEN, SENDGRID_CLICK, {"event": "processed", "sg_event_id": "e3"}])
    assert [type(each) for each in found] == [Seen, Seen, Ignored]


@pytest.mark.parametrize(
    "body",
    [
        {"RecordType": "Open"},
        {"RecordType": "Open", "MessageID": None},
        {"event-data": {"event": "opened", "message": [1]}},
        {"event-data": {"event": "opened", "message": {"headers": "x"}}},
        {"event": "open", "sg_event_id": []},
        {"event": ["click"], "message-id": "m"},
    ],
)
def test_what_names_no_message_is_left_alone(body):
    assert all(isinstance(each, Ignored) for each in events(body))


@pytest.mark.parametrize("at", ["never", None, -5, 1e40, [], "2999-01-01T00:00:00Z", float("1e12")])
def test_a_time_that_makes_no_sense_is_when_it_came(at):
    assert events(MAILGUN_OPEN | {"event-data": MAILGUN_OPEN["event-data"] | {"timestamp": at}})[0].at == RECEIVED
    assert events(POSTMARK_OPEN | {"ReceivedAt": at})[0].at == RECEIVED


def test_a_link_without_end_is_cut_and_what_no_database_holds_is_taken_out():
    [seen] = events(POSTMARK_CLICK | {"OriginalLink": "https://x.example.com/\0" + "a" * 90_000})
    assert len(seen.link) <= LONGEST_LINK and "\0" not in seen.link
