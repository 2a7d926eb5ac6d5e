"""CREATE, ALTER and DROP: the catalog changed within the caller's transaction."""

from sqlglot import exp

from nba_pipeline.local.bigquery import sql, types, writes
from nba_pipeline.local.bigquery.catalog import Resource
from nba_pipeline.local.bigquery.errors import ApiError, not_implemented
from nba_pipeline.local.bigquery.execution import Execution
from nba_pipeline.local.bigquery.partitions import WHOLE


def create_table(execution: Execution) -> None:
    """CREATE [OR REPLACE] TABLE [IF NOT EXISTS], with columns or AS SELECT."""
    tree, transaction, catalog = execution.statement.tree, execution.transaction, execution.catalog
    if tree.args.get("exists") and catalog.has(execution.target):
        return
    resource = _declared_table(tree)
    rows = execution.query(tree.expression) if tree.expression else None
    if rows is not None:
        resource["schema"] = {"fields": types.fields_of(rows.schema)}
    created = catalog.create(transaction, execution.target, resource, replace=bool(tree.args.get("replace")))
    execution.outcome.changed.mutate([WHOLE])
    if rows is not None:
        execution.outcome.changed.append(writes.insert(transaction, execution.target, created, rows))


def create_schema(execution: Execution) -> None:
    """CREATE SCHEMA [IF NOT EXISTS]."""
    tree = execution.statement.tree
    if tree.args.get("properties"):
        raise not_implemented("CREATE SCHEMA with options")
    owner, name = schema_name(tree, execution.session.project)
    try:
        execution.catalog.insert_dataset(owner, {"datasetReference": {"datasetId": name}})
    except ApiError as error:
        if error.reason != "duplicate" or not tree.args.get("exists"):
            raise


def schema_name(tree: exp.Expression, project: str) -> tuple[str, str]:
    """Project and dataset that a CREATE SCHEMA names; `project` where it names none."""
    *owner, name = ".".join(part.name for part in tree.this.parts).split(".")
    return (owner[0] if owner else project), name


def drop_table(execution: Execution) -> None:
    """DROP TABLE [IF EXISTS]."""
    if execution.statement.tree.args.get("exists") and not execution.catalog.has(execution.target):
        return
    execution.catalog.table(execution.target)
    execution.catalog.drop(execution.transaction, execution.target)
    execution.outcome.changed.mutate([WHOLE])


def alter_table(execution: Execution) -> None:
    """ALTER TABLE ADD COLUMN [IF NOT EXISTS] and SET OPTIONS."""
    catalog, tree = execution.catalog, execution.statement.tree
    fields = catalog.table(execution.target)["schema"]["fields"]
    changes: Resource = {}
    for action in tree.args["actions"]:
        if isinstance(action, exp.AlterSet):
            for item in action.find_all(exp.Property):
                changes |= _option(item)
        elif isinstance(action, exp.ColumnDef):
            known = action.name.lower() in [field["name"].lower() for field in fields]
            if not (known and action.args.get("exists")):
                fields = [*fields, sql.declared_column(action)]
                changes["schema"] = {"fields": fields}
        else:
            raise not_implemented(f"ALTER TABLE {action.sql('bigquery')}")
    catalog.change(execution.transaction, execution.target, changes)


def _declared_table(tree: exp.Expression) -> Resource:
    """The table resource that a CREATE TABLE's columns, PARTITION BY, CLUSTER BY and OPTIONS declare."""
    resource: Resource = {"schema": {"fields": sql.column_definitions(tree)}}
    if tree.args.get("clone") or (tree.expression and resource["schema"]["fields"]):
        raise not_implemented("CREATE TABLE with CLONE, COPY, or both columns and AS SELECT")
    properties = tree.args.get("properties")
    for item in properties.expressions if properties else []:
        if isinstance(item, exp.PartitionedByProperty):
            resource["timePartitioning"] = {"type": "DAY", "field": _partition_column(item)}
        elif isinstance(item, exp.ClusterProperty):
            resource["clustering"] = {"fields": [column.name for column in item.expressions]}
        else:
            resource |= _option(item)
    return resource


def _partition_column(item: exp.PartitionedByProperty) -> str:
    """The column of PARTITION BY day or PARTITION BY DATE(at)."""
    by = item.this.this if isinstance(item.this, exp.Date) and not item.this.args.get("zone") else item.this
    if not isinstance(by, exp.Column | exp.Identifier):
        raise not_implemented(item.sql("bigquery"))
    return by.name


def _option(item: exp.Expr) -> Resource:
    """An entry of OPTIONS (...) as a part of the table resource."""
    value = item.args.get("value")
    if isinstance(item, exp.Property) and item.name == "require_partition_filter" and isinstance(value, exp.Boolean):
        return {"requirePartitionFilter": value.this}
    if isinstance(item, exp.Property) and item.name == "description" and isinstance(value, exp.Literal):
        return {"description": value.name}
    raise not_implemented(f"the table option {item.sql('bigquery')}")
