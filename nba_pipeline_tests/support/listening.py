"""What a process and those it started listen on, as the kernel knows it."""

import ipaddress
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"  # include/net/tcp_states.h

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def listening(process_id: int) -> set[tuple[Address, int]]:
    """Addresses and ports of the TCP sockets that the process and its descendants listen on."""
    inodes = {inode for member in _family(process_id) for inode in _sockets(member)}
    return {(address, port) for address, port, inode in _listening() if inode in inodes}


def _family(process_id: int) -> Iterator[int]:
    yield process_id
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == process_id:
                yield from _family(int(entry.name))


def _sockets(process_id: int) -> Iterator[str]:
    for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
        with suppress(OSError):  # it was closed
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                yield target[8:-1]


def _listening() -> Iterator[tuple[Address, int, str]]:
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == _LISTEN:
                address, _, port = local.partition(":")
                yield _address(address), int(port, 16), rest[5]


def _address(text: str) -> Address:
    """An address as the kernel writes it: words of four bytes, each in the machine's order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    address = ipaddress.ip_address(struct.pack(f"={len(words)}I", *words))
    return getattr(address, "ipv4_mapped", None) or address
