"""All declared Tables and feeds, found where they stand: in every module of these packages that holds one."""

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType, ModuleType

from nba_pipeline.sources.feed import Feed
from nba_pipeline.table import Table

PACKAGES = ("sources", "analytics", "precompute", "predictions", "orchestration")


class UndeclaredTable(LookupError):
    """No module declares the table that was asked for."""


@cache
def tables() -> MappingProxyType[str, Table]:
    """Every declared Table by its `dataset.name`, in the order of the phases."""
    declared = [module.TABLE for module in modules() if hasattr(module, "TABLE")]
    return MappingProxyType({str(table): table for table in declared})


def table(dataset: str, name: str) -> Table:
    """The Table declared as `dataset.name`; raises UndeclaredTable."""
    try:
        return tables()[f"{dataset}.{name}"]
    except KeyError:
        raise UndeclaredTable(f"no module of {', '.join(PACKAGES)} declares {dataset}.{name}") from None


@cache
def feeds() -> MappingProxyType[Feed, tuple[Table, ...]]:
    """Every feed with the tables that its objects fill; feeds of one path are one, the first of them."""
    first: dict[str, Feed] = {}
    filled: dict[Feed, tuple[Table, ...]] = {}
    for module in modules():
        if hasattr(module, "FEED"):
            feed = first.setdefault(module.FEED.path, module.FEED)
            filled[feed] = (*filled.get(feed, ()), module.TABLE)
    return MappingProxyType(filled)


def modules() -> list[ModuleType]:
    """Every module that may declare a table or a feed."""
    return [
        importlib.import_module(f"nba_pipeline.{package}.{found.name}")
        for package in PACKAGES
        for found in pkgutil.iter_modules(importlib.import_module(f"nba_pipeline.{package}").__path__)
    ]
