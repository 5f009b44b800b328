"""People who write by SMS, mail and chat and say each thing until it is acknowledged; they remember what was."""

import json
import random
import smtplib
import threading
import time
from collections.abc import Callable
from email.utils import formatdate

from tests.faults.roles import Roles
from tests.faults_outside.talkers import GONE, MAILBOX, NUMBER, Line, signed

SKEW = 3600  # seconds by which a provider's clock may be wrong, either way
REPEATED, AT_ONCE = 0.2, 0.1
A_CHAT = 12  # messages in one session, which may say twenty in ten seconds
PATIENCE = 120  # seconds in which the house has to be back


class Lost(AssertionError):
    """Something was not taken within :data:`PATIENCE`."""


class Ledger:
    """What was acknowledged: by person the steps of what she said. Texts of one step were said at the same moment, so
    their order is nobody's; one step was acknowledged before the next began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.steps: dict[str, list[set[str]]] = {}
        self.sequences: dict[str, int] = {}  # by text: the number that the chat was told
        self.tries = 0

    def acknowledged(self, person: str, texts: set[str]) -> None:
        """Everything of a step was acknowledged."""
        with self._lock:
            self.steps.setdefault(person, []).append(texts)

    def tried(self, text: str, sequence: int | None) -> None:
        """One try, answered or not; the number the chat was told must never change."""
        with self._lock:
            self.tries += 1
            if sequence is not None:
                known = self.sequences.setdefault(text, sequence)
                assert known == sequence, f"{text!r} was message {known} and is now {sequence}"

    @property
    def texts(self) -> set[str]:
        """All that was acknowledged."""
        with self._lock:
            return {text for steps in self.steps.values() for step in steps for text in step}


class Sender(threading.Thread):
    """One thread of people on one channel: ``how_many`` messages at least, and on until ``enough`` is set."""

    def __init__(
        self, house: Roles, ledger: Ledger, kind: str, number: int, how_many: int, enough: threading.Event
    ):
        super().__init__(name=f"{kind}-{number}", daemon=True)
        self._house, self._ledger, self._kind, self._number, self._left = house, ledger, kind, number, how_many
        self._enough = enough
        self._chance = random.Random(f"{kind} {number}")
        self._person, self._said, self._token = "", 0, ""
        self._lines, self._opening = threading.local(), threading.Lock()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while self._left > 0 or not self._enough.is_set():
                self._step(2 if self._chance.random() < AT_ONCE else 1)
        except BaseException as error:  # told by the main thread
            self.error = error

    def _step(self, how_many: int) -> None:
        if not self._person or (self._kind == "chat" and self._said >= A_CHAT):
            self._person = f"{self._kind}-{self._number}-{self._left}"
            self._said, self._token = 0, ""
        says = [self._say() for _ in range(how_many)]
        threads = [threading.Thread(target=self._until_taken, args=say) for say in says[1:]]
        for thread in threads:
            thread.start()
        self._until_taken(*says[0])
        for thread in threads:
            thread.join()
        if self.error is not None:
            raise self.error
        self._ledger.acknowledged(self._person, {text for text, _ in says})

    def _say(self) -> tuple[str, Callable[[], int]]:
        """The next thing to say, and how it is tried once: the status it got, 0 for none."""
        text = f"{self._person} {self._said} said"
        name = f"{self._person}-{self._said}"
        self._said += 1
        self._left -= 1
        return text, {"webhook": self._webhook, "mail": self._mail, "chat": self._chat}[self._kind](name, text)

    def _until_taken(self, text: str, say: Callable[[], int]) -> None:
        try:
            end = time.monotonic() + PATIENCE
            while say() not in (200, 250):
                if time.monotonic() > end:
                    raise Lost(f"{text!r} was not taken within {PATIENCE} s")
                time.sleep(self._chance.uniform(0.02, 0.2))
            if self._chance.random() < REPEATED:
                say()
        except BaseException as error:
            self.error = error

    def _webhook(self, name: str, text: str) -> Callable[[], int]:
        sender = f"+3319900{self._number:04d}"
        path, body, headers = signed(self._house, self._house.sms, f"SM{name}", sender, NUMBER, text)
        return lambda: self._post(text, path, body, headers)[0]

    def _mail(self, name: str, text: str) -> Callable[[], int]:
        address = f"person{self._number}@example.org"
        at = formatdate(time.time() + self._chance.uniform(-SKEW, SKEW))
        mail = (
            f"From: Person {self._number} <{address}>\r\nTo: {MAILBOX}\r\nSubject: Question\r\nDate: {at}\r\n"
            f"Message-ID: <{name}@example.org>\r\n\r\n{text}\r\n"
        )
        return lambda: self._deliver(text, address, mail)

    def _chat(self, name: str, text: str) -> Callable[[], int]:
        body = json.dumps({"client_id": name, "text": text}).encode()

        def once() -> int:
            status = self._open()
            if status != 200:
                return status
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            return self._post(text, "/chat/v1/messages", body, headers)[0]

        return once

    def _open(self) -> int:
        """One session for both who speak at once."""
        with self._opening:
            if self._token:
                return 200
            opening = json.dumps({"key": self._house.chat["id"], "locale": "fr"}).encode()
            status, answer = self._post("", "/chat/v1/sessions", opening, {"Content-Type": "application/json"})
            if status == 200:
                self._token = json.loads(answer)["token"]
            return status

    def _post(self, text: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        line = self._lines.__dict__.setdefault("line", Line(self._house.edge_url))
        try:
            status, _, answer = line.post(path, body, headers)
        except GONE:
            status, answer = 0, b""
        if text:
            told = json.loads(answer)["seq"] if status == 200 and self._kind == "chat" else None
            self._ledger.tried(text, told)
        return status, answer

    def _deliver(self, text: str, address: str, mail: str) -> int:
        try:
            with smtplib.LMTP("127.0.0.1", self._house.lmtp_port, timeout=20) as lmtp:
                code = lmtp.sendmail(address, [MAILBOX], mail)
                code = 0 if code else 250
        except (*GONE, smtplib.SMTPException):
            code = 0
        self._ledger.tried(text, None)
        return code


class Replier(threading.Thread):
    """An agent who answers SMS over the API, each answer under a key of its own until it is accepted."""

    def __init__(self, house: Roles, numbers: int):
        super().__init__(name="replier", daemon=True)
        self._house, self._numbers = house, numbers
        self._chance = random.Random("replier")
        self._over = threading.Event()
        self.accepted: list[str] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._over.is_set():
                conversation = self._conversation()
                if conversation:
                    self._answer(conversation, f"answer {len(self.accepted)} given")
                self._over.wait(self._chance.uniform(0.1, 0.5))
        except BaseException as error:
            self.error = error

    def finish(self) -> None:
        """Ends after the answer in hand."""
        self._over.set()
        self.join(PATIENCE)
        if self.error is not None:
            raise self.error

    def _conversation(self) -> str:
        import httpx

        phone = f"+3319900{self._chance.randrange(self._numbers):04d}"
        try:
            found = self._house.api("GET", "/customers", params={"identifier": f"phone:{phone}"}).json()["items"]
            if not found:
                return ""
            rows = self._house.api("GET", "/conversations", params={"customer": found[0]["id"]}).json()["items"]
            return rows[0]["id"] if rows else ""
        except (httpx.TransportError, ValueError, KeyError):
            return ""

    def _answer(self, conversation: str, text: str) -> None:
        import httpx

        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                status = self._house.api(
                    "POST",
                    f"/conversations/{conversation}/messages",
                    json={"channel": "sms", "text": text},
                    headers={"Idempotency-Key": text.replace(" ", "-")},
                ).status_code
            except httpx.TransportError:
                status = 0
            if status in (201, 202):
                self.accepted.append(text)
                return
            time.sleep(0.1)
        raise Lost(f"{text!r} was not accepted within {PATIENCE} s")
