"""A receiver of alerts on loopback: takes what apprise posts to json:// URLs, or refuses it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """What came in, as (title, message); `is_down` makes it answer 503."""

    def __init__(self, port: int) -> None:
        self.url = f"json://somebody:secret-word@127.0.0.1:{port}/hook"
        self.taken: list[tuple[str, str]] = []
        self.is_down = False


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver that answers until the block's end."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not receiver.is_down:
                receiver.taken.append((body["title"], body["message"]))
            self.send_response(503 if receiver.is_down else 200)
            self.end_headers()

        def log_message(self, *message: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
