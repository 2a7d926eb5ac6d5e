"""GoogleSQL in, DuckDB's SQL out: names resolved against the catalog, differences in meaning mended.

What can not be translated with the same meaning is refused. `Statement` says, before anything runs, what kind of
statement it is and which table it changes.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Catalog, TableId, partitioning, requires_filter
from nba_pipeline.local.bigquery.errors import invalid_query, not_implemented

MUTATING = ("UPDATE", "DELETE", "MERGE", "TRUNCATE_TABLE")
_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is)
_CHANGES = (exp.Insert, exp.Schema, exp.Update, exp.Delete, exp.Merge)
_WEEKS = re.compile(r"^WEEK", re.IGNORECASE)


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
    trees = [number_placeholders(tree) for tree in parsed if isinstance(tree, exp.Expression)]
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
            check_filter(self._catalog, self.resolve(node), statement.tree, node.alias_or_name)

    def duckdb(self, tree: exp.Expression) -> str:
        """The DuckDB text of a statement or a part of one."""
        copy = tree.copy()
        for node in list(self._table_nodes(copy)):
            node.replace(self._stored(node))
        _name_columns(copy)
        return self._mended(copy).sql("duckdb")

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
        if not isinstance(node.parent, exp.Insert | exp.Schema):
            stored.set("alias", alias)
        return stored

    def _mend(self, node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Parameter):
            return _bound(node.name, self._parameters)
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in self._variables:
            return _bound(node.name, self._variables)
        for kind, mend in _MENDED:
            if isinstance(node, kind):
                return mend(node)
        return node

    def _replaced(self, node: exp.Table) -> bool:
        return self._stand_in(self._parts(node)) is not None and "INFORMATION_SCHEMA" in ".".join(self._parts(node))

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


def number_placeholders(tree: exp.Expression) -> exp.Expression:
    """Positional parameters as named ones: the first `?` is @_p0."""
    for position, node in enumerate(list(tree.find_all(exp.Placeholder))):
        node.replace(exp.Parameter(this=exp.var(f"_p{position}")))
    return tree


_DDL = ("CREATE_TABLE", "CREATE_TABLE_AS_SELECT", "DROP_TABLE", "ALTER_TABLE", "TRUNCATE_TABLE")


def check_filter(catalog: Catalog, table: TableId, tree: exp.Expression, alias: str) -> None:
    """Refuses `tree` where `table`, known in it as `alias`, requires a partition filter and has none."""
    resource = catalog.table(table)
    cut = partitioning(resource)
    if cut is None or not requires_filter(resource) or _filters(tree, alias, cut.column):
        return
    raise invalid_query(
        f"Cannot query over table '{table.project}.{table.dataset}.{table.name}' without a filter over column(s) "
        f"'{cut.column}' that can be used for partition elimination"
    )


def _filters(tree: exp.Expression, alias: str, column: str) -> bool:
    conditions = [where.this for where in tree.find_all(exp.Where)]
    conditions += [join.args["on"] for join in tree.find_all(exp.Join) if join.args.get("on")]
    for merge in tree.find_all(exp.Merge):
        conditions.append(merge.args["on"])
        conditions += [when.args["condition"] for when in merge.find_all(exp.When) if when.args.get("condition")]
    compared = [
        side for cond in conditions for node in cond.find_all(*_COMPARISONS) for side in node.find_all(exp.Column)
    ]
    return any(c.name.lower() == column.lower() and c.table.lower() in ("", alias.lower()) for c in compared)


def _name_columns(tree: exp.Expression) -> None:
    """Gives unnamed columns BigQuery's names: f0_, f1_, ..."""
    query = tree if isinstance(tree, exp.Query) else tree.args.get("expression")
    if not isinstance(query, exp.Query):
        return
    unnamed = [found for found in query.selects if not isinstance(found, exp.Column | exp.Star) and not found.alias]
    for number, selected in enumerate(unnamed):
        selected.replace(exp.alias_(selected.copy(), f"f{number}_"))


def _as_date(node: exp.Expression) -> exp.Expression:
    """BigQuery's DATE_ADD, DATE_SUB and DATE_TRUNC stay DATE; DuckDB makes timestamps of them."""
    return exp.cast(_truncation(node).copy(), "DATE")


def _literal(node: exp.Expression) -> exp.Expression:
    """A number with a point is FLOAT64 in BigQuery; DuckDB reads a decimal."""
    if node.is_string or node.name.isdigit():
        return node
    return exp.cast(node.copy(), "DOUBLE")


def _division(node: exp.Expression) -> exp.Expression:
    """Division by zero is an error in BigQuery; DuckDB gives NULL or infinity."""
    divisor = exp.paren(node.expression.copy())
    guard = exp.If(this=exp.EQ(this=divisor, expression=exp.Literal.number(0)), true=_ZERO.copy())
    mended = node.copy()
    mended.set("expression", exp.Case(ifs=[guard], default=divisor.copy()))
    return mended


_ZERO = exp.Anonymous(this="error", expressions=[exp.Literal.string("division by zero")])


def _extract(node: exp.Expression) -> exp.Expression:
    part = node.this.name.upper()
    if part == "DAYOFWEEK":  # from 1 in BigQuery, from 0 in DuckDB
        return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    if _WEEKS.match(part):
        raise not_implemented("EXTRACT(WEEK): use ISOWEEK")
    return node


def _truncation(node: exp.Expression) -> exp.Expression:
    unit = node.args.get("unit")
    if unit is not None and _WEEKS.match(unit.sql("bigquery")):
        raise not_implemented("truncation to WEEK: use ISOWEEK")
    return node


_MENDED: list[tuple[Any, Callable[[exp.Expression], exp.Expression]]] = [
    ((exp.DateAdd, exp.DateSub, exp.DateTrunc), _as_date),
    (exp.Literal, _literal),
    (exp.Div, _division),
    (exp.Extract, _extract),
    (exp.TimestampTrunc, _truncation),
]


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
