"""Words of the rights room."""

from rondpoint.lib import clock

KINDS = ("access", "rectification", "erasure", "objection")
REASONS = ("asked", "unlawful", "retention", "other", "backup")
"""Why somebody is forgotten; ``backup``: she had been forgotten before, and a backup brought her back."""
CHANNELS = ("own_page", "email", "phone", "letter", "counter", "other")
LAWS = ("gdpr", "law25")
RESTRICTED = "restricted"  # why nothing is sent to somebody whose erasure waits

DUE = {"gdpr": 31 * clock.DAY, "law25": 30 * clock.DAY}
"""How long an answer may take: a month (GDPR article 12(3)), 30 days (Québec, act P-39.1, section 32)."""
LONGEST = {"gdpr": 92 * clock.DAY, "law25": 30 * clock.DAY}
"""And with good reason, of which she is told: two months more (GDPR article 12(3)); in Québec no longer."""
KEPT = 7 * clock.DAY  # so long the files of an access request can be fetched


class Invalid(ValueError):
    """It cannot be done as it was asked for. ``field`` names what does not hold."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field = field
