"""What people said about being written to comes in with its proof, once, and goes out the same."""

import pytest

from rondpoint.consent import queries as consent
from rondpoint.consent.models import Confirmation, ConsentEntry
from rondpoint.consent.types import Asked
from rondpoint.customers.models import Customer, Profile
from rondpoint.files import queries as files
from rondpoint.hub.exports import actions as exports
from rondpoint.hub.imports.kinds import consents
from rondpoint.hub.imports.types import Context, Unfit
from rondpoint.hub.models import RefusedRow
from rondpoint.lib import clock
from rondpoint.lib.db import unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.data]
CONTEXT = Context("import:crm", "crm", "FR", 1_790_000_000_000_000, zone="Europe/Paris")

FILE = (
    "E-mail;Téléphone;Liste;Canal;Consentement;Date;Mention;Formulaire;Adresse IP;Version;Expiration\n"
    "awa@example.com;;Lettre d’information;courriel;confirmé;04/03/2026 14:05;Oui, la lettre.;au pied;192.0.2.7;2;\n"
    "awa@example.com;;offers;SMS;oui;05/03/2026;;caisse;;;\n"  # no number of hers stands anywhere
    ";+33199000042;Offres;SMS;Oui;05/03/2026;;caisse;;;05/03/2027\n"
    "luc@example.com;;;;désinscrit;06/03/2026;;;;;\n"
    "luc@example.com;;newsletter;email;granted;;;form;;;\n"
    "luc@example.com;;newsletter;email;granted;01/01/2190;;form;;;\n"
    "luc@example.com;;newsletter;email;granted;06/03/2026;;;;;\n"
    "luc@example.com;;planets;email;granted;06/03/2026;;form;;;\n"
    "luc@example.com;;newsletter;sms;granted;06/03/2026;;form;;;\n"
    "luc@example.com;;newsletter;email;perhaps;06/03/2026;;form;;;\n"
)


def standing(kind, address, purpose="newsletter", channel="email"):
    owner = Profile.objects.filter(identifiers__kind=kind, identifiers__value=address).get().customer_id
    return consent.standing([Asked(purpose, channel, kind, address, customer_id=owner)], clock.now())[0]


def ledger():
    """Every word without the name it has here, with the identifiers of whoever said it."""
    names = ("action", "purpose", "channel", "address_kind", "address", "basis", "wording", "language", "at", "expires")
    rows = ConsentEntry.objects.order_by("id")
    owners = {
        row.id: sorted(row.identifiers.values_list("kind", "value", "scope")) for row in Profile.objects.all()
    }
    return [(*(getattr(row, name) for name in names), row.proof, row.by, owners[row.profile_id]) for row in rows]


def test_words_come_in_with_their_proof_and_hold(bring):
    row = bring(FILE, "consents", origin="crm")
    assert (row.new, row.refused) == (3, 7), row.error
    reasons = dict(RefusedRow.objects.values_list("line", "reason"))
    assert "address of hers for sms" in reasons[3]
    assert "a time is missing" in reasons[6] and "lies in the future" in reasons[7]
    assert "a grant has a proof" in reasons[8] and "no purpose 'planets'" in reasons[9]
    assert "newsletter goes by" in reasons[10] and "'perhaps' is none of" in reasons[11]
    first, second, third = ConsentEntry.objects.order_by("id")
    assert first.proof == {"text": "Oui, la lettre.", "form": "au pied", "ip": "192.0.2.7"}
    assert (first.action, first.wording, clock.iso(first.at)) == ("confirmed", 2, "2026-03-04T13:05:00.000Z")
    assert (second.address, clock.iso(second.expires)) == ("+33199000042", "2027-03-04T23:00:00.000Z")
    assert (third.action, third.purpose, third.channel, third.address) == ("withdrawn", "", "", "luc@example.com")
    assert first.by == "ada@example.com" and first.source.startswith("import:crm:")
    assert standing("email", "awa@example.com").reason == "confirmed"
    assert standing("phone", "+33199000042", "offers", "sms").allowed
    assert standing("email", "luc@example.com").reason == "withdrawn"


def test_a_row_heard_twice_is_one_word(bring):
    bring(FILE, "consents", origin="crm")
    again = bring(FILE, "consents", origin="crm")
    assert (again.new, again.known, again.refused) == (0, 3, 7)
    numbered = "reference,email,purpose,channel,action,date,form\nc-1,{},offers,email,yes,2026-03-04,till\n"
    assert bring(numbered.format("awa@example.com"), "consents", origin="till").new == 1
    changed = numbered.format("awa@example.com").replace("2026-03-04", "2026-03-05")
    assert bring(changed, "consents", origin="till").known == 1
    assert bring(numbered.format("awa@example.com"), "consents", origin="shop").new == 1
    assert ConsentEntry.objects.count() == 5


