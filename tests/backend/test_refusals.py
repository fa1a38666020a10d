"""For what, with which message and in which order a service is refused, by the simulation and by a real Swarm."""

from typing import Any

import pytest

from tests.backend.test_api import IDLE, INVALID

pytestmark = pytest.mark.backend

CONTEXT = "type *template.Context"
TEMPLATES = {
    '"{{': ": unclosed action",
    "x\ty\x01\u2028{{": ": unclosed action",
    '{{template "x" .}}': ':11: executing "expansion" at <{{template "x" .}}>: template "x" not defined',
    '  {{ template  "x" }}': ':15: executing "expansion" at <{{template "x"}}>: template "x" not defined',
    "{{.Service.Name|bogus}}": ': function "bogus" not defined',
    "{{print (bogus 1)}}": ': function "bogus" not defined',
    "{{ (.Bogus) }}": f':4: executing "expansion" at <.Bogus>: can\'t evaluate field Bogus in {CONTEXT}',
    "a\n{{.Bogus}}": f':2: executing "expansion" at <.Bogus>: can\'t evaluate field Bogus in {CONTEXT}',
    "{{if .Bogus}}x{{end}}": f':5: executing "expansion" at <.Bogus>: can\'t evaluate field Bogus in {CONTEXT}',
    "{{.Task.Bogus}}": (
        ':7: executing "expansion" at <.Task.Bogus>: can\'t evaluate field Bogus in type struct '
        "{ ID string; Name string; Slot string }"
    ),
    "{{.Service.Labels.foo}}": (
        ':10: executing "expansion" at <.Service.Labels.foo>: map has no entry for key "foo"'
    ),
    "{{$x}}": ': undefined variable "$x"',
    "{{,}}": ': unexpected "," in command',
    "{{{.Service.Name}}}": ': unexpected "{" in command',
    "{{.Service.Name}": ": bad character U+007D '}'",
    "{{break}}": ": {{break}} outside {{range}}",
    "{{ /* x */ }}": ': unexpected "/" in command',
    "{{/* x }}": ": unclosed comment",
    "{{/* x */ 1}}": ": comment ends before closing delimiter",
    '{{"x}}': ": unterminated quoted string",
}
"""Values of a variable, with the message after the line number."""

EXPANDED = [
    "{{with .Service}}{{.Name}}{{end}}",
    "{{$x := .Task.Slot}}{{$x}}",
    '{{index .Service.Labels "a.b"}}',
    "{{- .Service.Name -}}{{/* x */}}",
    '{{"}}"}}{{`a | b`}}',
    '{{printf "%s" .Node.Platform.OS | len}}',
]


def answered(api, **fields):
    """Status and message for a service; it is deleted again if it was accepted."""
    status, body = api("POST", "/services", {"name": "asked", **IDLE, **fields})
    if status == 201:
        assert api("DELETE", f"/services/{body['id']}")[0] == 204
    return status, body.get("message", "")


def quoted(text):
    """A text as Go quotes it, for the texts above."""
    for char, escaped in (
        ('"', '\\"'),
        ("\t", "\\t"),
        ("\n", "\\n"),
        ("\x01", "\\x01"),
        ("\u2028", "\\u2028"),
    ):
        text = text.replace(char, escaped)
    return text


def test_an_invalid_template_is_refused_with_the_same_message(api):
    said, expected = {}, {}
    for text, why in TEMPLATES.items():
        said[text] = answered(api, environment_variables=[{"key": "A", "value": text}])
        line = "2" if "\n" in text else "1"
        message = f'expanding env failed: expanding env "A={quoted(text)}": template: expansion:{line}{why}'
        expected[text] = (400, INVALID + message)
    assert said == expected


def test_a_valid_template_is_accepted(api):
    said = {text: answered(api, environment_variables=[{"key": "A", "value": text}]) for text in EXPANDED}
    assert said == dict.fromkeys(EXPANDED, (201, ""))


def test_templates_in_targets_of_mounts_are_checked_too(api):
    why = f'executing "expansion" at <.Bogus>: can\'t evaluate field Bogus in {CONTEXT}'
    assert answered(api, mounts=[{"source": "a", "target": "/{{.Bogus}}"}]) == (
        400,
        f'{INVALID}expanding mounts failed: expanding mount target "/{{{{.Bogus}}}}": template: expansion:1:3: {why}',
    )


