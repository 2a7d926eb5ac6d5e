"""Where the pipeline runs and what it talks to: the only reader of the environment.

`NBA_ENV=local` (the default) is the stack of `nba_pipeline/local` on loopback; `NBA_ENV=gcp` with `NBA_PROJECT` and
`NBA_BUCKET` is Google Cloud with application default credentials. Everything else takes a `Settings`.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nba_pipeline.errors import UserError

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class SettingsError(UserError):
    """An environment variable is missing or makes no sense; the message names it and says what to set."""


@dataclass(frozen=True, slots=True)
class LocalPorts:
    """The loopback ports of the local stack."""

    bigquery: int
    bigquery_read: int
    bucket: int
    ui: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data lives. `ports` mean something only where `env` is local; `state_dir` holds what the processes of this
    host share: write slots, and locally all data. `time_scale` is how many seconds of BigQuery pass in one.
    `alert_urls` are where alerts go, as apprise reads them; they hold passwords and tokens."""

    env: Literal["local", "gcp"]
    project: str
    location: str
    bucket: str
    ports: LocalPorts
    state_dir: Path
    time_scale: float
    alert_urls: tuple[str, ...] = field(default=(), repr=False)

    @property
    def bigquery_url(self) -> str | None:
        """The local BigQuery's address, or None for Google's."""
        return f"http://127.0.0.1:{self.ports.bigquery}" if self.env == "local" else None

    @property
    def bigquery_read_address(self) -> str | None:
        """host:port of the local Storage Read API, or None for Google's."""
        return f"127.0.0.1:{self.ports.bigquery_read}" if self.env == "local" else None

    @property
    def storage_url(self) -> str | None:
        """The local bucket server's address, or None for Google's."""
        return f"http://127.0.0.1:{self.ports.bucket}" if self.env == "local" else None

    @property
    def ui_url(self) -> str:
        """Where Dagster's UI and GraphQL answer."""
        return f"http://127.0.0.1:{self.ports.ui}"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from environment variables; raises SettingsError where one is missing or wrong."""
    env = environ.get("NBA_ENV", "local")
    if env not in ("local", "gcp"):
        raise SettingsError(f"NBA_ENV is {env!r}: set it to local or gcp")
    return Settings(
        env="local" if env == "local" else "gcp",
        project=_text(environ, "NBA_PROJECT", "nba-local" if env == "local" else None),
        location=environ.get("NBA_LOCATION", "US"),
        bucket=_text(environ, "NBA_BUCKET", "nba-scraped-data" if env == "local" else None),
        ports=LocalPorts(
            bigquery=_port(environ, "NBA_BIGQUERY_PORT", 9050),
            bigquery_read=_port(environ, "NBA_BIGQUERY_READ_PORT", 9060),
            bucket=_port(environ, "NBA_BUCKET_PORT", 4443),
            ui=_port(environ, "NBA_UI_PORT", 3000),
        ),
        state_dir=Path(environ.get("NBA_STATE_DIR", PROJECT_ROOT / ".local")).absolute(),
        time_scale=_scale(environ, 10.0) if env == "local" else 1.0,
        alert_urls=tuple(environ.get("NBA_ALERT_URLS", "").split()),
    )


def _text(environ: Mapping[str, str], name: str, default: str | None) -> str:
    value = environ.get(name, default)
    if not value:
        raise SettingsError(f"{name} is not set: NBA_ENV=gcp needs it, see the README")
    return value


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise SettingsError(f"{name} is {text!r}: set it to a port number between 1 and 65535")
    return int(text)


def _scale(environ: Mapping[str, str], default: float) -> float:
    text = environ.get("NBA_TIME_SCALE", str(default))
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale < math.inf:
        raise SettingsError(f"NBA_TIME_SCALE is {text!r}: set it to a number above 0, e.g. 10")
    return scale
