"""A company's own site that carries the widget, and what people do there."""

import email
import http.server
import re
import threading
from email import policy

from tests.peers.house import free_port, wait_for

SECRET = "a secret that the shop's site and the widget share"
AWA = "awa.diallo@example.org"


class Site:
    """The company's site: one page that carries the widget as the documentation says."""

    def __init__(self):
        self.port, self.widget, self.policy = free_port(), "", ""
        self.url = f"http://127.0.0.1:{self.port}"
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                head = "<!doctype html><html lang=fr><meta name=viewport content=width=device-width>"
                page = f"{head}<title>Lampes</title><h1>Lampes</h1>{site.widget}</html>"
                found = self.path == "/" or self.path.startswith("/?")
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if site.policy:
                    self.send_header("Content-Security-Policy", site.policy)
                self.end_headers()
                self.wfile.write(page.encode() if found else b"")

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def carry(self, house, before="", attributes="", key=""):
        """Puts the widget on the page."""
        key = key or house.chat["id"]
        source = f'<script src="{house.url}/widget.js" data-key="{key}" {attributes} async></script>'
        self.widget = f"<script>{before}</script>{source}" if before else source

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def opened(page, url):
    """The panel of the widget on a page."""
    page.goto(url)
    page.locator("button.go").click()
    panel = page.get_by_role("dialog")
    panel.locator(".m").first.wait_for()
    return panel


def say(panel, text):
    panel.locator("textarea").fill(text)
    panel.locator("textarea").press("Enter")
    panel.locator(".m.me", has_text=text).wait_for()


def conversation_of(house, text):
    """The conversation whose last words are these."""

    def find():
        for row in house.api("GET", "/conversations").json()["items"]:
            messages = house.api("GET", f"/conversations/{row['id']}/messages").json()["items"]
            if any(message["text"] == text for message in messages):
                return row["id"]
        return None

    return wait_for(find, what=f"the conversation with {text!r}")


def texts(house, conversation):
    return [message["text"] for message in house.api("GET", f"/conversations/{conversation}/messages").json()["items"]]


def answer(house, conversation, text):
    said = house.api("POST", f"/conversations/{conversation}/messages", json={"channel": "chat", "text": text})
    assert said.status_code == 202, said.text


def mails_to(house, address):
    """Mails that left for an address, oldest first."""
    found = []
    for path in sorted((house.folder / "home" / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime):
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        if address in str(mail["To"]):
            found.append(mail)
    return found


def code_in_the_mail(house, count):
    """The six digits of the youngest of at least ``count`` mails to Awa."""

    def mails():
        found = mails_to(house, AWA)
        return found if len(found) >= count else None

    text = wait_for(mails, what="the code by e-mail")[-1].get_body(("plain",)).get_content()
    return re.search(r"\b\d{6}\b", text).group()


def prove(panel, house, count):
    panel.get_by_role("button", name="Continuer ailleurs").click()
    panel.get_by_role("button", name="Par e-mail").click()
    panel.get_by_label("Votre adresse e-mail").fill(AWA)
    panel.get_by_role("button", name="Recevoir un code").click()
    panel.get_by_label(re.compile("Code à six chiffres")).fill(code_in_the_mail(house, count))
    panel.get_by_role("button", name="Valider").click()
    panel.get_by_text("C'est confirmé").wait_for()


def contrast(one, other):
    """WCAG 2.2 contrast ratio of two ``rgb(…)`` colours."""

    def luminance(colour):
        channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        r, g, b = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
