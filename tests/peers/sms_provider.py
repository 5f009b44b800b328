"""A provider shaped like Twilio for journeys: takes messages over HTTP and signs the webhooks it sends."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import httpx

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "the provider's secret of the tests"


class Provider:
    """``sent`` holds what Rondpoint handed over, oldest first; ``text()`` lets somebody write to it."""

    def __init__(self):
        self.sent: list[dict] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = dict(parse_qsl(body))
                fields["sid"] = f"SM{len(provider.sent) + 1:032d}"
                provider.sent.append(fields)
                answer = json.dumps({"sid": fields["sid"], "status": "queued"}).encode()
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def settings(self, number: str) -> dict:
        """What ``rondpoint connection add sms`` wants."""
        return {
            "provider": "twilio",
            "number": number,
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "api_base": self.url,
        }

    def text(self, inbound_url: str, sender: str, to: str, text: str, sid: str) -> httpx.Response:
        """Somebody texts: a signed webhook."""
        return self.post(inbound_url, {"MessageSid": sid, "From": sender, "To": to, "Body": text, "NumMedia": "0"})

    def receipt(self, inbound_url: str, sid: str, status: str) -> httpx.Response:
        """News of a message we took."""
        return self.post(inbound_url, {"MessageSid": sid, "MessageStatus": status})

    def post(self, url: str, fields: dict, token: str = TOKEN) -> httpx.Response:
        """Any form, signed with ``token``."""
        signed = url + "".join(key + value for key, value in sorted(fields.items()))
        signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        return httpx.post(url, data=fields, headers={"X-Twilio-Signature": signature}, timeout=10)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
