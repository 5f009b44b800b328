"""The screens of purposes and of the rules by country."""

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.types import Role
from rondpoint.consent import actions, purposes
from rondpoint.consent.models import Purpose, Wording
from rondpoint.consent.types import Entry
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db]
NOW = 1_790_000_000_000_000


def seat(role=Role.ADMINISTRATOR):
    user = accounts.create_user(f"{role}@example.com", "Inès", "roundabout-of-the-north-9", role)
    with write():
        user.language = "en"
        user.save()
    client = Client()
    with write():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form(**changes):
    said = {
        "names.en": "Sales", "names.fr": "Ventes", "wordings.en": "Yes to sales.", "purpose_class": "marketing",
        "basis": "consent", "channels": ["sms", "email"], "active": "on",
    }  # fmt: skip
    return {**said, **changes}


def test_purposes_are_listed_made_and_changed():
    ines = seat()
    page = ines.get("/purposes").content.decode()
    assert "Newsletter" in page and "double opt-in" in page and "no message: asked of the person" in page
    assert ines.post("/purposes/new", form(key="sales")).status_code == 302
    row = Purpose.objects.get(key="sales")
    assert (row.channels, row.active, row.double_opt_in, row.position) == (["email", "sms"], True, False, 7)
    assert "Yes to sales." in ines.get("/purposes/sales").content.decode()
    changed = form(position="3", double_opt_in="on", **{"wordings.en": "Yes, to your sales."})
    changed.pop("active")
    assert ines.post("/purposes/sales", changed).status_code == 302
    row.refresh_from_db()
    assert (row.position, row.double_opt_in, row.active) == (3, True, False)
    assert Wording.objects.filter(purpose=row).count() == 2
    assert "out of use" in ines.get("/purposes").content.decode()
    assert ines.get("/purposes/nothing").status_code == 404


def test_answers_and_orders_keep_their_class():
    ines = seat()
    page = ines.get("/purposes/transactional").content.decode()
    assert "Messages of the house itself" in page and 'name="purpose_class"' not in page
    assert ines.post("/purposes/transactional", form(**{"names.en": "Parcels"})).status_code == 302
    row = Purpose.objects.get(key="transactional")
    assert (row.names["en"], row.purpose_class, row.basis) == ("Parcels", "transactional", "contract")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key": "Bad Key"}, "small letters"),
        ({"key": "offers"}, "no other purpose has"),
        ({"key": "order"}, "does not use itself"),
        ({"names.en": "", "names.fr": ""}, "in at least one language"),
        ({"basis": "because"}, "Basis: choose"),
        ({"channels": ["sms"], "double_opt_in": "on"}, "tick that channel too"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_is_kept(changes, sentence):
    ines = seat()
    response = ines.post("/purposes/new", form(**{"key": "sales", **changes}))
    page = response.content.decode()
    assert response.status_code == 422 and sentence in page and "Yes to sales." in page
    assert not Purpose.objects.filter(key="sales").exists()


def test_class_and_basis_stay_once_somebody_said_a_word():
    ines = seat()
    purposes.every()
    ada = customers.land("email", "a@example.com", Evidence.PROVIDER, "email", NOW).profile_id
    said = Entry(ada, "granted", "1", NOW, "offers", "email", "email", "a@example.com")
    actions.record([said], NOW)
    assert "its class and basis stay" in ines.get("/purposes/offers").content.decode()
    ines.post("/purposes/offers", form(basis="contract"))
    row = Purpose.objects.get(key="offers")
    assert (row.basis, row.names["en"]) == ("consent", "Sales")


def test_rules_stand_with_their_source():
    page = seat().get("/rules").content.decode()
    assert "article L223-1" in page and "CASL" in page and "Québec" in page and "RFC 8058" in page


def test_both_are_for_administrators():
    agent = seat(Role.AGENT)
    for path in ("/purposes", "/purposes/offers", "/rules"):
        assert agent.get(path).status_code in (403, 404)
