"""Puts texts into every column that people read, of every table of a house: ``python -m tests.hostile_web.filling``
with a list of texts as JSON on standard input. Prints how many cells it wrote."""

import itertools
import json
import sys

import django
from django.apps import apps
from django.db import models

# What people read somewhere. JSON columns: every string in them.
READ = {
    "accounts.Brand": {"name", "greeting"},
    "accounts.User": {"name", "signature"},
    "accounts.Team": {"name"},
    "accounts.ApiKey": {"name", "prefix"},
    "accounts.AuditEntry": {"actor", "target", "detail"},
    "accounts.Factor": {"label"},
    "accounts.Setting": {"value"},
    "events.Event": {"properties"},
    "events.EventType": {"name", "drift", "description"},
    "customers.Customer": {"name"},
    "customers.Profile": {"traits"},
    "customers.Identifier": {"value"},
    "customers.Link": {"rule", "evidence"},
    "customers.TraitName": {"name"},
    "customers.RuleChange": {"trait", "by"},
    "customers.Company": {"name"},
    "customers.CompanyKey": {"key", "traits"},
    "customers.CompanyLink": {"rule", "evidence"},
    "customers.CompanyDomain": {"domain"},
    "customers.Membership": {"role", "by"},
    "customers.Belonging": {"role"},
    "customers.MatchRun": {"by", "problem"},
    "consent.ConsentEntry": {"address", "proof", "source", "by"},
    "consent.Purpose": {"names", "descriptions"},
    "consent.Wording": {"text", "by"},
    "consent.Suppression": {"reason"},
    "tracking.Source": {"name", "origins"},
    "segments.Segment": {"name", "description"},
    "segments.Version": {"by"},
    "segments.ComputedTrait": {"label"},
    "segments.ComputedVersion": {"by"},
    "tracking.Batch": {"error"},
    "tracking.Refusal": {"message_id", "reason", "raw"},
    "channels.Connection": {"name", "problem"},
    "channels.Delivery": {"external_id", "meta", "body", "error", "outcome"},
    "sending.Dispatch": {"address", "error"},
    "sending.Decision": {"address", "reason", "detail", "steps"},
    "conversations.Conversation": {"subject", "last_preview"},
    "conversations.Participant": {"address", "name"},
    "conversations.Message": {"address", "author_name", "subject", "text", "folded", "automated"},
    "conversations.Attachment": {"name", "content_type"},
    "conversations.Note": {"author_name", "text"},
    "conversations.Draft": {"subject", "text"},
    "conversations.SavedView": {"name"},
    "conversations.CannedAnswer": {"shortcut", "title", "texts"},
    "conversations.Commitment": {"text"},
    "conversations.Summary": {"points"},
    "conversations.ChatSession": {"page", "locale"},
    "hub.Sync": {"name", "origin", "by", "error", "query", "growing", "samples", "write_error"},
    "hub.Import": {"name", "origin", "by", "error"},
    "hub.RefusedRow": {"reason", "cells"},
    "hub.Export": {"by", "error"},
    "hub.Destination": {"name", "by", "error"},
    "hub.Endpoint": {"name"},
    "hub.Erasure": {"by", "waits"},
    "hub.RightsRequest": {"proof", "extended", "answer", "by"},
    "hub.RetentionRule": {"by"},
    "hub.Hold": {"reason", "reference", "by", "lifted_by", "lifted_why"},
    "hub.SiloAudit": {"by", "problem"},
    "hub.ReachCheck": {"by", "text", "problem"},
    "hub.Told": {"tries"},
    "demo.PhoneItem": {"peer", "peer_name", "subject", "text"},
}
# Names, states, digests and machine values: chosen by us, never by whoever writes. Message.html is cleaned where it
# comes in, so it is tried through the mail itself.
MACHINES = {
    "jobs.Lease": {"name", "holder"},
    "jobs.Cursor": {"name"},
    "files.StoredFile": {"sha256"},
    "accounts.Brand": {"slug", "colour", "language", "country", "timezone", "hours", "logo"},
    "accounts.User": {"password", "email", "role", "language", "theme"},
    "accounts.ApiKey": {"digest"},
    "accounts.IdempotentAnswer": {"key", "request_digest", "body"},
    "accounts.AuditEntry": {"action"},
    "accounts.Setting": {"name"},
    "accounts.Factor": {"kind", "sealed", "credential_id"},
    "accounts.RecoveryCode": {"digest"},
    "accounts.SignOnIdentity": {"issuer", "subject"},
    "events.Event": {"type", "channel", "source", "message_id"},
    "events.EventType": {"shape", "sources", "examples", "gaps"},
    "customers.Customer": {"language"},
    "customers.Profile": {"source", "key"},
    "customers.Identifier": {"kind", "scope"},
    "customers.Link": {"kind"},
    "customers.Findable": {"words"},
    "customers.NearWord": {"form", "word"},
    "customers.Rule": {"trait", "rule"},
    "customers.RuleChange": {"rule"},
    "customers.Company": {"words"},
    "customers.CompanyKey": {"source", "scope"},
    "customers.CompanyLink": {"kind"},
    "customers.CompanyTrait": {"name", "text"},
    "customers.Membership": {"source"},
    "customers.Likeness": {"said"},
    "customers.Trained": {"weights"},
    "customers.NameShare": {"field", "name"},
    "customers.MatchRun": {"state", "spread", "step"},
    "customers.MatchChoice": {"often", "day"},
    "tracking.Source": {"kind", "write_key"},
    "segments.Segment": {"definition", "statements", "state"},
    "segments.Version": {"definition"},
    "segments.ComputedTrait": {"name", "names", "definition", "statements", "parameters", "state"},
    "segments.ComputedVersion": {"definition"},
    "segments.KnownTrait": {"name", "text"},
    "segments.Reach": {"channel"},
    "tracking.Batch": {"kind", "body", "state"},
    "hub.Sync": {
        "kind", "address", "country", "sha256", "reads", "reached", "reaching", "header", "mapping", "write_back",
        "unwritten",
    },
    "hub.Import": {
        "kind", "country", "sha256", "then", "wanted", "rows", "dialect", "header", "samples", "mapping", "state",
        "found",
    },
    "hub.Mapping": {"kind", "signature", "mapping", "origin", "country"},
    "hub.Export": {"what", "form", "types", "state", "sha256"},
    "hub.Destination": {"what", "types", "address", "table"},
    "hub.Endpoint": {"url", "types", "secret"},
    "hub.Erasure": {"reason", "state", "work", "counts", "kept"},
    "hub.Forgotten": {"digest"},
    "hub.RightsRequest": {"kind", "asked_by", "channel", "law", "state", "json_sha256", "page_sha256"},
    "hub.RetentionRule": {"kind"},
    "hub.Hold": {"kind"},
    "hub.Told": {"type", "state"},
    "hub.SiloAudit": {"state", "result"},
    "hub.ReachCheck": {"state", "purpose", "channels", "result"},
    "consent.HashKey": {"value"},
    "consent.ConsentEntry": {"purpose", "channel", "address_kind", "action", "basis", "language"},
    "consent.Purpose": {"key", "purpose_class", "basis", "channels"},
    "consent.Wording": {"language"},
    "consent.Agreed": {"purpose", "channel", "address_kind", "address", "reason"},
    "consent.Preference": {"said"},
    "consent.Confirmation": {"address_kind", "address"},
    "consent.Suppression": {"address_hash", "channel", "scope"},
    "channels.Connection": {"kind", "settings", "secrets"},
    "channels.Delivery": {"body_sha256", "state", "group"},
    "sending.Dispatch": {
        "channel", "address_kind", "purpose", "content", "state", "leased_by", "idempotency_key",
    },
    "sending.Cap": {"purpose", "channel"},
    "sending.ExternalId": {"value", "state"},
    "sending.EarlyReceipt": {"value", "receipt"},
    "sending.Decision": {"channel", "address_kind", "purpose", "verdict", "step", "idempotency_key"},
    "conversations.Conversation": {"state", "last_channel"},
    "conversations.Participant": {"address_kind", "role"},
    "conversations.Message": {
        "direction", "channel", "address_kind", "author_kind", "html", "arrived_by", "source_key",
    },
    "conversations.MessageReference": {"value"},
    "conversations.Attachment": {"token", "sha256", "content_id"},
    "conversations.Draft": {"kind", "channel", "files"},
    "conversations.SavedView": {"filters", "sort"},
    "conversations.Commitment": {"state"},
    "conversations.Summary": {"language", "method"},
    "conversations.Continuation": {"digest", "kind", "channel", "target"},
    "conversations.ChatSession": {"token_digest"},
    "conversations.Attempt": {"scope"},
    "demo.PhoneItem": {"app", "direction", "owner", "reply_to", "external_id", "references"},
}  # fmt: skip
EMPTY = {"accounts.AuditEntry": {"text": ""}}  # of no shape of its own, and often empty
TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
DEEPEST = 8


