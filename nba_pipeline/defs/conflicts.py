"""Conflicts over tables, counted in Dagster's storage: the run-history sensor notes them, live ingest asks for them."""

import datetime as dt
from collections.abc import Iterable

import dagster as dg

from nba_pipeline import catalog
from nba_pipeline.defs import instance_state
from nba_pipeline.orchestration import conflicts
from nba_pipeline.orchestration.run_history import FinishedRun


def note(instance: dg.DagsterInstance, runs: Iterable[FinishedRun], now: dt.datetime) -> None:
    """Adds the conflicts that `runs` met to those of the last quarter of an hour; a run that is noted again adds none.

    To be called by one sensor only: the last writer of a value wins.
    """
    for table_name, found in conflicts.of_runs(runs).items():
        if table_name in catalog.tables():
            before = instance_state.get(instance, _name(table_name)) or []
            instance_state.put(instance, _name(table_name), conflicts.kept([*map(tuple, before), *found], now))


def conflict_spikes(instance: dg.DagsterInstance, now: dt.datetime) -> dict[str, dt.datetime]:
    """The tables on which conflicts spiked lately, each with the moment (UTC) until which live ingest should wait.

    Conflicts are known once the run that met them has ended.
    """
    names = {_name(table_name): table_name for table_name in catalog.tables()}
    noted = instance_state.get_all(instance, names.keys())
    held = {names[name]: conflicts.held_until(entries, now) for name, entries in noted.items()}
    return {table_name: until for table_name, until in held.items() if until}


def _name(table_name: str) -> str:
    return f"conflicts/{table_name}"
