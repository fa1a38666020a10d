"""The schema, as one file, with which an editor completes, explains and checks a manifest, and the line that names it.

The line is that of the YAML language server, which most editors use.
"""

import json
from pathlib import Path
from typing import Any

from reconciler.kinds import KINDS
from reconciler.resources import SCHEMAS

SCHEMA_FILE = "manifest.schema.json"
MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
"""The first line of a manifest with its schema in the same folder."""


def manifest_schema() -> str:
    """The manifest's JSON Schema with the schemas of the kinds in ``$defs``, so that it is one file."""
    manifest, *kinds = (
        json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
        for name in ("manifest", *KINDS)
    )
    whole = {**_inner(manifest), "$defs": dict(zip(KINDS, kinds, strict=True))}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _inner(value: Any) -> Any:
    """``value``, with each reference to a kind's file as a reference into ``$defs``."""
    match value:
        case {"$ref": str(file)}:
            return {**value, "$ref": f"#/$defs/{file.removesuffix('.schema.json')}"}
        case dict():
            return {key: _inner(item) for key, item in value.items()}
    return value


def write_schema(folder: Path) -> Path:
    """Write the schema into the folder of manifests, unless there is one of any version. Returns its path."""
    path = folder / SCHEMA_FILE
    if not (path.exists() or path.is_symlink()):
        path.write_text(manifest_schema(), encoding="utf-8", newline="")
    return path
