"""The three roles: edge (webhooks, chat, streams), desk (screens, API), worker (deliveries, sending, lines)."""


def start(role: str) -> None:
    """Runs one role in this process until it is told to stop."""
    from rondpoint.config import telemetry

    with telemetry.running(role):
        _serve(role)


def _serve(role: str) -> None:
    if role == "worker":
        from rondpoint.config.roles import worker

        worker.serve()
        return
    from rondpoint.config.roles import edge

    edge.serve(edge=role in ("web", "edge"), desk=role in ("web", "desk"))