def columns() -> dict[str, set[str]]:
    """Every column of the house's tables that holds text."""
    ours = (model for model in apps.get_models() if model.__module__.startswith("rondpoint."))
    found = {model._meta.label: {f.name for f in model._meta.concrete_fields if isinstance(f, TEXT)} for model in ours}
    return {label: names for label, names in found.items() if names}


def forgotten() -> set[str]:
    """Columns of which nobody said yet whether people read them."""
    return {
        f"{label}.{name}"
        for label, names in columns().items()
        for name in names - READ.get(label, set()) - MACHINES.get(label, set())
    }


def told(value, texts, depth=0):
    """A JSON value with every text in it replaced. Its shape stays, so that pages find what they look for."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, list):
        return [told(part, texts, depth + 1) for part in value] if depth < DEEPEST else value
    if isinstance(value, dict):
        return {name: told(part, texts, depth + 1) for name, part in value.items()}
    return value


def fill(texts: list[str], most: int) -> int:
    """Writes the texts, each in turn, into the newest ``most`` rows of every table; how many cells were written."""
    from rondpoint.lib.db import write

    written, endless = 0, itertools.cycle(texts)
    for label, names in READ.items():
        model = apps.get_model(label)
        fields = [model._meta.get_field(name) for name in sorted(names)]
        once = {name for constraint in model._meta.constraints for name in getattr(constraint, "fields", ())}
        for row in list(model.objects.order_by("-pk")[:most]):
            for field in fields:
                old = getattr(row, field.name)
                if isinstance(field, models.JSONField):
                    new = told(old or EMPTY.get(label, old), endless)
                elif isinstance(field, models.BinaryField):
                    new = None if old is None else next(endless).encode("utf-8", "replace")
                else:
                    text = next(endless)
                    text = f"{row.pk}{text}" if field.unique or field.name in once else text
                    new = text[: field.max_length] if field.max_length else text
                setattr(row, field.name, new)
                written += 1
            if label == "channels.Delivery":
                row.state = "quarantined"
            with write():
                row.save()
    return written


if __name__ == "__main__":
    django.setup()
    asked = json.load(sys.stdin)
    print(fill(asked["texts"], asked["most"]))
