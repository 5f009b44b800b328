"""Bringing a file in, taking one out, and telling another system, with the mouse; the receiver is a real one."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import sqlite3
import threading

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow
from tests.peers.house import wait_for

pytestmark = pytest.mark.browser
WORKED = 30_000  # milliseconds that the worker may take

TEXT = """Prénom;Nom;E-mail;Tél.;Points;Ville
Éloïse;Brun;eloise.brun@example.com;01 99 00 66 01;12;Orléans
Rémi;Petit;remi.petit@example.com;01 99 00 66 02;7;Nantes
Zoé;Martin;nobody;;3;Lyon
"""


@pytest.fixture
def receiver():
    """Another system: it keeps what it is told."""
    told = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            told.append((dict(self.headers.items()), body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"thank you")

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.told = told
    yield server
    server.shutdown()


def test_a_file_comes_in_with_the_mouse_and_goes_out_again(agent, demo, tmp_path):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/imports")
    assert_accessible(page)
    path = tmp_path / "été.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    page.fill("#origin", "till")
    page.set_input_files("#file", path)
    page.click("form[data-bring] button")
    page.wait_for_url("**/imports/*")
    expect(page.locator("h1")).to_have_text("été.csv")
    expect(page.locator("#c0")).to_have_value("first_name", timeout=WORKED)
    assert [page.locator(f"#c{n}").input_value() for n in range(6)] == [
        "first_name", "last_name", "email", "phone", "number:points", "city",
    ]  # fmt: skip
    assert_accessible(page)
    page.click(".mapping ~ .actions button.go")
    expect(page.locator(".cards li")).to_have_count(2, timeout=WORKED)
    expect(page.locator(".counts dd").nth(3)).to_have_text("1")
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert_no_overflow(page)
    page.set_viewport_size({"width": 1280, "height": 860})
    page.click("form[action$='/run'] button")
    expect(page.locator("#state .badge.ok")).to_be_visible(timeout=WORKED)
    expect(page.locator(".counts dd").first).to_have_text("2")
    expect(page.locator("#state table td").nth(1)).to_contain_text("nobody")
    page.goto(f"{demo.url}/exports")
    page.click("form.bring button.go")
    file = page.locator("#exports a[href$='/file']").first
    expect(file).to_be_visible(timeout=WORKED)
    assert_accessible(page)
    with page.expect_download() as download:
        file.click()
    assert "eloise.brun@example.com" in download.value.path().read_text("utf-8-sig")
    page.set_viewport_size({"width": 360, "height": 740})
    assert_no_overflow(page)


def test_another_system_is_told_and_what_it_answered_is_shown(agent, demo, receiver):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/webhooks")
    page.fill("#name", "Warehouse")
    page.fill("#url", f"http://127.0.0.1:{receiver.server_port}/in")
    page.click("form.bring button.go")
    page.wait_for_url("**/webhooks/*-*")
    page.click("form[action$='/test'] button")
    line = page.locator("#told tr", has_text="webhook.test")
    expect(line.locator(".badge.ok")).to_be_visible(timeout=WORKED)
    page.locator("details", has=page.locator("pre")).locator("summary").click()
    secret = page.locator("details pre").inner_text()
    assert_accessible(page)
    headers, body = next((h, b) for h, b in receiver.told if b"webhook.test" in b)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body)["type"] == "webhook.test"
    line.locator("a").click()
    expect(page.locator("article pre")).to_have_text("thank you")
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert_no_overflow(page)
    page.goto(f"{demo.url}/webhooks")
    assert_accessible(page)


def test_what_is_fetched_again_and_again_is_set_up_by_everybody(agent, demo, tmp_path):
    page = agent("admin@example.com")
    page.set_default_timeout(2 * WORKED)  # a child looks into the database while the page waits
    page.goto(f"{demo.url}/syncs")
    page.locator("details summary").nth(1).click()
    page.fill("#database-name", "Shop")
    page.fill("#database-url", "mssql://reader:secret@db.example.com/shop")
    page.fill("#database-query", "clients")
    page.fill("#database-origin", "shop")
    page.click("form:has(#database-url) button.go")
    expect(page.locator("[role=alert]")).to_contain_text("mariadb", timeout=WORKED)
    expect(page.locator("#database-query")).to_have_value("clients")
    expect(page.locator("#database-url")).to_have_value("")
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert_no_overflow(page)
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite3")) as shop, shop:
        shop.execute("CREATE TABLE clients (email TEXT, city TEXT)")
        shop.execute("INSERT INTO clients VALUES ('fatou.sow@example.net', 'Lyon'), ('nobody', 'Nice')")
    page.fill("#database-url", f"sqlite:///{tmp_path}/shop.sqlite3")
    page.click("form:has(#database-url) button.go")
    page.wait_for_url("**/syncs/*-*")
    page.click("button[name=check]")
    expect(page.locator("#check dl.counts")).to_be_visible(timeout=WORKED)
    assert_accessible(page)
    assert_no_overflow(page)
    page.click("#check a")
    expect(page.locator("main")).to_contain_text("fatou.sow@example.net")


def test_what_is_learnt_is_tried_and_written_back(agent, demo, tmp_path):
    page = agent("admin@example.com")
    page.set_default_timeout(2 * WORKED)
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite3")) as shop, shop:
        shop.execute("CREATE TABLE clients (id INTEGER, email TEXT, name TEXT, told_at TEXT)")
        shop.execute("INSERT INTO clients VALUES (7, 'learnt@example.com', 'F. S.', '2020-01-02')")
    page.goto(f"{demo.url}/syncs")
    page.locator("details summary").nth(1).click()
    page.fill("#database-name", "CRM")
    page.fill("#database-url", f"sqlite:///{tmp_path}/shop.sqlite3")
    page.fill("#database-query", "clients")
    page.fill("#database-origin", "written")
    page.click("form:has(#database-url) button.go")
    page.wait_for_url("**/syncs/*-*")
    page.click("form[action$='/mapping'] button.go")
    with page.expect_navigation():
        page.click("form[action$='/run'] button")

    def read():
        page.reload()
        return page.locator("a[href^='/imports/'] >> nth=0").count() and page.locator("table .badge").count()

    wait_for(read, WORKED / 1000)
    [known] = demo.api("GET", "/customers", params={"identifier": "email:learnt@example.com"}).json()["items"]
    demo.api("PATCH", f"/customers/{known['id']}", json={"name": "Fatou Sow"}).raise_for_status()
    page.check("input[name=columns][value=name]")
    page.click("#write-back button[name=try]")
    expect(page.locator("#write-back [role=status] tbody tr")).to_contain_text("F. S.")
    page.set_viewport_size({"width": 360, "height": 740})
    assert_accessible(page)
    assert_no_overflow(page)
    page.click("#write-back button.go")
    expect(page.locator("#write-back [role=status]")).to_have_count(0)

    def written():
        with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite3")) as shop:
            return shop.execute("SELECT name FROM clients").fetchall() == [("Fatou Sow",)]

    page.click("form[action$='/run'] button")
    wait_for(written, 2 * WORKED / 1000)


def test_a_table_of_a_database_is_kept_up_to_date(agent, demo, tmp_path):
    page = agent("admin@example.com")
    page.set_default_timeout(2 * WORKED)  # a child reaches the database while the page waits
    page.goto(f"{demo.url}/exports")
    page.click("main a[href='/destinations']")
    page.fill("#name", "Shop")
    page.fill("#url", f"sqlite:///{tmp_path}/shop.sqlite3")
    page.fill("#table", "known")
    page.click("form.bring button.go")
    expect(page.locator("[role=alert]")).to_be_visible(timeout=WORKED)
    expect(page.locator("#table")).to_have_value("known")
    assert_accessible(page)
    (tmp_path / "shop.sqlite3").touch()
    page.fill("#url", f"sqlite:///{tmp_path}/shop.sqlite3")
    page.click("form.bring button.go")
    page.wait_for_url("**/destinations/*-*")
    place = page.url

    def written() -> int:
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(
            sqlite3.connect(tmp_path / "shop.sqlite3")
        ) as database:
            return database.execute("SELECT count(*) FROM known WHERE email <> ''").fetchone()[0]
        return 0

    wait_for(written, WORKED / 1000, "the table")
    wait_for(lambda: page.goto(place) and page.locator(".badge.ok").count(), 20, "the page to say so")
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert_no_overflow(page)
    page.click("main button.danger")
    page.click("dialog[open] button.danger")
    page.wait_for_url("**/destinations")
    assert_no_overflow(page)
    assert written()
