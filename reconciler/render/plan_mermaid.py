"""The order of a plan as a Mermaid graph for a comment on GitHub, with the same steps as the page of the plan."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model import AnyChange
from reconciler.render.lines import Role, role_of, word_of
from reconciler.render.markup import label
from reconciler.render.page.order import Step, steps

MOST_STEPS = 50
"""The most steps of a graph: more are not readable. GitHub also draws at most 50,000 characters and 500 edges
(Mermaid's ``maxTextSize`` and ``maxEdges``)."""
MOST_EDGES = 250
_OPTIONS = '%%{init: {"flowchart": {"wrappingWidth": 500, "nodeSpacing": 16, "rankSpacing": 32}}}%%'
"""Boxes are as wide as their names, which are not broken."""
_COLOURS: Mapping[Role, str] = {
    "create": "fill:#2da44e2e,stroke:#2da44e",
    "update": "fill:#388bfd2e,stroke:#388bfd",
    "adopt": "fill:#388bfd2e,stroke:#388bfd",
    "version": "fill:#bf87002e,stroke:#bf8700",
    "replace": "fill:#cf222e3d,stroke:#cf222e,stroke-width:3px",
    "delete": "fill:#cf222e3d,stroke:#cf222e,stroke-width:3px",
    "sweep": "fill:none,stroke:#8c959f",
}
"""A transparent fill, so that the text has the page's own colour, on a light and on a dark page."""


def mermaid(changes: Sequence[AnyChange]) -> list[str]:
    """The lines of the graph; none if no change waits for another, or there are too many to draw."""
    found = steps(changes)
    edges = list(_edges(found))
    is_readable = len(found) <= MOST_STEPS and len(edges) <= MOST_EDGES
    if not any(step.needs for step in found) or not is_readable:
        return []
    return [_OPTIONS, "graph LR", *_nodes(found, changes), *edges, *_painted(found, changes)]


def _nodes(found: Sequence[Step], changes: Sequence[AnyChange]) -> Iterator[str]:
    """A box for each step; if there are several clusters, a frame around each."""
    parts = dict.fromkeys(step.part for step in found)
    for part in parts:
        if len(parts) > 1:
            cluster = next(changes[step.members[0]].address.cluster for step in found if step.part == part)
            yield f'  subgraph c{part}["{label(cluster)}"]'
            yield "    direction LR"
        for index, step in enumerate(found):
            if step.part == part:
                yield f'    n{index}["{_text(step, changes)}"]'
        if len(parts) > 1:
            yield "  end"
            yield f"  style c{part} fill:none,stroke:#8c959f"


def _text(step: Step, changes: Sequence[AnyChange]) -> str:
    """The text of a box: the object, or how many there are of its kind, above the action."""
    first = changes[step.members[0]]
    count = len(step.members)
    shown = f"{first.address.kind}/{first.address.name}" if count == 1 else f"{count:,} {first.address.kind}s"
    return f"{label(shown)}<br/>{label(word_of(first) if count == 1 else first.action)}"


def _edges(found: Sequence[Step]) -> Iterator[str]:
    """Arrows from each step to those that wait for it. Invisible ones place later steps that do not wait."""
    for index, step in enumerate(found):
        yield from (f"  n{need} --> n{index}" for need in step.needs)
        if step.column and not any(found[need].column == step.column - 1 for need in step.needs):
            earlier = [number for number, other in enumerate(found) if other.column == step.column - 1]
            near = [number for number in earlier if found[number].part == step.part]
            yield from (f"  n{number} ~~~ n{index}" for number in near[:1])


def _painted(found: Sequence[Step], changes: Sequence[AnyChange]) -> Iterator[str]:
    roles = [role_of(changes[step.members[0]]) for step in found]
    for role, colours in _COLOURS.items():
        if members := [f"n{index}" for index, of_step in enumerate(roles) if of_step == role]:
            yield f"  classDef {role} {colours}"
            yield f"  class {','.join(members)} {role}"
