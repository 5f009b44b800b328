"""What other rooms may do with likeness: say who changed, begin anew, and the work of workers."""

from rondpoint.customers.matching.keeping import begin_anew, forget, touch
from rondpoint.customers.matching.working import ask_due, fill, look, work

__all__ = ["ask_due", "begin_anew", "fill", "forget", "look", "touch", "work"]
