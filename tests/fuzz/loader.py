"""Throws hostile manifests at the loader, guided by the code they reach: ``python -m tests.fuzz.loader``.

An input is two files, lines NAME=VALUE and one byte of choices. Whatever it holds, nothing but diagnostics may come
out, each with a place; nothing outside the root is opened, nothing is written, started or connected to. Takes the
options of libFuzzer (such as ``-max_total_time=3600``) and a folder that keeps what is found to reach more, or a
file with an input to try again. The seeds are the examples and the cases of the checks.
"""

import json
import os
import random
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import atheris
import pyrage

with atheris.instrument_imports(include=["reconciler"]):
    from reconciler.checks import check, check_schema
    from reconciler.loading import assemble, read
    from reconciler.model import Diagnostic
    from reconciler.render.diagnostics import diagnostics_as_json, diagnostics_as_text
    from reconciler.resources import SCHEMAS

REPOSITORY = Path(__file__).parent.parent.parent
CANARY = "kept-from-every-manifest"
"""A secret outside the root, in ``.git`` and in the environment; no report may contain it."""
BETWEEN = b"\x1e"
"""Separates the two files and the variables of an input: a character that YAML does not allow."""
SECOND = ("b.yaml", "_base.yaml", "below/b.yml", "nginx.conf")
HOSTILE = r"""
../outside/secret.yaml  _out/secret.yaml  _out  _link.yaml  _loop.yaml  _pipe  ../a.yaml  .git/config  a\0b
/etc/passwd  /dev/zero  /proc/self/environ  ~/.netrc  file:///etc/passwd  a.yaml  b.yaml  _base.yaml  below/b.yml
${A}  ${A:-  $${  }  ${TOKEN}  A=  TOKEN=  {env: TOKEN}  {external: true}  {file: nginx.conf}  RECONCILER_AGE_IDENTITY=
!!python/object/apply:os.system  !!binary  !include  !<tag:yaml.org,2002:str>  %YAML 1.2  ---  ...  |-  >+  ? [a]
&a  *a  <<: *a  <<: [*a, *a]  &a [*a, *a]  [  ]  {  }  ''  ""  "\ud800"  "\0"  "\e[2J"  "\N"  #  null  ~  true
yes  0400  1e3  .inf  1:30  2020-01-01  99999999999999999999  -1  0.1  -----BEGIN AGE ENCRYPTED FILE-----
"""
"""Words that the fuzzer inserts, separated by two spaces."""
WORDS = (
    *re.split(r"  |\n", HOSTILE.strip()),
    "\x85",
    "\u2028",
    "\ufeff",
    "\u202e",
    "\U0001f9e8",
    "\r",
    "x" * 300,
)
MARKS = (b"&a ", b"*a ", b"!x ", b"- ", b"? ", b"'", b"|2\n  ", b"${A:-", b"<<: ", b"{", b"[", b"\t", b"#")
FORBIDDEN = re.compile(
    r"socket\.|subprocess\.|ctypes\.|shutil\.|urllib\.|pickle\.|import$|exec$|compile$|"
    r"os\.(system|exec|fork|posix_spawn|spawn|startfile|putenv|unsetenv|kill|"
    r"remove|rename|rmdir|mkdir|link|symlink|truncate|ch\w+)"
)
"""Audit events that the loader must not cause (Python's table of audit events)."""


@dataclass
class AccessMonitor:
    """Checks, while it is ``on``, what Python opens, starts or connects to."""

    root: str
    on: bool = False
    trespasses: list[str] = field(default_factory=list)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            path, _, flags = args
            if not self.may_open(path) or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
                self.trespasses.append(f"open {path!r}")
        elif event in {"os.listdir", "os.scandir"}:
            if not self.may_open(args[0]):
                self.trespasses.append(f"{event} {args[0]!r}")
        elif FORBIDDEN.match(event) and not (event == "import" and args[0] in sys.modules):
            self.trespasses.append(f"{event} {args!r}")

    def may_open(self, path: Any) -> bool:
        """Whether a path, with links resolved, is in the root and not in its ``.git``, or is one of the schemas."""
        if not isinstance(path, str | bytes | os.PathLike):
            return path is not None and path > 2  # a descriptor of a file that was opened before
        real = Path(os.path.realpath(os.fsdecode(path)))
        if real.is_relative_to(self.root):
            return ".git" not in real.parts
        return real.parent == SCHEMAS.resolve()


