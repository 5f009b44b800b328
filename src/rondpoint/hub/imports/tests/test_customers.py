"""Rows become customers: once, on whom they are about, with the reason for each that is refused."""

import csv
import io

import pytest

from rondpoint.customers import actions as customers
from rondpoint.customers import queries
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events.models import Event
from rondpoint.hub.imports import queries as imports
from rondpoint.hub.models import Import, RefusedRow
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def traits(key) -> dict:
    return {name: told["value"] for name, told in Profile.objects.get(key=key).traits.items()}


def counts(row) -> tuple:
    return row.new, row.changed, row.known, row.refused


def test_a_row_is_a_customer_by_the_owners_word(bring):
    bring("id,email,phone,first_name,points,zip,vip\nC1,Awa@Example.com,0199001234,Awa,12.5,01000,yes\n", origin="crm")
    profile = Profile.objects.get()
    assert (profile.source, profile.key) == ("import:crm", "id:C1")
    held = {(row.kind, row.value, row.scope): row.evidence for row in Identifier.objects.all()}
    assert held == {
        ("account", "C1", "crm"): Evidence.PROVIDER,
        ("email", "awa@example.com", ""): Evidence.PROVIDER,
        ("phone", "+33199001234", ""): Evidence.PROVIDER,
    }
    told = traits("id:C1")
    assert (told["points"], told["postcode"], told["vip"]) == (12.5, "01000", True)


def test_bringing_a_file_again_changes_nothing_and_a_changed_row_is_one_change(bring):
    text = "id,email,city\nC1,awa@example.com,Lyon\nC2,luc@example.com,Nantes\n"
    assert counts(bring(text)) == (2, 0, 0, 0)
    assert counts(bring(text)) == (0, 0, 2, 0)
    assert counts(bring(text.replace("Nantes", "Brest"))) == (0, 1, 1, 0)
    assert Customer.objects.count() == 2
    assert traits("id:C2")["city"] == "Brest"


def test_words_land_on_the_customer_who_holds_the_address(bring):
    with write():
        known = customers.land("email", "awa@example.com", Evidence.PROVIDER, "email", clock.now(), "Awa")
    row = bring("id,email,city\nC1,awa@example.com,Lyon\n", origin="crm")
    assert counts(row) == (0, 1, 0, 0)
    assert Customer.objects.filter(merged_into=None).count() == 1
    assert queries.golden(known.customer_id).traits["city"].value == "Lyon"
    assert counts(bring("id,email,city\nC1,other@example.com,Lyon\n", origin="crm")) == (0, 1, 0, 0)


def test_what_a_file_says_of_somebody_known_is_its_own_word_and_comes_apart_exactly(bring):
    with write():
        known = customers.land("email", "awa@example.com", Evidence.PROVIDER, "email", clock.now(), "Awa")
    bring("id,email,name,city\nC1,awa@example.com,Awa Diallo,Lyon\n", origin="crm")
    bring("id,email,name,city\n77,awa@example.com,Awa D,Brest\n", origin="shop")
    assert dict(Profile.objects.values_list("source", "customer_id")) == dict.fromkeys(
        ("email", "import:crm", "import:shop"), known.customer_id
    )
    mail = Profile.objects.get(source="email")
    assert "city" not in mail.traits
    assert [(link.rule, link.evidence["value"], link.evidence["by"]) for link in Link.objects.order_by("id")] == [
        ("import", "awa@example.com", "ada@example.com")
    ] * 2
    assert Event.objects.filter(type="customer.linked").count() == 2
    assert Customer.objects.get(id=known.customer_id).name == "Awa D"
    customers.unmerge(Link.objects.order_by("id").first(), "Inès")
    crm = Profile.objects.get(source="import:crm")
    assert crm.customer_id == crm.id
    assert Customer.objects.get(id=crm.id).name == "Awa Diallo"
    assert queries.golden(known.customer_id).traits["city"].value == "Brest"
    assert counts(bring("id,email,name,city\nC1,awa@example.com,Awa Diallo,Nice\n", origin="crm")) == (0, 1, 0, 0)
    assert Profile.objects.get(source="import:crm").customer_id == crm.id, "it stays apart"


def test_a_number_of_another_system_more_than_one_person_has_waits_for_an_answer(bring):
    """Two rows of one system hold the address of one customer: the second would make her two people."""
    with write():
        customers.land("email", "family@example.com", Evidence.PROVIDER, "email", clock.now(), "Awa")
    assert counts(bring("id,email\nC1,family@example.com\nC2,family@example.com\n", origin="crm"))[3] == 0
    assert Customer.objects.filter(merged_into=None).count() == 2
    assert Link.objects.filter(opened=None, closed=None, right__key="id:C2").exists()


