-- Visits spread evenly over the months, in order of time. Each number is hashed to choose with, so
-- that the same history comes out every time. Four events a visit, five to six visits of five visitors.
create unlogged table public.visits as
with numbers as (
    select
        number,
        %(first_moment)s::timestamptz
        + (%(last_moment)s::timestamptz - %(first_moment)s::timestamptz)
        * (number::double precision / %(visits)s) as started_at,
        abs(hashint8extended(number, 1) %% 1000000) as dice,
        2000 + abs(hashint8extended(number, 2) %% 200000) as visits_back
    from generate_series(1, %(visits)s) as series (number)
),

visitors as (
    select
        *,
        -- Every sixth visit is of somebody who was here before.
        case
            when number %% 6 = 0 and number > 6 * visits_back then number - 6 * visits_back - 1
            else number
        end as visitor_number
    from numbers
)

select
    number,
    started_at,
    1 + dice %% 7 as views,
    dice,
    md5('visitor ' || visitor_number)::uuid as visitor_id,
    'history-' || lpad(to_hex(visitor_number), 8, '0') as anon_id,
    -- The shape of a UUID v7: in order of time.
    (
        lpad(to_hex((extract(epoch from started_at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5('session ' || number), 1, 3)
        || '8' || substr(md5('session ' || number), 4, 15)
    )::uuid as session_id,
    -- As wide as the hashes that the app stores.
    left(md5('address ' || visitor_number), 22) as ip_hash,
    left(md5('agent ' || visitor_number %% 40), 22) as ua_hash,
    (array[
        'shop.example', 'shop.example', 'shop.example', 'docs.example', 'docs.example',
        'news.example', 'blog.example', 'jobs.example', 'forum.example', 'forum.example'
    ])[1 + dice %% 10] as property_id,
    (array[
        'direct', 'direct', 'direct', 'organic_search', 'organic_search', 'organic_search',
        'organic_search', 'referral', 'social', 'paid_search', 'email', 'campaign'
    ])[1 + dice / 10 %% 12]::raw.traffic_source as traffic_source,
    (array['desktop', 'desktop', 'mobile', 'mobile', 'tablet'])[1 + dice / 120 %% 5]::raw.device_type
        as device_type,
    (array['CA', 'US', 'DE', 'FR', 'GB', 'IN', null])[1 + dice / 600 %% 7] as country_code
from visitors
order by number
