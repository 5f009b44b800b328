"""Every address of the desk and the API, asked for by everybody who may not: strangers, each role, a foreign team.

An address without a line in the table below fails, so that a new one cannot be forgotten.
"""

import re
import uuid

import pytest
from django.test import Client
from django.urls import get_resolver

from rondpoint.accounts import actions
from rondpoint.accounts.models import Team, User
from rondpoint.accounts.types import Role
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.lib.db import write

# Whoever holds a token or a code, or nothing to hide.
OPEN = {"login", "logout", "join/<str:token>", "c/<str:token>", "", "design", "setup", "brand/logo"}
OPEN |= {"login/factor", "login/passkey", "login/passkey/options", "login/sign-on", "login/sign-on/back"}
OPEN |= {  # a customer's own page: a code to her address opens it
    "me", "me/code", "me/proof", "me/messages", "me/calls", "me/phone", "me/news", "me/rights", "me/links/<str:token>",
    "me/files/<int:number>/<path:name>", "me/language", "me/departure", "me/colours/<slug:slug>.css",
}  # fmt: skip
OPEN |= {"u/<str:token>", "u/confirmation/<str:token>"}
OPEN |= {"forms/<str:key>"}  # a form of another site: the key stands in its page
ANYBODY_SIGNED_IN = {"settings", "settings/appearance"}
SIGNED_LINK = {"files/<str:token>/<path:name>", "rights/files/<str:token>"}
ONE, MESSAGE = "conversations/<str:public_id>", "messages/<str:public_id>"
PERMISSION = {
    "read": {
        "settings/factors", "settings/factors/proof", "settings/factors/totp", "settings/factors/passkey/options",
        "settings/factors/passkey", "settings/factors/recovery", "settings/factors/<uuid:public_id>/label",
        "settings/factors/<uuid:public_id>/removal", "settings/factors/proof/passkey",
        "settings/factors/proof/passkey/options",
        "settings/me", "settings/me/password", "settings/me/sessions", "desk/ticket", "inbox", "inbox/rows",
        "inbox/news", "inbox/views", "inbox/views/<str:public_id>", "inbox/views/<str:public_id>/removal", ONE,
        f"{ONE}/flow", f"{ONE}/news", f"{ONE}/head", f"{ONE}/customer", f"{ONE}/decisions",
        f"{ONE}/presence", f"{MESSAGE}/why", f"{MESSAGE}/html", "customers", "customers/<str:public_id>",
        "customers/<str:public_id>/timeline", "customers/<str:public_id>/links", "customers/<str:public_id>/traits",
        "palette", "customers/<str:public_id>/decisions",
        "search", "search/recent", "search/recent/removal", f"{ONE}/reading", f"{ONE}/briefing", "promises",
        "segments", "segments/<uuid:public_id>", "traits/computed/<uuid:public_id>/customers/<uuid:customer>",
        "traits/computed", "traits/computed/<uuid:public_id>", "companies", "companies/<str:public_id>",
        "companies/<str:public_id>/timeline",
    },
    "reply": {
        "customers/new", "customers/<str:public_id>/edit", "customers/<str:public_id>/addresses/removal",
        "inbox/changes", "inbox/undo", f"{ONE}/reach", f"{ONE}/answers", f"{ONE}/messages",
        f"{ONE}/undo", f"{ONE}/notes", f"{ONE}/draft", f"{ONE}/closure", f"{ONE}/assignment", f"{ONE}/snooze",
        f"{ONE}/continuations", f"{MESSAGE}/again", f"{ONE}/known", f"{ONE}/commitments",
        "promises/<str:public_id>/outcome", "promises/<str:public_id>/time", "desk/upload-ticket",
        "settings/answers", "settings/answers/new",
        "settings/answers/<str:public_id>", "settings/answers/<str:public_id>/removal",
        "customers/<str:public_id>/rights",
        "companies/new", "companies/<str:public_id>/edit", "customers/<str:public_id>/companies",
        "customers/<str:public_id>/companies/<str:company_id>", "customers/<str:public_id>/consents",
    },
    "link": {
        "review", "customers/<str:public_id>/compare/<str:other>", "customers/<str:public_id>/links/<str:link_id>",
        "customers/<str:public_id>/compare/<str:other>/removal", "companies/<str:public_id>/links",
        "companies/<str:public_id>/links/<str:link>/removal",
    },
    "operate": {
        "quarantine", "quarantine/<str:public_id>", f"{MESSAGE}/raw", "catalogue", "catalogue/<int:number>",
        "catalogue/<int:number>/acceptance",
        "segments/new", "segments/preview", "segments/<uuid:public_id>/definition", "segments/<uuid:public_id>/removal",
        "traits/computed/new", "traits/computed/preview", "traits/computed/<uuid:public_id>/definition",
        "traits/computed/<uuid:public_id>/removal", "promotions/try", "promotions/reach",
        "promotions/reach/<uuid:public_id>", "silos", "silos/examples",
    },
    "administer": {
        "imports", "imports/retention", "imports/ticket", "imports/templates/<str:name>.csv",
        "imports/<uuid:public_id>",
        "imports/<uuid:public_id>/mapping", "imports/<uuid:public_id>/run", "imports/<uuid:public_id>/cancellation",
        "imports/<uuid:public_id>/refused.csv", "syncs", "syncs/<uuid:public_id>", "syncs/<uuid:public_id>/run",
        "syncs/<uuid:public_id>/mapping", "syncs/<uuid:public_id>/check", "syncs/<uuid:public_id>/write-back",
        "syncs/<uuid:public_id>/activity", "syncs/<uuid:public_id>/removal", "exports",
        "exports/<uuid:public_id>/file", "exports/<uuid:public_id>/cancellation", "destinations",
        "destinations/<uuid:public_id>", "destinations/<uuid:public_id>/run",
        "destinations/<uuid:public_id>/activity", "destinations/<uuid:public_id>/removal", "webhooks",
        "webhooks/<uuid:public_id>", "webhooks/<uuid:public_id>/activity", "webhooks/<uuid:public_id>/secret",
        "webhooks/<uuid:public_id>/removal", "webhooks/<uuid:public_id>/test", "webhooks/<uuid:public_id>/replay",
        "webhooks/<uuid:public_id>/told/<uuid:told>", "rights", "rights/retention",
        "rights/holds", "rights/holds/<uuid:public_id>/lifting", "rights/requests/<uuid:public_id>",
        "rights/requests/<uuid:public_id>/answer", "rights/erasures/<uuid:public_id>",
        "rights/erasures/<uuid:public_id>/receipt.json", "customers/<str:public_id>/erasure",
        "traits", "matching", "matching/runs", "purposes", "purposes/<str:key>", "rules", "promotions",
        "setup/<slug:name>", "settings/house", "settings/sign-on", "settings/people/<int:number>/factors",
        "settings/people", "settings/people/new", "settings/people/<int:number>",
        "settings/people/<int:number>/activity", "settings/people/<int:number>/link",
        "settings/people/<int:number>/sessions", "settings/teams", "settings/teams/new", "settings/teams/<int:number>",
        "settings/brands", "settings/brands/new", "settings/brands/<int:number>", "settings/keys",
        "settings/keys/<int:number>/revocation", "settings/audit", "connections", "connections/new/<str:kind>",
        "connections/<str:public_id>", "connections/<str:public_id>/activity", "connections/<str:public_id>/check",
        "connections/<str:public_id>/removal", "sources", "sources/new/<str:kind>", "sources/<uuid:public_id>",
        "sources/<uuid:public_id>/calls", "sources/<uuid:public_id>/activity", "sources/<uuid:public_id>/key",
        "sources/<uuid:public_id>/batches/<uuid:batch>", "sources/<uuid:public_id>/refusals",
    },
}  # fmt: skip
GUARDED = {address: permission for permission, held in PERMISSION.items() for address in held}
HIDDEN = (404, 405)


