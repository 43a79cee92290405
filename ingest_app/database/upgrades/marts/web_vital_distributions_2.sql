-- A day of a property and device is one row with its values in order, and the country is gone: the
-- rows of before, put together, all properties together, and all devices of people. What buckets
-- held is told by the coarse steps.
do $$
begin
    if not exists (
        select from pg_attribute
        where
            attrelid = 'analytics.web_vital_distributions'::regclass
            and attname = 'country_code'
            and not attisdropped
    ) then
        return;
    end if;
    create temporary table brought_over on commit drop as
    with counted as (
        select
            scopes.property_id,
            known.day,
            scopes.device_type,
            known.vital,
            known.value,
            sum(known.samples)::integer as samples,
            max(known.generated_at) as generated_at
        from analytics.web_vital_distributions as known
        cross join lateral (
            values
            (known.property_id, known.device_type, true),
            ('', known.device_type, true),
            (known.property_id, '', known.device_type <> 'bot'),
            ('', '', known.device_type <> 'bot')
        ) as scopes (property_id, device_type, is_theirs)
        where scopes.is_theirs
        group by scopes.property_id, known.day, scopes.device_type, known.vital, known.value
    ),

    stepped as (
        select
            property_id,
            day,
            device_type,
            vital,
            value / 64 as step,
            sum(samples)::integer as samples
        from counted
        group by property_id, day, device_type, vital, value / 64
    ),

    steps as (
        select
            property_id,
            day,
            device_type,
            vital,
            array_agg(step order by step) as steps,
            array_agg(samples order by step) as step_samples
        from stepped
        group by property_id, day, device_type, vital
    ),

    days as (
        select
            property_id,
            day,
            device_type,
            vital,
            sum(samples)::bigint as samples,
            array_agg(value order by value) as measured_values,
            array_agg(samples order by value) as value_samples,
            max(generated_at) as generated_at
        from counted
        group by property_id, day, device_type, vital
    )

    select
        property_id,
        day,
        device_type,
        vital,
        days.samples,
        days.measured_values,
        days.value_samples,
        steps.steps,
        steps.step_samples,
        days.generated_at
    from days
    inner join steps using (property_id, day, device_type, vital);

    truncate analytics.web_vital_distributions;
    alter table analytics.web_vital_distributions
    drop constraint if exists web_vital_distributions_pkey,
    drop column country_code,
    drop column value,
    add column measured_values integer[] not null,
    add column value_samples integer[] not null,
    add column steps integer[] not null,
    add column step_samples integer[] not null,
    add constraint web_vital_distributions_pkey
    primary key (property_id, vital, day, device_type);
    insert into analytics.web_vital_distributions (
        property_id, day, device_type, vital, samples, measured_values, value_samples, steps,
        step_samples, generated_at
    )
    select
        property_id,
        day,
        device_type,
        vital,
        samples,
        measured_values,
        value_samples,
        steps,
        step_samples,
        generated_at
    from brought_over;
end
$$;

drop table if exists analytics.web_vital_buckets;
delete from analytics_state.rollup_watermarks
where mart = 'web_vital_buckets';
delete from analytics_state.rollup_owed_days
where mart = 'web_vital_buckets';
delete from analytics_state.rollup_touched_days
where mart = 'web_vital_buckets';
delete from analytics_state.rollup_shapes
where name = 'web_vital_buckets';
