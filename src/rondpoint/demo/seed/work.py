"""What the staff left on the desk: ready answers, shared views, a note, promises, something put off, and
a question that the worker answers."""

import random

from rondpoint.conversations.models import CannedAnswer, Commitment, Mention, Note, SavedView
from rondpoint.demo.seed import story
from rondpoint.demo.seed.company import House
from rondpoint.hub.reach import actions as reach
from rondpoint.lib import clock

ANSWERS = (
    (
        "suivi",
        "Suivi de commande",
        "Bonjour {{ customer.first_name }},\n\nVotre commande a quitté l’atelier ce matin. Le transporteur vous écrira "
        "la veille de son passage.\n\n{{ agent.first_name }}, {{ brand.name }}",
        "Hello {{ customer.first_name }},\n\nYour order left the workshop this morning. The carrier will write to you "
        "the day before they come.\n\n{{ agent.first_name }}, {{ brand.name }}",
    ),
    (
        "retour",
        "Retour sous trente jours",
        "Bonjour {{ customer.first_name }},\n\nVous avez trente jours pour changer d’avis. Gardez le carton : nous "
        "faisons prendre le colis chez vous, sans frais.\n\n{{ agent.first_name }}",
        "Hello {{ customer.first_name }},\n\nYou have thirty days to change your mind. Keep the box: we have the "
        "parcel collected at your door, at no cost.\n\n{{ agent.first_name }}",
    ),
    (
        "rdv",
        "Rendez-vous en boutique",
        "Bonjour {{ customer.first_name }}, nous vous attendons avec plaisir. Demandez {{ agent.first_name }}.",
        "Hello {{ customer.first_name }}, we look forward to seeing you. Please ask for {{ agent.first_name }}.",
    ),
    (
        "merci",
        "Remerciement",
        "Merci à vous, {{ customer.first_name }}. Bonne journée.",
        "Thank you, {{ customer.first_name }}. Have a good day.",
    ),
)
VIEWS = (
    ("Commandes en attente", {"state": "open", "waiting_over_minutes": 60}, "waiting"),
    ("SMS sans réponse", {"state": "open", "channel": "sms"}, "oldest"),
)
NOTE = "@Inès tu peux regarder ? Elle avait eu le même souci en mars, on lui avait offert la livraison."
PROMISES = (
    ("Rappeler avec l’heure de livraison", 3 * clock.HOUR),
    ("Envoyer l’étiquette de retour", 20 * clock.HOUR),
    ("Confirmer le rendez-vous à la boutique", -2 * clock.HOUR),
)


def leave(house: House, tales: list[story.Tale], dice: random.Random, now: int) -> None:
    """Writes it, inside ``write()``. Needs the conversations to be there."""
    CannedAnswer.objects.bulk_create(
        [
            CannedAnswer(shortcut=shortcut, title=title, texts={"fr": french, "en": english})
            for shortcut, title, french, english in ANSWERS
        ]
    )
    SavedView.objects.bulk_create(
        [SavedView(name=name, filters=filters, sort=sort, position=n) for n, (name, filters, sort) in enumerate(VIEWS)]
    )
    living = [tale for tale in tales if tale.state != "closed"]
    samir, ines = house.staff["Samir"], house.staff["Inès"]
    noted = living[0].row
    at = now - 40 * clock.MINUTE
    note = Note.objects.create(conversation=noted, user=samir, author_name=samir.name, text=NOTE, at=at)
    Mention.objects.create(note=note, user=ines)
    waiting = [tale for tale in living if tale.state == "waiting"]
    for tale, (text, due) in zip(waiting, PROMISES, strict=False):
        Commitment.objects.create(
            conversation=tale.row,
            profile_id=tale.row.profile_id,
            message=next(line.row for line in reversed(tale.lines) if not line.theirs),
            user=tale.assignee,
            text=text,
            due=now + due,
            created=tale.lines[-1].at,
        )
    put_off = waiting[len(PROMISES) :][:2]
    for tale in put_off:
        tale.row.state, tale.row.snoozed_until = "snoozed", now + 18 * clock.HOUR
        tale.row.save(update_fields=["state", "snoozed_until"])
    urgent = dice.choice([tale for tale in living if tale.state == "open"]).row
    urgent.priority = 2
    urgent.save(update_fields=["priority"])
    reach.ask("newsletter", ["email", "sms"], ines.email)
