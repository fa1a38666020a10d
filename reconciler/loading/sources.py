"""Reads the sources of secrets and configs: files, environment variables, sealed text.

Of the environment only ``RECONCILER_SECRET_NAME`` and the age identity are read. A secret's value is wrapped at once
and never part of a message.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from reconciler.kinds import KINDS, Kind
from reconciler.loading.budget import Budget
from reconciler.loading.files import ALLOW, Barred, UnreadableFile, read_bytes, text_of, within
from reconciler.model import Document, Sensitive, Spec
from reconciler.model import Path as Steps

PREFIX = "RECONCILER_SECRET_"
IDENTITY = "RECONCILER_AGE_IDENTITY"
ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----"

Report = Callable[[Steps, str, str], None]
ReportIn = Callable[[Document, Steps, str, str], None]


class SourceReader:
    """Reads sources for the documents of a run; ``reached`` holds the real paths of the files."""

    def __init__(
        self, root: Path, environment: Mapping[str, str], budget: Budget, barred: Barred = lambda _: ""
    ) -> None:
        self._barred = barred
        self._root = root
        self._budget = budget
        self._environment = environment
        self._texts: dict[str, str] = {}
        self.reached: set[str] = set()

    def contents(self, value: Mapping[str, Any], folder: Path, report: Report) -> dict[tuple[str, str], Spec]:
        """The canonical specs of a document's secrets and configs with a source, and of webhooks with a URL from the
        environment, by section and name.

        ``value`` is not validated: parts that do not match the schema are skipped.
        """
        found: dict[tuple[str, str], Spec] = {}
        for kind in KINDS.values():
            section, names = kind.section, kind.given_by
            entries = value.get(section) if names else None
            for name, entry in entries.items() if isinstance(entries, dict) else ():
                if not isinstance(entry, dict):
                    continue
                given = [
                    name_of_source
                    for name_of_source in names
                    if entry.get(name_of_source) not in (None, False)
                ]
                if len(given) > 1:
                    report(
                        (section, name), f"{name!r} has {len(given)} sources: {', '.join(given)}", "keep one"
                    )
                elif given and (given[0] == "external" or isinstance(entry[given[0]], str | bool)):
                    path = (section, name, given[0])
                    try:
                        found[section, name] = self._spec(kind, given[0], entry[given[0]], folder)
                    except UnreadableFile as error:
                        report(path, str(error), error.hint)
        self._from_environment(value, found)
        return found

    def _from_environment(self, value: Mapping[str, Any], found: dict[tuple[str, str], Spec]) -> None:
        """Add the fields that come from the environment, such as a webhook's URL."""
        for section, field, name, source in _from_environment(value):
            variable = source.get("env") if isinstance(source, dict) else None
            if isinstance(variable, str):
                text = self._environment.get(PREFIX + variable, "")
                spec = {field: Sensitive(text)} if text else {field: None, "env": PREFIX + variable}
                found[section, name] = spec

    def _spec(self, kind: Kind, key: str, source: Any, folder: Path) -> Spec:
        if key == "external":
            stack = source.get("stack") if isinstance(source, dict) else None
            return {"external": {"stack": stack} if isinstance(stack, str) else True}
        if not isinstance(source, str):
            return {"external": True}
        if key == "env":
            value = self._environment.get(PREFIX + source, "")
            secret = Sensitive(_sized(value, kind, PREFIX + source)) if value else None
            return {"data": secret, "source": f"env:{PREFIX}{source}"}
        if key == "age":
            return {**self._sealed(kind, source), "source": f"age:{IDENTITY}"}
        text = source if key == "data" else self._file(source, folder, kind.most_bytes)
        what = repr(source) if key == "file" else "data"
        data = _sized(text, kind, what)
        if kind.write_only:
            return {"data": Sensitive(data), "source": f"{key}:{source}"}
        return {"data": data}

    def _file(self, name: str, folder: Path, limit: int) -> str:
        try:
            real = within(folder / name, self._root)
            self.reached.add(real)
            if real not in self._texts:  # each file is read once
                if why := self._barred(real):
                    raise UnreadableFile(why, ALLOW)
                content = read_bytes(real, limit=limit - 1, linked=False)
                self._budget.take("bytes of files named by secrets and configs", len(content))
                self._texts[real] = text_of(content)
            return self._texts[real]
        except UnreadableFile as error:
            raise UnreadableFile(f"{name!r} {error}", error.hint) from None

    def _sealed(self, kind: Kind, sealed: str) -> Spec:
        if not sealed.lstrip().startswith(ARMOR):
            hint = "encrypt it: age --encrypt --armor --recipient age1…"
            raise UnreadableFile("the text under age is not an age-encrypted file", hint)
        identity = self._environment.get(IDENTITY, "")
        data = Sensitive(_sized(_opened(sealed, identity), kind, "the decrypted value")) if identity else None
        return {"sealed": sealed, "data": data}


