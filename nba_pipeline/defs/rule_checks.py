"""Rules as asset checks: what a run computed is held against its table's rules before anything downstream reads it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd

from nba_pipeline.defs.check_results import explained
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.rules import Rule
from nba_pipeline.table import Table

Results = Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]


def rule_specs(table: Table, rules: Sequence[Rule]) -> list[dg.AssetCheckSpec]:
    """The checks of a table's rules."""
    return [
        dg.AssetCheckSpec(rule.name, asset=asset_key(table), description=rule.description, blocking=rule.blocking)
        for rule in rules
    ]


def checked(
    table: Table,
    rules: Sequence[Rule],
    rows: pd.DataFrame,
    others: Sequence[dg.AssetCheckResult] = (),
    metadata: Mapping[str, Any] | None = None,
) -> Results:
    """The rows as an Output with `metadata`, the result of each rule, and of `others`, the table's own checks.

    A failed blocking check ends the step, so that those come last.
    """
    yield dg.Output(rows, metadata=metadata)
    results = [*others, *(_result(table, rule, rows) for rule in rules)]
    yield from sorted(results, key=_stops)


def _stops(result: dg.AssetCheckResult) -> bool:
    return not result.passed and result.severity is dg.AssetCheckSeverity.ERROR


def _result(table: Table, rule: Rule, rows: pd.DataFrame) -> dg.AssetCheckResult:
    broken = rows[rule.broken(rows).fillna(False).astype(bool)]
    return explained(
        [" ".join(map(str, key)) for key in broken[list(table.key)].itertuples(index=False)],
        f"All {len(rows):,} rows keep to it.",
        f"{len(broken):,} of {len(rows):,} rows break it; the first of them by {', '.join(table.key)}:",
        {"rows": len(rows), "rows_that_break_it": len(broken)},
        dg.AssetCheckSeverity.ERROR if rule.blocking else dg.AssetCheckSeverity.WARN,
        check_name=rule.name,
    )
