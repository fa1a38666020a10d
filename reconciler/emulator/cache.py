"""Encoded bodies kept as long as they hold: for a record until it is replaced or a moment passes.

It never decides how long that is: whoever renders says so.
"""

from collections.abc import Callable

from msgspec import Struct, field

from reconciler.emulator.sqlite import Record

Rendered = tuple[bytes, float]
"""A body, and the moment until which it holds (infinity: for good)."""

_MOST_ITEMS = 50_000


class Cache(Struct):
    """Bodies by view and record, and whole lists by view and cluster."""

    _items: dict[tuple[str, str], tuple[Record, Rendered]] = field(default_factory=dict)
    _lists: dict[tuple[str, str], tuple[int, Rendered]] = field(default_factory=dict)

    def item(self, view: str, record: Record, now: float, render: Callable[[Record], Rendered]) -> Rendered:
        """How ``record`` looks in ``view``."""
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
        """How a whole list looks while the state has this ``version``."""
        kept = self._lists.get((view, cluster))
        if kept is None or kept[0] != version or now >= kept[1][1]:
            kept = version, render()
            self._lists[view, cluster] = kept
        return kept[1][0]
