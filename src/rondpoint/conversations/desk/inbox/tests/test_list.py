"""The list: what is in each view, in which order, for whom, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rondpoint.accounts.types import Role
from rondpoint.conversations.actions import notes, state
from rondpoint.conversations.models import Conversation, Draft
from rondpoint.conversations.queries.inbox import ORDERS, VIEWS, counts, page, place
from rondpoint.conversations.rules.filters import Filters
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.data, pytest.mark.django_db]
NOW = 1_750_000_000_000_000


@pytest.fixture
def talks(house):
    """Five conversations, a minute apart."""
    return [house.text(f"+3319900010{n}", f"Bonjour {n}", at=NOW + n * clock.MINUTE).conversation for n in range(5)]


def shown(client, query):
    answer = client.get(f"/inbox/rows?{query}")
    assert answer.status_code == 200
    return [line["number"] for line in answer.context["lines"]]


def test_each_view_holds_its_own(desk, staff, team, talks):
    livraison = team("Livraison")
    ines, samir = staff("Inès", teams=[livraison]), staff("Samir")
    mine, teams, aside, done, free = talks
    state.assign(mine, ines)
    state.assign_team(teams, livraison)
    state.snooze(aside, clock.now() + clock.HOUR, "Inès")
    state.close(done, "Inès")
    notes.add(free, "@Inès regarde", samir)
    client = desk(ines)
    assert shown(client, "view=mine") == [mine.id]
    assert shown(client, "view=unassigned") == [free.id, teams.id]
    assert shown(client, "view=team") == [teams.id]
    assert shown(client, "view=snoozed") == [aside.id]
    assert shown(client, "view=closed") == [done.id]
    assert shown(client, "view=mentioned") == [free.id]
    assert shown(client, "view=open") == [free.id, teams.id, mine.id]
    assert shown(client, "view=all") == [row.id for row in reversed(talks)]
    assert counts(ines) == {
        "mine": 1, "unassigned": 2, "open": 3, "team": 1, "waiting": 0, "snoozed": 1, "mentioned": 1,
    }  # fmt: skip


def test_another_teams_conversation_is_not_there(desk, staff, team, talks):
    state.assign_team(talks[0], team("Comptabilité"))
    client = desk(staff("Inès"))
    assert talks[0].id not in shown(client, "view=all")
    news = client.get(f"/inbox/news?view=all&ids={talks[0].id},{talks[0].public_id},{talks[1].id}").json()
    assert list(news["rows"]) == [str(talks[1].id)]
    assert news["counts"]["open"] == 4


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("view=open&text=bonjour+3", [3]),
        ("view=open&channel=email", []),
        ("view=open&channel=sms&assignee=me", [1]),
        ("view=all&priority=urgent,high", [2]),
        ("view=all&unread=no", [4]),
        ("view=open?assignee=me", [1]),
        ("view=open&sort=oldest", [0, 1, 2, 3, 4]),
        ("view=open&sort=priority", [2, 4, 3, 1, 0]),
    ],
)
def test_filters_and_orders(desk, staff, talks, query, wanted):
    ines = staff("Inès")
    state.assign(talks[1], ines)
    state.set_priority(talks[2], 2, "Inès")
    state.mark_read(talks[4])
    assert shown(desk(ines), query.replace("?assignee=", "%3Fassignee%3D")) == [talks[n].id for n in wanted]


def test_waiting_longer_than(desk, staff, house):
    long_ago = house.text("+33199000201", at=clock.now() - clock.HOUR).conversation
    house.text("+33199000202", at=clock.now())
    assert shown(desk(staff()), "view=open&waiting_over_minutes=30") == [long_ago.id]


def test_a_filter_not_understood_is_said(desk, staff, talks):
    page = desk(staff()).get("/inbox?view=open&state=lost")
    assert page.status_code == 200
    assert "state: expected some of open, waiting, snoozed, closed" in page.content.decode()


@pytest.mark.parametrize("sort", list(ORDERS))
def test_pages_follow_each_other_without_gap_or_repeat(staff, talks, sort):
    ines = staff()
    with write():
        Conversation.objects.filter(id__in=[talks[0].id, talks[1].id]).update(waiting_since=None, priority=1)
        Conversation.objects.filter(id=talks[2].id).update(last_message_at=talks[3].last_message_at)
    whole = [row.conversation.id for row in page(Filters(), ines, sort)]
    seen, after = [], None
    while found := page(Filters(), ines, sort, after, limit=2):
        seen += [row.conversation.id for row in found]
        after = place(found[-1].conversation, sort)
    assert seen == whole
    assert sorted(whole) == sorted(row.id for row in talks)


@pytest.mark.parametrize("after", ["x", "WzFd", "%01"])
def test_a_place_that_is_none_is_the_beginning(desk, staff, talks, after):
    assert len(shown(desk(staff()), f"view=open&after={after}")) == 5


def test_a_row_says_what_is_begun_and_who_named_me(staff, talks):
    ines, samir = staff("Inès"), staff("Samir")
    notes.add(talks[0], "@Inès ?", samir)
    with write():
        Draft.objects.create(conversation=talks[1], user=ines, text="Je")
        Draft.objects.create(conversation=talks[2], user=samir, text="Il")
    found = {row.conversation.id: row for row in page(Filters(), ines)}
    assert [found[row.id].mentioned for row in talks] == [True, False, False, False, False]
    assert [found[row.id].drafted for row in talks] == [False, True, False, False, False]


def test_more_rows_cost_no_more_queries(desk, staff, house, talks):
    client = desk(staff())

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/inbox?view=open")
        return len(queries)

    cost()
    few = cost()
    for n in range(8):
        house.text(f"+3319900030{n}", at=NOW + n)
    assert cost() == few


@pytest.mark.parametrize("view", list(VIEWS))
def test_an_empty_view_says_what_will_be_there(desk, staff, view):
    page = desk(staff()).get(f"/inbox?view={view}").content.decode()
    assert "data-none" in page
    assert "<h2>" in page


def test_names_are_shown_as_text(desk, staff, house):
    house.mail("eve@example.net", "<img src=x onerror=alert(1)>", at=NOW)
    page = desk(staff()).get("/inbox?view=open").content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_who_may_only_read_has_no_actions(desk, staff, talks):
    page = desk(staff("Ada", Role.READ_ONLY)).get("/inbox?view=open").content.decode()
    assert 'id="bulk"' not in page
    assert 'type="checkbox"' not in page.partition('id="rows"')[2].partition("</ul>")[0]
