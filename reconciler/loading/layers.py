"""Merges a document over those it extends: entries of the same name become a single manifest, base first."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from reconciler.kinds import Kind
from reconciler.kinds.shorthands import variables
from reconciler.model import (
    Address,
    Diagnostic,
    Document,
    Lifecycle,
    Location,
    Manifest,
    Marks,
    Part,
    Path,
    Source,
    Spec,
)


class Layer(Struct, frozen=True):
    """A document's part of an entry: its path in the document, its value as written, and in canonical form."""

    document: Document
    path: Path
    raw: Any
    spec: Spec


def layers_of(document: Document, by_key: Mapping[tuple[str, int], Document]) -> tuple[Document, ...]:
    """The document and those it extends, base first."""
    chain = [document]
    while chain[-1].extends is not None:
        chain.append(by_key[chain[-1].extends])
    return tuple(reversed(chain))


def names(section: str, documents: Sequence[Document]) -> dict[str, None]:
    """The names that a section has in any of the documents, in order."""
    return {name: None for document in documents for name in document.value.get(section) or ()}


def top_map(field: str, documents: Sequence[Document]) -> dict[str, Any]:
    """A top-level map, merged by name: a null entry removes the inherited entry, a null map all of them."""
    merged: dict[str, Any] = {}
    for document in documents:
        if field in document.value:
            merged = {**merged, **document.value[field]} if document.value[field] is not None else {}
    return {name: value for name, value in merged.items() if value is not None}


def top(field: str, documents: Sequence[Document]) -> tuple[Any, Location]:
    """A top-level field of the last document that has it, and its place; else None and the document's own place."""
    for document in reversed(documents):
        if field in document.value:
            return document.value[field], document.marks((field,))
    return None, documents[-1].marks(())


def fold(kind: Kind, name: str, documents: Sequence[Document]) -> tuple[Layer, ...] | Diagnostic:
    """The layers of an entry after the last null, base first; a warning for a null without anything inherited."""
    layers: list[Layer] = []
    nothing: Diagnostic | None = None
    path = (kind.section, name)
    for document in documents:
        entries = document.value.get(kind.section, {})
        if entries is None:
            layers.clear()
        if not entries or name not in entries:
            continue
        raw = entries[name]
        if raw is not None:
            layers.append(Layer(document, path, raw, _spec(kind, name, raw, document)))
            continue
        if not layers:
            nothing = _null_without_base(kind, name, document.marks(path))
        layers.clear()
    return nothing if nothing and not layers else tuple(layers)


def _spec(kind: Kind, name: str, raw: Any, document: Document) -> Spec:
    if kind.given_by:
        return kind.canonical(document.contents.get((kind.section, name), {}))
    if found := document.contents.get((kind.section, name)):
        raw = {**raw, **found}
    if isinstance(raw, dict) and "lifecycle" in raw:
        return kind.canonical({field: value for field, value in raw.items() if field != "lifecycle"})
    return kind.canonical(raw)


def _null_without_base(kind: Kind, name: str, location: Location) -> Diagnostic:
    braces = "{…}" if kind.source or kind.optional else "{}"
    hint = "remove the line" if kind.capacity else f"to declare it, write {braces} instead"
    message = f"{kind.name} {name!r} is null, which removes an inherited declaration, but none is inherited"
    return Diagnostic(location, "warning", "null", message, hint)


def manifest(
    cluster: str,
    kind: Kind,
    name: str,
    layers: Sequence[Layer],
    *,
    source: Source | None,
    allowed: Mapping[str, str],
) -> Manifest:
    """The manifest merged from the layers of an entry; ``allowed`` are the checks that its documents allow."""
    spec: Spec = layers[0].spec
    for layer in layers[1:]:
        # A source replaces the inherited source as a whole.
        spec = layer.spec or spec if kind.given_by else kind.merge(spec, layer.spec)
    if not kind.given_by:
        spec = _without_nulls(spec)
    over = layers[-1]
    handled = any(
        isinstance(layer.raw, dict) and layer.raw.keys() & {"lifecycle", "depends_on"} for layer in layers
    )
    return Manifest(
        address=Address(cluster, kind.name, name),
        spec=spec,
        location=over.document.marks(over.path),
        marks=_marks(spec, layers),
        depends_on=_depends_on(layers) if handled else (),
        lifecycle=_lifecycle(layers) if handled else Lifecycle(),
        landed=_landed(layers) if any(layer.document.landed for layer in layers) else {},
        sensitive=("data",) if kind.given_by and _is_hidden(layers) else (),
        source=source,
        allowed={**allowed, **_allowed(layers)} if handled else allowed,
    )