def test_a_dry_run_says_the_same_and_writes_nothing(bring):
    row = bring(FILE, "consents", then="check")
    assert (row.found["new"], row.found["refused"]) == (3, 7)
    assert row.found["rows"][0]["values"]["form"] == "au pied"
    assert not ConsentEntry.objects.exists() and not Customer.objects.exists()


def test_a_number_alone_means_the_addresses_that_are_known(bring):
    bring("id,email,phone\nC1,awa@example.com;awa@example.org,+33199000042\n", origin="crm")
    text = "id,purpose,channel,action,date,page\nC1,offers,email,oui,2026-03-04,A\nC1,profiling,,oui,2026-03-04,A\n"
    assert bring(text, "consents", origin="crm").new == 2
    assert Customer.objects.count() == 1
    assert sorted(ConsentEntry.objects.values_list("address", flat=True)) == ["", "awa@example.com", "awa@example.org"]
    assert bring(text, "consents", origin="crm").known == 2


def test_nobody_is_written_to_because_of_words_of_the_past(bring):
    row = bring("email,purpose,channel,action,date,form\na@example.com,newsletter,email,oui,2026-03-04,x\n", "consents")
    assert row.new == 1
    assert ConsentEntry.objects.get().action == "pending" and not Confirmation.objects.exists()
    assert not standing("email", "a@example.com").allowed


def test_a_stop_shuts_the_address_and_a_later_grant_opens_nothing(bring):
    bring("phone,channel,action,date\n+33199000042,sms,STOP,2026-03-04\n", "consents")
    assert consent.suppressed("phone", "+33199000042", "sms")
    grant = "phone,purpose,channel,action,date,form\n+33199000042,offers,sms,granted,2026-03-05,till\n"
    assert bring(grant, "consents").new == 1
    assert standing("phone", "+33199000042", "offers", "sms").reason == "stop"


@pytest.mark.usefixtures("children_here")
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_goes_out_comes_in_as_the_same_ledger(bring, form):
    bring("id,email,phone\nC1,awa@example.com,+33199000043\n", origin="crm")
    bring(FILE, "consents", origin="crm")
    bring("email,purpose,channel,action,date,form\na@example.com,newsletter,email,oui,2026-03-04,x\n", "consents")
    bring("phone,channel,action,date,text\n+33199000042,sms,STOP,2026-03-04,=STOP\n", "consents")
    bring("id,purpose,channel,action,date,page\nC1,offers,email,oui,2026-03-04,Compte\n", "consents", origin="crm")
    bring("id,purpose,channel,action,date,address,form\nC1,offers,print,oui,2026-03-04,12 rue des Tilleuls,x\n",
          "consents", origin="crm")  # fmt: skip
    asked = exports.ask("consents", form, "ada@example.com")
    assert exports.work("test") == 1
    asked.refresh_from_db()
    assert (asked.state, asked.rows) == ("done", ConsentEntry.objects.count())
    content, before = files.read(asked.sha256), ledger()
    same = bring(content, "consents", origin="house")
    assert (same.new, same.known, same.refused) == (0, len(before), 0), "this house knows its own words"
    with unguarded():
        for model in (ConsentEntry, Customer):
            model.objects.all().delete() if model is ConsentEntry else model.objects.update(merged_into=None)
        Profile.objects.update(customer=None)
        Customer.objects.all().delete()
        Profile.objects.all().delete()
    other = bring(content, "consents", origin="house")
    assert (other.new, other.refused) == (len(before), 0), list(RefusedRow.objects.values_list("reason", flat=True))
    found = ledger()
    assert [row[:-1] for row in found] == [row[:-1] for row in before]
    assert all(set(old[-1]) <= {*new[-1]} for old, new in zip(before, found, strict=True))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({}, "action: '' is none of"),
        ({"action": "yes"}, "nothing says who"),
        ({"action": "yes", "email": "a@example.com", "channel": "smoke"}, "channel: 'smoke' is none of"),
        ({"action": "yes", "email": "a@example.com", "said_at": "soon"}, "said_at: 'soon' is no time"),
        ({"action": "no", "email": "a@example.com", "basis": "because"}, "basis: 'because' is none of"),
        ({"action": "no", "email": "a@example.com", "wording": "two"}, "wording: 'two' is no version"),
        ({"action": "no", "email": "a@example.com", "language": "de"}, "language: 'de' is none of"),
        ({"action": "no", "email": "a@example.com", "proof": "{"}, "proof: '{' is not JSON"),
        ({"action": "no", "email": "a@example.com", "text": "x" * 3000}, "proof: at most 2000"),
        ({"action": "no", "address": "12 rue", "channel": "print"}, "nothing says who"),
        ({"action": "no", "address": "nobody", "channel": "email"}, "address: 'nobody' is not an e-mail address"),
    ],
)
def test_what_cannot_be_a_word_is_refused(cells, words):
    with pytest.raises(Unfit) as unfit:
        consents.read(cells, CONTEXT)
    assert words in str(unfit.value)
