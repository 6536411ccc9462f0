"""What every test may use."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

PROGRAMS = {"postfix": "smtp-sink", "chromium": "chromium"}
"""Debian package → a program that shows that it is installed."""


# No test is timed: machines are busy with other things, those of CI above all.
settings.register_profile("mactl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mactl")


def suites() -> Path:
    """Test vectors that others wrote, beside the project; a test that needs them skips where they are not."""
    return Path(os.environ.get("MACTL_SUITES", ROOT.parent / "shared" / "suites"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip aloud what needs a Debian package that is missing, or fail where no skip is allowed."""
    for marker in item.iter_markers("debian"):
        package = marker.args[0]
        search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
        if shutil.which(PROGRAMS[package], path=search) is None:
            message = f"needs Debian's {package} (apt-get install {package})"
            if os.environ.get("MACTL_NO_SKIP"):
                pytest.fail(message)
            pytest.skip(message)
