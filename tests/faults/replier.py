"""An agent who answers over the API, and the provider who takes the answers and keeps a ledger of its own."""

import hashlib
import random
import socket
import threading
import time

import httpx
from tests.faults.ledger import Ledger
from tests.faults.roles import Roles
from tests.faults.senders import PATIENCE, Lost
from tests.faults_outside.provider import Call, Faulty

REPEATED = 0.2
SLOW = 0.4  # seconds that half of the provider's calls take, so that a death may cut them off


class Provider(Faulty):
    """Takes every message, half of them slowly: some may be cut off before they are taken, some before the answer."""

    def __init__(self) -> None:
        super().__init__(_takes)
        self._begun = self._over = 0

    @property
    def busy(self) -> bool:
        """Whether a slow call is under way."""
        return self._begun > self._over

    def slowly(self) -> None:
        """Takes its time."""
        self._begun += 1
        self.wait(SLOW)
        self._over += 1

    def taken(self) -> list[tuple[str, str]]:
        """Its own ledger: text and number of each message it took."""
        return [(call.text, f"SM{id(call):032x}") for call in list(self.calls) if call.taken]


def _takes(provider: Provider, call: Call, line: socket.socket) -> None:
    slow = hashlib.sha256(call.text.encode()).digest()[0] % 4
    if slow == 1:
        provider.slowly()
    answer = provider.take(call)
    if slow == 2:
        provider.slowly()
    line.sendall(answer)


class Replier(threading.Thread):
    """Answers SMS, each answer under a key of its own until it is accepted, one in five once more.

    ``accepted``: by text the id of the message that the API named; another one under the same key is an error.
    """

    def __init__(self, house: Roles, ledger: Ledger):
        super().__init__(name="replier", daemon=True)
        self._house, self._ledger = house, ledger
        self._chance = random.Random("replier")
        self._over = threading.Event()
        self._conversations: dict[str, str] = {}
        self.accepted: dict[str, str] = {}
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._over.wait(self._chance.uniform(0.05, 0.3)):
                conversation = self._conversation()
                if conversation:
                    text = f"answer {len(self.accepted)} given"
                    message = self._answer(conversation, text)
                    if self._chance.random() < REPEATED:
                        assert self._answer(conversation, text) == message, f"{text!r} became two messages"
                    self.accepted[text] = message
        except BaseException as error:  # told by the main thread
            self.error = error

    def finish(self) -> None:
        """Ends after the answer in hand."""
        self._over.set()
        self.join(PATIENCE)
        if self.error is not None:
            raise self.error

    def _conversation(self) -> str:
        if not self._ledger.phones:
            return ""
        phone = self._chance.choice(self._ledger.phones)
        if phone not in self._conversations:
            try:
                found = self._house.api("GET", "/customers", params={"identifier": f"phone:{phone}"}).json()["items"]
                if not found:
                    return ""
                rows = self._house.api("GET", "/conversations", params={"customer": found[0]["id"]}).json()["items"]
                if not rows:
                    return ""
                self._conversations[phone] = rows[0]["id"]
            except (httpx.TransportError, ValueError, KeyError):
                return ""
        return self._conversations[phone]

    def _answer(self, conversation: str, text: str) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                said = self._house.api(
                    "POST",
                    f"/conversations/{conversation}/messages",
                    json={"channel": "sms", "text": text},
                    headers={"Idempotency-Key": text.replace(" ", "-")},
                )
            except httpx.TransportError:
                said = None
            if said is not None and said.status_code == 202:
                return said.json()["id"]
            time.sleep(0.1)
        raise Lost(f"{text!r} was not accepted within {PATIENCE} s")
