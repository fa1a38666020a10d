"""Caches encoded bodies while they are valid: until the record is replaced, or until a time.

The caller says how long a body is valid.
"""

from collections.abc import Callable

from msgspec import Struct, field

from reconciler.emulator.sqlite import Record

Rendered = tuple[bytes, float]
"""A body, and the time until which it is valid (infinity: always)."""

_MOST_ITEMS = 50_000


class Cache(Struct):
    """Bodies by view and record, and whole lists by view and cluster."""

    _items: dict[tuple[str, str], tuple[Record, Rendered]] = field(default_factory=dict)
    _lists: dict[tuple[str, str], tuple[int, Rendered]] = field(default_factory=dict)

    def item(self, view: str, record: Record, now: float, render: Callable[[Record], Rendered]) -> Rendered:
        """The body of ``record`` in ``view``, encoded at most once while it is valid."""
        kept = self._items.get((view, record["id"]))
        if kept is not None and kept[0] is record and now < kept[1][1]:
            return kept[1]
        if len(self._items) >= _MOST_ITEMS:
            self._items.clear()
        rendered = render(record)
        self._items[view, record["id"]] = record, rendered
        return rendered

    def listing(
        self, view: str, cluster: str, version: int, now: float, render: Callable[[], Rendered]
    ) -> bytes:
        """The body of a whole list, encoded at most once for each ``version`` of the state."""
        kept = self._lists.get((view, cluster))
        if kept is None or kept[0] != version or now >= kept[1][1]:
            kept = version, render()
            self._lists[view, cluster] = kept
        return kept[1][0]
