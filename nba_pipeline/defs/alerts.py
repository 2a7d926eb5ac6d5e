"""The sensor that sends alerts: digests of what failed, to the receivers of NBA_ALERT_URLS.

Where it stands is kept in Dagster's storage after each step, not in the sensor's cursor, which Dagster keeps at the end
of a tick only: a tick that is killed sends again at most the one message that was under way.
"""

import datetime as dt
import hashlib
import logging
import time

import dagster as dg

from nba_pipeline import settings
from nba_pipeline.defs import finished_runs, instance_state
from nba_pipeline.orchestration import alerts as logic
from nba_pipeline.orchestration.run_cursor import Cursor

_INTERVAL_SECONDS = 60
# No message is begun after this: one that is not answered takes 8 s (apprise's own limits), and a tick has 60.
_SECONDS_PER_TICK = 20.0

_STATE = "alerts"


@dg.sensor(
    name="alerts",
    minimum_interval_seconds=_INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the receivers of NBA_ALERT_URLS what failed: one message per cause and backfill.",
)
def alerts_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Counts the failures since the last tick and sends the messages that are due.

    A message that a receiver does not take is tried again at the next tick. The first tick looks back an hour.
    """
    receivers = {_name(url): url for url in settings.load().alert_urls}
    if not receivers:
        return dg.SkipReason("NBA_ALERT_URLS is not set: no alerts are sent")
    now = dt.datetime.now(dt.UTC)
    state = _noted(context.instance, now)
    state.write_messages(list(receivers), now)
    _keep(context.instance, state)
    sent = _send(context.instance, state, receivers)
    return dg.SkipReason(f"{sent} messages sent, {len(state.messages)} to be tried again")


def _noted(instance: dg.DagsterInstance, now: dt.datetime) -> logic.State:
    """The state with the failures since the last tick counted in."""
    kept = instance_state.get(instance, _STATE) or {"cursor": None, "state": None}
    cursor = Cursor.of(kept["cursor"]) if kept["cursor"] else Cursor(now - logic.QUIET)
    runs, cursor = finished_runs.next_runs(instance, cursor, now, [dg.DagsterRunStatus.FAILURE])
    state = logic.State.of(kept["state"])
    for run in runs:
        state.note(logic.failures(run))
    instance_state.put(instance, _STATE, {"cursor": cursor.text, "state": state.kept})
    return state


def _keep(instance: dg.DagsterInstance, state: logic.State) -> None:
    kept = instance_state.get(instance, _STATE)
    instance_state.put(instance, _STATE, {**kept, "state": state.kept})


def _send(instance: dg.DagsterInstance, state: logic.State, receivers: dict[str, str]) -> int:
    """Sends messages that wait, each receiver by itself, and keeps at once what was taken; returns how many were."""
    waiting = [(message, receiver) for message in state.messages for receiver in message.left]
    sent, started = 0, time.monotonic()
    for message, receiver in waiting:
        if time.monotonic() - started > _SECONDS_PER_TICK:
            break
        if _notify(receivers[receiver], message):
            state.delivered(message, receiver)
            _keep(instance, state)
            sent += 1
    return sent


def _notify(url: str, message: logic.Message) -> bool:
    """Whether the receiver took the message; a URL that apprise can not read takes none."""
    import apprise  # 0.4 s with its plugins, and needed only where something failed

    logging.getLogger("apprise").disabled = True  # it logs URLs, with their passwords
    service = apprise.Apprise()
    return bool(service.add(url) and service.notify(title=message.title, body=message.body))


def _name(url: str) -> str:
    """A name of a receiver that does not give its secrets away."""
    return hashlib.sha256(url.encode()).hexdigest()[:12]