def without_posted_secrets(documents: Sequence[Document], report: ReportIn) -> tuple[Document, ...]:
    """The documents; a webhook whose URL is the value of any secret is reported, and marked as invalid."""
    secret = [kind.section for kind in KINDS.values() if kind.write_only]
    named = [
        source
        for document in documents
        for section in secret
        for source in _names_in(document.value.get(section), "env").values()
    ]
    taken = {source for source in named if isinstance(source, str)}
    kept = []
    for document in documents:
        posted = set[Steps]()
        for section, field, name, source in _from_environment(document.value):
            variable = source.get("env") if isinstance(source, dict) else None
            if isinstance(variable, str) and variable in taken:
                message = f"{PREFIX}{variable} is the value of a secret; as a webhook's URL it would leave the cluster"
                hint = "put the URL in another environment variable"
                report(document, (section, name, field, "env"), message, hint)
                posted.add((section, name))
        kept.append(replace(document, invalid=document.invalid | posted) if posted else document)
    return tuple(kept)


def _from_environment(value: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """The fields that may name an environment variable, as (section, field, name of the entry, value)."""
    for kind in KINDS.values():
        for field in kind.from_environment:
            for name, source in _names_in(value.get(kind.section), field).items():
                yield kind.section, field, name, source


def _names_in(section: Any, field: str) -> dict[str, Any]:
    """The values of a field in the entries of a section, by name, if a text or a map."""
    entries = section if isinstance(section, dict) else {}
    return {
        name: entry[field]
        for name, entry in entries.items()
        if isinstance(entry, dict) and isinstance(entry.get(field), str | dict)
    }


def _opened(sealed: str, identity: str) -> str:
    try:
        import pyrage
    except ImportError:
        raise UnreadableFile(
            "the text under age cannot be decrypted: the library pyrage is not installed",
            "pip install pyrage",
        ) from None
    keys = [
        line.strip() for line in identity.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    try:
        identities = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (pyrage.IdentityError, UnicodeEncodeError):  # the environment may hold bytes that are not UTF-8
        hint = "set it to the lines AGE-SECRET-KEY-1… of an age key file"
        raise UnreadableFile(
            f"the text under age cannot be decrypted: {IDENTITY} is not an age identity", hint
        ) from None
    try:
        return text_of(pyrage.decrypt(sealed.strip().encode() + b"\n", identities))
    except pyrage.DecryptError:
        hint = "encrypt it again for this identity, or set the identity that it was encrypted for"
        raise UnreadableFile(f"the text under age cannot be decrypted with {IDENTITY}", hint) from None


def _sized(text: str, kind: Kind, what: str) -> str:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise UnreadableFile(f"{what} is not UTF-8 text", "encode it, for example with base64") from None
    if not size:
        raise UnreadableFile(f"{what} is empty", f"{kind.section} must have at least one byte")
    if size >= kind.most_bytes:
        raise UnreadableFile(
            f"{what} has {size:,} bytes", f"{kind.section} must have fewer than {kind.most_bytes:,}"
        )
    return text
