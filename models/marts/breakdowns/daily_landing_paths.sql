{{ config(meta={'shape': 2}) }}

with

pages as (
    select * from {{ ref('daily_pages') }}
    where
        entrances > 0
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

landing_paths as (
    select
        property_id,
        day,
        {{ text_key(['path']) }} as path_key,
        path,
        entrances,
        entering_visitors as visitors,
        conversions,
        conversions::double precision / entrances as conversion_rate,
        {{ build_cutoff() }} as generated_at
    from pages
)

select * from landing_paths
