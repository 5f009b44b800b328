"""Orders: one a row."""

from typing import Any

from django.utils.translation import gettext as _

from rondpoint.events.types import Fact
from rondpoint.hub.imports import people
from rondpoint.hub.imports.kinds import own, told
from rondpoint.hub.imports.kinds.events import told_at
from rondpoint.hub.imports.rules import cells as rules
from rondpoint.hub.imports.types import Column, Context, Kind, Unfit

LONGEST = 100
CURRENCY = "EUR"
COLUMNS = (
    *people.COLUMNS,
    Column("number", lambda: _("Number of the order"), "MH-1042",
           ("order", "order id", "order number", "commande", "numero de commande", "n de commande", "no commande",
            "n commande", "reference", "reference commande", "ref commande", "numero commande", "id commande")),
    Column("ordered_at", lambda: _("When it was ordered"), "2026-03-04T14:05:00Z",
           ("date", "order date", "created at", "date de commande", "date commande", "commande le", "paid at",
            "occurred at", "date d achat")),
    Column("total", lambda: _("Total with taxes, as 79.90"), "79.90",
           ("amount", "total price", "montant", "montant ttc", "total ttc", "prix total", "grand total", "revenue")),
    Column("currency", lambda: _("Currency, as EUR"), "EUR", ("devise", "monnaie")),
    Column("status", lambda: _("completed, refunded or cancelled"), "completed",
           ("state", "statut", "etat", "order status", "financial status", "statut de la commande")),
    Column("items", lambda: _("What was ordered, in words"), "2 × Lampe Héron",
           ("products", "articles", "produits", "lineitem name", "line items", "contenu")),
    Column("shop", lambda: _("Shop or channel of the sale"), "Lyon",
           ("store", "magasin", "boutique", "point de vente")),
)  # fmt: skip
TYPES = {
    "order.completed": ("", "completed", "complete", "paid", "shipped", "delivered", "fulfilled", "payee", "livree",
                        "expediee", "terminee", "validee"),
    "Order Refunded": ("refunded", "returned", "remboursee", "retournee"),
    "Order Cancelled": ("cancelled", "canceled", "annulee", "voided"),
}  # fmt: skip
_TYPES = {word: type_ for type_, words in TYPES.items() for word in words}


def read(cells: dict[str, str], context: Context) -> told.Record:
    """An order out of a row. Raises Unfit."""
    person = people.read(cells, context)
    number = cells.get("number", "").strip().removeprefix("#")
    if not 0 < len(number) <= LONGEST:
        raise Unfit(f"number: an order has a number of 1 to {LONGEST} characters")
    word = cells.get("status", "").strip().lower().replace("é", "e")
    type_ = _TYPES.get(word)
    if type_ is None:
        raise Unfit(f"status: {word!r} is none of completed, refunded, cancelled")
    properties: dict[str, Any] = {"number": number, **own.values(cells)}
    if cells.get("total", "").strip():
        try:
            properties["total"] = rules.number(cells["total"])
        except Unfit as unfit:
            raise Unfit(f"total: {unfit}") from unfit
        properties["currency"] = _currency(cells.get("currency", ""))
    for field in ("items", "shop"):
        if cells.get(field, "").strip():
            properties[field] = cells[field].strip()[:1000]
    fact = Fact(
        None, type_, told_at(cells, "ordered_at", context), context.source, f"{type_}:{number}",
        "shop" if "shop" in properties else "", properties=properties,
    )  # fmt: skip
    return told.Record(person, fact)


def _currency(text: str) -> str:
    code = text.strip().upper() or CURRENCY
    code = {"€": "EUR", "$": "USD", "£": "GBP"}.get(code, code)
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise Unfit(f"currency: {text!r} is no ISO 4217 code such as EUR")
    return code


KIND = Kind(
    name="orders", label=lambda: _("Orders"), columns=COLUMNS, read=read, judge=told.judge, apply=told.apply,
    show=told.show, record=told.Record, needs=(people.NEEDED, ("number",), ("ordered_at",)),
)  # fmt: skip
