"""Writes the pages of ``docs/reference`` from the schemas, the checks' cases and the commands' own help.

    python docs/generate.py

``tests/docs/test_reference.py`` fails where they are not as this would write them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from reconciler.checks import CHECKS
from reconciler.cli import COMMANDS, Commands
from reconciler.kinds import KINDS

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "docs" / "reference"
CASES = ROOT / "tests" / "checks" / "cases"
Schema = Mapping[str, Any]


def pages() -> dict[str, str]:
    """The text of every page, by its file's name."""
    return {"fields.md": _fields(), "commands.md": _commands(), "checks.md": _checks()}


def _fields() -> str:
    lines = [
        "# Every field",
        "",
        "A field that is left out is not managed: its live value stays. What removing a field from the manifest means,",
        "and how its value is cleared instead, is in the last columns.",
        "",
    ]
    manifest = _schema("manifest")
    lines += ["## The document", "", *_table(manifest, OF_THE_DOCUMENT)]
    for kind in KINDS.values():
        schema = _schema(kind.name)
        lines += [f"## {kind.section}", "", f"{schema.get('description', '')}", "", *_table(schema)]
        if example := schema.get("examples"):
            lines += ["```yaml", f"{kind.section}:", *_indented(example[0]), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _schema(name: str) -> Schema:
    found: Schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def _indented(example: Any) -> list[str]:
    text = yaml.safe_dump({"NAME": example}, sort_keys=False, allow_unicode=True, width=100)
    return [f"  {line}" for line in text.splitlines()]


Ends = Mapping[str, tuple[str, str]]


def _table(schema: Schema, ends: Ends | None = None) -> list[str]:
    rows = list(_rows(schema, ""))
    if not rows:
        return []
    lines = [
        "| field | what it is | default | example | left out, or removed | cleared by |",
        "|---|---|---|---|---|---|",
    ]
    for name, field in rows:
        cells = [f"`{name}`", _cell(field.get("description", "")), _default(field), _example(field)]
        lines.append(f"| {' | '.join([*cells, *(ends[name] if ends else _ends(name, field))])} |")
    return [*lines, ""]


def _rows(schema: Schema, above: str) -> Iterator[tuple[str, Schema]]:
    for name, field in _properties(schema).items():
        yield f"{above}{name}", field
        if name == "lifecycle":
            yield from _rows(field, f"{above}{name}.")


def _properties(schema: Schema) -> Mapping[str, Schema]:
    found: dict[str, Schema] = dict(schema.get("properties", {}))
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        found = {**_properties(part), **found}
    return found


def _types(field: Schema) -> set[str]:
    given = field.get("type", [])
    types = {given} if isinstance(given, str) else set(given)
    for part in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        types |= _types(part)
    return types


def _default(field: Schema) -> str:
    if "default" in field:
        return f"`{json.dumps(field['default'], ensure_ascii=False)}`"
    named = re.search(r"\bDefault: ([^.;]+)", field.get("description", ""))
    return _cell(named[1]) if named else ""


def _example(field: Schema) -> str:
    examples = field.get("examples") or [value for value in field.get("enum", []) if value is not None]
    return f"`{_cell(json.dumps(examples[0], ensure_ascii=False))}`" if examples else ""


_DELETED = ("those that were declared are deleted, after all else is verified", "`{}` does the same")
OF_THE_DOCUMENT: Ends = {
    "cluster": ("the file is only there to be extended, or holds company-wide webhooks", "leave it out"),
    "company": ("the company is the token's, and is not checked", "leave it out"),
    "stack": ("as `default`; what another stack owned is not this one's", "leave it out"),
    "extends": ("the file stands alone", "leave it out"),
    "vars": ("variables come from the command line and the environment alone", "leave it out"),
    "sensitive": ("variables are sensitive by name and by the shape of their values", "`[]`"),
    "plain": ("what a name says of a variable holds", "`[]`"),
    "allow": ("the warnings are given again", "`{}`"),
    "limits": ("the built-in limits hold", "leave it out"),
    "nodes": ("nodes are no longer managed, and stay", "`removed.nodes` names which nodes go"),
    "volumes": (
        "the plan is refused until `removed.volumes` names them, since their data would be lost",
        "`{}` does the same",
    ),
    "configs": _DELETED,
    "secrets": _DELETED,
    "services": _DELETED,
    "webhooks": _DELETED,
    "removed": ("nothing is consented to: such a delete is refused", "leave it out"),
    "released": ("what was released stays so", "leave it out"),
    "moved": ("what was moved stays where it is", "leave it out"),
}
"""What it means that a part of the document is not there, and what clears it."""
OTHERWISE = {
    "image": ("the live value stays", "cannot be cleared: delete the service"),
    "replicas": ("the live value stays", "`0` stops all containers"),
    "url": ("must stand there", "delete the webhook"),
    "env": ("one source must stand there", "delete the secret"),
    "age": ("one source must stand there", "delete the secret"),
    "file": ("one source must stand there", "delete the object"),
    "data": ("one source must stand there", "delete the config"),
    "external": ("it is made and managed here", "leave it out"),
    "sensitive": ("what has the shape of a credential is masked, the rest is shown", "leave it out"),
    "depends_on": ("no order is kept for it", "`[]`"),
    "lifecycle": ("see the lines below", "see the lines below"),
    "lifecycle.ignore_changes": ("the fields are managed again", "`[]`"),
    "lifecycle.prevent_destroy": ("the protection stays", "`false`"),
    "lifecycle.on_failure": ("as `fail`", "leave it out"),
    "lifecycle.wait": ("as `true`", "leave it out"),
    "lifecycle.allow": ("the warnings are given again", "leave it out"),
}
"""Fields that are no field of the API, or cannot be empty: what leaving them out means, and what clears them."""


def _ends(name: str, field: Schema) -> tuple[str, str]:
    """What it means that a field is not there, and what clears its value."""
    if name in OTHERWISE:
        return OTHERWISE[name]
    types = _types(field)
    clears = next(
        text for kind, text in (("string", '`""`'), ("object", "`{}`"), ("array", "`[]`")) if kind in types
    )
    return "the live value stays", clears


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;")


def _commands() -> str:
    lines = ["# Commands", "", "What each prints with `--help`.", ""]
    group = Commands("reconciler")
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        if command is None:
            raise LookupError(name)
        width = {"terminal_width": 100, "max_content_width": 100, "help_option_names": ["-h", "--help"]}
        with click.Context(command, info_name=f"reconciler {name}", **width) as context:
            text = command.get_help(context)
        lines += [f"## {name}", "", "```text", *(line.rstrip() for line in text.splitlines()), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _checks() -> str:
    lines = [
        "# Checks",
        "",
        "What `validate`, `plan` and `apply` say of manifests without asking a server. The name of a check stands in",
        "brackets after what it says. A warning is silenced with `allow`, for a document or for one object:",
        "",
        "```yaml",
        "cluster: production",
        "allow: {floating-image: rebuilt every night and restarted}",
        "services: {}",
        "```",
        "",
        "An error can't be silenced.",
        "",
    ]
    for check in CHECKS:
        what = f"{check.description[0].upper()}{check.description[1:]}".rstrip(".")
        silenced = (
            f" Silence it with `allow: {{{check.name}: REASON}}`."
            if check.warns
            else " It can't be silenced."
        )
        lines += [f"## {check.name}", "", f"{what}.{silenced}", "", *_case(check.name)]
    return "\n".join(lines).rstrip() + "\n"


def _case(name: str) -> list[str]:
    """The shortest case of a check in which it says something: a manifest and what is said of it."""
    found = sorted(
        (CASES / name).glob("*.txt"), key=lambda path: (path.with_suffix(".yaml").stat().st_size, path.name)
    )
    for path in found:
        said = path.read_text(encoding="utf-8").rstrip()
        if said:
            manifest = path.with_suffix(".yaml").read_text(encoding="utf-8").rstrip()
            return ["```yaml", manifest, "```", "", "```text", said, "```", ""]
    return []


if __name__ == "__main__":
    PLACE.mkdir(exist_ok=True)
    for file, text in pages().items():
        (PLACE / file).write_text(text, encoding="utf-8")
