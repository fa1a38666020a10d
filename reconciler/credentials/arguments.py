"""Passwords of commands that take one as an argument, without an option. Pure; time is linear in the text's length."""

import re
from collections.abc import Iterator

from reconciler.credentials.assignments import Span

_GIVEN: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (
        ("vault",),
        re.compile(
            r"\bvault[ \t]{1,4}+login[ \t]{1,4}+(?>(?:-\S{1,60}+[ \t]{1,4}+){0,6})([^\s=-][^\s=]*+)(?![^\s])"
        ),
    ),
    (
        ("htpasswd",),
        re.compile(
            r"\bhtpasswd[ \t]{1,4}+-(?=\w{0,8}n)\w{0,8}b\w{0,8}[ \t]{1,4}+\S{1,200}+[ \t]{1,4}+(\S++)"
        ),
    ),
    (
        ("passwd",),
        re.compile(
            r"\b(?:htpasswd|mosquitto_passwd)[ \t]{1,4}+-(?!\w{0,8}n)\w{0,8}b\w{0,8}[ \t]{1,4}+\S{1,200}+[ \t]{1,4}+"
            r"\S{1,100}+[ \t]{1,4}+(\S++)"
        ),
    ),
    (
        ("rabbitmqctl",),
        re.compile(
            r"\brabbitmqctl[ \t]{1,4}+(?:add_user|change_password|authenticate_user)"
            r"[ \t]{1,4}+\S{1,100}+[ \t]{1,4}+(\S++)"
        ),
    ),
    (
        ("mc",),
        re.compile(
            r"\bmc[ \t]{1,4}+(?:alias[ \t]{1,4}+set|config[ \t]{1,4}+host[ \t]{1,4}+add)"
            r"(?:[ \t]{1,4}+\S{1,200}+){3}[ \t]{1,4}+(\S++)"
        ),
    ),
    (("mysqladmin",), re.compile(r"\bmysqladmin\b[^\n]{0,200}?[ \t]password[ \t]{1,4}+(\S++)")),
    (("sqlplus",), re.compile(r"\bsqlplus[ \t]{1,4}+(?>(?:-\S{1,20}+[ \t]{1,4}+)?)[\w.-]{1,60}+/([^\s@]++)")),
    (
        ("rclone", "wpa_"),
        re.compile(r"\b(?:rclone[ \t]{1,4}+obscure|wpa_passphrase[ \t]{1,4}+\S{1,100}+)[ \t]{1,4}+(\S++)"),
    ),
    (("lftp",), re.compile(r"\blftp\b[^\n]{0,100}?[ \t]-u[ \t]{0,4}+[^\s,]{1,60}+,(\S++)")),
    (("/user:",), re.compile(r"\bnet[ \t]{1,4}+use\b[^\n]{0,200}?/user:\S{1,60}+[ \t]{1,4}+(\S++)")),
    (
        ("user",),
        re.compile(
            r"\bnet1?(?:\.exe)?[ \t]{1,4}+user[ \t]{1,4}+[^\s/]\S{0,60}+[ \t]{1,4}+"
            r"((?=\S{0,100}[0-9!#$%^&]|\S{1,100}[ \t]{1,4}/[A-Za-z])[^\s/*|&>]\S{0,200}+)"
        ),
    ),
    (
        ("BUNDLE_", "bundle"),
        re.compile(
            r"(?:\bBUNDLE_\w{1,100}?__\w{1,100}+[\"']?[ \t]{0,8}+[:=][ \t]{0,8}+"
            r"|\bbundle[ \t]{1,4}+config(?:[ \t]{1,4}+(?:set|--global|--local)){0,3}[ \t]{1,4}+(?>(?:https?://)?)"
            r"[\w-]{1,60}+\.[\w.-]{1,100}+/?[ \t]{1,4}+)[\"']?[\w.@-]{1,60}+:([^\s\"'/]{3,200}+)"
        ),
    ),
    (
        ("|",),
        re.compile(
            r"\b(?:echo|printf)[ \t]{1,4}+(?>(?:-n[ \t]{1,4}+)?)(?>(?:[\w.-]{1,60}:)?)(\S++)[ \t]{0,4}+\|[ \t]{0,4}+"
            r"(?:sudo[ \t]{1,4}+-S|chpasswd|[\w./ :-]{1,100}--password-stdin)"
        ),
    ),
    (
        ("<<<",),
        re.compile(
            r"(?:\bsudo[ \t]{1,4}+-S|\bchpasswd|\bkinit|--password-stdin)\b"
            r"[^\n<]{0,60}<<<[ \t]{0,4}+(?>(?:[\w.-]{1,60}:)?)(\S++)"
        ),
    ),
    (
        (">",),
        re.compile(
            r"\b(?:set)?user[ \t]{1,4}+\S{1,60}+[ \t]{1,4}+(?:on|off)\b[^\n>]{0,200}[ \t]>(\S++)",
            re.IGNORECASE,
        ),
    ),
    (
        ("community",),
        re.compile(
            r"\b(?:snmp[\w-]{0,20}[ \t]{1,4}+community|r[ow]community6?)[ \t]{1,4}+(?!(?:public|private)\b)(\S++)"
        ),
    ),
    (
        ("configure",),
        re.compile(r"\bconfigure[ \t]{1,4}+set[ \t]{1,4}+\S{0,60}(?:secret|token)\w{0,30}[ \t]{1,4}+(\S++)"),
    ),
    (
        ("--from-literal",),
        re.compile(r"\bsecret[ \t][^\n]{0,200}?[ \t]--from-literal[= ][\w.-]{1,100}+=(\S++)"),
    ),
    (
        ("-a", "-A"),
        re.compile(
            r"\b(?:https?|xh|ab|hey|oha)(?=[ \t])[^\n]{0,200}?[ \t]-[aA][ \t]{0,4}+[\w.@-]{1,60}+:(\S++)"
        ),
    ),
    (
        (":",),
        re.compile(
            r"(?<![^\s\"',;])[\w.-]{1,60}+:(?=[^\s:]{0,200}[0-9])(?=[^\s:]{0,200}[A-Z!#^+~_-])"
            r"([^\s:/\"',@$]{6,200}+):[0-9]{3,5}(?![^\s:\"',;])"
        ),
    ),
    (("setcookie",), re.compile(r"(?<![\w.-])-{1,2}setcookie[ \t=]{1,4}+(\S++)")),
    (
        ("@",),
        re.compile(
            r"\b(?:sqlldr|exp(?:dp)?|imp(?:dp)?|rman|sqlcl)[ \t]{1,4}+(?>(?:target[ \t]{1,4}+|userid=)?)[\"']?"
            r"[\w.$-]{1,60}+/([^\s@/\"']{3,200}+)(?=@)"
        ),
    ),
    (("userid=", "USERID="), re.compile(r"\b(?:userid|USERID)=[\"']?[\w.$-]{1,60}+/([^\s@/\"']{3,200}+)")),
    (
        ("cloudflared",),
        re.compile(r"\bcloudflared(?:\.exe)?[ \t]{1,4}+service[ \t]{1,4}+install[ \t]{1,4}+(\S++)"),
    ),
    (("unseal",), re.compile(r"\bvault[ \t]{1,4}+(?:operator[ \t]{1,4}+)?unseal[ \t]{1,4}+(\S++)")),
    (
        ("cargo", "snyk", "pm2", "bw"),
        re.compile(
            r"\b(?:cargo[ \t]{1,4}+login|snyk[ \t]{1,4}+auth|pm2[ \t]{1,4}+link|bw[ \t]{1,4}+unlock)[ \t]{1,4}+(\S++)"
        ),
    ),
    (
        ("bw", "gcloud"),
        re.compile(
            r"\b(?:bw[ \t]{1,4}+login|gcloud[ \t]{1,4}+auth[ \t]{1,4}+activate-refresh-token)"
            r"[ \t]{1,4}+[^\s-]\S{0,100}+[ \t]{1,4}+(\S++)"
        ),
    ),
    (
        ("-password", "passwd", "nmcli", "iwconfig"),
        re.compile(
            r"\b(?:set-initial-password|reset-admin-password|openssl[ \t]{1,4}+passwd[ \t]{1,4}+-\w{1,10}"
            r"|mkpasswd[ \t]{1,4}+-m[ \t]{1,4}+[\w-]{1,20}|nmcli[ \t][^\n]{0,100}?[ \t]password"
            r"|iwconfig[ \t]{1,4}+\w{1,20}+[ \t]{1,4}+key)[ \t]{1,4}+(\S++)"
        ),
    ),
    (("freerdp",), re.compile(r"\b[xw]freerdp[ \t][^\n]{0,200}?[ \t]/p:(\S++)")),
    (
        ("cifs", "smb"),
        re.compile(r"\b(?:cifs|smb3?)\b[^\n]{0,200}?\buser(?:name)?=[\w.\\/-]{1,60}+%([^\s,]++)"),
    ),
    (
        ("createUser",),
        re.compile(
            r"\bcreateUser[ \t]{1,4}+\S{1,60}+[ \t]{1,4}+(?:SHA|MD5)[\w-]{0,8}+[ \t]{1,4}+[\"']?([^\s\"']++)"
        ),
    ),
    (
        ("createUser",),
        re.compile(r"\bcreateUser\b[^\n]{0,200}?[ \t](?:AES|DES)[\w-]{0,8}+[ \t]{1,4}+[\"']?([^\s\"']++)"),
    ),
    (
        ("SQLConnectInfo",),
        re.compile(r"\bSQLConnectInfo[ \t]{1,8}+\S{1,200}+[ \t]{1,8}+\S{1,100}+[ \t]{1,8}+(\S++)"),
    ),
    (
        ("<auth-user-pass>",),
        re.compile(r"<auth-user-pass>\s{1,4}+[^\s<]{1,100}+\s{1,4}+([^\s<]++)"),
    ),
    (
        ("=",),
        re.compile(
            r"\bset[ \t]{1,4}+password[ \t]{1,4}+for[ \t]{1,4}+[^=\n]{1,200}+=[ \t]{0,4}+[\"']([^\"'\n]{1,200}+)",
            re.IGNORECASE,
        ),
    ),
    (('"kty"',), re.compile(r"\"(?:k|d|p|q|dp|dq|qi)\"[ \t]{0,4}+:\s{0,8}+\"([\w-]{8,}+)\"")),
    (
        ("Private-Lines:",),
        re.compile(
            r"\bPrivate-Lines:[ \t]{0,4}+\d{1,4}+\s{1,4}+"
            r"([A-Za-z0-9+/=]{1,100}+(?>(?:\r?\n[A-Za-z0-9+/=]{1,100}(?=\s|$)){0,300}))"
        ),
    ),
    (("sp_addlogin",), re.compile(r"\bsp_addlogin[ \t]{1,4}+[^\s,]{1,100}+,[ \t]{0,4}+N?'([^'\n]++)")),
    (
        ("ENV", "env", "Env", "set"),
        re.compile(
            r"^[ \t]{0,20}+(?:ENV|(?:[Ss]et)?[Ee]nv|setx|set[ \t]{1,4}-[a-zA-Z]{1,4})[ \t]{1,8}+(?=[\w.-]{0,60}"
            r"(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|password|passwd|secret|token|api_?key)[ \t])"
            r"[\w.-]{1,80}+[ \t]{1,8}+(\S++)[ \t]{0,8}+\r?$",
            re.MULTILINE,
        ),
    ),
)
"""Texts of which every match contains at least one, and the pattern whose first group is the password."""


def in_arguments(text: str) -> Iterator[Span]:
    """The passwords that are arguments of a command line."""
    for cues, pattern in _GIVEN:
        if any(cue in text for cue in cues):
            yield from (found.span(1) for found in pattern.finditer(text))
