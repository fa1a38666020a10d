"""Where the files that ship with the code are: in a wheel, an editable install and a plain checkout alike."""

from pathlib import Path

_HERE = Path(__file__).parent
SCHEMAS = _HERE / "schemas" if (_HERE / "schemas").is_dir() else _HERE.parent / "schemas"
"""Folder of the JSON Schemas and the OpenAPI document."""
