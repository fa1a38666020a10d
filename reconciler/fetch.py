"""Reads live state in as few round trips as possible: the company, its clusters, then all lists of all clusters at
once.

It writes nothing and keeps nothing between runs. A name must match exactly one cluster; otherwise an error lists the
clusters that exist.
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
"""Collections that are always read, the largest first: they hold the record and all objects that others refer to."""
PREVIEW = tuple(kind.section for kind in KINDS.values() if kind.preview)
"""Collections that are read only on request: the API has them in preview, and may refuse them to a token."""
OF_COMPANY = tuple(kind.section for kind in KINDS.values() if kind.of_company)
"""Collections of ``PREVIEW`` that belong to the company, not to a cluster."""
SIZES = "node-sizes"
"""The collection of node sizes, read together with the nodes."""


class _Read(NamedTuple):
    """A collection that was read. ``missing`` is the HTTP status of the answer if it could not be read, or 0.

    ``fault`` is the error, if that status was 5xx.
    """

    bodies: Bodies = ()
    missing: int = 0
    fault: ServerFault | None = None


_Lists = Mapping[str, "Future[_Read]"]


class Company(NamedTuple):
    """A token's company and its clusters. ``lists`` has the company's own collections that were requested, by
    section."""

    body: Body
    clusters: Bodies
    lists: _Lists


def ask_company(reader: Reader, threads: ThreadPoolExecutor, sections: Collection[str]) -> Company:
    """Read the company, then its clusters and, in ``threads``, those of ``sections`` that are its own: two round trips.

    Raises what ``Reader.company`` and ``Reader.clusters`` raise.
    """
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
    """Live state of each cluster, by the name in ``names``.

    ``names`` are labels or ids of clusters; ``COMPANY`` gives no cluster, only the company's webhooks. ``sections``
    are the collections of ``PREVIEW`` to read; ``nodes`` also reads the node sizes. ``spared`` are collections of
    ``PREVIEW`` that the caller can do without if the server fails. ``company`` is the result of ``ask_company``, if
    that was started earlier. ``parallelism`` is how many lists are read at the same time.

    Raises ``UsageError`` if a name matches no cluster or several, or two names match the same one; ``BadAnswer`` for
    an object without a name; otherwise what ``Reader`` raises. It is no error if a collection in preview answers 401,
    403 or 404, or one of ``spared`` 5xx: its status is in ``LiveState.missing``.
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
    """The cluster of each name, which is a label or an id; ``COMPANY`` is left out.

    ``company`` is the company's name, for error messages. Raises ``UsageError`` if a name matches no cluster or
    several, or two names match the same one.
    """
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
    """All objects of a kind in a cluster, sorted by name and id. One request.

    Raises ``BadAnswer`` for an object without a name, otherwise what ``Reader`` raises.
    """
    return _decoded(kind, _listed(reader, at, KINDS[kind].section))


def live(kind: str, body: Body) -> Live:
    """One object of an answer, decoded. Raises ``BadAnswer`` if it has no name and its kind requires one."""
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
    """Start reading the lists of a cluster, each in a thread: all of ``CORE``, and of ``PREVIEW`` those in
    ``sections``."""
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