def _is_hidden(layers: Sequence[Layer]) -> bool:
    """Whether the content is sensitive, by the last layer that says."""
    values = [
        layer.raw["sensitive"] for layer in layers if isinstance(layer.raw, dict) and "sensitive" in layer.raw
    ]
    return bool(values and values[-1])


def _landed(layers: Sequence[Layer]) -> dict[tuple[str, str], tuple[tuple[Part, ...], ...]]:
    """The texts with sensitive variables, by field (and name, for environment variables), from the last layer."""
    landed: dict[tuple[str, str], tuple[tuple[Part, ...], ...]] = {}
    for layer in layers:
        written = layer.raw if isinstance(layer.raw, dict) else {}
        environment = variables(written.get("environment_variables") or ())
        replaced = {(field, "") for field in written} | {
            ("environment_variables", name) for name, _ in environment
        }
        landed = {place: texts for place, texts in landed.items() if place not in replaced}
        for (field, *steps), parts in layer.document.landed.get(layer.path, ()):
            if field not in written:  # an error in it was reported, so it was taken out
                continue
            key = ""
            if field == "environment_variables":
                key = environment[steps[0]][0] if isinstance(steps[0], int) else str(steps[0])
            landed[str(field), key] = (*landed.get((str(field), key), ()), parts)
    return landed


def _without_nulls(spec: Spec) -> Spec:
    kept = {field: value for field, value in spec.items() if value is not None}
    environment = kept.get("environment_variables")
    if environment and None in environment.values():
        kept["environment_variables"] = {key: text for key, text in environment.items() if text is not None}
    return kept


def _depends_on(layers: Sequence[Layer]) -> tuple[str, ...]:
    for layer in reversed(layers):
        if "depends_on" in layer.raw:
            return tuple(layer.raw["depends_on"] or ())  # a list of names, or a map by name as in Compose
    return ()


def _lifecycle(layers: Sequence[Layer]) -> Lifecycle:
    lifecycle: dict[str, Any] = {}
    for layer in layers:
        if "lifecycle" in layer.raw:
            lifecycle = {**lifecycle, **layer.raw["lifecycle"]} if layer.raw["lifecycle"] is not None else {}
    return Lifecycle(
        ignore_changes=tuple(lifecycle.get("ignore_changes") or ()),
        prevent_destroy=lifecycle.get("prevent_destroy"),
        on_failure=lifecycle.get("on_failure") or "fail",
        wait=lifecycle.get("wait") is not False,
    )


def _allowed(layers: Sequence[Layer]) -> dict[str, str]:
    """The checks that the entry allows, with the reasons; null removes an inherited reason."""
    allowed: dict[str, str | None] = {}
    for layer in layers:
        if "lifecycle" in layer.raw:
            given = layer.raw["lifecycle"]
            allowed = {**allowed, **(given.get("allow") or {})} if given is not None else {}
    return {check: reason for check, reason in allowed.items() if reason is not None}


def _marks(spec: Spec, layers: Sequence[Layer]) -> Marks:
    """A function from a path in the canonical spec to its place in the last layer with it, else the entry's."""

    listed: dict[int, dict[str, int]] = {}

    def marks(path: Path) -> Location:
        for number, layer in reversed([*enumerate(layers)]):
            steps = _raw_steps(path, spec, layer, listed.setdefault(number, {}))
            if steps is not None:
                return layer.document.marks((*layer.path, *steps))
        return layers[-1].document.marks(layers[-1].path)

    return marks


def _raw_steps(path: Path, spec: Spec, layer: Layer, listed: dict[str, int]) -> Path | None:
    """A path of the canonical spec as a path of the layer as written; None if the layer has nothing there.

    ``listed`` caches the index of each environment variable in a list.
    """
    if not path:
        return ()
    field = str(path[0])
    written = layer.raw.get(field) if isinstance(layer.raw, dict) else None
    if written is None:
        return None
    if len(path) == 1:
        return path
    step = path[1]
    if field not in spec:  # depends_on and lifecycle are not part of the spec; the last layer counts
        of_map = isinstance(written, dict) and isinstance(step, int) and step < len(written)
        return (field, [*written][int(step)]) if of_map else path
    if isinstance(step, int):
        items, own_items = spec.get(field) or [], layer.spec.get(field) or []
        if step >= len(items) or items[step] not in own_items:
            return None
        same = step < len(own_items) and own_items[step] == items[step]
        return (field, step if same else own_items.index(items[step]), *path[2:])
    if isinstance(written, list):  # environment_variables as the API's list of key and value
        if not listed:
            for index, (key, _) in enumerate(variables(written)):
                listed.setdefault(key, index)
        return (field, listed[step]) if step in listed else None
    return path if step in written else None
