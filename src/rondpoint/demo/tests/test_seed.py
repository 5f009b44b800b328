"""The demo company obeys the rules of the house it shows."""


import pytest
from django.conf import settings
from django.db.models import Count, F, Q

from rondpoint.accounts.models import User
from rondpoint.channels import pipeline, quarantine
from rondpoint.channels.models import Connection, Delivery
from rondpoint.conversations import queries as conversations
from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.queries import companies
from rondpoint.demo import flag, seed
from rondpoint.demo.person import AWA
from rondpoint.events.models import Event
from rondpoint.sending.models import Decision, Dispatch

pytestmark = pytest.mark.django_db


def test_the_company_is_made_once_quickly_and_obeys_the_rules(company):
    assert company < 10
    assert not seed.run(settings.ENVIRONMENT), "a second start adds nothing"
    _people()
    _conversations()
    _messages()
    _the_rest()


def _people():
    living = Customer.objects.filter(merged_into=None)
    assert living.count() == 300
    assert Customer.objects.count() == Profile.objects.count(), "every profile founds a customer"
    assert set(Customer.objects.values_list("id", flat=True)) == set(Profile.objects.values_list("id", flat=True))
    for profile in Profile.objects.select_related("customer"):
        assert profile.customer.merged_into_id is None
        founder = Customer.objects.get(id=profile.id)
        assert (founder.merged_into_id or founder.id) == profile.customer_id
        assert profile.id in customers.profile_ids(profile.customer_id)
    for link in Link.objects.filter(opened__isnull=False).select_related("left", "right"):
        assert link.left.customer_id == link.right.customer_id
    assert Link.objects.filter(opened=None, closed=None).count() == 5
    assert Link.objects.filter(kind="manual", opened__isnull=False).count() == 4
    assert not Identifier.objects.filter(natural=True).exclude(value=F("profile__key")).exists()
    awa = customers.find(identifier=f"email:{AWA.email}")
    assert [customer.name for customer in awa] == ["Awa Diallo"]
    assert awa == customers.find(identifier=f"phone:{AWA.phone}")


def _conversations():
    living = Conversation.objects.filter(merged_into=None)
    assert not living.exclude(customer_id__in=Customer.objects.filter(merged_into=None)).exists()
    for conversation in living:
        assert customers.of_profile(conversation.profile_id).id == conversation.customer_id
    not_closed = living.exclude(state="closed")
    assert not_closed.count() == 18
    assert not not_closed.values("customer_id").annotate(n=Count("id")).filter(n__gt=1).exists()
    assert not living.filter(state="closed").filter(Q(waiting_since__isnull=False) | Q(closed=None)).exists()
    assert not living.filter(state="waiting", waiting_since__isnull=False).exists()
    assert not living.filter(state="open", waiting_since=None).exists()
    assert living.filter(state="open", assignee=None).count() >= 5
    assert conversations.counts(User.objects.get(email="samir@example.com"))["mine"] >= 3
    for conversation in living.filter(state="open")[:5]:
        assert any(reach.usable for reach in conversations.reachability(conversation, "Bonjour"))


def _messages():
    total = Message.objects.count()
    assert 1200 < total < 6000
    ats = list(Message.objects.order_by("id").values_list("at", flat=True))
    assert ats == sorted(ats), "a thread is read by id"
    out = Message.objects.filter(direction="out")
    assert out.exclude(dispatch_id=None).count() == out.count() == Dispatch.objects.count() == Decision.objects.count()
    assert {state for (state,) in Dispatch.objects.values_list("state").distinct()} >= {"delivered", "read", "failed"}
    assert not Dispatch.objects.filter(state="queued").exists(), "nothing of the past is sent now"
    assert Event.objects.filter(type="message.received").count() == total - out.count()
    assert Event.objects.filter(type="message.queued").count() == out.count()
    assert Message.objects.filter(unverified=True, channel="email").exists()
    assert "{" not in "".join(Message.objects.values_list("text", flat=True))
    pivots = Conversation.objects.annotate(ways=Count("messages__channel", distinct=True)).filter(ways__gt=1)
    assert pivots.count() > 40
    assert Message.objects.values("channel").distinct().count() == 3


def _the_rest():
    assert Connection.objects.count() == 3
    firms = companies.find()
    assert len(firms) == 12 and all(companies.people([firm.id])[firm.id].number >= 2 for firm in firms)
    assert sum(bool(companies.suggested_for(firm.id)) for firm in firms) >= 3
    assert User.objects.get(email="ines@example.com").check_password("rondpoint-demo")
    for type_ in ("page.viewed", "article.read", "order.completed", "shop.visited"):
        assert Event.objects.filter(type=type_).count() > 30
    broken = Delivery.objects.get(state="quarantined")
    quarantine.replay(broken, "test")
    pipeline.work()
    broken.refresh_from_db()
    assert broken.error.startswith("ValueError: the form has no MessageSid")


def test_a_home_with_somebodys_work_in_it_is_left_alone(company):
    flag.path().unlink()
    before = Message.objects.count()
    with pytest.raises(SystemExit, match="holds a company already"):
        seed.run(settings.ENVIRONMENT)
    assert Message.objects.count() == before
