"""A web site of somebody else on loopback: pages as text, and files out of folders."""

import contextlib
import gzip
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def serving(pages: dict[str, str], folder: Path | None = None) -> Iterator[str]:
    """The address of a site with these pages by their paths; ``folder``: files below ``/files/``, unpacked."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            content, kind = pages.get(path, "").encode(), "text/html"
            if folder and path.startswith("/files/"):
                packed = folder / f"{Path(path).name}.gz"
                content, kind = gzip.decompress(packed.read_bytes()) if packed.exists() else b"", "text/javascript"
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
