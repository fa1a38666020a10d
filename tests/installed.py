"""Programs that come with the test dependencies."""

import os
import shutil
import sysconfig


def program(name: str) -> str:
    """The path of a program: among the scripts of this Python, else on PATH. Fails if it is not installed."""
    found = shutil.which(name, path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])))
    assert found, f"{name} is not installed: pip install '.[test]'"
    return found
