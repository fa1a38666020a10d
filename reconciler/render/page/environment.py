"""The only module that uses Jinja2: renders a template with its style, its script and the content security policy."""

import hashlib
from base64 import b64encode
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reconciler.kinds import KINDS
from reconciler.model import STATUSES, Action
from reconciler.render.visible import visible
from reconciler.render.wrap import measures_kept

ACTIONS: tuple[Action, ...] = ("create", "update", "replace", "delete", "adopt")


def page(template: str, **values: Any) -> str:
    """The page of ``template`` with ``values``, as text that ends in a newline.

    Every text in ``values`` is escaped and made visible. The page's policy allows its own style and script by their
    hashes and nothing else: the page makes no request.
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
            style=Markup(style),  # noqa: S704 - a file of this package, with no text from outside
            script=Markup(script),  # noqa: S704 - the same
            policy=policy,
            **values,
        )
    )
    return text.rstrip("\n") + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("reconciler.render.page"),
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = _sentence
    return environment


def _sentence(text: str) -> Markup:
    """A sentence, with no line break between a number and its unit."""
    return escape(measures_kept(visible(text))).replace("\N{NO-BREAK SPACE}", Markup("&nbsp;"))


@cache
def _source(name: str) -> str:
    loader = _environment().loader
    assert loader is not None  # noqa: S101 - the environment above has one
    return loader.get_source(_environment(), name)[0]


@cache
def _style() -> str:
    """The style sheets, and a rule for each checkbox of the filter that hides changes without a script.

    ``:has`` looks only inside the filter bar: on a larger element the browser would evaluate it for every change."""
    groups = (("action", ACTIONS), ("status", STATUSES), ("kind", tuple(KINDS)))
    hidden = [
        f'.bar:has(#show-{group}-{name}:not(:checked)) ~ .change[data-{group}="{name}"]{{display:none}}'
        for group, names in groups
        for name in names
    ]
    return "\n".join([_source("look.css"), _source("page.css"), *hidden, ""])


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
