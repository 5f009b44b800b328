"""A language model behind an OpenAI-compatible address: answers as it is told to, and keeps what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LanguageModel:
    """``mood`` decides the answer: "well", "slow", "broken", "garbage" or "huge". ``asked`` holds bodies and keys."""

    def __init__(self, *lines: str):
        self.lines = list(lines)
        self.mood = "well"
        self.asked: list[tuple[str, dict]] = []
        self._released = threading.Event()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer(200 if self.path == "/v1/models" else 404, b'{"data": []}')

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                model.asked.append((self.headers.get("Authorization", ""), body))
                if model.mood == "slow":
                    model._released.wait(30)
                text = "\n".join(f"- {line}" for line in model.lines)
                good = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
                answers = {
                    "broken": (500, b"out of memory"),
                    "garbage": (200, b"<html>"),
                    "huge": (200, b"x" * 2_000_000),
                }
                self._answer(*answers.get(model.mood, (200, good)))

            def _answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # whoever asked has had enough

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Answers nobody any more."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
