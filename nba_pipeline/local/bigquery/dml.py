"""INSERT, UPDATE, DELETE, MERGE and TRUNCATE: rows changed and counted, within the caller's transaction."""

from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from nba_pipeline.local.bigquery.errors import invalid_query, not_implemented
from nba_pipeline.local.bigquery.execution import Execution
from nba_pipeline.local.bigquery.partitions import WHOLE, ids_in


def change(execution: Execution) -> None:
    """INSERT, UPDATE and DELETE; the last two must have a WHERE clause."""
    kind, tree = execution.statement.kind, execution.statement.tree
    where, from_ = tree.args.get("where"), tree.args.get("from_")
    if kind != "INSERT":
        if where is None:
            raise invalid_query(f"{kind} must have a WHERE clause")
        _open_to_mutation(execution, None if from_ else where.this)
    if kind == "INSERT":
        execution.outcome.affected = {kind: execution.insert(execution.translator.duckdb(tree))}
    elif kind == "UPDATE" and from_:
        execution.outcome.affected = execution.merge(_update_as_merge(tree))
    else:
        execution.outcome.affected = {kind: execution.mutate(tree)}
    execution.catalog.touch(execution.transaction, execution.target)


def merge(execution: Execution) -> None:
    """MERGE; two source rows for one target row are refused."""
    tree = execution.statement.tree
    _open_to_mutation(execution, None)
    if replacement := _Replacement.of(tree):
        execution.outcome.affected = replacement.run(execution)
    else:
        execution.outcome.affected = execution.merge(tree)
    execution.catalog.touch(execution.transaction, execution.target)


def truncate(execution: Execution) -> None:
    """TRUNCATE TABLE, which counts as a delete of every row."""
    _open_to_mutation(execution, None)
    resource = execution.catalog.table(execution.target)
    execution.outcome.changed.append(ids_in(execution.transaction, resource, execution.target.sql))
    execution.outcome.changed.mutate([WHOLE])
    [(count,)] = execution.transaction.execute(f"DELETE FROM {execution.target.sql}")
    execution.outcome.affected = {"DELETE": count}
    execution.catalog.touch(execution.transaction, execution.target)


def _update_as_merge(tree: exp.Expression) -> exp.Expression:
    """UPDATE ... FROM as MERGE, which refuses two source rows for one target row; DuckDB's UPDATE takes either."""
    source = tree.args["from_"].this
    if source.args.get("joins"):
        raise not_implemented("UPDATE ... FROM several tables")
    update = exp.Update(expressions=[assignment.copy() for assignment in tree.expressions])
    whens = exp.Whens(expressions=[exp.When(matched=True, then=update)])
    return exp.Merge(this=tree.this.copy(), using=source.copy(), on=tree.args["where"].this.copy(), whens=whens)


@dataclass
class _Replacement:
    """MERGE ... ON FALSE as the delete and insert it is, for DuckDB would compare every row with every row."""

    tree: exp.Expression
    deletes: list[exp.Expression]
    inserts: list[exp.Expression]

    @classmethod
    def of(cls, tree: exp.Expression) -> "_Replacement | None":
        """None where the statement is more than one delete and one insert: DuckDB's MERGE runs it then."""
        on, whens = tree.args["on"], tree.args["whens"].expressions
        deletes = [when for when in whens if when.args.get("source") and when.args["then"].name.upper() == "DELETE"]
        inserts = [when for when in whens if not when.args.get("source") and isinstance(when.args["then"], exp.Insert)]
        is_plain = len(deletes) <= 1 and len(inserts) <= 1 and len(deletes) + len(inserts) == len(whens)
        return cls(tree, deletes, inserts) if on == exp.false() and is_plain else None

    def run(self, execution: Execution) -> dict[str, int]:
        """Deletes first, so that no new row is deleted; the source is read before either."""
        rows = execution.query(exp.select("*").from_(self.tree.args["using"].copy()))
        deleted = sum(self._delete(execution, when) for when in self.deletes)
        inserted = sum(self._insert(execution, when, rows) for when in self.inserts)
        return {"INSERT": inserted, "DELETE": deleted, "UPDATE": 0}

    def _delete(self, execution: Execution, when: exp.Expression) -> int:
        where = exp.Where(this=(when.args.get("condition") or exp.true()).copy())
        return execution.mutate(exp.Delete(this=self.tree.this.copy(), where=where))

    def _insert(self, execution: Execution, when: exp.Expression, rows: pa.Table) -> int:
        then, condition = when.args["then"], when.args.get("condition") or exp.true()
        if not isinstance(then.this, exp.Tuple):
            raise not_implemented("MERGE ... INSERT without a list of columns")
        columns = ", ".join(f'"{column.name}"' for column in then.this.expressions)
        values = ", ".join(execution.translator.duckdb(value) for value in then.expression.expressions)
        source = f'({execution.transaction.keep(rows)}) AS "{self.tree.args["using"].alias_or_name}"'
        text = f"INSERT INTO {execution.target.sql} ({columns}) SELECT {values} FROM {source}"
        where = execution.translator.duckdb(condition)
        return execution.insert(f"{text} WHERE {where}")


def _open_to_mutation(execution: Execution, where: exp.Expression | None) -> None:
    """Lets streamed rows in whose time is up, and refuses the statement where it would touch the others.

    `where` None means any row.
    """
    target = execution.statement.target
    condition = execution.translator.duckdb(where) if where is not None else "true"
    execution.buffers.settle(execution.transaction, execution.target)
    execution.buffers.refuse_mutation(
        execution.transaction,
        execution.target,
        _BUFFER_WORDS[execution.statement.kind],
        f'AS "{target.alias_or_name if target else ""}" WHERE {condition}',
        execution.session.values,
    )


_BUFFER_WORDS = {
    "MERGE": "UPDATE or DELETE",
    "TRUNCATE_TABLE": "TRUNCATE",
    "UPDATE": "UPDATE or DELETE",
    "DELETE": "UPDATE or DELETE",
}