def furnish(place: Path) -> Path:
    """A root with targets for hostile names: a path outside, links, a pipe, git credentials."""
    root = (place / "root").resolve()
    for folder in ("below", ".git"):
        (root / folder).mkdir(parents=True)
    (place / "outside").mkdir()
    for file in (place / "outside" / "secret.yaml", root / ".git" / "config"):
        file.write_text(f"cluster: {CANARY}\n", encoding="utf-8")
    (root / "_out").symlink_to("../outside")
    (root / "_link.yaml").symlink_to("../outside/secret.yaml")
    (root / "_loop.yaml").symlink_to("_loop.yaml")
    os.mkfifo(root / "_pipe")
    return root


def try_out(data: bytes, root: Path, watch: AccessMonitor) -> tuple[Diagnostic, ...]:
    """Load an input; returns its diagnostics. Raises AssertionError for forbidden behaviour."""
    choices = atheris.FuzzedDataProvider(data)
    second, alone = divmod(choices.ConsumeIntInRange(0, 2 * len(SECOND) - 1), 2)  # of the last byte
    parts = choices.ConsumeBytes(choices.remaining_bytes()).split(BETWEEN, 2)
    first, other, given = (*parts, b"", b"")[:3]
    for name in SECOND:
        (root / name).unlink(missing_ok=True)
    (root / SECOND[second]).write_bytes(other)
    (root / "a.yaml").write_bytes(first)
    lines = (line.partition("=") for line in os.fsdecode(given).splitlines())
    variables = {name: value for name, _, value in lines if name}
    watch.on = True
    try:
        found = _found(root / "a.yaml" if alone else root, root, variables)
        _check_reports(found)
    finally:
        watch.on = False
    assert not watch.trespasses, watch.trespasses
    return found


def _found(path: Path, root: Path, variables: dict[str, str]) -> tuple[Diagnostic, ...]:
    environment = {"RECONCILER_SECRET_TOKEN": CANARY}
    environment |= {name: value for name, value in variables.items() if name.startswith("RECONCILER_")}
    documents = read(path, root=root, variables=variables, environment=environment)
    documents, shape = check_schema(documents)
    desired, assembled = assemble(documents)
    return (*documents.diagnostics, *shape, *assembled, *check(desired))


def _check_reports(found: tuple[Diagnostic, ...]) -> None:
    for diagnostic in found:
        assert isinstance(diagnostic, Diagnostic), diagnostic
        assert diagnostic.location.line >= 1, diagnostic
        assert diagnostic.location.column >= 1, diagnostic
        assert diagnostic.message, diagnostic
        assert diagnostic.severity in {"error", "warning"}, diagnostic
    plain = diagnostics_as_text(found)
    assert all(character.isprintable() for line in plain.split("\n") for character in line), plain
    as_json = diagnostics_as_json(found)
    assert len(json.loads(as_json)["diagnostics"]) == len(found)
    for text in (plain, diagnostics_as_text(found, colour=True), as_json):
        assert CANARY not in text, text
        text.encode()


