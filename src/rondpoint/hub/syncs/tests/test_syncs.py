"""A file at an address is fetched again and again, and brought in when it differs."""

import http.server
import threading

import msgspec
import pytest

from rondpoint.customers.models import Customer
from rondpoint.hub.imports import working
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.syncs import actions
from rondpoint.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings):
    """A file at an address of this machine."""
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, allow_private=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(server.content)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.content = 200, b"email,city\nawa@example.com,Lyon\n"
    server.url = f"http://127.0.0.1:{server.server_port}/customers.csv?token=of-ours"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def worked():
    while working.work("test"):
        pass


def test_a_file_is_fetched_when_its_time_comes_and_brought_in_when_it_differs(brand, file):
    row = actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")
    assert "of-ours" not in row.address
    now = clock.now()
    assert actions.run_due(now) == 1
    worked()
    assert Customer.objects.count() == 1 and Import.objects.get().sync == row
    assert actions.run_due(now + clock.MINUTE) == 0
    assert actions.run_due(now + clock.HOUR) == 1
    assert Import.objects.count() == 1
    file.content += b"luc@example.com,Nantes\n"
    assert actions.run_due(now + 2 * clock.HOUR) == 1
    worked()
    assert Customer.objects.count() == 2 and Import.objects.count() == 2


def test_what_cannot_be_fetched_is_told_and_tried_again(brand, file, desk):
    row = actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")
    file.status = 503
    now = clock.now()
    actions.run_due(now)
    page = desk.get(f"/syncs/{row.public_id}").content.decode()
    assert "it answers 503" in page and "of-ours" not in page
    file.status = 200
    assert actions.run_due(now + clock.HOUR) == 1
    row.refresh_from_db()
    assert row.error == "" and Import.objects.count() == 1


def test_screens(desk, file):
    said = {"kind": "customers", "name": "CRM", "url": file.url, "minutes": "60", "origin": "crm", "country": "FR"}
    wrongs = (({"url": "x"}, "no address of a file"), ({"minutes": "1"}, "5 minutes"), ({"origin": "A B"}, "crm"))
    for wrong, words in wrongs:
        answer = desk.post("/syncs", {**said, **wrong})
        assert answer.status_code == 422 and words in answer.content.decode()
    desk.post("/syncs", said)
    row = Sync.objects.get()
    place = f"/syncs/{row.public_id}"
    actions.run_due()
    worked()
    assert "done" in desk.get(place).content.decode() and "127.0.0.1" in desk.get("/syncs").content.decode()
    desk.post(f"{place}/run")
    assert actions.run_due() == 1 and Import.objects.count() == 2
    desk.post(f"{place}/activity")
    desk.post(f"{place}/run")
    assert actions.run_due() == 0
    desk.post(f"{place}/removal")
    assert not Sync.objects.exists() and Import.objects.count() == 2


def test_addresses_inside_are_refused_unless_the_house_allows_them(brand, file, settings):
    row = actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, allow_private=False)
    actions.run_due()
    row.refresh_from_db()
    assert "not an address on the public internet" in row.error and not Import.objects.exists()
    with pytest.raises(actions.Invalid, match="expected https"):
        actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")


def test_a_file_is_checked_before_its_first_rows_come(desk, file):
    file.content += b"nobody,Nantes\n"
    said = {"kind": "customers", "name": "CRM", "url": file.url, "minutes": "60", "origin": "crm", "country": "FR"}
    desk.post("/syncs", {**said, "check": "1"})
    row = Sync.objects.get()
    place = f"/syncs/{row.public_id}"
    assert not row.active and "are being judged" in desk.get(place).content.decode()
    assert actions.run_due() == 1
    worked()
    found = Import.objects.get()
    assert (found.state, found.found["new"], found.found["refused"]) == ("checked", 1, 1)
    assert not Customer.objects.exists() and actions.run_due(clock.now() + clock.DAY) == 0
    page = desk.get(place).content.decode()
    assert "What a look would bring in" in page and "before you switch it on" in page
    assert f"/imports/{found.public_id}" in page
    assert "awa@example.com" in desk.get(f"/imports/{found.public_id}").content.decode()
    desk.post(f"{place}/activity")
    assert actions.run_due() == 1
    worked()
    assert Customer.objects.count() == 1 and Import.objects.order_by("-id").first().new == 1
    file.status = 503
    desk.post(f"{place}/check")
    assert actions.run_due() == 1
    row.refresh_from_db()
    assert "it answers 503" in row.error and not row.checks
    assert "before you switch it on" not in desk.get(place).content.decode()


@pytest.mark.parametrize("order", [("look_now", "check"), ("check", "look_now")])
def test_a_look_and_a_check_that_were_asked_for_together_are_both_done(desk, file, order):
    row = actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")
    assert actions.run_due() == 1
    worked()
    for what in order:
        getattr(actions, what)(row)
    assert "behind what is being done" in desk.get(f"/syncs/{row.public_id}").content.decode()
    assert actions.run_due() == 1
    assert actions.run_due() == 0, "the check is still at work"
    worked()
    assert actions.run_due() == 1
    worked()
    assert list(Import.objects.order_by("id").values_list("then", flat=True)) == ["run", "check", "run"]
    assert actions.run_due() == 0
    row.refresh_from_db()
    assert not (row.looks or row.checks) and row.due > clock.now()


def test_a_look_that_is_asked_for_while_the_file_is_brought_in_comes_after_it(brand, file):
    row = actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")
    assert actions.run_due() == 1
    actions.look_now(row)
    assert actions.run_due() == 0
    worked()
    assert actions.run_due() == 1
    worked()
    assert Import.objects.count() == 2


def test_a_look_that_is_asked_for_during_another_is_not_swallowed(brand, file, monkeypatch):
    row = actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")
    assert actions.run_due() == 1
    worked()
    fetch = actions.fetch

    def meanwhile(url):
        monkeypatch.setattr(actions, "fetch", fetch)
        actions.look_now(row)
        return fetch(url)

    monkeypatch.setattr(actions, "fetch", meanwhile)
    assert actions.run_due(clock.now() + clock.HOUR) == 1
    worked()
    assert actions.run_due() == 1
    worked()
    assert Import.objects.count() == 2, "the first of them saw the same file as before, and let it be"


def test_a_look_puts_nothing_off(brand, file):
    row = actions.add("customers", "CRM", file.url, 60, "crm", "FR", "ada@example.com")
    began = clock.now()
    assert actions.run_due(began) == 1
    worked()
    actions.check(row)
    assert actions.run_due(clock.now()) == 1
    worked()
    file.content += b"luc@example.com,Nantes\n"
    assert actions.run_due(began + 59 * clock.MINUTE) == 0
    assert actions.run_due(began + clock.HOUR) == 1
    worked()
    assert Customer.objects.count() == 2
