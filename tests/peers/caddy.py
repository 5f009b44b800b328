"""Caddy with ``deploy/Caddyfile`` as it is, for a domain of its own on loopback and with certificates of its own."""

import os
import ssl
from pathlib import Path

import httpx

from tests.peers.house import ROOT, wait_for
from tests.peers.server import Peer

# No certificates from outside, no door for its administration, nothing on port 80.
HERE = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n\n"


class Caddy(Peer):
    """``url``: where it listens; ``client()``: somebody who believes its certificate."""

    def __init__(self, folder: Path, port: int, upstream: str) -> None:
        written = (ROOT / "deploy" / "Caddyfile").read_text()
        assert written.count("\ndesk.example.com {\n") == 1
        config = folder / "Caddyfile"
        config.write_text(HERE + written.replace("\ndesk.example.com {\n", f"\nlocalhost:{port} {{\n\ttls internal\n"))
        self.url = f"https://localhost:{port}"
        self._authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        own = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "RONDPOINT_UPSTREAM": upstream}
        super().__init__(
            ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"], port, folder / "caddy.log",
            environment={**os.environ, "HOME": str(folder), **own},
        )  # fmt: skip
        wait_for(self._greets, 30, f"a certificate; see {self.log}")

    def client(self, **headers: str) -> httpx.Client:
        """A browser of its own."""
        known = ssl.create_default_context(cafile=str(self._authority))
        return httpx.Client(base_url=self.url, verify=known, headers=headers, timeout=30)

    def _greets(self) -> bool:
        try:
            with self.client() as client:
                return client.get("/readyz").status_code == 404
        except (OSError, httpx.TransportError):
            return False
