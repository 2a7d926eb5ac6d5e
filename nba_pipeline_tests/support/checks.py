"""What checks say."""

import dagster as dg


def listed(check: dg.AssetCheckEvaluation) -> list[str]:
    """The lines that a check's result lists."""
    return (check.description or "").partition("```\n")[2].removesuffix("```").splitlines()
