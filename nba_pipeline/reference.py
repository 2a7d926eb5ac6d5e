"""The reference pages of docs/reference, written from the declarations: a page per dataset, and an index.

`make docs` writes them (`python -m nba_pipeline.reference`), and a test fails where they are not what is declared.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

from nba_pipeline import catalog
from nba_pipeline.ingest.holds import Reader
from nba_pipeline.settings import PROJECT_ROOT
from nba_pipeline.table import Table

FOLDER = PROJECT_ROOT / "docs" / "reference"

# The tables computed from each table, by `dataset.name`.
Readers = Mapping[str, Sequence[Reader]]

_INDEX = """# Tables

Every table of the pipeline, as it is declared. These pages are written by `make docs`; do not edit them.

| table | what it holds | written by |
| --- | --- | --- |
"""
_HEAD = """# {}

Written by `make docs` from the declarations; do not edit. [All tables](README.md)"""


def main() -> None:
    """Writes the pages, and takes away those of datasets that are no more."""
    FOLDER.mkdir(exist_ok=True)
    written = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text)


def pages() -> dict[str, str]:
    """The text of every page by its file's name."""
    declaring = [module for module in catalog.modules() if hasattr(module, "TABLE")]
    datasets = dict.fromkeys(module.TABLE.dataset for module in declaring)
    found, readers = {"README.md": _index()}, _readers()
    for dataset in datasets:
        own = [module for module in declaring if module.TABLE.dataset == dataset]
        found[f"{dataset}.md"] = _page(dataset, own, readers)
    return found


def _readers() -> Readers:
    """Who reads what, from the assets of the code location."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.defs.yielding import readers_of

    return readers_of(set(defs().get_repository_def().assets_defs_by_key.values()))


def _index() -> str:
    tables = catalog.tables().values()
    rows = [f"| {_link(str(table))} | {_cell(table.description)} | {table.strategy} |\n" for table in tables]
    return _INDEX + "".join(rows)


def _page(dataset: str, declaring: Sequence[ModuleType], readers: Readers) -> str:
    lines = [line for module in declaring for line in ("", *_section(module, readers))]
    return "\n".join([_HEAD.format(dataset), *lines]) + "\n"


def _section(module: ModuleType, readers: Readers) -> Iterator[str]:
    """What one module declares: the table as a whole, then its columns."""
    table: Table = module.TABLE
    yield f"## {table.name}\n\n{table.description}\n\n| | |\n| --- | --- |"
    yield from (f"| {name} | {value} |" for name, value in _facts(module, readers) if value)
    yield "\n| column | type | | what it says |\n| --- | --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {column.type} | {column.mode} | {_cell(column.description)} |"


def _facts(module: ModuleType, readers: Readers) -> Iterator[tuple[str, str]]:
    """What is said of a table as a whole; an empty value where there is nothing to say."""
    table: Table = module.TABLE
    file = f"{module.__name__.replace('.', '/')}.py"
    yield "declared in", f"[{file}](../../{file})"
    yield "one row per", _codes(table.grain)
    yield "partitions", _partitions(table)
    yield "clustered by", _codes(table.cluster_by)
    yield "written by", f"{table.strategy}{f', the newest by `{table.newest_by}`' if table.newest_by else ''}"
    yield "objects", f"`{module.FEED.path}`" if hasattr(module, "FEED") else ""
    yield "reads", _named(_read_by(str(table), readers))
    yield "read by", _named({reader.table: 0 for reader in readers.get(str(table), ())})
    rules = [f"{rule.description}{'' if rule.blocking else ' (warns)'}" for rule in getattr(module, "RULES", ())]
    yield "checked", _cell(" ".join(rules))


def _read_by(table_name: str, readers: Readers) -> dict[str, int]:
    """The tables that one is computed from, each with the days of history that are read of it."""
    return {name: one.history_days for name, those in readers.items() for one in those if one.table == table_name}


def _partitions(table: Table) -> str:
    if not table.partition_by:
        return "none"
    if not table.day_column:
        return f"`{table.partition_by}`, by year"
    needed = "; a query must filter by it" if table.require_partition_filter else ""
    return f"`{table.partition_by}`, by day{needed}"


def _named(history_days: Mapping[str, int]) -> str:
    """Links to tables, in their order in the catalog, with the days of history where some are read."""
    ordered = [(_link(name), history_days[name]) for name in catalog.tables() if name in history_days]
    return ", ".join(f"{link} (days back: {days})" if days else link for link, days in ordered)


def _link(table_name: str) -> str:
    dataset, _, name = table_name.partition(".")
    return f"[{table_name}]({dataset}.md#{name})"


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    """Text that a cell of a Markdown table holds as it is."""
    return text.replace("|", r"\|")


if __name__ == "__main__":
    main()
