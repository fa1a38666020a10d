"""Environment variables of a service, including ``env_file``; likely credentials are replaced by variables."""

from pathlib import Path

from reconciler.compose.context import Context
from reconciler.compose.credentials import of_variable
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut
from reconciler.compose.reading import read_lines
from reconciler.compose.variables import BadReference, has_references
from reconciler.loading.env_files import Malformed, assignments
from reconciler.loading.files import UnreadableFile, shown
from reconciler.model import Location


def environment(context: Context, service: str, node: ComposeNode) -> dict[str, str]:
    """The environment variables for the manifest; those of ``environment`` override those of ``env_file``."""
    found: dict[str, tuple[str, Location]] = {}
    for file in (node.get("env_file") or node._replace(value=[])).each():
        found |= _of_file(context, service, file)
    for key, value in (node.get("environment") or node._replace(value={})).items():
        subject = ("services", service)
        if has_references(key):
            name, equals, text = context.needed(
                key, value.place, subject, "the name of an environment variable"
            ).partition("=")
            if name and (equals or value.value is not None):
                found[name] = text if equals else context.text(value), value.place
            continue
        if not key or "=" in key:
            context.changes(
                value.place, subject, key, LeftOut(f"{key!r}", "it is not the name of a variable")
            )
            continue
        if value.value is None:
            _passed_on(context, service, key, value, found)
            continue
        if isinstance(value.value, float) and context.text(value) != value.text:
            context.matters(
                value.place,
                subject,
                key,
                f"Compose reads the number of {key} without quotes as {context.text(value)}",
                "put it in quotes to keep its text",
            )
        found[key] = context.text(value), value.place
    context.budget.take_variables(len(found))
    return {
        key: context.written(of_variable(context, service, key, text, place))
        for key, (text, place) in found.items()
    }


def _passed_on(
    context: Context, service: str, key: str, node: ComposeNode, found: dict[str, tuple[str, Location]]
) -> None:
    """Handle ``KEY`` without a value: Compose passes on the value from its own environment, or leaves the variable
    out.
    """
    if key in context.variables.values:
        found[key] = context.variables.encode(f"${{{key}}}", node.place), node.place
    elif key not in found:
        context.matters(
            node.place,
            ("services", service),
            key,
            LeftOut(f"{key} without a value", "Compose sets it only if its own environment has it"),
            f"to set it, write {key}: ${{{key}}}",
        )


def _of_file(context: Context, service: str, node: ComposeNode) -> dict[str, tuple[str, Location]]:
    path_node = node.get("path") if node.is_map else node
    if path_node is None:
        return {}
    required = node.get("required") if node.is_map else None
    format_ = node.get("format") if node.is_map else None
    path = Path(node.folder) / context.known(path_node)
    try:
        text = context.budget.take_text(read_lines(path))
    except UnreadableFile as error:
        say = context.harmless if required is not None and required.value is False else context.changes
        say(
            path_node.place,
            ("services", service),
            "env_file",
            f"{context.shown(path_node)} {error}: its variables are left out",
            "put the file beside the Compose file, then convert again",
        )
        return {}
    raw = format_ is not None and format_.value == "raw"
    try:
        return _variables(context, service, path, text, raw=raw)
    except Malformed as error:
        context.changes(
            Location(shown(str(path)), error.line),
            ("services", service),
            "env_file",
            f"{path.name} cannot be read: line {error.line} {error}: its variables are left out",
            "correct the line, then convert again",
        )
        return {}


def _variables(
    context: Context, service: str, path: Path, text: str, *, raw: bool
) -> dict[str, tuple[str, Location]]:
    """The variables of a file, which later lines of it can use. Raises Malformed."""
    variables = context.variables
    found: dict[str, tuple[str, Location]] = {}
    earlier: dict[str, str] = {}
    for line in assignments(text, raw=raw):
        context.budget.take_values(1)
        place = Location(shown(str(path)), line.line)
        if line.value is None:
            if line.name in variables.values:
                found[line.name] = variables.encode(f"${{{line.name}}}", place), place
            continue
        try:
            encoded = variables.encode(line.value, place) if line.expands else line.value
        except BadReference as error:
            context.changes(place, ("services", service), line.name, f"{line.name}: {error}: left out")
            continue
        text_of_line = context.budget.take_text(variables.filled(encoded, earlier))
        found[line.name] = text_of_line, place
        if line.name not in variables.values:
            earlier[line.name] = text_of_line
    return found
