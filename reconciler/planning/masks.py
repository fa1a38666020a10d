"""Masks the sensitive parts of a field's two values: values of variables, and texts in the form of a credential.

Masks never show that the values of two places are equal: each changed value gets a new number, so that authors of
manifests cannot test guesses. Pure.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from reconciler.credentials.assignments import Span
from reconciler.credentials.text import find_credentials
from reconciler.model import Masked, Part

MASK = "(sensitive)"
"""The mask of a value that is the same on both sides, or that is unknown."""
Number = Callable[[], str]
"""Returns a mask with a new number at each call."""
Unshown = Callable[[str], Iterable[Span]]
"""The places in a live text that are masked in any case."""
_Found = list[tuple[str, list[Span]]]
"""The texts of a value, each with its sensitive parts."""
_Place = tuple[int, str]
"""The place of a sensitive part: its index in its line, and the line without its sensitive parts."""


def nothing(_: str) -> tuple[Span, ...]:
    """No place in a live text."""
    return ()


def mask_pair(
    before: Any,
    after: Any,
    number: Number,
    landed: Sequence[Sequence[Part]] = (),
    *,
    unshown: Unshown = nothing,
) -> tuple[Any, Any, bool]:
    """Both values as they may be shown, and whether any part of them is masked.

    ``before`` and ``after`` are JSON values; ``number`` returns masks. ``landed`` are the texts of the desired
    value that contain variables. A sensitive part is masked in its place if the text around it shows the place on
    both sides; otherwise the whole text is masked. ``unshown`` gives the places in a live
    text that are masked in any case.
    """
    desired = [(text, _of_desired(text, landed)) for text in _texts(after)]
    live = [(text, _joined([*_of_live(text, landed, desired), *unshown(text)])) for text in _texts(before)]
    if isinstance(before, str) and isinstance(after, str) and not _are_alike(live, desired):
        live, desired = ([(text, [(0, len(text))]) for text, _ in side] for side in (live, desired))
    if not any(found for _, found in (*live, *desired)):
        return before, after, False
    names = _labels(live, desired, number)
    return _rebuilt(before, _masked(live, names[0])), _rebuilt(after, _masked(desired, names[1])), True


def mask_whole(before: Any, after: Any, number: Number) -> tuple[Any, Any, bool]:
    """Both values masked as a whole; None stays None."""
    shown = [None if value is None else Masked(number()) for value in (before, after)]
    return shown[0], shown[1], True


def _are_alike(live: _Found, desired: _Found) -> bool:
    """Whether the same places of two texts are sensitive; true for texts of several lines."""
    (before, held), (after, found) = live[0], desired[0]
    alike = len(held) == len(found) and (held == [(0, len(before))]) == (found == [(0, len(after))])
    return alike or "\n" in before.strip("\n") or "\n" in after.strip("\n")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _of_desired(text: str, landed: Sequence[Sequence[Part]]) -> list[Span]:
    found = find_credentials(text)
    for parts in landed:
        if not any(part.sensitive for part in parts):
            continue
        gaps = _gaps(text, _around(parts))
        if gaps is None:  # written in another form than it was declared
            gaps = [
                at
                for part in parts
                if part.sensitive and part.text.strip()
                for at in _occurrences(text, part.text)
            ]
        found += gaps
    return _joined(found) if landed else found


def _of_live(text: str, landed: Sequence[Sequence[Part]], desired: _Found) -> list[Span]:
    """The sensitive parts of a live text.

    If the desired text is sensitive, these are all parts except those that surround the sensitive parts there.
    """
    sensitive = [parts for parts in landed if any(part.sensitive for part in parts)]
    if not sensitive or any(text == other and not found for other, found in desired):
        return find_credentials(text)
    for other, found in desired:
        bounds = [0, *(place for span in found for place in span), len(other)]
        plain = [other[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True)]
        gaps = _gaps(text, plain) if found else None
        if gaps is not None:
            return _joined([*gaps, *find_credentials(text)])
    return [(0, len(text))]


def _around(parts: Sequence[Part]) -> list[str]:
    """The texts before, between and after the sensitive parts."""
    plain: list[str] = [""]
    for part in parts:
        if part.sensitive:
            plain.append("")
        else:
            plain[-1] += part.text
    return plain


def _gaps(text: str, plain: Sequence[str]) -> list[Span] | None:
    """The sensitive parts of a text that has the texts ``plain`` around them; None if it does not have them."""
    if not text.startswith(plain[0]) or not text.endswith(plain[-1]):
        return None
    position, end = len(plain[0]), len(text) - len(plain[-1])
    found = []
    for following in plain[1:-1]:
        start = position
        position = text.find(following, start, end) if following else start
        if position < 0:
            return None
        found.append((start, position))
        position += len(following)
    if position > end:
        return None
    return [*found, (position, end)]


def _occurrences(text: str, value: str) -> Iterator[Span]:
    lower, sought = text.lower(), value.strip().lower()
    position = lower.find(sought)
    while position >= 0:
        yield position, position + len(sought)
        position = lower.find(sought, position + len(sought))


def _joined(found: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif start < end:
            joined.append((start, end))
    return joined


def _labels(live: _Found, desired: _Found, number: Number) -> tuple[list[str], list[str]]:
    """A mask for each sensitive part of both sides; unchanged parts get ``MASK`` without a number.

    Parts are compared one by one; in texts of several lines, only where the rest of the line is equal. So a
    manifest with a thousand guesses can confirm at most one of them.
    """
    before, after = list(_places(live)), list(_places(desired))
    if all(len(side) == 1 and "\n" not in side[0][0] for side in (live, desired)):
        before, after = ([((at, ""), text) for at, (_, text) in enumerate(side)] for side in (before, after))
    return _compared(before, after, number), _compared(after, before, number)


def _compared(
    side: Sequence[tuple[_Place, str]], other: Sequence[tuple[_Place, str]], number: Number
) -> list[str]:
    there: dict[_Place, deque[str]] = defaultdict(deque)
    for place, value in other:
        there[place].append(value)
    return [MASK if there[place] and there[place].popleft() == value else number() for place, value in side]


def _places(side: _Found) -> Iterator[tuple[_Place, str]]:
    """Each sensitive part, with its place."""
    for text, found in side:
        waiting = deque(found)
        while waiting:
            first, end = text.rfind("\n", 0, waiting[0][0]) + 1, text.find("\n", waiting[0][1])
            end = len(text) if end < 0 else end
            here = [waiting.popleft()]
            while waiting and waiting[0][0] < end:
                here.append(waiting.popleft())
            bounds = [first, *(place for span in here for place in span), max(end, here[-1][1])]
            around = "\0".join(
                text[start:stop] for start, stop in zip(bounds[::2], bounds[1::2], strict=True)
            )
            # The key is a pair and not a text: a line with thousands of secrets would be copied for each of them.
            yield from (((number, around), text[start:stop]) for number, (start, stop) in enumerate(here))


def _masked(side: _Found, labels: Sequence[str]) -> Iterator[str]:
    names = iter(labels)
    for text, found in side:
        parts, position = [], 0
        for start, end in found:
            parts += [text[position:start], next(names)]
            position = end
        yield "".join([*parts, text[position:]])


def _rebuilt(value: Any, texts: Iterator[str]) -> Any:
    """The value with its texts replaced by ``texts``, in order."""
    if isinstance(value, dict):
        return {key: _rebuilt(item, texts) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_rebuilt(item, texts) for item in value]
    if value is None or isinstance(value, bool):
        return value
    shown = next(texts)
    return Masked(shown) if isinstance(value, str) or shown != str(value) else value
