"""GoogleSQL statements: what kind they are, which tables they name, and their text in DuckDB's SQL.

The meaning of single functions and operators is dialect.py's.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from nba_pipeline.local.bigquery import dialect, types
from nba_pipeline.local.bigquery.catalog import Catalog, TableId
from nba_pipeline.local.bigquery.errors import invalid_query, not_implemented
from nba_pipeline.local.bigquery.partition_filter import is_filtered
from nba_pipeline.local.bigquery.partitions import partitioning, requires_filter

_CHANGES = (exp.Insert, exp.Schema, exp.Update, exp.Delete, exp.Merge)


@dataclass(frozen=True)
class Statement:
    """A parsed GoogleSQL statement with its kind in BigQuery's words, e.g. SELECT, MERGE, CREATE_TABLE."""

    tree: exp.Expression
    kind: str

    @property
    def target(self) -> exp.Table | None:
        """The table the statement changes or creates; None for queries."""
        if self.kind == "SELECT":
            return None
        first = {"TRUNCATE_TABLE": "expressions", "DROP_TABLE": "tables"}.get(self.kind)
        this = self.tree.args[first][0] if first else self.tree.this
        return this.find(exp.Table) if isinstance(this, exp.Expression) else None


def parse(text: str) -> list[Statement]:
    """The statements of a query or script."""
    parsed = sqlglot.parse(text, read="bigquery")
    trees = [_normal(tree) for tree in parsed if isinstance(tree, exp.Expression)]
    if not trees:
        raise invalid_query("Syntax error: Unexpected end of statement")
    return [Statement(tree, _kind(tree)) for tree in trees]


def _kind(tree: exp.Expression) -> str:
    for node, name in _KINDS:
        if isinstance(tree, node):
            return name
    if isinstance(tree, exp.Create):
        kind = str(tree.args.get("kind")).upper()
        return "CREATE_TABLE_AS_SELECT" if kind == "TABLE" and tree.expression else f"CREATE_{kind}"
    if isinstance(tree, exp.Drop | exp.Alter):
        return f"{type(tree).__name__.upper()}_{str(tree.args.get('kind')).upper()}"
    raise not_implemented(f"statements like {tree.sql('bigquery')[:60]!r}")


_KINDS: list[tuple[type | tuple[type, ...], str]] = [
    (exp.Query, "SELECT"),
    (exp.Insert, "INSERT"),
    (exp.Update, "UPDATE"),
    (exp.Delete, "DELETE"),
    (exp.Merge, "MERGE"),
    (exp.TruncateTable, "TRUNCATE_TABLE"),
    (exp.Transaction, "BEGIN_TRANSACTION"),
    (exp.Commit, "COMMIT_TRANSACTION"),
    (exp.Rollback, "ROLLBACK_TRANSACTION"),
    (exp.Declare, "DECLARE"),
    (exp.Set, "SET"),
]


