"""Roles and what each may do."""

from enum import StrEnum

PERMISSIONS = frozenset({"read", "reply", "link", "operate", "administer"})


class Role(StrEnum):
    """``read`` sees; ``reply`` writes to customers; ``link`` merges and un-merges; ``operate`` replays
    quarantined deliveries; ``administer`` changes connections, staff and keys."""

    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    READ_ONLY = "read_only"

    def may(self, permission: str) -> bool:
        if permission not in PERMISSIONS:
            raise KeyError(permission)
        return permission in _GRANTS[self]


_GRANTS: dict[Role, frozenset[str]] = {
    Role.ADMINISTRATOR: PERMISSIONS,
    Role.SUPERVISOR: frozenset({"read", "reply", "link", "operate"}),
    Role.AGENT: frozenset({"read", "reply", "link"}),
    Role.READ_ONLY: frozenset({"read"}),
}
