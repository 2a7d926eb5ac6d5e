"""Alerts: digests per cause and backfill, and their way to a real receiver."""

import datetime as dt
import json
import logging

import dagster as dg
import pytest

from nba_pipeline.defs import alerts as alerts_module
from nba_pipeline.defs import instance_state
from nba_pipeline.defs.alerts import alerts_sensor
from nba_pipeline.orchestration.alerts import QUIET, Failure, State, cause, failures
from nba_pipeline_tests.support.finished import NOON, run, step
from nba_pipeline_tests.support.quiet_console import SILENT
from nba_pipeline_tests.support.receiver import running_receiver
from nba_pipeline_tests.support.toy_job import NoTables

MINUTE = dt.timedelta(minutes=1)
CONFLICT = "Conflict: job nba-toy-12ab-1 ended in invalidQuery: Could not serialize access to table p:toys.toy"


def failed(error=CONFLICT, backfill=None, what="toys.toy", run_id="run-1", at=NOON):
    return Failure(run_id, what, "2024-01-01", error, backfill, at)


def messages(state, now=NOON):
    """The messages that are due, taken by their receiver."""
    state.write_messages(["receiver"], now)
    due = list(state.messages)
    for message in due:
        state.delivered(message, "receiver")
    return due


def test_errors_that_differ_in_names_and_numbers_have_one_cause():
    assert cause(CONFLICT) == cause(CONFLICT.replace("12ab", "77ff").replace("toys.toy", "nba_raw.odds"))
    assert cause(CONFLICT).startswith("Conflict: job … ended in invalidQuery: Could not serialize")
    assert cause("KeyError: 'a'") != cause("ValueError: boom")


def test_three_hundred_failures_of_one_cause_are_one_message_with_counts_and_examples():
    state = State()
    state.note(failed(backfill="abc", run_id=f"run-{n}", what=f"toys.t{n % 2}") for n in range(300))
    [message] = messages(state)
    assert message.title.startswith("nba_pipeline failed 300 times in backfill abc: Conflict: job … ended")
    assert "toys.t0 (150), toys.t1 (150)" in message.body
    assert message.body.count("run run-") == 3


def test_each_cause_and_each_backfill_has_a_message_of_its_own():
    state = State()
    state.note([failed(backfill="a"), failed(backfill="b"), failed(), failed("ValueError: boom", backfill="a")])
    assert len(messages(state)) == 4


def test_within_an_hour_of_a_message_failures_are_counted_into_the_next():
    state = State()
    state.note([failed()])
    assert len(messages(state)) == 1
    for minute in range(1, 60):
        state.note([failed()])
        assert messages(state, NOON + MINUTE * minute) == []
    [message] = messages(state, NOON + QUIET)
    assert message.title.startswith("nba_pipeline failed 59 times")
    assert messages(state, NOON + 2 * QUIET) == []


def test_what_is_over_is_forgotten():
    state = State()
    state.note([failed()])
    messages(state)
    messages(state, NOON + QUIET)
    assert state.kept == {"topics": {}, "messages": []}


def test_the_state_keeps_within_bounds_while_no_receiver_answers_for_a_week():
    state = State()
    for hour in range(24 * 7):
        state.note(failed(f"Error{'x' * n}: a cause", what=f"toys.t{hour}") for n in range(100))
        state.write_messages(["receiver"], NOON + QUIET * hour)
    assert len(state.messages) == len(state.topics) == 51
    assert len(json.dumps(state.kept)) < 200_000
    told = sum(int(message.title.split()[2]) for message in state.messages if "times" in message.title)
    told += sum("once" in message.title for message in state.messages)
    assert told + sum(topic.failures for topic in state.topics.values()) == 24 * 7 * 100


def test_a_receiver_that_was_removed_gets_nothing_more():
    state = State()
    state.note([failed()])
    state.write_messages(["gone"], NOON)
    state.write_messages(["receiver"], NOON)
    assert state.messages == []


def test_the_state_is_what_json_keeps_of_it():
    state = State()
    state.note([failed(), failed(backfill="b")])
    state.write_messages(["receiver"], NOON)
    assert State.of(json.loads(json.dumps(state.kept))) == state


def test_steps_that_were_not_run_because_of_a_failure_are_no_failures_of_their_own():
    steps = (step("bears", False, error="ValueError: boom"), step("cars", None, needs=("bears",)))
    [found] = failures(run(*steps, status="failed", backfill="abc", partition="2024-01-01"))
    assert str(found) == "toys.bears, 2024-01-01, run run-1: ValueError: boom"
    assert found.backfill == "abc"


