"""Where the files that ship with the code are, in a wheel, an editable install and a plain checkout alike; and the
server that is meant where none is named."""

from pathlib import Path

PRODUCTION = "https://api.medstack.co/v1"
"""Base URL of the MedStack API."""
_HERE = Path(__file__).parent
SCHEMAS = _HERE / "schemas" if (_HERE / "schemas").is_dir() else _HERE.parent / "schemas"
"""Folder of the JSON Schemas and the OpenAPI document."""
