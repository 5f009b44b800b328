"""People who write by SMS, mail and chat and say each thing until it is acknowledged; the ledger remembers what was."""

import json
import random
import smtplib
import threading
import time
from collections.abc import Callable
from email.utils import formatdate

from tests.faults.ledger import Ledger
from tests.faults.roles import Roles
from tests.faults_outside.talkers import GONE, MAILBOX, NUMBER, Line, signed

SKEW = 3600  # seconds by which a provider's clock may be wrong, either way
REPEATED, AT_ONCE = 0.22, 0.1  # of all texts those said again; of all steps those of two texts at once
KEPT_BACK = 5  # texts that a provider may tell of again only when newer ones were taken
A_TALK = {"webhook": 40, "mail": 40, "chat": 12}  # texts of one person; a session may say twenty in ten seconds
PATIENCE = 120  # seconds in which the house has to be back

Say = Callable[[], int]  # tries once; the status it got, 0 for none


class Lost(AssertionError):
    """Something was not taken within :data:`PATIENCE`."""


class Sender(threading.Thread):
    """People on one channel, one after the other, until ``enough`` is set. ``pause(kind)``: seconds between steps.

    ``place``: the number of this thread, and how many its channel has.
    """

    def __init__(self, house: Roles, ledger: Ledger, kind: str, place: tuple[int, int], pause: Callable[[str], float]):
        super().__init__(name=f"{kind}-{place[0]}", daemon=True)
        self._house, self._ledger, self._kind, self._pause = house, ledger, kind, pause
        self._number, self._of = place
        self._chance = random.Random(self.name)
        self._people, self._said, self._token = 0, 0, ""
        self._lines, self._opening = threading.local(), threading.Lock()
        self._kept_back: list[tuple[str, Say]] = []
        self.enough = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                self._step(2 if self._chance.random() < AT_ONCE else 1)
                self.enough.wait(self._pause(self._kind))
            self._say_again(0)
        except BaseException as error:  # told by the main thread
            self.error = error

    @property
    def _person(self) -> str:
        return f"{self._kind}-{self._number}-{self._people}"

    @property
    def _phone(self) -> str:
        return f"+3319900{self._number + self._of * self._people:04d}"

    def _step(self, how_many: int) -> None:
        if self._said >= A_TALK[self._kind]:
            self._say_again(0)  # the next one has a session of her own
            self._people, self._said, self._token = self._people + 1, 0, ""
        first = self._said == 0
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
        if first and self._kind == "webhook":
            self._ledger.met(self._phone)
        self._kept_back += [say for say in says if self._chance.random() < REPEATED]
        self._say_again(KEPT_BACK)

    def _say(self) -> tuple[str, Say]:
        """The next thing to say, and how it is tried once."""
        text = f"{self._person} {self._said} said"
        name = f"{self._person}-{self._said}"
        self._said += 1
        return text, {"webhook": self._webhook, "mail": self._mail, "chat": self._chat}[self._kind](name, text)

    def _until_taken(self, text: str, say: Say) -> None:
        try:
            end = time.monotonic() + PATIENCE
            while say() not in (200, 250):
                if time.monotonic() > end:
                    raise Lost(f"{text!r} was not taken within {PATIENCE} s")
                time.sleep(self._chance.uniform(0.02, 0.2))
        except BaseException as error:
            self.error = error

    def _say_again(self, keep: int) -> None:
        """What was acknowledged comes once more, shuffled: what is newer may have come before."""
        while len(self._kept_back) > keep:
            text, say = self._kept_back.pop(self._chance.randrange(len(self._kept_back)))
            say()
            newest = f"{self._person} {self._said - 1} said"
            self._ledger.again(text, late=text != newest)

    def _webhook(self, name: str, text: str) -> Say:
        path, body, headers = signed(self._house, self._house.sms, f"SM{name}", self._phone, NUMBER, text)
        return lambda: self._post(text, path, body, headers)[0]

    def _mail(self, name: str, text: str) -> Say:
        address = f"person{self._number}-{self._people}@example.org"
        at = formatdate(time.time() + self._chance.uniform(-SKEW, SKEW))
        mail = (
            f"From: Person {self._number} {self._people} <{address}>\r\nTo: {MAILBOX}\r\nSubject: Question\r\n"
            f"Date: {at}\r\nMessage-ID: <{name}@example.org>\r\n\r\n{text}\r\n"
        )
        return lambda: self._deliver(text, address, mail)

    def _chat(self, name: str, text: str) -> Say:
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
