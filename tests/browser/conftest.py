"""The demo company in a process tree, and Chromium to look at it."""

import pytest
from playwright.sync_api import sync_playwright
from tests.peers.house import House

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("demo"), "--demo").start()
    yield house
    assert house.stop() == 0


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def person(chromium):
    """Opens a browser of one's own: ``person(width, height)`` gives a page whose errors fail the test."""
    contexts, errors = [], []

    def open_page(width=1280, height=860, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def agent(demo, person):
    """Signs somebody of the staff in."""

    def sign_in(email="ines@example.com", **options):
        page = person(**options)
        page.goto(f"{demo.url}/login")
        page.fill("#email", email)
        page.fill("#password", "rondpoint-demo")
        page.click("button.go")
        page.wait_for_url("**/inbox*")
        return page

    return sign_in
