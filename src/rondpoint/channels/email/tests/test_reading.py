"""Whose mail it is, what it answers, whether a person wrote it, and how sure its sender is."""

import pytest

from rondpoint.channels.contract import ConnectionInfo, Ignored, MessageIn, Raw
from rondpoint.channels.email.channel import channel, sent_at
from rondpoint.channels.email.identity import bounced_id, delivery_key, is_ours, token_in
from rondpoint.channels.email.mime import read_message
from rondpoint.lib import clock

SETTINGS = {"address": "help@shop.example.com", "authserv_id": "mx.shop.example.com"}
CONNECTION = ConnectionInfo(1, "c1", "email", "Shop", SETTINGS, "Lumen")
NOW = 1_710_234_720_000_000
BASE = {
    "From": "Ann <ann@example.org>",
    "To": "help@shop.example.com",
    "Subject": "Lamp",
    "Message-ID": "<m1@example.org>",
}


def read(
    text: str = "The lamp hums.", envelope: dict | None = None, top: str = "", **fields: str | None
) -> MessageIn:
    head = {**BASE, **{name.replace("_", "-"): value for name, value in fields.items()}}
    lines = [f"{name}: {value}\r\n" for name, value in head.items() if value is not None]
    data = (top + "".join(lines) + "\r\n" + text).encode()
    items = channel.parse(Raw(data, envelope or {}, received=NOW), CONNECTION)
    assert isinstance(items[0], MessageIn), items
    return items[0]


def test_references_are_nearest_first_and_unique():
    mail = read(In_Reply_To="<c@x>", References="<a@x> <b@x>\r\n <c@x>")
    assert mail.references == ("c@x", "b@x", "a@x")
    assert mail.external_id == "m1@example.org"


def test_a_missing_message_id_is_made_from_the_content():
    first, again = read(Message_ID=None), read(Message_ID=None)
    other = read("Something else", Message_ID=None)
    assert first.external_id == again.external_id != other.external_id


@pytest.mark.parametrize(
    ("fields", "envelope", "token"),
    [
        ({"To": "reply+abcd2345@shop.example.com"}, {}, "abcd2345"),
        ({"To": "REPLY+ABCD2345@Shop.Example.COM"}, {}, "abcd2345"),
        ({"Cc": "x@example.org, Shop <reply+abcd2345@shop.example.com>"}, {}, "abcd2345"),
        ({}, {"rcpt-to": "reply+zzzz2345@shop.example.com"}, "zzzz2345"),
        ({"Delivered_To": "reply+abcd2345@shop.example.com"}, {}, "abcd2345"),
        ({"To": "reply+abcd2345@elsewhere.example.com"}, {}, ""),
        ({"To": "reply+ab.cd'--@shop.example.com"}, {}, ""),
    ],
)
def test_reply_token(fields, envelope, token):
    assert read(envelope=envelope, **fields).token == token


def test_a_reply_address_of_ones_own():
    own = ConnectionInfo(1, "c", "email", "n", {**SETTINGS, "reply_address": "help+{token}@shop.example.com"})
    assert token_in("Help+ABCD@shop.example.com", own) == "abcd"
    assert token_in("reply+abcd@shop.example.com", own) == ""


def test_addresses_that_are_ours():
    ours = (
        "help@shop.example.com",
        "HELP+sales@shop.example.com",
        "reply+abcd@shop.example.com",
        "bounce+0190163d8694739b8eee2d1b6c4d2f00@shop.example.com",
    )
    assert all(is_ours(address, CONNECTION) for address in ours)
    for foreign in (
        "ann@shop.example.com",
        "help@example.org",
        "bounce+12@shop.example.com",
        "reply+@shop.example.com",
        "",
    ):
        assert not is_ours(foreign, CONNECTION)
    assert bounced_id(ours[3], CONNECTION) == "0190163d-8694-739b-8eee-2d1b6c4d2f00"


def test_reply_to_is_a_participant_and_never_the_sender():
    mail = read(
        Reply_To="Thief <thief@example.net>",
        Cc="bob@example.org, reply+abcd@shop.example.com, ann@example.org",
    )
    assert mail.sender.value == "ann@example.org"
    assert [(other.value, other.evidence) for other in mail.participants] == [
        ("thief@example.net", "claimed"),
        ("bob@example.org", "claimed"),
    ]


def test_the_first_of_several_senders_and_none_at_all():
    assert read(From="a@example.org, b@example.org").sender.value == "a@example.org"
    items = channel.parse(Raw(b"From: nobody\r\nSubject: x\r\n\r\nx", received=NOW), CONNECTION)
    assert isinstance(items[0], Ignored)


def test_text_is_folded():
    mail = read("Yes.\r\n\r\nOn 12/03/2024 10:12, Shop wrote:\r\n> Did it arrive?\r\n")
    assert mail.text == "Yes."
    assert "Did it arrive" in mail.folded


