"""Plans in which every text is hostile, for tests of outputs."""

from hypothesis import strategies as st

from reconciler.model import (
    Address,
    Diagnostic,
    DocumentChange,
    DocumentPlan,
    FieldChange,
    HostsLeft,
    Location,
    Outcome,
    Owned,
)
from reconciler.model.failure import Failure
from reconciler.model.reason import Worded
from reconciler.model.rollout import RolloutResult

FRAGMENTS = [
    "\x1b[31m", "\x9b2J", "\r", "\n", "\t", "\x00", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\u3164",
    "\ufe0f", "\udc80", "<!-- reconciler plan -->", "<!--", "-->", "@everyone", "@org/team", "#1", "GH-1",
    "org/repo#1", "https://evil.example/?q=1", "www.evil.example", "`", "```", "````\n", "~~~", "</details>",
    "</code>", "<script>alert(1)</script>", "<img src=x onerror=a>", "|", "| a |", "**b**", "_e_", "[a](b)",
    "![a](b)", "\\", "&lt;", "&#64;", "\n# head", "\n- item", ":tada:", '"]', "end", "'", '"', "%%{init}%%",
    "a", "api", " ", "→", "é",
]  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=5).map("".join)
values = (
    st.none()
    | texts
    | st.integers()
    | st.lists(texts, max_size=4)
    | st.dictionaries(texts, texts, max_size=3)
)
kinds = st.sampled_from(["service", "secret", "config", "volume", "node", "webhook"])
actions = st.sampled_from(["create", "update", "replace", "delete", "adopt"])
locations = st.builds(Location, texts, st.integers(1, 9999), st.integers(1, 99))
masks = st.integers(1, 99).map(lambda number: f"(sensitive #{number})")
fields = st.builds(FieldChange, texts, values, values, st.just(False), st.booleans()) | st.builds(
    FieldChange, texts, st.none() | masks, masks, st.just(True), st.booleans()
)
diagnostics = st.lists(
    st.builds(Diagnostic, locations, st.sampled_from(["error", "warning"]), texts, texts, texts), max_size=3
)


def addresses(cluster):
    return st.builds(Address, st.just(cluster), kinds, texts)


def changes(cluster):
    return st.builds(
        DocumentChange,
        address=addresses(cluster),
        action=actions,
        fields=st.lists(fields, max_size=3).map(tuple),
        needs=st.lists(addresses(cluster), max_size=2).map(tuple),
        reasons=st.builds(Worded, texts).map(lambda reason: (reason,)),
        location=st.none() | locations,
        live_name=texts,
        restarts=st.lists(texts, max_size=2).map(tuple),
        consented=st.booleans(),
    )


@st.composite
def plan(draw):
    cluster = draw(texts)
    two_addresses = st.lists(addresses(cluster), max_size=2).map(tuple)
    owned = st.lists(st.builds(Owned, kinds, texts, st.just(""), st.just("")), max_size=2).map(tuple)
    messages = st.lists(st.builds(Worded, texts), max_size=2).map(tuple)
    return DocumentPlan(
        cluster=cluster,
        cluster_id=draw(texts),
        company_id=draw(texts),
        stack=draw(texts),
        changes=tuple(draw(st.lists(changes(cluster), max_size=4))),
        unchanged=draw(st.integers(0, 1000)),
        unmanaged=draw(two_addresses),
        unchecked=draw(two_addresses),
        verify=draw(owned),
        held=draw(two_addresses),
        released=draw(owned),
        notes=draw(messages),
        refusals=draw(messages),
    )


plans = st.lists(plan(), max_size=2, unique_by=lambda planned: (planned.cluster, planned.stack))
outcomes = st.lists(
    st.builds(
        Outcome,
        changes("production"),
        st.sampled_from(["applied", "failed", "skipped", "unknown"]),
        st.none() | st.builds(Failure, st.just("rejected"), texts),
        st.none()
        | st.builds(RolloutResult, st.just("up"), st.just("verified"), errors=st.lists(texts).map(tuple)),
        st.none() | st.builds(HostsLeft, lost=st.lists(texts, max_size=2).map(tuple)),
        st.floats(0, 1000),
    ),
    max_size=4,
)
