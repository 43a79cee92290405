import uuid

from ingest_app.enrichment.identity import VISITOR_NAMESPACE, new_id, visitor_id


def test_the_namespace_never_changes() -> None:
    assert str(VISITOR_NAMESPACE) == "d556a537-6754-5012-96d2-18b3768c5e13"
    assert str(visitor_id("anon-12345678")) == "6fc40432-fafe-5ac9-8d25-dc181158d98c"


def test_a_visitor_id_follows_from_the_anonymous_id() -> None:
    assert visitor_id("anon-12345678") == visitor_id("anon-12345678")
    assert visitor_id("anon-12345678") != visitor_id("anon-12345679")
    assert visitor_id("anon-12345678").version == 5


def test_new_ids_are_of_version_7_and_in_order() -> None:
    ids = [new_id() for _ in range(1000)]
    assert all(type(one) is uuid.UUID and one.version == 7 for one in ids)
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)