NO_IMAGES = [
    "local//app",
    "local/a..b",
    "a_-b",
    "a___b",
    "a/-b",
    "a-/b",
    "a-.b/c",
    "a..b/c",
    "-a.b/c",
    "http://x/y",
    "HOST/x",
    "f" * 64,
    "x" * 238,
    "a/" + "x" * 244,
    "r.example.com/" + "x" * 242,
    "a@sha256:abc",
]
SOME_IMAGES = [
    "local/a__b",
    "a---b",
    "Host.x/y",
    "reg:5000/x",
    "f" * 64 + "/a",
    "x" * 237,
    "r.example.com/" + "x" * 241,
    "a@sha512:" + "a" * 128,
]


def test_an_image_is_accepted_if_it_follows_dockers_grammar(api):
    said = {image: answered(api, image=image) for image in (*NO_IMAGES, *SOME_IMAGES)}
    assert said == {
        **{
            image: (400, f'{INVALID}ContainerSpec: "{image}" is not a valid repository/tag')
            for image in NO_IMAGES
        },
        **dict.fromkeys(SOME_IMAGES, (201, "")),
    }


def test_an_invalid_image_is_refused_by_an_update_too(api):
    service = api.made("services", name="web", **IDLE)
    for image in ("http://x", "LOCAL/x"):
        for method in ("PUT", "PATCH"):
            assert api(method, f"/services/{service['id']}", {"image": image})[0] == 400
    assert api("GET", f"/services/{service['id']}")[1] == service


@pytest.mark.parametrize(
    "field,text,why",
    [
        ("command", '"', "No closing quotation"),
        ("command", "a 'b", "No closing quotation"),
        ("args", "\\", "No escaped character"),
    ],
)
def test_command_and_args_with_unclosed_quotes_are_refused(api, field, text, why):
    assert answered(api, **{field: text}) == (400, why)


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"command": '"'}, "No closing quotation"),
    ({"secrets": [{"name": "absent"}]}, "secret not found: absent"),
    ({"hosts": ["a.invalid"]}, "hosts no ip address for a.invalid"),
    ({"replicas": 1001}, "must be at most 1000 here"),
    (
        {"placement_constraints": ["x"]},
        "rpc error: code = Unknown desc = constraint expected one operator from ==, !=",
    ),
    (
        {"configs": [{"name": "c"}, {"name": "c"}]},
        f"{INVALID}config references 'c' and 'c' have a conflicting target: '/c'",
    ),
    (
        {"environment_variables": [{"key": "A", "value": "{{"}]},
        f'{INVALID}expanding env failed: expanding env "A={{{{": template: expansion:1: unclosed action',
    ),
    ({"image": "LOCAL/x"}, f'{INVALID}ContainerSpec: "LOCAL/x" is not a valid repository/tag'),
    (
        {"mounts": [{"source": "a", "target": "/a"}, {"source": "b", "target": "/a"}]},
        f"{INVALID}ContainerSpec: duplicate mount point: /a",
    ),
    (
        {"name": "taken"},
        "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service taken already exists",
    ),
]
"""Reasons to refuse a service, in the order in which they are reported."""


def test_the_same_one_of_several_faults_is_reported(api):
    api.made("configs", name="c", data="x")
    api.made("services", name="taken", **IDLE)
    pairs = [(fault, other) for at, fault in enumerate(FAULTS) for other in FAULTS[at + 1 :]]
    said = [answered(api, **pair[0], **other[0])[1] for pair, other in pairs]
    assert said == [pair[1] for pair, _ in pairs]


def test_a_task_after_a_rejected_one_is_rejected_early(api):
    service = api.made("services", name="web", image="local/app:missing")
    api.until(lambda: len(api.tasks(service["id"])) > 2)
    made = sorted(api.tasks(service["id"]), key=lambda task: task["created_at"])
    ended = [(task["status"]["state"], task["desired_state"]) for task in made]
    assert ended[:2] == [("rejected", "shutdown")] * 2
    api.until(
        lambda: any(
            (task["status"]["state"], task["desired_state"]) == ("rejected", "ready")
            for task in api.tasks(service["id"])
        )
    )
