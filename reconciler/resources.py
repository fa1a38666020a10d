"""Where the data files of the package are, in a wheel, an editable install or a checkout; and the default server."""

from pathlib import Path

PRODUCTION = "https://api.medstack.co/v1"
"""The base URL of the MedStack API."""
_HERE = Path(__file__).parent
SCHEMAS = _HERE / "schemas" if (_HERE / "schemas").is_dir() else _HERE.parent / "schemas"
"""The folder of the JSON Schemas and the OpenAPI document."""
