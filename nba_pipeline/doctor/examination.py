"""The examination: every check in order, each of which tells what it found whatever happens in it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from google.api_core.exceptions import Forbidden, GoogleAPIError

from nba_pipeline.bigquery.connection import connected
from nba_pipeline.doctor import account, host, orchestrator, project
from nba_pipeline.doctor.finding import Finding, fail
from nba_pipeline.errors import UserError
from nba_pipeline.local import stack
from nba_pipeline.settings import Settings


def examine(settings: Settings) -> Iterator[Finding]:
    """What each check finds, as soon as it does; what needs what is not there is not looked at."""
    yield host.python()
    if settings.env == "local":
        yield from host.services(settings)
        if not stack.is_running(settings):
            return
        yield from _google(settings)
    else:
        told, found = account.credentials()
        yield told
        if found is not None:
            yield from _safe("permissions", account.on_bucket, settings)
            yield from _google(settings, found)
    yield from _safe("Dagster", orchestrator.instance, settings)


def _google(settings: Settings, authorized: Any = None) -> Iterator[Finding]:
    """What BigQuery and the bucket answer; `authorized` are the credentials where any are needed."""
    yield from _safe("bucket", project.bucket_answers, settings)
    with connected(settings) as connection:
        answered = list(_safe("BigQuery", project.bigquery_answers, connection.client))
        yield from answered
        if answered[0].level == "ok":
            if authorized is not None:
                yield from _safe("permissions", account.on_project, authorized, connection.client)
            yield from _safe("datasets", project.locations, connection.client)
            yield from _safe("tables", project.tables, connection.client)
            yield from _safe("limits", project.limits_in_use, connection.client)


def _safe(check: str, examined: Callable[..., Finding | Iterable[Finding]], *arguments: Any) -> Iterator[Finding]:
    """What a check finds; an error in it is a finding, too, so that the others are made."""
    try:
        found = examined(*arguments)
        yield from [found] if isinstance(found, Finding) else found
    except UserError as error:  # its message says what to do
        yield fail(check, str(error), "")
    except Forbidden as error:
        yield fail(check, str(error.message), "grant the account what the message names; see `permissions`")
    except Exception as error:
        remedy = "see whether the service answers from here" if isinstance(error, GoogleAPIError) else ""
        yield fail(check, f"{type(error).__name__}: {error}", remedy)
