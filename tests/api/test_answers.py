"""Answers become checked values, or errors that say what to do and contain nothing confidential."""

import json

import pytest

from reconciler.api.answers import decode, parse_empty, parse_list, parse_object, to_error
from reconciler.errors import ApiError, BadAnswer, NotFound, RateLimited, Rejected, ServerFault, Unauthorized
from reconciler.transport import Request, Response
from tests.api.fakes import said

REQUEST = Request("POST", "/companies/c/clusters/k/secrets", b"")


@pytest.mark.parametrize(
    "status, error",
    [
        (302, Rejected),
        (400, Rejected),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (405, Rejected),
        (409, Rejected),
        (422, Rejected),
        (429, RateLimited),
        (500, ServerFault),
        (503, ServerFault),
        (599, ServerFault),
    ],
)
def test_each_http_status_raises_its_error(status, error):
    found = to_error(REQUEST, said({"message": "so it is"}, status), ())

    assert type(found) is error
    assert (found.status, found.method, found.path) == (status, "POST", REQUEST.path)
    assert "so it is" in str(found)


@pytest.mark.parametrize(
    "path, asks_about_url", [("/companies/current", True), ("/companies/c/clusters", False)]
)
def test_an_error_of_the_first_request_asks_whether_the_url_is_right(path, asks_about_url):
    request = Request("GET", path)
    with pytest.raises(BadAnswer) as unread:
        decode(parse_object, request, Response(200, {}, b"<html>"), ())
    refused = to_error(request, said({"message": "Path not found"}, 404), ())

    assert ("is the API's URL right?" in str(unread.value)) is asks_about_url
    assert ("is the API's URL right?" in str(refused)) is asks_about_url
    assert "URL" not in str(to_error(request, said({}, 401), ()))


@pytest.mark.parametrize("body", [None, {}, {"code": 401, "message": None}])
def test_an_error_without_a_message_shows_its_status(body):
    text = str(to_error(Request("GET", "/x"), said(body, 409), ()))

    assert text.endswith(": 409 Conflict")


ENVELOPES = {
    "documented": (
        {"code": 400, "type": "invalid_request_error", "param": "name", "message": "must be a string"},
        "400 Bad Request: name: must be a string",
    ),
    "without a param": (
        {"code": 409, "type": "conflict error", "message": "Request conflicts"},
        "400 Bad Request: Request conflicts",
    ),
    "under the param's name": (
        {"code": 400, "param": "webhook_url", "message": None, "webhook_url": "must use https"},
        "400 Bad Request: webhook_url: must use https",
    ),
    "a message of several": (
        {"param": "hosts", "message": ["a", "b"]},
        '400 Bad Request: hosts: ["a", "b"]',
    ),
    "neither": ({"code": 400, "param": "size_id", "message": None}, '400 Bad Request: {"param": "size_id"}'),
    "another shape": ({"error": {"reason": "no"}}, '400 Bad Request: {"error": {"reason": "no"}}'),
    "no object": (["no"], '400 Bad Request: ["no"]'),
    "nothing": (None, "400 Bad Request"),
    "text": (b"host is down\r\n", "400 Bad Request: text instead of JSON: 'host is down'"),
    "a page": (
        b"<html><head><title>502\nBad Gateway</title></head><body>" + b"x" * 5000,
        "400 Bad Request: HTML instead of JSON, titled '502 Bad Gateway'",
    ),
    "a page without a title": (b"<!DOCTYPE html><p>", "400 Bad Request: HTML or XML instead of JSON"),
    "bytes": (b"\xff\xfe\x00", "400 Bad Request: text instead of JSON"),
    "an object of the API": ({"id": "x", "object": "config", "data": "hunter2"}, "400 Bad Request"),
}


@pytest.mark.parametrize("body, shown", ENVELOPES.values(), ids=ENVELOPES)
def test_every_form_of_an_error_body_becomes_a_message(body, shown):
    assert f"{REQUEST.method} {REQUEST.path}: {shown}" in str(to_error(REQUEST, said(body, 400), ()))


LIVE = b'{"object": "list", "data": [{"id": "x", "data": "hunter2 <title>hunter2</title>"}]}'


@pytest.mark.parametrize("status", [200, 409])
@pytest.mark.parametrize(
    "body",
    [b"\xef\xbb\xbf" + LIVE, LIVE.decode().encode("utf-16"), LIVE[1:], LIVE[:-1], b"ok " + LIVE],
    ids=["byte order mark", "UTF-16", "without its beginning", "without its end", "behind a word"],
)
def test_a_damaged_answer_with_objects_is_not_shown(body, status):
    text = str(to_error(REQUEST, said(body, status), ()))
    if status == 200:
        with pytest.raises(BadAnswer) as caught:
            decode(parse_list("config"), REQUEST, said(body, status), ())
        text = str(caught.value)

    assert "hunter2" not in text.replace("\0", "").replace(" ", "")
    assert "JSON" in text


def test_a_text_that_is_a_success_is_not_shown_either():
    with pytest.raises(BadAnswer) as caught:
        decode(parse_list("config"), REQUEST, said(b"password hunter2", 200), ())

    assert str(caught.value).endswith("200, and text instead of JSON")


def test_not_modified_is_no_redirect():
    assert "redirect" not in str(to_error(REQUEST, said(None, 304), ()))


