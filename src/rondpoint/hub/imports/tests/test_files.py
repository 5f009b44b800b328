"""However a file of rows is written, it says the same."""

import io
from datetime import datetime

import pytest

from rondpoint.customers.models import Customer, Profile

pytestmark = [pytest.mark.django_db, pytest.mark.data]

TEXT = "Prénom;Nom;Adresse e-mail;Téléphone;Ville\nÉloïse;Brun;eloise@example.com;01 99 00 12 34;Orléans\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_is_read(bring, encoding):
    row = bring(TEXT.encode(encoding))
    assert (row.state, row.error, row.new) == ("done", "", 1)
    assert Customer.objects.get().name == "Éloïse Brun"
    assert Profile.objects.get().traits["city"]["value"] == "Orléans"


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace(";", ","),
        TEXT.replace(";", "\t"),
        TEXT.replace(";", "|"),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        f"sep=;\n{TEXT}",
        TEXT.replace("Orléans", '"Orléans"').replace("Brun", '"Brun"'),
        "'Prénom','Nom','Adresse e-mail','Téléphone','Ville'\n"
        "'Éloïse','Brun','eloise@example.com','0199001234','Orléans'\n",
        '[{"Prénom": "Éloïse", "Nom": "Brun", "email": "eloise@example.com", "phone": "0199001234",'
        ' "Ville": "Orléans"}]',
        '{"first_name": "Éloïse", "last_name": "Brun", "email": ["eloise@example.com"], "phone": "0199001234",'
        ' "city": "Orléans"}\n',
    ],
)  # fmt: skip
def test_every_way_to_write_rows_is_read(bring, text):
    row = bring(text)
    assert (row.state, row.error, row.new) == ("done", "", 1)
    profile = Profile.objects.get()
    assert (profile.source, profile.key) == ("import:file", "email:eloise@example.com")
    assert profile.traits["city"]["value"] == "Orléans"
    assert profile.identifiers.get(kind="phone").value == "+33199001234"


def workbook(*rows) -> bytes:
    import openpyxl

    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_an_excel_workbook_is_read(bring):
    rows = [
        ["Prénom", "E-mail", "Téléphone", "Points", "Date de naissance", "VIP"],
        ["Éloïse", "eloise@example.com", 33199001234, 12.0, datetime(1988, 4, 12), True],
        [],
        ["Luc", "nobody", None, None, None, None],
    ]
    row = bring(workbook(*rows), name="list.xlsx")
    assert (row.state, row.error, row.new, row.refused) == ("done", "", 1, 1)
    told = {name: each["value"] for name, each in Profile.objects.get().traits.items()}
    assert told == {"first_name": "Éloïse", "points": 12, "birthday": "1988-04-12", "vip": True}
    assert row.refusals.get().line == 4


def test_cards_of_an_address_book_are_read(bring):
    text = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Brun;Éloïse;;;\r\nFN:Éloïse\r\n  Brun\r\n"
        "item1.EMAIL;TYPE=INTERNET:eloise@exam\r\n ple.com\r\nEMAIL:e.brun@example.org\r\n"
        "TEL;TYPE=CELL:01 99 00 12 34\r\nADR;TYPE=HOME:;;12\\, rue X;Lyon;;69003;France\r\n"
        "PHOTO;ENCODING=b:" + "A" * 90_000 + "\r\nBDAY:19880412\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\nVERSION:4.0\nUID:urn:1\nFN:Luc\nTEL;VALUE=uri:tel:+33199001235\nBDAY:--0412\nEND:VCARD\n"
    )
    row = bring(text, name="book.vcf")
    assert (row.state, row.error, row.new, row.refused) == ("done", "", 2, 0)
    awa = Profile.objects.get(key="email:eloise@example.com")
    assert awa.identifiers.count() == 3
    told = {name: each["value"] for name, each in awa.traits.items()}
    assert told["name"] == "Éloïse Brun" and told["street"] == "12, rue X" and told["postcode"] == "69003"
    assert told["birthday"] == "1988-04-12"
    assert Profile.objects.get(key="id:urn:1").identifiers.filter(kind="phone", value="+33199001235").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "nothing in this file"),
        (b"   \n", "nothing in this file"),
        (b"email\n", "no row below"),
        (b",,,\n1,2,3\n", "names no column"),
        (b"%PDF-1.7\n", "save it as CSV"),
        (b"PK\x03\x04 no workbook", "no workbook of the form .xlsx"),
        (b'email,name\n"a@example.com,' + b"x\n" * 300, "never closed"),
        (b"email,name\n" + b"x" * 1_200_000, "more than 1000000 bytes"),
        (b'{"email": 1}\n{nope}\n', "line 2 is not JSON"),
        (b"name,city\nAwa,Lyon\n", "no column is id or user_id or email or phone"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(bring, content, words):
    row = bring(content)
    assert row.state == "failed" and words in row.error
    assert not Profile.objects.exists()
