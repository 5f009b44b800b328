"""What the API says about customers."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from rondpoint.ui.paging import Input

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]


class IdentifierBody(Input):
    kind: Slug = Field(examples=["email", "phone", "account"])
    value: str = Field(min_length=1, max_length=400, examples=["awa@example.com"])
    scope: str = Field("", max_length=64, description="whose account numbers these are")


class CustomerBody(Input):
    name: str = Field("", max_length=200)
    identifiers: list[IdentifierBody] = Field(min_length=1, max_length=20)
    traits: dict[Annotated[str, Field(min_length=1, max_length=64)], Any] = Field({}, max_length=100)


class CustomerChange(Input):
    """What is written by hand. Fields that are left out stay; an empty value takes what is known away, until a source
    says something newer."""

    name: str | None = Field(None, max_length=200)
    language: str | None = Field(None, max_length=3, examples=["fr"])
    traits: dict[Annotated[str, Field(min_length=1, max_length=100)], Any] = Field(
        {}, max_length=100, examples=[{"city": "Lyon", "company": None}]
    )


class LinkBody(Input):
    customer: str = Field(description="the id of the other customer")


class IdentifierShown(Schema):
    kind: str
    value: str
    scope: str = ""
    evidence: Literal["claimed", "provider", "signed", "verified"]


class TraitSource(Schema):
    """Where a value comes from. ``meaning``: what a computed trait is worked out of, as a sentence."""

    source: str
    at: str
    meaning: str = ""


class ProfileShown(Schema):
    id: str
    source: str
    created_at: str


class LinkShown(Schema):
    """``explanation``: why the two are one person, in a sentence, in French where ``Accept-Language`` asks for it."""

    id: str
    kind: Literal["deterministic", "probable", "manual", "attributed"]
    rule: str
    profiles: list[str]
    evidence: dict[str, Any]
    explanation: str
    opened_at: str | None


class CustomerLine(Schema):
    """A customer in a list."""

    id: str
    name: str
    language: str
    identifiers: list[IdentifierShown]
    created_at: str
    last_seen_at: str


class CustomerShown(CustomerLine):
    """The golden record. ``trait_sources`` says for each trait which source told it, and when."""

    traits: dict[str, Any]
    trait_sources: dict[str, TraitSource]
    profiles: list[ProfileShown]
    links: list[LinkShown]
    consents: list[dict[str, Any]]
    segments: list[dict[str, Any]]
    companies: list[dict[str, Any]]
    loyalty: dict[str, Any] | None = None


class CustomerPage(Schema):
    items: list[CustomerLine]
    next: str | None


class EventShown(Schema):
    id: str
    type: str
    channel: str
    occurred_at: str
    title: str
    data: dict[str, Any]


class EventPage(Schema):
    items: list[EventShown]
    next: str | None


class Separated(Schema):
    """The two customers that came out of one: first the one that kept the id."""

    customers: list[str]


class SuggestionShown(Schema):
    """``score``: the probability that they are one person, where records were compared (``rule`` is ``likeness``);
    ``explanation``: why they may be, in a sentence."""

    link: str
    customer: CustomerLine
    rule: str
    evidence: dict[str, Any]
    explanation: str
    score: float | None


class ReviewShown(Schema):
    """Two customers who may be one. ``too_many``: what they would have too many of together, by kind."""

    id: str
    customers: list[CustomerLine]
    rule: str
    evidence: dict[str, Any]
    explanation: str
    score: float | None
    too_many: dict[str, int]
    suggested_at: str | None


class ReviewPage(Schema):
    items: list[ReviewShown]
    next: str | None


class SuggestionPage(Schema):
    items: list[SuggestionShown]
    next: str | None
