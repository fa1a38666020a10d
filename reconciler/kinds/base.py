"""What a file about one kind of resource fills in. A value, not a base class; functions, not methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import Body, Spec

Pair = Callable[[Any, Any], tuple[Any, Any]]
"""(desired, live) values of one field to two values that are equal exactly if the platform treats them so.

Lists with a key become dicts by that key, so that a difference can be told item by item.
"""


def nothing_sensitive(_field: str, _key: str, _value: Any) -> bool:
    """A kind with nothing to hide."""
    return False


def override(base: Spec, over: Spec) -> Spec:
    """The merge of a kind whose fields are each replaced as a whole."""
    return {**base, **over}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """All there is to know of one kind.

    ``section``     its name in the manifest and its collection in the API
    ``level``       creates of a lower level come first, deletes of a lower level last
    ``canonical``   what the manifest says (valid by the kind's schema, shorthands and all, values resolved)
                    to the canonical form; a field that is null stays null: it removes what was inherited
    ``merge``       (base, over), both canonical, to the spec that ``extends`` makes of them
    ``decode``      one object of the API's answer to the canonical form
    ``encode``      (live name, canonical spec) to the body that creates the object
    ``pairs``       how a field's values are made comparable, where == on them is not enough
    ``renames``     whether an object can get another logical name without being made anew
    ``optional``    fields that a manifest may leave out; they then stay as they are live
    ``sensitive``   (field, key within it or "", value): whether the value must never be shown
    """

    name: str
    section: str
    level: int
    canonical: Callable[[Any], Spec]
    merge: Callable[[Spec, Spec], Spec]
    decode: Callable[[Body], Spec]
    encode: Callable[[str, Spec], Body]
    pairs: Mapping[str, Pair] = field(default_factory=dict)
    renames: bool = False
    optional: frozenset[str] = frozenset()
    sensitive: Callable[[str, str, Any], bool] = nothing_sensitive
