"""Scripts in everything that strangers and colleagues can write: none runs on any page, and none becomes markup.

In short a dozen texts; ``RONDPOINT_SCRIPTS=all`` takes the whole corpus.
"""

import contextlib
import json
import os
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from urllib.parse import quote

import httpx
import pytest
from tests.browser.watching import Watch
from tests.browser.widget import Site, opened
from tests.hostile_web.payloads import corpus
from tests.peers.house import ROOT, House, wait_for

pytestmark = pytest.mark.browser

ALL = os.environ.get("RONDPOINT_SCRIPTS") == "all"
TEXTS = corpus(few=not ALL)
BOX = "bonjour@hirondelle.example.com"
ADMIN, PASSWORD = "admin@example.com", "rondpoint-demo"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = "<!doctype html><script>alert(1)</script><img src=x onerror=alert(1)>"
XML = '<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>alert(1)</h:script></x>'
FILES = (
    ("image", "svg+xml", "a.svg", SVG), ("text", "html", "a.html", HTML), ("application", "xml", "a.xml", XML),
    ("application", "xhtml+xml", "a.xhtml", XML), ("text", "javascript", "a.js", "alert(1)"),
    ("image", "gif", "a.gif", "GIF89a=1;alert(1)"), ("application", "json", "a.json", "alert(1)"),
    ("text", "css", "a.css", "*{}"), ("application", "wasm", "a.wasm", "\0asm"), ("text", "csv", "a.csv", "alert(1)"),
    ("multipart", "related", "a.mht", HTML), ("application", "pdf", "a.pdf", "%PDF-1.7 alert(1)"),
)  # fmt: skip


def one_line(text):
    """As a header can hold it."""
    return "".join(letter for letter in text if letter.isprintable())


