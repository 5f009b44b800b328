"""Invented people as several sources write them down: names of France, Québec, Belgium and Switzerland, with slips.

``records(number, seed)`` gives people of whom 30 % are known to two to four sources: short forms, initials, swapped
names and dates, slips of the finger, moved households, old numbers, and much that is unknown. Last names are as
unevenly spread as real ones (Zipf); families share a last name, an address and a telephone. Telephones are of
ranges nobody has.
"""

import bisect
import itertools
import random
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

_FIRST = """
Marie Jean Pierre Michel André Philippe Nathalie Isabelle Catherine Sylvie Monique Jacques Françoise Alain Bernard
Martine Christophe Nicolas Christine Daniel Stéphane Anne Sandrine Valérie Julie Laurent Patrick Véronique Christian
Thierry Olivier Frédéric Sébastien Thomas Alexandre Julien Guillaume Antoine Camille Léa Manon Chloé Emma Sarah Laura
Mathilde Marine Pauline Lucie Charlotte Inès Jade Louise Alice Lina Rose Anna Zoé Léo Louis Gabriel Raphaël Arthur Hugo
Jules Adam Lucas Nathan Maxime Benjamin Vincent Romain Kevin Clément Quentin Florian Anthony Jérôme David Éric Pascal
Dominique Gérard René Claude Roger Robert Henri Paul Marcel Joseph Georges François Yves Serge Denis Gilles Benoît
Marc Luc Mathieu Samuel Simon Félix Émile Xavier Étienne Tristan Bastien Corentin Yann Loïc Gaël Erwan Rémi Fabrice
Fabien Cédric Ludovic Damien Grégory Arnaud Franck Didier Bruno Hervé Joël Guy Maurice Raymond Albert Lucien Eugène
Fernand Gaston Léon Edmond Jeanne Marguerite Germaine Louisette Suzanne Madeleine Yvonne Simone Denise Paulette
Jacqueline Ginette Colette Odette Thérèse Geneviève Micheline Josette Nicole Danielle Annie Brigitte Chantal Évelyne
Josiane Ghislaine Agnès Béatrice Cécile Hélène Élisabeth Florence Laurence Corinne Delphine Karine Virginie Séverine
Stéphanie Céline Aurélie Émilie Élodie Audrey Mélanie Jessica Vanessa Amandine Caroline Claire Sophie Justine Marion
Margaux Océane Noémie Anaïs Éloïse Apolline Capucine Victoire Margot Gabrielle Rosalie Florence Maude Mélissa Geneviève
Jean-Pierre Jean-Claude Jean-Paul Jean-François Jean-Marc Jean-Michel Marie-Claude Marie-Ève Marie-Christine Anne-Marie
Anne-Sophie Jean-Philippe Jean-Luc Marie-France Marie-Pierre Pierre-Luc Marc-André Jean-Sébastien Louis-Philippe
Wim Jan Pieter Koen Bart Tom Lieve Griet An Els Ingrid Urs Beat Reto Hans Ruth Ursula Regula Verena Fatou Awa Mamadou
Mohamed Yasmine Karim Nadia Samira Rachid Fatima Amina Youssef Mehdi Sofia Moussa Aminata Ibrahima Linh Minh Thi Maria
"""
FIRST = _FIRST.split()
_LAST = """
Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David Bertrand
Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier Blanc Guérin
Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu
Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly Rivière
Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard Roger
Tremblay Gagnon Côté Bouchard Gagné Ouellet Pelletier Lévesque Bélanger Bergeron Leblanc Paquette Girard Simard Boucher
Poirier Fortin Cloutier Lapointe Gosselin Beaulieu Thibault Desjardins Nadeau Poulin Savard Lachance Dion Hébert Caron
Peeters Janssens Maes Jacobs Mertens Willems Claes Goossens Wouters Desmet Dubois Lambert Dupont Hendrickx Martens
Favre Rochat Meier Schmid Keller Weber Huber Schneider Steiner Fischer Gerber Brunner Baumann Frei Zimmermann Moser
Diallo Traoré Ndiaye Diop Nguyen Tran Benali Haddad Silva Pereira Ferreira Rossi Ricci Cohen Lévy Kowalski Nowak
"""
LAST = _LAST.split()
PARTICLES = ("de ", "de la ", "du ", "Van ", "Van den ", "von ", "Le ", "D'")
SHORT = {
    "Catherine": ("Cathy", "Cath", "Kate"), "Robert": ("Bob", "Rob"), "Joseph": ("Jo", "Joe"),
    "Michel": ("Mike", "Mich"),
    "Philippe": ("Phil",), "Nicolas": ("Nico",), "Christophe": ("Chris", "Kris"), "Isabelle": ("Isa",),
    "Stéphanie": ("Steph", "Fanny"), "Frédéric": ("Fred",), "Alexandre": ("Alex",), "Véronique": ("Véro",),
    "Sébastien": ("Seb",), "Emmanuel": ("Manu",), "Daniel": ("Dan", "Dany"), "Patrick": ("Pat",), "Benjamin": ("Ben",),
    "Thomas": ("Tom",), "Samuel": ("Sam",), "Gabriel": ("Gab",), "Maxime": ("Max",), "Raphaël": ("Raph",),
    "Valérie": ("Val",), "Françoise": ("Fanfan",), "Élisabeth": ("Babeth", "Lise"), "Madeleine": ("Mado",),
    "Joël": ("Jo",), "Guillaume": ("Guigui", "Will"), "Mathieu": ("Mat", "Matt"), "Vincent": ("Vince",),
    "Antoine": ("Tony", "Toine"), "Ludovic": ("Ludo",), "Grégory": ("Greg",), "Caroline": ("Caro",),
    "Sophie": ("Soph",),
    "Mélanie": ("Mel",), "Geneviève": ("Gene", "Ginette"), "Dominique": ("Dom", "Domi"), "Jacqueline": ("Jacky",),
    "Suzanne": ("Suzy",), "Laurence": ("Lolo",), "Florence": ("Flo",), "Virginie": ("Ginny",), "Charlotte": ("Lotte",),
    "Anthony": ("Tony",), "Jean-Pierre": ("JP", "Jean Pierre"), "Jean-Claude": ("JC", "Jean Claude"),
    "Jean-Paul": ("JP", "Jean Paul"), "Jean-François": ("JF", "Jeff"), "Jean-Marc": ("JM",), "Jean-Michel": ("JM",),
    "Marie-Claude": ("Marie Claude", "Marie"), "Anne-Sophie": ("Anne-So", "Anne Sophie"), "Marie-Ève": ("Marie Eve",),
    "Pieter": ("Piet",), "Hans": ("Johannes",), "Jan": ("Johan",), "Maria": ("Mia",), "Henri": ("Harry",),
}  # fmt: skip
_STREETS = """
de-la-République Victor-Hugo du-Général-de-Gaulle Jean-Jaurès Pasteur Saint-Denis des-Lilas de-la-Gare du-Moulin
Sainte-Catherine Saint-Laurent Sherbrooke Gambetta Voltaire Émile-Zola de-la-Liberté du-Maréchal-Foch Carnot de-l'Église
des-Écoles du-Château de-la-Paix des-Roses du-Stade de-Verdun Jeanne-d'Arc Saint-Michel Louise du-Lac de-Lausanne
de-Genève du-Midi Royale Haute Neuve Principale des-Érables du-Parc Papineau Cartier Laurier de-Bruxelles du-Commerce
"""
STREETS = _STREETS.split()
KINDS = (
    ("rue", "r.", "Rue"), ("avenue", "av.", "Av"), ("boulevard", "bd", "boul."), ("chemin", "ch.", "Chemin"),
    ("place", "pl.", "Place"),
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "box.example.net")
DOMAIN_WEIGHTS = (40, 25, 15, 10, 6, 4)
SYLLABLES = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "ar", "el", "on", "in", "au", "ou")]
ENDS = ("", "t", "d", "x", "rd", "ault", "eau", "ier", "in", "on", "et", "ot")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Said(NamedTuple):
    """What one source knows of a person; an empty text is unknown. ``person``: who it really is."""

    id: int
    person: int
    first: str
    last: str
    born: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str


