"""First and last names of people in France, Québec, Belgium and Switzerland, as they are compared. Pure."""

import re
from functools import lru_cache

from msgspec import Struct

from rondpoint.customers.rules.words import fold

# By the full name the forms under which the same person gives it: short forms, and what the neighbours write. One line
# for a name, the names of a line apart by blanks; folded. A form belongs to one line only.
_FORMS = """
adelaide adele heidi
adrien adrian adriaan
albert al bert bertje
alexandre alex alexander alexandros sacha sandro lex xander
alexandra alexa alessandra sandra alix
alfred fred freddy fredo
aline lina
alphonse alfonse fons
amelie amelia ame
andre andreas andrew andy dre
anne anna annie ann anita anouk nancy
antoine anthony antonio tony toine antoon toon anton
antoinette toinette nettie
armand mando
arnaud arno arnold
arthur arty art
auguste august gus guus
baptiste batiste bapt
barbara babette barb
bastien seb sebastien sebastian bas
beatrice bea beatrix trixie
benedicte bene
benjamin ben benji benny
benoit benedict benoist
bernadette nadette bernie
bernard bernhard nard
bertrand bertie
brigitte brigit gitte bibi
camille cam cami
caroline caro carolina karoline carolien
catherine cathy katherine kate kathy katia katrien trien cat cath kathleen katharina kati
cecile cecilia cile cissy
celine line
charles charlie karl karel charly carlo chuck
charlotte lotte charlene
christian chris kristian
christiane christianne
christine christina cricri tine kristien kristin chrissie
christophe christopher kristof christoph topher
claire clara klara
claude claudius
claudine claudia
clement clemens
colette coletta
corinne corine coco
cyril cyrille
daniel dan danny dany
danielle dani daniele
david dave davy
delphine delf fifine
denis denys dennis
denise deni
didier did
dominique dom domi domenico dominik
dorothee dorothy dorothea dodo dora
edouard ed eddy edward eduard ward
eleonore leonore eleanor ellie nora
elisabeth babeth elizabeth lise lisa lisbeth liesbeth betty liz bep elise elsa beth
eloise louison
emile emil mil
emilie emily emi milie
emmanuel manu manuel
emmanuelle manuela
eric erik rik
ernest ernst nestor
estelle stella
etienne stefaan
eugene gene eugen
fabien fabian fabio
fabrice fab fabrizio
felicien felix
fernand nand ferdinand
florence flo florentine
florian floris florent
francine fran francien
francois franz frans francis francisco frank franck cisco frans
francoise fanfan soizic
frederic frederik friedrich fritz rick fredi
frederique freddie
gabriel gab gaby gabe
gabrielle gabriella
genevieve ginette geneva ginou viviane
georges george joris jorg georg jojo
gerard gerry gerhard geert
germaine maine
gerald geraud
gertrude trude gerty
ghislain gis
gilbert gil
gilles gillis
gisele gigi giselle
guillaume guillem will william willem bill willy wilhelm wim liam billy
gustave gust gustaf
guy guido
helene helena ellen leni ilene lena
henri henry harry hendrik heinrich hal hank heini
henriette harriet jet
hubert hub bertin
hugues hugo hugh
isabelle isa isabel isabella belle zabou
jacqueline jacky jackie line jacquie
jacques jack jacob jaak jakob jim james jacquot jimmy
jean john jan johan johannes hans jon jeannot johnny jens
jeanne jeannine jane janine johanna joan jeannette jeanine
jeremie jeremy jerry
jerome jero
joel jo-el
joachim jochen
jonathan jona nathan
joseph jo joe jef joey josef sepp jos
josephine josee josie fifi josette josiane
josselin josse
judith judy
julie julia julienne
julien jules julian juul juju
karine karin karen
laetitia leti
laurence laurette laura lolo
laurent lorenz laurens laurie lau lars
leon leo leonard
lionel lio
louis lou lewis ludwig lodewijk louie luigi
louise lulu louisa louisette loes
luc lucas lukas luke
lucien lucian luce
lucie lucy lucia lucienne
ludovic ludo
madeleine mado madeline magda leen magdalena
marc mark marcus markus
marcel marcello cel
marguerite margot margaret margaux daisy maggie greta griet peggy margrit
marianne mariane
marie mary maria mieke marijke mia maryse mimi maja
marielle mariel
martin maarten marty
martine tina martina
mathieu matthieu mathew matthew mat matt mathias matthias thijs mats
mathilde tilde mathilda
maurice moritz mauritz momo
maxime max maximilien maxim maximilian
melanie mel
michel michael mike mick michiel mitch miguel michou
michele michelle micheline
mireille mimie
monique mona moni
muriel mumu
nathalie nat nath natalie nathy natacha
nicolas nico nicholas nick niko klaas niklaus nikolaus colas
nicole nicky
odette dette
olivier oliver oli olli
pascal pasquale
pascale pascaline
patrice pat
patricia patty trish patsy
patrick paddy patrik
paul pol paulus pauwel paolo
pauline paula paulette
philippe phil philip filip flip philipp
pierre peter piet pieter pete pierrot pedro petrus
quentin quinten
rachel rachelle
raoul ralph
raphael raf raffael rafael rapha
raymond ray ramon
rebecca becky
regine gina regina
remi remy
rene renatus
renee renate
richard rich dick ricardo richie
robert bob bobby rob robbie robi
roger rutger
roland orlando
romain roman
roseline rose rosa roos rosie rosalie
samuel sam sammy
serge sergio
simon siem simone
sophie sofie sophia sofia fie
stephane steph stephan stefan steven steve stephen
stephanie stefanie fanny stefke
suzanne suzy suzette susan suzie susanne
sylvain silvain silvan
sylvie sylvia silvia
theodore theo theodoor teddy
therese thesy theresa tess teresa
thierry thiery dirk
thomas tom tommy
valentin val
valerie valou valery
veronique vero veronica
victor vic viktor
victoire victoria vicky
vincent vince vincenzo cent
virginie ginny gini
vivien viv
xavier xav
yann yannick yan
yves yvo ivo ivan
yvette yvonne vette
zacharie zach zak zachary
"""
_PARTICLES = (
    "d de del dela della der des di do dos du la le les l lo van vande vanden vander von vom zu zum zur ten ter den "
    "den op ben ould st saint ste sainte"
)
PARTICLES = frozenset(_PARTICLES.split())
"""Pieces of last names that are written or left out, joined or apart."""
_TITLE_WORDS = (
    "m mr mme mlle mle monsieur madame mademoiselle dr docteur me maitre prof pr mrs ms miss dhr mevr mevrouw herr "
    "frau mijnheer heer sir"
)
_TITLES = frozenset(_TITLE_WORDS.split())


