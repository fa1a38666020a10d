"""Volumes: a name, and data on a node's disk (API: volumes; only the name can be set)."""

import re
from typing import Any

from reconciler.kinds.base import Kind, NameRule, override
from reconciler.model import Body, Spec


def canonical(value: Any) -> Spec:
    """The canonical form: only ``external``, if it is set; ``{}`` and null mean the same."""
    return {"external": value["external"]} if value and value.get("external") else {}


def decode(body: Body) -> Spec:
    """The services that use the volume, by id or name: the API reference does not say which."""
    return {"service_usage": list(body.get("service_usage") or [])}


def encode(live_name: str, _spec: Spec) -> Body:
    """The body that creates the volume."""
    return {"name": live_name}


VOLUME = Kind(
    name="volume",
    section="volumes",
    level=1,
    canonical=canonical,
    merge=override,
    decode=decode,
    encode=encode,
    has_data=True,
    name_rule=NameRule(
        re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}"),
        "2 to 255 letters, digits, dashes, underscores and dots, a letter or digit first",
    ),
    declare="declare it under volumes: NAME: {}",
)
