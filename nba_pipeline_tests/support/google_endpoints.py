"""Google's own host names, answered on this machine: production code is told nothing of it.

A process that gets `environment` does what every HTTP and gRPC client does with a proxy and a certificate authority: it
asks the proxy for bigquery.googleapis.com, speaks TLS with whom it finds there, and shows a token that it got for the
key of a service account. The proxy leads each host to a local server, takes note of every HTTP request, and refuses any
other host, so that nothing leaves the machine.
"""

import datetime as dt
import http.client
import json
import selectors
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import jwt

BIGQUERY, READS, STORAGE = "bigquery.googleapis.com", "bigquerystorage.googleapis.com", "storage.googleapis.com"
TOKENS = "oauth2.googleapis.com"
TOKEN = "token-canary"
ACCOUNT = "nba-pipeline@my-project.iam.gserviceaccount.com"

_OF_ONE_CONNECTION = {"connection", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came in."""

    host: str
    method: str
    path: str
    body: bytes
    authorization: str | None


@dataclass
class Recorder:
    """Where requests for a host are led (`host:port`), and what came in."""

    servers: Mapping[str, str]
    requests: list[Request] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Endpoints:
    """A running proxy: `environment` is what makes a process use it."""

    recorder: Recorder
    environment: dict[str, str]


@contextmanager
def google_endpoints(folder: Path, servers: Mapping[str, str]) -> Iterator[Endpoints]:
    """The proxy until the block's end; `servers` are the local ones, `host:port` by Google's name of theirs."""
    key, certificate = _self_signed([*servers, TOKENS])
    (folder / "certificate.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    account = {"type": "service_account", "project_id": "my-project", "client_email": ACCOUNT, "client_id": "1"}
    account |= {"private_key_id": "1", "private_key": key.decode(), "token_uri": f"https://{TOKENS}/token"}
    (folder / "account.json").write_text(json.dumps(account))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    recorder = Recorder(servers)
    with _served(_Proxy, recorder=recorder, context=context, certificate=certificate) as port:
        proxy = f"http://127.0.0.1:{port}"
        yield Endpoints(
            recorder,
            {
                "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "account.json"),
                "HTTPS_PROXY": proxy,
                "https_proxy": proxy,
                "REQUESTS_CA_BUNDLE": str(folder / "certificate.pem"),
                "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(folder / "certificate.pem"),
            },
        )


@contextmanager
def recorded(host: str, server: str) -> Iterator[tuple[Recorder, int]]:
    """A port of this machine whose HTTP requests are led to `server` and noted as those for `host`."""
    recorder = Recorder({host: server})
    with _served(_requests_for(host), recorder=recorder) as port:
        yield recorder, port


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler], **attributes: Any) -> Iterator[int]:
    """The port of a server of such handlers, which find the attributes at their `server`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.__dict__.update(attributes)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class _Requests(BaseHTTPRequestHandler):
    """Answers the requests of one connection to `host` with what the local server says."""

    protocol_version = "HTTP/1.1"
    host: str

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.host, self.command, self.path, body, self.headers.get("Authorization"))
        self.server.recorder.requests.append(request)
        if self.host == TOKENS:
            self._reply(200, {"Content-Type": "application/json"}, _token(body, self.server.certificate))
            return
        server = self.server.recorder.servers[self.host]
        connection = http.client.HTTPConnection(server, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        # Where an upload goes on is named with the server's own address.
        told = {name: value.replace(f"http://{server}", self._origin()) for name, value in answer.getheaders()}
        self._reply(answer.status, told, answer.read())
        connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815 - http.server's names

    def _origin(self) -> str:
        if isinstance(self.connection, ssl.SSLSocket):
            return f"https://{self.host}"
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _OF_ONE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *message: object) -> None:
        pass


class _Proxy(BaseHTTPRequestHandler):
    """Takes CONNECT for Google's hosts, and speaks TLS in their name."""

    def do_CONNECT(self) -> None:
        host, _, _ = self.path.partition(":")
        if host not in self.server.recorder.servers and host != TOKENS:
            self.send_error(403, f"{host} is not one of Google's that this test knows")
            return
        self.send_response(200)
        self.end_headers()
        self.server.recorder.hosts.add(host)
        with self.server.context.wrap_socket(self.connection, server_side=True) as tls:
            if tls.selected_alpn_protocol() == "h2":
                _pipe(tls, self.server.recorder.servers[host])
            else:
                _requests_for(host)(tls, self.client_address, self.server)
        self.close_connection = True

    def log_message(self, *message: object) -> None:
        pass


def _requests_for(host: str) -> type[_Requests]:
    return type("_RequestsForHost", (_Requests,), {"host": host})


def _pipe(tls: ssl.SSLSocket, server: str) -> None:
    """Carries bytes both ways until either side ends: gRPC, which the local server speaks without TLS."""
    address, _, port = server.partition(":")
    with socket.create_connection((address, int(port))) as plain, selectors.DefaultSelector() as selector:
        selector.register(tls, selectors.EVENT_READ, plain)
        selector.register(plain, selectors.EVENT_READ, tls)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65_536)
                while isinstance(key.fileobj, ssl.SSLSocket) and key.fileobj.pending():
                    data += key.fileobj.recv(65_536)
                if not data:
                    return
                key.data.sendall(data)


def _token(body: bytes, certificate: bytes) -> bytes:
    """A token for who shows that it has the account's key."""
    [assertion] = parse_qs(body.decode())["assertion"]
    claims = jwt.decode(assertion, certificate, audience=f"https://{TOKENS}/token")
    assert claims["iss"] == ACCOUNT
    return json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}).encode()


def _self_signed(hosts: list[str]) -> tuple[bytes, bytes]:
    """A key and a certificate for `hosts`, as PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nba_pipeline's tests")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return written, certificate.public_bytes(serialization.Encoding.PEM)
