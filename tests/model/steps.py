"""The events of a world as plain values: a sequence of steps is a test case, and its ``repr`` is code.

There are four files: ``a`` and ``b`` of one stack in one repository, ``c`` of another stack there, ``d`` of the
first stack in another repository. A run covers one file, or the whole first repository.
"""

from typing import Literal, NamedTuple

File = str
"""The letter of a file."""
Kind = str
"""service, secret, config, volume, webhook or node."""
Key = tuple[str, str]
"""Kind and logical name."""


class FilePlace(NamedTuple):
    """The place of a file, and its stack."""

    repository: str
    stack: str


PLACES: dict[str, FilePlace] = {
    "a": FilePlace("clinic", "default"),
    "b": FilePlace("clinic", "default"),
    "c": FilePlace("clinic", "other"),
    "d": FilePlace("billing", "default"),
}
PATHS: dict[str, tuple[File, ...]] = {
    "a": ("a",), "b": ("b",), "c": ("c",), "d": ("d",), "clinic": ("a", "b", "c"),
}  # fmt: skip
"""The files that a run of each path covers."""


class DeclaredService(NamedTuple):
    """A declared service. Only those of ``depends``, ``secrets`` and ``configs`` count that its own file declares.

    ``image`` is a tag; ``token`` is the number of a credential in a variable; ``flag`` puts it into the arguments
    too; ``puts_back`` means ``on_failure: rollback``; without ``hosts`` the field is left out. ``ignores`` are its
    ``ignore_changes``; ``protected`` is its ``prevent_destroy``, None if not set.
    """

    image: int = 1
    replicas: int = 1
    action: Literal["pause", "rollback", "continue"] = "pause"
    depends: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    token: int = 1
    flag: bool = False
    puts_back: bool = False
    hosts: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    protected: bool | None = None


class MadeElsewhere(NamedTuple):
    """An external object: of any stack, or of a named one."""

    stack: str = ""


Value = DeclaredService | MadeElsewhere | int | str | None
"""For a secret, config or webhook the number of its value, for a node size the count, for a volume None."""


class Declare(NamedTuple):
    """Declare an object in a file, or change it; if the stack's other file in the repository has it, change it
    there.
    """

    file: File
    kind: Kind
    name: str
    value: Value = None


class Drop(NamedTuple):
    """Remove an object from a file; ``consent`` names it under ``removed``."""

    file: File
    kind: Kind
    name: str
    consent: bool = False


class MoveObject(NamedTuple):
    """Move an object unchanged from one file to another."""

    kind: Kind
    name: str
    source: File
    to: File


class Take(NamedTuple):
    """Move an object from a file of another stack or repository, with an entry under ``moved``; ``new`` is its new
    name, "" for the same.
    """

    kind: Kind
    name: str
    source: File
    to: File
    new: str = ""


class TakeAll(NamedTuple):
    """Move everything that a file of another stack declares, with one entry of ``moved`` that names the stack."""

    source: File
    to: File


class Rename(NamedTuple):
    """Rename an object everywhere in its file; ``declares_move``: with an entry under ``moved``."""

    file: File
    kind: Kind
    name: str
    new: str
    declares_move: bool = False


class RenameRepository(NamedTuple):
    """Rename a repository, or restore its first name.

    ``declares_move``: with entries under ``moved`` in its files.
    """

    repository: str
    declares_move: bool = True


class Consent(NamedTuple):
    """Name an object under ``removed`` that the file does not declare."""

    file: File
    kind: Kind
    name: str


class Release(NamedTuple):
    """Remove an object from a file and name it under ``released``."""

    file: File
    kind: Kind
    name: str


class Lower(NamedTuple):
    """Declare one node less of a size, and name the newest node under ``removed``."""

    file: File
    size: str


class Clear(NamedTuple):
    """Delete a file."""

    file: File


class RenameFile(NamedTuple):
    """Rename a file in its folder, or restore its first name."""

    file: File


class Break(NamedTuple):
    """From now on, new tasks of an image fail."""

    image: int
    how: Literal["crash", "slow", "missing"] = "crash"


class Mend(NamedTuple):
    """From now on, new tasks of an image run again."""

    image: int


class Hand(NamedTuple):
    """Change a live service outside git."""

    what: Literal[
        "image", "replicas", "variable", "token", "delete", "create", "restart", "crash", "scale to 0",
        "delete webhook", "change webhook", "new node",
    ]  # fmt: skip
    name: str


class Nodes(NamedTuple):
    """The nodes that run tasks are lost, or return."""

    there: bool


class Tasks(NamedTuple):
    """Whether the platform shows tasks at all, or all except those of one service."""

    shown: bool
    but: str = ""


class TimePasses(NamedTuple):
    """Time passes."""

    seconds: float


class Run(NamedTuple):
    """Plan and apply.

    ``dies``: killed at this write, before or after it is carried out. ``stops``: interrupted at this write, as by
    Ctrl-C. ``again``: the same run once more afterwards. ``blind``: no secret's value is available.
    """

    path: str
    dies: tuple[int, bool] | None = None
    stops: int | None = None
    target: Key | None = None
    wait: bool = True
    retry: bool = False
    adopt: bool = False
    prune: bool = False
    blind: bool = False
    again: bool = False


Edit = (
    Declare
    | Drop
    | MoveObject
    | Take
    | TakeAll
    | Rename
    | RenameFile
    | RenameRepository
    | Consent
    | Release
    | Lower
    | Clear
)
Step = Edit | Break | Mend | Hand | Nodes | Tasks | TimePasses | Run


def as_code(step: Step | Value) -> str:
    """A step as code, without default values."""
    if not isinstance(step, tuple):
        return repr(step)
    given = [
        f"{name}={as_code(value) if isinstance(value, DeclaredService | MadeElsewhere) else repr(value)}"
        for name, value in step._asdict().items()
        if name not in step._field_defaults or value != step._field_defaults[name]
    ]
    return f"{type(step).__name__}({', '.join(given)})"