class Person(NamedTuple):
    """A person as she is."""

    first: str
    last: str
    born: date
    emails: list[str]
    phones: list[str]
    homes: list[tuple[str, int, str, str, str]]  # kind of street, number, street, postcode, city


def records(people: int, seed: int = 5, again: bool = False) -> Iterator[Said]:
    """The records of so many people, in the order of the people; ids begin with 1. ``again``: one record of each that
    a further source has."""
    chance, anew = random.Random(seed), random.Random(seed + 1)
    lasts, bounds = _lasts(chance)
    firsts = list(itertools.accumulate(1 / (rank + 12) for rank in range(len(FIRST))))
    number, family = 0, None
    taken: set[int] = set()
    for person in range(people):
        known = _person(chance, lasts, bounds, firsts, family, taken)
        family = known if chance.random() < 0.2 else None
        times = 1 if chance.random() < 0.7 else chance.choices((2, 3, 4), (60, 27, 13))[0]
        for _ in range(times):
            number += 1
            said = _written(chance, number, person, known, lasts, bounds)
            if not again:
                yield said
        if again:
            yield _written(anew, person + 1, person, known, lasts, bounds)


def _lasts(chance: random.Random) -> tuple[list[str], list[float]]:
    made = {
        ("".join(chance.choices(SYLLABLES, k=chance.choice((1, 2, 2, 3)))) + chance.choice(ENDS)).title()
        for _ in range(90_000)
    }
    names = list(dict.fromkeys(LAST)) + chance.sample(sorted(made), len(made))
    return names, list(itertools.accumulate(1 / (rank + 20) ** 0.9 for rank in range(len(names))))


