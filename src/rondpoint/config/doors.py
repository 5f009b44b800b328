"""The doors of the desk, in one list: who passes which, and where each stands."""

from django.utils.translation import gettext as _

from rondpoint.events import catalogue
from rondpoint.ui.navigation import Door

# The headings of the settings, in order.
GROUPS = {
    "house": lambda: _("The house"),
    "channels": lambda: _("Channels and answers"),
    "data": lambda: _("Customer data"),
    "consent": lambda: _("Consent and rights"),
    "interfaces": lambda: _("Interfaces and upkeep"),
}

DOORS = (
    Door("/inbox", lambda: _("Inbox"), "inbox", position=10, also=("/conversations",), hotkey="g i"),
    Door("/promises", lambda: _("Promises"), "promise", position=15, hotkey="g p"),
    Door("/customers", lambda: _("Customers"), "people", position=20, hotkey="g c"),
    Door("/companies", lambda: _("Companies"), "company", position=21, hotkey="g e"),
    Door("/review", lambda: _("Who is who"), "merge", "link", position=22, hotkey="g w"),
    Door("/segments", lambda: _("Segments"), "filter", position=25, hotkey="g m"),
    Door("/search", lambda: _("Search"), "search", position=30, hotkey="/"),
    Door("/settings/me", lambda: _("Your account"), "user", section="own", position=10),
    Door("/settings/factors", lambda: _("Second factors"), "shield", section="own", position=20),
    # The house
    Door("/settings/brands", lambda: _("Brands"), "brand", "administer", "settings", 20, group="house"),
    Door("/settings/people", lambda: _("Colleagues"), "people", "administer", "settings", 30, group="house"),
    Door("/settings/teams", lambda: _("Teams"), "team", "administer", "settings", 40, group="house"),
    Door("/settings/house", lambda: _("Rules of the house"), "shield", "administer", "settings", 50, group="house"),
    Door("/settings/sign-on", lambda: _("Single sign-on"), "lock", "administer", "settings", 60, group="house"),
    # Last: who opens the settings gets the first door, and this one leads out of the desk.
    Door("/setup", lambda: _("First start"), "flag", "administer", "settings", 70, group="house"),
    # Channels and answers
    Door("/connections", lambda: _("Connections"), "plug", "administer", "settings", 10, group="channels"),
    Door("/settings/answers", lambda: _("Canned answers"), "answers", "reply", "settings", 20, group="channels"),
    # Customer data
    Door("/sources", lambda: _("Sources"), "globe", "administer", "settings", 10, group="data"),
    Door("/silos", lambda: _("Sources and silos"), "merge", "operate", "settings", 20, group="data"),
    Door(
        "/catalogue", lambda: _("Catalogue of events"), "list", "operate", "settings", 30, group="data",
        waiting=catalogue.waiting,
    ),
    Door("/traits", lambda: _("Traits"), "tag", "administer", "settings", 40, group="data"),
    Door("/traits/computed", lambda: _("Computed traits"), "chart", "operate", "settings", 50, group="data"),
    Door("/matching", lambda: _("Probable links"), "merge", "administer", "settings", 60, group="data"),
    Door("/imports", lambda: _("Imports"), "upload", "administer", "settings", 70, also=("/syncs",), group="data"),
    Door(
        "/exports", lambda: _("Exports"), "download", "administer", "settings", 80, also=("/destinations",),
        group="data",
    ),
    # Consent and rights
    Door("/purposes", lambda: _("Purposes"), "hand", "administer", "settings", 10, also=("/rules",), group="consent"),
    Door("/promotions", lambda: _("What customers get"), "bell", "administer", "settings", 20, group="consent"),
    Door(
        "/promotions/try", lambda: _("Try the gate"), "eye", "operate", "settings", 30, also=("/promotions/reach",),
        group="consent",
    ),
    Door("/rights", lambda: _("Rights"), "hand", "administer", "settings", 40, group="consent"),
    Door(
        "/rights/retention", lambda: _("How long data is kept"), "clock", "administer", "settings", 50,
        also=("/rights/holds",), group="consent",
    ),
    # Interfaces and upkeep
    Door("/settings/keys", lambda: _("API keys"), "key", "administer", "settings", 10, group="interfaces"),
    Door("/webhooks", lambda: _("Webhooks"), "bolt", "administer", "settings", 20, group="interfaces"),
    Door("/settings/audit", lambda: _("Audit log"), "log", "administer", "settings", 30, group="interfaces"),
    Door("/quarantine", lambda: _("Quarantine"), "warning", "operate", "settings", 40, group="interfaces"),
)
