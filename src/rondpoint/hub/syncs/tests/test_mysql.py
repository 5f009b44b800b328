"""A table of MySQL or MariaDB is read as one of PostgreSQL is: never changed, a little at a time, over a line that is
encrypted to the one it names."""

import datetime as dt
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.peers.mariadb import MariaDB

from rondpoint.hub import databases as reached
from rondpoint.hub import mysql
from rondpoint.hub.syncs import databases, rules

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("inside")]
NAME = "db.example.com"


@pytest.fixture
def shop(mariadb):
    """A shop with people in it; each test begins with the same ones."""
    mariadb.run(
        "DROP TABLE IF EXISTS shop.clients; CREATE TABLE shop.clients (No int, mail varchar(200) CHARACTER SET utf8mb4,"
        " vip tinyint(1), grade tinyint, total decimal(12, 2), weight double, seen datetime, told timestamp NULL,"
        " born date, open time, extra json, photo blob, bits bit(1), `100% ``off``` text CHARACTER SET utf8mb4)"
    )
    mariadb.run(
        "INSERT INTO shop.clients SELECT seq, concat('n', seq, '@example.com'), seq % 2, 7, seq + 0.5, 3,"
        " '2026-03-04 10:00:00' + INTERVAL seq MINUTE, '2026-03-04 10:00:00', '1990-01-02', '09:30:00',"
        " '{\"a\": [1]}', 'raw', b'1', concat('Zoë 😀 ', seq) FROM shop.numbers"
    )
    return mariadb


@pytest.fixture(autouse=True, scope="module")
def _numbers(mariadb):
    mariadb.run("CREATE TABLE shop.numbers AS SELECT seq FROM seq_0_to_5999")


def peek(server, query="clients", growing=""):
    return databases.peek(server.url, query, growing, True)


def fetch(server, query="clients", growing="", since=None):
    return databases.fetch(server.url, query, growing, since, True)


def test_values_are_read_by_their_types(shop):
    found = peek(shop)
    assert found["header"][-1] == "100% `off`" and len(found["samples"]) == databases.SAMPLES
    assert found["samples"][1] == [
        "1", "n1@example.com", "true", "7", "1.50", "3", "2026-03-04T10:01:00", "2026-03-04T10:00:00+00:00",
        "1990-01-02", "9:30:00", '{"a": [1]}', "", "true", "Zoë 😀 1",
    ]  # fmt: skip
    assert found["samples"][0][2] == "false"
    shop.run(
        "SET sql_mode = ''; UPDATE shop.clients SET vip = 5, born = '0000-00-00', seen = '0000-00-00 00:00:00',"
        " told = NULL, bits = NULL, total = NULL WHERE No = 0"
    )
    [odd] = peek(shop, "SELECT vip, born, seen, told, bits, total FROM clients WHERE No = 0")["samples"]
    assert odd == ["5", "", "", "", "", ""]


def test_a_column_that_grows_is_read_on_from_where_it_ended(shop):
    for growing, kind, again in (("No", "number", 1), ("seen", "time", 6), ("100% `off`", "text", 1)):
        first = fetch(shop, growing=growing)
        assert (first["rows"], first["reached"]["kind"]) == (6000, kind), growing
        assert fetch(shop, growing=growing, since=first["reached"])["rows"] == again
    moments = fetch(shop, growing="told")
    assert moments["reached"] == {"kind": "time", "value": "2026-03-04T10:00:00+00:00"}
    assert fetch(shop, growing="told", since=moments["reached"])["rows"] == 6000
    shop.run("UPDATE shop.clients SET told = '2026-03-04 09:00:00' WHERE No > 0")
    assert fetch(shop, growing="told", since=moments["reached"])["rows"] == 1, "moments are compared in UTC"
    with pytest.raises(ValueError, match="Unknown column"):
        peek(shop, growing="planet")


def test_a_table_of_another_database_and_a_select_are_read(shop):
    assert fetch(shop, "shop.clients")["rows"] == 6000
    found = peek(shop, "SELECT mail, '100%: \"a\"' AS x FROM clients WHERE No = 3 -- one\n;")
    assert found == {"header": ["mail", "x"], "samples": [["n3@example.com", '100%: "a"']]}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT shop.spoil()", "READ ONLY"),
        ("SELECT * FROM clients FOR UPDATE", "READ ONLY"),
        ("SELECT No FROM clients INTO OUTFILE '/tmp/rows'", "syntax"),
        ("SELECT 1 # ' \n) AS x; DELETE FROM clients; -- '", "without #"),
        ("SELECT 1 /*! ) AS x; DELETE FROM clients */", None),  # no comment of theirs is sent
        ("SELECT nextval(shop.serial)", "READ ONLY"),
    ],
)
def test_nothing_is_changed(shop, query, why):
    shop.run(
        "CREATE OR REPLACE SEQUENCE shop.serial; DROP FUNCTION IF EXISTS shop.spoil;"
        " CREATE FUNCTION shop.spoil() RETURNS int MODIFIES SQL DATA BEGIN DELETE FROM shop.clients; RETURN 1; END"
    )
    if why is None:
        fetch(shop, query)
    else:
        with pytest.raises(ValueError, match=why):
            fetch(shop, query)
    assert shop.run("SELECT count(*) FROM shop.clients") == [(6000,)]


