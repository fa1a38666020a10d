"""What a digest tells, and above all what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.digest import (
    checked_key,
    digest,
    is_masked,
    is_slow,
    key_id,
    masked,
    matches,
    readable_key,
    same_as_applied,
)
from reconciler.errors import UsageError
from reconciler.model import Sensitive

KEY, OTHER = b"a key of at least sixteen bytes", b"another key, of the same length"
SALT, SALT2 = bytes(range(16)), bytes(range(1, 17))
texts = st.text()


class TestSecrets:
    @given(texts, texts)
    def test_a_digest_matches_its_own_value_and_no_other(self, value, other):
        text = digest(Sensitive(value), key=KEY, salt=SALT)
        assert matches(text, Sensitive(value), key=KEY) is True
        assert matches(text, other, key=KEY) is (value == other)

    def test_without_a_key_it_is_slow_on_purpose_and_still_told(self):
        text = digest("hunter2", key=None, salt=SALT)
        assert is_slow(text)
        assert matches(text, "hunter2", key=None) is True
        assert matches(text, "hunter3", key=None) is False

    def test_a_digest_made_without_a_key_is_told_by_a_run_that_has_one(self):
        assert matches(digest("hunter2", key=None, salt=SALT), "hunter2", key=KEY) is True

    @pytest.mark.parametrize("key", [None, OTHER])
    def test_under_another_key_nothing_can_be_told(self, key):
        assert matches(digest("hunter2", key=KEY, salt=SALT), "hunter2", key=key) is None

    @pytest.mark.parametrize(
        "text", ["", "hmac-sha256", "hmac-sha256:a:zz:b", "scrypt:00:11", "sha256:abc", "a:b:c:d:e"]
    )
    def test_what_is_no_digest_tells_nothing(self, text):
        assert matches(text, "hunter2", key=KEY) is None

    @pytest.mark.parametrize("key", [None, KEY])
    def test_a_hand_edited_digest_tells_nothing(self, key):
        text = digest("hunter2", key=key, salt=SALT)
        assert matches(text[:-1] + "é", "hunter2", key=KEY) is None

    @pytest.mark.parametrize("key", [None, KEY])
    def test_equal_secrets_do_not_show(self, key):
        assert digest("hunter2", key=key, salt=SALT) != digest("hunter2", key=key, salt=SALT2)

    def test_bytes_are_kept_as_they_are(self):
        assert matches(digest("value\n", key=KEY, salt=SALT), "value", key=KEY) is False

    def test_the_text_says_how_it_was_made(self):
        assert digest("a", key=KEY, salt=SALT).split(":")[:3] == ["hmac-sha256", key_id(KEY), SALT.hex()]
        assert digest("a", key=None, salt=SALT).split(":")[:2] == ["scrypt", SALT.hex()]


class TestKey:
    def test_no_key_is_none(self):
        assert checked_key(None) is None
        assert checked_key("") is None

    def test_a_short_key_is_refused_without_showing_it(self):
        with pytest.raises(UsageError) as caught:
            checked_key("swordfish")
        assert "swordfish" not in str(caught.value)
        assert "9 bytes, at least 16" in str(caught.value)

    def test_bytes_that_are_no_text_are_a_key_too(self):
        assert checked_key("\udcff" * 16) == b"\xff" * 16

    def test_ids_tell_keys_apart(self):
        assert key_id(KEY) == key_id(KEY) != key_id(OTHER)

    def test_readable_values_are_keyed_by_the_salt_where_there_is_no_key(self):
        assert readable_key(None, SALT.hex()) == SALT
        assert readable_key(KEY, SALT.hex()) == KEY


SERVICE = {"image": "nginx", "environment_variables": {"LEVEL": "debug", "PASSWORD": "hunter2"}}


class TestMasked:
    def test_a_service_keeps_all_but_the_values_of_its_environment(self):
        kept = masked("service", SERVICE, key=SALT)
        assert kept["image"] == "nginx"
        assert kept["environment_variables"].keys() == {"LEVEL", "PASSWORD"}
        assert "hunter2" not in repr(kept)
        assert "debug" not in repr(kept)

    @pytest.mark.parametrize(
        "kind, spec",
        [
            ("webhook", {"url": Sensitive("https://hooks.example.com/hunter2")}),
            ("config", {"data": "hunter2"}),
            ("secret", {"data": Sensitive("hunter2"), "sealed": "hunter2 sealed"}),
        ],
    )
    def test_no_kind_keeps_a_value(self, kind, spec):
        kept = masked(kind, spec, key=SALT)
        assert not any(isinstance(value, Sensitive) or "hunter2" in value for value in kept.values())

    def test_of_a_secret_nothing_is_kept(self):
        assert masked("secret", {"data": Sensitive("hunter2")}, key=SALT) == {}
        assert masked("secret", {"external": True}, key=SALT) == {"external": True}

    def test_a_config_made_elsewhere_has_no_data(self):
        assert masked("config", {"external": True}, key=SALT) == {"external": True}

    def test_kinds_without_values_are_kept_whole(self):
        assert masked("node", {"count": 3}, key=SALT) == {"count": 3}

    def test_equal_values_of_two_variables_do_not_show(self):
        kept = masked("service", {"environment_variables": {"A": "x", "B": "x"}}, key=SALT)
        assert len(set(kept["environment_variables"].values())) == 2

    def test_the_same_spec_gives_the_same_digests(self):
        assert masked("service", SERVICE, key=KEY) == masked("service", SERVICE, key=KEY)

    def test_which_fields(self):
        assert is_masked("service", "environment_variables")
        assert not is_masked("service", "image")
        assert not is_masked("volume", "anything")


class TestSameAsApplied:
    applied = masked("service", SERVICE, key=KEY)["environment_variables"]

    @given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
    def test_an_environment_is_the_applied_one_exactly_if_equal(self, before, after):
        applied = masked("service", {"environment_variables": before}, key=KEY)["environment_variables"]
        told = same_as_applied("service", "environment_variables", after, applied, key=KEY)
        assert told is (before == after)

    def test_one_variable(self):
        def same(value, *, key=KEY):
            field, applied = "environment_variables", self.applied["LEVEL"]
            return same_as_applied("service", field, value, applied, key=key, keys=("LEVEL",))

        assert same("debug") is True
        assert same("info") is False
        assert same(None) is False
        assert same("debug", key=OTHER) is None

    def test_under_another_key_nothing_can_be_told(self):
        live = SERVICE["environment_variables"]
        assert same_as_applied("service", "environment_variables", live, self.applied, key=OTHER) is None

    @pytest.mark.parametrize("applied", ["text", {"LEVEL": 1, "PASSWORD": None}])
    def test_a_hand_edited_record_tells_nothing(self, applied):
        live = SERVICE["environment_variables"]
        assert same_as_applied("service", "environment_variables", live, applied, key=KEY) is None

    @pytest.mark.parametrize("live, applied", [(None, ""), ("", None), ("", "")])
    def test_a_field_that_was_cleared_is_as_one_that_was_never_set(self, live, applied):
        assert same_as_applied("service", "args", live, applied, key=KEY) is True
        assert same_as_applied("service", "args", "run", applied, key=KEY) is not True

    def test_other_fields_compare_as_they_are(self):
        assert same_as_applied("service", "image", "nginx", "nginx", key=KEY) is True
        assert same_as_applied("service", "image", "nginx", "nginx:2", key=KEY) is False
        assert same_as_applied("webhook", "label", "a", "a", key=KEY) is True

    def test_a_webhook_s_url(self):
        url = Sensitive("https://hooks.example.com/a")
        applied = masked("webhook", {"url": url}, key=KEY)["url"]
        assert same_as_applied("webhook", "url", url, applied, key=KEY) is True
        assert same_as_applied("webhook", "url", Sensitive("https://other"), applied, key=KEY) is False
