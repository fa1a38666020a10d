"""Explains schema errors: what was found, what is accepted, what was probably intended.

Pure. Of values of secrets, webhooks and environment variables only the type is shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.checks.base import Suggestions, braces
from reconciler.checks.compose_words import COMPOSE
from reconciler.kinds import SECTIONS
from reconciler.kinds.config import CONFIG
from reconciler.kinds.secret import SECRET
from reconciler.kinds.service import DURATIONS, FIELDS, REFERENCES
from reconciler.model import Path

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
}
_TIME = "seconds as a whole number, or a time such as 10s or 1m30s"
PATTERNS = {
    **dict.fromkeys(DURATIONS, _TIME),
    **dict.fromkeys(("port", "update_parallelism", "rollback_parallelism"), "a whole number, without quotes"),
    **dict.fromkeys(
        ("update_max_failure_ratio", "rollback_max_failure_ratio"), "a number from 0 to 1, without quotes"
    ),
    "environment_variables": "KEY=VALUE, or KEY= for an empty value",
    "mode": 'octal digits in quotes, such as "0444" or "0400"',
    "stack": "lower-case letters, digits and dashes, at most 30 characters, no dash at the start or the end",
    "mounts": "VOLUME:/FOLDER, with :ro at the end to forbid writing",
    "target": "a folder in the container, beginning with /",
    "uid": "a numeric id, such as 0 or 1000",
    "gid": "a numeric id, such as 0 or 1000",
    "ignore_changes": "a field of the service, or environment_variables.NAME for one variable",
    "env": "letters, digits and underscores; the environment variable is RECONCILER_SECRET_ and this name",
    **dict.fromkeys(("from", "to"), "KIND/NAME, such as secret/db-password"),
    **dict.fromkeys(("sensitive", "plain"), "the name of a variable: letters, digits and underscores"),
}
"""What a pattern accepts, by field."""
CHOICES = {"ignore_changes": FIELDS}
"""Names that are also accepted, by field."""
LISTS = (*REFERENCES, "hosts", "placement_constraints", "depends_on", "mounts")
TEXTS = ("cluster", "company", "stack", "image", "command", "args", "hosts", "name", "file_name", "env")
NAMED = {*SECTIONS, "vars", "allow"}
"""Top-level fields of a manifest whose entries have freely chosen names."""
FOREIGN = (
    "every *.yaml and *.yml below PATH is read as a manifest: keep manifests in a separate folder, "
    "or begin the names of other files with _"
)
VALUES = ("data", "value", "content", "password", "plaintext")
"""Fields that hold a secret's value in other tools."""


class Explained(NamedTuple):
    """An explained error at a place of a document.

    ``keyword`` is the keyword of JSON Schema that failed, "" if unknown.
    """

    path: Path
    message: str
    hint: str
    keyword: str


def explain(
    path: Path,
    keyword: str,
    wanted: Any,
    found: Any,
    schema: Mapping[str, Any],
    *,
    suggestions: Suggestions,
) -> Iterator[Explained]:
    """Explain an error of JSON Schema: ``keyword`` failed with the value ``wanted`` on the instance ``found``.

    ``suggestions`` are shared by a whole run.
    """
    for place, message, hint in _messages(path, keyword, wanted, found, schema, suggestions=suggestions):
        yield Explained(place, message, hint, keyword)


def _messages(
    path: Path,
    keyword: str,
    wanted: Any,
    found: Any,
    schema: Mapping[str, Any],
    *,
    suggestions: Suggestions,
) -> Iterator[tuple[Path, str, str]]:
    """The places with an error, each with a message and a hint."""
    title = schema.get("title", "map").lower()
    where = f"{title} {str(path[1])!r}" if len(path) == 2 and path[0] in NAMED else _name(path)
    if keyword == "additionalProperties":
        yield from _unknown(path, found, schema, suggestions)
    elif keyword == "type":
        message = f"{where} must be {_types(wanted, schema)}; this is {_shown(found, path)}"
        yield path, message, _type_hint(path, found, wanted)
    elif keyword == "enum":
        accepted = [str(choice) or '""' for choice in wanted if choice is not None]
        hint = _either(str(found), accepted, suggestions, _field(path)) or f"accepted: {', '.join(accepted)}"
        yield path, _refused(where, found, path), _enum_hint(path, found) or hint
    elif keyword == "pattern":
        asked = PATTERNS.get(_field(path), "text of a different format")
        close = _either(str(found), sorted(CHOICES.get(_field(path), ())), suggestions, _field(path))
        yield path, _refused(where, found, path), _braces(found) or close or f"write {asked}"
    elif keyword in ("minimum", "maximum"):
        bound = "at least" if keyword == "minimum" else "at most"
        yield path, f"{where} must be {bound} {wanted}; this is {_shown(found, path)}", ""
    elif keyword == "minLength":
        yield path, f"{where} is empty", "set it, or leave the field out"
    elif keyword == "minProperties":
        yield (
            path,
            f"{where} is empty",
            f"give one of {', '.join(schema.get('properties', ()))}, or leave it out",
        )
    elif keyword == "uniqueItems":
        seen: set[str] = set()
        for index, item in enumerate(found):
            if repr(item) in seen:
                yield (*path, index), f"{_shown(item, path)} stands in {where} twice", "keep one of the two"
            seen.add(repr(item))
    elif keyword == "required":
        yield from _missing(path, wanted, found, schema)
    else:
        yield path, f"{where} does not match its schema ({keyword})", ""