@pytest.mark.parametrize(
    ("fields", "envelope", "reason"),
    [
        ({}, {}, ""),
        ({"Auto_Submitted": "no"}, {}, ""),
        ({"Auto_Submitted": "auto-replied"}, {}, "Auto-Submitted: auto-replied"),
        ({"Auto_Submitted": "auto-generated; x=y"}, {}, "Auto-Submitted: auto-generated"),
        ({"Precedence": "bulk"}, {}, "Precedence: bulk"),
        ({"List_Id": "<news.example.org>"}, {}, "List-Id"),
        ({"List_Unsubscribe": "<https://example.org/u>"}, {}, "List-Unsubscribe"),
        ({"X_Auto_Response_Suppress": "DR, OOF, AutoReply"}, {}, "X-Auto-Response-Suppress"),
        ({"X_Autoreply": "yes"}, {}, "X-Autoreply"),
        ({"Return_Path": "<>"}, {}, "null sender"),
        ({}, {"mail-from": ""}, "null sender"),
        ({}, {"mail-from": "ann@example.org"}, ""),
        ({"X_Rondpoint_Id": "x"}, {}, "loop: we sent this mail ourselves"),
        ({"From": "help@shop.example.com"}, {}, "loop: it comes from our own address"),
        ({"From": "no-reply@example.org"}, {}, "a system's address"),
        ({"Subject": "Réponse automatique : Lamp"}, {}, ""),
        (
            {
                "Subject": "Absence de ma fille",
            },
            {},
            "",
        ),
        ({"Subject": "Re: Absence", "In_Reply_To": "<a@x>"}, {}, ""),
    ],
)
def test_automatic_mail(fields, envelope, reason):
    assert read(envelope=envelope, **fields).automated == reason


@pytest.mark.parametrize(
    "subject",
    [
        "Réponse automatique : Lampe",
        "Out of office",
        "Abwesenheitsnotiz",
        "Respuesta automática: Lámpara",
        "Risposta automatica: Lampada",
        "Resposta automática: Candeeiro",
        "Automatisch antwoord: Lamp",
    ],
)
def test_out_of_office_subjects_count_on_answers(subject):
    assert read(Subject=subject, In_Reply_To="<a@shop.example.com>").automated == "out-of-office subject"


TRUE = (
    "mx.shop.example.com; spf=pass smtp.mailfrom=example.org; dmarc=pass (p=reject) header.from=example.org"
)


@pytest.mark.parametrize(
    ("results", "sender", "evidence"),
    [
        ([TRUE], "ann@example.org", "provider"),
        (["MX.shop.example.com 1;\r\n dmarc=pass header.from=Example.org"], "ann@example.org", "provider"),
        (["mx.evil.example; dmarc=pass header.from=example.org"], "ann@example.org", "claimed"),
        (
            ["mx.shop.example.com.evil.example; dmarc=pass header.from=example.org"],
            "ann@example.org",
            "claimed",
        ),
        (["mx.shop.example.com; dmarc=fail header.from=example.org", TRUE], "ann@example.org", "claimed"),
        (["mx.shop.example.com; dmarc=pass header.from=example.net"], "ann@example.org", "claimed"),
        (["mx.shop.example.com; dmarc=pass"], "ann@example.org", "claimed"),
        (["mx.shop.example.com; x=1 (; dmarc=pass header.from=example.org)"], "ann@example.org", "claimed"),
        (['mx.shop.example.com; x="; dmarc=pass header.from=example.org"'], "ann@example.org", "claimed"),
        (["mx.shop.example.com; xdmarc=pass header.from=example.org"], "ann@example.org", "claimed"),
        (["mx.shop.example.com; dmarc=passed header.from=example.org"], "ann@example.org", "claimed"),
        ([TRUE], "ann@example.org, boss@example.org", "claimed"),
        ([], "ann@example.org", "claimed"),
    ],
)
def test_evidence(results, sender, evidence):
    top = "".join(f"Authentication-Results: {result}\r\n" for result in results)
    assert read(top=top, From=sender).sender.evidence == evidence


def test_without_a_trusted_server_nothing_is_proven():
    data = f"Authentication-Results: {TRUE}\r\nFrom: ann@example.org\r\n\r\nx".encode()
    untrusting = ConnectionInfo(1, "c", "email", "n", {"address": "help@shop.example.com"})
    assert channel.parse(Raw(data, received=NOW), untrusting)[0].sender.evidence == "claimed"


def test_the_same_mail_has_one_key_however_it_came():
    plain = b"From: a@x.example\r\nMessage-ID: <1@x>\r\nSubject: a\r\n b\r\n\r\nbody\r\n"
    traced = (
        b"Return-Path: <a@x.example>\nReceived: from x\nDelivered-To: y\n"
        + plain.replace(b"\r\n", b"\n")
        + b"\n"
    )
    assert delivery_key(plain) == delivery_key(traced)
    assert delivery_key(plain) != delivery_key(plain.replace(b"body", b"other"))
    assert delivery_key(plain) != delivery_key(plain.replace(b"<1@x>", b"<2@x>"))
    assert channel.delivery_id(Raw(plain)) == delivery_key(plain)


@pytest.mark.parametrize(
    ("date", "offset"),
    [
        ("Tue, 12 Mar 2024 09:11:00 +0000", -60),
        ("Tue, 12 Mar 2024 10:11:00 +0100", -60),
        ("Tue, 12 Mar 2024 09:13:00 +0000", 0),
        ("Fri, 01 Jan 1999 00:00:00 +0000", 0),
        ("yesterday", 0),
        ("Tue, 99 Foo 99999999 99:99:99", 0),
    ],
)
def test_the_time_of_writing_is_believed_within_limits(date, offset):
    message = read_message(f"Date: {date}\r\n\r\n".encode())
    assert sent_at(message, NOW) == NOW + offset * clock.SECOND
