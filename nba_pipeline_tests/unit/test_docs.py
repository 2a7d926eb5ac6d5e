"""What the documentation shows is run, what it links to is there, and what it names exists."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import pytest
import typer

from nba_pipeline import catalog, cli, reference
from nba_pipeline.predictions.system import all_systems
from nba_pipeline.settings import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs"
WRITTEN = [PROJECT_ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

# Pages name files from the project's root, or from one of its packages.
ROOTS = [PROJECT_ROOT / folder for folder in (".", "nba_pipeline", "nba_pipeline_tests")]

Load = Callable[[str], dict[str, ModuleType]]


def files(page: str) -> dict[str, str]:
    """The Python files that a page shows, by the path in the heading above each."""
    return dict(re.findall(r"^## [^\n]*`(\S+\.py)`\n.*?^```python\n(.*?)^```", page, re.S | re.M))


@pytest.fixture
def load(tmp_path, monkeypatch) -> Load:
    """Loads the files that a page shows as if they stood where it says; returns the modules by their paths."""

    def loaded(page: str) -> dict[str, ModuleType]:
        return {path: module(path, code) for path, code in files((DOCS / page).read_text()).items()}

    def module(path: str, code: str) -> ModuleType:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)
        name = path.removesuffix(".py").replace("/", ".")
        package = importlib.import_module(name.rpartition(".")[0])
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])
        spec = importlib.util.spec_from_file_location(name, file)
        found = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, found)
        monkeypatch.setattr(package, file.stem, found, raising=False)
        spec.loader.exec_module(found)
        return found

    forget_what_was_found()
    yield loaded
    forget_what_was_found()


def forget_what_was_found() -> None:
    for found in (catalog.tables, catalog.feeds, all_systems):
        found.cache_clear()


def run_tests(modules: dict[str, ModuleType]) -> int:
    """Runs the test functions of those modules that are tests; how many there were."""
    tests = [
        test
        for path, module in modules.items()
        for name, test in vars(module).items()
        if path.startswith("nba_pipeline_tests/") and name.startswith("test_")
    ]
    for test in tests:
        test()
    return len(tests)


def test_the_example_of_a_new_feed_is_an_asset_and_its_test_passes(load):
    modules = load("adding-a-feed.md")
    asset = modules["nba_pipeline/defs/raw/arena_crowds.py"].arena_crowds
    assert asset.key == dg.AssetKey(["nba_raw", "arena_crowds"])
    assert "arena_crowds" in [feed.name for feed in catalog.feeds()]
    assert run_tests(modules) == 1


def test_the_example_of_a_computed_table_is_an_asset_and_its_tests_pass(load):
    modules = load("adding-a-table.md")
    asset = modules["nba_pipeline/defs/precompute/team_scoring_form.py"].team_scoring_form
    assert asset.key == dg.AssetKey(["nba_precompute", "team_scoring_form"])
    assert {spec.name for spec in asset.check_specs} == {"values_are_in_range"}
    assert catalog.table("nba_precompute", "team_scoring_form").strategy == "replace"
    assert run_tests(modules) == 2


def test_the_example_of_a_system_is_asked_before_the_ensemble_and_its_test_passes(load):
    modules = load("adding-a-system.md")
    asked = [system.SYSTEM_ID for system in all_systems()]
    assert asked.index("hot_hand") < asked.index("ensemble")
    assert run_tests(modules) == 1


def test_the_reference_pages_are_what_is_declared():
    written = {path.name: path.read_text() for path in reference.FOLDER.glob("*.md")}
    declared = reference.pages()
    assert written.keys() == declared.keys(), "run `make docs`"
    assert not [name for name, text in declared.items() if written[name] != text], "run `make docs`"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_every_link_within_the_project_leads_somewhere(path):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]*)\)", without_code(path.read_text()))
    assert not [link for link in links if not leads_somewhere(path, link)]


def leads_somewhere(path: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = path.parent / name if name else path
    return target.exists() and (not anchor or anchor in anchors(target.read_text()))


def anchors(page: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", without_code(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(page: str) -> str:
    """A page without its blocks of code, in which `#` is no heading and `](` is no link."""
    return re.sub(r"^```.*?^```$|^ {4}.*?$", "", page, flags=re.S | re.M)


def test_every_target_of_make_that_is_named_exists():
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    benchmarks = re.search(r"^BENCHMARKS := (.*)$", makefile, re.M)[1].split()
    targets = {*re.findall(r"^(\w+):", makefile, re.M), *(f"bench-{name}" for name in benchmarks)}
    named = re.compile(r"(?:`|^ {4})(?:[A-Z_]+=\S+ )*make (?:[A-Z_]+=\S+ )*([a-z-]+)", re.M)
    for page in WRITTEN:
        assert not set(named.findall(page.read_text())) - targets, page


def test_every_command_and_option_that_is_named_exists():
    named = re.compile(r"(?:`|bin/)nba-pipeline ([a-z][^`\n#]*)")
    for page in WRITTEN:
        for words in named.findall(page.read_text()):
            found = command(words.split())
            options = {option for parameter in found.params for option in parameter.opts}
            assert set(re.findall(r"--[a-z-]+", words)) <= options, f"{page}: nba-pipeline {words}"


def command(words: list[str]) -> Any:
    """The command that a line begins with, also one of a group; KeyError where there is none."""
    found: Any = typer.main.get_command(cli.app)
    for word in words:
        if hasattr(found, "commands"):
            found = found.commands[word]
    return found


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_every_file_that_is_named_exists(path):
    page = path.read_text()
    named = set(re.findall(r"`([\w.-]+/[\w./-]+\.(?:py|md|yaml|csv))(?:::\w+)?`", page)) - files(page).keys()
    assert not [name for name in named if not any((root / name).exists() for root in ROOTS)]
