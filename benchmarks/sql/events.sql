-- The events of the visits that began in a span of time.
insert into raw.events (
    "timestamp", created_at, id, visitor_id, session_id, occurred_on, traffic_source, device_type,
    is_entrance, is_exit, is_conversion, country_code, dedupe_key, event_type, property_id, path,
    ip_hash, ua_hash, referrer, utm, props
)
with views as (
    select
        visits.*,
        view,
        started_at + (view - 1) * interval '45 seconds' as occurred_at,
        abs(hashint8extended(number * 8 + view, 3) %% 1000000) as view_dice
    from public.visits
    cross join lateral generate_series(1, visits.views) as series (view)
    where started_at >= %(since)s and started_at < %(until)s
),

pages as (
    select
        *,
        (5000 * power(view_dice / 1000000.0, 3))::integer as page,
        case
            when view_dice %% 100 < 90 then 'page_view'
            when view_dice %% 100 < 96 then 'cta_click'
            when view_dice %% 100 < 99 then 'form_start'
            else 'form_submit'
        end as event_type,
        40 + (900 * power(view_dice / 1000000.0, 3))::integer as ttfb_ms
    from views
)

select
    occurred_at,
    occurred_at + interval '1 second',
    (
        lpad(to_hex((extract(epoch from occurred_at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5('event ' || number * 8 + view), 1, 3)
        || '8' || substr(md5('event ' || number * 8 + view), 4, 15)
    )::uuid,
    visitor_id,
    session_id,
    (occurred_at at time zone 'UTC')::date,
    traffic_source,
    device_type,
    view = 1 and event_type = 'page_view',
    false,
    event_type = 'form_submit',
    country_code,
    left(md5('key ' || number * 8 + view), 22),
    event_type,
    property_id,
    '/products/category-' || page %% 40 || '/item-' || page,
    ip_hash,
    ua_hash,
    case
        when view > 1 then 'https://' || property_id || '/products/category-' || view_dice %% 40
            || '/item-' || view_dice %% 5000
        when traffic_source = 'organic_search' then 'https://www.google.com/'
    end,
    case
        when view = 1 and traffic_source = 'paid_search'
            then '{"source": "google", "medium": "cpc", "campaign": "autumn-sale"}'::jsonb
    end,
    jsonb_build_object(
        'title', 'Item of category ' || view_dice %% 40,
        'viewport', '1440x900',
        'language', 'en-US',
        'fcpMs', ttfb_ms + 150 + view_dice %% 900,
        'lcpMs', ttfb_ms + 150 + view_dice %% 2100,
        'inpMs', 20 + view_dice %% 280,
        'ttfbMs', ttfb_ms,
        'clsScore', round((0.3 * power(view_dice / 1000000.0, 4))::numeric, 3),
        'engagedTimeMs', view_dice %% 120000,
        'scrollDepthPercent', view_dice %% 100
    )
from pages
order by number, view
