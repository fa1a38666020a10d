"""Reads what is live, in as few round trips as can be: company, clusters, then all lists of all clusters at once.

It writes nothing, keeps nothing between runs, and guesses no cluster: a name matches exactly one, or it is an
error that says which there are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from reconciler.api.client import Bodies, ClusterRef, Reader
from reconciler.api.lists import LISTS
from reconciler.api.shapes import Partial
from reconciler.errors import BadAnswer, NotFound, ServerFault, Unauthorized, UsageError
from reconciler.kinds import KINDS, SECTIONS
from reconciler.model import COMPANY, Body, Live, LiveState, NodeSize

CORE = tuple(kind.section for kind in reversed([*KINDS.values()]) if not kind.preview)
"""Collections that are always read, the longest first: the record and all references live in them."""
PREVIEW = tuple(kind.section for kind in KINDS.values() if kind.preview)
"""Collections that are read where asked for; they may not be there for a token."""
OF_COMPANY = tuple(kind.section for kind in KINDS.values() if kind.of_company)
"""Those of them that are the company's, for all clusters."""
SIZES = "node-sizes"
"""The sizes that come with the nodes."""


class _Read(NamedTuple):
    """A collection, or the status that says it is not there for this token, or the server's ``fault``."""

    bodies: Bodies = ()
    missing: int = 0
    fault: ServerFault | None = None


_Lists = Mapping[str, "Future[_Read]"]


class Company(NamedTuple):
    """A token's company and its clusters. ``lists`` are those of its own collections that were asked for."""

    body: Body
    clusters: Bodies
    lists: _Lists


def ask_company(reader: Reader, threads: ThreadPoolExecutor, sections: Collection[str]) -> Company:
    """Ask for the company, then for its clusters and, in threads, what of ``sections`` is its own: two round trips."""
    body = reader.company()
    at = ClusterRef(body["id"], "")
    lists = {
        section: threads.submit(_preview, reader, at, section)
        for section in sections
        if section in OF_COMPANY
    }
    return Company(body, reader.clusters(body["id"]), lists)


def fetch(
    reader: Reader,
    names: Sequence[str],
    *,
    sections: Collection[str] = (),
    spared: Collection[str] = (),
    company: "Future[Company] | None" = None,
    parallelism: int = 16,
) -> dict[str, LiveState]:
    """What is live in each of the clusters, by the name that it was asked for with.

    ``names`` are labels or ids; ``COMPANY`` stands for no cluster, only the company's webhooks. ``sections`` says
    which of ``PREVIEW`` are wanted; ``nodes`` brings the node sizes along; without those ``spared`` the caller can
    do, should the server fail at them. ``company`` is what ``ask_company`` gives, where it was called before.

    Raises ``UsageError`` where a name matches no cluster or several, or two names match one; ``BadAnswer`` for an
    object that lacks what it must have; else what ``Reader`` raises. A collection in preview that answers 401,
    403 or 404 is no error, nor is one of ``spared`` that answers 5xx: it stands in ``missing``.
    """
    wanted = tuple(dict.fromkeys(names))
    threads = ThreadPoolExecutor(max(2, parallelism), "fetch")
    try:
        owner = company.result() if company else ask_company(reader, threads, sections)
        found = resolve(wanted, owner.clusters, str(owner.body.get("name") or owner.body["id"]))
        refs = {name: ClusterRef(owner.body["id"], cluster["id"]) for name, cluster in found.items()}
        lists = {name: _begin(reader, threads, at, sections) for name, at in refs.items()}
        whole = {section: reading for section, reading in owner.lists.items() if section in sections}
        return {
            name: _state(owner.body, found.get(name, {}), {**whole, **lists.get(name, {})}, spared)
            for name in wanted
        }
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def resolve(names: Sequence[str], clusters: Bodies, company: str) -> dict[str, Body]:
    """The cluster that each name means, as its label or its id; ``COMPANY`` is none. Raises ``UsageError``."""
    found: dict[str, Body] = {}
    problems: list[str] = []
    called: dict[str, list[Body]] = {}
    for cluster in clusters:
        for name in {cluster["id"], cluster.get("label")}:
            called.setdefault(name, []).append(cluster)
    first: dict[str, str] = {}
    for name in names:
        if name == COMPANY:
            continue
        matches = called.get(name, [])
        if len(matches) != 1:
            problems.append(_not_one(name, matches, clusters, company))
            continue
        earlier = first.setdefault(matches[0]["id"], name)
        if earlier != name:
            problems.append(
                f"{earlier!r} and {name!r} are the same cluster, {matches[0]['id']}: use one name"
            )
        else:
            found[name] = matches[0]
    if problems:
        raise UsageError("\n".join(problems))
    return found