def seeds(folder: Path) -> None:
    """Write the seed inputs: each example and each case of a check, extending the clinic's base; and an encrypted
    secret.
    """
    manifests = sorted(
        [*REPOSITORY.glob("examples/*/*.yaml"), *REPOSITORY.glob("tests/checks/cases/*/*.yaml")]
    )
    clinic = REPOSITORY / "examples/clinic"
    given = b"VERSION=1.2\nA=${B}\nRECONCILER_SECRET_B=b\nRECONCILER_VAR_C=3\nRECONCILER_AGE_IDENTITY=x"
    for number, manifest in enumerate(manifests):
        text = manifest.read_bytes()
        name = "_base.yaml" if b"extends" in text else "nginx.conf"
        parts = (text, (clinic / name).read_bytes(), given)
        (folder / f"{number:03}").write_bytes(BETWEEN.join(parts) + bytes((2 * SECOND.index(name),)))
    identity = pyrage.x25519.Identity.generate()
    sealed = pyrage.encrypt(b"sealed", [identity.to_public()], armored=True).replace(b"\n", b"\n      ")
    parts = (
        b"cluster: c\nsecrets:\n  s:\n    age: |\n      " + sealed,
        b"",
        b"RECONCILER_AGE_IDENTITY=" + str(identity).encode(),
    )
    (folder / "sealed").write_bytes(BETWEEN.join(parts) + b"\0")


def dictionary(file: Path, folder: Path) -> None:
    """Write the hostile words and those of the seeds in libFuzzer's format."""
    seen = {word for seed in folder.iterdir() for word in re.findall(rb"[\w-]{3,40}:", seed.read_bytes())}
    words = (*(word.encode() for word in WORDS), BETWEEN, *sorted(seen))
    lines = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    file.write_text("".join(f'"{line}"\n' for line in lines), encoding="utf-8")


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """A changed input: half of the time by bytes, as libFuzzer does, otherwise by lines, so that it stays valid
    YAML.
    """
    chance = random.Random(seed)
    if len(data) < 2 or chance.random() < 0.5:
        mutated: bytes = atheris.Mutate(data, most)
        return mutated
    lines, choices = data[:-1].split(b"\n"), data[-1:]
    for _ in range(chance.randint(1, 4)):
        at, line = chance.randrange(len(lines)), chance.choice(lines)
        key, colon, value = lines[at].partition(b": ")
        word = chance.choice(WORDS).encode()
        lines[at : at + 1] = chance.choice(
            (
                [],
                [lines[at], line],
                [b"  " + lines[at]],
                [lines[at].removeprefix(b"  ")],
                [key + b": " + word],
                [key + b": " + line.partition(b": ")[2]],
                [line.partition(b": ")[0] + colon + value],
                [key + b": [" + value + b", " + word + b"]"],
                [key + colon + value + word],
                [key + colon + chance.choice(MARKS) + value],
            )
        ) or [b""]
    return (b"\n".join(lines) + choices)[:most]


def fuzz(place: Path, arguments: list[str]) -> None:
    """Never returns: libFuzzer ends the process, with 0 if it found nothing."""
    started, root = Path.cwd(), furnish(place)
    watch = AccessMonitor(str(root))
    for folder in ("new", "seeds"):
        (place / folder).mkdir()
    seeds(place / "seeds")
    dictionary(place / "words", place / "seeds")
    options = [argument for argument in arguments if argument.startswith("-")]
    corpus = [str(started / argument) for argument in arguments if not argument.startswith("-")]
    if not any(Path(path).is_file() for path in corpus):
        corpus = [*(corpus or [str(place / "new")]), str(place / "seeds")]
    defaults = ("-timeout=10", "-rss_limit_mb=1024", "-max_len=6000", f"-artifact_prefix={started}/")
    os.chdir(root)
    # Imports and compilations on first use are not caused by the input.
    for warming in sorted((place / "seeds").iterdir()):
        try_out(warming.read_bytes(), root, AccessMonitor(str(root)))
    sys.addaudithook(watch)
    atheris.Setup(
        [sys.argv[0], *defaults, f"-dict={place / 'words'}", *options, *corpus],
        lambda data: try_out(data, root, watch) and None,
        custom_mutator=mutate,
    )
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """Fuzz in a separate process, since libFuzzer cleans nothing up; returns 0 if it found nothing."""
    with tempfile.TemporaryDirectory(prefix="reconciler-fuzz-") as place:
        child = os.fork()
        if child == 0:
            fuzz(Path(place), arguments)
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
