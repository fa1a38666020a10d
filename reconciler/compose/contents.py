"""Where secrets and configs get their content: from a variable, from a file beside the manifest, or from outside.

A config or mounted file that seems to contain a credential becomes a secret.
"""

import re
from pathlib import Path
from typing import Any

from reconciler.compose.context import Context
from reconciler.compose.credentials import variable_name
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.reading import read_exactly
from reconciler.compose.variables import has_references
from reconciler.credentials.rules import is_sensitive_variable
from reconciler.credentials.text import find_credentials
from reconciler.loading.files import UnreadableFile
from reconciler.loading.write import content_file
from reconciler.model import Location

_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def secret(context: Context, name: str, node: ComposeNode) -> dict[str, Any]:
    """The entry of a secret: the name of the environment variable for its value, which is never written."""
    environment = node.get("environment")
    variable = context.known(environment) if environment is not None else variable_name(name)
    file = node.get("file")
    where = f"the content of {context.shown(file)}" if file is not None else "its value"
    context.matters(
        node.place,
        ("secrets", name),
        "secrets",
        f"secret {name}: {where} is not written anywhere",
        f"set RECONCILER_SECRET_{variable} in the environment; in a GitHub workflow, from a secret",
    )
    return {"env": variable}


def config(context: Context, name: str, node: ComposeNode) -> dict[str, Any] | None:
    """The entry of a config; None if it became a secret."""
    source = _config(context, name, node)
    if name in context.data and (where := _credential_in(context, node, context.data[name])):
        _hidden(context, name, node, where)
        return None
    content = node.get("content")
    if content is not None:
        _note_variables(context, name, content)
    return source


def _note_variables(context: Context, name: str, content: ComposeNode) -> None:
    """Note that the variables in a config's content are replaced."""
    text = context.text(content)
    if unknown := context.variables.unknown(text):
        context.changes(
            content.place,
            ("configs", name),
            "content",
            f"{', '.join(unknown)} in the content of config {name!r} has no value: it becomes empty",
            "set it in a file for --env-file, then convert again",
        )
    elif has_references(text):
        context.matters(
            content.place,
            ("configs", name),
            "content",
            f"the variables in the content of config {name!r} are replaced by their current values",
            "a config's data cannot contain variables",
        )


def _config(context: Context, name: str, node: ComposeNode) -> dict[str, Any]:
    content, file, environment = node.get("content"), node.get("file"), node.get("environment")
    if content is not None:
        text = context.text(content)
        context.data[name] = context.variables.resolve(text)
        return {"file": content_file("configs", name)}
    if file is not None:
        return _config_of_file(context, name, file)
    if environment is not None:
        value = context.variables.values.get(context.known(environment))
        if value:
            context.data[name] = value
            return {"file": content_file("configs", name)}
        context.changes(
            environment.place,
            ("configs", name),
            "environment",
            f"{context.shown(environment)} has no value, so config {name!r} is external: it must exist already",
            "to manage it, write {file: …} or {data: …}",
        )
    return {"external": True}


def _config_of_file(context: Context, name: str, file: ComposeNode) -> dict[str, Any]:
    path = Path(file.folder) / context.known(file)
    try:
        context.data[name] = context.budget.take_text(read_exactly(path))
    except UnreadableFile as error:
        copy = content_file("configs", name)
        context.changes(
            file.place,
            ("configs", name),
            "file",
            f"{context.shown(file)} {error}, so config {name!r} is external: it must exist already",
            f"to manage it, copy the file to {copy} and write {{file: {copy}}}",
        )
        return {"external": True}
    return {"file": content_file("configs", name)}


def _credential_in(context: Context, node: ComposeNode, data: str) -> str:
    """Where a config's content contains a credential, as text for a note; "" if it contains none."""
    found = credential_line(data)
    content, environment = node.get("content"), node.get("environment")
    used = context.variables.names(context.text(content)) if content is not None else ()
    names = (*used, context.known(environment)) if environment is not None else used
    values = context.variables.values
    for name in names:
        unknown = name not in values and is_sensitive_variable(name)
        if unknown or context.is_credential(name, values.get(name, "")):
            return f"the variable {name}"
    repeated = min((start for start, _ in context.repeats(data)), default=-1)
    if repeated >= 0 and not found:
        found = data.count("\n", 0, repeated) + 1
    return f"line {found} of its content" if found else ""


def credential_line(text: str) -> int:
    """The line of the first credential in a text, counted from 1; 0 if there is none."""
    found = find_credentials(text)
    return text.count("\n", 0, found[0][0]) + 1 if found else 0


def _hidden(context: Context, name: str, node: ComposeNode, where: str) -> None:
    """Turn a config that contains a credential into a secret; its content is not written."""
    del context.data[name]
    secret = context.name("secrets", name, node.place, live=name)
    context.as_secrets[name] = secret
    variable = variable_name(secret)
    context.sections["secrets"][secret] = {"env": variable}
    context.matters(
        node.place,
        ("secrets", secret),
        "configs",
        f"config {name} seems to hold a credential ({where}): it becomes the secret {secret}, mounted at the "
        "same path, and its content is not written",
        f"set RECONCILER_SECRET_{variable} in the environment to its content",
    )


def add_secret(context: Context, base: str, place: Location) -> str:
    """The name of a secret for a mounted file that contains a credential.

    Services that mount the same file share it.
    """
    key = _NO_NAME.sub("-", base).strip("-._") or "secret"
    if ("secrets", key) in context.names:
        return context.names["secrets", key]
    name = context.name("secrets", key, place)
    context.sections["secrets"][name] = {"env": variable_name(name)}
    context.matters(
        place,
        ("secrets", name),
        "volumes",
        f"the mounted file {base} seems to hold a credential: it becomes the secret {name}, and its content is "
        "not written",
        f"set RECONCILER_SECRET_{variable_name(name)} in the environment to its content",
    )
    return name


def add_config(context: Context, base: str, content: str, place: Location) -> str:
    """The name of a config for a mounted file of the host. Files with the same content share it."""
    for name, text in context.data.items():
        if text == content and ("bind", name) in context.used:
            return name
    key = _NO_NAME.sub("-", base).strip("-._") or "config"
    unique, number = key, 1
    while ("configs", unique) in context.names or context.root.get("configs", unique) is not None:
        number += 1
        unique = f"{key}-{number}"
    name = context.name("configs", unique, place)
    context.data[name] = content
    context.sections["configs"][name] = {"file": content_file("configs", name)}
    context.used.add(("bind", name))
    return name
