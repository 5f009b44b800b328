"""What the shop sells, in French and English. Prices in euros, whole."""

from django.utils.translation import get_language
from msgspec import Struct


class Product(Struct, frozen=True):
    """One thing. ``fr`` and ``en``: (kind, with its article, in one sentence, at length)."""

    slug: str
    name: str
    price: int
    size: str
    fr: tuple[str, str, str, str]
    en: tuple[str, str, str, str]

    @property
    def _words(self) -> tuple[str, str, str, str]:
        return self.fr if (get_language() or "fr").startswith("fr") else self.en

    @property
    def kind(self) -> str:
        return self._words[0]

    @property
    def short(self) -> str:
        return self._words[2]

    @property
    def long(self) -> str:
        return self._words[3]

    @property
    def drawing(self) -> str:
        """The template of its drawing."""
        return f"demo/shop/drawings/{self.slug}.svg"

    def with_article(self, language: str) -> str:
        """As one says it in a sentence."""
        return (self.fr if language == "fr" else self.en)[1]


PRODUCTS = (
    Product(
        "heron", "Héron", 349, "198 × 92 cm",
        ("Lampadaire", "le lampadaire Héron", "Il se penche au-dessus du fauteuil et n’éblouit personne.",
         "Un arc d’acier laqué, un contrepoids en grès et un abat-jour de lin. Le bras pivote d’un doigt ; le "
         "variateur est sur le fil, à hauteur de main."),
        ("Floor lamp", "the Héron floor lamp", "It leans over the armchair and dazzles nobody.",
         "An arc of painted steel, a stoneware counterweight and a linen shade. The arm turns with one finger; the "
         "dimmer is on the cord, where the hand is."),
    ),
    Product(
        "galet", "Galet", 129, "24 × 31 cm",
        ("Lampe de table", "la lampe Galet", "Une pierre tiède pour le coin du bureau.",
         "Le pied est en grès tourné à Saint-Amand, émaillé à la main : aucune n’a tout à fait la même couleur. "
         "Ampoule chaude comprise."),
        ("Table lamp", "the Galet table lamp", "A warm stone for the corner of the desk.",
         "The foot is stoneware turned in Saint-Amand and glazed by hand: no two have quite the same colour. Warm "
         "bulb included."),
    ),
    Product(
        "nichoir", "Nichoir", 189, "Ø 38 cm",
        ("Suspension", "la suspension Nichoir", "Un toit de frêne pour la table du dîner.",
         "Des lames de frêne pliées à la vapeur, tenues par un seul anneau de laiton. Le fil se règle de 60 à "
         "180 centimètres."),
        ("Pendant", "the Nichoir pendant", "A roof of ash wood for the dinner table.",
         "Blades of steam-bent ash held by a single ring of brass. The cord adjusts from 60 to 180 centimetres."),
    ),
    Product(
        "perchoir", "Perchoir", 145, "66 × 38 cm",
        ("Tabouret", "le tabouret Perchoir", "Trois pieds, une assise, rien qui boite.",
         "Chêne massif huilé. L’assise est creusée juste assez pour qu’on y reste. Deux hauteurs : cuisine et bar."),
        ("Stool", "the Perchoir stool", "Three legs, one seat, nothing that wobbles.",
         "Solid oiled oak. The seat is hollowed just enough to make you stay. Two heights: kitchen and bar."),
    ),
    Product(
        "ramier", "Ramier", 890, "84 × 79 × 81 cm",
        ("Fauteuil", "le fauteuil Ramier", "Rond comme un dimanche.",
         "Une coque de hêtre, une mousse à deux densités et sept laines au choix. La housse s’enlève et "
         "se lave à froid."),
        ("Armchair", "the Ramier armchair", "Round as a Sunday.",
         "A beech shell, foam in two densities and seven wools to choose from. The cover comes off and washes cold."),
    ),
    Product(
        "rivage", "Rivage", 1290, "180 × 74 × 45 cm",
        ("Buffet", "le buffet Rivage", "Il garde tout et ne montre rien.",
         "Noyer français, portes coulissantes cannelées, passage pour les câbles. Livré monté, posé où vous voulez."),
        ("Sideboard", "the Rivage sideboard", "It keeps everything and shows nothing.",
         "French walnut, fluted sliding doors, a passage for cables. Delivered assembled and set where you want it."),
    ),
)  # fmt: skip


def find(slug: str) -> Product | None:
    """The product of a slug."""
    return next((product for product in PRODUCTS if product.slug == slug), None)
