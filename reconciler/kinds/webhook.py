"""Outgoing webhooks of the company, each for one cluster or for all (API: webhooks/outgoing, in preview).

A webhook's URL is a credential: whoever has it can post to it. Only its host is ever shown.
"""

from typing import Any

from reconciler.kinds.base import Kind, NameRule, ValueSource
from reconciler.model import Body, Sensitive, Spec
from reconciler.model.recorded import RECORDED


def canonical(value: Any) -> Spec:
    """The canonical form: the URL, wrapped; null removes an inherited URL."""
    spec = dict(value)
    if isinstance(spec.get("url"), str):
        spec["url"] = Sensitive(spec["url"])
    return spec


def merge(base: Spec, over: Spec) -> Spec:
    """Each field is replaced; a URL also replaces the name of a variable that has none."""
    merged = {**base, **over}
    if over.get("url") is not None:
        merged.pop("env", None)
    return merged


def decode(body: Body) -> Spec:
    """URL, label and cluster; the last two may be null."""
    return {
        "url": Sensitive(str(body.get("url") or "")),
        "label": body.get("label") or "",
        "cluster_id": body.get("cluster_id") or "",
    }


def encode(live_name: str, spec: Spec) -> Body:
    """The body of POST and PUT, with the URL wrapped until it is sent; the manifest's key is the label."""
    url: Sensitive = spec["url"]
    body: dict[str, Any] = {"label": live_name, "url": url}
    if spec.get("cluster_id"):
        body["cluster_id"] = spec["cluster_id"]
    return body


def host(url: Sensitive) -> str:
    """The part of the URL that may be shown."""
    rest = url.reveal().partition("://")[2]
    return rest.split("/")[0].split("?")[0].split("#")[0].rpartition("@")[2]


def sensitive(field: str, _key: str, _value: Any) -> bool:
    """Whether a field is the URL."""
    return field == "url"


WEBHOOK = Kind(
    name="webhook",
    section="webhooks",
    level=3,
    renames=True,
    canonical=canonical,
    merge=merge,
    decode=decode,
    encode=encode,
    sensitive=sensitive,
    shown={"url": host},
    digested=frozenset({"url"}),
    named=False,
    named_by="label",
    may_be_nameless=True,
    name_rule=NameRule(RECORDED, "text without line breaks, invisible characters and special spaces"),
    of_company=True,
    preview=True,
    from_environment=("url",),
    maskable=lambda field: field == "url",
    source=ValueSource("url", "add url: https://…"),
)
