"""What Google says of an account's permissions, of a bucket and of its BigQuery, in front of the local one."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class GoogleAccount:
    """An account with the permissions in `granted`, by what they are granted on, in a project whose BigQuery is at
    `bigquery` (host:port) and whose bucket holds `objects`."""

    bigquery: str
    granted: dict[str, set[str]] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, query: dict[str, list[str]], body: bytes) -> dict[str, Any] | None:
        """What Google says, or None where the local BigQuery is to be asked."""
        if path.endswith("/allowedLocations"):
            return {"encodedLocations": "0x0"}  # everywhere
        if path.startswith("/v1/projects/"):
            return self._of_these(json.loads(body)["permissions"], "project")
        if path.endswith(":testIamPermissions"):
            return self._of_these(json.loads(body)["permissions"], "dataset")
        if path.endswith("/iam/testPermissions"):
            return self._of_these(query["permissions"], "bucket")
        if path.startswith("/storage/"):
            of_all = {"generation": "1", "updated": "2024-01-31T12:00:00.000Z", "size": "1"}
            return {"items": [{"name": name, **of_all} for name in self.objects]}
        return None

    def _of_these(self, asked: list[str], on: str) -> dict[str, Any]:
        return {"permissions": [name for name in asked if name in self.granted[on]]}


@contextmanager
def running_google_account(bigquery: str) -> Iterator[GoogleAccount]:
    """An account whose `address` answers until the block's end."""
    account = GoogleAccount(bigquery)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("_Handler", (_Requests,), {"account": account})) as server:
        account.address = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield account
        finally:
            server.shutdown()
            thread.join()


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account: GoogleAccount

    def answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = self.account.answer(parts.path, parse_qs(parts.query), body)
        status, text = (200, json.dumps(said).encode()) if said is not None else self._of_bigquery(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def _of_bigquery(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.account.bigquery, timeout=60)
        kept = {name: self.headers[name] for name in ("Content-Type", "If-Match") if name in self.headers}
        connection.request(self.command, self.path, body, kept)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def log_message(self, *_: object) -> None:
        """Says nothing."""
