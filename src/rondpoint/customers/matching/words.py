"""What the degrees of agreement and their weights are called."""

from typing import Any

from django.utils.translation import gettext as _

from rondpoint.customers.matching.rules.scoring import Agreement, Score
from rondpoint.ui import times

RULE = "likeness"
"""The rule of links that were found by likeness."""


def evidence(score: Score) -> dict[str, Any]:
    """A score as a link keeps it: what was compared, the degree of agreement, and what it weighs in bits."""
    return {
        "likeness": [
            {"what": each.comparison, "degree": each.degree, "bits": round(each.weight, 2)}
            for each in score.agreements
        ]
    }


def told(evidence: dict[str, Any]) -> list[dict[str, str]]:
    """The agreements of a link as a reader sees them, the weightiest first: ``what``, ``degree`` and ``weight``."""
    kept = [Agreement(row["what"], row["degree"], row["bits"]) for row in evidence.get("likeness", ())]
    return [
        {"what": what(each.comparison), "degree": degree(each), "weight": weight(each.weight)}
        for each in sorted(kept, key=lambda each: -abs(each.weight))
    ]


def what(comparison: str) -> str:
    """The name of what is compared."""
    return {
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "birth_date": _("Birth date"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "address": _("Address"),
    }.get(comparison, comparison)


def degree(each: Agreement) -> str:
    """How far two records agree in it."""
    return _degrees().get((each.comparison, each.degree)) or _degrees().get(("", each.degree), each.degree)


def weight(bits: float) -> str:
    """What an agreement says of whether they are one person."""
    for least, said in (
        (10, _("much more likely")),
        (4, _("more likely")),
        (0.5, _("slightly more likely")),
        (-0.5, _("says nothing")),
        (-3, _("slightly less likely")),
    ):
        if bits >= least:
            return said
    return _("less likely")


def chance(probability: float) -> str:
    """How likely it is, in words."""
    for least, said in (
        (0.999, _("almost certain")),
        (0.99, _("very likely")),
        (0.9, _("likely")),
        (0.7, _("rather likely")),
    ):
        if probability >= least:
            return said
    return _("possible")


def percent(probability: float) -> str:
    """A probability in percent, as the language writes it: with a decimal where a whole number would say certain."""
    if probability >= 0.9995:
        return f"> {times.number(99.9)}"
    return times.number(round(probability * 100, 1 if probability >= 0.99 else 0))


def share(probability: float) -> str:
    """How often something is so, in percent; of what is rare two digits."""
    percent = probability * 100
    if percent < 0.001:
        return f"< {times.number(0.001)}"
    return times.number(round(percent) if percent >= 10 else float(f"{percent:.2g}"))


def _degrees() -> dict[tuple[str, str], str]:
    return {
        ("", "same"): _("the same"),
        ("", "different"): _("different"),
        ("", "slip"): _("one letter differs"),
        ("", "near"): _("nearly the same"),
        ("first_name", "short_form"): _("short form"),
        ("first_name", "crossed"): _("first and last name swapped"),
        ("first_name", "initial"): _("the same initial"),
        ("first_name", "part"): _("a part is the same"),
        ("last_name", "sound"): _("sounds the same"),
        ("last_name", "inside"): _("one contains the other"),
        ("birth_date", "day_and_month"): _("day and month swapped"),
        ("birth_date", "slip"): _("one digit differs"),
        ("birth_date", "same_year"): _("the same year"),
        ("email", "same_box"): _("the same before the @"),
        ("phone", "slip"): _("one digit differs"),
        ("address", "near_street"): _("a street that is nearly the same"),
        ("address", "same_street"): _("the same street, another house"),
        ("address", "other_postcode"): _("the same street and house, another postcode"),
        ("address", "same_postcode"): _("the same postcode"),
        ("address", "same_area"): _("the same area"),
    }
