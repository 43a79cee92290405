"""Settings that have to fit what a header of a request holds: one that never could stops the start."""

from __future__ import annotations

import os

import pytest
from pydantic import SecretStr

from ingest_app.settings import SettingsError, load_settings
from ingest_app.web.admin_keys import AdminKeys

KEYS = "FOOTFALL_ADMIN_API_KEYS"
ORIGINS = "FOOTFALL_CORS_ALLOWED_ORIGINS"
PEPPER = "FOOTFALL_IP_HASH_PEPPER"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in list(os.environ):
        if variable.startswith("FOOTFALL_") or variable == "DATABASE_URL":
            monkeypatch.delenv(variable)


def refusal(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> str:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return str(refused.value)


class TestAdminKeys:
    @pytest.mark.parametrize(
        "key",
        [
            "schlüssel",
            "ключ",
            "key\u00a0key",
            "🔑",
            "tab\tkey",
            "bell\x07",
            "line\nbreak",
            "del\x7f",
        ],
    )
    def test_a_key_that_no_header_carries_is_refused_and_not_shown(
        self, monkeypatch: pytest.MonkeyPatch, key: str
    ) -> None:
        message = refusal(monkeypatch, KEYS, f"fine,{key}")
        assert message.startswith(f"{KEYS}: key 2 ")
        assert "ASCII" in message
        assert key not in message
        assert "fine" not in message

    def test_a_key_of_bytes_that_are_no_text_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(os.environ, KEYS, os.fsdecode(b"k\xff"))
        with pytest.raises(SettingsError, match=f"^{KEYS}: key 1 "):
            load_settings()

    def test_every_visible_character_but_the_comma_is_taken_and_fits(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = "".join(chr(number) for number in range(0x21, 0x7F)).replace(",", "") + " ~"
        monkeypatch.setenv(KEYS, key)
        keys = load_settings().admin_api_keys
        assert keys == (SecretStr(key),)
        # As the server hands it over: bytes of the header, read as Latin-1.
        AdminKeys(keys).check(key.encode().decode("latin-1"))


class TestReportKeys:
    @pytest.mark.parametrize(
        ("value", "number", "expected"),
        [
            ("fine, schlüssel", 2, "ASCII"),
            ("=a-key", 1, "no property"),
            ("a" * 129 + "=a-key", 1, "no property"),
            ("shop.example=", 1, "nothing behind its ="),
            # What a generator of base64 gives. Read as a property it would leave the key `=`.
            ("fine,c2VjcmV0IQ==", 2, "nothing behind its ="),
            ("fine,shop.example=fine", 2, "another key too"),
            ("admin", 1, f"another key too, here or in {KEYS}"),
        ],
    )
    def test_one_that_could_be_misread_is_refused_by_its_number_and_not_shown(
        self, monkeypatch: pytest.MonkeyPatch, value: str, number: int, expected: str
    ) -> None:
        monkeypatch.setenv(KEYS, "admin")
        message = refusal(monkeypatch, "FOOTFALL_REPORT_API_KEYS", value)
        assert message.startswith(f"FOOTFALL_REPORT_API_KEYS: key {number} ")
        assert expected in message
        assert "fine" not in message
        assert "a-key" not in message


class TestOrigins:
    @pytest.mark.parametrize(
        "origin",
        [
            "https://münchen.example",
            "https://пример.example:8443",
            "https://*.shop.example",
            "https://two words.example",
            "https://a.example\x07",
            "https://a.example, https://b.exämple",
        ],
    )
    def test_one_that_no_browser_sends_is_refused_by_name(
        self, monkeypatch: pytest.MonkeyPatch, origin: str
    ) -> None:
        assert refusal(monkeypatch, ORIGINS, origin).startswith(f"{ORIGINS}: ")

    @pytest.mark.parametrize(
        "origin",
        [
            "https://xn--mnchen-3ya.example",
            "http://localhost:8080",
            "http://127.0.0.1:5000",
            "http://[::1]:5000",
            "https://under_score.example",
            "chrome-extension://abcdefghijklmnop",
            "https://SHOP.example/",
        ],
    )
    def test_one_that_browsers_send_is_taken(
        self, monkeypatch: pytest.MonkeyPatch, origin: str
    ) -> None:
        monkeypatch.setenv(ORIGINS, origin)
        assert load_settings().cors_allowed_origins == (origin,)


@pytest.mark.parametrize("value", [" ", "\t", " \n "])
def test_a_blank_pepper_is_refused_for_it_is_no_secret(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    assert refusal(monkeypatch, PEPPER, value).startswith(f"{PEPPER}: ")


@pytest.mark.parametrize("value", ["Länder", "X_Country", "CF-IPCountry\n", "a:b", "a\x07"])
def test_a_country_header_of_no_possible_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    message = refusal(monkeypatch, "FOOTFALL_COUNTRY_HEADER", value)
    assert message.startswith("FOOTFALL_COUNTRY_HEADER: ")


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_data_folder_is_refused_for_it_would_be_whatever_folder_one_is_in(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    message = refusal(monkeypatch, "FOOTFALL_DATA_DIR", value)
    assert message.startswith("FOOTFALL_DATA_DIR: ")
