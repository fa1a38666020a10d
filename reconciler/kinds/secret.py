"""Secrets: values that the API takes once and never gives back (API: secrets; no update, no GET by id)."""

from typing import Any

from reconciler.kinds.base import Kind, ValueSource, as_given, override
from reconciler.kinds.versions import EXTERNAL_NAME_RULE, NAME_RULE
from reconciler.model import Body, Sensitive, Spec


def decode(_body: Body) -> Spec:
    """Empty: of a secret only the name can be read."""
    return {}


def encode(live_name: str, spec: Spec) -> Body:
    """The body that creates the secret. The value is wrapped until it is sent; the spec must have ``data``."""
    data: Sensitive = spec["data"]
    return {"name": live_name, "data": data}


def sensitive(field: str, _key: str, _value: Any) -> bool:
    """Whether a field is the secret's value."""
    return field == "data"


SECRET = Kind(
    name="secret",
    section="secrets",
    level=1,
    renames=True,
    canonical=as_given,
    merge=override,
    decode=decode,
    encode=encode,
    sensitive=sensitive,
    versioned=True,
    write_only=True,
    digested=frozenset({"sealed"}),
    recorded=frozenset({"external", "sealed"}),
    name_rule=NAME_RULE,
    external_name_rule=EXTERNAL_NAME_RULE,
    source=ValueSource("source", "add env: NAME, file: NAME, age: … or external: true"),
    given_by=("env", "file", "age", "external"),
    most_bytes=512_000,  # Docker: swarmkit
    maskable=lambda field: field == "age",
    declare="declare it under secrets; external: true if it is created elsewhere",
)