def test_a_statement_has_its_time(shop, monkeypatch):
    monkeypatch.setattr(reached, "SECONDS", 0.2)
    with pytest.raises(ValueError, match="max_statement_time"):
        fetch(shop, "SELECT SLEEP(5) AS x FROM clients")


def test_other_servers_have_their_words_for_it():
    assert "max_execution_time = 1800000" in mysql._limited("8.4.3", False, 1800, 10)[0]
    assert "max_statement_time = 1800" in mysql._limited("5.5.5-10.11.19-MariaDB", False, 1800, 10)[0]


def test_rows_are_not_held_at_once(shop):
    shop.run("CREATE TABLE IF NOT EXISTS shop.wide AS SELECT seq AS no, repeat('x', 10000) AS x FROM shop.numbers")
    peek(shop, "wide")
    tracemalloc.start()
    try:
        assert fetch(shop, "wide")["size"] > 60_000_000
        assert tracemalloc.get_traced_memory()[1] < 45_000_000
        tracemalloc.reset_peak()
        peek(shop, "SELECT a.* FROM wide AS a, numbers AS b")
        assert tracemalloc.get_traced_memory()[1] < 45_000_000, "no more is asked for than is shown"
    finally:
        tracemalloc.stop()


def test_a_wrong_password_is_not_told(shop):
    wrong = shop.url.replace("shop-window", "s3cret-word")
    with pytest.raises(ValueError, match="Access denied") as told:
        databases.peek(wrong, "clients", "", True)
    assert "s3cret" not in str(told.value) and not str(told.value).startswith("(")


def test_a_server_cannot_ask_for_our_files(shop):
    shop.run("SET GLOBAL local_infile = 1")
    engine = reached.engine(shop.url, True, writes=True)
    try:
        refused = pytest.raises(Exception, match="LOAD_LOCAL|local_infile|not allowed|not be invoked|disabled")
        with engine.connect() as line, refused:
            line.exec_driver_sql("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE clients")
    finally:
        engine.dispose()


def certificate(folder, name):
    """A certificate for a name, that signs itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    for path in paths:
        path.chmod(0o644)
    return paths


@pytest.fixture
def encrypted(monkeypatch):
    """A server with a certificate for db.example.com, which stands here."""
    folder = Path(tempfile.mkdtemp(prefix="rondpoint-other-"))
    cert, key = certificate(folder, NAME)
    server = MariaDB(folder)
    looked_up = reached.socket.getaddrinfo

    def here(host, *rest, **more):
        return looked_up("127.0.0.1" if host in (NAME, "other.example.com") else host, *rest, **more)

    monkeypatch.setattr(reached.socket, "getaddrinfo", here)
    try:
        server.start(f"--ssl-cert={cert}", f"--ssl-key={key}")
        server.cert = cert
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_the_line_is_encrypted_to_the_one_it_names(shop, encrypted, monkeypatch):
    def cipher(mode, host=NAME):
        url = encrypted.url.replace("127.0.0.1", host) + f"?sslmode={mode}"
        asked = "SELECT VARIABLE_VALUE AS v FROM information_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'"
        [[found]] = databases.peek(url, asked, "", True)["samples"]
        return found

    assert cipher("disable") == "" and cipher("prefer") and cipher("require")
    for mode in ("verify-full", "verify-ca"):
        with pytest.raises(ValueError, match="CERTIFICATE_VERIFY_FAILED"):
            cipher(mode)
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted.cert))
    assert cipher("verify-full") and cipher("verify-ca", "other.example.com")
    with pytest.raises(ValueError, match="other.example.com"):
        cipher("verify-full", "other.example.com")
    for mode in ("require", "verify-full"):
        with pytest.raises(ValueError, match="SSL is required"):
            databases.peek(f"{shop.url}?sslmode={mode}", "clients", "", True)


def test_outside_a_certificate_is_verified(encrypted, monkeypatch):
    """The house thinks that the server stands outside."""
    monkeypatch.setattr(reached, "is_public", lambda _address: True)
    url = encrypted.url.replace("127.0.0.1", NAME)
    with pytest.raises(ValueError, match="CERTIFICATE_VERIFY_FAILED"):
        databases.peek(url, "SELECT 1 AS a", "", False)
    assert databases.peek(f"{url}?sslmode=require", "SELECT 1 AS a", "", False)["samples"] == [["1"]]
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted.cert))
    assert databases.peek(url, "SELECT 1 AS a", "", False)["samples"] == [["1"]]


def test_only_one_select_is_asked():
    with pytest.raises(rules.BadStatement, match="without #"):
        rules.check_mysql("SELECT 1 # ' \n")
    rules.check_mysql("SELECT 1")