class Translator:
    """Translates the statements of one query job: its project, default dataset, and the types of its parameters.

    `stand_in` gives a replacement for a table that is not plain rows (INFORMATION_SCHEMA, a table with a streaming
    buffer): DuckDB SQL for a FROM clause, or None.
    """

    def __init__(
        self,
        catalog: Catalog,
        project: str,
        default_dataset: dict[str, Any] | None,
        parameter_types: dict[str, str],
        variable_types: dict[str, str],
        stand_in: Callable[[list[str]], str | None],
    ) -> None:
        self._catalog, self._project, self._default = catalog, project, default_dataset
        self._parameters, self._variables, self._stand_in = parameter_types, variable_types, stand_in

    def resolve(self, table: exp.Table) -> TableId:
        """The table an identifier names."""
        parts = self._parts(table)
        if len(parts) == 1:
            raise invalid_query(f'Table "{parts[0]}" must be qualified with a dataset (e.g. dataset.table).')
        return TableId(*([self._project, *parts] if len(parts) == 2 else parts))

    def references(self, statement: Statement) -> list[TableId]:
        """The stored tables a statement reads or changes."""
        return sorted({self.resolve(node) for node in self._table_nodes(statement.tree) if not self._replaced(node)})

    def check_partition_filters(self, statement: Statement) -> None:
        """Refuses a statement that would read a whole table which requires a filter on its partition column."""
        for node in self._table_nodes(statement.tree):
            if self._replaced(node) or (node is statement.target and statement.kind in ("INSERT", *_DDL)):
                continue
            check_filter(self._catalog, self.resolve(node), node, self._variables)

    def duckdb(self, tree: exp.Expression) -> str:
        """The DuckDB text of a statement or a part of one."""
        dialect.refuse_uncovered(tree)
        copy = tree.copy()
        for node in list(self._table_nodes(copy)):
            node.replace(self._stored(node))
        _name_columns(copy)
        return self._mended(copy).sql("duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)

    def _mended(self, tree: exp.Expression) -> exp.Expression:
        """The tree with every node mended once, the leaves first."""
        for node in reversed(list(tree.find_all(exp.Expression))):
            mended = self._mend(node)
            if mended is not node and node is not tree:
                node.replace(mended)
            elif mended is not node:
                tree = mended
        return tree

    def _stored(self, node: exp.Table) -> exp.Expression:
        """The DuckDB table, or query, that stands for a table; a table that is changed is always itself."""
        alias = exp.TableAlias(this=exp.to_identifier(node.alias_or_name, quoted=True))
        changed = isinstance(node.parent, _CHANGES) and node.arg_key == "this"
        text = None if changed else self._stand_in(self._parts(node))
        if text is not None:
            return exp.Subquery(this=sqlglot.parse_one(text, read="duckdb"), alias=alias)
        table = self.resolve(node)
        self._catalog.table(table)
        stored = exp.table_(table.name, db=f"{table.project}.{table.dataset}", quoted=True)
        stored.set("joins", node.args.get("joins"))
        if not isinstance(node.parent, exp.Insert | exp.Schema):
            stored.set("alias", alias)
        return stored

    def _mend(self, node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Parameter):
            return _bound(node.name, self._parameters)
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in self._variables:
            return _bound(node.name, self._variables)
        return dialect.mend(node)

    def _replaced(self, node: exp.Table) -> bool:
        return "INFORMATION_SCHEMA" in ".".join(self._parts(node)).upper()

    def _parts(self, node: exp.Table) -> list[str]:
        parts = [part.name for part in node.parts]
        if len(parts) == 1 and self._default:
            return [self._default.get("projectId", self._project), self._default["datasetId"], *parts]
        return parts

    def _table_nodes(self, tree: exp.Expression) -> Iterator[exp.Table]:
        local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        for node in list(tree.find_all(exp.Table)):
            if isinstance(node.this, exp.Func):
                raise not_implemented(f"table functions like {node.sql('bigquery')}")
            if not (len(node.parts) == 1 and node.name.lower() in local):
                yield node


def _bound(name: str, kinds: dict[str, str]) -> exp.Expression:
    """A parameter or variable as DuckDB takes it, with its declared type."""
    try:
        kind = kinds[name.lower()]
    except KeyError:
        raise invalid_query(f"Query parameter '{name}' not found") from None
    return exp.cast(exp.Parameter(this=exp.var(name.lower())), exp.DataType.build(kind, dialect="duckdb"))


def _normal(tree: exp.Expression) -> exp.Expression:
    """Positional parameters as named ones (the first `?` is @_p0), and DELETE t as DELETE FROM t."""
    for position, node in enumerate(list(tree.find_all(exp.Placeholder))):
        node.replace(exp.Parameter(this=exp.var(f"_p{position}")))
    if isinstance(tree, exp.Delete) and not tree.this and len(tree.args.get("tables") or ()) == 1:
        tree.set("this", tree.args["tables"][0])
        tree.set("tables", None)
    return tree


_DDL = ("CREATE_TABLE", "CREATE_TABLE_AS_SELECT", "DROP_TABLE", "ALTER_TABLE", "TRUNCATE_TABLE")


def check_filter(catalog: Catalog, table: TableId, node: exp.Table, variables: Collection[str] = ()) -> None:
    """Refuses the statement around `node`, which names `table`, where it lacks a partition filter that it requires."""
    resource = catalog.table(table)
    cut = partitioning(resource)
    if cut is None or not requires_filter(resource) or is_filtered(node, cut.column, variables):
        return
    raise invalid_query(
        f"Cannot query over table '{table.project}.{table.dataset}.{table.name}' without a filter over column(s) "
        f"'{cut.column}' that can be used for partition elimination"
    )


def _name_columns(tree: exp.Expression) -> None:
    """Gives unnamed columns BigQuery's names: f0_, f1_, ..."""
    query = tree if isinstance(tree, exp.Query) else tree.args.get("expression")
    if not isinstance(query, exp.Query):
        return
    unnamed = [found for found in query.selects if not isinstance(found, exp.Column | exp.Star) and not found.alias]
    for number, selected in enumerate(unnamed):
        selected.replace(exp.alias_(selected.copy(), f"f{number}_"))


def column_definitions(create: exp.Expression) -> list[types.Field]:
    """The schema that CREATE TABLE declares."""
    return [declared_column(column) for column in create.find_all(exp.ColumnDef)]


def declared_column(column: exp.ColumnDef) -> types.Field:
    """The column that a definition in CREATE or ALTER TABLE declares."""
    kind = column.args["kind"]
    repeated = kind.this == exp.DataType.Type.ARRAY
    inner = kind.expressions[0] if repeated else kind
    required = any(isinstance(c.kind, exp.NotNullColumnConstraint) for c in column.constraints)
    mode = "REPEATED" if repeated else "REQUIRED" if required else "NULLABLE"
    field = {"name": column.name, "type": inner.sql("bigquery"), "mode": mode}
    return types.normalised([field])[0]
