"""Starts the local BigQuery: REST on one loopback port, the Storage Read API on another."""

import argparse
import logging
import math
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn

from nba_pipeline.bigquery.limits import STREAMING_BUFFER_SECONDS
from nba_pipeline.local.bigquery.app import create_app
from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.database import DataInUse
from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.limits import SWITCHES, Rules
from nba_pipeline.local.bigquery.read_api import serve

_PORT_TAKEN, _DATA_IN_USE = 3, 4


def main() -> int:
    """Serves until SIGINT or SIGTERM; returns the process's exit code."""
    arguments = _arguments()
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it can not translate is answered, not logged
    try:
        listener = _listen(arguments.port)
        _listen(arguments.read_port).close()  # gRPC would log lines of its own before it fails
        engine = Engine(arguments.data, arguments.storage_url, _rules(arguments), Clock(arguments.time_scale))
        reads = serve(engine, arguments.read_port)
    except OSError as error:
        print(f"The local BigQuery can not listen: {error}. Choose others with --port/--read-port.", file=sys.stderr)
        return _PORT_TAKEN
    except DataInUse as error:
        print(f"The local BigQuery can not start: {error}", file=sys.stderr)
        return _DATA_IN_USE
    config = uvicorn.Config(create_app(engine), log_level="warning", access_log=False, timeout_keep_alive=75)
    # uvicorn ends gracefully on either signal and then raises it again, for this process to end its own things.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    reads.stop(grace=1).wait()
    engine.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m nba_pipeline.local.bigquery", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="REST port")
    parser.add_argument("--read-port", type=int, required=True, help="gRPC port of the Storage Read API")
    parser.add_argument("--data", type=Path, required=True, help="folder for the database file and uploads")
    parser.add_argument("--storage-url", help="bucket server that holds gs:// objects, e.g. http://127.0.0.1:4443")
    parser.add_argument(
        "--streaming-buffer-seconds",
        type=float,
        default=STREAMING_BUFFER_SECONDS,
        help="seconds of BigQuery that streamed rows stay closed to UPDATE, DELETE and MERGE (default: 30 minutes)",
    )
    parser.add_argument(
        "--time-scale",
        type=_scale,
        default=1.0,
        help="seconds of BigQuery that pass in one (default: 1)",
    )
    parser.add_argument(
        "--without", action="append", default=[], choices=SWITCHES, help="a rule not to enforce; may be repeated"
    )
    parser.add_argument("--seed", type=int, help="fixes the latencies and faults that are drawn at random")
    return parser.parse_args()


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale < math.inf:
        raise ValueError(text)
    return scale


def _rules(arguments: argparse.Namespace) -> Rules:
    return Rules(
        without=frozenset(arguments.without),
        seed=arguments.seed,
        streaming_buffer_seconds=arguments.streaming_buffer_seconds,
    )


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise OSError(f"port {port} is taken") from error
    return listener


if __name__ == "__main__":
    sys.exit(main())
