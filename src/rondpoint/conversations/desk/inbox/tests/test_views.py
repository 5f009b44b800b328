"""Saved views: one's own and everybody's."""

import pytest

from rondpoint.accounts.types import Role
from rondpoint.conversations.actions import views
from rondpoint.conversations.models import SavedView
from rondpoint.conversations.queries import saved
from rondpoint.conversations.rules.filters import Filters

pytestmark = [pytest.mark.data, pytest.mark.django_db]


def test_a_filter_becomes_a_view(desk, staff, house):
    house.text("+33199000001", "Un SMS")
    house.mail("a@example.org", "Un courriel")
    client = desk(staff())
    answer = client.post("/inbox/views", {"view": "open?channel=sms&sort=oldest", "name": " Par  SMS "})
    assert answer.status_code == 201
    page = client.get(answer.json()["href"])
    assert [line["preview"] for line in page.context["lines"]] == ["Un SMS"]
    assert page.context["elsewhere"]["name"] == "Par SMS"
    assert page.context["elsewhere"]["count"] == 1
    assert page.context["list"].sort == "oldest"


def test_a_view_is_ones_own(desk, staff):
    view = views.save(staff("Samir"), "À Samir", Filters(assignee="me"), "newest")
    client = desk(staff("Inès"))
    assert client.get(f"/inbox?view={view.public_id}").context["list"].key == "open"
    assert client.post(f"/inbox/views/{view.public_id}", {"name": "À moi"}).status_code == 404
    assert client.post(f"/inbox/views/{view.public_id}/removal").status_code == 404


@pytest.mark.parametrize(("role", "shared"), [(Role.SUPERVISOR, True), (Role.AGENT, False)])
def test_supervisors_share(desk, staff, role, shared):
    desk(staff("Inès", role)).post("/inbox/views", {"view": "open?channel=sms", "name": "SMS", "shared": "1"})
    assert (SavedView.objects.get().owner is None) is shared


def test_everybodys_view_is_changed_by_supervisors_alone(staff):
    view = views.save(None, "SMS", Filters(channel=("sms",)), "newest", shared=True)
    assert saved.find(staff("Inès"), str(view.public_id)) == view
    assert not saved.may_change(staff("Samir"), view)
    assert saved.may_change(staff("Olivia", Role.SUPERVISOR), view)


def test_renaming_and_deleting(desk, staff):
    ines = staff("Inès")
    view = views.save(ines, "SMS", Filters(channel=("sms",)), "newest")
    client = desk(ines)
    assert client.post(f"/inbox/views/{view.public_id}", {"name": "Textos"}).json()["name"] == "Textos"
    assert client.post(f"/inbox/views/{view.public_id}", {"name": " "}).status_code == 422
    assert client.post(f"/inbox/views/{view.public_id}/removal").status_code == 200
    assert not SavedView.objects.exists()


def test_there_are_not_too_many(staff):
    ines = staff()
    for n in range(views.MOST):
        views.save(ines, f"Vue {n}", Filters(), "newest")
    with pytest.raises(views.BadView):
        views.save(ines, "Une de plus", Filters(), "newest")


def test_a_filter_nobody_knows_any_more_does_no_harm(desk, staff):
    ines = staff()
    view = views.save(ines, "Vieille", Filters(), "newest")
    view.filters = {"mood": "good"}
    assert saved.filters_of(view) == Filters()
