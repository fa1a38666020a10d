"""Writes the pages of ``docs/reference`` from the schemas, the checks' cases and the commands' own help.

    python docs/generate.py

``tests/docs/test_reference.py`` fails where they are not as this would write them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
import yaml

from reconciler.checks import CHECKS
from reconciler.cli import COMMANDS, cli
from reconciler.kinds import KINDS
from reconciler.kinds.service import LISTS, POLICY_DEFAULTS, SERVICE

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
        "A field that is left out is not managed: it keeps its live value. The last two columns say what it means to",
        "remove a field from the manifest, and how to clear its value instead. `[]` stands for one entry of a list,",
        "`NAME` for a name of your own. `null` means left out.",
        "",
        "A list replaces the whole live list. If an entry of a list is a map, a field that the map leaves out has its",
        "default, not its live value.",
        "",
    ]
    lines += ["## The document", "", *_table(_schema("manifest"), DOCUMENT)]
    for kind in KINDS.values():
        schema = _schema(kind.name)
        lines += [f"## {kind.section}", "", f"{schema.get('description', '')}", "", *_table(schema, ENTRY)]
        if example := schema.get("examples"):
            lines += ["```yaml", f"{kind.section}:", *_indented(example[0]), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _schema(name: str) -> Schema:
    found: Schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def _indented(example: Any) -> list[str]:
    text = yaml.safe_dump({"NAME": example}, sort_keys=False, allow_unicode=True, width=100)
    return [f"  {line}" for line in text.splitlines()]


def _table(schema: Schema, meanings: "Mapping[str, Meaning]") -> list[str]:
    rows = list(_rows(schema, "")) or [("NAME", schema)]
    lines = [
        "| field | what it is | default | example | left out, or removed | cleared by |",
        "|---|---|---|---|---|---|",
    ]
    for name, field in rows:
        meaning = meanings.get(name) or _meaning_of_a_field(name, field)
        cells = [f"`{name}`", _cell(field["description"]), _default(name, field, meaning), _example(field)]
        lines.append(f"| {' | '.join([*cells, meaning.removed, meaning.cleared])} |")
    return [*lines, ""]


def _rows(schema: Schema, above: str) -> Iterator[tuple[str, Schema]]:
    """Every field below ``schema`` with its own schema: the fields of a map, the values of any name, a list's entries.

    What another schema describes (``$ref``) has its own part of the page.
    """
    dot = f"{above}." if above else ""
    below = [(f"{dot}{name}", field) for name, field in schema.get("properties", {}).items()]
    below += [(f"{dot}x-NAME", field) for field in schema.get("patternProperties", {}).values()]
    below += [(f"{dot}NAME", schema["additionalProperties"])] if schema.get("additionalProperties") else []
    below += [(f"{above}[]", schema["items"])] if "items" in schema else []
    for name, field in below:
        if "$ref" not in field:
            yield name, field
            yield from _rows(field, name)


def _types(field: Schema) -> set[str]:
    given = field.get("type", [])
    return {given} if isinstance(given, str) else set(given)


def _default(name: str, field: Schema, meaning: "Meaning") -> str:
    """What holds where nothing is given and nothing is live."""
    if meaning.default:
        return meaning.default
    if name in POLICY_DEFAULTS:
        return f"`{json.dumps(POLICY_DEFAULTS[name])}`"
    named = re.search(r"\bDefault:? ([^.;]+)", field["description"])
    if named:
        return _cell(named[1])
    return "empty" if _types(field) & {"array", "object"} else "not set"


def _example(field: Schema) -> str:
    examples = field.get("examples") or [value for value in field.get("enum", []) if value is not None]
    return f"`{_cell(json.dumps(examples[0], ensure_ascii=False))}`" if examples else "anything"


class Meaning(NamedTuple):
    """What it means that a field is not there (any more), what clears its value, and the default that no schema has."""

    removed: str
    cleared: str
    default: str = ""


_DELETED = Meaning(
    "objects that were declared are deleted, after everything else is verified", "`{}` does the same"
)
_REQUIRED = Meaning("must be given", "leave out the entry", "must be given")
_DEFAULT_AGAIN = Meaning("has its default again", "leave it out")
_NOT_LISTED = Meaning("the entry is removed from the live list", "`[]` for the whole list", "no entry")
_CONSENT = Meaning("there is no consent: such a delete is refused", "leave it out")
_FORGOTTEN = Meaning("released objects stay unmanaged", "leave it out")
_SOURCE = Meaning("one source must be given", "delete the object", "one source must be given")
_WARNED = Meaning("the warning is shown again", "leave it out", "the warning is shown")
DOCUMENT: Mapping[str, Meaning] = {
    "x-NAME": Meaning("nothing", "leave it out", "none"),
    "cluster": Meaning("the file is a base for other files, or holds company-wide webhooks", "leave it out"),
    "company": Meaning("the token's company is used and not checked", "leave it out"),
    "stack": Meaning("the stack is `default`; objects of another stack do not belong to it", "leave it out"),
    "extends": Meaning("the file stands alone", "leave it out"),
    "vars": Meaning("variables come only from the command line and the environment", "leave it out"),
    "vars.NAME": Meaning(
        "the variable comes from the command line or the environment; if it has no value, its use is an error",
        '`""`',
    ),
    "sensitive": Meaning("variables are sensitive by name and by the shape of their values", "`[]`"),
    "sensitive[]": Meaning(
        "the variable is sensitive by its name and by the shape of its value", "`[]`", "no entry"
    ),
    "plain": Meaning("variables whose names say that they are credentials are masked", "`[]`"),
    "plain[]": Meaning("the variable is masked if its name says that it is a credential", "`[]`", "no entry"),
    "allow": Meaning("the warnings are shown again", "`{}`"),
    "allow.NAME": _WARNED,
    "limits": Meaning("the default limits apply", "leave it out", "the lines below"),
    "limits.replicas": _DEFAULT_AGAIN,
    "limits.nodes": _DEFAULT_AGAIN,
    "nodes": Meaning("nodes are no longer managed, and stay", "`removed.nodes` names the nodes to delete"),
    "volumes": Meaning(
        "the plan is refused until `removed.volumes` names them, since their data would be lost",
        "`{}` does the same",
    ),
    "configs": _DELETED,
    "secrets": _DELETED,
    "services": _DELETED,
    "webhooks": _DELETED,
    "removed": _CONSENT,
    **{f"removed.{kind.section}": _CONSENT for kind in KINDS.values()},
    **{f"removed.{kind.section}[]": _CONSENT._replace(default="no entry") for kind in KINDS.values()},
    "released": _FORGOTTEN,
    **{f"released.{kind.section}": _FORGOTTEN for kind in KINDS.values()},
    **{f"released.{kind.section}[]": _FORGOTTEN._replace(default="no entry") for kind in KINDS.values()},
    **dict.fromkeys(
        ("moved", "moved[]"), Meaning("what was moved stays where it is", "leave it out", "no move")
    ),
    **{
        f"{entry}.{field}": meaning
        for entry in ("moved", "moved[]")
        for field, meaning in {
            "from": Meaning(
                "all objects that this stack declares come from there", "leave it out", "everything"
            ),
            "to": Meaning("the name stays", "leave it out", "the same name"),
            "stack": Meaning("it comes from this stack", "leave it out", "this stack"),
            "source": Meaning("it comes from this repository", "leave it out", "this repository"),
        }.items()
    },
}
"""What it means that a part of the document is not there, and what clears it."""
_FILES = {
    f"{field}[].{part}": meaning
    for field in ("secrets", "configs")
    for part, meaning in {
        "name": _REQUIRED,
        **dict.fromkeys(("file_name", "uid", "gid", "mode"), _DEFAULT_AGAIN),
    }.items()
}
ENTRY: Mapping[str, Meaning] = {
    "NAME": Meaning(
        "nodes of this size are no longer managed, and stay",
        "a lower number, and `removed.nodes` for the nodes to delete",
        "not managed",
    ),
    "image": Meaning(
        "the live value stays", "cannot be cleared: delete the service", "must be given for a new service"
    ),
    "replicas": Meaning("the live value stays", "`0` stops all containers", "1"),
    "command": Meaning("the live value stays", '`""` or `[]`', "the image's own"),
    "args": Meaning("the live value stays", '`""` or `[]`', "the image's own"),
    **dict.fromkeys(
        ("command[]", "args[]"),
        Meaning("no longer a word of the text", "`[]` for the whole text", "no entry"),
    ),
    **dict.fromkeys((f"{field}[]" for field in LISTS), _NOT_LISTED),
    **_FILES,
    "mounts[].source": _REQUIRED,
    "mounts[].target": _REQUIRED,
    "mounts[].readonly": _DEFAULT_AGAIN,
    "environment_variables": Meaning("the live variables stay", "`{}` or `[]`"),
    "environment_variables.NAME": Meaning(
        "the service no longer has the variable", '`""` for an empty text', "no variable"
    ),
    "environment_variables[].key": _REQUIRED,
    "environment_variables[].value": Meaning(
        "an error, unless a manifest that this one extends has it", '`""` for an empty text', "must be given"
    ),
    "depends_on": Meaning("the service waits for no other service", "`[]`", "none"),
    "depends_on[]": Meaning("this service no longer waits for it", "`[]`", "no entry"),
    "depends_on.NAME": Meaning("this service no longer waits for it", "`[]`", "no entry"),
    "depends_on.NAME.condition": Meaning("no difference: it waits until the other runs", "leave it out"),
    "url": Meaning("must be given", "delete the webhook", "must be given"),
    "url.env": _REQUIRED._replace(cleared="write the URL itself"),
    "env": _SOURCE,
    "age": _SOURCE,
    "file": _SOURCE,
    "data": _SOURCE,
    "external": Meaning("the object is created and managed here", "leave it out", "`false`"),
    "external.stack": _REQUIRED._replace(cleared="`external: true`"),
    "sensitive": Meaning(
        "text with the shape of a credential is masked, the rest is shown", "leave it out", "`false`"
    ),
    "lifecycle": Meaning("the lines below", "the lines below", "the lines below"),
    "lifecycle.ignore_changes": Meaning("the fields are managed again", "`[]`"),
    "lifecycle.ignore_changes[]": Meaning("the field is managed again", "`[]`", "no entry"),
    "lifecycle.prevent_destroy": Meaning("the protection stays", "`false`", "`false`"),
    "lifecycle.on_failure": Meaning("as `fail`", "leave it out", "`fail`"),
    "lifecycle.wait": Meaning("as `true`", "leave it out"),
    "lifecycle.allow": Meaning("the warnings are shown again", "leave it out"),
    "lifecycle.allow.NAME": _WARNED,
}
"""The same for an entry of a section, where it does not follow from the field's type."""