@pytest.mark.parametrize("form", ["message", "param", "raw", "title"])
def test_a_sensitive_value_in_a_servers_message_is_masked(form):
    value = "correct-horse-battery"
    body = {
        "message": json.dumps({"message": f"data {value} is invalid"}).encode(),
        "param": json.dumps({"param": "data", "message": None, "data": value}).encode(),
        "raw": f"bad request: {value}".encode(),
        "title": f"<title>{value}</title>".encode(),
    }[form]

    shown = str(to_error(REQUEST, said(body, 400), [value]))

    assert value not in shown
    assert "(sensitive)" in shown


def test_a_redirect_error_shows_only_the_target_host():
    shown = str(to_error(REQUEST, said(None, 302, location="https://login.example.com/?token=abc"), ()))

    assert "a redirect to login.example.com, not followed" in shown
    assert "abc" not in shown


@pytest.mark.parametrize(
    "location, there", [("/v2", "another path"), ("", "another path"), ("http://[", "somewhere")]
)
def test_a_redirect_without_a_target_is_reported(location, there):
    shown = str(to_error(REQUEST, said(None, 307, location=location), ()))

    assert f"a redirect to {there}, not followed" in shown


def test_the_error_for_a_refused_token_says_where_to_create_one():
    assert "MEDSTACK_TOKEN_KEY" in str(to_error(REQUEST, said(None, 401), ()))


GOOD = {
    "an object": (parse_object, {"id": "x", "more": 1}, {"id": "x", "more": 1}),
    "a list": (
        parse_list("volume"),
        {"object": "list", "data": [{"id": "a"}, {"id": "b"}]},
        ({"id": "a"}, {"id": "b"}),
    ),
    "an empty list": (parse_list("volume"), {"data": []}, ()),
    "no need of anything": (parse_empty, {"whatever": 1}, None),
    "no need, and no body": (parse_empty, None, None),
    "an id that is a whole number": (parse_object, {"id": 7, "name": "x"}, {"id": "7", "name": "x"}),
    "a list whose ids are whole numbers": (
        parse_list("task"),
        {"data": [{"id": 7, "service_id": 8}]},
        ({"id": "7", "service_id": "8"},),
    ),
}


@pytest.mark.parametrize("shape, body, value", GOOD.values(), ids=GOOD)
def test_a_body_of_the_documented_form_is_returned(shape, body, value):
    assert decode(shape, REQUEST, said(body), ()) == value


BAD = {
    "a list for an object": (parse_object, [], "a list instead of an object"),
    "no id": (parse_object, {"name": "x"}, "an object without an id"),
    "an empty id": (parse_object, {"id": ""}, "an object without an id"),
    "an id that is no whole number": (
        parse_object,
        {"id": 7.5},
        "an object whose id is not a printable text",
    ),
    "an id that is true": (parse_object, {"id": True}, "an object whose id is not a printable text"),
    "an id that is a list": (parse_object, {"id": ["x"]}, "an object whose id is not a printable text"),
    "an id with a line end": (parse_object, {"id": "x\n"}, "an object whose id is not a printable text"),
    "one id as number and as text": (
        parse_list("volume"),
        {"data": [{"id": 7}, {"id": "7"}]},
        "a list with two objects of one id",
    ),
    "null": (parse_object, b"null", "nothing instead of an object"),
    "no body": (parse_object, None, "an empty body"),
    "an object for a list": (parse_list("volume"), {"id": "x"}, "an object instead of a list"),
    "data that is none": (parse_list("volume"), {"data": None}, "an object instead of a list"),
    "a bare list": (parse_list("volume"), [{"id": "x"}], "a list instead of a list in an object's data"),
    "a member that is none": (
        parse_list("volume"),
        {"data": [{"id": "a"}, "b"]},
        "a text instead of an object",
    ),
    "a member without an id": (parse_list("volume"), {"data": [{"id": "a"}, {}]}, "an object without an id"),
    "pages": (parse_list("volume"), {"data": [], "has_more": True}, "a list of several pages"),
    "cut short": (parse_list("volume"), b'{"data": [{"id": "a"}', "JSON that is cut short or damaged"),
    "deep": (parse_object, b"[" * 100_000, "JSON that is cut short or damaged"),
    "NaN": (parse_object, b'{"id": "x", "replicas": NaN}', "JSON that is cut short or damaged"),
    "a number without end": (
        parse_object,
        b'{"id": "x", "replicas": 1e999}',
        "JSON that is cut short or damaged",
    ),
    "a number of too many digits": (
        parse_object,
        b'{"id": "x", "n": ' + b"9" * 5000 + b"}",
        "JSON that is cut short",
    ),
    "bytes that are not UTF-8": (
        parse_object,
        b'{"id": "\xed\xa0\x80"}',
        "JSON that is cut short or damaged",
    ),
    "more values than can be held": (
        parse_object,
        b"[" + b"[]," * 3_000_000 + b"[]]",
        "JSON that is too large",
    ),
    "a page": (parse_empty, b"<html><title>Sign in</title>", "HTML instead of JSON, titled 'Sign in'"),
    "a text where nothing is needed": (parse_empty, b'"ok"', "a text instead of an object or nothing"),
}


@pytest.mark.parametrize("shape, body, shown", BAD.values(), ids=BAD)
def test_a_body_of_another_form_is_a_bad_answer(shape, body, shown):
    with pytest.raises(BadAnswer) as caught:
        decode(shape, REQUEST, said(body, 201), ())

    assert f"POST {REQUEST.path}: 201, and {shown}" in str(caught.value)
    assert isinstance(caught.value, ApiError)
    assert caught.value.status == 201
