"""Invented customers: names, addresses and where they live."""

import random
import unicodedata

from msgspec import Struct

from rondpoint.demo.person import PEOPLE, Person

FR_FIRST = """Camille Léa Chloé Manon Inès Jade Zoé Aïcha Élodie Margaux Clémence Noémie Solène Maëlle Agathe Fatou
Yasmine Océane Bérénice Anaïs Hugo Lucas Louis Adrien Théo Mathéo Rayan Baptiste Gaël Rémi Loïc Étienne François
Mamadou Karim Yann Aurélien Benoît Jérôme Cédric Stéphane Noël Capucine Apolline Séverine Thaïs Corentin Maxence""".split()
FR_LAST = """Lefèvre Garnier Chevalier Rousseau Fontaine Bouchard Mercier Guérin Dumas Perrin Besson Le_Goff Kervella
Béranger Traoré Haddad Nguyen Ferreira Da_Silva Marchand Poirier Gérard Caron Lacroix Dupuis Vidal Brunet Aubry
Collet Prévost Berger Roche Tessier Hébert Joly Barbier Arnaud Rivière Bailly Charpentier Meunier Jacquet Ravel""".split()
QC_LAST = """Tremblay Gagnon Bouchard Côté Fortin Bélanger Pelletier Lévesque Bergeron Paquette Girard Beaulieu Cloutier
Ouellet Desrosiers Thériault""".split()
BE_LAST = "Peeters Janssens Lambert Dubois Maes Claes Willems Goossens Wouters Lejeune Delvaux Vandenberghe".split()
EN_FIRST = """Emily Grace Hannah Charlotte Amelia Nora Priya Siobhán Zadie Rosalind James Oliver Callum Dylan Rohan
Patrick Ewan Marcus Theo Gareth Imogen Beatrice""".split()
EN_LAST = """Hughes Sutherland Patel Okafor Bennett Gallagher Whitfield Ashworth Mackenzie Doyle Fraser Lindqvist
Cartwright Pemberton Sinclair Ó_Briain Abbott Khan Rutherford""".split()
COMPANIES = (
    ("Hôtel des Quais", "fr", "Lyon"), ("Librairie L’Encrier", "fr", "Paris"), ("Café Mistral", "fr", "Marseille"),
    ("Studio Bélanger Architectes", "fr", "Montréal"), ("Brasserie du Sablon", "fr", "Bruxelles"),
    ("Cabinet Roussel & Filles", "fr", "Villeurbanne"), ("Crèche Les Moineaux", "fr", "Grenoble"),
    ("Ashworth Interiors", "en", "London"), ("Atelier Nord", "fr", "Lille"), ("Gîte de la Combe", "fr", "Annecy"),
    ("Clinique Saint-Roch", "fr", "Nantes"), ("Okafor & Sons", "en", "Toronto"),
)  # fmt: skip
CITIES = {
    "FR": ("Lyon", "Paris", "Villeurbanne", "Grenoble", "Nantes", "Rennes", "Annecy", "Dijon", "Lille", "Saint-Étienne"),
    "CA": ("Montréal", "Québec", "Laval", "Sherbrooke", "Gatineau"),
    "BE": ("Bruxelles", "Liège", "Namur", "Gand"),
    "GB": ("London", "Leeds", "Edinburgh", "Bristol", "Cardiff"),
}
DOMAINS = ("example.com", "example.org", "example.net")
TOTAL = 300


class Customer(Struct):
    """One invented customer. ``founded``: by which source we first knew her: shop | email | phone | chat."""

    name: str
    email: str
    phone: str
    language: str
    country: str
    city: str
    founded: str
    chats: bool = False  # also known by a signed-in chat
    company: bool = False
    known_as: Person | None = None  # one of those who may sign in to the demo shop


def invent(dice: random.Random) -> list[Customer]:
    """The same 300 customers for the same dice; the people of the demo shop come first."""
    found = [
        Customer(p.name, p.email, p.phone, p.language, "CA" if p.city == "Montréal" else "FR", p.city, "shop", known_as=p)
        for p in PEOPLE.values()
    ]
    taken = {customer.email for customer in found}
    for number, (name, language, city) in enumerate(COMPANIES):
        country = {"Montréal": "CA", "Toronto": "CA", "Bruxelles": "BE", "London": "GB"}.get(city, "FR")
        email = f"achats@{_plain(name)}.{DOMAINS[number % 3]}"
        found.append(Customer(name, email, "", language, country, city, "email", company=True))
    while len(found) < TOTAL:
        country = dice.choices(("FR", "CA", "BE", "GB"), (62, 16, 8, 14))[0]
        english = country == "GB" or (country == "CA" and dice.random() < 0.3)
        first = dice.choice(EN_FIRST if english else FR_FIRST)
        last = dice.choice({"CA": QC_LAST, "BE": BE_LAST, "GB": EN_LAST}.get(country, FR_LAST) if not english else EN_LAST)
        last = last.replace("_", " ")
        email = _email(dice, first, last, taken)
        founded = dice.choices(("shop", "email", "phone", "chat"), (58, 24, 12, 6))[0]
        number = len(found)
        found.append(
            Customer(
                name=f"{first} {last}",
                email=email if founded in ("shop", "email") else "",
                phone=f"+33199003{number:03d}",
                language="en" if english else "fr",
                country=country,
                city=dice.choice(CITIES[country]),
                founded=founded,
                chats=founded == "shop" and dice.random() < 0.35,
            )
        )
    for customer in found:
        if customer.founded in ("email", "chat"):
            customer.phone = ""
    return found


def _email(dice: random.Random, first: str, last: str, taken: set[str]) -> str:
    shapes = (f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{dice.randint(60, 99)}")
    start = dice.randrange(len(shapes))
    for step in range(40):
        local = _plain(shapes[(start + step) % 4], ".") + (str(step) if step > 3 else "")
        email = f"{local}@{dice.choice(DOMAINS)}"
        if email not in taken:
            taken.add(email)
            return email
    raise AssertionError("the dice gave one name too often")


def _plain(text: str, keep: str = "") -> str:
    bare = unicodedata.normalize("NFKD", text.replace("Ó", "O")).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in bare if letter.isalnum() or letter in keep)
