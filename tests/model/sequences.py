"""Sequences of steps to be tried: up to fifteen runs, and before each up to three things that happen."""

from hypothesis import strategies as st

from tests.model.manifests import CRASHES
from tests.model.steps import (
    PATHS,
    Break,
    Clear,
    Declare,
    Drop,
    External,
    Hand,
    Mend,
    Move,
    Nodes,
    Rename,
    RenameFile,
    Run,
    Service,
    Step,
    Take,
    Tasks,
    Wait,
)

SERVICES = {"a": ("api", "db", "web"), "b": ("api", "db", "web"), "c": ("cron", "web"), "d": ("bill", "web")}
NAMES = {"secret": ("key", "token"), "config": ("conf", "page"), "volume": ("data",)}
HOSTS = ("a.example", "b.example", "c.example")
MOST_RUNS = 15

files = st.sampled_from("ab" * 3 + "cd")
images = st.sampled_from((1, 2, 3))


def some(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)


services = st.builds(
    Service,
    image=images,
    replicas=st.sampled_from((1, 2, 0)),
    action=st.sampled_from(("pause", "rollback", "continue")),
    depends=some(("api", "db", "bill", "cron")),
    secrets=some(NAMES["secret"]),
    configs=some(NAMES["config"]),
    volumes=st.sampled_from(((), (), (), ("data",))),
    token=st.sampled_from((1, 2)),
    flag=st.sampled_from((False, False, False, True)),
    puts_back=st.sampled_from((False, False, False, True)),
    hosts=st.one_of(st.just(()), some(HOSTS)),
)


@st.composite
def declarations(draw: st.DrawFn) -> Step:
    file = draw(files)
    kind = draw(st.sampled_from(("service", "service", "service", "secret", "config", "volume")))
    if kind == "service":
        return Declare(file, "service", draw(st.sampled_from(SERVICES[file])), draw(services))
    name = draw(st.sampled_from(NAMES[kind]))
    if draw(st.sampled_from((False, False, False, True))):
        name, stack = (f"{name}-c", "other") if file in "abd" else (name, "default")
        return Declare(file, kind, name, External(draw(st.sampled_from(("", stack)))))
    name = name if file in "ab" else f"{name}-{file}"
    value = None if kind == "volume" else draw(st.sampled_from((1, 2, 3)))
    return Declare(file, kind, name, value)


@st.composite
def departures(draw: st.DrawFn) -> Step:
    file = draw(files)
    kind = draw(st.sampled_from(("service", "service", "secret", "config", "volume")))
    names = SERVICES[file] if kind == "service" else NAMES[kind]
    name = draw(st.sampled_from(names))
    if file in "cd" and kind != "service":
        name = draw(st.sampled_from((name, f"{name}-{file}")))
    match draw(st.sampled_from(("drop", "drop", "move", "take", "take", "rename", "file", "clear"))):
        case "drop":
            return Drop(file, kind, name, draw(st.booleans()))
        case "move":
            return Move(kind, name, file, "b" if file == "a" else "a")
        case "take":
            return Take(kind, name, file, draw(files))
        case "rename":
            return Rename(file, kind, name, draw(st.sampled_from(names)))
        case "file":
            return RenameFile(file)
    return Clear(file)


by_hand = st.builds(
    Hand,
    st.sampled_from(("image", "replicas", "variable", "delete", "create", "restart", "crash", "scale to 0")),
    st.sampled_from(("api", "db", "web")),
)
weather = st.one_of(
    st.builds(Break, images, st.sampled_from(("crash", "crash", "slow", "missing"))),
    st.builds(Mend, images),
    st.builds(Nodes, st.booleans()),
    st.sampled_from((Tasks(True), Tasks(False), Tasks(False, "api"), Tasks(False, "web"))),
    st.builds(Wait, st.sampled_from((3.0, 60.0))),
)
paths = st.sampled_from(tuple(PATHS))
targets = st.sampled_from((("service", "api"), ("service", "web"), ("secret", "key")))
edits = st.one_of(declarations(), declarations(), declarations(), departures(), weather, by_hand)


@st.composite
def odd_runs(draw: st.DrawFn) -> Step:
    """A run with an option, or one that does not come to its end."""
    run = Run(draw(paths))
    match draw(
        st.sampled_from(("dies", "dies", "stops", "target", "hurries", "retry", "prune", "blind", "adopt"))
    ):
        case "dies":
            return run._replace(dies=(draw(st.integers(1, 8)), draw(st.booleans())))
        case "stops":
            return run._replace(stops=draw(st.integers(1, 6)))
        case "target":
            return run._replace(target=draw(targets))
        case "hurries":
            return run._replace(wait=False)
        case "retry":
            return run._replace(retry=True)
        case "prune":
            return run._replace(prune=True)
        case "blind":
            return run._replace(blind=True)
    return run._replace(adopt=True)


plain_runs = st.builds(lambda path, again: Run(path, again=again), paths, st.booleans())
runs = st.one_of(plain_runs, plain_runs, odd_runs())


@st.composite
def rounds(draw: st.DrawFn) -> tuple[Step, ...]:
    return (*draw(st.lists(edits, max_size=3)), draw(runs))


START: tuple[Step, ...] = (
    Declare("a", "secret", "key", 1),
    Declare("a", "config", "conf", 1),
    Declare("a", "service", "db", Service(secrets=("key",))),
    Declare("a", "service", "api", Service(replicas=2, depends=("db",), secrets=("key",), configs=("conf",))),
    Declare("b", "secret", "token", 1),
    Declare("b", "config", "page", 1),
    Declare("b", "service", "web", Service(secrets=("token",), configs=("page",))),
    Declare("c", "config", "conf-c", 1),
    Declare("c", "service", "cron", Service(configs=("conf-c",))),
    Declare("d", "secret", "key-d", 1),
    Declare("d", "service", "bill", Service(secrets=("key-d",))),
)
"""What most sequences begin with, so that there is something to lose."""


@st.composite
def sequences(draw: st.DrawFn) -> list[Step]:
    start = draw(
        st.sampled_from(((), START, (*START, Run("clinic"), Run("d")), (*START, Run("a"), Run("b"))))
    )
    return [
        *start,
        *(step for one in draw(st.lists(rounds(), min_size=1, max_size=MOST_RUNS)) for step in one),
    ]


MOST_COMMANDS = 6
by_command = st.one_of(
    declarations(),
    declarations(),
    declarations(),
    departures(),
    st.builds(Hand, st.just("delete"), st.sampled_from(["api", "web"])),
)


@st.composite
def over_http(draw: st.DrawFn) -> list[Step]:
    """What the emulator can follow, by up to six runs. Image 2 is the one that crashes there."""
    steps = list(draw(st.sampled_from(((), START))))
    for _ in range(draw(st.integers(1, MOST_COMMANDS))):
        steps += draw(st.lists(by_command, max_size=2))
        steps.append(draw(plain_runs)._replace(again=False))
    return [_crashing(one) for one in steps]


def _crashing(step: Step) -> Step:
    if isinstance(step, Declare) and isinstance(step.value, Service) and step.value.image == 2:
        return step._replace(value=step.value._replace(image=CRASHES))
    return step
