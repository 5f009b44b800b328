"""Parts of countries that have rules of their own, by the names people give them. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# By country: the code of each part (ISO 3166-2 without the country), and what it is called in English and French.
NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "CA": {
        "AB": ("Alberta", "Alta"),
        "BC": ("British Columbia", "Colombie-Britannique", "CB"),
        "MB": ("Manitoba", "Man"),
        "NB": ("New Brunswick", "Nouveau-Brunswick"),
        "NL": ("Newfoundland and Labrador", "Newfoundland", "Terre-Neuve-et-Labrador", "Terre-Neuve", "TNL", "NF"),
        "NS": ("Nova Scotia", "Nouvelle-Écosse"),
        "NT": ("Northwest Territories", "Territoires du Nord-Ouest", "TNO"),
        "NU": ("Nunavut",),
        "ON": ("Ontario", "Ont"),
        "PE": ("Prince Edward Island", "Île-du-Prince-Édouard", "PEI", "IPE"),
        "QC": ("Québec", "Province of Québec", "Province de Québec", "PQ", "Que", "Qué"),
        "SK": ("Saskatchewan", "Sask"),
        "YT": ("Yukon", "Yukon Territory", "Territoire du Yukon"),
    },
    "US": {
        "AL": ("Alabama",), "AK": ("Alaska",), "AZ": ("Arizona",), "AR": ("Arkansas",),
        "CA": ("California", "Californie"), "CO": ("Colorado",), "CT": ("Connecticut",), "DE": ("Delaware",),
        "DC": ("District of Columbia", "District de Columbia", "Washington DC"), "FL": ("Florida", "Floride"),
        "GA": ("Georgia", "Géorgie"), "HI": ("Hawaii", "Hawaï"), "ID": ("Idaho",), "IL": ("Illinois",),
        "IN": ("Indiana",), "IA": ("Iowa",), "KS": ("Kansas",), "KY": ("Kentucky",),
        "LA": ("Louisiana", "Louisiane"), "ME": ("Maine",), "MD": ("Maryland",), "MA": ("Massachusetts",),
        "MI": ("Michigan",), "MN": ("Minnesota",), "MS": ("Mississippi",), "MO": ("Missouri",), "MT": ("Montana",),
        "NE": ("Nebraska",), "NV": ("Nevada",), "NH": ("New Hampshire",), "NJ": ("New Jersey",),
        "NM": ("New Mexico", "Nouveau-Mexique"), "NY": ("New York", "New York State", "État de New York"),
        "NC": ("North Carolina", "Caroline du Nord"), "ND": ("North Dakota", "Dakota du Nord"), "OH": ("Ohio",),
        "OK": ("Oklahoma",), "OR": ("Oregon",), "PA": ("Pennsylvania", "Pennsylvanie"), "RI": ("Rhode Island",),
        "SC": ("South Carolina", "Caroline du Sud"), "SD": ("South Dakota", "Dakota du Sud"),
        "TN": ("Tennessee",), "TX": ("Texas",), "UT": ("Utah",), "VT": ("Vermont",),
        "VA": ("Virginia", "Virginie"), "WA": ("Washington", "Washington State", "État de Washington"),
        "WV": ("West Virginia", "Virginie-Occidentale"), "WI": ("Wisconsin",), "WY": ("Wyoming",),
    },
}  # fmt: skip
_APART = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """A name as it is compared: without accents, case and marks; ``Nouvelle-Écosse`` is ``nouvelle ecosse``."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return _APART.sub(" ", plain.casefold().replace(".", "")).strip()


_CODES = {
    country: {folded(name): code for code, names in parts.items() for name in (*names, code, f"{country} {code}")}
    for country, parts in NAMES.items()
}


def region(country: str, told: Iterable[object]) -> str:
    """The part of a country that is told, best word first: its code where its names are known, else in capitals what
    was told; empty where nothing was."""
    return _region(country, tuple([text for each in told if each is not None and (text := str(each).strip()[:100])]))


@lru_cache(maxsize=10_000)
def _region(country: str, said: tuple[str, ...]) -> str:
    known = _CODES.get(country, {})
    codes = [known[name] for name in map(folded, said) if name in known]
    return codes[0] if codes else (said[0].upper() if said else "")
