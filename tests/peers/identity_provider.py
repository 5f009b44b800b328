"""An OpenID provider on loopback that signs in whoever it is told to, and can be told to misbehave."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "rondpoint", "the provider's secret: / and ü"


def _apart(credentials: str) -> list[str]:
    return [unquote_plus(part) for part in credentials.split(":")]


class IdentityProvider:
    """``claims`` change the next id token, ``header`` its header; ``sign`` replaces the signing of it; ``document``
    changes the discovery document; ``beside`` are keys it publishes besides its own; ``wait`` holds every answer back,
    ``drips`` gives it byte by byte."""

    def __init__(self, email: str = "ines@example.com", subject: str = "42"):
        self.person = {"sub": subject, "email": email, "email_verified": True, "name": "Inès Caradec"}
        self.claims: dict = {}
        self.document: dict = {}
        self.refuse = ""
        self.sign = self._sign
        self.body: bytes | None = None
        self.wait = threading.Event()
        self.wait.set()
        self.beside: list[dict] = []
        self.drips = False
        self.asked: list[str] = []
        self._codes: dict[str, dict] = {}
        self.turn_key("first")
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider._get(self)

            def do_POST(self):
                provider._token(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def turn_key(self, name: str) -> None:
        """Signs with a new key from now on; the one before is published no more."""
        self.name, self.key = name, rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public_pem(self) -> bytes:
        """What everybody may know of the key."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form)

    def stop(self) -> None:
        """Answers nobody any more."""
        self.wait.set()
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, url: str) -> str:
        """What a browser at the provider does: the address it is sent back to."""
        asked = dict(parse_qsl(urlsplit(url).query))
        if self.refuse:
            return f"{asked['redirect_uri']}?{urlencode({'error': self.refuse, 'state': asked['state']})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        self.wait.wait(30)
        place = urlsplit(request.path).path
        self.asked.append(place)
        if place == "/.well-known/openid-configuration":
            said = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
            self._answer(request, 200, self.body or json.dumps(said | self.document).encode())
        elif place == "/keys":
            row = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            self._answer(
                request, 200, json.dumps({"keys": [*self.beside, row | {"kid": self.name, "use": "sig"}]}).encode()
            )
        elif place != "/authorize":
            self._answer(request, 404, b"")
        else:
            request.send_response(302)
            request.send_header("Location", self.authorize(request.path))
            request.send_header("Content-Length", "0")
            request.end_headers()

    def _token(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        said = {name: values[0] for name, values in parse_qs(body).items()}
        held = self._codes.pop(said.get("code", ""), None)
        basic = base64.b64decode(request.headers.get("Authorization", "Basic ").split(" ", 1)[1]).decode()
        proof = base64.urlsafe_b64encode(hashlib.sha256(said.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        by_post = self.document.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]
        shown = [said.get("client_id"), said.get("client_secret")] if by_post else _apart(basic)
        if shown != [CLIENT, SECRET]:
            self._answer(request, 401, b'{"error": "invalid_client"}')
            return
        if held is None or proof.decode() != held["code_challenge"]:
            self._answer(request, 400, b'{"error": "invalid_grant"}')
            return
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": held["nonce"]}
        token = self.sign({**claims, **self.person, **self.claims})
        self._answer(request, 200, json.dumps({"id_token": token, "token_type": "Bearer"}).encode())

    def _sign(self, claims: dict) -> str:
        return jwt.encode(claims, self.key, "RS256", {"kid": self.name})

    def _answer(self, request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            for part in [bytes([byte]) for byte in body] if self.drips else [body]:
                request.wfile.write(part)
                time.sleep(0.05 if self.drips else 0)
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked has had enough
