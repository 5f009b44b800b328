"""The roundabout of a customer as data."""

from rondpoint.channels import registry


def spokes(used: dict[str, int], last: str, open_: set[str] | None = None) -> list[dict]:
    """The ring's data; without ``open_`` a channel counts as open when she has used it."""
    most = max(used.values(), default=1)
    return [
        {
            "channel": channel.manifest.kind,
            "label": channel.manifest.label,
            "use": used.get(channel.manifest.kind, 0) / most,
            "open": channel.manifest.kind in (open_ if open_ is not None else used),
            "last": channel.manifest.kind == last,
        }
        for channel in registry.every()
    ]
