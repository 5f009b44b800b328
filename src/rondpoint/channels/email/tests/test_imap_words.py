"""What an IMAP address may hold: nothing in it begins a command of its own (RFC 3501, section 9)."""

import pytest

from rondpoint.channels.email import imap
from rondpoint.channels.email.channel import channel


@pytest.mark.parametrize(
    "url",
    [
        "imaps://ann%0D%0AA2%20DELETE%20INBOX:p@mx.example.com/INBOX",
        "imaps://ann:p%0AA2%20LOGOUT@mx.example.com/INBOX",
        "imaps://ann:p@mx.example.com/INBOX%0d%0aA2%20EXPUNGE",
        "imaps://ann:p%00@mx.example.com/INBOX",
    ],
)
def test_a_line_break_in_an_address_is_refused_where_it_is_typed(url):
    problems = channel.check_settings({"address": "help@example.com", "imap_url": url})
    assert "line break" in problems["imap_url"]


def test_quotes_and_backslashes_stay_inside_the_string():
    mailbox = imap.read_url('imaps://a%22b:p%5C%22%20c@mx.example.com/My%20"box"')
    assert imap._quoted(mailbox.user) == r'"a\"b"'
    assert imap._quoted(mailbox.password) == r'"p\\\" c"'
