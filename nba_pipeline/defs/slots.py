"""Where the write slots live: in Dagster's own Postgres where its storage is one, else in files of this host."""

import dagster as dg


def postgres_url(instance: dg.DagsterInstance) -> str | None:
    """The URL of the Postgres that holds the instance's runs, as SQLAlchemy reads it; None for other storages.

    It is there whether dagster.yaml says `postgres_url` or `postgres_db`, and in every process that has an instance.
    Where a cloud's short-lived tokens stand in for the password (`auth_provider`), it does not hold them.
    """
    return getattr(instance.run_storage, "postgres_url", None)
