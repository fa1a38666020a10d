"""The state of a conversion: options, variables, notes and names."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from msgspec import Struct, field

from reconciler.compose.budget import ConversionBudget
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
"""Names that are common in many stacks, but must be unique in a cluster."""
LONGEST = {"services": 63, "secrets": 56, "configs": 56, "volumes": 255}
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_REFUSED = {
    "services": re.compile(r"[^A-Za-z0-9_-]+"),
    "secrets": re.compile(r"[^A-Za-z0-9_.-]+"),
    "configs": re.compile(r"[^A-Za-z0-9_.-]+"),
    "volumes": re.compile(r"[^A-Za-z0-9_.-]+"),
}


class ConvertOptions(Struct, frozen=True, kw_only=True):
    """The options of a conversion.

    ``project`` is the stack name with which `docker stack deploy` created the live objects. ``prefix`` is put
    before names, so that they differ from those of other stacks. ``profiles`` are the active profiles, ``*`` for
    all. ``mask`` are patterns of variables that always count as credentials.
    """

    project: str = ""
    prefix: str = ""
    profiles: frozenset[str] = frozenset()
    mask: tuple[str, ...] = ()


class Claim(NamedTuple):
    """A host in the labels of a service.

    ``shown`` is its text for people; ``is_plain``: the label's rule has only hosts.
    """

    host: str
    shown: str
    service: str
    place: Location
    is_plain: bool


class Context(Struct):
    """The state of a conversion in progress.

    ``names`` are the names in the manifest, by section and name in the Compose file. ``used_names`` are the same
    by section, in lower case, each with the last number that was added to it. ``data`` are the contents of
    configs, by name in the manifest. ``taken`` are the variables that the Compose files use. ``credentials`` are
    the new variables for credentials, with their values; ``hidden`` are existing variables with a credential as
    value. ``as_secrets`` are the secrets that configs with credentials became. ``shared`` are names that other
    stacks may use too. ``redirects`` are the middlewares that only redirect from HTTP to HTTPS. ``repeated`` are
    values of credentials from an earlier pass, which may appear in other texts too.
    """

    root: ComposeNode
    options: ConvertOptions
    variables: ComposeVariables
    notes: Notes = field(default_factory=Notes)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    used_names: dict[str, dict[str, int]] = field(default_factory=dict)
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
    budget: ConversionBudget = field(default_factory=ConversionBudget)

    def text(self, node: ComposeNode) -> str:
        """The text of a scalar, as Compose converts it; references stay encoded (see ``variables``).

        Raises TooMuch.
        """
        value = node.value
        if isinstance(value, str):
            return self.budget.take_text(value)
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:.15g}" if isinstance(value, float) else str(value)

    def written(self, text: str) -> str:
        """An encoded text as the manifest has it, with variables.

        A credential's value is never written in place of a variable.
        """
        for reference in list(self.variables.unsayable(text)):
            kept = self.variables.keep(reference)
            if not self.withheld(kept):
                continue
            self.changes(
                reference.place,
                (),
                reference.name,
                f"the variable {reference.name} looks like a credential, and a manifest cannot use it in this "
                "form: it "
                "becomes empty",
                "write it as ${NAME}, without an operator",
            )
            text = text.replace(kept, "")
        return self.variables.template(text)

    def shown(self, node: ComposeNode) -> str:
        """A scalar for people: variables by name, without values."""
        return self.variables.shown(self.text(node))

    def shown_text(self, text: str) -> str:
        """An encoded text for people: variables by name, without values."""
        return self.variables.shown(text)

    def is_masked(self, name: str) -> bool:
        """Whether a variable matches a pattern of ``--mask``."""
        return any(fnmatchcase(name, pattern) for pattern in self.options.mask)

    def is_credential(self, name: str, value: str) -> bool:
        """Whether a variable's value is a credential, so that it must not be written."""
        return bool(value) and (
            self.is_masked(name) or holds_credential(name, value) or any(self.repeats(value))
        )

    def repeats(self, text: str) -> Iterator[tuple[int, int]]:
        """The places (start and end) in a text that repeat the value of a credential found elsewhere."""
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
        """An encoded text with the known values of its variables; a credential is replaced by ""."""
        return "".join(
            "" if is_reference(character) and self.withheld(character) else self.variables.resolve(character)
            for character in text
        )

    def known(self, node: ComposeNode) -> str:
        """A scalar with the known values of its variables."""
        return self.variables.resolve(self.text(node))

    def needed(self, text: str, place: Location, subject: tuple[str, ...], what: str) -> str:
        """An encoded text with the values of its variables, for a field in which a manifest allows no variables;
        adds a note.
        """
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
        """An encoded text with the known values of its variables."""
        return self.variables.resolve(text)

    def whole(self, node: ComposeNode, subject: tuple[str, ...], what: str) -> Any:
        """A whole number, or the text of the variable for it; None, with a note, for anything else."""
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
        """Add a note on something that changes what runs."""
        self.notes.add(Note(place, Effect.CHANGES, subject, what, message, advice))

    def matters(
        self, place: Location, subject: tuple[str, ...], what: str, message: str | LeftOut, advice: str = ""
    ) -> None:
        """Add a note on something that may matter."""
        self.notes.add(Note(place, Effect.MATTERS, subject, what, message, advice))

    def harmless(
        self, place: Location, subject: tuple[str, ...], what: str, message: str | LeftOut, advice: str = ""
    ) -> None:
        """Add a note on something without effect on this platform."""
        self.notes.add(Note(place, Effect.HARMLESS, subject, what, message, advice))

    def name(self, section: str, key: str, place: Location, *, live: str = "") -> str:
        """The name in the manifest of an object of the Compose file.

        ``live`` is the object's own ``name`` field, if it has one.
        """
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
        name = self._unused(section, name)
        self.names[section, key] = name
        if "{{" in wanted:
            self.changes(
                place,
                (section, key),
                "name",
                f"a name cannot be a template: {wanted!r} becomes {name!r}, which all replicas share",
                "write a service and a volume for each replica",
            )
        elif name not in {wanted, key} and section != "services":  # services get another note
            self.matters(
                place,
                (section, key),
                "name",
                f"{wanted!r} is not allowed as a name: it becomes {name!r}",
            )
        elif not (self.options.project or self.options.prefix) and key.lower() in SHARED_NAMES:
            self.shared.setdefault(key, place)
        return name

    def _unused(self, section: str, name: str) -> str:
        """The name, or with the next free number at its end if another object has it, ignoring case."""
        taken = self.used_names.setdefault(section, {})
        unused, number = name, taken.get(name.lower(), 1)
        while unused.lower() in taken:
            number += 1
            ending = f"-{number}"
            unused = f"{name[: LONGEST[section] - len(ending)]}{ending}"
        taken[name.lower()] = number
        taken.setdefault(unused.lower(), 1)
        return unused

    def _default_name(self, key: str) -> str:
        return f"{self.options.project}_{key}" if self.options.project else f"{self.options.prefix}{key}"


def literal(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without the fields that have no value."""
    return {key: value for key, value in values.items() if value is not None}
