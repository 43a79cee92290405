{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 2}) }}

with

sessions as (
    select
        property_id,
        day,
        visitor_id,
        coalesce(utm_source, '(not set)') as utm_source,
        coalesce(utm_medium, '(not set)') as utm_medium,
        coalesce(utm_campaign, '(not set)') as utm_campaign,
        page_views,
        conversions,
        is_converted
    from {{ ref('sessions') }}
    where
        coalesce(utm_source, utm_medium, utm_campaign) is not null
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

campaigns as (
    select
        property_id,
        day,
        {{ text_key(['utm_source', 'utm_medium', 'utm_campaign']) }} as campaign_key,
        utm_source,
        utm_medium,
        utm_campaign,
        count(*) as sessions,
        count(distinct visitor_id) as visitors,
        sum(page_views)::bigint as page_views,
        sum(conversions)::bigint as conversions,
        count(*) filter (where is_converted) as converted_sessions,
        count(*) filter (where is_converted)::double precision / count(*) as conversion_rate,
        {{ build_cutoff() }} as generated_at
    from sessions
    group by
        property_id,
        day,
        utm_source,
        utm_medium,
        utm_campaign
)

select * from campaigns
