"""What the pipeline's service account must be allowed to do in a Google project, and why.

Declared once: `nba-pipeline doctor` checks it, and the roles in `deploy/roles` are held against it by a test.
Predefined roles give more: BigQuery Data Editor may also create datasets, routines and models and export rows, and
Storage Object User may overwrite and delete what was scraped.
"""

from dataclasses import dataclass
from typing import Literal

Resource = Literal["project", "dataset", "bucket"]


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission of Google's IAM, and `why` it is needed. It is granted on the project, on each of the pipeline's
    datasets, or on the bucket."""

    name: str
    on: Resource
    why: str


PERMISSIONS = (
    Permission("bigquery.jobs.create", "project", "load jobs and MERGE statements"),
    Permission("bigquery.readsessions.create", "project", "reads, through the Storage Read API"),
    Permission("bigquery.readsessions.getData", "project", "the rows of a read"),
    Permission("bigquery.datasets.get", "dataset", "doctor compares its location with NBA_LOCATION"),
    Permission("bigquery.tables.create", "dataset", "declared tables, and a staging table for each write of many days"),
    Permission("bigquery.tables.get", "dataset", "the live schema, before each write and by the doctor"),
    Permission("bigquery.tables.getData", "dataset", "reads, and what a MERGE reads"),
    Permission("bigquery.tables.update", "dataset", "columns that are new in a declaration"),
    Permission("bigquery.tables.updateData", "dataset", "load jobs and MERGE statements"),
    Permission("bigquery.tables.delete", "dataset", "staging tables, when their write has ended"),
    Permission("storage.buckets.get", "bucket", "Dagster's log storage looks whether the bucket is there"),
    Permission("storage.objects.list", "bucket", "the sensor, and each run's list of its days' files"),
    Permission("storage.objects.get", "bucket", "the scraped files and the models"),
    Permission("storage.objects.create", "bucket", "models, and what runs print; nothing is overwritten"),
)

# What only whoever sets the project up needs, once: the datasets. A pipeline that has them never asks for it.
SETUP_PERMISSION = Permission("bigquery.datasets.create", "project", "the datasets, where `tables create` makes them")


def names(on: Resource) -> tuple[str, ...]:
    """The names of the permissions that are granted on a resource of that kind."""
    return tuple(permission.name for permission in PERMISSIONS if permission.on == on)
