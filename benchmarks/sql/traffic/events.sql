-- A visit begins with a view that is an entrance, and ends with an exit where it has more than one
-- event. Loads measure TTFB and FCP, exits the other vitals and engagement, as browsers do.
with views as (
    select
        visits.*,
        view,
        started_at + (view - 1) * interval '45 seconds' as occurred_at,
        number * 8 + view as event_number,
        abs(hashint8extended(number * 8 + view, 3) %% 1000000) as view_dice
    from public.visits
    cross join lateral generate_series(1, visits.views) as series (view)
    where started_at >= %(since)s and started_at < %(until)s
),

happenings as (
    select
        *,
        -- Zipf's law by its inverse: the chance of a page falls with its number.
        (power(5000, view_dice / 1000000.0))::integer as page,
        case
            when view = 1 then 'page_view'
            when view = views then 'page_exit'
            when view_dice %% 100 < 80 then 'page_view'
            when view_dice %% 100 < 90 then 'cta_click'
            when view_dice %% 100 < 97 then 'form_start'
            else 'form_submit'
        end as event_type,
        40 + (900 * power(view_dice / 1000000.0, 3))::integer as ttfb_ms
    from views
)

select
    occurred_at as "timestamp",
    occurred_at + interval '1 second' as created_at,
    (
        lpad(to_hex((extract(epoch from occurred_at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5('event ' || event_number), 1, 3)
        || '8' || substr(md5('event ' || event_number), 4, 15)
    )::uuid as id,
    visitor_id,
    session_id,
    (occurred_at at time zone 'UTC')::date as occurred_on,
    traffic_source,
    device_type,
    view = 1 as is_entrance,
    event_type = 'page_exit' as is_exit,
    event_type = 'form_submit' as is_conversion,
    country_code,
    left(md5('key ' || event_number), 22) as dedupe_key,
    event_type,
    property_id,
    '/products/category-' || page %% 40 || '/item-' || page as path,
    ip_hash,
    ua_hash,
    case
        when view > 1 then 'https://' || property_id || '/products/category-' || view_dice %% 40
            || '/item-' || view_dice %% 5000
        when traffic_source = 'organic_search' then 'https://www.google.com/'
    end as referrer,
    case
        when view = 1 and traffic_source = 'paid_search'
            then '{"source": "google", "medium": "cpc", "campaign": "autumn-sale"}'::jsonb
    end as utm,
    jsonb_build_object(
        'title', 'Item of category ' || view_dice %% 40, 'viewport', '1440x900', 'language', 'en-US'
    )
    || case event_type
        when 'page_view'
            then jsonb_build_object('ttfbMs', ttfb_ms, 'fcpMs', ttfb_ms + 150 + view_dice %% 900)
        when 'page_exit'
            then jsonb_build_object(
                'lcpMs', ttfb_ms + 150 + view_dice %% 2100,
                'inpMs', 20 + view_dice %% 280,
                'clsScore', round((0.3 * power(view_dice / 1000000.0, 4))::numeric, 3),
                'engagedTimeMs', view_dice %% 120000,
                'scrollDepthPercent', view_dice %% 100
            )
        else '{}'
    end as props
from happenings
order by number, view
