"""Where credentials stand in the command lines of programs that are well known. Pure, and linear in the length."""

import re
from collections.abc import Iterator

from reconciler.kinds.named import Span, end_of_line, is_nothing

_LONGEST_COMMAND = 500
_PROGRAM = re.compile(
    r"(?<![\w-])(?:(?P<a>redis-cli)"
    r"|(?P<p>sshpass|mongo[a-z]{0,10}|cqlsh|cypher-shell|ncftp[a-z]{0,5}|user(?:add|mod)"
    r"|az[ \t]{1,4}login|oc[ \t]{1,4}login"
    r"|(?:docker|podman|nerdctl|buildah|skopeo|oras|helm[ \t]{1,4}registry|crane[ \t]{1,4}auth)[ \t]{1,4}login)"
    r"|(?P<attached>(?:mysql|mariadb)[\w-]{0,12}|7z[ar]?)|(?P<w>ldap[a-z]{2,10})"
    r"|(?P<U>smbclient|rpcclient|winexe|net[ \t]{1,4}(?:ads|rpc))"
    r"|(?P<P>mosquitto_[a-z]{2,6}|sqlcmd|bcp|ipmitool|(?:un)?zip)|(?P<k>openssl)|(?P<c>snmp[a-z]{2,10})|(?P<b>curl))"
    r"(?=[ \t])"
)
"""Programs that take a password behind a short option, by that option."""
_OPTION = {
    "a": re.compile(r"[ \t](?:-a|AUTH(?:[ \t]{1,4}[\w.-]{1,60}(?=[ \t]{1,4}[^\s-]))?)[ \t]{1,4}+(\S++)"),
    "p": re.compile(r"[ \t]-p[ \t]{0,4}+(\S++)"),
    "attached": re.compile(r"[ \t]-p(?=[^\s-])(\S++)"),
    "w": re.compile(r"[ \t]-w[ \t]{0,4}+(\S++)"),
    "U": re.compile(r"[ \t]-U[ \t]{0,4}+[^\s%]{1,100}+%(\S++)"),
    "P": re.compile(r"[ \t]-P[ \t]{0,4}+(\S++)"),
    "k": re.compile(r"[ \t]-k[ \t]{1,4}+(\S++)"),
    "c": re.compile(r"[ \t]-c[ \t]{0,4}+(\S++)"),
    "b": re.compile(r"[ \t](?:-b|--cookie)[ \t=]{0,4}+[\"']?[\w.-]{1,100}+=([^\s\"']++)"),
}
_GIVEN = (
    re.compile(r"\bvault[ \t]{1,4}+login[ \t]{1,4}+(?:-\S{1,60}+[ \t]{1,4}+){0,6}+([^\s=-][^\s=]*+)(?![^\s])"),
    re.compile(r"\bhtpasswd[ \t]{1,4}+-(?=\w{0,8}n)\w{0,8}b\w{0,8}[ \t]{1,4}+\S{1,200}+[ \t]{1,4}+(\S++)"),
    re.compile(
        r"\b(?:htpasswd|mosquitto_passwd)[ \t]{1,4}+-(?!\w{0,8}n)\w{0,8}b\w{0,8}[ \t]{1,4}+\S{1,200}+[ \t]{1,4}+"
        r"\S{1,100}+[ \t]{1,4}+(\S++)"
    ),
    re.compile(
        r"\brabbitmqctl[ \t]{1,4}+(?:add_user|change_password|authenticate_user)[ \t]{1,4}+\S{1,100}+[ \t]{1,4}+(\S++)"
    ),
    re.compile(
        r"\bmc[ \t]{1,4}+(?:alias[ \t]{1,4}+set|config[ \t]{1,4}+host[ \t]{1,4}+add)"
        r"(?:[ \t]{1,4}+\S{1,200}+){3}[ \t]{1,4}+(\S++)"
    ),
    re.compile(r"\bmysqladmin\b[^\n]{0,200}?[ \t]password[ \t]{1,4}+(\S++)"),
    re.compile(r"\bsqlplus[ \t]{1,4}+(?:-\S{1,20}+[ \t]{1,4}+)?+[\w.-]{1,60}+/([^\s@]++)"),
    re.compile(r"\b(?:rclone[ \t]{1,4}+obscure|wpa_passphrase[ \t]{1,4}+\S{1,100}+)[ \t]{1,4}+(\S++)"),
    re.compile(r"\blftp\b[^\n]{0,100}?[ \t]-u[ \t]{0,4}+[^\s,]{1,60}+,(\S++)"),
    re.compile(r"\bnet[ \t]{1,4}+use\b[^\n]{0,200}?/user:\S{1,60}+[ \t]{1,4}+(\S++)"),
    re.compile(
        r"\b(?:echo|printf)[ \t]{1,4}+(?:-n[ \t]{1,4}+)?+(?:[\w.-]{1,60}:)?+(\S++)[ \t]{0,4}+\|[ \t]{0,4}+"
        r"(?:sudo[ \t]{1,4}+-S|chpasswd|[\w./ :-]{1,100}--password-stdin)"
    ),
    re.compile(
        r"(?:\bsudo[ \t]{1,4}+-S|\bchpasswd|\bkinit|--password-stdin)\b"
        r"[^\n<]{0,60}<<<[ \t]{0,4}+(?:[\w.-]{1,60}:)?+(\S++)"
    ),
    re.compile(r"\b(?:set)?user[ \t]{1,4}+\S{1,60}+[ \t]{1,4}+(?:on|off)\b[^\n>]{0,200}[ \t]>(\S++)", re.IGNORECASE),
    re.compile(r"\b(?:snmp[\w-]{0,20}[ \t]{1,4}+community|r[ow]community6?)[ \t]{1,4}+(?!(?:public|private)\b)(\S++)"),
    re.compile(r"\bconfigure[ \t]{1,4}+set[ \t]{1,4}+\S{0,60}(?:secret|token)\w{0,30}[ \t]{1,4}+(\S++)"),
    re.compile(r"\bsecret[ \t][^\n]{0,200}?[ \t]--from-literal[= ][\w.-]{1,100}+=(\S++)"),
    re.compile(r"\b(?:https?|xh|ab|hey|oha)[ \t][^\n]{0,200}?[ \t]?-[aA][ \t]{0,4}+[\w.@-]{1,60}+:(\S++)"),
    re.compile(
        r"(?<![^\s\"',;])[\w.-]{1,60}+:(?=[^\s:]{0,200}[0-9])(?=[^\s:]{0,200}[A-Z!#^+~_-])"
        r"([^\s:/\"',@$]{6,200}+):[0-9]{3,5}(?![^\s:\"',;])"
    ),
    re.compile(r"(?<![\w.-])-{1,2}setcookie[ \t=]{1,4}+(\S++)"),
)  # fmt: skip
"""Commands that take a password at a place of its own; it is the pattern's first group."""
_ACCOUNT = re.compile(
    r"(?<![^\s\"'])(?:-u[\"']?[ =]{0,4}|-U[\"']?[ ]{1,4}"
    r"|(?:-{1,2}[\w.-]{0,40}(?:user|auth|creds|credentials)|(?:stats[ \t]{1,4})?auth"
    r"|[\w-]{0,40}basic[_-]?auth(?:-users)?)[\"']?[ \t]{0,4}[=: \t][ \t]{0,4})[\"']?(?P<user>[\w.@%+-]{1,60})"
    r":(?P<password>[^\s:/\"',]{3,200})(?![^\s\"',;)\]}])"
)
"""``user:password`` behind an option or a name that takes an account."""
_PORTS = re.compile(r"[0-9]{1,5}(?::[0-9]{1,5})?")
_MARKS = str.maketrans("[]\"',", "     ")


