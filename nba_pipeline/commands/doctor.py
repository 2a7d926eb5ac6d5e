"""The doctor: what is wrong with a place where the pipeline runs, and what to do about it."""

import dataclasses
from typing import TYPE_CHECKING

import typer
from rich.table import Table as Grid
from rich.text import Text

from nba_pipeline import settings
from nba_pipeline.commands.common import PROJECT, AsJson, command, console, print_json
from nba_pipeline.terminal import cell, message

if TYPE_CHECKING:
    from nba_pipeline.doctor.finding import Finding

app = typer.Typer()


@command(app, PROJECT, "nba-pipeline doctor --json")
def doctor(as_json: AsJson = False) -> None:
    """Check what the pipeline needs here. Each finding is ok, warn or fail, with what to do; one fail is exit code 1.

    Locally: Python, ports, the stack. With NBA_ENV=gcp: credentials, permissions. In both: the bucket, where datasets
    lie, tables against their declarations, limits in use, Dagster's storage and daemons, write slots.
    """
    current = settings.load()
    from nba_pipeline.doctor.examination import examine

    found = []
    for finding in examine(current):
        found.append(finding)
        if not as_json:
            console.print(_lines(finding))
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in found])
    if any(finding.level == "fail" for finding in found):
        raise typer.Exit(1)


def _lines(finding: "Finding") -> Grid:
    """A finding as it is printed, as soon as it is there: some checks take seconds."""
    shown = Grid.grid(padding=(0, 1))
    for width in (4, 12, None):
        shown.add_column(width=width, overflow="fold")
    shown.add_row(cell(finding.level), cell(finding.check), Text(message(finding.found)))
    if finding.remedy:
        shown.add_row("", "", Text(f"-> {message(finding.remedy)}", "italic"))
    return shown