def _drawn(chance: random.Random, names: list[str], bounds: list[float]) -> str:
    return names[bisect.bisect(bounds, chance.random() * bounds[-1])]


def _person(chance, lasts, bounds, firsts, family: Person | None, taken: set[int]) -> Person:
    first = FIRST[bisect.bisect(firsts, chance.random() * firsts[-1])]
    last = _drawn(chance, lasts, bounds)
    lot = chance.random()
    if lot < 0.03:
        last = f"{last}-{_drawn(chance, lasts, bounds)}"
    elif lot < 0.07:
        last = chance.choice(PARTICLES) + last
    homes = [_home(chance) for _ in range(2)]
    phones = [f"+331{chance.randrange(10**8):08d}" if chance.random() < 0.8 else
              f"+1555{chance.randrange(10**7):07d}" for _ in range(2)]  # fmt: skip
    if family is not None:
        last, homes = family.last, family.homes
        if chance.random() < 0.3:
            phones[1] = family.phones[1]
    born = date(1935, 1, 1) + timedelta(days=chance.randrange(27_000))
    a, b = _plain(first.replace("-", ".")), _plain(last).replace(" ", "").replace("'", "")
    users = [f"{a}.{b}", f"{a[0]}{b}", f"{a}{born.year % 100:02d}", f"{b}.{a}", f"{a}.{b}{chance.randrange(100)}",
             f"{a[:3]}{b[:4]}{chance.randrange(1000)}"]  # fmt: skip
    emails = [_free(chance, taken, chance.choice(users), chance.choices(DOMAINS, DOMAIN_WEIGHTS)[0]) for _ in range(2)]
    return Person(first, last, born, emails, phones, homes)


def _free(chance: random.Random, taken: set[int], user: str, domain: str) -> str:
    """An address that nobody has: providers give each only once, so that namesakes add a number."""
    address = f"{user}@{domain}"
    while zlib.crc32(address.encode()) in taken:
        address = f"{user}{chance.randrange(1, 10_000)}@{domain}"
    taken.add(zlib.crc32(address.encode()))
    return address


