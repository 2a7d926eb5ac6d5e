"""Checks of the account that Google sees: who it is, and what it may do in the project and the bucket.

The permissions asked for are those that `bigquery/permissions.py` declares, and two that only setting up and the doctor
itself can use.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import google.auth
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession, Request

from nba_pipeline.bigquery import permissions as declared
from nba_pipeline.doctor.finding import Finding, fail, ok, warn
from nba_pipeline.settings import Settings
from nba_pipeline.storage.bucket import Bucket

RESOURCE_MANAGER = "https://cloudresourcemanager.googleapis.com"

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Need:
    """Permissions that come with one role, what they are for, and what to think of it where one is missing.

    `instead` says how the pipeline can do without them on the project; empty where it can not.
    """

    role: str
    permissions: tuple[str, ...]
    purpose: str
    instead: str = ""


NEEDS = (
    Need("the role of deploy/roles/project.yaml", declared.names("project"), "run jobs and read tables as Arrow"),
    Need(
        "the role of deploy/roles/dataset.yaml",
        declared.names("dataset"),
        "read and write tables, and drop staging tables",
        "granted on each dataset it is enough, which can not be seen from the project",
    ),
    Need(
        "roles/bigquery.user",
        (declared.SETUP_PERMISSION.name,),
        "make datasets that are missing",
        "somebody who may can run `nba-pipeline tables create`",
    ),
    Need(
        "roles/bigquery.resourceViewer",
        ("bigquery.jobs.listAll",),
        "let the doctor see how much of BigQuery's limits is used",
        "nothing else needs it",
    ),
)
BUCKET_NEED = Need(
    "the role of deploy/roles/bucket.yaml", declared.names("bucket"), "read scraped files, and keep models and logs"
)
# Who may do this owns the project; nothing of the pipeline's does.
_TOO_MUCH = "resourcemanager.projects.setIamPolicy"


def credentials() -> tuple[Finding, Any]:
    """Whether there are application default credentials that Google takes, and they, or None."""
    try:
        found, _ = google.auth.default(scopes=[_SCOPE])
        found.refresh(Request())
    except GoogleAuthError as error:
        remedy = "`gcloud auth application-default login`, or run as a service account; see the README"
        return fail("credentials", f"none that Google takes: {error}", remedy), None
    name = getattr(found, "service_account_email", "") or getattr(found, "account", "")
    return ok("credentials", f"application default credentials of {name or 'a user'}"), found


def permissions(authorized: Any, project: str) -> Iterator[Finding]:
    """Whether the account may do on the project what the pipeline does there, and not everything."""
    asked = [*(name for need in NEEDS for name in need.permissions), _TOO_MUCH]
    session = AuthorizedSession(authorized)
    answer = session.post(
        f"{RESOURCE_MANAGER}/v1/projects/{project}:testIamPermissions", json={"permissions": asked}, timeout=_SECONDS
    )
    answer.raise_for_status()
    granted = answer.json().get("permissions", [])
    yield from (_told(need, granted, f"project {project}") for need in NEEDS)
    if _TOO_MUCH in granted:
        yield warn(
            "permissions",
            f"this account may change who may do what in project {project}",
            "run the pipeline as a service account that has the roles named here, and no more",
        )


def bucket_permissions(settings: Settings) -> Finding:
    """Whether the account may do in the bucket what the pipeline does there."""
    bucket = Bucket.connect(settings.project, settings.bucket, settings.storage_url)
    try:
        granted = bucket.granted(BUCKET_NEED.permissions)
    finally:
        bucket.close()
    return _told(BUCKET_NEED, granted, f"bucket {settings.bucket}")


def _told(need: Need, granted: Collection[str], place: str) -> Finding:
    missing = [name for name in need.permissions if name not in granted]
    if not missing:
        return ok("permissions", f"{need.purpose}: {', '.join(need.permissions)}")
    found = f"this account may not {need.purpose}: {', '.join(missing)}"
    remedy = f"grant it {need.role} on {place}"
    if need.instead:
        return warn("permissions", found, f"{remedy}; {need.instead}")
    return fail("permissions", found, remedy)
