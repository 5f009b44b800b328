"""``widget-weight``: what a visitor's browser loads from us before her first click, as it comes over the wire.

``python bench/widget_weight.py [--engine …]``; in Chromium where Playwright is installed, which sees every request.
"""

import contextlib
import http.server
import threading
from collections.abc import Iterator

import harness
import httpx

GOAL = 15  # kB (1,000 bytes)


def run(bench: harness.Bench) -> None:
    """A shop's page with the widget; each thing it loads is fetched again and weighed, compressed, without headers."""
    with harness.house(bench.engine) as home, shop() as (site, show):
        from rondpoint.channels import actions

        row = actions.add_connection("chat", "Shop", {"origins": site})
        with harness.running(home, "edge") as running:
            tag = f'<script src="{running.url}/widget.js" data-key="{row.public_id}" async></script>'
            show(f"<!doctype html><title>Shop</title>{tag}")
            addresses, how = loaded(site, running.url, str(row.public_id))
            harness.check(any("/widget.js" in one for one in addresses), f"the widget was not loaded: {addresses}")
            weights = {one.removeprefix(running.url).partition("?")[0]: weigh(one, site) for one in addresses}
    harness.report(
        "widget-weight", sum(weights.values()) / 1000, "kB", len(weights), goal=GOAL,
        conditions={"bytes": weights, "seen_by": how},
    )  # fmt: skip


def loaded(site: str, house: str, key: str) -> tuple[list[str], str]:
    """The addresses of ours that a browser loads from the shop's page until nothing comes any more, and who says so."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        return [f"{house}/widget.js", f"{house}/chat/v1/config?key={key}&locale=fr"], "the widget's source"
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch()
        except Error:
            return [f"{house}/widget.js", f"{house}/chat/v1/config?key={key}&locale=fr"], "the widget's source"
        found: list[str] = []
        page = browser.new_page()
        page.on("requestfinished", lambda request: found.append(request.url))
        page.goto(site)
        page.wait_for_load_state("networkidle")
        browser.close()
    return [one for one in found if one.startswith(house)], "Chromium"


def weigh(address: str, site: str) -> int:
    """Bytes of an answer's body as they are sent to a browser that takes gzip."""
    with httpx.stream("GET", address, headers={"Accept-Encoding": "gzip", "Origin": site}) as answer:
        harness.check(answer.status_code == 200, f"{address}: {answer.status_code}")
        return sum(len(piece) for piece in answer.iter_raw())


@contextlib.contextmanager
def shop() -> Iterator[tuple]:
    """A shop's site with one page: its address, and the function that says what stands on it."""
    shown = [b""]

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(shown[0])

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", lambda text: shown.__setitem__(0, text.encode())
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    harness.main(run)
