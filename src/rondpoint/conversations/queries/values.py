"""What stands behind the variables of an answer in one conversation."""

from babel.dates import format_date
from django.utils import timezone
from django.utils.translation import gettext as _

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.rules.variables import Filled, fill, first_name
from rondpoint.customers import queries as customers
from rondpoint.lib import addresses, clock


def language_of(conversation: Conversation) -> str:
    """The language to write to her in: hers, else the brand's, two letters."""
    known = customers.by_ids({conversation.customer_id}).get(conversation.customer_id)
    language = (known.language if known else "") or (conversation.brand.language if conversation.brand else "")
    return (language or "fr")[:2].lower()


def values(conversation: Conversation, user: User | None, now: int | None = None) -> dict[str, str]:
    """{variable: value}; empty where nothing is known."""
    customer = customers.by_ids({conversation.customer_id}).get(conversation.customer_id)
    profiles = customers.profile_ids(conversation.customer_id)
    email = next((row.value for row in customers.holdings(profiles, "email")), "")
    phone = next((row.value for row in customers.holdings(profiles, "phone")), "")
    name = customer.name if customer and "@" not in customer.name and not customer.name.startswith("+") else ""
    today = timezone.localtime(clock.to_datetime(now or clock.now())).date()
    return {
        "customer.name": name,
        "customer.first_name": first_name(name),
        "customer.email": email,
        "customer.phone": addresses.show_phone(phone) if phone else "",
        "agent.name": user.name if user else "",
        "agent.first_name": first_name(user.name) if user else "",
        "brand.name": conversation.brand.name if conversation.brand else "",
        "conversation.subject": conversation.subject,
        "today": format_date(today, "long", locale=language_of(conversation)),
    }


def filled(conversation: Conversation, user: User | None, text: str) -> Filled:
    """A text as she will read it; the values are looked up only when it names any."""
    return fill(text, values(conversation, user) if "{{" in text else {})


def complaint(said: Filled) -> str:
    """What keeps a text with variables from being sent, in a sentence; empty when nothing does."""
    if said.unknown:
        return _("There is no variable {{ %(name)s }}. Take it out or choose another.") % {"name": said.unknown[0]}
    if said.missing:
        return _("Nothing is known yet for {{ %(name)s }}. Write it out.") % {"name": said.missing[0]}
    return ""
