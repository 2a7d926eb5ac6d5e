"""Declared tables beside the live ones, and what creating them would do, as it is printed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from nba_pipeline.bigquery.live import Compared
from nba_pipeline.table import Table
from nba_pipeline.terminal import grid


def records(compared: Iterable[Compared]) -> list[dict[str, Any]]:
    """Every table, as JSON holds it."""
    return [{"table": str(one.table), "status": one.status, "differences": one.differences} for one in compared]


def listing(compared: Sequence[Compared], place: str) -> RenderableType:
    """The tables that are not as declared; a line where all are."""
    rows = [(str(one.table), one.status, "; ".join(one.differences)) for one in compared if one.differences]
    if not rows:
        return f"All {len(compared)} tables of {place} are as declared."
    return grid(("table", "status", "what differs"), rows, f"{len(rows)} of {len(compared)} tables of {place} differ")


def plan(compared: Iterable[Compared], found: Mapping[str, str | None], location: str) -> list[str]:
    """What creating does, line by line: datasets that `found` has no location of, then tables and columns."""
    lines = [f"create dataset {name} in {location}" for name, place in found.items() if place is None]
    for one in compared:
        if one.status == "missing":
            lines.append(f"create table {one.table}: {_outline(one.table)}")
        elif one.drift and one.status == "incomplete":
            lines.append(f"add to {one.table}: {', '.join(one.drift.added)}")
    return lines


def _outline(table: Table) -> str:
    parts = [f"{len(table.columns)} columns"]
    if table.partition_by:
        parts.append(f"partitioned by {table.partition_by}")
    if table.cluster_by:
        parts.append(f"clustered by {', '.join(table.cluster_by)}")
    return ", ".join(parts)
