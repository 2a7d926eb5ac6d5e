"""How long functions are, for who reads CI's output: no test, for a number is no judgement."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from nba_pipeline.settings import PROJECT_ROOT


def main() -> None:
    """Prints the median, the 90th percentile and the longest, in lines."""
    found = sorted(function for path in (PROJECT_ROOT / "nba_pipeline").rglob("*.py") for function in _of(path))
    lengths = [length for length, _ in found]
    ninetieth = statistics.quantiles(lengths, n=10)[-1]
    print(
        f"{len(found):,} functions: median {statistics.median(lengths):g} lines, "
        f"90th percentile {ninetieth:g}, longest {lengths[-1]} ({found[-1][1]})"
    )


def _of(path: Path) -> Iterator[tuple[int, str]]:
    """The length and the place of each function of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield length, f"{path.relative_to(PROJECT_ROOT)}:{node.lineno}"


if __name__ == "__main__":
    main()
