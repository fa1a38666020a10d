"""Sequences of steps: up to fifteen runs, and up to three events before each."""

from hypothesis import strategies as st

from tests.model.manifests import CRASHES, RENAMED
from tests.model.platform import SIZES
from tests.model.steps import (
    PATHS,
    PLACES,
    Break,
    Clear,
    Consent,
    Declare,
    DeclaredService,
    Drop,
    Hand,
    Lower,
    MadeElsewhere,
    Mend,
    MoveObject,
    Nodes,
    Release,
    Rename,
    RenameFile,
    RenameRepository,
    Run,
    Step,
    Take,
    TakeAll,
    Tasks,
    TimePasses,
)

SERVICES = {"a": ("api", "db", "web"), "b": ("api", "db", "web"), "c": ("cron", "web"), "d": ("bill", "web")}
NAMES = {
    "secret": ("key", "token"), "config": ("conf", "page"), "volume": ("data",), "webhook": ("alerts", "deploys"),
}  # fmt: skip
HOSTS = ("a.example", "b.example", "c.example")
MOST_RUNS = 15

DEPARTURES = (
    "drop", "drop", "drop", "move", "move", "take", "take", "take all", "rename", "rename", "consent", "release",
)  # fmt: skip

files = st.sampled_from("ab" * 3 + "cd")
sizes = st.sampled_from(SIZES)
images = st.sampled_from((1, 2, 3))


def up_to_two(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)


services = st.builds(
    DeclaredService,
    image=images,
    replicas=st.sampled_from((1, 2, 0)),
    action=st.sampled_from(("pause", "rollback", "continue")),
    depends=up_to_two(("api", "db", "bill", "cron")),
    secrets=up_to_two(NAMES["secret"]),
    configs=up_to_two(NAMES["config"]),
    volumes=st.sampled_from(((), (), (), ("data",))),
    token=st.sampled_from((1, 2)),
    flag=st.sampled_from((False, False, False, True)),
    puts_back=st.sampled_from((False, False, False, True)),
    hosts=st.one_of(st.just(()), up_to_two(HOSTS)),
    ignores=st.one_of(st.just(()), up_to_two(("replicas", "image", "environment_variables.API_TOKEN"))),
    protected=st.sampled_from((None, None, None, None, True, False)),
)


@st.composite
def declarations(draw: st.DrawFn) -> Step:
    file = draw(files)
    kind = draw(
        st.sampled_from(
            ("service",) * 5 + ("secret", "secret", "config", "config", "volume", "webhook", "node")
        )
    )
    if kind == "service":
        return Declare(file, "service", draw(st.sampled_from(SERVICES[file])), draw(services))
    if kind == "node":
        return Declare(file, "node", draw(sizes), draw(st.sampled_from((1, 2, 3))))
    name = draw(st.sampled_from(NAMES[kind]))
    if kind != "webhook" and draw(st.sampled_from((False, False, False, True))):
        name, stack = (f"{name}-c", "other") if file in "abd" else (name, "default")
        return Declare(file, kind, name, MadeElsewhere(draw(st.sampled_from(("", stack)))))
    name = name if file in "ab" else f"{name}-{file}"
    value = None if kind == "volume" else draw(st.sampled_from((1, 2, 3)))
    return Declare(file, kind, name, value)


@st.composite
def departures(draw: st.DrawFn) -> Step:
    file = draw(files)
    if (chance := draw(st.integers(0, 13))) > 11:
        return Clear(file) if chance == 13 else RenameFile(file)
    kind = draw(
        st.sampled_from(("service", "service", "service", "secret", "secret", "config", "volume", "webhook"))
    )
    names = SERVICES[file] if kind == "service" else NAMES[kind]
    name = draw(st.sampled_from(names))
    if file in "cd" and kind != "service":
        name = draw(st.sampled_from((name, f"{name}-{file}")))
    match draw(st.sampled_from(DEPARTURES)):
        case "drop":
            return Drop(file, kind, name, draw(st.booleans()))
        case "move":
            return MoveObject(kind, name, file, "b" if file == "a" else "a")
        case "take":
            new = f"{name}-2" if kind in RENAMED and draw(st.sampled_from((False, False, True))) else ""
            return Take(kind, name, file, draw(files), new)
        case "take all":
            return TakeAll(file, "c" if PLACES[file].stack == "default" else draw(st.sampled_from("ab")))
        case "rename":
            return Rename(file, kind, name, draw(st.sampled_from(names)), draw(st.booleans()))
        case "consent":
            return Consent(file, kind, name)
    return Release(file, kind, name)


