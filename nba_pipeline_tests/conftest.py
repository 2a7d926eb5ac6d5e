"""How tests run: the long ones first, and cases of properties for as long as a busy machine makes them."""

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_LONG = ("slice/", "local/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts folders whose modules take a minute or two first, so that no worker ends with them alone."""
    items.sort(key=lambda item: not any(f"nba_pipeline_tests/{folder}" in item.nodeid for folder in _LONG))
