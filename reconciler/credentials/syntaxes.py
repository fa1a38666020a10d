"""Credentials after a name of one, in the syntaxes of XML and of programs. Pure; linear in the text's length."""

import re
from collections.abc import Iterator

from reconciler.credentials.assignments import Span, is_credential_name, is_no_value, words_of

_XML = re.compile(
    r"<(?>(?:[A-Za-z_][\w-]{0,30}+:)?)([A-Za-z_][\w.\-]{0,100}+)(?>(?:\s[^<>]{0,200}+)?)>(?>(?:<!\[CDATA\[)?)([^<]++)<?"
)
_XML_ENTRY = re.compile(
    r"\b(?:key|name)=[\"']([A-Za-z_][\w.:\-]{0,100}+)[\"'][^<>\"']{0,100}+>([^<>\"']{1,1000}+)<",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"\b(?:key|name)=[\"']([A-Za-z_][\w.:\-]{0,100}+)[\"'][ \t]{1,8}+value=[\"']([^\"'\n]{1,4000}+)",
    re.IGNORECASE,
)
"""Settings of .NET, and in Java's XML."""
_CALL = re.compile(r"\([ \t]?[\"']([A-Za-z_][\w.\-]{0,100}+)[\"'],[ \t]{0,8}+[\"']([^\"'\n]{1,4000}+)")
"""Settings in PHP, such as WordPress's."""
_SETTER = re.compile(r"\b(?:set|with|use)([A-Z]\w{0,60}+)\([ \t]?[\"']([^\"'\n]{1,4000}+)")
_PROPERTY_LIST = re.compile(r"<key>([A-Za-z_][\w.\- ]{0,100}+)</key>\s{0,40}+<string>([^<]{1,4000}+)")
"""The property lists of macOS."""
_TUPLE = re.compile(r"\{[ \t]?([a-z_][\w.\-]{0,100}+),\s{0,8}+(?>(?:<<)?)\"([^\"\n]{1,4000}+)")
"""The settings of Erlang, such as RabbitMQ's."""
_DEFAULT = re.compile(
    r"\bvariable[ \t]{1,4}+\"([A-Za-z_][\w\-]{0,100}+)\"[ \t]{0,4}+\{[^{}]{0,400}?\bdefault[ \t]{0,8}+=[ \t]{0,8}+"
    r"\"([^\"\n]{1,4000}+)"
)
"""The default of a variable of Terraform."""
_SYNTAXES = (_XML, _XML_ENTRY, _PAIR, _CALL, _SETTER, _PROPERTY_LIST, _TUPLE, _DEFAULT)
"""Patterns whose first group is a name and whose second group is its value."""


def in_syntaxes(text: str) -> Iterator[Span]:
    """The values whose name says that they are credentials."""
    for syntax in _SYNTAXES:
        for match in syntax.finditer(text):
            if is_credential_name(words_of(match[1])) and not is_no_value(match[2]):
                yield match.span(2)
