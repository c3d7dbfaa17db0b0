"""What all tests share: cases of a package that is not installed are skipped with that reason."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

OPTIONAL = {"sklearn-rvm": "sklearn_rvm"}  # name of a classifier -> the package that it needs


def pytest_collection_modifyitems(items):
    missing = {name for name, package in OPTIONAL.items() if find_spec(package) is None}
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {}).values()
        named = [v for v in given if isinstance(v, str) and v in missing]
        for name in named:
            reason = f"the package {OPTIONAL[name]} is not installed"
            item.add_marker(pytest.mark.skip(reason=reason))
