"""Under which source of profiles each thing speaks that was set up to tell of people."""

from collections.abc import Collection, Iterable

from rondpoint.channels import registry
from rondpoint.channels.models import Connection
from rondpoint.conversations.actions.receive import GLOBAL_ADDRESSES

FILES, SITE, CONNECTION = "import:", "track:", "connection:"
API_KEY = "API key "  # how the audit log names one


def of_connection(row: Connection) -> str:
    """The source of the profiles of whoever writes to a channel account: all mailboxes know people under one."""
    kind = registry.get(row.kind).manifest.address_kind
    return kind if kind in GLOBAL_ADDRESSES else f"{kind}:{row.public_id}"


def of_facts(sources: Iterable[str], connections: Collection[Connection]) -> dict[str, str]:
    """The source of profiles that belongs to each source of facts and messages; those of the house itself are left
    out."""
    known = {f"{CONNECTION}{row.id}": of_connection(row) for row in connections}
    return known | {source: source for source in sources if source.startswith((FILES, SITE))}
