"""Conflicts over tables, and when they hold live ingest."""

import datetime as dt
from dataclasses import replace
from types import MappingProxyType

import dagster as dg
import pytest

from nba_pipeline import catalog
from nba_pipeline.bigquery import errors
from nba_pipeline.defs import instance_state
from nba_pipeline.defs.conflicts import conflict_spikes, note
from nba_pipeline.orchestration.conflicts import CAUSES, HOLD, SPIKE, WINDOW, held_until
from nba_pipeline_tests.support.finished import FIGURES, NOON, run, step
from nba_pipeline_tests.support.toy import TOY

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def instance(monkeypatch):
    monkeypatch.setattr(catalog, "tables", lambda: MappingProxyType({str(TOY): TOY}))
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def toy_run(*reruns, run_id="run-1", at=NOON):
    figures = {**FIGURES, "reruns": list(reruns), "handled_at": at}
    return run(replace(step("toy"), writes={str(TOY): figures}), run_id=run_id)


def entries(*seconds):
    return [((NOON + SECOND * s).timestamp(), f"run-{s}", 1) for s in seconds]


def test_fewer_conflicts_than_a_spike_hold_nothing():
    assert held_until(entries(*range(SPIKE - 1)), NOON) is None


def test_a_spike_holds_the_table_from_its_last_conflict_on():
    last = NOON + SECOND * (SPIKE - 1)
    assert held_until(entries(*range(SPIKE)), last) == last + HOLD
    assert held_until(entries(*range(SPIKE)), last + HOLD) is None


def test_conflicts_that_are_spread_out_are_no_spike():
    apart = WINDOW.total_seconds() / (SPIKE - 1) + 1
    assert held_until(entries(*(n * apart for n in range(SPIKE))), NOON + SECOND * apart * SPIKE) is None


def test_a_spike_holds_as_long_as_it_should_while_others_are_noted(instance):
    note(instance, [toy_run(*["Conflict"] * SPIKE)], NOON)
    almost = NOON + HOLD - SECOND
    note(instance, [toy_run("Conflict", run_id="run-2", at=almost)], almost)
    assert conflict_spikes(instance, almost) == {str(TOY): NOON + HOLD}


def test_only_reruns_that_another_writer_caused_count(instance):
    note(instance, [toy_run(*["Transient", "RateLimited"] * SPIKE)], NOON)
    assert conflict_spikes(instance, NOON) == {}


def test_a_run_that_is_noted_again_after_a_crash_counts_once(instance):
    for _ in range(SPIKE):
        note(instance, [toy_run("QueueFull")], NOON)
    assert conflict_spikes(instance, NOON) == {}


def test_a_write_that_gave_up_holds_the_table_at_once(instance):
    given_up = step("toy", succeeded=False, given_up=(("DagsterError", NOON), ("Conflict", NOON)))
    note(instance, [run(given_up, status="failed")], NOON)
    assert conflict_spikes(instance, NOON) == {str(TOY): NOON + HOLD}


def test_what_is_too_old_to_matter_is_dropped(instance):
    for minute in range(60):
        now = NOON + SECOND * 60 * minute
        note(instance, [toy_run("Conflict", run_id=f"run-{minute}", at=now)], now)
    assert len(instance_state.get(instance, f"conflicts/{TOY}")) == 16


def test_tables_that_are_not_declared_are_not_noted(instance):
    note(instance, [run(step("unknown"))], NOON)
    assert instance_state.get(instance, "conflicts/toys.unknown") is None


def test_the_causes_are_names_of_errors():
    assert all(issubclass(getattr(errors, name), errors.Retryable) for name in CAUSES)
