"""The one doorway to Jinja2: fills a template in, and puts style, script and the policy for both around it."""

import hashlib
from base64 import b64encode
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reconciler.kinds import KINDS
from reconciler.model import STATUSES, Action
from reconciler.render.visible import visible

ACTIONS: tuple[Action, ...] = ("create", "update", "replace", "delete", "adopt")


def page(template: str, **values: Any) -> str:
    """The whole page of ``template`` with ``values`` in it, ending in a newline.

    Every text of ``values`` comes out escaped and visible. The page's policy lets in its own style and script by
    their hashes, and nothing else: no request leaves the page.
    """
    style, script = _style(), _source("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    text = (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - our own file, no text from outside in it
            script=Markup(script),  # noqa: S704 - the same
            policy=policy,
            **values,
        )
    )
    return text.rstrip("\n") + "\n"


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        loader=PackageLoader("reconciler.render.page"),
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _source(name: str) -> str:
    loader = _environment().loader
    assert loader is not None  # noqa: S101 - the environment above has one
    return loader.get_source(_environment(), name)[0]


@cache
def _style() -> str:
    """The style sheets, and a rule for each box of the filter: what is not ticked is hidden, without a script.

    Only inside the filter is anything looked for: ``:has`` on a larger part would be asked anew for every change."""
    groups = (("action", ACTIONS), ("status", STATUSES), ("kind", tuple(KINDS)))
    hidden = [
        f'.bar:has(#show-{group}-{one}:not(:checked)) ~ .change[data-{group}="{one}"]{{display:none}}'
        for group, names in groups
        for one in names
    ]
    return "\n".join([_source("look.css"), _source("page.css"), *hidden, ""])


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
