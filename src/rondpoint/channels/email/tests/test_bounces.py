"""Delivery reports, complaints and read notices, as the systems of the world write them."""

import pytest

from rondpoint.channels.contract import ConnectionInfo, Consent, Ignored, MessageIn, Raw, Receipt
from rondpoint.channels.email.channel import channel

CONNECTION = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"}, "Lumen")
NOW = 1_710_234_720_000_000
ID = "0190163d-8694-739b-8eee-2d1b6c4d2f00"
OURS = f"{ID}@shop.example.com"
VERP = f"bounce+{ID.replace('-', '')}@shop.example.com"


def read(text: str, **envelope: str):
    return channel.parse(Raw(text.replace("\n", "\r\n").encode(), envelope, received=NOW), CONNECTION)


def dsn(
    action: str,
    status: str,
    diagnostic: str = "smtp; 550 5.1.1 user unknown",
    message_id: str = OURS,
    to: str = "help@shop.example.com",
) -> str:
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

--b1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4TvQ
Arrival-Date: Tue, 12 Mar 2024 10:12:00 +0100 (CET)

Final-Recipient: rfc822; Ann@example.org
Original-Recipient: rfc822;ann+shop@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: {diagnostic}

--b1
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: Lumen <help@shop.example.com>
To: ann+shop@example.org
Message-ID: <{message_id}>
Subject: Your order

--b1--
"""


def only(items) -> Receipt:
    assert len(items) == 1, items
    assert isinstance(items[0], Receipt), items
    return items[0]


def test_a_dead_address():
    receipt = only(read(dsn("failed", "5.1.1")))
    assert (receipt.state, receipt.permanent, receipt.external_id) == ("failed", True, OURS)
    assert receipt.address == "ann+shop@example.org"
    assert receipt.error == "5.1.1 550 5.1.1 user unknown"


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        ("5.0.0", True),
        ("5.1.1", True),
        ("5.1.2", True),
        ("5.2.1", True),
        ("5.4.4", True),
        ("5.2.2", False),
        ("5.3.4", False),
        ("5.7.1", False),
        ("5.7.26", False),
        ("4.4.1", False),
        ("4.2.2", False),
        ("nonsense", False),
    ],
)
def test_a_failure_kills_the_address_only_when_it_is_about_the_address(status, permanent):
    receipt = only(read(dsn("failed", status)))
    assert (receipt.state, receipt.permanent) == ("failed", permanent)


def test_delays_change_nothing_and_deliveries_count():
    assert isinstance(read(dsn("delayed", "4.4.1"))[0], Ignored)
    receipt = only(read(dsn("delivered", "2.0.0")))
    assert (receipt.state, receipt.permanent, receipt.error) == ("delivered", False, "")


def test_the_verp_address_names_the_mail_even_when_nothing_else_does():
    text = dsn("failed", "5.1.1", message_id="x@elsewhere.example", to=VERP)
    assert only(read(text)).external_id == OURS
    text = dsn("failed", "5.1.1", message_id="x@elsewhere.example")
    assert only(read(text, **{"rcpt-to": VERP.upper(), "mail-from": ""})).external_id == OURS


def test_a_bounce_of_a_mail_that_is_not_ours_suppresses_nobody():
    assert isinstance(read(dsn("failed", "5.1.1", message_id="x@elsewhere.example"))[0], Ignored)
    assert isinstance(read(dsn("failed", "5.1.1", message_id="guess@shop.example.com"))[0], Ignored)


def test_a_report_inside_an_attached_mail_is_a_letter():
    inner = dsn("failed", "5.1.1")
    text = f"""From: Ann <ann@example.org>
To: help@shop.example.com
Subject: what is this?
Content-Type: multipart/mixed; boundary="o"

--o
Content-Type: text/plain

What is this?
--o
Content-Type: message/rfc822

{inner}
--o--
"""
    items = read(text)
    assert isinstance(items[0], MessageIn)
    assert items[0].text == "What is this?"


def test_the_receipts_of_one_report_have_their_own_events():
    two = dsn("failed", "5.1.1").replace(
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\n",
        "Diagnostic-Code: smtp; 550\n\n"
        "Final-Recipient: rfc822; bob@example.org\nAction: failed\nStatus: 5.2.2\n",
    )
    first, second = read(two)
    assert first.event_id != second.event_id
    assert [(item.address, item.permanent) for item in (first, second)] == [
        ("ann+shop@example.org", True),
        ("bob@example.org", False),
    ]
    assert read(two) == [first, second]


QMAIL = f"""Return-Path: <>
From: MAILER-DAEMON@mail.example.org
To: {VERP}
Subject: failure notice

Hi. This is the qmail-send program at mail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <{OURS}>
"""
EXCHANGE = f"""Return-Path: <>
From: postmaster@mail.example.org
To: {VERP}
Subject: Undeliverable: Your order
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

Your message

  Subject: Your order

did not reach the following recipient(s):

ann@example.org on Tue, 12 Mar 2024 10:12:00 +0100
    The recipient name is not recognized

--b--
"""


@pytest.mark.parametrize("text", [QMAIL, EXCHANGE], ids=["qmail", "exchange"])
def test_odd_bounces(text):
    receipt = only(read(text))
    assert (receipt.state, receipt.permanent, receipt.external_id) == ("failed", True, OURS)
    assert receipt.address == "ann@example.org"


def test_an_out_of_office_to_the_bounce_address_is_no_bounce():
    head = f"From: ann@example.org\nTo: {VERP}\nSubject: Out of office\nAuto-Submitted: auto-replied\n"
    assert isinstance(read(head + "\nBack on Monday.")[0], Ignored)


ARF = f"""From: feedback@isp.example.net
To: abuse@shop.example.com
Subject: FW: Your order
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeISP/1.0
Version: 1
Original-Rcpt-To: Ann@example.org

--b
Content-Type: message/rfc822

From: Lumen <help@shop.example.com>
To: ann@example.org
Message-ID: <{OURS}>
Subject: Your order

Buy now.
--b--
"""


def test_a_complaint():
    items = read(ARF)
    assert len(items) == 1
    complaint = items[0]
    assert isinstance(complaint, Consent)
    assert (complaint.action, complaint.address.value, complaint.text) == (
        "complaint",
        "ann@example.org",
        "abuse",
    )


def test_complaints_without_recipient_forged_or_withdrawn():
    without = ARF.replace("Original-Rcpt-To: Ann@example.org\n", "")
    assert read(without)[0].address.value == "ann@example.org"
    assert isinstance(read(ARF.replace(OURS, "x@elsewhere.example"))[0], Ignored)
    assert isinstance(read(ARF.replace("Feedback-Type: abuse", "Feedback-Type: not-spam"))[0], Ignored)


MDN = f"""From: ann@example.org
To: help@shop.example.com
Subject: Read: Your order
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain

Your message was displayed.
--b
Content-Type: message/disposition-notification

Reporting-UA: mail.example.org; Reader
Final-Recipient: rfc822; ann@example.org
Original-Message-ID: <{OURS}>
Disposition: manual-action/MDN-sent-manually; displayed

--b--
"""


def test_a_read_notice():
    receipt = only(read(MDN))
    assert (receipt.state, receipt.external_id, receipt.address) == ("read", OURS, "ann@example.org")
    assert isinstance(read(MDN.replace("; displayed", "; deleted"))[0], Ignored)
    assert isinstance(read(MDN.replace(OURS, "x@elsewhere.example"))[0], Ignored)
