-- The vocabulary of the promoted columns and of the lead tables.
comment on schema raw is
'Events as they were accepted. Written by the ingest app alone, read by dbt.';
comment on column raw.schema_version.version is
'A number. A hash is the name of a version in apps of before the numbers, which look for theirs.';
comment on column raw.schema_version.oldest_app is
'The lowest version whose app can work with this one.';

do $$
begin
    if to_regtype('raw.traffic_source') is null then
        create type raw.traffic_source as enum (
            'direct', 'organic_search', 'paid_search', 'social', 'email',
            'referral', 'campaign', 'internal', 'unknown'
        );
    end if;
    if to_regtype('raw.device_type') is null then
        create type raw.device_type as enum ('desktop', 'mobile', 'tablet', 'bot', 'unknown');
    end if;
    if to_regtype('raw.consent_status') is null then
        create type raw.consent_status as enum ('pending', 'express', 'implied', 'withdrawn');
    end if;
    if to_regtype('raw.link_source') is null then
        create type raw.link_source as enum ('form_submit', 'same_ip_ua_window', 'manual_merge');
    end if;
    if to_regtype('raw.validation_status') is null then
        create type raw.validation_status as enum ('accepted', 'rejected', 'invalid');
    end if;
    if to_regtype('raw.email_domain_class') is null then
        create type raw.email_domain_class as enum ('free', 'business', 'disposable');
    end if;
end
$$;
