"""What the documentation shows is run."""

import importlib
import importlib.util
import re
import sys

import dagster as dg
import pytest

from nba_pipeline.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "adding-a-feed.md").read_text()


def files(page: str) -> dict[str, str]:
    """The Python files that a page shows, by the path in the heading above each."""
    return dict(re.findall(r"^## [^\n]*`(\S+\.py)`\n.*?^```python\n(.*?)^```", page, re.S | re.M))


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """The modules of the page, loaded in its order under the names their paths give them."""
    modules = {}
    for path, code in files(PAGE).items():
        name = path.removesuffix(".py").replace("/", ".")
        (tmp_path / f"{name}.py").write_text(code)
        spec = importlib.util.spec_from_file_location(name, tmp_path / f"{name}.py")
        modules[name] = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, modules[name])
        package, _, module = name.rpartition(".")
        monkeypatch.setattr(importlib.import_module(package), module, modules[name], raising=False)
        spec.loader.exec_module(modules[name])
    return modules


def test_the_example_of_a_new_feed_is_an_asset_and_its_test_passes(shown):
    asset = shown["nba_pipeline.defs.raw.arena_crowds"].arena_crowds
    assert asset.key == dg.AssetKey(["nba_raw", "arena_crowds"])
    tests = shown["nba_pipeline_tests.sources.test_arena_crowds"]
    tests.test_a_gate_that_makes_no_sense_is_listed_and_the_others_are_taken()
