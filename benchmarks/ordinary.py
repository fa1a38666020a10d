"""A plain design for comparison: a plan with the usual libraries in the usual way.

    python benchmarks/ordinary.py MANIFEST URL

PyYAML's safe loader, jsonschema for everything, one request after the other, DeepDiff on every pair.
"""

import sys
from pathlib import Path

import click
import jsonschema
import requests
import yaml
from deepdiff import DeepDiff

SECTIONS = ("services", "configs", "secrets", "volumes")
SCHEMA = {
    "type": "object",
    "properties": {
        "configs": {"additionalProperties": {"type": "object", "required": ["data"]}},
        "services": {
            "additionalProperties": {
                "type": "object",
                "required": ["image"],
                "properties": {
                    "image": {"type": "string", "minLength": 1},
                    "replicas": {"type": "integer", "minimum": 0},
                    "hosts": {"type": "array", "items": {"type": "string"}},
                    "environment_variables": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            }
        },
    },
}


def main(manifest: str, url: str) -> None:
    """Print the differences."""
    declared = yaml.safe_load(Path(manifest).read_text(encoding="utf-8"))
    jsonschema.validate(declared, SCHEMA)
    session = requests.Session()
    session.auth = ("bench", "bench")
    company = session.get(f"{url}/companies/current", timeout=30).json()["id"]
    at = f"{url}/companies/{company}/clusters"
    at += "/" + session.get(at, timeout=30).json()["data"][0]["id"]
    lists = {listed: session.get(f"{at}/{listed}", timeout=30).json()["data"] for listed in SECTIONS}
    changes = 0
    for section in ("configs", "services"):
        live = {item["name"]: item for item in lists[section]}
        for name, spec in declared[section].items():
            found = DeepDiff({field: live.get(name, {}).get(field) for field in spec}, spec)
            if found:
                changes += 1
                click.echo(f"{section} {name}: {found}")
    click.echo(f"{changes} changes")


if __name__ == "__main__":
    main(*sys.argv[1:3])
