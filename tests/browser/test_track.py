"""What a web site tells, in Chromium: our own snippet, which asks first, and Segment's own library."""

import contextlib
import json
import sqlite3
import zlib

import pytest
from tests.browser.site import serving
from tests.peers.house import ROOT, wait_for

pytestmark = pytest.mark.browser
LIBRARY = ROOT / ".peers" / "analytics" / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"


@pytest.fixture(scope="module")
def source(demo):
    """A source of the demo company: its write key."""
    answer = demo.api("POST", "/sources", json={"kind": "website", "name": "Shop"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def page(demo, source, body="", **given) -> str:
    more = " ".join(f'data-{name}="{value}"' for name, value in given.items())
    return (
        f'<!doctype html><html lang="fr"><title>Boutique</title>'
        f'<script src="{demo.url}/track.js" data-key="{source["write_key"]}" {more} async></script><body>{body}</body>'
    )


def told(demo, mark: str) -> list[dict]:
    """The facts whose properties hold a mark, in their order."""
    with contextlib.closing(sqlite3.connect(demo.folder / "home" / "rondpoint.sqlite3")) as handle:
        rows = handle.execute(
            "SELECT type, properties FROM events_event WHERE properties LIKE ? ORDER BY id", (f"%{mark}%",)
        ).fetchall()
    return [{"type": name, **json.loads(properties)} for name, properties in rows]


def stored(demo) -> str:
    """All that any source ever sent."""
    return " ".join(bodies(demo))


def bodies(demo) -> list[str]:
    with contextlib.closing(sqlite3.connect(demo.folder / "home" / "rondpoint.sqlite3")) as handle:
        return [zlib.decompress(body).decode() for (body,) in handle.execute("SELECT body FROM tracking_batch")]


def sent(demo, mark: str) -> list[dict]:
    """The calls with a mark, as the snippet sent them, in the order in which they were made."""
    calls = [call for body in bodies(demo) for call in json.loads(body).get("batch", [])]
    return sorted((call for call in calls if mark in json.dumps(call)), key=lambda call: call["timestamp"])


def ready(open_page) -> None:
    open_page.wait_for_function("window.RondpointTrack")


def test_nothing_is_told_before_the_visitor_says_yes(demo, person, source):
    with serving({"/": page(demo, source)}) as site:
        visitor = person()
        visitor.goto(f"{site}/?utm_source=letter&mark=first")
        ready(visitor)
        visitor.evaluate("RondpointTrack.track('Product Viewed', {mark: 'mk-second'})")
        assert visitor.evaluate("localStorage.length") == 0
        visitor.get_by_role("button", name="Oui, merci").click()
        wait_for(lambda: len(told(demo, "mk-second")) == 1, 20, "what waited, once she said yes")
        [first, *_] = told(demo, "mark=first")
        assert first["type"] == "Page Viewed"
        assert first["context"]["campaign"] == {"source": "letter"}
        visitor.reload()
        ready(visitor)
        assert visitor.get_by_role("button", name="Oui, merci").count() == 0


def test_who_says_no_is_not_asked_again_and_nothing_is_told(demo, person, source):
    with serving({"/": page(demo, source)}) as site:
        visitor = person()
        sent = []
        visitor.on("request", lambda request: sent.append(request.url) if "/v1/" in request.url else None)
        visitor.goto(site)
        visitor.get_by_role("button", name="Non").click()
        visitor.evaluate("RondpointTrack.track('Product Viewed', {mark: 'never'})")
        visitor.reload()
        ready(visitor)
        assert visitor.get_by_role("button", name="Non").count() == 0
        assert sent == [] and "never" not in stored(demo)


def test_a_browser_that_says_no_for_her_is_heeded(demo, person, source):
    with serving({"/": page(demo, source)}) as site:
        visitor = person()
        visitor.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
        visitor.goto(site)
        ready(visitor)
        assert visitor.get_by_role("button", name="Oui, merci").count() == 0


def test_pages_files_and_people_are_told(demo, person, source):
    body = '<a href="/notice.pdf?mark=file" download>Notice</a>'
    with serving({"/": page(demo, source, body, consent="yours"), "/notice.pdf": "x"}) as site:
        visitor = person()
        visitor.goto(site)
        ready(visitor)
        visitor.evaluate("RondpointTrack.consent(true)")
        visitor.evaluate("history.pushState({}, '', '/panier?mark=moved')")
        visitor.click("a")
        visitor.evaluate("RondpointTrack.identify('u-77', {firstName: 'Awa', city: 'mark=who'})")
        visitor.evaluate("RondpointTrack.track('Order Completed', {total: 12, mark: 'order'})")
        wait_for(lambda: told(demo, '"mark": "order"'), 20, "the order")
        [file] = told(demo, "mark=file")
        assert (file["type"], file["file"]) == ("File Downloaded", "notice.pdf")
        assert any(each["type"] == "Page Viewed" for each in told(demo, "mark=moved"))
        found = demo.api("GET", "/customers", params={"identifier": "account:u-77"}).json()["items"]
        assert len(found) == 1


def test_who_signs_out_leaves_nothing_to_the_next_at_the_same_device(demo, person, source):
    with serving({"/": page(demo, source, consent="yours")}) as site:
        visitor = person()
        visitor.goto(f"{site}/?mark=sign-out")
        ready(visitor)
        visitor.evaluate("RondpointTrack.identify('u-80', {mark: 'mark=sign-out'})")
        visitor.evaluate("RondpointTrack.reset()")
        assert visitor.evaluate("localStorage.length") == 0
        visitor.evaluate("RondpointTrack.consent(true)")
        visitor.evaluate("RondpointTrack.identify('u-81', {mark: 'mark=sign-out'})")
        visitor.evaluate("RondpointTrack.track('Signed Out', {step: 3})")
        visitor.evaluate("RondpointTrack.reset()")
        visitor.evaluate("RondpointTrack.track('Product Viewed', {step: 4})")
        wait_for(lambda: "'step': 4" in str(sent(demo, "mark=sign-out")), 20, "what came last")
        calls = sent(demo, "mark=sign-out")
        who = {(call["anonymousId"], call.get("userId")) for call in calls}
        devices = list(dict.fromkeys(call["anonymousId"] for call in calls))
        assert who == {
            (devices[0], None), (devices[0], "u-80"), (devices[1], None), (devices[1], "u-81"), (devices[2], None),
        }  # fmt: skip
        [out] = [call for call in calls if call.get("event") == "Signed Out"]
        assert (out["anonymousId"], out["userId"]) == (devices[1], "u-81")


def test_an_alias_names_the_device_even_when_nothing_was_sent_of_it(demo, person, source):
    with serving({"/": page(demo, source, consent="yours")}) as site:
        visitor = person()
        visitor.goto(f"{site}/?mark=alias")
        ready(visitor)
        visitor.evaluate("RondpointTrack.consent(true); RondpointTrack.reset(); RondpointTrack.alias('u-82')")
        visitor.evaluate("RondpointTrack.track('Product Viewed', {step: 2})")
        wait_for(lambda: told(demo, "mark=alias")[2:], 20, "the calls")
        [alias] = [call for call in sent(demo, "mark=alias") if call["type"] == "alias"]
        assert alias["previousId"] == alias["anonymousId"]
        assert "Account Named" in {each["type"] for each in told(demo, "mark=alias")}
        names = (f"anonymous:{alias['previousId']}", "account:u-82")
        found = [demo.api("GET", "/customers", params={"identifier": name}).json()["items"] for name in names]
        assert [len(each) for each in found] == [1, 1] and found[0][0]["id"] == found[1][0]["id"]


def test_a_form_opens_a_conversation_that_goes_on_as_chat(demo, person, source, agent):
    chat = demo.connect("chat", "Forms", origins="*")
    form = (
        '<form aria-label="Demande de devis" data-rondpoint="form"><label>Nom <input name="who"></label>'
        '<label>Besoin <textarea name="need"></textarea></label><input type="password" name="secret" value="hidden!">'
        "<button>Envoyer</button></form>"
        f'<script src="{demo.url}/widget.js" data-key="{chat["id"]}" async></script>'
    )
    with serving({"/": page(demo, source, form, consent="yours")}) as site:
        visitor = person()
        visitor.goto(site)
        ready(visitor)
        visitor.wait_for_function("!!(window.Rondpoint && window.Rondpoint.say)")
        visitor.get_by_label("Nom").fill("Awa Diallo")
        visitor.get_by_label("Besoin").fill("Un vélo cargo")
        visitor.get_by_role("button", name="Envoyer", exact=True).first.click()
        found = wait_for(lambda: demo.api("GET", "/search", params={"q": "cargo"}).json()["items"], 20, "the form")
        assert found
        desk = agent()
        desk.goto(f"{demo.url}/inbox")
        desk.get_by_text("Demande de devis").first.wait_for()
        assert "hidden!" not in desk.content()


CONTACT = (
    '<form aria-label="Rappel" data-rondpoint="form" action="/merci"><label>Nom <input name="name"></label>'
    '<label>Adresse <input type="email" name="email"></label><label>Numéro <input type="tel" name="tel"></label>'
    '<label>Sujet <input name="about"></label><button name="submit">Envoyer</button></form>'
)


def write_to_us(visitor, subject: str, mail: str) -> None:
    visitor.get_by_label("Nom").fill("Fatou Sarr")
    visitor.get_by_label("Adresse").fill(mail)
    visitor.get_by_label("Numéro").fill("01 99 00 55 66")
    visitor.get_by_label("Sujet").fill(subject)
    visitor.get_by_role("button", name="Envoyer", exact=True).first.click()


def test_a_form_on_a_page_without_chat_fetches_it_and_addresses_are_claimed(demo, person, source, agent):
    with serving({"/": page(demo, source, CONTACT, consent="yours", forms="no")}) as site:
        demo.connect("chat", "Fetched", origins=site)
        visitor = person()
        visitor.goto(site)
        ready(visitor)
        assert not visitor.evaluate("!!window.Rondpoint")
        write_to_us(visitor, "Un tandem", "fatou.sarr@example.org")
        visitor.locator(".m.me", has_text="Un tandem").wait_for()
        assert visitor.locator("script[src$='/widget.js']").count() == 1

        def held():
            found = demo.api("GET", "/customers", params={"q": "Fatou Sarr"}).json()["items"]
            return found and found[0]

        her = wait_for(held, 20, "her name")
        told_of_her = {(each["kind"], each["value"], each["evidence"]) for each in her["identifiers"]}
        assert {
            ("email", "fatou.sarr@example.org", "claimed"), ("phone", "+33199005566", "claimed"),
        } <= told_of_her  # fmt: skip
        desk = agent()
        desk.goto(f"{demo.url}/customers/{her['id']}")
        assert "fatou.sarr@example.org" in desk.content() and "déclaré" in desk.content()
        visitor.context.close()
        asked = {"customer": her["id"]}
        [conversation] = demo.api("GET", "/conversations", params=asked).json()["items"]
        answer = {"channel": "email", "text": "Nous vous rappelons demain."}
        said = demo.api("POST", f"/conversations/{conversation['id']}/messages", json=answer)
        assert (said.status_code, said.json()["decision"]["verdict"]) == (202, "send")


def test_a_form_where_no_chat_may_be_used_goes_where_it_always_went(demo, person, source):
    with serving({"/": page(demo, source, CONTACT, consent="yours"), "/merci": "merci"}) as site:
        visitor = person()
        visitor.goto(site)
        ready(visitor)
        visitor.route("**/settings", lambda route: route.fulfill(json={"chat": ""}))
        write_to_us(visitor, "Une selle", "fatou.sarr@example.org")
        visitor.wait_for_url("**/merci?*")


def test_a_form_is_taken_where_no_script_runs(demo, person):
    with serving({"/merci": "merci"}) as site:
        chat = demo.connect("chat", "No script", origins=site)
        fields = '<input type="hidden" name="_title" value="Essai"><input name="nom" aria-label="Nom">'
        form = f'<form method="post" action="{demo.url}/forms/{chat["id"]}">{fields}<button>Envoyer</button></form>'
        visitor = person(java_script_enabled=False, locale="fr")
        visitor.route(f"{site}/", lambda route: route.fulfill(body=form, content_type="text/html"))
        visitor.goto(f"{site}/")
        visitor.get_by_label("Nom").fill("Sans Script")
        visitor.get_by_role("button").click()
        visitor.get_by_text("Nous avons bien reçu votre message.").wait_for()
        visitor.get_by_role("button", name="Continuer ici").click()
        visitor.wait_for_url("**/me")
        assert demo.api("GET", "/customers", params={"q": "Sans Script"}).json()["items"]


def test_segments_own_library_tells_us_without_being_changed(demo, person, source):
    script = (
        "<!doctype html><title>Shop</title><script src='/files/index.js'></script><script>"
        f"window.told = AnalyticsNext.AnalyticsBrowser.load({{writeKey: '{source['write_key']}', "
        f"cdnURL: '{demo.url}'}});"
        "</script>"
    )
    with serving({"/": script}, LIBRARY) as site:
        visitor = person()
        visitor.goto(site)
        visitor.evaluate("told.page('Home', {mark: 'segment-page'})")
        visitor.evaluate("told.identify('u-78', {email: 'awa.segment@example.org'})")
        visitor.evaluate("told.track('Product Added', {mark: 'segment-track', price: 3})")
        visitor.evaluate("told.group('g-1', {name: 'Atelier'})")
        visitor.evaluate("told.alias('u-79')")
        wait_for(lambda: told(demo, "segment-track"), 20, "the event")
        [added] = told(demo, "segment-track")
        assert (added["type"], added["price"]) == ("Product Added", 3)
        assert told(demo, "segment-page")[0]["type"] == "Page Viewed"
        asked = {"identifier": "account:u-78"}
        wait_for(lambda: demo.api("GET", "/customers", params=asked).json()["items"], 20, "her")
        refused = demo.api("GET", f"/sources/{source['id']}/refusals").json()["items"]
        assert refused == []
