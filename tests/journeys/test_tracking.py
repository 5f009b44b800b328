"""A shop's server tells with Segment's own library for Python what its customers did, and she is one customer."""

import pytest
from segment.analytics.client import Client
from tests.peers.house import House, wait_for


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path).start()
    yield made
    made.stop()


def test_segments_library_for_python_tells_us_and_customers_are_joined(house):
    source = house.api("POST", "/sources", json={"kind": "server", "name": "Back office"}).json()
    problems = []
    library = Client(source["write_key"], host=house.url, gzip=True, on_error=lambda error, _: problems.append(error))
    made = house.api(
        "POST", "/customers", json={"name": "Awa", "identifiers": [{"kind": "email", "value": "awa@example.org"}]}
    ).json()
    library.identify("u-42", {"email": "awa@example.org", "firstName": "Awa"})
    for number in range(250):
        library.track("u-42", "Order Completed", {"total": number, "currency": "EUR"})
    library.page("u-42", "Shop", "Kitchen", {"path": "/kitchen"})
    library.screen("u-42", "Shop", "Basket", {"items": 3})
    library.group("u-42", "g-1", {"name": "Atelier"})
    library.alias("device-7", "u-42")
    library.flush()
    library.join()
    assert problems == []

    def timeline() -> list[dict]:
        found, cursor = [], ""
        while cursor is not None:
            asked = {"limit": 200, **({"cursor": cursor} if cursor else {})}
            page = house.api("GET", f"/customers/{made['id']}/timeline", params=asked).json()
            found, cursor = found + page["items"], page["next"]
        return found

    def orders() -> int:
        return sum(each["type"] == "Order Completed" for each in timeline())

    wait_for(lambda: orders() == 250, 30, "each order once, on the customer who holds the address")
    [screen] = [each for each in timeline() if each["type"] == "Screen Viewed"]
    assert {"name": "Basket", "category": "Shop", "items": 3}.items() <= screen["data"].items()
    assert {"Page Viewed", "Group Joined", "Person Identified"} <= {each["type"] for each in timeline()}
    assert house.api("GET", f"/sources/{source['id']}/refusals").json()["items"] == []
    assert house.api("GET", f"/customers/{made['id']}").json()["traits"]["first_name"] == "Awa"
