"""``/purposes``: what people may be written to for, and how they are asked."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from rondpoint.accounts.actions import audit
from rondpoint.accounts.api_auth import actor
from rondpoint.consent import purposes
from rondpoint.consent.models import Purpose
from rondpoint.consent.types import BadPurpose, Basis, Class
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["consents"])
Texts = dict[Literal["fr", "en"], str]
Channel = Literal["email", "sms", "whatsapp", "voice", "print"]


class WordingShown(Schema):
    text: str
    version: int


class PurposeShown(Schema):
    """``wordings``: the text of the question in force, by language, with its version."""

    key: str
    names: dict[str, str]
    descriptions: dict[str, str]
    purpose_class: str = Field(serialization_alias="class")
    basis: str
    double_opt_in: bool
    channels: list[str]
    position: int
    active: bool
    wordings: dict[str, WordingShown]


class PurposeList(Schema):
    items: list[PurposeShown]
    next: str | None


class PurposeBody(paging.Input):
    """Without ``channels`` it is no message: people agree to it once, for themselves."""

    key: str
    names: Texts
    descriptions: Texts = {}
    purpose_class: Class = Field(alias="class")
    basis: Basis
    double_opt_in: bool = False
    channels: list[Channel] = []
    position: int | None = Field(None, ge=0, le=1000)
    active: bool = True
    wordings: Texts = {}


class PurposeChange(paging.Input):
    """What is not given stays. Another text is the next version; class and basis stay once people said something."""

    names: Texts | None = None
    descriptions: Texts | None = None
    purpose_class: Class | None = Field(None, alias="class")
    basis: Basis | None = None
    double_opt_in: bool | None = None
    channels: list[Channel] | None = None
    position: int | None = Field(None, ge=0, le=1000)
    active: bool | None = None
    wordings: Texts | None = None


@router.get("/purposes", response=PurposeList, by_alias=True, summary="Purposes")
def list_purposes(request: HttpRequest) -> dict[str, Any]:
    """In their order."""
    return {"items": _shown(purposes.every()), "next": None}


@router.post("/purposes", response={201: PurposeShown}, by_alias=True, summary="A new purpose")
def make_purpose(request: HttpRequest, body: PurposeBody) -> "Status[Any]":
    told = {name: value for name, value in body.model_dump(exclude={"key"}).items() if value is not None}
    try:
        row = purposes.define(body.key, told, actor(request))
    except BadPurpose as error:
        raise bad_field(error.field, error.reason) from error
    audit(actor(request), "purpose.made", row.key, {})
    return Status(201, _shown([row])[0])


@router.patch("/purposes/{key}", response=PurposeShown, by_alias=True, summary="Change a purpose")
def change_purpose(request: HttpRequest, key: str, body: PurposeChange) -> dict[str, Any]:
    """One that is not ``active`` is neither asked for nor sent; what people said on it is kept."""
    row = next((each for each in purposes.every() if each.key == key), None)
    if row is None:
        raise not_found("purpose")
    told = {name: value for name, value in body.model_dump().items() if value is not None}
    try:
        row = purposes.change(row, told, actor(request))
    except BadPurpose as error:
        raise bad_field(error.field, error.reason) from error
    audit(actor(request), "purpose.changed", row.key, {"names": sorted(told)})
    return _shown([row])[0]


def _shown(rows: list[Purpose]) -> list[dict[str, Any]]:
    texts = purposes.wordings([row.id for row in rows])
    return [
        {
            "key": row.key,
            "names": row.names,
            "descriptions": row.descriptions,
            "purpose_class": row.purpose_class,
            "basis": row.basis,
            "double_opt_in": row.double_opt_in,
            "channels": row.channels,
            "position": row.position,
            "active": row.active,
            "wordings": {
                language: {"text": worded.text, "version": worded.version}
                for language, worded in texts.get(row.id, {}).items()
            },
        }
        for row in rows
    ]
