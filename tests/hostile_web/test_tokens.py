"""Tokens that nobody was given open nothing: ``RONDPOINT_FORGED`` of each kind (2,000; 100,000 in the long form)."""

import ast
import contextlib
import inspect
import os

import pytest
from django.conf import settings
from django.http import HttpRequest

import rondpoint.accounts.queries as accounts_queries
from rondpoint.accounts import actions, staff
from rondpoint.channels import connections
from rondpoint.channels.models import Connection
from rondpoint.conversations.actions import change, codes, continuations, withdraw
from rondpoint.conversations.chat import sessions
from rondpoint.conversations.desk import stream
from rondpoint.conversations.desk.thread import uploads
from rondpoint.conversations.models import Attachment, Attempt, Continuation
from rondpoint.conversations.own_page import device, entering, rules
from rondpoint.conversations.rules import tokens
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.lib import clock, ids, signing
from rondpoint.lib.db import write
from tests.hostile_web.forging import forged

COUNT = int(os.environ.get("RONDPOINT_FORGED", 2000))
OPENS = object()  # a signed token was taken for one of ours


@pytest.fixture
def ada(db, brand):
    return actions.create_user("ada@example.com", "Ada", "roundabout-of-the-north-9")


@pytest.fixture
def chat(brand):
    with write():
        return Connection.objects.create(kind="chat", name="Chat", brand=brand, settings={"origins": "https://a.example"})


def signed(purpose, **more):
    """Real tokens of a purpose, and whether a forged one passes for one."""
    now = clock.now()
    real = [signing.sign(settings.SECRET_KEY, purpose, {"user": n, **more}, now + clock.HOUR) for n in range(20)]
    # What was made for another purpose, by another house, or for yesterday, is as good as forged.
    foreign = [
        signing.sign(settings.SECRET_KEY, f"{purpose} ", {"user": 1}, now + clock.HOUR),
        signing.sign("the secret of another house, long enough", purpose, {"user": 1}, now + clock.HOUR),
        signing.sign(settings.SECRET_KEY, purpose, {"user": 1}, now - 1),
    ]

    def opens(token):
        try:
            return signing.unsign(settings.SECRET_KEY, purpose, token, now)
        except signing.BadToken:
            return None

    assert all(opens(token) for token in real)
    assert not any(opens(token) for token in foreign)
    return real, opens


PURPOSES = {
    "tickets of streams": stream.PURPOSE, "tickets of uploads": actions.UPLOAD, "tickets to take back": change.PURPOSE,
    "tickets to withdraw": withdraw.PURPOSE, "invitations": staff.INVITATION, "cookies of her page": "own page",
}  # fmt: skip


@pytest.mark.parametrize("what", PURPOSES)
def test_no_forged_signature_is_taken(what):
    real, opens = signed(PURPOSES[what])
    taken = [token for token in forged(real, COUNT, len(what)) if opens(token) is not None]
    print(f"{what}: {COUNT} forged, {len(taken)} taken")
    assert taken == []


def test_no_two_kinds_of_tickets_share_a_purpose():
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_no_forged_reply_address_names_a_conversation():
    key = codes.reply_key()
    real = [tokens.reply_token(key, number) for number in range(1, 200)]
    assert [tokens.read_reply_token(key, token) for token in real] == list(range(1, 200))
    # Relays may change the case, so another case is the same token and no forgery.
    known = {token.lower() for token in real}
    taken = [
        token
        for token in forged(real, COUNT, 4)
        if token.lower() not in known and tokens.read_reply_token(key, token) is not None
    ]
    print(f"reply addresses: {COUNT} forged, {len(taken)} taken")
    assert taken == []


def opened(action, *refusals):
    """Whether an action took a token."""

    def opens(token):
        with contextlib.suppress(*refusals):
            return action(token)
        return None

    return opens


def test_no_forged_link_key_or_session_opens(house, chat, ada):  # noqa: F811
    conversation = house.text("+33199000001").conversation
    issued = [continuations.issue(conversation, "link").token for _ in range(5)]
    with write():
        info = connections.info(chat)
        opened_ = [sessions.open_session(info, None, None, "", "fr", clock.now())[1] for _ in range(5)]
        row = {"sha256": "0" * 64, "name": "a", "content_type": "a/a", "size": 1}
        files = [Attachment.objects.create(**row).token for _ in range(5)]
    keys = [actions.create_api_key("k")[1] for _ in range(5)]
    invited = [staff.invitation(ada, ada).rpartition("/")[2] for _ in range(2)]
    kinds = {
        "links": (issued, opened(continuations.show, codes.Refused)),
        "chats": (opened_, sessions.find),
        "keys": (keys, accounts_queries.api_key),
        "files": (files, lambda token: Attachment.objects.filter(token=token).first()),
        "invitations": (invited, staff.invited),
        "streams": ([stream.ticket(ada, "s" * 32, ["desk"])] * 2, lambda token: uploads._may(token) or None),
    }
    for what, (real, opens) in kinds.items():
        if what != "streams":
            assert all(opens(token) is not None for token in real), what
        tried = min(COUNT // 4, 20_000)  # each asks the database
        taken = [token for token in forged(real, tried, len(what)) if storable(token) and opens(token) is not None]
        print(f"{what}: {tried} forged, {len(taken)} taken")
        assert taken == [], what


def storable(token):
    """An address or header cannot hold half a character; PostgreSQL can store no NUL."""
    return "\x00" not in token and "\ud800" not in token


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch):
    monkeypatch.setattr(uploads, "close_old_connections", lambda: None)


