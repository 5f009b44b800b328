"""Nothing is asked or said twice: the summary after a change of hands, the warning, and promises, in a browser."""

import smtplib
from email.message import EmailMessage

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, settle
from tests.browser.watching import until
from tests.peers.house import wait_for

pytestmark = pytest.mark.browser

BRAND = "bonjour@hirondelle.example.com"


@pytest.fixture
def conversation(demo):
    """Three mails of one person; the path of her conversation."""

    def written(sender):
        for number, text in enumerate(
            ("Ma commande 10412 n’est pas arrivée.", "Où est mon colis ?", "Je voudrais la taille 40.")
        ):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = f"Claire Essai <{sender}>", BRAND, f"Colis de {sender}"
            mail["Message-ID"] = f"<{number}.{sender}>"
            if number:
                mail["In-Reply-To"] = f"<{number - 1}.{sender}>"
            mail.set_content(text)
            with smtplib.LMTP("127.0.0.1", demo.lmtp_port) as lmtp:
                lmtp.sendmail(sender, [BRAND], mail.as_bytes())

        def there():
            rows = demo.api("GET", "/conversations?state=open&limit=50").json()["items"]
            found = next((row["id"] for row in rows if row["subject"] == f"Colis de {sender}"), None)
            messages = demo.api("GET", f"/conversations/{found}/messages").json()["items"] if found else []
            return found if len(messages) == 3 else None

        return f"/conversations/{wait_for(there, what=sender)}"

    return written


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_whoever_takes_over_reads_a_summary_and_folds_it_for_good(demo, agent, conversation, theme):
    path = conversation(f"relais.{theme}@example.org")
    desk = agent(color_scheme=theme)
    desk.goto(demo.url + path)
    summary = desk.locator("#briefing details")
    summary.wait_for()
    assert summary.get_attribute("open") is None
    demo.api("PUT", f"{path}/assignment", json={"user": "ines@example.com"})
    desk.locator("#briefing details[open] q", has_text="Où est mon colis ?").wait_for()
    settle(desk)
    assert_accessible(desk, "#briefing")
    assert_no_overflow(desk)
    desk.locator("#briefing summary").click()
    desk.reload()
    summary.wait_for()
    desk.locator("#briefing details:not([open])").wait_for()


def test_what_is_known_is_not_asked_again(demo, agent, conversation):
    desk = agent()
    desk.goto(demo.url + conversation("deja.dit@example.org"))
    desk.locator("#text").fill("Quel est votre numéro de commande ?")
    desk.locator("[data-known=order] b", has_text="10412").wait_for()
    assert_accessible(desk, "#composer-hints")
    desk.locator("[data-known=order] button").click()
    assert desk.locator("#text").input_value().endswith("10412")


def test_a_promise_is_noted_by_hand_moved_and_kept(demo, agent, conversation):
    path = conversation("promesse@example.org")
    said = {"channel": "email", "text": "Un conseiller s’en occupe dès que possible."}
    assert demo.api("POST", f"{path}/messages", json=said).status_code == 202
    desk = agent()
    desk.goto(demo.url + path)
    desk.locator(".note-promise").last.click()
    dialog = desk.locator("#promise-dialog[open]")
    dialog.wait_for()
    assert_accessible(desk, "#promise-dialog")
    assert dialog.locator("[name=text]").input_value() == "Un conseiller s’en occupe dès que possible."
    dialog.locator("[data-day='1'][data-hour='12']").click()
    dialog.locator("button.go").click()
    promise = desk.locator("#briefing .promise", has_text="dès que possible")
    promise.wait_for()
    first = promise.locator("time").get_attribute("datetime")
    promise.locator("[data-promise]").click()
    dialog.locator("[name=at]").fill("2020-01-01T10:00")
    dialog.locator("form").evaluate("form => form.noValidate = true")
    dialog.locator("button.go").click()
    dialog.locator("[data-problem]:not([hidden])").wait_for()
    dialog.locator("[data-day='1'][data-hour='18']").click()
    dialog.locator("[name=reason]").fill("Le transporteur répond demain soir")
    dialog.locator("button.go").click()
    until(desk, "first => document.querySelector('#briefing .promise time')?.getAttribute('datetime') > first", first)
    promise.locator("button[value=kept]").click()
    promise.wait_for(state="detached")
    states = demo.api("GET", f"/commitments?conversation={path.rsplit('/')[-1]}").json()["items"]
    assert [row["state"] for row in states] == ["kept"]
