"""What the parts of a conversion share: options, variables, notes, and the names of things."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from msgspec import Struct, field

from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import Effect, LeftOut, Note, Notes
from reconciler.compose.variables import ComposeVariables, has_references, is_reference
from reconciler.credentials.rules import holds_credential
from reconciler.kinds.versions import split
from reconciler.model import Location

SHARED_NAMES = frozenset(
    {
        "api", "app", "backend", "cache", "database", "data", "db", "db_data", "db-data", "elasticsearch", "frontend",
        "grafana", "mariadb", "mongo", "mongodb", "mysql", "nginx", "pgdata", "postgres", "postgresql", "prometheus",
        "proxy", "rabbitmq", "redis", "redis_data", "server", "web", "worker", "www",
    }
)  # fmt: skip
"""Names that stacks often have in common, and a cluster has once."""
LONGEST = {"services": 63, "secrets": 56, "configs": 56, "volumes": 255}
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_REFUSED = {
    "services": re.compile(r"[^A-Za-z0-9_-]+"),
    "secrets": re.compile(r"[^A-Za-z0-9_.-]+"),
    "configs": re.compile(r"[^A-Za-z0-9_.-]+"),
    "volumes": re.compile(r"[^A-Za-z0-9_.-]+"),
}


class ConvertOptions(Struct, frozen=True, kw_only=True):
    """``project`` is the name under which `docker stack deploy` made the live objects; ``prefix`` parts the names of
    this stack from those of others. ``profiles`` are the active ones, ``*`` for all. ``mask`` are patterns of variables
    that hold credentials, whatever their names and values say."""

    project: str = ""
    prefix: str = ""
    profiles: frozenset[str] = frozenset()
    mask: tuple[str, ...] = ()


class Claim(NamedTuple):
    """A host that the labels of a service name, and how people are shown it; ``is_plain``: their rule names nothing
    but hosts."""

    host: str
    shown: str
    service: str
    place: Location
    is_plain: bool


class Context(Struct):
    """One conversion under way.

    ``names`` maps a section and the name in the Compose file to the manifest's name. ``data`` holds the content of
    configs by the manifest's name. ``taken`` are the variables that the Compose files name, ``credentials`` those that
    were put in place of credentials, with what they stand for, ``hidden`` those whose value is a credential.
    ``as_secrets`` maps configs that hold a credential to the secrets that they became. ``shared`` are names that other
    stacks may have too. ``redirects`` are the middlewares that lead from HTTP to HTTPS alone. ``repeated`` are values
    of credentials, as an earlier pass found them, that may stand in other texts too.
    """

    root: ComposeNode
    options: ConvertOptions
    variables: ComposeVariables
    notes: Notes = field(default_factory=Notes)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    sections: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"volumes": {}, "configs": {}, "secrets": {}, "services": {}}
    )
    data: dict[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    credentials: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    as_secrets: dict[str, str] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    redirects: frozenset[str] = frozenset()
    shared: dict[str, Location] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()

    def text(self, node: ComposeNode) -> str:
        """A scalar as the text that Compose makes of it, references kept as characters."""
        value = node.value
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:.15g}" if isinstance(value, float) else str(value)

    def written(self, text: str) -> str:
        """Text as the manifest has it, with its variables. No value of a credential takes the place of one."""
        for reference in list(self.variables.unsayable(text)):
            kept = self.variables.keep(reference)
            if not self.withheld(kept):
                continue
            self.changes(
                reference.place,
                (),
                reference.name,
                f"the variable {reference.name} looks like a credential, and a manifest can't use it in this "
                "form: it "
                "becomes empty",
                "write it as ${NAME}, without an operator",
            )
            text = text.replace(kept, "")
        return self.variables.template(text)

    def shown(self, node: ComposeNode) -> str:
        """A scalar for people: its variables by their names, never by their values."""
        return self.variables.shown(self.text(node))

    def shown_text(self, text: str) -> str:
        """Encoded text for people: its variables by their names, never by their values."""
        return self.variables.shown(text)

    def is_masked(self, name: str) -> bool:
        """Whether ``--mask`` says that the variable holds a credential."""
        return any(fnmatchcase(name, pattern) for pattern in self.options.mask)

    def is_credential(self, name: str, value: str) -> bool:
        """Whether a variable's value is written nowhere."""
        return bool(value) and (
            self.is_masked(name) or holds_credential(name, value) or any(self.repeats(value))
        )

    def repeats(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the value of a credential that stands elsewhere is repeated in a text, as start and end."""
        for value in sorted(self.repeated):
            start = text.find(value)
            while start >= 0:
                yield start, start + len(value)
                start = text.find(value, start + len(value))

    def withheld(self, text: str) -> tuple[str, ...]:
        """The variables of an encoded text whose values are credentials, each once."""
        value_of = self.variables.value_of
        found = self.variables.references_in(text)
        names = (item.name for item in found if self.is_credential(item.name, value_of(item)))
        return tuple(dict.fromkeys(names))

    def written_value(self, text: str) -> str:
        """Encoded text with the values that are known now and that may be written; "" for the others."""
        return "".join(
            "" if is_reference(character) and self.withheld(character) else self.variables.resolve(character)
            for character in text
        )

    def known(self, node: ComposeNode) -> str:
        """A scalar with the values of its variables that are known now."""
        return self.variables.resolve(self.text(node))

    def needed(self, text: str, place: Location, subject: tuple[str, ...], what: str) -> str:
        """Encoded text with the values of its variables, where a manifest takes none; a note says so."""
        names = self.variables.names(text)
        missing = self.variables.unknown(text)
        if withheld := self.withheld(text):
            self.changes(
                place,
                subject,
                what,
                f"{', '.join(withheld)} in {what} looks like a credential, and its value would be written into the "
                "manifest: it becomes empty",
                "use a variable that holds no credential",
            )
        elif missing:
            self.changes(
                place,
                subject,
                what,
                f"{', '.join(missing)} in {what} has no value: it becomes empty",
                "set it in a file for --env-file, then convert again",
            )
        elif names:
            self.matters(
                place,
                subject,
                what,
                f"{', '.join(names)} in {what} is replaced by its current value: a manifest allows no variable there",
            )
        return self.written_value(text)

    def known_text(self, text: str) -> str:
        """Encoded text with the values that are known now."""
        return self.variables.resolve(text)

    def whole(self, node: ComposeNode, subject: tuple[str, ...], what: str) -> Any:
        """A whole number: as it is, or the variable that gives it."""
        text = self.text(node)
        if has_references(text):
            return self.written(text)
        try:
            return int(text)
        except ValueError:
            self.changes(node.place, subject, what, LeftOut(what, "it is not a whole number"))
            return None

    def changes(
        self, place: Location, subject: tuple[str, ...], what: str, message: str | LeftOut, advice: str = ""
    ) -> None:
        """Note what changes what runs."""
        self.notes.add(Note(place, Effect.CHANGES, subject, what, message, advice))

    def matters(
        self, place: Location, subject: tuple[str, ...], what: str, message: str | LeftOut, advice: str = ""
    ) -> None:
        """Note what may matter."""
        self.notes.add(Note(place, Effect.MATTERS, subject, what, message, advice))

    def harmless(
        self, place: Location, subject: tuple[str, ...], what: str, message: str | LeftOut, advice: str = ""
    ) -> None:
        """Note what has no effect here."""
        self.notes.add(Note(place, Effect.HARMLESS, subject, what, message, advice))

    def name(self, section: str, key: str, place: Location, *, live: str = "") -> str:
        """The manifest's name of an object of the Compose file. ``live`` is the name that it says of itself."""
        known = self.names.get((section, key))
        if known is not None:
            return known
        wanted = live or self._default_name(key)
        name = (
            _REFUSED[section]
            .sub("-", _TEMPLATE.sub("", wanted))
            .strip("-._")[: LONGEST[section]]
            .rstrip("-._")
            or "unnamed"
        )
        if section == "volumes" and len(name) == 1:
            name = f"{name}-volume"
        if section in ("secrets", "configs") and split(name)[1]:
            name = split(name)[0]
        taken = {taken_name for (other, _), taken_name in self.names.items() if other == section}
        while name.lower() in {taken_name.lower() for taken_name in taken}:
            name = f"{name[: LONGEST[section] - 2]}-2"
        self.names[section, key] = name
        if "{{" in wanted:
            self.changes(
                place,
                (section, key),
                "name",
                f"a name can't be a template: {wanted!r} becomes {name!r}, which all replicas share",
                "write a service and a volume for each replica",
            )
        elif name not in {wanted, key} and section != "services":  # of a service the lost short name is noted
            self.matters(
                place,
                (section, key),
                "name",
                f"{wanted!r} is not allowed as a name: it becomes {name!r}",
            )
        elif not (self.options.project or self.options.prefix) and key.lower() in SHARED_NAMES:
            self.shared.setdefault(key, place)
        return name

    def _default_name(self, key: str) -> str:
        return f"{self.options.project}_{key}" if self.options.project else f"{self.options.prefix}{key}"


def literal(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without the fields that have no value."""
    return {key: value for key, value in values.items() if value is not None}
