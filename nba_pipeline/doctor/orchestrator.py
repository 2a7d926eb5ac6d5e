"""Checks of Dagster: its instance, its daemons, and the place of the write slots."""

from collections.abc import Iterator

import dagster as dg

from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.slots import postgres_url
from nba_pipeline.doctor.finding import Finding, fail, ok, warn
from nba_pipeline.operations import dagster_instance
from nba_pipeline.settings import Settings

_SLOT = "doctor"


def instance(settings: Settings) -> Iterator[Finding]:
    """Whether Dagster's storage answers, what it is, whether its daemons are alive, and whether slots can be taken."""
    with dagster_instance(settings) as opened:
        yield _storage(settings, opened)
        yield _daemons(opened)
        yield _slots(settings, opened)


def _storage(settings: Settings, opened: dg.DagsterInstance) -> Finding:
    runs = opened.get_runs_count()
    kind = "Postgres" if postgres_url(opened) else type(opened.run_storage).__name__
    said = f"{kind} holds {runs:,} runs, at {opened.root_directory}"
    if settings.env == "gcp" and not postgres_url(opened):
        remedy = "let dagster.yaml name a Postgres before a second host runs anything: slots and runs are this host's"
        return warn("Dagster", said, remedy)
    return ok("Dagster", said)


def _daemons(opened: dg.DagsterInstance) -> Finding:
    statuses = opened.get_daemon_statuses()
    silent = sorted(name.lower() for name, status in statuses.items() if status.required and not status.healthy)
    if silent:
        remedy = "start `dagster-daemon run` with the same DAGSTER_HOME (locally `make dev`), and see its log"
        return fail("Dagster", f"daemons that do not beat: {', '.join(silent)}", remedy)
    return ok("Dagster", "its daemons beat")


def _slots(settings: Settings, opened: dg.DagsterInstance) -> Finding:
    """Takes a slot as a write does, of a table that there is not."""
    resource = BigQueryResource.of(settings)
    with resource.slots(opened).held(_SLOT) as turn:
        where = "Dagster's Postgres" if postgres_url(opened) else f"{resource.slots_folder}, for writers of this host"
        return ok("write slots", f"can be taken, in {turn.waited:.1f} s, in {where}")
