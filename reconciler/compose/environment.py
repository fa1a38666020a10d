"""Environment variables of a service, its ``env_file`` included; what looks like a credential becomes a variable."""

import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.compose.context import Context
from reconciler.compose.dotenv import lines
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.variables import BadReference, is_reference
from reconciler.kinds.sensitive import looks_like_credential
from reconciler.model import Location

ADVICE = (
    "give its value in the environment as RECONCILER_VAR_{0}, in a workflow from a secret of its own; better still, "
    "declare a secret and let the service read its file"
)


def environment(context: Context, service: str, node: ComposeNode) -> dict[str, str]:
    """The variables as the manifest has them, those of ``env_file`` below those of ``environment``."""
    found: dict[str, tuple[str, Location]] = {}
    for file in (node.get("env_file") or node._replace(value=[])).each():
        found |= _of_file(context, service, file)
    for key, value in (node.get("environment") or node._replace(value={})).items():
        subject = ("services", service)
        if not key or "=" in key:
            context.changes(value.place, subject, key, f"{key!r} is not the name of a variable: left out")
            continue
        if value.value is None:
            _passed_on(context, service, key, value, found)
            continue
        if isinstance(value.value, float) and context.text(value) != value.text:
            context.matters(
                value.place,
                subject,
                key,
                f"the number of {key} without quotes is {context.text(value)} to Compose",
                "put it in quotes if its text is meant",
            )
        found[key] = context.text(value), value.place
    return {key: _safe(context, service, key, text, place) for key, (text, place) in found.items()}


def _passed_on(
    context: Context, service: str, key: str, node: ComposeNode, found: dict[str, tuple[str, Location]]
) -> None:
    """``KEY`` alone: Compose passes the value on that its own environment has, and leaves the variable out if none."""
    if key in context.variables.values:
        found[key] = context.variables.encode(f"${{{key}}}", node.place), node.place
    elif key not in found:
        context.matters(
            node.place,
            ("services", service),
            key,
            f"{key} without a value is left out: Compose passes it on only where its own environment has it",
            f"to pass it on, write {key}: ${{{key}}}",
        )


def _safe(context: Context, service: str, key: str, text: str, place: Location) -> str:
    if text and is_credential(key, text):
        return credential(context, service, key, text, place)
    return context.written(text)


def is_credential(key: str, text: str) -> bool:
    """Whether encoded text holds a credential itself. What comes from a variable stands elsewhere already."""
    literal = "".join(one for one in text if not is_reference(one))
    return looks_like_credential(key if literal == text else "", literal)


def credential(context: Context, service: str, key: str, text: str, place: Location) -> str:
    """A variable in place of a literal that looks like a credential; its value is written nowhere."""
    name = "".join(one if one.isascii() and one.isalnum() else "_" for one in key).upper()
    name = f"_{name}" if name[:1].isdigit() else name
    for candidate in (name, f"{_upper(service)}_{name}"):
        kept = context.credentials.setdefault(candidate, (service, text))
        if kept[1] == text:
            name = candidate
            break
    context.matters(
        place,
        ("services", service),
        key,
        f"{key} looks like a credential: it is the variable {name} here, and its value is not written",
        ADVICE.format(name),
    )
    return context.written(context.variables.encode(f"${{{name}}}", place))


def _upper(text: str) -> str:
    name = "".join(one if one.isascii() and one.isalnum() else "_" for one in text).upper()
    return f"_{name}" if name[:1].isdigit() else name


def _of_file(context: Context, service: str, node: ComposeNode) -> dict[str, tuple[str, Location]]:
    path_node = node.get("path") if node.is_map else node
    if path_node is None:
        return {}
    required = node.get("required") if node.is_map else None
    format_ = node.get("format") if node.is_map else None
    path = Path(node.folder) / context.known(path_node)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is not UTF-8 text"
        say = context.harmless if required is not None and required.value is False else context.changes
        say(
            path_node.place,
            ("services", service),
            "env_file",
            f"{context.known(path_node)} can't be read ({why}): its variables are left out",
            "put the file beside the Compose file and convert again",
        )
        return {}
    raw = format_ is not None and format_.value == "raw"
    return dict(_variables(context, service, path, text, raw=raw))


def _variables(
    context: Context, service: str, path: Path, text: str, *, raw: bool
) -> Iterator[tuple[str, tuple[str, Location]]]:
    for line in lines(text, raw=raw):
        place = Location(str(path), line.number)
        if line.value is None:
            if line.name in context.variables.values:
                yield line.name, (context.variables.encode(f"${{{line.name}}}", place), place)
            continue
        try:
            encoded = context.variables.encode(line.value, place) if line.expands else line.value
        except BadReference as error:
            context.changes(place, ("services", service), line.name, f"{line.name}: {error}: left out")
            continue
        yield line.name, (encoded, place)
