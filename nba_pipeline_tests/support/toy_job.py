"""A job of toys for a code server: the second asset says which process runs it, and waits until that is ended."""

import os
import signal
from pathlib import Path

import dagster as dg


class NoTables(dg.IOManager):
    """Keeps nothing."""

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        pass

    def load_input(self, context: dg.InputContext) -> None:
        pass


class Figures(NoTables):
    """Leaves figures as the real IO manager does, and writes nothing."""

    def __init__(self, **figures: object) -> None:
        self._figures = figures

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        context.add_output_metadata(self._figures)


@dg.asset(key=["toys", "written"])
def written() -> int:
    return 1


@dg.asset(key=["toys", "under_way"], ins={"before": dg.AssetIn(["toys", "written"])})
def under_way(before: object) -> None:
    folder = Path(os.environ["DAGSTER_HOME"])
    (folder / "pid.new").write_text(str(os.getpid()))
    (folder / "pid.new").rename(folder / "pid")
    signal.pause()


@dg.asset(key=["toys", "waiting"], ins={"before": dg.AssetIn(["toys", "under_way"])})
def waiting(before: object) -> None:
    pass


defs = dg.Definitions(
    assets=[written, under_way, waiting],
    jobs=[dg.define_asset_job("toys", [written, under_way, waiting])],
    resources={"io_manager": NoTables()},
    executor=dg.in_process_executor,
)
