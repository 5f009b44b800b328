"""Every table that may hold something about a person is answered for: by an eraser, or by a reason why it does not."""

from django.apps import apps
from django.db import models

from rondpoint.jobs import erasing

# The company's own, and what says nothing about a customer.
NOBODYS = {
    "accounts.Brand": "the company", "accounts.User": "staff", "accounts.Team": "staff", "accounts.ApiKey": "staff",
    "accounts.Setting": "the company", "accounts.Factor": "staff", "accounts.RecoveryCode": "staff",
    "accounts.SignOnIdentity": "staff", "jobs.Lease": "machines", "jobs.Cursor": "machines",
    "files.StoredFile": "a hash and a size; the content goes with the last who refers to it",
    "events.EventType": "names and kinds of properties, none of their values", "events.EventDay": "counts",
    "customers.Rule": "the company", "customers.RuleChange": "the company",
    "customers.Company": "a company is no person", "customers.CompanyKey": "a company is no person",
    "customers.CompanyLink": "a company is no person", "customers.CompanyTrait": "a company is no person",
    "customers.CompanyDomain": "a company is no person",
    "customers.Trained": "weights over everybody", "customers.NameShare": "names that many bear",
    "customers.MatchRun": "counts", "customers.MatchChoice": "the company",
    "consent.HashKey": "the key", "consent.Purpose": "the company", "consent.Wording": "the company",
    "consent.Suppression": "a hash: that she must not be written to outlives her",
    "tracking.Source": "the company", "channels.Connection": "the company",
    "segments.Segment": "the company", "segments.Version": "the company", "segments.Proof": "counts",
    "segments.ComputedTrait": "the company", "segments.ComputedVersion": "the company",
    "segments.ComputedProof": "counts",
    "conversations.SavedView": "staff", "conversations.CannedAnswer": "the company",
    "hub.Destination": "the company", "hub.Mapping": "what columns meant",
    "hub.Endpoint": "the company", "hub.Forgotten": "hashes", "hub.RetentionRule": "the company",
    "hub.SiloAudit": "counts, and numbers of customers", "hub.ReachCheck": "counts, and numbers of customers",
    "sending.Cap": "the company",
}  # fmt: skip


def ours() -> dict[str, type[models.Model]]:
    return {model._meta.label: model for model in apps.get_models() if model.__module__.startswith("rondpoint.")}


def test_every_table_belongs_to_an_eraser_or_to_nobody():
    erased = {label for eraser in erasing.every() for label in eraser.tables}
    assert ours().keys() - erased - NOBODYS.keys() == set(), "say in the room's erasing.py how its rows are forgotten"
    assert (erased | NOBODYS.keys()) - ours().keys() == set()
    assert erased & NOBODYS.keys() == set()


def test_no_table_that_names_a_customer_is_said_to_be_nobodys():
    named = {
        label
        for label, model in ours().items()
        for field in model._meta.concrete_fields
        if field.attname in ("profile_id", "customer_id")
    }
    assert named & NOBODYS.keys() == set()


def test_each_table_is_answered_for_once():
    said = [label for eraser in erasing.every() for label in eraser.tables]
    assert sorted(said) == sorted(set(said))