def addresses(patterns, before=""):
    """Every pattern of the resolver, as one text each; the API describes itself, and the demo is a stage."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, here)
        else:
            yield here


def desk_addresses():
    found = set(addresses(get_resolver().url_patterns))
    return {address for address in found if not address.startswith(("api/v1/", "demo/"))}


def fill(address, **known):
    """An address with its places filled: by what is known, else by what nobody has."""
    empty = {"number": "987654321", "kind": "nothing", "token": "nothing", "name": "nothing"}
    return "/" + re.sub(r"<\w+:(\w+)>", lambda m: str(known.get(m[1]) or empty.get(m[1]) or uuid.uuid4()), address)


@pytest.fixture
def enter(brand):
    """A client signed in as a role."""

    def sign_in(role):
        client = Client(raise_request_exception=False)
        with write():
            user = User.objects.create(email=f"{role.value}@example.com", name=role.value, role=role)
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def both(client, path):
    """What a GET and a POST of a path answer."""
    return client.get(path).status_code, client.post(path).status_code


def test_every_address_says_whom_it_opens_to():
    assert desk_addresses() == OPEN | ANYBODY_SIGNED_IN | SIGNED_LINK | set(GUARDED)


def test_strangers_are_asked_to_sign_in(db, brand):
    client = Client(raise_request_exception=False)
    let_in = {}
    for address in sorted(GUARDED.keys() | ANYBODY_SIGNED_IN - {"settings/appearance"}):
        for answer in (client.get(fill(address)), client.post(fill(address))):
            led_away = answer.status_code == 302 and answer["Location"].startswith("/login")
            if not led_away and answer.status_code not in HIDDEN:
                let_in[address] = answer.status_code
    assert let_in == {}


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_does_not_exist(enter, role):
    client = enter(role)
    refused = (address for address, permission in GUARDED.items() if not role.may(permission))
    answers = {address: both(client, fill(address)) for address in sorted(refused)}
    assert {address: found for address, found in answers.items() if not set(found) <= set(HIDDEN)} == {}


def test_what_nobody_has_is_not_found(enter):
    client = enter(Role.ADMINISTRATOR)
    named = (address for address in GUARDED if "<" in address)
    answers = {address: both(client, fill(address)) for address in sorted(named)}
    answers.pop("customers/<str:public_id>/links/<str:link_id>", None)  # its links may be undone already: 404 or back
    assert {address: found for address, found in answers.items() if not set(found) <= set(HIDDEN)} == {}


@pytest.mark.parametrize("role", [Role.AGENT, Role.READ_ONLY])
def test_what_belongs_to_a_foreign_team_does_not_exist(enter, house, role):  # noqa: F811
    message = house.text("+33199000042")
    with write():
        Conversation.objects.filter(id=message.conversation_id).update(team=Team.objects.create(name="elsewhere"))
    client = enter(role)
    answers = {}
    for address in sorted(GUARDED):
        if address.startswith(("conversations/", "messages/")):
            owner = message.conversation if address.startswith("conv") else message
            answers[address] = both(client, fill(address, public_id=owner.public_id))
    assert {address: found for address, found in answers.items() if not set(found) <= set(HIDDEN)} == {}


def operations():
    """Every operation of the API's own description."""
    from rondpoint.config.api import api

    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods:
            yield method, re.sub(r"{\w+}", lambda _: str(uuid.uuid4()), path)


def test_the_api_opens_to_living_keys_alone(db, brand):
    key, text = actions.create_api_key("walk")
    actions.revoke_api_key(key)
    client = Client(raise_request_exception=False)
    for headers in ({}, {"Authorization": "Bearer rp_forged"}, {"Authorization": f"Bearer {text}"}):
        answers = {
            f"{method} {path}": client.generic(
                method.upper(), path, "{}", content_type="application/json", headers=headers
            ).status_code
            for method, path in operations()
        }
        assert {call: status for call, status in answers.items() if status != 401} == {}


def test_the_api_finds_nothing_under_an_id_that_nobody_has(db, brand):
    _key, text = actions.create_api_key("walk")
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {text}"})
    found = {}
    for method, path in operations():
        if re.search(r"[0-9a-f]{8}-", path):
            answer = client.generic(method.upper(), path, "{}", content_type="application/json")
            if answer.status_code not in (400, 404, 422):
                found[f"{method} {path}"] = answer.status_code
    assert found == {}
