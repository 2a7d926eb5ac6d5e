"""What benchmarks share: the real seasons, peak memory of a process tree, printed figures, and the results folder."""

import json
import re
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from nba_pipeline_tests.support.real_data import SHARED

_RESULTS = Path(__file__).parent / "results"


class PeakMemory:
    """Watches the processes that descend from `root` (Linux): the highest resident memory of each, by its command."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._peaks: dict[int, tuple[str, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def highest_mb(self, pattern: str) -> float:
        """The highest peak among processes whose command matches `pattern`, in MiB."""
        return max((kib / 1024 for command, kib in self._peaks.values() if re.search(pattern, command)), default=0.0)

    def _watch(self) -> None:
        while not self._stop.wait(0.3):
            for pid in self._descendants():
                self._note(pid)

    def _descendants(self) -> set[int]:
        parents = {int(path.name): _status(path, "PPid") for path in Path("/proc").glob("[0-9]*")}
        found, grown = {self._root}, True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            found |= more
            grown = bool(more)
        return found

    def _note(self, pid: int) -> None:
        path = Path(f"/proc/{pid}")
        try:
            command = (path / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it ended meanwhile
            return
        self._peaks[pid] = (command, max(_status(path, "VmHWM"), self._peaks.get(pid, ("", 0))[1]))


def peak_mb() -> float:
    """The highest resident memory of this process so far (Linux), in MiB."""
    return _status(Path("/proc/self"), "VmHWM") / 1024


def _status(path: Path, name: str) -> int:
    try:
        found = re.search(rf"^{name}:\s+(\d+)", (path / "status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def need_real_data() -> None:
    """Ends the program where the real seasons are not there."""
    if not (SHARED / "tidy").is_dir():
        sys.exit("the real seasons (shared/data beside the checkout) are not here")


def print_figures(console: Console, title: str, figures: Mapping[str, object]) -> None:
    """Prints figures by name as a grid."""
    grid = Grid(title=title)
    grid.add_column("what")
    grid.add_column("figure", justify="right")
    for name, value in figures.items():
        grid.add_row(name, str(value))
    console.print(grid)


def write_results(name: str, results: dict[str, Any]) -> None:
    """Writes benchmarks/results/NAME.json."""
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"{name}.json").write_text(json.dumps(results, indent=2) + "\n")
