"""The demo company, made once. Seeding writes the models of every room directly: that is the demo's privilege."""

from rondpoint.demo import flag
from rondpoint.demo.seed import build, company
from rondpoint.lib import clock
from rondpoint.lib.db import write


def run(environment) -> bool:
    """Makes the demo company in this home, about three seconds; False when it is there already.

    ``environment``: the settings' ENVIRONMENT. Raises SystemExit in a home that holds somebody's real work.
    """
    if flag.path(environment.home).exists():
        return False
    if company.in_use():
        raise SystemExit(
            f"rondpoint: {environment.home} holds a company already; start the demo in another RONDPOINT_HOME"
        )
    port = company.free_port()
    prepared = company.prepare()
    with write():
        house = company.make(environment, port, prepared)
        build.fill(house, clock.now())
    flag.write({"smtp_port": port, "tour": clock.now()})
    return True