def test_a_claim_of_a_stranger_gives_her_nothing(bring):
    with write():
        profile, _ = customers.make_profile("track:1", "anon:a", clock.now())
        customers.identify(profile.id, [IdentifierIn("email", "awa@example.com", Evidence.CLAIMED)], clock.now())
    assert counts(bring("email,city\nawa@example.com,Lyon\n")) == (1, 0, 0, 0)
    assert Customer.objects.count() == 2
    assert Link.objects.get().opened is None


def test_two_numbers_of_one_system_are_two_people_whatever_they_share(bring):
    row = bring("id,email\nC1,family@example.com\nC2,family@example.com\n", origin="crm")
    assert counts(row) == (2, 0, 0, 0)
    assert Customer.objects.count() == 2


def test_rows_about_one_person_meet(bring):
    row = bring("email,phone,city\nawa@example.com,0199001234,Lyon\n,0199001234,Brest\n")
    assert counts(row) == (1, 1, 0, 0)
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("nobody,,", "'nobody' is not an e-mail address"),
        (",12,", "phone: '12' is not a possible phone number"),
        (",,", "nothing says who this is"),
        ("awa@example.com,,31/02/2026", "birthday: '31/02/2026' is no time"),
        ("awa@example.com,,,,,too many", "the row has 6 cells, the header 3"),
    ],
)
def test_a_row_that_cannot_be_taken_is_kept_with_its_reason(bring, cells, words):
    row = bring(f"email,phone,birthday\nluc@example.com,,\n{cells if cells != ',,' else ',, ,'}\n")
    assert counts(row) == (1, 0, 0, 1)
    kept = RefusedRow.objects.get()
    assert kept.line == 3 and words in kept.reason


def test_refused_rows_come_back_as_a_file_that_can_be_mended_and_brought(bring):
    row = bring("email,company\n=cmd|x,Diallo\nluc@example.com,=1+1\n")
    text = b"".join(imports.refused_csv(row)).decode("utf-8-sig")
    header, line = csv.reader(io.StringIO(text))
    assert header == ["line", "reason", "email", "company"]
    assert line[0] == "2" and "no @" in line[1] and line[2] == "'=cmd|x"
    mended = text.replace("'=cmd|x", "awa@example.com")
    assert counts(bring(mended)) == (1, 0, 0, 0)
    assert set(traits("email:awa@example.com")) == {"company"}
    assert traits("email:luc@example.com")["company"] == "=1+1"


def test_an_older_word_changes_nothing_newer(bring):
    bring("email,city,told_at\nawa@example.com,Lyon,2026-03-04\n")
    assert counts(bring("email,city,told_at\nawa@example.com,Brest,2025-03-04\n")) == (0, 0, 1, 0)
    assert traits("email:awa@example.com")["city"] == "Lyon"


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(bring):
    bring("email,city\nawa@example.com,Lyon\nluc@example.com,Nantes\n")
    row = bring("email,city\nawa@example.com,Lyon\nluc@example.com,Brest\nzoe@example.com,\nnobody,\n", then="check")
    assert row.state == "checked" and counts(row) == (1, 1, 1, 1)
    found = row.found
    assert (found["new"], found["changed"], found["known"], found["refused"], found["read"]) == (1, 1, 1, 1, 4)
    assert found["reasons"][0][1:] == [1, 5]
    assert [each["state"] for each in found["rows"]] == ["known", "changed", "new"]
    assert Customer.objects.count() == 2 and not RefusedRow.objects.exists()


def test_what_columns_meant_is_remembered_for_the_same_header(bring):
    text = "Mail perso;Points\nawa@example.com;3\n"
    first = bring(text, then="")
    assert first.state == "mapping" and first.mapping == ["text:mail_perso", "number:points"]
    from rondpoint.hub.imports import actions

    with pytest.raises(actions.Invalid, match="no column is"):
        actions.choose(first, first.mapping)
    actions.choose(first, ["email", "number:loyalty"], origin="till")
    second = bring(text)
    assert second.state == "done" and second.origin == "till"
    assert traits("email:awa@example.com") == {"loyalty": 3}


def test_many_rows_go_on_where_they_ended(bring, monkeypatch):
    from rondpoint.hub.imports import actions, working

    monkeypatch.setattr(working, "AT_ONCE", 7)
    text = "id,name\n" + "".join(f'C{n},"Awa\n{n}"\n' for n in range(50)) + "\nbad,,,\n"
    row = bring(text, then="")
    actions.start(row, check=False)
    turns = 0
    while row.state == "running":
        fresh = Import.objects.get(id=row.id)
        working.turn(fresh, seconds=0)
        row.refresh_from_db()
        turns += 1
    assert turns > 5
    assert counts(row) == (51, 0, 0, 0)
    assert Profile.objects.count() == row.new
    stale = Import.objects.get(id=row.id)
    stale.state, stale.position, stale.line = "running", 8, 1
    working.turn(stale, seconds=0)
    assert Profile.objects.count() == row.new and counts(Import.objects.get(id=row.id)) == counts(row)