def _unknown(
    path: Path, found: Mapping[str, Any], schema: Mapping[str, Any], suggestions: Suggestions
) -> Iterator[tuple[Path, str, str]]:
    accepted = list(schema.get("properties", ()))
    title = schema.get("title", "map").lower()
    named = title in (path[-1:] or ("",))[0:1] or title in ("lifecycle", "limits")
    where = "a manifest" if not path else title if named else f"a {title}"
    foreign = "" if path else f"\n{FOREIGN}"
    for key in found:
        if key in accepted or (not path and key.startswith("x-")):
            continue
        hint = _elsewhere(title, key) or _either(key, accepted, suggestions, title)
        if not hint:
            hint, foreign = f"accepted: {', '.join(accepted)}{foreign}", ""
        yield (*path, key), f"{key!r} is not a field of {where}", hint


def _missing(
    path: Path, wanted: Any, found: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[tuple[Path, str, str]]:
    title = schema.get("title", "map").lower()
    for name in sorted(set(wanted) - found.keys()):
        if not any(_is_meant(name, title, key, schema) for key in found):  # the error is reported at that key
            yield path, f"{name!r} is missing from this {title}", f"add {name}"


def _is_meant(name: str, title: str, key: str, schema: Mapping[str, Any]) -> bool:
    """Whether a key that is not accepted was probably meant to be ``name``."""
    if key in schema.get("properties", ()):
        return False
    instead = COMPOSE.get(title, {}).get(key)
    return (instead is not None and instead.field == name) or bool(Suggestions().likely(key, [name]))


def _elsewhere(title: str, key: str) -> str:
    """The hint for a field of Docker Compose; "" for any other name."""
    if title == SECRET.name and key in VALUES:
        return "a manifest never contains the value: write env, file or age"
    instead = COMPOSE.get(title, {}).get(key)
    return f"write {instead.text}" if instead else ""


def _either(word: str, accepted: Iterable[str], suggestions: Suggestions, among: str) -> str:
    close = suggestions.likely(word, accepted, among=among)
    return f"did you mean {close}?" if close else ""


def _field(path: Path) -> str:
    return next((str(step) for step in reversed(path) if isinstance(step, str)), "")


def _name(path: Path) -> str:
    if not path:
        return "a manifest"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_field(path)}"
    return str(path[-1]) if path[-1].isidentifier() else repr(path[-1])


def _types(wanted: Any, schema: Mapping[str, Any]) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    hidden = {"null"}
    if "pattern" in schema and {"integer", "number"} & {*names}:  # a number may also be written as text
        hidden.add("string")
    return " or ".join(TYPES[name] for name in names if name not in hidden)


def _braces(found: Any) -> str:
    return braces(found) if isinstance(found, str) else ""


def _secret(path: Path) -> bool:
    kind = SECTIONS.get(str(path[0])) if path else None
    hides = kind is not None and (kind.write_only or bool(kind.from_environment))
    return hides or "environment_variables" in path


def _shown(found: Any, path: Path) -> str:
    """A value as a message may show it: only its type for containers and possible secrets."""
    kind = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a map",
    }
    if found is None:
        return "null"
    if isinstance(found, list | dict) or _secret(path):
        return kind.get(type(found), "something else")
    text = repr(found) if isinstance(found, str) else str(found).lower()
    return text if len(text) <= 60 else text[:59] + "…"


def _refused(where: str, found: Any, path: Path) -> str:
    return f"{where} cannot be {'this ' if _secret(path) else ''}{_shown(found, path)}"


def _type_hint(path: Path, found: Any, wanted: Any) -> str:
    """What to write instead, as the first hint that fits."""
    field, section, entry = _field(path), path[0] if path else "", len(path) == 2
    text, listed, scalar = isinstance(found, str), isinstance(found, list), isinstance(found, int | float)
    hints = (
        (bool(_braces(found)) and not _secret(path), _braces(found)),
        (
            "environment_variables" in path and scalar,
            "put the value in quotes: environment variables are text",
        ),
        (text and found.isdigit() and not _secret(path) and "integer" in wanted, "write it without quotes"),
        (field == "mode", f"write {PATTERNS['mode']}"),
        (
            section == SECRET.section and entry and text,
            "a manifest never contains the value: write env, file or age",
        ),
        (section == CONFIG.section and entry and text, "write {file: NAME}, or {data: …}"),
        (listed and field in ("command", "args"), "write it as one text, the parts separated by spaces"),
        (
            text and field in LISTS and "array" in wanted,
            "write it as a list: one item per line, each after a dash",
        ),
        (
            (listed or text) and len(path) == 1 and "object" in wanted,
            "write a map: NAME: VALUE, one per line",
        ),
        (scalar and not isinstance(found, bool) and field in TEXTS, "put it in quotes"),
    )
    return next((hint for fits, hint in hints if fits), "")


def _enum_hint(path: Path, found: Any) -> str:
    if _field(path) == "rollback_failure_action" and found == "rollback":
        return "accepted: continue, pause; a rollback cannot itself be rolled back"
    return ""