class First(Struct, frozen=True):
    """A first name. ``whole``: its parts joined; ``full``: each part as its full form; ``part``: the first part's full
    form; ``initials``: a letter for each part."""

    whole: str = ""
    full: str = ""
    part: str = ""
    initials: str = ""


class Last(Struct, frozen=True):
    """A last name. ``whole``: without particles, joined; ``sound``: as it sounds."""

    whole: str = ""
    sound: str = ""


def _table() -> dict[str, str]:
    known: dict[str, str] = {}
    for line in _FORMS.split("\n"):
        for form in line.split():
            known.setdefault(form, line.split()[0])
    return known


FULL = _table()
"""By a form of a first name (folded), the full name it stands for."""


@lru_cache(maxsize=20_000)
def first(text: str) -> First:
    """A first name as it was written; compound ones in any way: ``Jean-Pierre``, ``Jean Pierre``, ``JP``, ``J.-P.``."""
    parts = _letters(text)
    if not parts:
        return First()
    if len(parts) == 1 and len(parts[0]) == 2 and text.strip().isupper() and parts[0] not in FULL:
        parts = list(parts[0])  # JP
    full = [FULL.get(part, part) for part in parts]
    return First("".join(parts), "".join(full), full[0], "".join(part[0] for part in parts))


@lru_cache(maxsize=20_000)
def last(text: str) -> Last:
    """A last name; a particle counts only where nothing else is left."""
    parts = _letters(text)
    bare = [part for part in parts if part not in PARTICLES] or parts
    whole = "".join(bare)
    return Last(whole, sound(whole)) if whole else Last()


def split(text: str) -> tuple[str, str]:
    """The first and the last name of a whole one: ``Dupont, Marie``, ``DUPONT Marie``, ``Marie de la Tour``. What is
    written in capitals beside what is not is the last name; else the first word is the first name."""
    before, comma, after = text.partition(",")
    if comma and before.strip() and after.strip():
        return after.strip(), before.strip()
    words = [word for word in text.split() if fold(word).strip(".") not in _TITLES]
    if len(words) < 2:
        return ("", words[0]) if words else ("", "")
    capitals = [len(word) > 2 and word.isupper() for word in words]
    if any(capitals) and not all(capitals):
        begin = capitals.index(True)
        end = len(capitals) - capitals[::-1].index(True)
        while begin and fold(words[begin - 1]) in PARTICLES:
            begin -= 1
        rest = words[:begin] + words[end:]
        if rest:
            return " ".join(rest), " ".join(words[begin:end])
    return words[0], " ".join(words[1:])


_SOUNDS = (
    (r"[^a-z]", ""),
    (r"(.)\1+", r"\1"),
    (r"^h", ""),
    (r"ph", "f"),
    (r"sch|sh|tch|ch", "C"),
    (r"eaux|eau|aux|aud|ault|aut|ots?$|au", "o"),
    (r"ain|ein|yn|im(?=[bp])|in(?![aeiouyn])", "I"),
    (r"an(?![aeiouyn])|en(?![aeiouyn])|am(?=[bp])|em(?=[bp])", "A"),
    (r"oeu|eu|oe", "E"),
    (r"ou|w", "u"),
    (r"ai|ei|ay|ey|et$|ez$|er$|ee", "e"),
    (r"qu|q|ck", "k"),
    (r"c(?=[eiyI])", "s"),
    (r"c", "k"),
    (r"gu(?=[ei])", "g"),
    (r"g(?=[eiyI])", "j"),
    (r"ill|y", "i"),
    (r"z", "s"),
    (r"h", ""),
    (r"(.)\1+", r"\1"),
    (r"(?<=..)[stdxpe]+$", ""),
)
_COMPILED = tuple((re.compile(pattern), into) for pattern, into in _SOUNDS)


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """How a French name sounds, roughly: names that are spelled differently and sound alike give the same."""
    heard = word
    for pattern, into in _COMPILED:
        heard = pattern.sub(into, heard)
    return heard or word


def _letters(text: str) -> list[str]:
    """The words of a name without accents, the pieces of compound ones apart."""
    return re.findall(r"[a-z]+", fold(text.replace("'", " ").replace("\u2019", " ")))
