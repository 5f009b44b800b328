"""Who comes out of a file with street, postcode and town can be written letters: on her pages and over the API."""

import json
import re

import pytest

from rondpoint.consent import queries as consent
from rondpoint.consent.models import ConsentEntry
from rondpoint.consent.types import Asked, Link
from rondpoint.customers.models import Customer
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]
SHEET = "id,email,prénom,adresse,code postal,ville\nC1,awa@example.com,Awa,12 rue des Tilleuls,69003,Lyon\n"
CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Awa Diallo\r\nEMAIL:awa@example.com\r\n"
    "ADR:;;12 rue des Tilleuls;Lyon;;69003;\r\nEND:VCARD\r\n"
)
AT = "12 rue des Tilleuls, 69003 Lyon"


@pytest.fixture(params=["sheet", "card"])
def awa(bring, request):
    row = bring(SHEET, origin="crm") if request.param == "sheet" else bring(CARD, name="awa.vcf")
    assert row.new == 1
    return Customer.objects.get()


def standing(customer, purpose="offers"):
    return consent.standing([Asked(purpose, "print", "post", AT, customer_id=customer.id)], clock.now())[0]


def test_she_chooses_letters_in_the_preference_centre(awa, client):
    url = "/u/" + consent.centre_url(Link(awa.id, "email", "awa@example.com")).rpartition("/")[2]
    page = client.get(url, {"language": "en"}).content.decode()
    offers = page.partition('name="asked.offers"')[2].partition("</fieldset>")[0]
    assert AT not in page and '<option value="print">Letter by post</option>' in offers
    assert '<option value="print">' in page.partition('name="way.transactional"')[2].partition("</select>")[0]
    box = re.search(r'name="yes" value="(\w+)">\s*<span>Letter by post', offers)[1]
    asked = re.match(r' value="(\w+)"', offers)[1]
    client.post(url, {"asked.offers": asked, "shown": box, "yes": box})
    assert standing(awa).allowed and ConsentEntry.objects.get().address == AT


def test_a_colleague_and_a_program_write_letters_down(awa, desk, api):
    page = desk.get(f"/customers/{awa.public_id}").content.decode()
    assert f"offers|print|post|{AT}" in page
    body = {"action": "granted", "purpose": "offers", "channel": "print", "proof": {"form": "counter"}}
    path = f"/api/v1/customers/{awa.public_id}/consents"
    said = api.post(path, json.dumps(body), content_type="application/json")
    assert said.status_code == 201 and standing(awa).allowed
    spelled = {**body, "purpose": "newsletter", "address": "12, RUE DES TILLEULS 69003 LYON"}
    assert api.post(path, json.dumps(spelled), content_type="application/json").status_code == 201
    assert standing(awa, "newsletter").allowed, "another spelling is the address she has"


def test_a_file_of_consents_means_the_letter_box_that_is_known(bring):
    bring(SHEET, origin="crm")
    text = "id,purpose,channel,action,date,page\nC1,offers,courrier,oui,2026-03-04,A\n"
    row = bring(text, "consents", origin="crm")
    assert (row.new, row.refused) == (1, 0) and standing(Customer.objects.get()).allowed
