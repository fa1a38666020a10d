"""Reads Compose files: validates them against the published schema, resolves include and extends, and merges them
into one model.

An error in a file is a ``Diagnostic``, never an exception.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from reconciler.compose.budget import ConversionBudget
from reconciler.compose.merge import merge, normalized, without_repeats
from reconciler.compose.nodes import ComposeNode, NotComposeYaml, parse
from reconciler.compose.reading import read_lines
from reconciler.compose.schema import problems
from reconciler.compose.values import add_values
from reconciler.compose.variables import BadReference, ComposeVariables
from reconciler.loading.env_files import Malformed
from reconciler.loading.files import UnreadableFile, shown
from reconciler.model import Diagnostic, Location

MAX_FILES = 200
MAX_INCLUDED = 1_000
"""How often files are included, each file as often as it is named."""
MAX_EXTENDS = 100
"""How many services a service may extend, one through another."""
CHECK = "compose"
SECTIONS = frozenset({"configs", "include", "models", "name", "networks", "secrets", "version", "volumes"})
"""Top-level fields of a Compose file, besides its services."""


class Model(Struct):
    """All Compose files of a conversion as one document.

    ``diagnostics`` are the errors; with any, it cannot be converted.
    """

    root: ComposeNode | None
    variables: ComposeVariables
    diagnostics: list[Diagnostic] = field(default_factory=list)


def read_model(paths: Iterable[Path], values: Mapping[str, str]) -> Model:
    """The files merged in the given order; relative paths start from the first file's folder.

    ``values`` are the values of the variables in the files. Raises TooMuch.
    """
    reader = _Reader(dict(values))
    listed = list(paths)
    folder = listed[0].parent
    root: ComposeNode | None = None
    for path in listed:
        root = reader.merged(root, reader.document(path, folder, ()))
    return Model(root, reader.variables, reader.found)


class _Reader:
    """Reads files.

    ``values`` are the values of all variables. ``scope`` are the values for the file being read, since an included
    file may have its own env files. ``given`` is the value of each variable that was found so far.
    """

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values
        self.variables = ComposeVariables(values)
        self.scope: Mapping[str, str] = dict(values)
        self.given: dict[str, str | None] = {}
        self.found: list[Diagnostic] = []
        self.files: dict[tuple[Path, Path, frozenset[tuple[str, str]]], ComposeNode | None] = {}
        self.too_deep = False
        self.included = 0
        self.budget = ConversionBudget()

    def problem(self, place: Location, message: str, hint: str = "") -> None:
        self.found.append(Diagnostic(place, "error", CHECK, message, hint))

    def merged(
        self, base: ComposeNode | None, over: ComposeNode | None, path: tuple[str, ...] = ()
    ) -> ComposeNode | None:
        """``over`` merged over ``base``. Raises TooMuch."""
        return merge(base, over, path, spend=self.budget.take_values)

    def document(
        self, path: Path, folder: Path, above: tuple[Path, ...], place: Location | None = None
    ) -> ComposeNode | None:
        """A file with its includes and extended services, and each field in a single form; None with an error."""
        self.included += bool(above)
        if self.included > MAX_INCLUDED:
            if self.included == MAX_INCLUDED + 1:
                self.problem(
                    place or Location(shown(str(path))), f"more than {MAX_INCLUDED:,} included files"
                )
            return None
        node = self.raw(path, folder, place)
        if node is None:
            return None
        if path.resolve() in above:
            self.problem(place or node.place, f"{shown(str(path))} includes itself")
            return None
        node = self.extended(node, path, folder)
        return self.with_includes(node, folder, (*above, path.resolve()))

    def raw(self, path: Path, folder: Path, place: Location | None = None) -> ComposeNode | None:
        """A file, validated, with encoded variables and normalized services. Each file is read once."""
        key = path.resolve(), folder.resolve(), frozenset(self.scope.items())
        if key not in self.files:
            if len(self.files) >= MAX_FILES:
                self.problem(place or Location(shown(str(path))), f"more than {MAX_FILES} files")
                return None
            self.files[key] = None
            self.files[key] = self._read(path, folder, place)
        return self.files[key]

    def _read(self, path: Path, folder: Path, place: Location | None) -> ComposeNode | None:
        at = place or Location(shown(str(path)))
        try:
            text = read_lines(path)
        except UnreadableFile as error:
            self.problem(at, f"{shown(str(path))} {error}", error.hint or "check the path")
            return None
        try:
            node = parse(text, path=shown(str(path)), folder=str(folder), budget=self.budget)
        except NotComposeYaml as error:
            self.problem(error.place, error.message)
            return None
        if node is None or not node.is_map:
            self.problem(
                at if node is None else node.place,
                f"{shown(str(path))} has no services",
                "name a Compose or stack file",
            )
            return None
        encoded = _without_repeats(self.encoded(node))
        wrong = list(_version_1(node) or problems(encoded, self.variables))
        self.found += wrong
        if wrong:
            return None
        services = encoded.get("services")
        if services is None:
            return encoded
        resolve = self.variables.resolve
        of_one_form = {name: normalized(service, resolve) for name, service in services.items()}
        return encoded._replace(value={**encoded.value, "services": services._replace(value=of_one_form)})

    def encoded(
        self, node: ComposeNode, path: tuple[str, ...] = (), *, is_stack: bool = False
    ) -> ComposeNode:
        """The node with each reference to a variable as one character (see ``variables``); keys stay unchanged."""
        if node.is_map:
            built = {
                key: self.encoded(child, (*path, key), is_stack=is_stack or _is_deploy(path, key))
                for key, child in node.items()
            }
            return node._replace(value=built)
        if node.is_list:
            return node._replace(value=[self.encoded(item, path, is_stack=is_stack) for item in node.value])
        if not isinstance(node.value, str):
            return node
        try:
            text = self.variables.encode(node.value, node.place, is_stack=is_stack)
        except BadReference as error:
            self.problem(node.place, str(error))
            return node
        for name in self.variables.names(text):
            self.meet(name, node.place)
        return node if text == node.value else node._replace(value=text, text=text)

    def meet(self, name: str, place: Location) -> None:
        """Note the value of a variable in the file being read; report an error if it differs from its value in
        other files.
        """
        value = self.scope.get(name)
        if self.given.setdefault(name, value) != value:
            self.problem(
                place,
                f"the variable {name} has another value in this file than in the files before it, and a manifest "
                "has one value for all",
                "rename one of the two variables, or convert the included file by itself",
            )
        elif value is not None:
            self.values[name] = value

    def extended(self, node: ComposeNode, path: Path, folder: Path) -> ComposeNode:
        services = node.get("services")
        if services is None or not any(service.get("extends") for _, service in services.items()):
            return node
        built = {name: self.service(node, name, path, folder, ()) for name in services.value}
        kept = {name: service for name, service in built.items() if service is not None}
        return node._replace(value={**node.value, "services": services._replace(value=kept)})

    def service(
        self, document: ComposeNode, name: str, path: Path, folder: Path, above: tuple[tuple[Path, str], ...]
    ) -> ComposeNode | None:
        """A service merged over the service that it extends; None with an error."""
        service = document.get("services", name)
        if service is None:
            return None
        extends = service.get("extends")
        if extends is None:
            return service
        if (path, name) in above:
            self.problem(extends.place, f"service {name!r} extends itself")
            return None
        if self.too_deep or len(above) == MAX_EXTENDS:
            if not self.too_deep:
                self.problem(extends.place, f"services extend one another more than {MAX_EXTENDS} deep")
            self.too_deep = True
            return None
        wanted, file = extends.get("service") if extends.is_map else extends, extends.get("file")
        base_name = str(wanted.value) if wanted else ""
        base_path, base_folder, base_document = path, folder, document
        if file is not None:
            base_path = folder / self.variables.resolve(str(file.value))
            base_folder = base_path.parent
            found = self.raw(base_path, base_folder, file.place)
            if found is None:
                return None
            base_document = found
        resolve = self.variables.resolve
        base = self.service(base_document, resolve(base_name), base_path, base_folder, (*above, (path, name)))
        if base is None and not self.too_deep:
            self.problem(
                extends.place,
                f"service {name!r} extends {self.variables.shown(base_name)!r}, "
                f"which {shown(str(base_path))} does not have",
            )
        if base is None:
            return None
        own = {key: field_node for key, field_node in service.items() if key != "extends"}
        return self.merged(base, service._replace(value=own), ("services", name))

    def with_includes(self, node: ComposeNode, folder: Path, above: tuple[Path, ...]) -> ComposeNode | None:
        include = node.get("include")
        if include is None:
            return node
        included: ComposeNode | None = None
        for item in include.each() if include.is_list else ():
            files = list(_included(item, folder, self.variables))
            outer, self.scope = self.scope, self.scope_of(item, folder, files)
            for file, its_folder in files:
                included = self.merged(included, self.document(file, its_folder, above, item.place))
            self.scope = outer
        own = {key: field_node for key, field_node in node.items() if key != "include"}
        return self.merged(included, node._replace(value=own))

    def scope_of(
        self, item: ComposeNode, folder: Path, files: Iterable[tuple[Path, Path]]
    ) -> Mapping[str, str]:
        """The variables of an included file. The including file's values override those of its env files."""
        named = item.get("env_file") if item.is_map else None
        env_files = (
            [folder / self.variables.resolve(str(file.value)) for file in named.each()] if named else []
        )
        beside = next((its_folder / ".env" for _, its_folder in files), folder / ".env")
        if not env_files and beside.is_file():
            env_files = [beside]
        scope = dict(self.scope)
        for file in env_files:
            try:
                add_values(read_lines(file), shown(str(file)), scope)
            except UnreadableFile as error:
                self.problem(item.place, f"{shown(str(file))} {error}", "check the path of env_file")
            except Malformed as error:
                self.problem(
                    Location(shown(str(file)), error.line), str(error), "correct the line, then convert again"
                )
        return {**scope, **self.scope}


