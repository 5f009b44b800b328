"""Two agents in one conversation: they see each other, are asked before both answer, and nothing is lost or doubled."""

import smtplib
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect
from tests.peers.house import wait_for

pytestmark = pytest.mark.browser

BRAND = "bonjour@hirondelle.example.com"


@pytest.fixture
def both(demo, agent):
    """Inès and Samir before the same new conversation; their pages and its path."""

    def meet(subject: str, sender: str) -> tuple[Page, Page, str]:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Claire Duo <{sender}>", BRAND, subject
        mail["Message-ID"] = f"<{sender}>"
        mail.set_content("Bonjour, la vasque est fendue.")
        with smtplib.LMTP("127.0.0.1", demo.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [BRAND], mail.as_bytes())

        def there():
            rows = demo.api("GET", "/conversations?state=open&limit=50").json()["items"]
            return next((row["id"] for row in rows if row["subject"] == subject), None)

        path = f"/conversations/{wait_for(there, what=subject)}"
        ines, samir = agent(), agent("samir@example.com")
        for page in (ines, samir):
            page.goto(demo.url + path)
        return ines, samir, path

    return meet


def sent(demo, path: str) -> list[str]:
    found = demo.api("GET", f"{path}/messages").json()["items"]
    return [row["text"] for row in found if row["direction"] == "out"]


def said(page: Page, text: str):
    return page.locator(".msg.out", has_text=text)


def test_each_sees_that_the_other_is_there_and_writes(both):
    ines, samir, _ = both("Un duo se voit", "claire.voit@example.org")
    expect(ines.locator("[data-faces] li")).to_have_attribute("aria-label", "Samir Benali")
    expect(samir.locator("[data-faces] li")).to_have_count(1)
    samir.locator("#text").press_sequentially("Bonjour")
    expect(ines.locator("[data-presence].collides")).to_contain_text("Samir")
    samir.goto(samir.url.partition("/conversations/")[0] + "/customers")
    expect(ines.locator("[data-faces] li")).to_have_count(0)
    expect(ines.locator("[data-presence]")).to_have_text("")


def test_an_answer_overtaken_by_a_colleague_asks_first_and_loses_nothing(both, demo):
    ines, samir, path = both("Un duo répond", "claire.repond@example.org")
    ines.locator("#text").press_sequentially("Je vous envoie")
    samir.locator("#text").press_sequentially("Une autre vasque part ce soir.")
    samir.keyboard.press("Control+Enter")
    # His answer is on her screen already: what she began before it is still asked about.
    expect(said(ines, "Une autre vasque part ce soir.")).to_have_count(1)
    expect(ines.locator("#text")).to_have_value("Je vous envoie")
    ines.locator("#text").press_sequentially(" une étiquette de retour.")
    ines.keyboard.press("Control+Enter")
    question = ines.locator("#confirm")
    expect(question).to_contain_text("Samir")
    assert sent(demo, path) == ["Une autre vasque part ce soir."]

    ines.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(ines.locator("#text")).to_have_value("Je vous envoie une étiquette de retour.")
    assert sent(demo, path) == ["Une autre vasque part ce soir."]
    # She has been told; what she sends now is meant.
    ines.locator("#text").focus()
    ines.keyboard.press("Control+Enter")
    for page in (ines, samir):
        expect(said(page, "Une autre vasque part ce soir.")).to_have_count(1)
        expect(said(page, "Je vous envoie une étiquette de retour.")).to_have_count(1)
    assert len(sent(demo, path)) == 2
    expect(ines.locator("#text")).to_have_value("")


def test_the_question_answered_with_yes_sends_once(both, demo):
    ines, samir, path = both("Un duo insiste", "claire.insiste@example.org")
    ines.locator("#text").press_sequentially("Aussi de ma part : pardon.")
    samir.locator("#text").press_sequentially("Pardon pour la vasque.")
    samir.keyboard.press("Control+Enter")
    expect(said(ines, "Pardon pour la vasque.")).to_have_count(1)
    ines.locator("#text").focus()
    ines.keyboard.press("Control+Enter")
    ines.locator("#confirm [value=yes]").click()
    for page in (ines, samir):
        expect(said(page, "Aussi de ma part : pardon.")).to_have_count(1)
    assert sorted(sent(demo, path)) == ["Aussi de ma part : pardon.", "Pardon pour la vasque."]


def test_taking_over_and_closing_are_seen_live_by_the_other(both):
    ines, samir, path = both("Un duo partage", "claire.partage@example.org")
    ines.locator("#main [data-flow]").focus()
    ines.keyboard.press("a")
    expect(samir.locator("#thread-head .assignee")).to_contain_text("Inès")
    samir.locator("#main [data-flow]").focus()
    samir.keyboard.press("a")
    for page in (ines, samir):
        expect(page.locator("#thread-head .assignee")).to_contain_text("Samir")
    samir.keyboard.press("e")
    expect(ines.locator("#thread-head .state-mark")).to_be_visible()
    expect(ines.locator(f'#rows a[href^="{path}"]')).to_have_count(0)
