"""Whether a statement filters a table by its partition column, which a table may require.

Follows the rule BigQuery documents for partition pruning: the column is compared with something constant, and the
comparison holds for every row that is read. A comparison with another table's column or with a subquery does not
count.
"""

from collections.abc import Collection, Iterator

from sqlglot import exp

_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Between, exp.In)


def is_filtered(table: exp.Table, column: str, variables: Collection[str] = ()) -> bool:
    """Whether the statement that `table` stands in filters it by `column`; `variables` are a script's."""
    return any(
        _prunes(condition, column.lower(), alias, variables)
        for alias, place in _places(table)
        for condition in _conditions(place)
    )


def _places(table: exp.Table) -> Iterator[tuple[str | None, exp.Expr]]:
    """The queries and statements around a table, with its name there; None once it is inside a subquery of them."""
    alias: str | None = table.alias_or_name.lower()
    node = table.parent
    while node is not None:
        yield alias, node
        if isinstance(node, exp.Query):
            alias = None
        node = node.parent


def _conditions(place: exp.Expr) -> Iterator[exp.Expr]:
    if where := place.args.get("where"):
        yield where.this
    for join in place.args.get("joins") or ():
        if on := join.args.get("on"):
            yield on
    if isinstance(place, exp.Merge):
        yield place.args["on"]
        yield from (when.args["condition"] for when in place.args["whens"].expressions if when.args.get("condition"))


def _prunes(condition: exp.Expr, column: str, alias: str | None, variables: Collection[str]) -> bool:
    def is_key(side: exp.Expr) -> bool:
        columns = [found for found in side.find_all(exp.Column) if found.name.lower() not in variables]
        known = all(c.name.lower() == column and (alias is None or c.table.lower() in ("", alias)) for c in columns)
        return bool(columns) and known and not side.find(exp.Query)

    def is_constant(side: exp.Expr) -> bool:
        return not side.find(exp.Query) and all(c.name.lower() in variables for c in side.find_all(exp.Column))

    match condition:
        case exp.Paren():
            return _prunes(condition.this, column, alias, variables)
        case exp.And():
            return any(_prunes(side, column, alias, variables) for side in (condition.left, condition.right))
        case exp.Or():
            return all(_prunes(side, column, alias, variables) for side in (condition.left, condition.right))
        case exp.Not(this=exp.Is() as inside):  # IS NOT NULL
            return is_key(inside.this)
    if not isinstance(condition, _COMPARISONS):
        return False
    sides = list(condition.iter_expressions())
    return any(is_key(side) for side in sides) and all(is_key(side) or is_constant(side) for side in sides)
