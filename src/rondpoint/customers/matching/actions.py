"""What other rooms may do with likeness: say who changed, begin anew, and the work of workers."""

from rondpoint.customers.matching.keeping import begin_anew, forget, touch
from rondpoint.customers.matching.working import fill, look, weekly, work

__all__ = ["begin_anew", "fill", "forget", "look", "touch", "weekly", "work"]
