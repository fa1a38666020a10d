"""The type of a kind of resource. A kind is a value with functions, not a class."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field

from reconciler.model import Body, Sensitive, Spec

Comparator = Callable[[Any, Any], tuple[Any, Any]]
"""(desired, live) values of one field to two values that are equal exactly if the platform treats them so.

Lists with a key become dicts by that key, so that differences are found item by item.
"""


class NameRule(NamedTuple):
    """The names that the platform and the record accept: a pattern for the whole name, and the same in words."""

    pattern: re.Pattern[str]
    accepted: str


class ValueSource(NamedTuple):
    """What an entry of a manifest must have: what it is called, and the hint if it is missing."""

    called: str
    hint: str


def nothing_sensitive(_field: str, _key: str, _value: Any) -> bool:
    """For a kind without sensitive values."""
    return False


def nothing_maskable(_field: str | int) -> bool:
    """For a kind whose values are all shown."""
    return False


def as_given(value: Any) -> Spec:
    """The manifest's entry as canonical form, unchanged."""
    return dict(value)


def override(base: Spec, over: Spec) -> Spec:
    """Merge by replacing whole fields."""
    return {**base, **over}


class Kind(Struct, frozen=True, kw_only=True):
    """Everything about a kind that other packages need.

    ``section``     its name in the manifest and its collection in the API
    ``level``       creates of a lower level come first, deletes of a lower level last
    ``canonical``   from a manifest's entry (valid by the kind's schema, variables replaced) to the canonical form;
                    a field that is null stays null: it removes the inherited value
    ``merge``       from two canonical specs, base and over, to the spec that ``extends`` makes of them
    ``decode``      from an object of the API's answer to the canonical form
    ``encode``      from the live name and a canonical spec to the body that creates the object
    ``comparators`` how a field's values are made comparable, where == on them is not enough
    ``renames``     whether an object can get another logical name without being made again
    ``optional``    fields that a manifest may leave out; their live values then stay
    ``never_cleared``  fields that no empty value clears
    ``sensitive``   (field, key within it or "", value): whether the value must never be shown
    ``shown``       by sensitive field: the part of its value that may be shown
    ``digested``    fields that may hold a credential: a record keeps only digests of them
    ``recorded``    the fields that a record keeps at all; None: every one
    ``named``       whether its objects are identified by name, ignoring case; else by id
    ``versioned``   whether each new value is a new object, ``NAME.v<N>``
    ``named_by``    the field of an answer that holds the name
    ``may_be_nameless``  whether that field may be empty
    ``write_only``  whether the API never returns an object's content, so that only its name can be compared
    ``rolls_out``   whether a write starts tasks, which are watched until they run
    ``capacity``    whether tasks run on its objects: they are counted, not owned by name, and created before all others
    ``of_company``  whether its list is the company's, for all clusters
    ``has_data``    whether deleting an object destroys data
    ``preview``     whether the API may refuse it to a token (with 401, 403 or 404)
    ``name_rule``   the names that are accepted; None if a name is free text or chosen by the platform
    ``external_name_rule``  the same for an external object, if it differs
    ``source``      what an entry must have after merging; None if it may be empty
    ``given_by``    the fields of an entry that name the source of its content
    ``most_bytes``  its content has fewer bytes than this, and is not empty
    ``verbatim``    fields in which no variables are replaced
    ``from_environment``  fields that may name an environment variable instead: ``{env: NAME}``
    ``maskable``    (field of an entry): whether it may hold a sensitive variable, since its value is masked
    ``declare``     the hint for a reference to an object that is not declared
    """

    name: str
    section: str
    level: int
    canonical: Callable[[Any], Spec]
    merge: Callable[[Spec, Spec], Spec]
    decode: Callable[[Body], Spec]
    encode: Callable[[str, Spec], Body]
    comparators: Mapping[str, Comparator] = field(default_factory=dict)
    renames: bool = False
    optional: frozenset[str] = frozenset()
    never_cleared: frozenset[str] = frozenset()
    sensitive: Callable[[str, str, Any], bool] = nothing_sensitive
    shown: Mapping[str, Callable[[Sensitive], str]] = field(default_factory=dict)
    digested: frozenset[str] = frozenset()
    recorded: frozenset[str] | None = None
    named: bool = True
    versioned: bool = False
    named_by: str = "name"
    may_be_nameless: bool = False
    write_only: bool = False
    rolls_out: bool = False
    capacity: bool = False
    of_company: bool = False
    has_data: bool = False
    preview: bool = False
    name_rule: NameRule | None = None
    external_name_rule: NameRule | None = None
    source: ValueSource | None = None
    given_by: tuple[str, ...] = ()
    most_bytes: int = 0
    verbatim: frozenset[str] = frozenset()
    from_environment: tuple[str, ...] = ()
    maskable: Callable[[str | int], bool] = nothing_maskable
    declare: str = ""
