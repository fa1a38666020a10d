"""Credentials in the command lines of well-known programs. Pure; time is linear in the text's length."""

import re
from collections.abc import Iterator
from itertools import islice

from reconciler.credentials.arguments import in_arguments
from reconciler.credentials.assignments import Span, end_of_line, is_no_value

_LONGEST_COMMAND = 500
_MOST_OPTIONS = 3
"""The highest number of passwords in a command."""
_PROGRAM = re.compile(
    r"(?<![\w-])(?:(?P<a>redis-cli)"
    r"|(?P<p>sshpass|mongo[a-z]{0,10}|cqlsh|cypher-shell|ncftp[a-z]{0,5}|user(?:add|mod)|twine|poetry|rabbitmqadmin"
    r"|psexec(?:64)?|racadm|rdesktop|elasticsearch-users|airflow[ \t]{1,4}users|caddy[ \t]{1,4}hash-password|pihole"
    r"|az[ \t]{1,4}(?:acr[ \t]{1,4})?login|oc[ \t]{1,4}login"
    r"|(?:docker|podman|nerdctl|buildah|skopeo|oras|helm[ \t]{1,4}registry|crane[ \t]{1,4}auth)[ \t]{1,4}login)"
    r"|(?P<t>vercel|flyctl|doctl|doppler|codecov(?:\.sh)?|influx|frpc|glab[ \t]{1,4}auth|k6[ \t]{1,4}(?:cloud|login))"
    r"|(?P<attached>(?:mysql|mariadb)[\w-]{0,12}|7z[ar]?|(?:un)?rar)|(?P<w>ldap[a-z]{2,10}|odoo(?:-bin)?)"
    r"|(?P<U>smbclient|rpcclient|winexe|net[ \t]{1,4}(?:ads|rpc))"
    r"|(?P<P>mosquitto_[a-z]{2,6}|sqlcmd|bcp|ipmitool|(?:un)?zip)|(?P<N>ssh-keygen)|(?P<r>gitlab-runner)|(?P<k>openssl|cypress)|(?P<c>snmp[a-z]{2,10})|(?P<b>curl))"
    r"(?=[ \t])"
)
"""Programs that take a password after a short option, by that option."""
_OPTION = {
    "a": re.compile(r"[ \t](?:-a|AUTH(?:[ \t]{1,4}[\w.-]{1,60}(?=[ \t]{1,4}[^\s-]))?)[ \t]{1,4}+(\S++)"),
    "p": re.compile(r"[ \t]-p[ \t]{0,4}+(\S++)"),
    "t": re.compile(r"[ \t]-t[ \t=]{1,4}+(\S++)"),
    "attached": re.compile(r"[ \t]-h?p(?=[^\s-])(\S++)"),
    "w": re.compile(r"[ \t]-w[ \t]{0,4}+(\S++)"),
    "U": re.compile(r"[ \t]-U[ \t]{0,4}+[^\s%]{1,100}+%(\S++)"),
    "P": re.compile(r"[ \t]-P[ \t]{0,4}+(\S++)"),
    "N": re.compile(r"[ \t]-[NP][ \t]{0,4}+(\S++)"),
    "r": re.compile(r"[ \t]-r[ \t]{1,4}+(\S++)"),
    "k": re.compile(r"[ \t]-[kK][ \t]{1,4}+(\S++)"),
    "c": re.compile(r"[ \t]-[cAX][ \t]{0,4}+(\S++)"),
    "b": re.compile(
        r"[ \t](?:(?:-b|--cookie)[ \t=]{0,4}+[\"']?[\w.-]{1,100}+=(?=[^\s\"'])|-[A-Za-z#]{1,8}[uU][ \t]{1,4}+[\"']?"
        r"[\w.@%+-]{1,60}+:(?=[^\s\"']))([^\s\"']++)"
    ),
}
_ACCOUNT = re.compile(
    r"(?<![^\s\"'])(?:-u[\"']?[ =]{0,4}|-U[\"']?[ ]{1,4}|-[uU][\"']?,?[ \t]{0,4}\r?\n[ \t]{0,40}(?:-[ \t]{1,4})?"
    r"|(?:-{1,2}[\w.-]{0,40}(?:user|auth|creds|credentials)|(?:stats[ \t]{1,4})?auth"
    r"|[\w-]{0,40}basic[_-]?auth(?:-users)?)[\"']?[ \t]{0,4}[=: \t][ \t]{0,4})[\"']?(?P<user>[\w.@%+-]{1,60})"
    r":(?P<password>[^\s:/\"',]{3,200})(?![^\s\"',;)\]}])"
)
"""``user:password`` after an option or name for an account."""
_PORTS = re.compile(r"[0-9]{1,5}(?::[0-9]{1,5})?")
_MARKS = str.maketrans("[]\"',", "     ")


def in_command_lines(text: str) -> Iterator[Span]:
    """The passwords in command lines, also if the words are in a list of JSON or YAML."""
    yield from _of_commands(text)
    if "[" in text:
        yield from _of_commands(words_of_lists(text))


def words_of_lists(text: str) -> str:
    """The text with spaces in place of the punctuation of lists, and of the same length: ``["a", "-p"]`` as a
    command line.
    """
    return text.translate(_MARKS)


def _of_commands(text: str) -> Iterator[Span]:
    for program in _PROGRAM.finditer(text):
        option = _OPTION[str(program.lastgroup)]
        end = min(end_of_line(text, program.end()), program.end() + _LONGEST_COMMAND)
        for given in islice(option.finditer(text, program.end(), end), _MOST_OPTIONS):
            if not _is_none(given[1]):
                yield given.span(1)
    yield from (span for span in in_arguments(text) if not _is_none(text[span[0] : span[1]]))
    for account in _ACCOUNT.finditer(text):
        password = account["password"]
        if not password.isdecimal() and password != account["user"] and not is_no_value(password):
            yield account.span("password")


def _is_none(text: str) -> bool:
    """Whether the text in a password's place is a reference, a file or a port."""
    bare = text.strip("\"'")
    return (
        is_no_value(bare)
        or bare.startswith(("/", "./", "-", "|", ">", "<"))
        or _PORTS.fullmatch(bare) is not None
    )