def test_no_forged_cookie_opens_her_page():
    real = [signing.sign(settings.SECRET_KEY, "own page", {"t": ids.secret_token(32)}, clock.now() + 10**9)] * 3
    request = HttpRequest()
    taken = []
    for token in forged(real, COUNT, 6):
        request.COOKIES = {device.COOKIE: token}
        if device.ticket(request):
            taken.append(token)
    print(f"cookies of her page: {COUNT} forged, {len(taken)} taken")
    assert taken == []


def guess(action, codes_):
    """Guesses until the limits answer: how many were looked at, whether one opened, and the last refusal."""
    looked, last = 0, ""
    for code in codes_:
        try:
            action(code)
        except codes.Refused as refused:
            last = refused.reason
            if last in ("too_many_tries", "expired"):  # nothing is looked at any more
                break
            looked += 1
        else:
            return looked, True, last
    return looked, False, last


def numbers(but):
    return (f"{number:06d}" for number in range(10**6) if f"{number:06d}" != but)


def test_guessing_a_code_ends_whoever_guesses(house, chat):  # noqa: F811
    """Per device, per address, and for all together; the limits are rows, so a restart forgives nothing."""
    wanted = rules.Wanted("fr", "email", "ines@example.org")
    house.mail("ines@example.org", evidence="provider")
    looked_at = 0
    for attacker in range(60):
        ticket = f"ticket-{attacker}"
        with contextlib.suppress(codes.Refused):
            entering.ask(ticket, wanted, f"192.0.{attacker}.1")
        tried, opened_, _last = guess(
            lambda code, ticket=ticket, attacker=attacker: entering.enter(ticket, code, chat, f"192.0.{attacker}.1"),
            numbers(""),
        )
        looked_at += tried
        assert not opened_
    print(f"codes for one address: 60 devices, {looked_at} guesses looked at")
    assert looked_at <= codes.ADDRESS


def test_guessing_at_many_addresses_ends_at_the_limit_of_the_house(house, chat):  # noqa: F811
    """For whoever made many tries; who made none is served (her own limits hold all the same)."""
    now = clock.now()
    tried, refused = 0, 0
    for number in range(400):
        with write():
            try:
                codes.spend("192.0.2.1", [codes.Limit(f"code:email:nobody{number}@example.org")], now)
            except codes.Refused:
                refused += 1
            else:
                tried += 1
    assert (tried, refused) == (codes.GLOBAL_TRIES, 400 - codes.GLOBAL_TRIES)
    assert Attempt.objects.filter(scope="codes").count() == codes.GLOBAL_TRIES
    with write():
        codes.spend("198.51.100.1", [codes.Limit("code:email:hers@example.org")], now)
        codes.spend("192.0.2.1", [codes.Limit("code:email:later@example.org")], now + codes.WINDOW + 1)


def test_a_code_of_a_chat_dies_after_five_wrong_ones(house, chat):  # noqa: F811
    message = house.mail("ines@example.org", evidence="provider")
    with write():
        whose, to = message.profile_id, "ines@example.org"
        _made, code = codes.make("proof", message.conversation, whose, "email", to, clock.now())

        def check(given):
            codes.check("proof", "email", to, whose, given, codes.By("192.0.2.1", given, f"email:{to}"), clock.now())

        tried, opened_, _last = guess(check, [given for given, _ in zip(numbers(code), range(8), strict=False)])
        assert (tried, opened_) == (8, False)
        with pytest.raises(codes.Refused) as refused:
            check(code)
    assert refused.value.reason == "expired"
    assert Continuation.objects.get(kind="proof").consumed is None


SECRETS = ("mac", "signature", "digest", "password", "secret", "nonce", "fingerprint")


def test_secrets_are_compared_in_constant_time():
    """No ``==`` beside a name of a secret in what verifies one."""
    from rondpoint.accounts.sso import rules as sso_rules
    from rondpoint.accounts.sso import views as sso_views
    from rondpoint.channels.email import channel as email
    from rondpoint.channels.sms import twilio

    found = []
    for module in (signing, tokens, twilio, email, staff, sso_rules, sso_views, accounts_queries, sessions, codes):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                names = [ast.unparse(part).lower() for part in (node.left, *node.comparators)]
                if any(name.split(".")[-1].split("(")[0] in SECRETS for name in names):
                    found.append(f"{module.__name__}: {ast.unparse(node)}")
    assert found == []
