"""Configs: files that services mount, readable but never changeable (API: configs; no update)."""

from reconciler.kinds.base import Kind, ValueSource, as_given, override
from reconciler.kinds.versions import EXTERNAL_NAME_RULE, NAME_RULE
from reconciler.model import Body, Live, Sensitive, Spec


def decode(body: Body) -> Spec:
    """The data, as the API's list of configs returns it."""
    return {"data": body.get("data") or ""}


def is_of_a_record(live: Live) -> bool:
    """Whether an object is a config that holds a record; it cannot be declared."""
    return live.kind == CONFIG.name and live.name.startswith("reconciler.")


def encode(live_name: str, spec: Spec) -> Body:
    """The body that creates this version. Its data is wrapped until it is sent, so that no message contains it."""
    return {"name": live_name, "data": Sensitive(spec["data"])}


CONFIG = Kind(
    name="config",
    section="configs",
    level=1,
    renames=True,
    canonical=as_given,
    merge=override,
    decode=decode,
    encode=encode,
    versioned=True,
    digested=frozenset({"data"}),
    name_rule=NAME_RULE,
    external_name_rule=EXTERNAL_NAME_RULE,
    source=ValueSource("source", "add file: NAME, data: … or external: true"),
    given_by=("file", "data", "external"),
    most_bytes=1_024_000,  # Docker: swarmkit
    verbatim=frozenset({"data"}),
    declare="declare it under configs; external: true if it is created elsewhere",
)
