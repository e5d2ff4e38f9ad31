"""What all tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root():
    """The course as it stands in this clone. Tests read it and never write to it."""
    return ROOT


@pytest.fixture(scope="session")
def need():
    """need(found, "apt install …"): without it the test skips with that line; under CI=true it fails, since CI
    installs everything."""

    def check(found, fix):
        if not found:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs: {fix}")

    return check
