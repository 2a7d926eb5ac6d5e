"""A bucket that only lists, over HTTP, with an index as Google's has: a page costs what it holds, whatever lies around.

fake-gcs-server walks through all objects at every page, so it would measure itself. Pages hold up to 1,000 names; the
client is Google's. How long Google takes for a page is not modelled: the pages are counted instead.
"""

import json
import threading
from bisect import bisect_left, insort
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_PAGE = 1_000


class ListedBucket(ThreadingHTTPServer):
    """Serves `names` as the objects of every bucket; `pages` counts the requests."""

    def __init__(self, names: list[str], updated: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.names = sorted(names)
        self.updated = dict.fromkeys(names, updated)
        self.pages = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, name: str, updated: str) -> None:
        """One more object."""
        insort(self.names, name)
        self.updated[name] = updated

    def page(self, query: dict[str, str]) -> dict[str, object]:
        """A page of the listing that Google's client asks for."""
        self.pages += 1
        prefix, token = query.get("prefix", ""), query.get("pageToken", "")
        at = bisect_left(self.names, token or max(prefix, query.get("startOffset", "")))
        end = bisect_left(self.names, prefix + "\U0010ffff") if prefix else len(self.names)
        last = min(at + _PAGE, end)
        items = [
            {"name": name, "generation": "1", "updated": self.updated[name], "size": "1"}
            for name in self.names[at:last]
        ]
        return {"items": items, **({"nextPageToken": self.names[last]} if last < end else {})}


class _Handler(BaseHTTPRequestHandler):
    server: ListedBucket
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        body = json.dumps(self.server.page(query)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing of each request."""


@contextmanager
def running(names: list[str], updated: str) -> Iterator[ListedBucket]:
    """A bucket that answers until the block's end."""
    server = ListedBucket(names, updated)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
