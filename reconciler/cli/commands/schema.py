"""``reconciler schema``: prints the schemas for editors and other tools."""

from pathlib import Path

import click

from reconciler.cli import COMMANDS
from reconciler.cli.console import echo
from reconciler.errors import UsageError
from reconciler.resources import SCHEMAS

OPENAPI = "medstack-api-v1.openapi.yaml"


def _names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The names of schemas that complete ``incomplete``."""
    return [name for name in _schemas() if name.startswith(incomplete)]


@click.command("schema", short_help=COMMANDS["schema"])
@click.argument("name", required=False, metavar="[NAME]", shell_complete=_names)
def command(name: str | None) -> int:
    """Print the JSON Schema of a manifest, a kind or a plan.

    NAME is manifest, plan or record, a kind such as service, or openapi for the server's API. Without NAME
    the names are listed.

    An editor that knows YAML completes and checks a manifest whose first line names its schema:

    \b
      reconciler schema manifest > manifest.schema.json
      # yaml-language-server: $schema=manifest.schema.json
    """
    schemas = _schemas()
    if name is None:
        click.echo("\n".join(schemas))
    elif name == "manifest":
        from reconciler.pipeline.editor import manifest_schema

        echo(manifest_schema(), style="json")
    elif name in schemas:
        text = schemas[name].read_text(encoding="utf-8")
        echo(text, style=schemas[name].suffix.removeprefix("."))
    else:
        raise UsageError(f"there is no schema {name!r}. There are: {', '.join(schemas)}.")
    return 0


def _schemas() -> dict[str, Path]:
    found = {path.name.removesuffix(".schema.json"): path for path in sorted(SCHEMAS.glob("*.schema.json"))}
    return found | {"openapi": SCHEMAS / OPENAPI}
