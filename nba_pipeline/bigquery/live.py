"""Declared Tables beside the live ones of a project: what is missing, what differs, and making it so.

What a difference means and how a table is made is `schema.py`'s to know; this is about all of them at once.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from nba_pipeline.bigquery import schema
from nba_pipeline.bigquery.strategies import STAGING_PREFIX
from nba_pipeline.errors import UserError
from nba_pipeline.table import Table

# Each is asked for by itself; Google allows 100 requests a second.
_AT_ONCE = 8


class WrongLocation(UserError):
    """A dataset lies in another location than the pipeline works in."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A declared table and what was found in its place: `drift` is None where it is missing."""

    table: Table
    drift: schema.Drift | None

    @property
    def status(self) -> str:
        """`missing`; `differs` where no write is possible; `incomplete` where the next one adds columns; `same`."""
        if self.drift is None:
            return "missing"
        return "differs" if self.drift.refused else "incomplete" if self.drift.added else "same"

    @property
    def differences(self) -> list[str]:
        """In words, what is not as it is declared."""
        if self.drift is None:
            return ["it does not exist"]
        added = [f"column {name} is missing" for name in self.drift.added]
        return [*self.drift.refused, *added, *self.drift.tolerated]


def compare(client: bigquery.Client, tables: Iterable[Table]) -> list[Compared]:
    """Every one of `tables` beside its live one, in that order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda table: _compare(client, table), tables))


def locations(client: bigquery.Client, datasets: Iterable[str]) -> dict[str, str | None]:
    """Where each of `datasets` lies; None where it does not exist."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        names = list(datasets)
        return dict(zip(names, pool.map(lambda name: _location(client, name), names), strict=True))


def datasets(tables: Iterable[Table]) -> list[str]:
    """The datasets of `tables`, in order, each once."""
    return list(dict.fromkeys(table.dataset for table in tables))


def undeclared(client: bigquery.Client, tables: Iterable[Table]) -> list[str]:
    """The tables beside `tables`, in their datasets, that are no staging tables either, as `dataset.name`."""
    declared = list(tables)
    known = {str(table) for table in declared}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        listed = [name for names in pool.map(lambda name: _names(client, name), datasets(declared)) for name in names]
    return [name for name in listed if name not in known and not name.partition(".")[2].startswith(STAGING_PREFIX)]


def refuse_other_locations(client: bigquery.Client, found: Mapping[str, str | None]) -> None:
    """Raises WrongLocation where a dataset of `found` lies elsewhere than `client` works."""
    elsewhere = {name: place for name, place in found.items() if place and not same_location(place, client.location)}
    if elsewhere:
        named = ", ".join(f"{name} lies in {place}" for name, place in elsewhere.items())
        raise WrongLocation(
            f"the pipeline works in {client.location}, but {named}: set NBA_LOCATION to where the data lies, or make "
            "the datasets anew; a job reads and writes in one location only"
        )


def refuse_differences(compared: Iterable[Compared]) -> None:
    """Raises schema.SchemaDrift, with the list, where any of `compared` can not be written."""
    differ = [f"{one.table}: {'; '.join(one.differences)}" for one in compared if one.status == "differs"]
    if differ:
        raise schema.SchemaDrift(
            "tables that differ from their declaration were left as they are, and no run can write them:\n"
            + "\n".join(differ)
            + "\n"
            + schema.REMEDY
        )


def same_location(one: str, other: str) -> bool:
    """Whether two names mean one location: BigQuery writes multi-regions in capitals, regions in small letters."""
    return one.casefold() == other.casefold()


def create(client: bigquery.Client, compared: Iterable[Compared]) -> None:
    """Makes what is missing of `compared`, and adds missing columns; a table that differs is left as it is."""
    for one in compared:
        if one.status in ("missing", "incomplete"):
            schema.ensure(client, one.table)


def _compare(client: bigquery.Client, table: Table) -> Compared:
    try:
        return Compared(table, schema.drift(table, client.get_table(str(table))))
    except NotFound:
        return Compared(table, None)


def _names(client: bigquery.Client, dataset: str) -> list[str]:
    """The tables of a dataset, as `dataset.name`; none where it does not exist."""
    try:
        return sorted(f"{dataset}.{table.table_id}" for table in client.list_tables(dataset))
    except NotFound:
        return []


def _location(client: bigquery.Client, dataset: str) -> str | None:
    try:
        return str(client.get_dataset(dataset).location)
    except NotFound:
        return None
