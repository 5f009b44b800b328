"""What other rooms may ask of consent."""

from rondpoint.consent import crowds
from rondpoint.consent.confirmed import pending
from rondpoint.consent.law import alike, exceptions, lawful, local_times, rule_called, rules_on, verdicts, zones
from rondpoint.consent.ledger import problem
from rondpoint.consent.links import centre_url, read_centre, read_confirmation
from rondpoint.consent.matrix import addresses, addresses_among, lines
from rondpoint.consent.people import Person, lately, people, person
from rondpoint.consent.places import Place, countries, country_of, country_of_phone, place_of
from rondpoint.consent.purposes import called as purposes_called
from rondpoint.consent.purposes import names as purpose_names
from rondpoint.consent.purposes import terms
from rondpoint.consent.speaking import speaker
from rondpoint.consent.standing import ledger, preferences, refused, standing
from rondpoint.consent.suppressing import Suppressions, address_hash, looked_up, suppressed, suppressions
from rondpoint.consent.words import channel as channel_name
from rondpoint.consent.words import purpose_class as class_name
from rondpoint.consent.words import reason as reason_name
from rondpoint.consent.words import verdict as verdict_name

__all__ = [
    "Person",
    "Place",
    "Suppressions",
    "address_hash",
    "addresses",
    "addresses_among",
    "alike",
    "centre_url",
    "channel_name",
    "class_name",
    "countries",
    "country_of",
    "country_of_phone",
    "crowds",
    "exceptions",
    "lately",
    "lawful",
    "ledger",
    "lines",
    "local_times",
    "looked_up",
    "pending",
    "people",
    "person",
    "place_of",
    "problem",
    "purpose_names",
    "purposes_called",
    "preferences",
    "read_centre",
    "read_confirmation",
    "reason_name",
    "refused",
    "rule_called",
    "rules_on",
    "speaker",
    "standing",
    "suppressed",
    "suppressions",
    "terms",
    "verdict_name",
    "verdicts",
    "zones",
]