def of_programs(text: str) -> Iterator[Span]:
    """Passwords in command lines, also where the words stand in a list as JSON and YAML write it."""
    yield from _of_commands(text)
    if "[" in text:
        yield from _of_commands(words_of_lists(text))


def words_of_lists(text: str) -> str:
    """The text, as long as it is, with blanks for the marks of lists: ``["a", "-p"]`` as a command line."""
    return text.translate(_MARKS)


def _of_commands(text: str) -> Iterator[Span]:
    for program in _PROGRAM.finditer(text):
        option = _OPTION[str(program.lastgroup)]
        end = min(end_of_line(text, program.end()), program.end() + _LONGEST_COMMAND)
        given = option.search(text, program.end(), end)
        if given and not _is_none(given[1]):
            yield given.span(1)
    for pattern in _GIVEN:
        for found in pattern.finditer(text):
            if not _is_none(found[1]):
                yield found.span(1)
    for account in _ACCOUNT.finditer(text):
        password = account["password"]
        if not password.isdecimal() and password != account["user"] and not is_nothing(password):
            yield account.span("password")


def _is_none(text: str) -> bool:
    """Whether what stands at a password's place refers to one, or is a file or a port."""
    bare = text.strip("\"'")
    return (
        is_nothing(bare)
        or bare.startswith(("/", "./", "-", "|", ">", "<"))
        or _PORTS.fullmatch(bare) is not None
    )
