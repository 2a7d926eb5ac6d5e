"""Loopback ports: which are free, and what to do about one that is not."""

import socket


def free() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a service could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def other_port(variable: str, port: int) -> str:
    """What to do about a port that is taken, which `variable` sets."""
    return f"end that one, or choose another port, e.g. `{variable}={port + 1} make demo`"
