"""Checks of the account that Google sees: who it is, and whether it may do what the pipeline does, and not everything.

What it needs is declared in `bigquery/permissions.py`. Google says of a project, a table and a bucket what the account
may do there. Of a dataset it does not, so one of its tables is asked about, and whether tables may be created is not
known. That datasets and tables can be seen shows when they are looked at.
"""

from collections.abc import Collection, Iterator
from typing import Any

import google.auth
from google.api_core.exceptions import NotFound
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud import bigquery

from nba_pipeline import catalog
from nba_pipeline.bigquery import live, permissions
from nba_pipeline.doctor.finding import Finding, fail, ok, warn
from nba_pipeline.settings import Settings
from nba_pipeline.storage.bucket import Bucket

_RESOURCE_MANAGER = "https://cloudresourcemanager.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS = 30
_OF_TABLES = [f"bigquery.tables.{verb}" for verb in ("get", "getData", "update", "updateData", "delete")]
# Who may do this owns the project; nothing of the pipeline's does.
_TOO_MUCH = "resourcemanager.projects.setIamPolicy"


def credentials() -> tuple[Finding, Any]:
    """Whether there are application default credentials that Google takes, and they, or None."""
    try:
        found, _ = google.auth.default(scopes=[_SCOPE])
        found.refresh(Request())
    except GoogleAuthError as error:
        remedy = "`gcloud auth application-default login`, or run as a service account; see docs/deployment.md"
        return fail("credentials", f"none that Google takes: {error}", remedy), None
    name = getattr(found, "service_account_email", "") or getattr(found, "account", "")
    return ok("credentials", f"application default credentials of {name or 'a user'}"), found


def on_project(authorized: Any, client: bigquery.Client) -> Iterator[Finding]:
    """Whether the account may do on the project and its datasets what the pipeline does there, and not everything.

    `authorized` are its credentials.
    """
    on_datasets = permissions.names("dataset")
    asked = [*permissions.names("project"), *on_datasets, _TOO_MUCH]
    answer = AuthorizedSession(authorized).post(
        f"{_RESOURCE_MANAGER}/v1/projects/{client.project}:testIamPermissions",
        json={"permissions": asked},
        timeout=_SECONDS,
    )
    answer.raise_for_status()
    granted = answer.json().get("permissions", [])
    yield _told(permissions.names("project"), granted, f"project {client.project}", "project")
    if set(on_datasets) <= set(granted):
        yield ok("permissions", "on all datasets, by a role on the project")
    else:
        yield from _on_datasets(client)
    if _TOO_MUCH in granted:
        remedy = "run the pipeline as a service account that has the roles of deploy/roles and no more"
        yield warn("permissions", f"this account may change who may do what in project {client.project}", remedy)


def on_bucket(settings: Settings) -> Finding:
    """Whether the account may do in the bucket what the pipeline does there."""
    needed = permissions.names("bucket")
    bucket = Bucket.connect(settings.project, settings.bucket, settings.storage_url)
    try:
        return _told(needed, bucket.granted(needed), f"bucket {settings.bucket}", "bucket")
    finally:
        bucket.close()


def _on_datasets(client: bigquery.Client) -> Iterator[Finding]:
    """Whether the account may read and write the tables of each dataset, as far as there are any."""
    for dataset in live.datasets(catalog.tables().values()):
        try:
            table = next(iter(client.list_tables(dataset, max_results=1, timeout=_SECONDS)), None)
        except NotFound:
            continue
        if table is None:
            found = f"on dataset {dataset} can not be told, for it has no table"
            yield warn("permissions", found, "ask again when it has one")
        else:
            granted = client.test_iam_permissions(table.reference, _OF_TABLES).get("permissions", [])
            yield _told(_OF_TABLES, granted, f"dataset {dataset}", "dataset")


def _told(needed: Collection[str], granted: Collection[str], place: str, role: str) -> Finding:
    missing = [name for name in needed if name not in granted]
    if not missing:
        return ok("permissions", f"on {place}: all {len(needed)}")
    why = {permission.name: permission.why for permission in permissions.PERMISSIONS}
    found = "; ".join(f"{name} ({why[name]})" for name in missing)
    remedy = f"grant it the role of deploy/roles/{role}.yaml there"
    return fail("permissions", f"on {place} this account lacks {found}", remedy)
