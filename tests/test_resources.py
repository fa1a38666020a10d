"""The data files are found in every kind of installation."""

import importlib.util
import json
import shutil
from pathlib import Path

from reconciler import resources


def test_the_schemas_exist():
    assert json.loads((resources.SCHEMAS / "manifest.schema.json").read_text(encoding="utf-8"))["title"]


def test_in_a_wheel_the_schemas_are_inside_the_package(tmp_path):
    package = tmp_path / "reconciler"
    (package / "schemas").mkdir(parents=True)
    copy = Path(shutil.copy(resources.__file__, package))

    spec = importlib.util.spec_from_file_location("copied", copy)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert package / "schemas" == module.SCHEMAS
