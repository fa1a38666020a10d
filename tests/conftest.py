"""What holds for every test: no hurry, and nothing of this machine's own environment."""

import os

from hypothesis import HealthCheck, settings

# A slow machine is no defect: no test fails for the time it took.
settings.register_profile(
    "unhurried", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


def pytest_configure() -> None:
    """Take away what would turn a test into one against somebody's account or with somebody's values."""
    for name in [name for name in os.environ if name.startswith(("MEDSTACK_", "RECONCILER_"))]:
        del os.environ[name]
