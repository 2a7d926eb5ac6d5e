"""Small named JSON values in Dagster's own storage: what sensors, the run queue and the command line must all know.

They lie where Dagster's daemons keep their own cursors, in SQLite as in Postgres, so every process that has an instance
sees the same. `DagsterInstance.daemon_cursor_storage` is the only key-value storage that an instance offers; it is no
documented API, and a test against real instances fails when it changes.
"""

import json
from collections.abc import Collection
from typing import Any

import dagster as dg

_PREFIX = "nba_pipeline/"


def get(instance: dg.DagsterInstance, name: str) -> Any:
    """The value called `name`; None where none was put."""
    return get_all(instance, [name]).get(name)


def get_all(instance: dg.DagsterInstance, names: Collection[str]) -> dict[str, Any]:
    """The values of `names` that were put, by name, in one query."""
    found = instance.daemon_cursor_storage.get_cursor_values({_PREFIX + name for name in names})
    return {key.removeprefix(_PREFIX): json.loads(text) for key, text in found.items()}


def put(instance: dg.DagsterInstance, name: str, value: Any) -> None:
    """Makes `value`, anything that JSON holds, the value called `name`.

    The last writer wins: a value is written in one place, or losing a change to it must not matter. There is no
    deleting, so names come from a fixed set, such as the declared tables; None reads as if none had been put.
    One name at a time, for Dagster loses the new names among several when another of them exists already (SQLite).
    """
    instance.daemon_cursor_storage.set_cursor_values({_PREFIX + name: json.dumps(value)})
