"""What a digest shows, and what it does not show."""

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

    def test_without_a_key_the_digest_is_slow_and_can_be_checked(self):
        text = digest("hunter2", key=None, salt=SALT)
        assert is_slow(text)
        assert matches(text, "hunter2", key=None) is True
        assert matches(text, "hunter3", key=None) is False

    def test_a_digest_made_without_a_key_can_be_checked_by_a_run_with_one(self):
        assert matches(digest("hunter2", key=None, salt=SALT), "hunter2", key=KEY) is True

    @pytest.mark.parametrize("key", [None, OTHER])
    def test_with_another_key_the_answer_is_unknown(self, key):
        assert matches(digest("hunter2", key=KEY, salt=SALT), "hunter2", key=key) is None

    @pytest.mark.parametrize(
        "text", ["", "hmac-sha256", "hmac-sha256:a:zz:b", "scrypt:00:11", "sha256:abc", "a:b:c:d:e"]
    )
    def test_an_invalid_digest_gives_no_answer(self, text):
        assert matches(text, "hunter2", key=KEY) is None

    @pytest.mark.parametrize("key", [None, KEY])
    def test_a_hand_edited_digest_gives_no_answer(self, key):
        text = digest("hunter2", key=key, salt=SALT)
        assert matches(text[:-1] + "é", "hunter2", key=KEY) is None

    @pytest.mark.parametrize("key", [None, KEY])
    def test_equal_secrets_have_different_digests(self, key):
        assert digest("hunter2", key=key, salt=SALT) != digest("hunter2", key=key, salt=SALT2)

    def test_the_bytes_of_a_value_are_not_changed(self):
        assert matches(digest("value\n", key=KEY, salt=SALT), "value", key=KEY) is False

    def test_a_digest_names_its_method(self):
        assert digest("a", key=KEY, salt=SALT).split(":")[:3] == ["hmac-sha256", key_id(KEY), SALT.hex()]
        assert digest("a", key=None, salt=SALT).split(":")[:2] == ["scrypt", SALT.hex()]


class TestKey:
    def test_an_unset_key_is_none(self):
        assert checked_key(None) is None
        assert checked_key("") is None

    def test_a_short_key_is_refused_without_showing_it(self):
        with pytest.raises(UsageError) as caught:
            checked_key("swordfish")
        assert "swordfish" not in str(caught.value)
        assert "9 bytes, at least 16" in str(caught.value)

    def test_binary_bytes_can_be_a_key(self):
        assert checked_key("\udcff" * 16) == b"\xff" * 16

    def test_different_keys_have_different_ids(self):
        assert key_id(KEY) == key_id(KEY) != key_id(OTHER)

    def test_without_a_key_readable_values_use_the_salt(self):
        assert readable_key(None, SALT.hex()) == SALT
        assert readable_key(KEY, SALT.hex()) == KEY


SERVICE = {"image": "nginx", "environment_variables": {"LEVEL": "debug", "PASSWORD": "hunter2"}}


class TestMasked:
    def test_only_a_services_sensitive_fields_are_digested(self):
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
    def test_no_kind_records_sensitive_values(self, kind, spec):
        kept = masked(kind, spec, key=SALT)
        assert not any(isinstance(value, Sensitive) or "hunter2" in value for value in kept.values())

    def test_the_value_of_a_secret_is_not_in_its_recorded_spec(self):
        assert masked("secret", {"data": Sensitive("hunter2")}, key=SALT) == {}
        assert masked("secret", {"external": True}, key=SALT) == {"external": True}

    def test_a_config_made_elsewhere_has_no_data(self):
        assert masked("config", {"external": True}, key=SALT) == {"external": True}

    def test_kinds_without_sensitive_values_are_recorded_completely(self):
        assert masked("node", {"count": 3}, key=SALT) == {"count": 3}

    def test_equal_values_of_two_variables_have_different_digests(self):
        kept = masked("service", {"environment_variables": {"A": "x", "B": "x"}}, key=SALT)
        assert len(set(kept["environment_variables"].values())) == 2

    def test_the_same_spec_gives_the_same_digests(self):
        assert masked("service", SERVICE, key=KEY) == masked("service", SERVICE, key=KEY)

    def test_the_digested_fields_are_known(self):
        assert is_masked("service", "environment_variables")
        assert not is_masked("service", "image")
        assert not is_masked("volume", "anything")


class TestSameAsApplied:
    applied = masked("service", SERVICE, key=KEY)["environment_variables"]

    @given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
    def test_an_environment_is_as_applied_exactly_if_equal(self, before, after):
        applied = masked("service", {"environment_variables": before}, key=KEY)["environment_variables"]
        is_same = same_as_applied("service", "environment_variables", after, applied, key=KEY)
        assert is_same is (before == after)

    def test_a_single_variable_can_be_compared(self):
        def same(value, *, key=KEY):
            field, applied = "environment_variables", self.applied["LEVEL"]
            return same_as_applied("service", field, value, applied, key=key, keys=("LEVEL",))

        assert same("debug") is True
        assert same("info") is False
        assert same(None) is False
        assert same("debug", key=OTHER) is None

    def test_with_another_key_the_answer_is_unknown(self):
        live = SERVICE["environment_variables"]
        assert same_as_applied("service", "environment_variables", live, self.applied, key=OTHER) is None

    @pytest.mark.parametrize("applied", ["text", {"LEVEL": 1, "PASSWORD": None}])
    def test_a_hand_edited_record_gives_no_answer(self, applied):
        live = SERVICE["environment_variables"]
        assert same_as_applied("service", "environment_variables", live, applied, key=KEY) is None

    @pytest.mark.parametrize("live, applied", [(None, ""), ("", None), ("", "")])
    def test_a_cleared_field_equals_one_that_was_never_set(self, live, applied):
        assert same_as_applied("service", "args", live, applied, key=KEY) is True
        assert same_as_applied("service", "args", "run", applied, key=KEY) is not True

    def test_other_fields_are_compared_directly(self):
        assert same_as_applied("service", "image", "nginx", "nginx", key=KEY) is True
        assert same_as_applied("service", "image", "nginx", "nginx:2", key=KEY) is False
        assert same_as_applied("webhook", "label", "a", "a", key=KEY) is True

    def test_a_webhooks_url_can_be_compared(self):
        url = Sensitive("https://hooks.example.com/a")
        applied = masked("webhook", {"url": url}, key=KEY)["url"]
        assert same_as_applied("webhook", "url", url, applied, key=KEY) is True
        assert same_as_applied("webhook", "url", Sensitive("https://other"), applied, key=KEY) is False