by_hand = st.one_of(
    st.builds(
        Hand,
        st.sampled_from(
            ("image", "replicas", "variable", "token", "delete", "create", "restart", "crash", "scale to 0")
        ),
        st.sampled_from(("api", "db", "web")),
    ),
    st.builds(
        Hand, st.sampled_from(("image", "replicas", "token", "delete")), st.sampled_from(("api", "db", "web"))
    ),
    st.one_of(
        st.builds(
            Hand, st.sampled_from(("delete webhook", "change webhook")), st.sampled_from(NAMES["webhook"])
        ),
        st.builds(Hand, st.just("new node"), sizes),
    ),
)
of_place = st.one_of(
    st.builds(
        RenameRepository,
        st.sampled_from(("clinic", "clinic", "billing")),
        st.sampled_from((True, True, False)),
    ),
    st.builds(Lower, files, sizes),
)
weather = st.one_of(
    st.builds(Break, images, st.sampled_from(("crash", "crash", "slow", "missing"))),
    st.builds(Mend, images),
    st.builds(Nodes, st.booleans()),
    st.sampled_from((Tasks(True), Tasks(False), Tasks(False, "api"), Tasks(False, "web"))),
    st.builds(TimePasses, st.sampled_from((3.0, 60.0))),
)
paths = st.sampled_from(tuple(PATHS))
targets = st.sampled_from((("service", "api"), ("service", "web"), ("secret", "key"), ("webhook", "alerts")))
edits = st.one_of(
    declarations(), declarations(), declarations(), departures(), departures(), weather, by_hand, of_place
)


@st.composite
def odd_runs(draw: st.DrawFn) -> Step:
    """A run with an option, or one that does not complete."""
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
    Declare("a", "service", "db", DeclaredService(secrets=("key",))),
    Declare(
        "a",
        "service",
        "api",
        DeclaredService(replicas=2, depends=("db",), secrets=("key",), configs=("conf",)),
    ),
    Declare("b", "secret", "token", 1),
    Declare("b", "config", "page", 1),
    Declare("b", "service", "web", DeclaredService(secrets=("token",), configs=("page",))),
    Declare("b", "webhook", "alerts", 1),
    Declare("b", "node", "small", 3),
    Declare("c", "config", "conf-c", 1),
    Declare("c", "service", "cron", DeclaredService(configs=("conf-c",))),
    Declare("d", "secret", "key-d", 1),
    Declare("d", "service", "bill", DeclaredService(secrets=("key-d",))),
)
"""The start of most sequences, so that there are objects to lose."""


@st.composite
def sequences(draw: st.DrawFn) -> list[Step]:
    start = draw(
        st.sampled_from(((), START, (*START, Run("clinic"), Run("d")), (*START, Run("a"), Run("b"))))
    )
    return [
        *start,
        *(step for steps in draw(st.lists(rounds(), min_size=1, max_size=MOST_RUNS)) for step in steps),
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
    """A sequence that the emulator supports, with up to six runs. Image 2 crashes there."""
    steps = list(draw(st.sampled_from(((), START))))
    for _ in range(draw(st.integers(1, MOST_COMMANDS))):
        steps += draw(st.lists(by_command, max_size=2))
        steps.append(draw(plain_runs)._replace(again=False))
    # The emulator has other node sizes, and a plan with an unknown size is refused.
    return [_crashing(step) for step in steps if not (isinstance(step, Declare) and step.kind == "node")]


def _crashing(step: Step) -> Step:
    if isinstance(step, Declare) and isinstance(step.value, DeclaredService) and step.value.image == 2:
        return step._replace(value=step.value._replace(image=CRASHES))
    return step
