"""The doors of the desk, in one list: who passes which, and where each stands."""

from django.utils.translation import gettext as _

from rondpoint.ui.navigation import Door

DOORS = (
    Door("/inbox", lambda: _("Inbox"), "inbox", position=10, also=("/conversations",), hotkey="g i"),
    Door("/customers", lambda: _("Customers"), "people", position=20, hotkey="g c"),
    Door("/companies", lambda: _("Companies"), "company", position=21, hotkey="g e"),
    Door("/promises", lambda: _("Promises"), "promise", position=15, hotkey="g p"),
    Door("/review", lambda: _("Who is who"), "merge", "link", position=22, hotkey="g w"),
    Door("/segments", lambda: _("Segments"), "filter", position=25, hotkey="g s"),
    Door("/search", lambda: _("Search"), "search", position=30, hotkey="/"),
    Door("/setup", lambda: _("First start"), "flag", "administer", "settings", 1),
    Door("/settings/brands", lambda: _("Brands"), "brand", "administer", "settings", 5),
    Door("/settings/people", lambda: _("Colleagues"), "people", "administer", "settings", 20),
    Door("/settings/teams", lambda: _("Teams"), "team", "administer", "settings", 30),
    Door("/settings/house", lambda: _("Rules of the house"), "shield", "administer", "settings", 25),
    Door("/settings/sign-on", lambda: _("Single sign-on"), "lock", "administer", "settings", 26),
    Door("/settings/keys", lambda: _("API keys"), "key", "administer", "settings", 70),
    Door("/settings/audit", lambda: _("Audit log"), "log", "administer", "settings", 80),
    Door("/settings/me", lambda: _("Your account"), "user", section="own", position=10),
    Door("/settings/factors", lambda: _("Second factors"), "shield", section="own", position=20),
    Door("/connections", lambda: _("Connections"), "plug", "administer", "settings", 10),
    Door("/sources", lambda: _("Sources"), "globe", "administer", "settings", 12),
    Door("/traits", lambda: _("Traits"), "tag", "administer", "settings", 13),
    Door("/traits/computed", lambda: _("Computed traits"), "chart", "operate", "settings", 13),
    Door("/purposes", lambda: _("Purposes"), "hand", "administer", "settings", 15, also=("/rules",)),
    Door("/promotions", lambda: _("What customers get"), "bell", "administer", "settings", 16),
    Door("/promotions/try", lambda: _("Try the gate"), "eye", "operate", "settings", 17),
    Door("/matching", lambda: _("Probable links"), "merge", "administer", "settings", 14),
    Door("/catalogue", lambda: _("Catalogue of events"), "list", "operate", "settings", 14),
    Door("/silos", lambda: _("Sources and silos"), "merge", "operate", "settings", 49),
    Door("/imports", lambda: _("Imports"), "upload", "administer", "settings", 50, also=("/syncs",)),
    Door("/exports", lambda: _("Exports"), "download", "administer", "settings", 51),
    Door("/rights", lambda: _("Rights"), "hand", "administer", "settings", 53),
    Door("/rights/retention", lambda: _("How long data is kept"), "clock", "administer", "settings", 54),
    Door("/webhooks", lambda: _("Webhooks"), "bolt", "administer", "settings", 52),
    Door("/quarantine", lambda: _("Quarantine"), "warning", "operate", "settings", 90),
    Door("/settings/answers", lambda: _("Canned answers"), "answers", "reply", "settings", 40),
)
