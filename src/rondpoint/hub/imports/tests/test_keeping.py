"""Files of old imports and what they refused go; what they brought in stays."""

import pytest

from rondpoint.customers.models import Customer
from rondpoint.files import references
from rondpoint.hub.imports import actions, keeping
from rondpoint.hub.models import Import, RefusedRow
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]
TEXT = "email,city\nawa@example.com,Lyon\nnobody,Paris\n"


def test_they_go_once_their_days_are_over(bring, desk, monkeypatch):
    monkeypatch.setattr(keeping, "PORTION", 1)
    row = bring(TEXT + "nobody at all,Paris\n")
    held = {row.sha256, row.rows}
    assert held & references.held("0", "g"), "its contents are kept"
    assert keeping.forget(row.ended + 29 * clock.DAY) == 0
    assert keeping.forget(row.ended + 31 * clock.DAY) == 1
    assert keeping.forget(row.ended + 31 * clock.DAY) == 0, "once"
    assert not held & references.held("0", "g") and not RefusedRow.objects.exists()
    row.refresh_from_db()
    assert (row.state, row.new, row.refused, row.samples) == ("done", 1, 2, [])
    assert Customer.objects.count() == 1
    page = desk.get(f"/imports/{row.public_id}").content.decode()
    assert "were let go" in page and "nobody at all" not in page


def test_one_that_is_at_work_or_young_is_left_alone_and_one_nobody_decided_about_ends(bring):
    waiting, running = bring(TEXT, then=""), bring(TEXT, then="")
    actions.start(running, check=False)
    now = clock.now()
    assert keeping.forget(now) == 0
    assert keeping.forget(now + 31 * clock.DAY) == 1
    assert [Import.objects.get(id=row.id).state for row in (waiting, running)] == ["cancelled", "running"]
    with pytest.raises(actions.Invalid):
        actions.start(Import.objects.get(id=waiting.id), check=False)


def test_the_house_chooses_for_how_long(bring, desk, api):
    assert keeping.days() == 30 and 'value="30"' in desk.get("/imports").content.decode()
    for wrong in ("0", "", "x", "99999", "-3", "²"):
        answer = desk.post("/imports/retention", {"days": wrong})
        assert answer.status_code == 422 and "expected 1 to 3650 days" in answer.content.decode()
    desk.post("/imports/retention", {"days": "7"})
    assert keeping.days() == 7
    assert api.put("/api/v1/imports/retention", {"days": 0}, content_type="application/json").status_code == 422
    assert api.put("/api/v1/imports/retention", {"days": 3}, content_type="application/json").json() == {"days": 3}
    assert api.get("/api/v1/imports/retention").json() == {"days": 3}
    row = bring(TEXT)
    keeping.forget(row.ended + 4 * clock.DAY)
    assert api.get(f"/api/v1/imports/{row.public_id}").json()["forgotten_at"]
    assert b"nobody" not in b"".join(desk.get(f"/imports/{row.public_id}/refused.csv").streaming_content)
