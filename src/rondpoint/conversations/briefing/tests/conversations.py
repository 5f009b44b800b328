"""Exchanges as they happen, French and English, each with what a colleague who takes over must find in the summary.

A line begins with ``>`` when we wrote it.
"""

TOLD = {
    "late parcel": (
        ["Bonjour, ma commande n° 10412 devait arriver lundi, toujours rien.", "Où est mon colis ?",
         ">Bonjour Madame, le transporteur l’a perdu. Nous vous renvoyons le colis demain.", "Merci beaucoup"],
        ["10412", "Où est mon colis ?", "Nous vous renvoyons le colis demain."],
    ),
    "broken lamp": (
        ["Hello,\nThe lamp from order 20417 arrived broken.", "Could you refund me?", ">I am sorry to hear that.",
         "I paid 89.00 €."],
        ["order 20417 arrived broken", "Could you refund me?", "89.00 €"],
    ),
    "size exchange": (
        ["Bonsoir, la veste est trop petite.", "Je voudrais la taille 40 à la place.",
         ">Bonsoir, la taille 40 est en stock."],
        ["Je voudrais la taille 40", "la taille 40 est en stock"],
    ),
    "new address": (
        ["Je déménage le mois prochain.", "Ma nouvelle adresse : 12 rue des Lilas, 69003 Lyon.",
         "Pouvez-vous livrer là-bas ?", ">C’est noté."],
        ["12 rue des Lilas", "Pouvez-vous livrer là-bas ?"],
    ),
    "call back": (
        ["Can you call me?", "My number is +33 1 99 00 12 34.", ">We will call you tomorrow at 10:00."],
        ["Can you call me?", "+33 1 99 00 12 34", "We will call you tomorrow at 10:00."],
    ),
    "invoice": (
        ["Bonjour,\nIl me faut la facture 2026118 pour mon employeur.\nCordialement,\nPaul Essai",
         "Pouvez-vous l’envoyer à paul@example.org ?", ">Elle est partie ce matin."],
        ["facture 2026118", "paul@example.org"],
    ),
    "cancel": (
        ["Please cancel order 30551.", "I ordered it twice by mistake.", ">Which one shall we keep?", "The first."],
        ["Please cancel order 30551."],
    ),
    "gift": (
        ["Bonjour, c’est un cadeau.", "Pouvez-vous retirer le prix du colis ?", ">Bien sûr.", "Merci"],
        ["Pouvez-vous retirer le prix du colis ?"],
    ),
    "missing piece": (
        ["Il manque les vis dans la boîte.", "Référence 88213.", ">Nous vous envoyons les vis aujourd’hui."],
        ["Il manque les vis dans la boîte.", "88213", "Nous vous envoyons les vis aujourd’hui."],
    ),
    "loyalty": (
        ["My points are wrong since last week.", "I want my 250 points back.", ">Our team is looking into it."],
        ["My points are wrong", "I want my 250 points back."],
    ),
    "colour": (
        ["Bonjour, avez-vous ce fauteuil en vert ?", ">Oui, en vert sapin.", "J’aimerais le voir en boutique."],
        ["avez-vous ce fauteuil en vert ?", "en vert sapin", "J’aimerais le voir en boutique."],
    ),
    "opening hours": (
        ["Hi, are you open on Sunday?", ">We are open from 10 to 13.", "And is parking free?"],
        ["are you open on Sunday?", "open from 10 to 13", "And is parking free?"],
    ),
    "forwarded mail": (
        ["Bonjour,\nLe remboursement n’est pas arrivé.\n\nLe 3 novembre, Service a écrit :\n> Nous avons remboursé.",
         "Pouvez-vous vérifier ?", ">Je regarde avec la banque."],
        ["Le remboursement n’est pas arrivé.", "Pouvez-vous vérifier ?"],
    ),
    "faulty again": (
        ["The new lamp is faulty too.", "This is the second time.", ">That should not happen.",
         "I would like my money back.", ">A colleague will call you on Friday."],
        ["The new lamp is faulty too.", "I would like my money back.", "A colleague will call you on Friday."],
    ),
    "delivery time": (
        ["Je cherche une table pour samedi.", "Est-ce possible ?", ">La livraison prend cinq jours.",
         "Alors je préfère la retirer en boutique."],
        ["Je cherche une table pour samedi.", "La livraison prend cinq jours."],
    ),
    "three roads": (
        ["Bonjour, le pied de mon lampadaire Héron est fendu. Puis-je l’échanger ?",
         "Je pars, écrivez-moi plutôt ici. Ma commande est la H-40213, reçue le 12.",
         "Comme convenu, voici la suite : la fente fait six centimètres."],
        ["fendu", "Puis-je l’échanger ?", "H-40213"],
    ),
    "two matters": (
        ["Bonjour, où est la commande 40001 ?", "Et je souhaite changer de taille : taille 42 pour la commande 40002.",
         ">La commande 40001 arrive jeudi."],
        ["40001", "taille 42", "La commande 40001 arrive jeudi."],
    ),
}  # fmt: skip
