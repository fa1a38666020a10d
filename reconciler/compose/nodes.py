"""The YAML of a Compose file as a tree with the place of each value. Opens no file.

Scalars are read as Compose reads them (YAML 1.2's core schema, with 0440 as an octal number): ``yes`` and ``80:80``
are text. The tags ``!reset`` and ``!override`` of the Compose Specification (13-merge) are kept; other tags are
errors.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import yaml

from reconciler.compose.budget import ConversionBudget
from reconciler.model import Location

MAX_DEPTH = 40
MAX_NODES = 200_000
"""Values of a file, with aliases expanded."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL_INTEGER = re.compile(r"[-+]?[1-9][0-9]{0,17}|[-+]?0", re.ASCII)
_OCTAL = re.compile(r"0o?[0-7]{1,12}", re.ASCII)
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_TAGS = {"!reset": "reset", "!override": "override"}
_PLAIN = frozenset({"str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq"})
_STRING = "tag:yaml.org,2002:str"


class NotComposeYaml(ValueError):
    """The text is not valid YAML for a Compose file."""

    def __init__(self, place: Location, message: str) -> None:
        super().__init__(message)
        self.place, self.message = place, message


class ComposeNode(NamedTuple):
    """A value of a Compose file and its place; for a map's entry this is the place of the key.

    ``value`` is a dict of nodes, a list of nodes, or text, a number, a boolean or None. ``folder`` is the folder
    from which relative paths in it start. ``text`` is a scalar as written.
    """

    value: Any
    place: Location
    folder: str
    text: str = ""
    tag: Literal["", "reset", "override"] = ""

    @property
    def is_map(self) -> bool:
        """Whether the value is a map of nodes."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of nodes."""
        return isinstance(self.value, list)

    def get(self, *keys: str) -> "ComposeNode | None":
        """The node at these keys, each inside the one before; None if it does not exist or is null."""
        node: ComposeNode | None = self
        for key in keys:
            node = node.value.get(key) if node is not None and node.is_map else None
        return node if node is not None and node.value is not None else None

    def items(self) -> Iterator[tuple[str, "ComposeNode"]]:
        """The entries of a map; none for any other value."""
        return iter(self.value.items() if self.is_map else ())

    def each(self) -> Iterator["ComposeNode"]:
        """The items of a list; the value itself where it is a scalar; none for null and for a map."""
        if self.is_list:
            return iter(self.value)
        return iter(() if self.value is None or self.is_map else (self,))

    def plain(self) -> Any:
        """The value without places, as JSON values."""
        if self.is_map:
            return {key: child.plain() for key, child in self.value.items()}
        if self.is_list:
            return [child.plain() for child in self.value]
        return self.value


def parse(text: str, *, path: str, folder: str, budget: ConversionBudget) -> ComposeNode | None:
    """The document of a Compose file; None if it is empty. Raises NotComposeYaml, and TooMuch by the budget."""
    try:
        roots = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
        raise NotComposeYaml(place, f"this is not YAML: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotComposeYaml(Location(path, line), "a character that YAML does not allow") from None
    except RecursionError:
        raise NotComposeYaml(Location(path), f"nested more than {MAX_DEPTH} deep") from None
    if len(roots) > 1:
        place = _at(path, roots[1])
        raise NotComposeYaml(place, "a Compose file must have only one document; a second one begins here")
    if not roots or roots[0] is None:
        return None
    return _Builder(path, folder, budget).build(roots[0], _at(path, roots[0]), 1)


def _at(path: str, node: yaml.Node) -> Location:
    return Location(path, node.start_mark.line + 1, node.start_mark.column + 1)


class _Builder:
    """Builds the tree of a document, and counts values including expanded aliases."""

    def __init__(self, path: str, folder: str, budget: ConversionBudget) -> None:
        self.path, self.folder, self.budget = path, folder, budget
        self.count = 0

    def build(self, node: yaml.Node, place: Location, depth: int) -> ComposeNode:
        self.count += 1
        self.budget.take_values(1)
        if self.count > MAX_NODES:
            raise NotComposeYaml(place, f"more than {MAX_NODES:,} values in one file")
        if depth > MAX_DEPTH:
            raise NotComposeYaml(
                place, f"nested more than {MAX_DEPTH} deep, or an alias that contains itself"
            )
        tag = self.tag(node)
        if isinstance(node, yaml.MappingNode):
            return ComposeNode(self.mapping(node, depth), place, self.folder, tag=tag)
        if isinstance(node, yaml.SequenceNode):
            items = [self.build(item, _at(self.path, item), depth + 1) for item in node.value]
            return ComposeNode(items, place, self.folder, tag=tag)
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        value = node.value if style or node.tag == _STRING else scalar(node.value)
        return ComposeNode(value, place, self.folder, text=self.budget.take_text(node.value), tag=tag)

    def tag(self, node: yaml.Node) -> Any:
        if node.tag in _TAGS:
            return _TAGS[node.tag]
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN:
            raise NotComposeYaml(
                _at(self.path, node), f"the tag {node.tag!r} is not one of the Compose Specification"
            )
        return ""

    def mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, ComposeNode]:
        built: dict[str, ComposeNode] = {}
        merged: list[dict[str, ComposeNode]] = []
        for key, value in node.value:
            place = _at(self.path, key)
            if not isinstance(key, yaml.ScalarNode):
                raise NotComposeYaml(place, "a key must be plain text")
            if key.value == "<<" and not key.style:
                merged += self.merged(value, place, depth)
                continue
            if key.value in built:
                first = built[key.value].place.line
                raise NotComposeYaml(place, f"{key.value!r} is given twice; the first is on line {first}")
            built[key.value] = self.build(value, place, depth + 1)
        for source in merged:
            for name, child in source.items():
                built.setdefault(name, child)
        return built

    def merged(self, value: yaml.Node, place: Location, depth: int) -> list[dict[str, ComposeNode]]:
        built = self.build(value, place, depth + 1)
        sources = list(built.value) if built.is_list else [built]
        if not all(merged_source.is_map for merged_source in sources):
            raise NotComposeYaml(place, "<< takes a map, or a list of maps")
        return [merged_source.value for merged_source in sources]


def scalar(text: str) -> Any:
    """The value of an unquoted scalar in Compose: null, a boolean, a number, else text."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _DECIMAL_INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text.replace("o", ""), 8)
    return float(text) if _FLOAT.fullmatch(text) else text
