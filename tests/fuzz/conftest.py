"""Fuzzing needs atheris, which has wheels for Linux on x86-64 alone (the marker beside it in pyproject.toml)."""

import platform
import sys

collect_ignore = []
if sys.platform != "linux" or platform.machine() != "x86_64":
    collect_ignore = ["test_loader.py"]
