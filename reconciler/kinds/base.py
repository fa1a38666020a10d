"""What a file about one kind of resource fills in. A value, not a base class; functions, not methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import Body, Spec


def same(value: Any) -> Any:
    """The normal form of a field that has only one way to be written."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """All there is to know of one kind.

    ``canonical``   a manifest's spec, valid by the kind's schema, shorthands and all, to the canonical form;
                    a field that is null stays null (it removes what was inherited)
    ``merge``       (base, over), both canonical: the spec that ``extends`` makes of them
    ``decode``      one object of the API's answer to the canonical form
    ``encode``      (live name, canonical spec) to the body that creates the object
    ``normal``      per field: a canonical value to one that is equal exactly if the platform treats it so
    ``sensitive``   whether the value at a dotted path of the spec must never be shown
    ``level``       creates of a lower level come first, deletes of a lower level last
    """

    name: str
    section: str
    level: int
    canonical: Callable[[Spec], Spec]
    merge: Callable[[Spec, Spec], Spec]
    decode: Callable[[Body], Spec]
    encode: Callable[[str, Spec], Body]
    normal: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    sensitive: Callable[[str], bool] = field(default=lambda _: False)


def override(base: Spec, over: Spec) -> Spec:
    """The merge of a kind whose fields are each replaced as a whole."""
    return {**base, **over}