def _home(chance: random.Random) -> tuple[str, int, str, str, str]:
    area = int(95 * chance.random() ** 1.4) + 1
    code = f"{area:02d}{chance.randrange(0, 80) * 10:03d}"
    if chance.random() < 0.15:
        one, two, three = (chance.randrange(1, 9) for _ in range(3))
        a, b = chance.choices("ABCEGHJKLMNPRSTV", k=2)
        code = f"H{one}{a} {two}{b}{three}"
    street = chance.choice(STREETS).replace("-", " ") if chance.random() < 0.5 else (
        "".join(chance.choices(SYLLABLES, k=3)).title()
    )  # fmt: skip
    return chance.choice(KINDS)[0], chance.randint(1, 180), street, code, f"Ville {code[:2]}"


def _written(chance, number: int, person: int, known: Person, lasts, bounds) -> Said:
    """The person as one source has it."""
    first, last, born = known.first, known.last, known.born.isoformat()
    lot = chance.random()
    if lot < 0.10:
        first = chance.choice(SHORT.get(first, (first,)))
    elif lot < 0.12:
        first = f"{first[0]}."
    elif lot < 0.16:
        first = _slip(chance, first)
    lot = chance.random()
    if lot < 0.05:
        last = _slip(chance, last)
    elif lot < 0.07:
        last = _drawn(chance, lasts, bounds)  # married
    elif lot < 0.09 and " " in last:
        last = last.split(" ")[-1]
    elif lot < 0.12 and "-" in last:
        last = last.split("-")[0]
    if chance.random() < 0.3:
        first, last = _plain(first), _plain(last)
    elif chance.random() < 0.2:
        last = last.upper()
    if chance.random() < 0.02:
        first, last = last, first
    lot = chance.random()
    if lot < 0.02 and known.born.day <= 12:
        born = f"{known.born.year}-{known.born.day:02d}-{known.born.month:02d}"
    elif lot < 0.045:
        place = chance.choice((2, 3, 6, 9))
        born = born[:place] + str(chance.randrange(1, 10)) + born[place + 1 :]
    email = known.emails[chance.random() < 0.15]
    if chance.random() < 0.03:
        user, _, domain = email.partition("@")
        email = f"{_slip(chance, user)}@{domain}"
    elif chance.random() < 0.03:
        user, _, domain = email.partition("@")
        email = f"{user}+shop@{domain}"
    phone = known.phones[chance.random() < 0.15]
    if chance.random() < 0.02:
        place = chance.randrange(5, len(phone))
        phone = phone[:place] + str(chance.randrange(10)) + phone[place + 1 :]
    kind, house, street, postcode, city = known.homes[chance.random() < 0.12]
    kind = chance.choice(next(each for each in KINDS if each[0] == kind))
    if chance.random() < 0.06:
        street = _slip(chance, street)
    street = street.replace("Saint ", "St ") if chance.random() < 0.3 else street
    unknown = chance.random
    return Said(
        number,
        person,
        "" if unknown() < 0.03 else first,
        "" if unknown() < 0.02 else last,
        "" if unknown() < 0.20 else born,
        "" if unknown() < 0.20 else email,
        "" if unknown() < 0.25 else phone,
        *(("", "", "") if unknown() < 0.20 else (f"{house} {kind} {street}", postcode, city)),
    )


def _slip(chance: random.Random, text: str) -> str:
    """One letter wrong, missing, too many or swapped."""
    if len(text) < 3:
        return text
    place, how = chance.randrange(1, len(text) - 1), chance.randrange(4)
    letter = chance.choice(LETTERS)
    if how == 0:
        return text[:place] + letter + text[place + 1 :]
    if how == 1:
        return text[:place] + text[place + 1 :]
    if how == 2:
        return text[:place] + letter + text[place:]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _plain(text: str) -> str:
    return text.lower().translate(_ACCENTS)


_ACCENTS = str.maketrans("éèêëàâîïôöûüùçÿ", "eeeeaaiioouuucy")
