"""Roles as people call them."""

from django.utils.translation import gettext as _


def named(role: str) -> str:
    """The name of a role in the reader's language."""
    names = {
        "administrator": _("Administrator"),
        "supervisor": _("Supervisor"),
        "agent": _("Agent"),
        "read_only": _("Read only"),
    }
    return names.get(role, role)
