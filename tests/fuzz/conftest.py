"""Fuzzing needs atheris, whose wheels are for Linux on x86-64 and Python up to 3.13 (see pyproject.toml)."""

import platform
import sys

collect_ignore = []
if sys.platform != "linux" or platform.machine() != "x86_64" or sys.version_info >= (3, 14):
    collect_ignore = ["test_loader.py"]
