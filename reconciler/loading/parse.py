"""YAML text to plain dicts, lists, text, numbers, true, false and null, with the place of every key and item.

Built on libyaml's events, so that no other types can result: no tags, no objects, no dates. Text that YAML 1.1 and 1.2
read differently is refused. Never opens a file.
"""

import re
from collections.abc import Callable
from sys import intern
from typing import Any, NamedTuple

import yaml
from msgspec import Struct, field
from yaml._yaml import CParser

MAX_DEPTH = 40
_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
MAX_NODES = 500_000
"""Values in a file, after aliases are expanded."""
MAX_REPEATED = 16_000_000
"""Characters that the aliases of a file repeat; copying the values copies each of them."""

MAX_DOCUMENTS = 5_000
"""YAML documents in a file."""
MAX_PROBLEMS = 100
"""After this many problems the rest of a file is not read."""

Place = tuple[int, int]
"""Line and column, counted from 1."""

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII).fullmatch
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})?\.[0-9]{1,16}", re.ASCII).fullmatch
_AMBIGUOUS = re.compile(
    r"""(?ix) yes | no | on | off
    | [-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?      # 0400, 1_000, +5, 1e3, 1., 20 digits
    | [-+]?\.[0-9][0-9_]*(e[-+]?[0-9]+)? | [-+]?\.(inf|nan)
    | [-+]?0[xob][0-9a-f_]+
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?      # 1:30 is 90 to YAML 1.1
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ ].*)?""",
    re.ASCII,
).fullmatch
_SUSPECTS = frozenset("0123456789+-.yYnNoO")
_TEXT, _MAP, _LIST = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"

_Scalar, _Alias = yaml.ScalarEvent, yaml.AliasEvent
_MapStart, _MapEnd = yaml.MappingStartEvent, yaml.MappingEndEvent
_ListStart, _ListEnd = yaml.SequenceStartEvent, yaml.SequenceEndEvent


class Problem(NamedTuple):
    """An error in the text, and a hint."""

    place: Place
    message: str
    hint: str = ""