def _version_1(document: ComposeNode) -> list[Diagnostic]:
    """The error for a file of version 1, whose services are at the top level; empty for any other file."""
    if "services" in document.value:
        return []
    entries = (node for key, node in document.items() if key not in SECTIONS and not key.startswith("x-"))
    first = next((node for node in entries if node.get("image") or node.get("build")), None)
    if first is None:
        return []
    message = "this is a Compose file of version 1: its services are at the top level"
    hint = "write services: at the top and indent all services below it, then convert again"
    return [Diagnostic(first.place, "error", CHECK, message, hint)]


def _without_repeats(document: ComposeNode) -> ComposeNode:
    services = document.get("services")
    if services is None:
        return document
    once = {name: without_repeats(service) for name, service in services.items()}
    return document._replace(value={**document.value, "services": services._replace(value=once)})


def _is_deploy(path: tuple[str, ...], key: str) -> bool:
    return key == "deploy" and len(path) == 2 and path[0] == "services"


def _included(item: ComposeNode, folder: Path, variables: ComposeVariables) -> Iterator[tuple[Path, Path]]:
    """The files of an entry of ``include``, each with the folder from which its relative paths start."""
    named = item.get("path") if item.is_map else item
    files = [
        folder / variables.resolve(str(path_node.value)) for path_node in (named.each() if named else ())
    ]
    project = item.get("project_directory") if item.is_map else None
    for file in files:
        yield file, folder / variables.resolve(str(project.value)) if project else files[0].parent
