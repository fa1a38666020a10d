"""What can happen in a world, as plain values: a sequence of steps is a test case, and prints as one.

There are four files: ``a`` and ``b`` of one stack in one repository, ``c`` of another stack in it, ``d`` of the
first stack in another repository. A run is of one file, or of the whole first repository.
"""

from typing import Literal, NamedTuple

File = str
"""Its letter."""
Kind = str
"""service, secret, config, volume, webhook or node."""
Key = tuple[str, str]
"""Kind and logical name."""


class FilePlace(NamedTuple):
    """Where a file is, and which stack it is of."""

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
    """A service as it is declared. Of ``depends``, ``secrets`` and ``configs`` counts what its own file declares too.

    ``image`` is a tag; ``token`` numbers the value of a variable that is a credential; ``flag`` puts it into the
    arguments too; ``puts_back`` stands for ``on_failure: rollback``; ``hosts`` are left out where there are none.
    ``ignores`` are its ``ignore_changes``; ``protected`` its ``prevent_destroy``, None where nothing is said of that.
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
    """What another stack makes: any that has it, or that one."""

    stack: str = ""


Value = DeclaredService | MadeElsewhere | int | str | None
"""Of a secret, config or webhook the number of its value, of a node size how many, of a volume nothing."""


class Declare(NamedTuple):
    """Add an object to a file, or change it; where the stack's other file in the repository has it, it is changed
    there."""

    file: File
    kind: Kind
    name: str
    value: Value = None


class Drop(NamedTuple):
    """Take an object out of a file; ``consent`` names it under ``removed``."""

    file: File
    kind: Kind
    name: str
    consent: bool = False


class MoveObject(NamedTuple):
    """Take an object from one file to another, as it is."""

    kind: Kind
    name: str
    source: File
    to: File


class Take(NamedTuple):
    """Take an object from a file of another stack or repository, and say so under ``moved``; ``new`` is its name
    there, "" for the same."""

    kind: Kind
    name: str
    source: File
    to: File
    new: str = ""


class TakeAll(NamedTuple):
    """Take all that a file of another stack declares, by one entry of ``moved`` that names the stack."""

    source: File
    to: File


class Rename(NamedTuple):
    """Give an object another logical name, everywhere in its file; ``declares_move``: and say so under ``moved``."""

    file: File
    kind: Kind
    name: str
    new: str
    declares_move: bool = False


class RenameRepository(NamedTuple):
    """Give a repository another name, or its first one again; ``declares_move``: and say so under ``moved`` in its
    files."""

    repository: str
    declares_move: bool = True


class Consent(NamedTuple):
    """Name under ``removed`` what the file does not declare."""

    file: File
    kind: Kind
    name: str


class Release(NamedTuple):
    """Take an object out of a file and name it under ``released``."""

    file: File
    kind: Kind
    name: str


class Lower(NamedTuple):
    """Declare a node less of a size, and name the newest of its nodes under ``removed``."""

    file: File
    size: str


class Clear(NamedTuple):
    """Delete a file."""

    file: File


class RenameFile(NamedTuple):
    """Give a file another name in its folder, or its first one again."""

    file: File


class Break(NamedTuple):
    """From now on new tasks of an image fail."""

    image: int
    how: Literal["crash", "slow", "missing"] = "crash"


class Mend(NamedTuple):
    """New tasks of an image run again."""

    image: int


class Hand(NamedTuple):
    """Somebody edits a live service past the reconciler."""

    what: Literal[
        "image", "replicas", "variable", "token", "delete", "create", "restart", "crash", "scale to 0",
        "delete webhook", "change webhook", "new node",
    ]  # fmt: skip
    name: str


class Nodes(NamedTuple):
    """The nodes that run tasks are lost, or are back."""

    there: bool


class Tasks(NamedTuple):
    """Whether the platform shows tasks at all, or all but those of one service."""

    shown: bool
    but: str = ""


class TimePasses(NamedTuple):
    """Time passes."""

    seconds: float


class Run(NamedTuple):
    """Plan and apply. ``dies`` at that write, before or after it is carried out; ``stops`` as at Ctrl-C at that
    write; ``again``: the same once more, at once. ``blind``: no value of a secret is at hand."""

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
    """A step as it would be written: without what is by default."""
    if not isinstance(step, tuple):
        return repr(step)
    given = [
        f"{name}={as_code(value) if isinstance(value, DeclaredService | MadeElsewhere) else repr(value)}"
        for name, value in step._asdict().items()
        if name not in step._field_defaults or value != step._field_defaults[name]
    ]
    return f"{type(step).__name__}({', '.join(given)})"