def read_kind(reader: Reader, at: ClusterRef, kind: str) -> tuple[Live, ...]:
    """All objects of a kind, read again, sorted by name and id. One request."""
    return _decoded(kind, _listed(reader, at, KINDS[kind].section))


def live(kind: str, body: Body) -> Live:
    """One object of an answer, decoded. Raises ``BadAnswer`` where it has no name to identify it by."""
    name = body.get(KINDS[kind].named_by) or ""
    if not name and not KINDS[kind].may_be_nameless:
        raise BadAnswer(
            f"the server gave a {kind} (id {body.get('id')!r}) without a name",
            status=200,
            method="GET",
            path=f"/{KINDS[kind].section}",
        )
    misfits = body.misfits if isinstance(body, Partial) else ()
    return Live(kind, name, body["id"], KINDS[kind].decode(body), body, misfits)


def _begin(
    reader: Reader, threads: ThreadPoolExecutor, at: ClusterRef, sections: Collection[str]
) -> dict[str, "Future[_Read]"]:
    """The wanted lists of a cluster, each asked for in a thread."""
    lists = {section: threads.submit(_core, reader, at, section) for section in CORE}
    for section in PREVIEW:
        if section in sections and section not in OF_COMPANY:
            lists[section] = threads.submit(_preview, reader, at, section)
            if SECTIONS[section].capacity:
                lists[SIZES] = threads.submit(_preview, reader, at, SIZES)
    return lists


def _listed(reader: Reader, at: ClusterRef, section: str) -> Bodies:
    return reader.node_sizes(at) if section == SIZES else LISTS[SECTIONS[section].name](reader, at)


def _core(reader: Reader, at: ClusterRef, section: str) -> _Read:
    return _Read(_listed(reader, at, section))


def _preview(reader: Reader, at: ClusterRef, section: str) -> _Read:
    try:
        return _Read(_listed(reader, at, section))
    except (Unauthorized, NotFound) as error:
        return _Read(missing=error.status)
    except ServerFault as error:
        return _Read(missing=error.status, fault=error)


def _state(company: Body, cluster: Body, lists: _Lists, spared: Collection[str]) -> LiveState:
    reads = {section: reading.result() for section, reading in lists.items()}
    for section, read in reads.items():
        if read.fault is not None and section not in spared:
            raise read.fault
    return LiveState(
        company_id=company["id"],
        company_name=str(company.get("name") or ""),
        cluster_id=cluster.get("id", ""),
        cluster_label=str(cluster.get("label") or ""),
        objects={
            SECTIONS[section].name: _decoded(SECTIONS[section].name, read.bodies)
            for section, read in reads.items()
            if section in SECTIONS and not read.missing
        },
        node_sizes=tuple(_sizes(reads.get(SIZES, _Read()).bodies)),
        missing={section: read.missing for section, read in reads.items() if read.missing},
    )


def _decoded(kind: str, bodies: Bodies) -> tuple[Live, ...]:
    return tuple(sorted((live(kind, body) for body in bodies), key=lambda found: (found.name, found.id)))


def _sizes(bodies: Bodies) -> Iterator[NodeSize]:
    for body in bodies:
        yield NodeSize(body["id"], str(body.get("title") or ""))


def _not_one(name: str, matches: Sequence[Body], clusters: Bodies, company: str) -> str:
    if matches:
        ids = ", ".join(sorted(cluster["id"] for cluster in matches))
        return f"cluster {name!r} is the label of several clusters: write the id of the right one ({ids})"
    there = {str(cluster.get("label") or cluster["id"]): cluster["id"] for cluster in clusters}
    if not there:
        return f"no cluster {name!r}: company {company!r}, whose token this is, has no cluster"
    from difflib import get_close_matches

    close = get_close_matches(name, there, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    listed = ", ".join(f"{label!r} ({there[label]})" for label in sorted(there))
    return f"no cluster {name!r} in company {company!r}, which has {listed}{hint}"
