"""The shortest sequences that broke a law, each as it was found. They are tried again before chance is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.model.laws import ENABLED, judged
from tests.model.steps import (
    Break,
    Clear,
    Declare,
    Drop,
    Hand,
    Move,
    Nodes,
    Run,
    Service,
    Step,
    Take,
    TakeAll,
)

API = Service()
CASES: dict[str, tuple[Step, ...]] = {
    "two folders of a stack keep what the other declares": (
        Declare("a", "service", "api", API),
        Declare("b", "service", "web", API),
        Run("a"),
        Run("b"),
        Run("a"),
    ),
    "two repositories keep what the other declares": (
        Declare("a", "service", "api", API),
        Declare("d", "service", "bill", API),
        Run("clinic"),
        Run("d"),
        Run("clinic"),
    ),
    "what another stack declares now is kept until it is moved": (
        Declare("c", "service", "api", API),
        Declare("c", "service", "cron", API),
        Run("c"),
        Move("service", "cron", "c", "a"),
        Run("c"),
        Run("clinic"),
    ),
    "what left a file goes when only that file is applied": (
        Declare("a", "service", "api", API),
        Declare("a", "service", "db", API),
        Run("clinic"),
        Drop("a", "service", "api"),
        Run("a"),
    ),
    "what stands in for a service is up before that goes, in the second run too": (
        Declare("a", "service", "api", API),
        Declare("a", "service", "db", API),
        Run("a"),
        Break(2),
        Drop("a", "service", "api"),
        Declare("a", "service", "web", Service(image=2)),
        Run("a", again=True),
    ),
    "a node that somebody made is waited for": (
        Declare("a", "node", "small", 3),
        Declare("a", "service", "api", API),
        Hand("new node", "small"),
        Run("a", again=True),
    ),
    "nothing is deleted before a node of a run that died is Ready": (
        Declare("a", "node", "small", 3),
        Declare("a", "service", "api", API),
        Declare("a", "service", "db", API),
        Declare("a", "node", "large", 1),
        Run("a"),
        Drop("a", "service", "api"),
        Declare("a", "node", "large", 2),
        Run("a", dies=(1, True)),
        Hand("new node", "small"),
        Declare("a", "node", "small", 4),
        Run("a", again=True),
    ),
    "services of a stack whose only file is gone stay, until a file names the stack": (
        Declare("c", "service", "cron", API),
        Run("clinic"),
        Clear("c"),
        Run("clinic", again=True),
        Declare("c", "service", "web", API),
        Run("clinic", again=True),
    ),
    "two stacks have a secret of one name, each with its own value": (
        Declare("a", "secret", "key", 1),
        Declare("a", "service", "db", Service(secrets=("key",))),
        Run("clinic"),
        TakeAll("a", "c"),
        Run("clinic"),
        Declare("a", "secret", "key", 3),
        Run("a"),
        Run("c", again=True),
    ),
    "what is pruned waits for a service of a file that is not applied": (
        Declare("a", "service", "api", API),
        Declare("b", "service", "web", API),
        Declare("d", "service", "bill", API),
        Run("clinic"),
        Run("d"),
        Hand("delete", "api"),
        Run("b", prune=True),
    ),
    "what another stack of the repository takes under a new name is left to it": (
        Declare("b", "webhook", "alerts", 1),
        Declare("b", "service", "web", API),
        Run("clinic"),
        Take("webhook", "alerts", "b", "c", "alerts-2"),
        Run("b"),
        Run("clinic", again=True),
    ),
    "a service that lost its node holds up deletes": (
        Declare("a", "service", "api", API),
        Declare("a", "service", "db", API),
        Run("a"),
        Nodes(there=False),
        Drop("a", "service", "api"),
        Run("a"),
    ),
    "a service that is down of a file that is not applied holds up deletes": (
        Declare("a", "service", "api", API),
        Declare("a", "service", "db", API),
        Declare("b", "service", "web", API),
        Run("clinic"),
        Break(1),
        Hand("crash", "web"),
        Drop("a", "service", "api"),
        Run("a"),
    ),
    "a dependent waits for what was rolled back, in the second run too": (
        Declare("a", "service", "api", Service(action="rollback")),
        Declare("a", "service", "web", Service(depends=("api",))),
        Run("a"),
        Break(2),
        Declare("a", "service", "api", Service(image=2, action="rollback")),
        Declare("a", "service", "web", Service(image=3, depends=("api",))),
        Run("a"),
        Run("a"),
    ),
    "what the platform rolls back while a run only looks is held, in the second run too": (
        Declare("a", "service", "api", Service(token=2)),
        Run("a"),
        Declare("a", "service", "api", Service(action="rollback")),
        Run("a", wait=False),
        Break(1),
        Run("a", again=True),
    ),
    "what came up with a failure is planned until it is up": (
        Declare("a", "service", "api", API),
        Nodes(there=False),
        Run("a"),
    ),
    "a service that does not run is not taken for done": (
        Declare("a", "service", "api", API),
        Run("a"),
        Nodes(there=False),
        Run("a"),
    ),
    "the version that worked stays while one that never did is replaced": (
        Declare("a", "secret", "key", 1),
        Declare("a", "service", "api", Service(action="rollback", secrets=("key",))),
        Run("a"),
        Break(2),
        Declare("a", "secret", "key", 2),
        Declare("a", "service", "api", Service(image=2, action="rollback", secrets=("key",))),
        Run("a"),
        Declare("a", "secret", "key", 3),
        Declare("a", "service", "api", Service(image=3, action="rollback", secrets=("key",))),
        Run("a"),
    ),
    "a credential among the arguments is not shown": (
        Declare("a", "service", "api", Service(flag=True)),
        Run("a"),
    ),
}


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_a_sequence_that_once_broke_a_law(folder: Path, steps: Sequence[Step]):
    judge = judged(folder, steps)
    assert not judge.breaches(ENABLED), "\n".join(judge.log)
