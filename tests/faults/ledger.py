"""What was acknowledged, as those remember it who were told."""

import threading
from collections import Counter


class Ledger:
    """By person the steps of what she said. Texts of one step were said at the same moment, so their order is
    nobody's; one step was acknowledged before the next began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.steps: dict[str, list[set[str]]] = {}
        self.sequences: dict[str, int] = {}  # by text: the number that the chat was told
        self.phones: list[str] = []  # of people whose text was acknowledged
        self.tries = 0
        self.at_once: set[str] = set()  # texts that were said at the same moment as another
        self.repeated: Counter[str] = Counter()  # texts that were said again although acknowledged
        self.late: set[str] = set()  # … after something newer was
        self._by_kind: Counter[str] = Counter()

    def acknowledged(self, person: str, texts: set[str]) -> None:
        """Everything of a step was acknowledged."""
        with self._lock:
            self.steps.setdefault(person, []).append(texts)
            self._by_kind[person.partition("-")[0]] += len(texts)
            if len(texts) > 1:
                self.at_once |= texts

    def met(self, phone: str) -> None:
        """Somebody is known by this number now."""
        with self._lock:
            self.phones.append(phone)

    def again(self, text: str, late: bool) -> None:
        """Something acknowledged was said again."""
        with self._lock:
            self.repeated[text] += 1
            if late:
                self.late.add(text)

    def tried(self, text: str, sequence: int | None) -> None:
        """One try, answered or not; the number the chat was told must never change."""
        with self._lock:
            self.tries += 1
            if sequence is not None:
                known = self.sequences.setdefault(text, sequence)
                assert known == sequence, f"{text!r} was message {known} and is now {sequence}"

    def count(self, kind: str = "") -> int:
        """How many texts were acknowledged, of one kind or of all."""
        with self._lock:
            return self._by_kind[kind] if kind else self._by_kind.total()

    @property
    def texts(self) -> set[str]:
        """All that was acknowledged."""
        with self._lock:
            return {text for steps in self.steps.values() for step in steps for text in step}
