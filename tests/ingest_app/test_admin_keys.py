"""Who may ask for reports."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from ingest_app.refusals import Refusal
from ingest_app.settings import ReportKey
from ingest_app.web.admin_keys import AdminKeys
from tests.support.server import Server, serving

SUMMARY = "/v1/metrics/summary?from=2026-03-01&to=2026-03-02"


def refusal(keys: list[str], sent: str | None) -> Refusal:
    with pytest.raises(Refusal) as refused:
        AdminKeys(SecretStr(key) for key in keys).check(sent)
    return refused.value


@pytest.mark.parametrize("key", ["first", "second", "schlüssel"])
def test_each_key_in_force_opens(key: str) -> None:
    AdminKeys(SecretStr(one) for one in ("first", "second", "schlüssel")).check(key)


@pytest.mark.parametrize("sent", [None, "", "third", "firs", "first ", "FIRST", "\udcff"])
def test_no_other_does(sent: str | None) -> None:
    assert refusal(["first", "second"], sent).status_code == 401


def test_without_a_key_in_force_nothing_opens() -> None:
    for sent in (None, "", "first"):
        told = refusal([], sent)
        assert (told.status_code, told.error) == (503, "admin_auth_not_configured")


@pytest.mark.parametrize("report", ["summary", "breakdown", "vitals", "properties"])
def test_the_key_is_asked_for_before_anything_else(server: Server, report: str) -> None:
    answer = server.request("GET", f"/v1/metrics/{report}?from=nonsense", x_admin_key="any")
    assert answer.status == 503
    assert answer.body == {"ok": False, "error": "admin_auth_not_configured"}
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_where_only_reports_have_keys_the_rest_is_not_configured() -> None:
    keys = AdminKeys((), [ReportKey("shop.example", SecretStr("reads"))])
    assert keys.reader("reads").property_id == "shop.example"
    with pytest.raises(Refusal) as refused:
        keys.check("reads")
    assert refused.value.error == "admin_auth_not_configured"


def test_a_refusal_names_the_header(
    database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(database, tmp_path_factory.mktemp("keys"), ADMIN_API_KEYS="one, two") as running:
        for headers, message in (
            ({}, "is required"),
            ({"x_admin_key": "three"}, "is none of the keys in force"),
        ):
            answer = running.request("GET", SUMMARY, **headers)
            assert answer.status == 401
            assert answer.body == {
                "ok": False,
                "error": "unauthorized",
                "issues": [{"path": "x-admin-key", "message": message}],
            }
        # Past the key, and no build yet.
        for key in ("one", "two"):
            answer = running.request("GET", SUMMARY, x_admin_key=key)
            assert answer.status == 503
            assert answer.body["error"] == "marts_not_built"
            assert "`footfall dbt build`" in answer.body["issues"][0]["message"]
