"""Where columns come from, as far as it is declared: what is computed out of several columns has no lineage here."""

from collections.abc import Collection, Mapping, Sequence

import dagster as dg

from nba_pipeline.table import Table

# The columns that a column is a copy of, each by its table and its name there.
Origins = Mapping[str, Sequence[tuple[Table, str]]]


def origins(table: Table, read: Sequence[tuple[Table, Collection[str]]], copied: Origins) -> Origins:
    """What the columns of `table` are copies of, of those that are any: what `copied` says, and what declarations do.

    `read` are the tables it is computed from, with the names of the columns that are read. A column of one of them that
    is declared once for both (`OTHER.column(name)`) is taken over as it is; where several have it, they are joined by
    it, and it is the first one's.
    """
    declared = {
        name: (other, name) for other, names in reversed(read) for name in names if _is_shared(table, other, name)
    }
    return {**{name: [origin] for name, origin in declared.items()}, **copied}


def _is_shared(table: Table, other: Table, name: str) -> bool:
    return name in table.column_names and table.column(name) is other.column(name)


def column_lineage(found: Origins) -> dg.TableColumnLineage:
    """The origins as Dagster keeps them."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(dg.AssetKey([table.dataset, table.name]), column) for table, column in columns]
            for name, columns in found.items()
        }
    )


def described(origin: Sequence[tuple[Table, str]]) -> str:
    """The origin of one column as Markdown, with links to the assets: only Dagster+ draws the lineage of columns."""
    links = [f"[{table.name}.{column}](/assets/{table.dataset}/{table.name})" for table, column in origin]
    return f"(from {', '.join(links)})"
