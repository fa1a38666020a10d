"""What a file about one kind of resource fills in. A value, not a base class; functions, not methods."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.model import Body, Sensitive, Spec

Pair = Callable[[Any, Any], tuple[Any, Any]]
"""(desired, live) values of one field to two values that are equal exactly if the platform treats them so.

Lists with a key become dicts by that key, so that a difference can be told item by item.
"""


class NameRule(NamedTuple):
    """Which names the platform takes: a pattern for the whole name, and the same in words."""

    pattern: re.Pattern[str]
    accepted: str


class ValueSource(NamedTuple):
    """What an entry of a manifest can't do without: how it is called, and what to add where it is missing."""

    called: str
    hint: str


def nothing_sensitive(_field: str, _key: str, _value: Any) -> bool:
    """A kind with nothing to hide."""
    return False


def nothing_maskable(_field: str | int) -> bool:
    """A kind all of whose texts are shown."""
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
    ``shown``       by sensitive field: the part of its value that may be shown
    ``digested``    fields that may hold a credential: a record keeps only digests of them
    ``recorded``    the fields that a record keeps at all; None: every one
    ``named``       whether its objects are told apart by name, ignoring case; else by id
    ``versioned``   whether each new value is a new object, ``NAME.v<N>``
    ``named_by``    the field of an answer that holds the name
    ``may_be_nameless``  whether that field may be empty
    ``write_only``  whether what an object holds is never given back, so that only its name can be compared
    ``rolls_out``   whether a write starts tasks, which are followed until they are up
    ``capacity``    whether its objects are what tasks run on: counted, not owned one by one; made before all else
    ``of_company``  whether its list is the company's, for all clusters
    ``has_data``    whether its objects hold data that nothing can bring back once they are deleted
    ``preview``     whether the API may not have it for a token (answers 401, 403 or 404)
    ``name_rule``   which names the platform takes; None where a name is free text or the platform's own
    ``external_name_rule``  the same for an object that somebody else makes, if it differs
    ``source``      what an entry must say once all is merged; None where it may be empty
    ``given_by``    the fields of an entry by which what it holds is given, where that stands outside the schema's spec
    ``most_bytes``  what it holds has fewer bytes than this, and at least one
    ``verbatim``    fields whose text is taken as it stands: no variables are filled in
    ``from_environment``  fields that may name an environment variable instead: ``{env: NAME}``
    ``maskable``    (field of an entry): whether a sensitive variable may stand in it, since it is masked
    ``declare``     how a manifest declares one, for who refers to it and has not
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
