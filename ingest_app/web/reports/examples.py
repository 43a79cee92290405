"""Examples of questions and answers, for the OpenAPI document."""

from __future__ import annotations

from ingest_app.enrichment import vitals as web_vitals

PARAMETERS = {
    "from": "2026-03-02",
    "to": "2026-03-03",
    "propertyId": "shop.example",
    "compareTo": "true",
    "by": "traffic_source",
    "deviceType": "mobile",
}
WINDOW = {"from": "2026-03-02", "to": "2026-03-03"}
FRESHNESS = {
    "rolledUpThrough": "2026-03-04",
    "lagDays": 0,
    "generatedAt": "2026-03-04T06:00:00.125000+00:00",
}
SUMMARY = {
    "ok": True,
    "window": WINDOW,
    "compareTo": {"from": "2026-02-28", "to": "2026-03-01"},
    "freshness": FRESHNESS,
    "metrics": {
        "uniqueVisitors": {"value": 200, "delta": 0.25},
        "returningVisitorsPct": {"value": 0.355, "delta": -0.1},
        "totalPageViews": {"value": 810, "delta": 0.08},
        "leadCaptureRate": {"value": 0.02, "delta": None},
        "formCompletionRate": {"value": 0.5, "delta": 0.0},
        "landingPageConversionRate": {"value": 0.05, "delta": 0.25},
        "avgTimeToFirstCaptureHrs": {"value": 1.5, "delta": None},
        "trafficSourceMix": {
            "direct": 0.4,
            "organic_search": 0.3,
            "paid_search": 0.05,
            "social": 0.1,
            "email": 0.05,
            "referral": 0.05,
            "campaign": 0.05,
            "internal": 0.0,
            "unknown": 0.0,
        },
    },
    "ingest": {
        "successPct": 0.995,
        "p95TtfbMs": 412,
        "totalEventsAccepted": 995,
        "totalEventsRejected": 5,
    },
    "trend": [
        {"day": "2026-03-02", "uniqueVisitors": 120, "pageViews": 400, "newLeads": 1},
        {"day": "2026-03-03", "uniqueVisitors": 130, "pageViews": 410, "newLeads": 3},
    ],
}
BREAKDOWN = {
    "ok": True,
    "window": WINDOW,
    "freshness": FRESHNESS,
    "by": "traffic_source",
    "total": 6,
    "rows": [
        {
            "trafficSource": "direct",
            "visitors": 90,
            "events": 398,
            "pageViews": 320,
            "entrances": 110,
            "conversions": 6,
            "share": 0.4,
            "conversionRate": 0.05454545454545454,
        }
    ],
}
FIGURES = {
    "formStarters": 16,
    "formSubmitters": 8,
    "newLeads": 4,
    "formStarts": 20,
    "formSubmits": 10,
    "formCompletionRate": 0.5,
    "leadCaptureRate": 0.02,
}
FUNNEL = {
    "ok": True,
    "window": WINDOW,
    "freshness": FRESHNESS,
    "allForms": {"visitors": 200} | FIGURES,
    "total": 1,
    "forms": [{"formName": "newsletter"} | FIGURES],
}
SLOW = {
    "samples": 700,
    "p50": 850.0,
    "p75": 1900.0,
    "p95": 3200.5,
    "rating": "needs improvement",
    "shares": {"good": 0.72, "needsImprovement": 0.2, "poor": 0.08},
}
UNKNOWN = {
    "samples": 0,
    "p50": None,
    "p75": None,
    "p95": None,
    "rating": None,
    "shares": {"good": 0.0, "needsImprovement": 0.0, "poor": 0.0},
}
VITALS = {
    "ok": True,
    "window": WINDOW,
    "freshness": FRESHNESS,
    "vitals": {
        vital.name: SLOW if vital is web_vitals.FCP else UNKNOWN for vital in web_vitals.VITALS
    },
}
PROPERTIES = {
    "ok": True,
    "freshness": FRESHNESS,
    "total": 1,
    "properties": [
        {
            "propertyId": "shop.example",
            "firstDay": "2025-11-01",
            "lastDay": "2026-03-04",
            "eventsAccepted": 81234,
            "eventsRejected": 12,
        }
    ],
}
BUCKETS = [
    {
        "start": "2026-03-02",
        "visitors": 120,
        "pageViews": 400,
        "sessions": 131,
        "conversions": 6,
        "bounceRate": 0.45,
        "engagedMs": 3_930_000.0,
        "newLeads": 1,
        "visits": {
            "pageViews": 393,
            "viewsPerSession": 3.0,
            "conversions": 6,
            "convertedSessions": 6,
            "conversionRate": 0.0458,
            "engagedMsPerSession": 30_000.0,
        },
    },
    {
        "start": "2026-03-03",
        "visitors": 130,
        "pageViews": 410,
        "sessions": 140,
        "conversions": 7,
        "bounceRate": 0.4,
        "engagedMs": 4_200_000.0,
        "newLeads": 3,
        "visits": {
            "pageViews": 420,
            "viewsPerSession": 3.0,
            "conversions": 7,
            "convertedSessions": 7,
            "conversionRate": 0.05,
            "engagedMsPerSession": 30_000.0,
        },
    },
]
TREND = {
    "ok": True,
    "window": WINDOW,
    "compareTo": None,
    "freshness": FRESHNESS,
    "by": "day",
    "filters": [],
    "countedBy": "events",
    "buckets": BUCKETS,
    "before": None,
}
RETENTION = {
    "ok": True,
    "window": {"from": "2026-03-02", "to": "2026-03-22"},
    "freshness": FRESHNESS,
    "cohorts": [
        {"week": "2026-03-02", "visitors": 200, "cameBack": [48, 31]},
        {"week": "2026-03-09", "visitors": 180, "cameBack": [40]},
        {"week": "2026-03-16", "visitors": 210, "cameBack": []},
    ],
}
REALTIME = {
    "ok": True,
    "readFrom": "raw",
    "asOf": "2026-03-04T06:00:00.125000+00:00",
    "isComplete": True,
    "visitorsOf5Minutes": 3,
    "visitorsOf30Minutes": 11,
    "minutes": [{"start": "2026-03-04T05:59:00.125000+00:00", "visitors": 1, "pageViews": 2}],
    "pages": [{"path": "/", "visitors": 9, "pageViews": 14}],
    "referrers": [{"referrerHost": "news.example", "visitors": 4}],
}
