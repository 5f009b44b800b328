"""Answering what somebody asked for and forgetting her, with the mouse; and trying how long data is kept."""

import pypdf
import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser
WORKED = 60_000  # milliseconds that the worker may take
NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 860}


def looked_at(page, name, shots):
    """Nothing is out of reach or sticks out, wide and narrow; a picture where somebody wants one."""
    assert_accessible(page)
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        assert_no_overflow(page)
        if shots:
            page.screenshot(path=f"{shots}/{name}-{size['width']}.png", full_page=True)


@pytest.fixture
def shots():
    """The folder that pictures go to, if any."""
    import os

    return os.environ.get("RONDPOINT_SHOTS", "")


@pytest.fixture
def somebody(agent, demo):
    """A page of an administrator, and the address of a customer whom she just wrote down."""
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/customers/new")
    page.fill("[name=name]", "Nadia Ferrand")
    page.fill("[name=email]", "nadia.ferrand@example.net")
    page.locator("main form button.go").first.click()
    page.wait_for_url("**/customers/*-*")
    return page, page.url.split("?")[0]


def test_she_gets_her_files_and_then_is_forgotten(somebody, demo, shots):
    page, address = somebody
    page.click("a[href$='/rights']")
    looked_at(page, "customer", shots)
    page.select_option("#kind", "access")
    page.click("form.bring button.go")
    expect(page.locator("[role=alert]")).to_be_visible()
    page.fill("#proof", "showed her card at the counter")
    page.click("form.bring button.go")
    page.wait_for_url("**/rights/requests/*")
    file = page.locator("a[href^='/rights/files/']").first
    expect(file).to_be_visible(timeout=WORKED)
    looked_at(page, "request", shots)
    with page.expect_download() as download:
        file.click()
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(download.value.path()).pages)
    assert "Nadia Ferrand" in text and "nadia.ferrand@example.net" in text
    page.goto(f"{address}/rights")
    page.select_option("#kind", "erasure")
    page.click("form.bring button.go")
    page.wait_for_url("**/rights/requests/*")
    page.goto(f"{demo.url}/rights")
    looked_at(page, "list", shots)
    page.locator("tr", has_text="Nadia Ferrand").first.locator("a[href^='/rights/requests/']").click()
    page.locator("a.danger").click()
    looked_at(page, "erase", shots)
    page.fill("#name", "Nadia")
    page.locator("main button.danger").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.fill("#name", "nadia ferrand")
    page.locator("main button.danger").click()
    page.wait_for_url("**/rights/erasures/*")
    assert page.request.get(address).status == 404
    expect(page.locator(".callout.ok")).to_be_visible(timeout=WORKED)
    looked_at(page, "receipt", shots)
    assert "Nadia" not in page.content()
    page.goto(f"{demo.url}/customers?q=nadia+ferrand")
    expect(page.locator("main")).not_to_contain_text("nadia.ferrand@example.net")


def test_what_is_held_is_not_forgotten_before_the_hold_is_lifted(somebody, demo, shots):
    page, address = somebody
    page.goto(f"{address}/rights")
    page.select_option("#kind", "erasure")
    page.click("form.bring button.go")
    page.wait_for_url("**/rights/requests/*")
    request = page.url
    page.goto(f"{address}/rights")
    page.click("a[href*='/rights/holds']")
    page.fill("#reason", "a lawsuit about deliveries")
    page.fill("#reference", "RG 26/0199")
    page.locator("main form.bring button.go").last.click()
    line = page.locator("section.hold", has_text="Nadia Ferrand")
    expect(line).to_contain_text("RG 26/0199")
    looked_at(page, "holds", shots)
    page.goto(f"{address}/erasure")
    expect(page.locator(".callout.waits")).to_contain_text("a lawsuit about deliveries")
    looked_at(page, "erase-held", shots)
    page.fill("#name", "nadia ferrand")
    page.locator("main button.danger").click()
    expect(page.locator("[role=alert]")).to_contain_text("RG 26/0199")
    page.goto(request)
    page.locator("button[value=wait]").click()
    expect(page.locator("button[value=wait]")).to_have_count(0)
    expect(page.locator(".badge.waits")).to_be_visible()
    looked_at(page, "request-held", shots)
    page.goto(f"{demo.url}/rights/holds")
    line = page.locator("section.hold", has_text="Nadia Ferrand")
    line.locator("summary").click()
    line.locator("[name=why]").fill("it was settled")
    line.locator("form button").click()
    expect(page.locator("section.hold")).to_have_count(0)
    looked_at(page, "holds-lifted", shots)
    assert page.request.get(address).status == 404
    page.goto(request)
    expect(page.locator("a[href*='/rights/erasures/']")).to_be_visible(timeout=WORKED)


def test_a_rule_is_tried_before_it_is_switched_on(agent, demo, shots):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/rights/retention")
    line = page.locator("tr", has=page.locator("input[value='conversations']"))
    line.locator("input[name=days]").fill("365")
    line.locator("button[value=try]").click()
    line = page.locator("tr", has=page.locator("input[value='conversations']"))
    expect(line.locator(".badge")).to_be_visible()
    looked_at(page, "retention", shots)
    page.emulate_media(color_scheme="dark")
    looked_at(page, "retention-dark", shots)
    line = page.locator("tr", has=page.locator("input[value='customers']"))
    line.locator("input[name=days]").fill("1095")
    line.locator("button[value=try]").click()
    line = page.locator("tr", has=page.locator("input[value='customers']"))
    expect(line.locator("button[value=on]")).to_be_visible()
