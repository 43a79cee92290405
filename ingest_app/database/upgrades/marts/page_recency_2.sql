-- Only who had seen a page before is listed, of all properties together too. Made of visitor_days,
-- which keeps the days that raw no longer holds.
delete from analytics.page_recency;

do $$
begin
    if to_regclass('analytics.visitor_days') is null then
        return;
    end if;
    execute $insert$
        insert into analytics.page_recency (
            property_id, day, path_key, previous_days, visitors_up_to, people_up_to, bots_up_to,
            generated_at
        )
        with

        scoped as (
            select
                scopes.property_id,
                pages.path_key,
                days.visitor_id,
                days.day,
                bool_or(not days.is_bot) as is_person,
                bool_or(days.is_bot) as is_bot,
                max(days.generated_at) as generated_at
            from analytics.visitor_days as days
            cross join lateral unnest(days.path_keys) as pages (path_key)
            cross join lateral (values (days.property_id), ('')) as scopes (property_id)
            group by
                scopes.property_id,
                pages.path_key,
                days.visitor_id,
                days.day,
                days.property_id
        ),

        dated as (
            select
                scoped.property_id,
                scoped.path_key,
                scoped.day,
                scoped.generated_at,
                measures.measure,
                lag(scoped.day) over (
                    partition by
                        scoped.property_id,
                        scoped.path_key,
                        scoped.visitor_id,
                        measures.measure
                    order by scoped.day asc
                ) as previous_day
            from scoped
            cross join
                lateral (
                    values
                    ('visitors', true),
                    ('people', scoped.is_person),
                    ('bots', scoped.is_bot)
                ) as measures (measure, counts)
            where measures.counts
        ),

        counted as (
            select
                property_id,
                path_key,
                day,
                previous_day,
                count(*) filter (where measure = 'visitors') as visitors,
                count(*) filter (where measure = 'people') as people,
                count(*) filter (where measure = 'bots') as bots,
                max(generated_at) as generated_at
            from dated
            where previous_day is not null
            group by
                property_id,
                path_key,
                day,
                previous_day
        ),

        summed as (
            select
                property_id,
                path_key,
                day,
                previous_day,
                sum(visitors) over up_to as visitors,
                sum(people) over up_to as people,
                sum(bots) over up_to as bots,
                generated_at
            from counted
            window up_to as (
                partition by property_id, path_key, day
                order by previous_day asc
            )
        )

        select
            property_id,
            day,
            path_key,
            array_agg(previous_day order by previous_day asc) as previous_days,
            array_agg(visitors::integer order by previous_day asc) as visitors_up_to,
            array_agg(people::integer order by previous_day asc) as people_up_to,
            array_agg(bots::integer order by previous_day asc) as bots_up_to,
            max(generated_at) as generated_at
        from summed
        group by
            property_id,
            path_key,
            day
    $insert$;
end $$;