def _meaning_of_a_field(name: str, field: Schema) -> Meaning:
    """For a field of the API, which keeps its live value and which an empty value of its type clears."""
    if name not in SERVICE.optional:
        raise LookupError(f"say in DOCUMENT or ENTRY what it means that {name} is not there")
    types = _types(field)
    clears = next(
        text for kind, text in (("string", '`""`'), ("object", "`{}`"), ("array", "`[]`")) if kind in types
    )
    return Meaning("the live value stays", clears)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;")


def _commands() -> str:
    lines = ["# Commands", "", "The `--help` of each command.", ""]
    with click.Context(cli, info_name="reconciler", **cli.context_settings) as group:
        for name in COMMANDS:
            command = cli.get_command(group, name)
            if command is None:
                raise LookupError(name)
            with click.Context(command, parent=group, info_name=name, terminal_width=100) as context:
                text = command.get_help(context)
            shown = [line.rstrip() for line in text.splitlines()]
            lines += [f"## {name}", "", "```text", *shown, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _checks() -> str:
    lines = [
        "# Checks",
        "",
        "What `validate`, `plan` and `apply` check in manifests without contacting a server. The name of a check is in",
        "brackets after its message. To silence a warning, use `allow`, for a document or for one object:",
        "",
        "```yaml",
        "cluster: production",
        "allow: {floating-image: rebuilt every night and restarted}",
        "services: {}",
        "```",
        "",
        "An error cannot be silenced.",
        "",
    ]
    for check in CHECKS:
        what = f"{check.description[0].upper()}{check.description[1:]}".rstrip(".")
        silenced = (
            f" Silence it with `allow: {{{check.name}: REASON}}`."
            if check.warns
            else " It cannot be silenced."
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
