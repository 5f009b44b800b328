"""What other rooms may ask of consent."""

from rondpoint.consent import crowds
from rondpoint.consent.confirmed import pending
from rondpoint.consent.law import country_of, local_time, rules_on, verdicts, zones
from rondpoint.consent.ledger import problem
from rondpoint.consent.links import centre_url, read_centre, read_confirmation
from rondpoint.consent.matrix import addresses, addresses_among, lines
from rondpoint.consent.purposes import called as purposes_called
from rondpoint.consent.purposes import names as purpose_names
from rondpoint.consent.purposes import terms
from rondpoint.consent.speaking import speaker
from rondpoint.consent.standing import ledger, preferences, standing
from rondpoint.consent.suppressing import Suppressions, address_hash, looked_up, suppressed, suppressions
from rondpoint.consent.words import channel as channel_name
from rondpoint.consent.words import reason as reason_name
from rondpoint.consent.words import verdict as verdict_name

__all__ = [
    "Suppressions",
    "address_hash",
    "addresses",
    "addresses_among",
    "centre_url",
    "channel_name",
    "country_of",
    "crowds",
    "ledger",
    "lines",
    "local_time",
    "looked_up",
    "pending",
    "problem",
    "purpose_names",
    "purposes_called",
    "preferences",
    "read_centre",
    "read_confirmation",
    "reason_name",
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
