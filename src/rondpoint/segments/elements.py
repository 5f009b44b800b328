"""Whether something holds of an element of a list in the properties of a fact, in the words of each engine.

A row has one value of each property, so what is asked of elements is answered where the property is read. The
comparisons mean what those of ``compiling`` do; a NULL counts as no.
"""

from collections.abc import Callable

from rondpoint.segments.types import ANY, Op, Test

SIGNS = {Op.IS: "=", Op.IS_NOT: "<>", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<=", Op.BEFORE: "<", Op.AFTER: ">"}
CONTAINS = {"sqlite": "instr({}, {}) > 0", "postgresql": "strpos({}, {}) > 0", "duckdb": "contains({}, {})"}

# The element as a column of a kind (``rules.needs.Column``).
Said = Callable[[str], str]


def around(path: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that lead to the list, and those that go on from an element."""
    place = path.index(ANY)
    return path[:place], path[place + 1 :]


def some(tests: tuple[Test, ...], found: str) -> str:
    """Whether one was found, or, where none may have a value, that none was."""
    absent = any(test.op is Op.EXISTS and not test.value for test in tests)
    return f"NOT {found}" if absent else found


def holds(engine: str, tests: tuple[Test, ...], said: Said) -> str:
    """All tests hold of an element; of one that must not exist, that it does."""
    return " AND ".join(f"({_holds(engine, test, said)})" for test in tests)


def _holds(engine: str, test: Test, said: Said) -> str:
    value = test.value
    match test.op:
        case Op.EXISTS:
            return said("e")
        case Op.IN:
            assert isinstance(value, tuple)
            return " OR ".join(_holds(engine, Test(Op.IS, each), said) for each in value)
        case Op.CONTAINS:
            return CONTAINS[engine].format(said("t"), _letters(value))
        case Op.STARTS_WITH:
            return f"substr({said('t')}, 1, {len(str(value))}) = {_letters(value)}"
        case Op.BEFORE | Op.AFTER:
            return f"({said('d')}) {SIGNS[test.op]} {str(value).replace('-', '')}"
        case _ if isinstance(value, float):
            return f"{said('n')} {SIGNS[test.op]} CAST({value!r} AS DOUBLE PRECISION)"
        case _:
            return f"({said('t')}) {SIGNS[test.op]} {_letters(value)}"


def quoted(text: str) -> str:
    """A text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def _letters(value: object) -> str:
    return quoted(("true" if value else "false") if isinstance(value, bool) else str(value))