def test_a_run_that_died_is_one_failure():
    [found] = failures(run(step("bears"), step("cars", None), step("boats", None), status="died", error="SIGKILL"))
    assert (found.what, found.error) == ("a run that died", "SIGKILL")


@pytest.mark.parametrize("status", ["succeeded", "canceled"])
def test_runs_that_succeeded_or_that_somebody_canceled_are_no_failures(status):
    assert list(failures(run(step("bears", status == "succeeded" or None), status=status))) == []


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture
def receiver(monkeypatch):
    with running_receiver() as found:
        monkeypatch.setenv("NBA_ALERT_URLS", found.url)
        yield found


def fail(instance, error="boom"):
    @dg.asset(key=["toys", "broken"])
    def broken():
        raise ValueError(error)

    resources = {"io_manager": NoTables()}
    dg.materialize([broken], instance=instance, resources=resources, raise_on_error=False, run_config=SILENT)


def tick(instance):
    return alerts_sensor(dg.build_sensor_context(instance=instance)).skip_message


def test_failed_runs_reach_the_receiver_as_one_message(instance, receiver):
    for _ in range(3):
        fail(instance)
    assert tick(instance) == "1 messages sent, 0 to be tried again"
    [(title, body)] = receiver.taken
    assert title == "nba_pipeline failed 3 times: ValueError: boom"
    assert "toys.broken (3)" in body
    fail(instance)
    assert tick(instance) == "0 messages sent, 0 to be tried again"


def test_without_receivers_the_sensor_says_so(instance, monkeypatch):
    monkeypatch.delenv("NBA_ALERT_URLS", raising=False)
    assert tick(instance) == "NBA_ALERT_URLS is not set: no alerts are sent"


def test_while_the_receiver_is_down_nothing_is_lost_and_then_it_is_sent_once(instance, receiver):
    receiver.is_down = True
    fail(instance)
    assert tick(instance) == "0 messages sent, 1 to be tried again"
    fail(instance, "another thing")
    assert tick(instance) == "0 messages sent, 2 to be tried again"
    receiver.is_down = False
    assert tick(instance) == "2 messages sent, 0 to be tried again"
    assert tick(instance) == "0 messages sent, 0 to be tried again"
    assert sorted(title for title, _ in receiver.taken) == [
        "nba_pipeline failed once: ValueError: another thing",
        "nba_pipeline failed once: ValueError: boom",
    ]


def test_a_receiver_that_has_a_message_does_not_get_it_again_because_another_is_down(instance, receiver, monkeypatch):
    with running_receiver() as other:
        other.is_down = True
        monkeypatch.setenv("NBA_ALERT_URLS", f"{receiver.url} {other.url}")
        fail(instance)
        assert tick(instance) == "1 messages sent, 1 to be tried again"
        other.is_down = False
        assert tick(instance) == "1 messages sent, 0 to be tried again"
    assert (len(receiver.taken), len(other.taken)) == (1, 1)


def test_a_tick_that_is_killed_between_two_messages_sends_neither_twice(instance, receiver, monkeypatch):
    fail(instance)
    fail(instance, "another thing")
    notify = alerts_module._notify

    def killed(url, message):
        if receiver.taken:
            raise KeyboardInterrupt
        return notify(url, message)

    monkeypatch.setattr(alerts_module, "_notify", killed)
    with pytest.raises(KeyboardInterrupt):
        tick(instance)
    monkeypatch.setattr(alerts_module, "_notify", notify)
    tick(instance)
    assert len({title for title, _ in receiver.taken}) == len(receiver.taken) == 2


def test_a_receiver_s_secrets_are_in_no_log_and_not_in_the_state(instance, receiver, monkeypatch, caplog):
    monkeypatch.setenv("NBA_ALERT_URLS", f"{receiver.url} nonsense://somebody:secret-word@host")
    caplog.set_level(logging.DEBUG)
    fail(instance)
    assert tick(instance) == "1 messages sent, 1 to be tried again"
    assert "secret-word" not in caplog.text
    assert "secret-word" not in json.dumps(instance_state.get(instance, "alerts"))


def test_the_sensor_is_on_by_default():
    assert alerts_sensor.default_status is dg.DefaultSensorStatus.RUNNING
