"""What of Google has no local server: tokens, permissions of an account, and a bucket, on a loopback port."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EMAIL = "pipeline@project.iam.gserviceaccount.com"


@dataclass
class GoogleAccount:
    """A service account with the permissions in `granted`, wherever it is asked; `objects` are the bucket's."""

    granted: set[str] = field(default_factory=set)
    objects: list[str] = field(default_factory=list)
    url: str = ""
    key_file: Path = Path()

    def write_key(self, path: Path) -> None:
        """Makes the account's key file, whose tokens come from here."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        found = {
            **{"type": "service_account", "project_id": "project", "private_key_id": "1", "client_id": "1"},
            **{"client_email": EMAIL, "token_uri": f"{self.url}/token"},
            "private_key": key.private_bytes(*encoding).decode(),
        }
        path.write_text(json.dumps(found))
        self.key_file = path

    def answer(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> dict[str, Any]:
        """What Google says to a request."""
        if path == "/token":
            return {"access_token": "token", "expires_in": 3600, "token_type": "Bearer"}
        if path.endswith(":testIamPermissions"):
            return {"permissions": [name for name in body["permissions"] if name in self.granted]}
        if path.endswith("/iam/testPermissions"):
            return {"permissions": [name for name in query["permissions"] if name in self.granted]}
        stamp = "2024-01-31T12:00:00.000Z"
        return {"items": [{"name": name, "generation": "1", "updated": stamp, "size": "1"} for name in self.objects]}


@contextmanager
def running_google_account() -> Iterator[GoogleAccount]:
    """An account whose endpoints answer until the block's end."""
    account = GoogleAccount()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            text = self.rfile.read(length).decode()
            body = json.loads(text) if text.startswith("{") else {}
            answer = json.dumps(account.answer(parts.path, parse_qs(parts.query), body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    account.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
