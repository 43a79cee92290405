from ingest_app.enrichment.vocabulary import DeviceType, TrafficSource


def test_the_enums_hold_the_contracts_words() -> None:
    assert [source.value for source in TrafficSource] == [
        "direct",
        "organic_search",
        "paid_search",
        "social",
        "email",
        "referral",
        "campaign",
        "internal",
        "unknown",
    ]
    assert [device.value for device in DeviceType] == [
        "desktop",
        "mobile",
        "tablet",
        "bot",
        "unknown",
    ]