class Parsed(Struct):
    """The documents of a text; ``places[id(container)][key or index]`` is the place of that key or item.

    ``whole``: reading did not stop at a problem; ``count`` is the number of values, aliases expanded.
    """

    values: list[Any] = field(default_factory=list)
    starts: list[Place] = field(default_factory=list)
    places: dict[int, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True
    count: int = 0


class _Stop(Exception):
    def __init__(self, place: Place, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(place, message, hint)


def number(text: str) -> int | float | None:
    """The number that ``text`` is in every version of YAML, or None."""
    if _INTEGER(text):
        return int(text)
    return float(text) if _DECIMAL(text) else None


def boolean(text: str) -> bool | None:
    """Whether ``text`` is true or false in every version of YAML; None if it is neither."""
    return _BOOL.get(text)


def parse(text: str) -> Parsed:
    """All documents of a text. Never raises for any text: problems are in the result."""
    reader = _Reader(text)
    try:
        reader.documents()
    except _Stop as stop:
        return _stopped(reader.parsed, stop.problem)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if "nesting depth" in (
            error.problem or ""
        ):  # libyaml looks ahead, and has a limit of its own since 0.2.6
            return _stopped(reader.parsed, Problem(place, _TOO_DEEP))
        begun = f" on line {error.context_mark.line + 1}," if error.context and error.context_mark else ""
        reason = " ".join(part for part in (f"{error.context or ''}{begun}", error.problem) if part)
        return _stopped(reader.parsed, Problem(place, f"this is not YAML: {reason}", _advice(reason)))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        hint = "remove it, or write it as an escape within double quotes"
        return _stopped(reader.parsed, Problem((line, 1), "a character that YAML does not allow", hint))
    return reader.parsed


def _stopped(parsed: Parsed, problem: Problem) -> Parsed:
    parsed.problems.append(problem)
    parsed.whole = False
    return parsed


def _advice(reason: str) -> str:
    if "cannot start any token" in reason or "tab character" in reason:
        return "indent with spaces, not tabs; put text that begins with @, ` or % in quotes"
    if "mapping values are not allowed" in reason:
        return 'put text that contains ": " in quotes, and check the indentation'
    return "check the indentation, the quotes and the brackets before this place"


class _Reader:
    """Builds the values of a text from events; keeps the state for its anchors."""

    __slots__ = ("anchors", "count", "end", "get", "known", "parsed", "places", "repeated")

    def __init__(self, text: str) -> None:
        self.get: Callable[[], Any] = CParser(text).get_event
        self.parsed = Parsed()
        self.places = self.parsed.places
        self.known: dict[str, Any] = {}
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.count = self.repeated = self.end = 0

    def documents(self) -> None:
        self.get()
        while (event := self.get()).__class__ is not yaml.StreamEndEvent:
            if event.__class__ is not yaml.DocumentStartEvent:
                continue
            self.anchors.clear()
            first = self.get()
            value = self.value(first, 1)
            if value is not None:
                if len(self.parsed.values) == MAX_DOCUMENTS:
                    message = f"more than {MAX_DOCUMENTS:,} documents in one file"
                    raise _Stop(_place(first), message, "split the file")
                self.parsed.values.append(value)
                self.parsed.starts.append(_place(first))
                self.parsed.count = self.count

    def value(self, event: Any, depth: int) -> Any:
        self.count += 1
        kind = event.__class__
        if kind is _Scalar:
            return self.scalar(event)
        if kind is _Alias:
            return self.alias(event)
        if depth > MAX_DEPTH:
            raise _Stop(_place(event), _TOO_DEEP)
        if event.tag and event.tag not in (_MAP, _LIST):
            raise _Stop(
                _place(event), f"the tag {event.tag!r} is not accepted", "remove it: use plain values"
            )
        nodes, repeated = self.count, self.repeated
        built = self.mapping(depth) if kind is _MapStart else self.sequence(depth)
        if event.anchor:
            size = self.end - event.start_mark.index + self.repeated - repeated
            self.anchors[event.anchor] = built, self.count - nodes + 1, size
        if self.count > MAX_NODES:
            raise _Stop(_place(event), f"more than {MAX_NODES:,} values in one file", "split the file")
        return built

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        value: Any = text
        if event.implicit[0]:
            try:
                value = self.known[text]
            except KeyError:
                value = self.plain(text, event)
        elif event.tag and event.tag != _TEXT:
            raise _Stop(
                _place(event), f"the tag {event.tag!r} is not accepted", "remove it: use plain values"
            )
        if event.anchor:
            self.anchors[event.anchor] = value, 1, len(text)
        return value

    def plain(self, text: str, event: Any) -> Any:
        """The value of an unquoted scalar, cached; an ambiguous scalar is a problem each time."""
        value: Any = text
        if text in _NULL:
            value = None
        elif text in _BOOL:
            value = _BOOL[text]
        elif text[0] in _SUSPECTS:
            found = number(text)
            if found is not None:
                value = found
            elif _AMBIGUOUS(text):
                self.problem(_ambiguous(text, _place(event)))
                return text
        self.known[text] = value
        return value

    def alias(self, event: Any) -> Any:
        try:
            value, nodes, size = self.anchors[event.anchor]
        except KeyError:
            message = f"*{event.anchor} has no anchor before it, or contains itself"
            raise _Stop(_place(event), message, f"write &{event.anchor} before the value to repeat") from None
        self.count += nodes
        self.repeated += size
        if self.count > MAX_NODES:
            raise _Stop(_place(event), f"aliases expand to more than {MAX_NODES:,} values")
        if self.repeated > MAX_REPEATED:
            raise _Stop(_place(event), f"aliases repeat more than {MAX_REPEATED:,} characters")
        return value

    def mapping(self, depth: int) -> dict[str, Any]:
        get, known = self.get, self.known
        built: dict[str, Any] = {}
        places_of_keys: dict[str, Place] = {}
        mark: Any
        merges: list[dict[str, Any]] = []
        self.places[id(built)] = places_of_keys
        while (key := get()).__class__ is not _MapEnd:
            if key.__class__ is not _Scalar:
                raise _Stop(_place(key), "a key must be plain text")
            name = intern(key.value)  # every service has the same few keys
            mark = key.start_mark
            if name == "<<" and key.implicit[0]:
                merges += self.merged(get(), depth)
                continue
            if name in built:
                self.twice(name, (mark.line + 1, mark.column + 1), places_of_keys[name])
                self.value(get(), depth + 1)
                continue
            if key.anchor:
                self.anchors[key.anchor] = name, 1, len(name)
            places_of_keys[name] = mark.line + 1, mark.column + 1
            event = get()
            if event.__class__ is _Scalar and event.implicit[0] and not event.anchor and event.value in known:
                self.count += 1
                built[name] = known[event.value]
            else:
                built[name] = self.value(event, depth + 1)
        self.end = _end(key)
        for merge in merges:  # a map's own keys win, then those of the earlier map
            places_of_merge = self.places[id(merge)]
            for name, value in merge.items():
                if name not in built:
                    built[name], places_of_keys[name] = value, places_of_merge[name]
        return built

    def merged(self, event: Any, depth: int) -> list[dict[str, Any]]:
        value = self.value(event, depth + 1)
        maps: list[Any] = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in maps):
            raise _Stop(_place(event), "<< takes a map, or a list of maps", "write <<: *name")
        return maps

    def twice(self, name: str, place: Place, first: Place) -> None:
        message = f"{name!r} is declared twice; the first is on line {first[0]}"
        self.problem(Problem(place, message, "keep one of the two"))

    def problem(self, problem: Problem) -> None:
        self.parsed.problems.append(problem)
        if len(self.parsed.problems) >= MAX_PROBLEMS:
            raise _Stop(
                problem.place, "too many problems; the rest of the file was not read", "correct these first"
            )

    def sequence(self, depth: int) -> list[Any]:
        get = self.get
        built: list[Any] = []
        places_of_items: list[Place] = []
        self.places[id(built)] = places_of_items
        while (event := get()).__class__ is not _ListEnd:
            mark = event.start_mark
            places_of_items.append((mark.line + 1, mark.column + 1))
            built.append(self.value(event, depth + 1))
        self.end = _end(event)
        return built


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _end(event: Any) -> int:
    index: int = event.end_mark.index
    return index


def _ambiguous(text: str, place: Place) -> Problem:
    """The problem of an ambiguous scalar. Shows only words: anything else may be a secret's value."""
    lower = text.lower()
    if lower in ("yes", "no", "on", "off"):
        switch = "true" if lower in ("yes", "on") else "false"
        return Problem(
            place,
            f"{text} without quotes means different things in different versions of YAML",
            f'write "{text}" for text, or {switch} for a boolean',
        )
    return Problem(
        place,
        "this number or date without quotes means different things in different versions of YAML",
        'put it in quotes for text, such as "0400", or write a plain decimal number, such as 400 or 0.5',
    )
