"""The pieces of a history while it is being made up."""

import uuid

from msgspec import Struct, field

from rondpoint.customers.models import Profile
from rondpoint.demo import person
from rondpoint.demo.seed.people import Customer
from rondpoint.lib import ids


class Actor(Struct):
    """A customer with her profiles. Times in microseconds UTC."""

    customer: Customer
    number: int
    first_seen: int
    main: Profile | None = None
    chat: Profile | None = None
    session_id: int = 0
    unverified: bool = False

    @property
    def account(self) -> str:
        """The number of her account in the shop."""
        known = self.customer.known_as
        return person.account_number(known) if known else f"MH-{20_000 + self.number}"

    @property
    def shown_name(self) -> str:
        """Empty for a visitor who never said who she is."""
        return "" if self.customer.founded == "chat" else self.customer.name

    @property
    def channels(self) -> set[str]:
        """On which she can write."""
        found = set()
        if self.chat is not None:
            found.add("chat")
        if self.customer.phone:
            found.add("sms")
        if self.customer.email:
            found.add("email")
        return found

    def profile_for(self, channel: str) -> Profile:
        """The profile that holds her address on a channel."""
        return self.chat if channel == "chat" else self.main

    def reached(self, channel: str) -> tuple[Profile, str, str]:
        """(profile, address kind, address) on a channel."""
        profile = self.profile_for(channel)
        if channel == "chat":
            return profile, "chat", profile.key
        if channel == "sms":
            return profile, "phone", self.customer.phone
        return profile, "email", self.customer.email


class Line(Struct):
    """One message of a tale."""

    tale: "Tale"
    channel: str
    theirs: bool
    text: str
    at: int
    agent: object = None
    state: str = "delivered"
    error: str = ""
    arrived_by: str = "customer"
    public_id: uuid.UUID = field(default_factory=ids.uuid7)
    dispatch: object = None
    row: object = None


class Tale(Struct):
    """One conversation."""

    actor: Actor
    subject: str
    lines: list[Line] = []
    state: str = "closed"
    closed: int | None = None
    assignee: object = None
    team: object = None
    row: object = None
