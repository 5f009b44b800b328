"""Those who talk to the house while something outside it fails: each keeps what it was told is safe."""

import contextlib
import http.client
import json
import os
import random
import smtplib
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.peers.house import ROOT, House, wait_for
from tests.peers.sms_provider import ACCOUNT, TOKEN

from rondpoint.channels.sms.twilio import signature

NUMBER, MAILBOX = "+33199001000", "bonjour@hirondelle.example.com"
LARGE = 90_000  # bytes; a delivery above 64 kB lives in the file store
GONE = (OSError, http.client.HTTPException, smtplib.SMTPException)


def furnish(house: House, api_base: str = "http://127.0.0.1:9", smtp_url: str = "") -> House:
    """A number, a mailbox, a chat and an API key, before the start. Mail goes to the outbox without ``smtp_url``."""
    chat = {"origins": "https://shop.example.com", "secret": "a secret that the shop's site and the widget share"}
    mail = {"address": MAILBOX, "smtp_url": smtp_url}
    accounts = [("sms", "SMS", sms(NUMBER, api_base)), ("email", "Mail", mail), ("chat", "Chat", chat)]
    house.sms, house.mail, house.chat = connect(house, accounts)
    return house


def sms(number: str, api_base: str) -> dict[str, str]:
    """The settings of a number at a provider shaped like Twilio's."""
    return {
        "provider": "twilio", "number": number, "account_sid": ACCOUNT, "auth_token": TOKEN, "api_base": api_base
    }  # fmt: skip


def connect(house: House, accounts: list[tuple[str, str, dict[str, str]]]) -> list[dict]:
    """Adds connections (channel, name, settings) and a key for the API; all by one process, to save time."""
    commands = [
        ["connection", "add", channel, name, "--set", *(f"{key}={value}" for key, value in settings.items())]
        for channel, name, settings in accounts
    ]
    script = "import json, sys; from rondpoint.config.cli import main; [main(each) for each in json.load(sys.stdin)]"
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps([*commands, ["key", "create", "outside"]]),
        env=house.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    *printed, house.key = done.stdout.split("\n")[: len(accounts) + 1]
    return [json.loads(line) for line in printed]


def move_in(house: House, earlier: House) -> House:
    """A house on the home that another left: its connections and key."""
    house.sms, house.mail, house.chat, house.key = earlier.sms, earlier.mail, earlier.chat, earlier.key
    return house


def signed(
    house: House, connection: dict, sid: str, sender: str, to: str, text: str
) -> tuple[str, bytes, dict[str, str]]:
    """Path, body and headers of the webhook by which the provider tells of an SMS."""
    fields = {"MessageSid": sid, "From": sender, "To": to, "Body": text, "NumMedia": "0"}
    path = urlsplit(connection["inbound_url"]).path
    proof = signature(TOKEN, house.url + path, {name: [value] for name, value in fields.items()})
    headers = {"X-Twilio-Signature": proof, "Content-Type": "application/x-www-form-urlencoded"}
    return path, urlencode(fields).encode(), headers