class Hostile(House):
    """The demo company, in which everybody wrote scripts everywhere."""

    def fill(self):
        self.web = httpx.Client(base_url=self.url, timeout=30)
        self.chat_key = next(row["id"] for row in self.api("GET", "/connections").json()["items"] if self._chat(row))
        self.people = [self._customer(number, text) for number, text in enumerate(TEXTS)]
        for number, text in enumerate(TEXTS):
            self._mail(number, text)
            self._chat_message(number, text)
        self.talks = wait_for(self._talks, 240, "the messages")
        for number, text in enumerate(TEXTS):
            talk = self.talks[number % len(self.talks)]
            noted = self.api("POST", f"/conversations/{talk}/notes", json={"text": text.replace("\x00", "")})
            assert noted.status_code == 201, noted.text
        self.cells = self.write(TEXTS, len(TEXTS) * 2)

    def _chat(self, row):
        return row.get("channel", row.get("kind")) == "chat"

    def write(self, texts, most):
        """Puts texts into the columns of the newest rows, in turn; how many cells there were."""
        asked = json.dumps({"texts": texts, "most": most})
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"}
        command = [sys.executable, "-m", "tests.hostile_web.filling"]
        done = subprocess.run(command, input=asked, env=environment, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    def _customer(self, number, text):
        said = {"name": text[:200], "identifiers": [{"kind": "email", "value": f"written{number}@example.org"}]}
        said["traits"] = {"note": text, text[:60]: text}
        made = self.api("POST", "/customers", json=said)
        if made.status_code == 422:  # a name of a trait that cannot be
            made = self.api("POST", "/customers", json={**said, "traits": {"note": text}})
        assert made.status_code in (200, 201), made.text
        return made.json()["id"]

    def _mail(self, number, text):
        mail = EmailMessage()
        mail["From"] = f"written{number}@example.org"
        mail["To"], mail["Subject"], mail["Message-ID"] = BOX, one_line(text) or "x", f"<s{number}@example.org>"
        mail.set_content(f"number {number} {text}")
        mail.add_alternative(f"<p>number {number}</p>{text}<div title='{text}'>x</div>", subtype="html")
        main, sub, name, content = FILES[number % len(FILES)]
        main, sub = ("application", "octet-stream") if main == "multipart" else (main, sub)
        mail.add_attachment(content.encode(), maintype=main, subtype=sub, filename=f"{one_line(text)[:60]}{name}")
        name = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
        raw = mail.as_bytes().replace(b"From: ", f'From: "{name}" <'.encode(), 1)
        raw = raw.replace(b"@example.org\n", b"@example.org>\n", 1)
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail(f"written{number}@example.org", [BOX], raw)

    def _chat_message(self, number, text):
        said = {"key": self.chat_key, "page": f"https://shop.example.com/{text}", "locale": text[:16]}
        token = self.web.post("/chat/v1/sessions", json=said).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        main, sub, name, content = FILES[number % len(FILES)]
        headers = {**bearer, "X-Filename": quote(f"{text[:60]}{name}"), "Content-Type": f"{main}/{sub}"}
        kept = self.web.post("/chat/v1/files", content=content.encode(), headers=headers).json()
        self.files = [*getattr(self, "files", []), kept["url"]]
        words = {"client_id": f"c{number}", "text": f"chat {number} {text}", "files": [kept["id"]]}
        answer = self.web.post("/chat/v1/messages", json=words, headers=bearer)
        assert answer.status_code == 200, answer.text

    def _talks(self):
        """The conversations that came of it: one a mail and one a chat."""
        found, after = [], ""
        while True:
            page = self.api("GET", f"/conversations?state=open&limit=100{after}").json()
            found += [row["id"] for row in page["items"]]
            if not page["next"] or len(found) >= 2 * len(TEXTS):
                return found[: 2 * len(TEXTS)] if len(found) >= 2 * len(TEXTS) else None
            after = f"&cursor={page['next']}"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    hostile = Hostile(tmp_path_factory.mktemp("scripts"), "--demo").start()
    hostile.fill()
    yield hostile
    hostile.web.close()
    assert hostile.stop() == 0


@pytest.fixture
def watched(chromium):
    """A browser that is watched: ``(page, watch)``."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page, Watch(context)
    context.close()


@pytest.fixture
def desk(house, watched):
    """An administrator signed in."""
    page, watch = watched
    page.goto(f"{house.url}/login")
    page.fill("#email", ADMIN)
    page.fill("#password", PASSWORD)
    page.click("button.go")
    page.wait_for_url("**/inbox*")
    return page, watch


def quiet(watch, what):
    """Nothing ran, and it was really there to run."""
    print(f"{what}: {watch.visits} pages, {len(watch.shown)} of {len(TEXTS)} texts on them, {len(watch.ran)} ran")
    assert watch.faults == []
    assert watch.visits


def test_the_watch_sees_what_runs(watched):
    """A page that forgets to escape: what the watch is for."""
    page, watch = watched
    site = Site()
    try:
        for text in ("<img src=x onerror=alert(7)>", "<svg onload=alert(8)>", "<iframe srcdoc='<svg onload=alert(9)>'"):
            site.widget = text
            page.goto(f"{site.url}/")
            wait_for(lambda: page.evaluate("1") and watch.ran, what=text)
            watch.look(page)
            assert watch.markup
            watch.ran.clear()
            watch.markup.clear()
        site.policy, site.widget = "script-src 'self'", "<img src=x onerror=alert(7)>"
        page.goto(f"{site.url}/")
        wait_for(lambda: page.evaluate("1") and watch.blocked, what="the policy")
    finally:
        site.stop()


PAGES = (
    "/inbox", "/inbox?view=closed", "/inbox?view=mine", "/inbox?view=mentions", "/customers", "/customers?q=alert",
    "/customers/new", "/search?q=alert", "/search?q=onerror", "/search?q=script", "/promises", "/design",
    "/settings/me", "/settings/people", "/settings/people/new", "/settings/teams", "/settings/teams/new",
    "/settings/brands", "/settings/keys", "/settings/audit", "/settings/house",
    "/settings/sign-on", "/settings/factors",
    "/settings/answers", "/settings/answers/new", "/connections", "/connections/new/chat", "/connections/new/email",
    "/connections/new/sms", "/quarantine", "/demo/phone", "/demo/shop", "/demo/shop/help", "/me", "/palette",
    "/settings/people/1", "/settings/people/2", "/settings/teams/1", "/settings/brands/1", "/setup/brand",
    "/demo/shop/account", "/api/v1/openapi.json", "/setup/chat", "/login",
)  # fmt: skip


def test_no_page_of_the_desk_runs_anything(house, desk):
    page, watch = desk
    for address in PAGES:
        watch.visit(page, house.url + address)
    for listing in ("/connections", "/quarantine", "/settings/answers"):
        page.goto(house.url + listing)
        links = page.eval_on_selector_all(f"main a[href^='{listing}/']", "all => all.map(one => one.href)")
        for link in list(dict.fromkeys(links))[: len(TEXTS) if ALL else 5]:
            watch.visit(page, link)
    assert len(watch.shown) >= len(TEXTS) // 2
    quiet(watch, f"{len(PAGES)} addresses, {house.cells} cells filled")


def test_no_conversation_and_no_customer_runs_anything(house, desk):
    page, watch = desk
    for talk in house.talks if ALL else house.talks[::3]:
        page.goto(f"{house.url}/conversations/{talk}")
        page.locator("[data-entries] .msg").first.wait_for()
        frame = page.locator("[data-mail] iframe")
        if frame.count():
            frame.first.wait_for(state="attached")
        watch.look(page)
    for talk in house.talks[:: max(1, len(house.talks) // 4)]:
        for part in ("decisions", "flow", "head", "customer", "briefing"):
            watch.visit(page, f"{house.url}/conversations/{talk}/{part}")
    for customer in house.people if ALL else house.people[::4]:
        watch.visit(page, f"{house.url}/customers/{customer}")
    watch.visit(page, f"{house.url}/customers/{house.people[0]}/edit")
    watch.visit(page, f"{house.url}/customers/{house.people[0]}/compare/{house.people[1]}")
    assert len(watch.shown) >= len(TEXTS) * 9 // 10
    quiet(watch, "conversations and customers")


# Where a house has one thing of a kind (its name, its greeting, who is signed in), each text takes its turn.
ONCE = ("/login", "/inbox", "/me", "/demo/shop", "/settings/brands/1", "/settings/me", "/connections")


@pytest.mark.proof("RONDPOINT_SCRIPTS")  # a run of its own for each text
def test_each_text_has_its_turn_in_what_there_is_one_of(house, desk):
    page, watch = desk
    for place in range(len(TEXTS)):
        house.write(TEXTS[place:] + TEXTS[:place], 1)
        for address in ONCE:
            watch.visit(page, house.url + address)
    quiet(watch, "each text in turn")


def test_what_comes_in_live_and_what_is_typed_runs_nothing(house, desk):
    page, watch = desk
    talk = house.talks[0]
    page.goto(f"{house.url}/conversations/{talk}")
    page.locator("[data-entries] .msg").first.wait_for()
    for number, text in enumerate(TEXTS):
        house.api("POST", f"/conversations/{talk}/notes", json={"text": f"live {number} {text}"})
    page.locator(".note", has_text=f"live {len(TEXTS) - 1}").first.wait_for()
    watch.look(page)
    for text in TEXTS[:12]:
        page.locator("#text").fill(text)
        page.locator("#text").press("End")
    page.locator("#text").fill("")
    page.locator("#text").press_sequentially("/")
    watch.look(page)
    page.locator("#text").fill("")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("alert")
    page.wait_for_load_state("networkidle")
    watch.look(page)
    quiet(watch, "live notes, the composer and the palette")


REFLECTED = (
    "/nothing/{}", "/search?q={}", "/customers?q={}", "/inbox?view={}", "/login?next={}", "/c/{}", "/join/{}",
    "/settings/audit?actor={}&action={}&since={}", "/me?before={}", "/conversations/{}", "/demo/shop/products/{}",
    "/files/{}/x", "/static/{}", "/api/v1/{}", "/widget.js?{}", "/in/{}/x", "/chat/v1/config?key={}&locale={}",
)  # fmt: skip


def test_what_an_address_says_is_not_run(house, desk):
    page, watch = desk
    # In short each address gets one text of its own; in the long form all of them.
    for place, address in enumerate(REFLECTED):
        for text in TEXTS if ALL else (TEXTS[place % len(TEXTS)],):
            with contextlib.suppress(Exception):  # a download or a refused address opens no page
                page.goto(house.url + address.replace("{}", quote(text, safe="")), wait_until="load")
            watch.look(page)
    quiet(watch, "addresses")


def test_her_own_page_and_the_widget_run_nothing(house, watched):
    page, watch = watched
    link = house.api("POST", f"/conversations/{house.talks[0]}/continuations", json={"via": "link"}).json()["url"]
    watch.visit(page, link)
    page.locator("form button").first.click()
    page.wait_for_url("**/me*")
    for text in TEXTS[:12]:
        page.locator("textarea[name=text]").first.fill(text)
        page.locator("form:has(textarea[name=text]) button").first.click()
        page.wait_for_load_state("load")
    watch.look(page)
    site = Site()
    try:
        house.chat = {"id": house.chat_key}
        site.carry(house)
        page.goto(f"{house.url}/demo/shop")
        watch.look(page)
        panel = opened(page, f"{house.url}/demo/shop")
        for text in TEXTS[:12]:
            panel.locator("textarea").fill(text)
            panel.locator("textarea").press("Enter")
        panel.locator(".m.me").nth(min(12, len(TEXTS)) - 1).wait_for()
        watch.look(page)
    finally:
        site.stop()
    quiet(watch, "her own page and the widget")


# Loads an address as a script, a module, a worker, a style and a page; whatever it may be, it must not run.
AS_CODE = """async (address) => {
  const load = (element) => new Promise((done) => {
    element.onload = () => done("loaded"); element.onerror = () => done("refused");
    document.head.append(element); setTimeout(() => done("nothing"), 2000);
  });
  const script = Object.assign(document.createElement("script"), { src: address });
  const module = Object.assign(document.createElement("script"), { src: address, type: "module" });
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  const found = { script: await load(script), module: await load(module), style: await load(style) };
  found.worker = await new Promise((done) => {
    try { new Worker(address).onerror = () => done("refused"); setTimeout(() => done("loaded"), 1000); }
    catch { done("refused"); }
  });
  found.service = await navigator.serviceWorker.register(address).then(() => "loaded", () => "refused");
  for (const one of [script, module, style]) one.remove();
  return found;
}"""


def test_a_file_somebody_sent_is_never_code_of_ours(house, desk):
    page, watch = desk
    page.goto(f"{house.url}/design")
    tries = 0
    for address in house.files[: len(FILES)]:
        found = page.evaluate(AS_CODE, address)
        tries += len(found)
        assert not {"loaded", "ran"} & set(found.values()), (address, found)
    assert watch.ran == []
    print(f"files as code: {tries} tries, 0 ran")


def test_a_file_somebody_sent_is_never_a_page_of_ours(house):
    for address in house.files[: len(FILES)]:
        answer = httpx.get(address)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        if not answer.headers["content-type"].startswith("image/"):
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-type"] != "image/svg+xml"
