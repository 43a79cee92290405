-- Source, medium and campaign may be longer than a key holds: the key has a hash of the three.
alter table analytics.daily_campaigns add column if not exists campaign_key uuid;

update analytics.daily_campaigns
set
    campaign_key = encode(
        substr(
            sha256(
                convert_to(json_build_array(utm_source, utm_medium, utm_campaign)::text, 'UTF8')
            ),
            1,
            16
        ),
        'hex'
    )::uuid
where campaign_key is null;

alter table analytics.daily_campaigns
alter column campaign_key set not null,
drop constraint if exists daily_campaigns_pkey,
add constraint daily_campaigns_pkey primary key (property_id, day, campaign_key);