class Line:
    """One HTTP connection, opened again when it breaks."""

    def __init__(self, url: str):
        self._address = urlsplit(url).netloc
        self._client: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with lower-case names, body. Raises one of GONE."""
        if self._client is None:
            self._client = http.client.HTTPConnection(self._address, timeout=20)
        try:
            self._client.request("POST", path, body, headers)
            answer = self._client.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except GONE:
            self._client.close()
            self._client = None
            raise


class Talkers:
    """``webhook``, ``mail``, ``chat``, ``upload`` and ``reply`` say something once; the status they got, 0 for none.

    ``name`` is what makes two of them the same: whoever got no answer says it again under that name. ``told(what)`` is
    called with ``{"kind", "key", "text"}`` at each acknowledgement.
    """

    def __init__(self, house: House, told: Callable[[dict], None]):
        self.house = house
        self._told = told
        self._lines = threading.local()
        self._token = ""
        self.answers: list[tuple[str, int, dict[str, str]]] = []

    def webhook(self, name: str = "", sender: str = "+33199000123") -> int:
        """A signed SMS webhook."""
        sid = f"SM{name or uuid.uuid4().hex}"
        text = f"text {sid}"
        status, _ = self._post("webhook", *signed(self.house, self.house.sms, sid, sender, NUMBER, text))
        if status == 200:
            self._told({"kind": "webhook", "key": sid, "text": text})
        return status

    def mail(self, name: str = "", size: int = 0, at_once: int = 1) -> int:
        """A mail by LMTP, given to ``at_once`` sessions at the same moment; the code of the first."""
        name = name or uuid.uuid4().hex
        chance = random.Random(name)  # said again, it is the same mail
        filling = "\r\n".join(chance.randbytes(36).hex() for _ in range(size // 74))
        content = (
            f"From: Awa <awa@example.org>\r\nTo: {MAILBOX}\r\nSubject: {name}\r\nMessage-ID: <{name}@example.org>\r\n"
            f"Date: Tue, 12 Mar 2024 10:12:00 +0100\r\n\r\nmail {name}\r\n{filling}\r\n"
        )
        codes = [0] * at_once
        threads = [
            threading.Thread(target=self._deliver, args=(content, name, codes, place)) for place in range(1, at_once)
        ]
        for thread in threads:
            thread.start()
        self._deliver(content, name, codes, 0)
        for thread in threads:
            thread.join()
        return codes[0]

    def chat(self, name: str = "") -> int:
        """A chat message; the session is opened when there is none."""
        status = self._open()
        if status:
            return status
        client_id = name or uuid.uuid4().hex
        text = f"chat {client_id}"
        body = json.dumps({"client_id": client_id, "text": text}).encode()
        status, answer = self._post("chat", "/chat/v1/messages", body, self._bearer())
        if status == 200:
            self._told({"kind": "chat", "key": json.loads(answer)["id"], "text": text})
        return status

    def another_visitor(self) -> int:
        """A message of somebody new, who has not talked so much yet that the chat has her wait."""
        self._token = ""
        return self.chat()

    def upload(self, size: int = 3000) -> int:
        """A file put into a chat."""
        status = self._open()
        if status:
            return status
        content = os.urandom(size // 2).hex().encode()
        headers = {**self._bearer(), "Content-Type": "text/plain", "X-Filename": "note.txt"}
        status, answer = self._post("upload", "/chat/v1/files", content, headers)
        if status in (200, 201):
            self._told({"kind": "upload", "key": json.loads(answer)["id"], "text": content.decode()})
        return status

    def reply(self, conversation: str, name: str, channel: str = "sms") -> int:
        """An answer by the API, under an Idempotency-Key."""
        text = f"answer {name}"
        headers = {"Authorization": f"Bearer {self.house.key}", "Content-Type": "application/json"}
        body = json.dumps({"channel": channel, "text": text}).encode()
        path = f"/api/v1/conversations/{conversation}/messages"
        status, _ = self._post("reply", path, body, {**headers, "Idempotency-Key": name})
        if status == 202:
            self._told({"kind": "reply", "key": name, "text": text})
        return status

    def _open(self) -> int:
        if not self._token:
            body = json.dumps({"key": self.house.chat["id"], "locale": "fr"}).encode()
            status, answer = self._post("chat", "/chat/v1/sessions", body, {"Content-Type": "application/json"})
            if status not in (200, 201):
                return status or -1
            self._token = json.loads(answer)["token"]
        return 0

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}

    def _post(self, kind: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        line = self._lines.__dict__.setdefault("line", Line(self.house.url))
        try:
            status, found, answer = line.post(path, body, headers)
        except GONE:
            return 0, b""
        self.answers.append((kind, status, found))
        return status, answer

    def _deliver(self, content: str, name: str, codes: list[int], place: int) -> None:
        try:
            with smtplib.LMTP("127.0.0.1", self.house.lmtp_port, timeout=20) as lmtp:
                lmtp.ehlo_or_helo_if_needed()
                lmtp.mail("awa@example.org")
                codes[place] = lmtp.rcpt(MAILBOX)[0]
                if codes[place] == 250:
                    codes[place] = lmtp.data(content)[0]
        except GONE as error:
            codes[place] = getattr(error, "smtp_code", 0)
        self.answers.append(("mail", codes[place], {}))
        if codes[place] == 250:
            self._told({"kind": "mail", "key": name, "text": f"mail {name}"})


class Crowd:
    """Talkers who go on until the block ends, each saying a thing again until it is acknowledged.

    ``says`` are functions of a name: webhooks, mails small and large, chat and files when none are given.
    """

    def __init__(self, talkers: Talkers, *says: Callable[[str], int], pause: float = 0.0):
        self._pause = pause
        self._stop = threading.Event()
        says = says or (talkers.webhook, _mails(talkers), _chats(talkers))
        self._threads = [threading.Thread(target=self._again, args=(say,)) for say in says]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait(self, seconds: float) -> None:
        """Lets them talk."""
        self._stop.wait(seconds)

    def _again(self, say: Callable[[str], int]) -> None:
        name = uuid.uuid4().hex
        while not self._stop.is_set():
            if say(name) in (200, 201, 202, 250):
                name = uuid.uuid4().hex
                self._stop.wait(self._pause)
            else:
                self._stop.wait(0.05)


def _mails(talkers: Talkers) -> Callable[[str], int]:
    def say(name: str) -> int:
        large = name[0] in "0369"
        return talkers.mail(name, LARGE if large else 0, at_once=2 if large else 1)

    return say


def _chats(talkers: Talkers) -> Callable[[str], int]:
    return lambda name: talkers.upload() if name[0] in "048" else talkers.chat(name)


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += tree(int(child))
    return found


@contextlib.contextmanager
def leaving_nothing(house: House) -> Iterator[House]:
    """No process of the house outlives the block, even when a test breaks off."""
    try:
        yield house
    finally:
        if house.process is not None and house.process.poll() is None:
            kill(house)


def kill(house: House) -> None:
    """All processes of the house at once, as when the power fails."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(house.process.pid, 19)  # the parent starts nobody again meanwhile
    for pid in tree(house.process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    house.process.wait(timeout=10)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", house.port)):
                return
        time.sleep(0.01)
    raise AssertionError("the house still answers after its death")


class Hasty(House):
    """A house with less patience: ``patience`` holds ``module:NAME`` and the number to put there."""

    def __init__(self, folder: Path, patience: dict[str, float]):
        super().__init__(folder)
        self.environment |= {"RONDPOINT_TEST_PATIENCE": json.dumps(patience), "RONDPOINT_UNDO_SECONDS": "0"}

    def start(self) -> "Hasty":
        """All roles, ready."""
        with open(self.folder / "house.log", "ab") as log:
            self.process = self.launch(log, "up", self.mode)
        wait_for(self._ready, 60, f"{self.url}/readyz; see {self.folder / 'house.log'}")
        return self

    def launch(self, log, *arguments: str, **environment: str) -> subprocess.Popen:
        """A process of this house."""
        command = [sys.executable, "-m", "tests.faults_outside.launch", *arguments]
        return subprocess.Popen(command, env=self.environment | environment, stdout=log, stderr=log, cwd=ROOT)
