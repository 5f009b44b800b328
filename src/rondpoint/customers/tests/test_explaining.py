"""Every link can be explained: who proved what, when and how surely, in one sentence for the desk and the API."""

import json

import pytest
from django.test import Client
from django.utils import translation

from rondpoint.accounts.actions import create_api_key
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Customer, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, LinkKind, Said
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
MARCH, MAY = 1_772_535_600 * clock.SECOND, 1_777_629_600 * clock.SECOND  # 3 March and 1 May 2026
AWA = "awa@example.com"


def told(source, key, *identifiers, at=MARCH):
    held = tuple(IdentifierIn(*each) for each in identifiers)
    with write():
        [profile] = actions.hear([Said(source, key, at, {}, held)]).values()
    return profile


def said(link=None, language="en"):
    link = link or Link.objects.select_related("left", "right").get()
    with translation.override(language):
        return queries.explanations([link])[0]


def test_a_link_by_an_address_says_who_proved_it_when_and_how_surely():
    told("import:orders", "id:7", ("email", AWA, Evidence.PROVIDER))
    told("chat:1", "account:42", ("email", AWA, Evidence.SIGNED), at=MAY)
    assert said() == (
        "Joined by the e-mail address awa@example.com: signed on 1 May 2026 (Chat), "
        "vouched for on 3 March 2026 (orders)"
    )
    assert said(language="fr") == (
        "Réunies par l’adresse e-mail awa@example.com : signé le 1 mai 2026 (Discussion), "
        "attesté le 3 mars 2026 (orders)"
    )


def test_an_address_proved_by_code_counts_from_when_it_was_proved():
    landed = actions.land("phone", "+33199001234", Evidence.CLAIMED, "phone", MARCH)
    other = told("api", "phone:+33199001234", ("phone", "+33199001234", Evidence.PROVIDER))
    assert said() == (
        "Both name the telephone number +33 1 99 00 12 34: vouched for on 3 March 2026 (API), "
        "written from on 3 March 2026 (Telephone)"
    )
    actions.identify(landed.profile_id, [IdentifierIn("phone", "+33199001234", Evidence.VERIFIED)], MAY)
    link = queries.links(queries.of_profile(other.id).id)[0]
    assert "proved by code on 1 May 2026 (Telephone), vouched for on 3 March 2026 (API)" in said(link)


def test_a_suggestion_says_what_each_side_has():
    told("import:orders", "id:7", ("account", "42", Evidence.CLAIMED))
    told("import:shop", "id:8", ("account", "42", Evidence.CLAIMED), at=MAY)
    assert said() == "Both name the account 42: claimed on 1 May 2026 (shop), claimed on 3 March 2026 (orders)"
    assert said(language="fr") == (
        "Les deux nomment le compte 42 : déclaré le 1 mai 2026 (shop), déclaré le 3 mars 2026 (orders)"
    )


@pytest.mark.parametrize(
    ("rule", "evidence", "english", "french"),
    [
        ("manual", {"by": "Inès"}, "Inès said on 3 March 2026 that they are one person",
         "Inès a dit le 3 mars 2026 que c’est une seule personne"),
        ("by_hand", {"by": "Inès"}, "What colleagues wrote about this customer, since 3 March 2026",
         "Ce que les collègues ont écrit sur cette fiche, depuis le 3 mars 2026"),
        ("continuation", {}, "Followed on 3 March 2026 a link that was sent to the other",
         "A suivi le 3 mars 2026 un lien envoyé à l’autre"),
        ("reply", {"kind": "email", "value": AWA}, f"Answered on 3 March 2026, from {AWA}, what was sent to the other",
         f"A répondu le 3 mars 2026, depuis {AWA}, à ce qui a été envoyé à l’autre"),
        ("reply", {}, "Answered there what was sent to the other", "A répondu là à ce qui a été envoyé à l’autre"),
        ("code", {}, "Gave on 3 March 2026 the code that was shown to the other",
         "A donné le 3 mars 2026 le code montré à l’autre"),
        ("device", {}, "The account 43 was used on this device (shop), seen on 3 March 2026",
         "Le compte 43 a été utilisé sur cet appareil (shop), vu le 3 mars 2026"),
        ("alias", {}, "shop said on 3 March 2026 that the accounts 42 and 43 are one person’s",
         "shop a dit le 3 mars 2026 que les comptes 42 et 43 sont d’une même personne"),
        ("account_token", {"kind": "account", "value": "43"},
         "Signed in on the site with the account 43 on 3 March 2026",
         "Connexion sur le site avec le compte 43 le 3 mars 2026"),
        ("same_email", {"kind": "email", "value": AWA}, f"Both hold {AWA}, and one proved it",
         f"Les deux tiennent {AWA}, et l’une l’a prouvé"),
        ("new_rule", {}, "Both hold new_rule, and one proved it", "Les deux tiennent new_rule, et l’une l’a prouvé"),
    ],
)  # fmt: skip
def test_each_rule_has_its_sentence(rule, evidence, english, french):
    left, right = told("import:shop", "user:42"), told("import:shop", "user:43")
    with write():
        link = Link.objects.create(
            left=left, right=right, kind=LinkKind.MANUAL, rule=rule, evidence=evidence, opened=MARCH
        )
    assert (said(link), said(link, "fr")) == (english, french)


def test_likeness_says_how_likely_and_by_what():
    left, right = told("import:shop", "1"), told("import:shop", "2")
    alike = {"likeness": [{"what": "last_name", "degree": "same", "bits": 9.0}]}
    with write():
        link = Link.objects.create(
            left=left, right=right, kind=LinkKind.PROBABLE, rule="likeness", evidence=alike, score=0.97, suggested=MARCH
        )
    assert said(link) == "Alike: likely, 97 % (Last name: the same)"
    link.opened = MARCH
    assert said(link, "fr") == "Semblables : probable, 97 % (Nom : identique) ; liées sans demander le 3 mars 2026"


def test_the_api_explains_links_and_suggestions_in_the_language_asked_for():
    key = create_api_key("shop")[1]
    client = Client(headers={"Authorization": f"Bearer {key}"})
    told("import:orders", "id:7", ("email", AWA, Evidence.PROVIDER))
    told("chat:1", "account:42", ("email", AWA, Evidence.SIGNED), at=MAY)
    told("import:shop", "id:9", ("email", AWA, Evidence.CLAIMED), at=MAY)
    customer = Customer.objects.get(id=Profile.objects.get(source="import:orders").owner)
    url = f"/api/v1/customers/{customer.public_id}"
    [link] = client.get(url).json()["links"]
    assert link["explanation"].startswith(f"Joined by the e-mail address {AWA}: signed on 1 May 2026")
    assert link["evidence"]["sides"][1] == {
        "source": "import:orders", "level": "provider", "at": clock.iso(MARCH),
    }  # fmt: skip
    [link] = client.get(url, headers={"Accept-Language": "fr"}).json()["links"]
    assert link["explanation"].startswith("Réunies par l’adresse e-mail")
    for path in (f"{url}/suggestions", "/api/v1/suggestions"):
        found = client.get(path, headers={"Accept-Language": "fr"}).json()["items"][0]
        assert found["explanation"].startswith(f"Les deux nomment l’adresse e-mail {AWA} : "), path
    made = client.post(
        f"{url}/links", json.dumps({"customer": str(Profile.objects.get(key="id:9").customer.public_id)}),
        content_type="application/json",
    )  # fmt: skip
    assert made.json()["explanation"].startswith("API key shop said on ")
