"""The three roles: edge (webhooks, chat, streams), desk (screens, API), worker (deliveries, sending, lines)."""

import sys

from rondpoint.lib import garbage

SWITCH = 0.0005  # seconds a thread may keep others of its process from running

def start(role: str) -> None:
    """Runs one role in this process until it is told to stop."""
    from rondpoint.config import telemetry

    with telemetry.running(role):
        _serve(role)


def _serve(role: str) -> None:
    if role == "worker":
        from rondpoint.config.roles import worker

        run_evenly()
        worker.serve()
        return
    from rondpoint.config.roles import edge

    run_evenly()
    edge.serve(edge=role in ("web", "edge"), desk=role in ("web", "desk"))


def run_evenly() -> None:
    """Lets this process run without long pauses. Who writes is on a thread beside others, and everybody waits for who
    writes: so Python changes threads often, and does not look again and again through all that is loaded by now for
    what to free."""
    sys.setswitchinterval(SWITCH)
    garbage.settle()
