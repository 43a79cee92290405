-- What captures of leads need: see ddl/05_leads.sql.
do $$
begin
    if to_regtype('raw.email_domain_class') is null then
        create type raw.email_domain_class as enum ('free', 'business', 'disposable');
    end if;
end
$$;

alter table raw.leads add column if not exists email_domain_class raw.email_domain_class;

comment on column raw.leads.updated_at is
'When the consent or a time of the lead was last changed: no earlier than that change was made.';
comment on column raw.leads.email_domain_class is
'By lists of the app, at the first capture; null for a lead that something else wrote.';

create index if not exists lead_identities_lead_id_idx on raw.lead_identities (lead_id);

alter table raw.form_submissions
add column if not exists erased_lead_id uuid,
add column if not exists fingerprint varchar(64);
create index if not exists form_submissions_lead_id_idx on raw.form_submissions (lead_id);

comment on column raw.form_submissions.erased_lead_id is
'What an erased lead had in common: a random id that is nobody''s, the same in its submissions.';
comment on column raw.form_submissions.fingerprint is
'A keyed hash of all that was sent, by which a form that is sent again is known; null once erased.';

alter table raw.consent_events
add column if not exists consent_text text,
add column if not exists form_name varchar(128),
add column if not exists path varchar(2048);
create index if not exists consent_events_lead_id_idx on raw.consent_events (lead_id);

comment on table raw.consent_events is
'What each lead said and was told, in their words. Rows are added, and go with their lead alone.';

create or replace function raw.keep_consent_history() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'DELETE' and not exists (select from raw.leads where id = old.lead_id) then
        return old;
    end if;
    raise exception 'the history of consent is kept: % of raw.consent_events', lower(tg_op)
    using errcode = 'integrity_constraint_violation';
end
$$;

create or replace trigger keep_history
before update or delete on raw.consent_events
for each row execute function raw.keep_consent_history();

-- Addresses that were erased, as keyed hashes.
create table if not exists raw.suppressions (
    email_hash varchar(64) not null,
    created_at timestamptz not null default now(),
    constraint suppressions_pkey primary key (email_hash)
);

-- Who looked at addresses, sent them on or erased one. No row names a person.
create table if not exists raw.lead_accesses (
    id uuid not null,
    purpose varchar(32) not null,
    actor varchar(128) not null,
    leads integer not null,
    filters jsonb,
    created_at timestamptz not null default now(),
    constraint lead_accesses_pkey primary key (id),
    constraint lead_accesses_count_something check (leads >= 0)
);

create index if not exists lead_accesses_created_at_idx on raw.lead_accesses (created_at);

comment on column raw.lead_accesses.purpose is 'list, export, webhook, link or erase.';
comment on column raw.lead_accesses.actor is
'The fingerprint of the admin key, the command, or the host of the webhook.';

-- What the webhook has yet to tell, and what it told. A row has no address: that is read when it is
-- sent, so that an erasure takes it too. Of the rows of a lead, the lowest number goes first.
create table if not exists raw.lead_webhook_deliveries (
    id bigint generated always as identity,
    kind varchar(32) not null,
    lead_id uuid,
    erased_lead_id uuid,
    submission_id uuid,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    delivered_at timestamptz,
    created_at timestamptz not null default now(),
    constraint lead_webhook_deliveries_pkey primary key (id),
    constraint lead_webhook_deliveries_lead_id_fkey
    foreign key (lead_id) references raw.leads (id) on delete cascade,
    constraint lead_webhook_deliveries_are_of_one_lead
    check (num_nonnulls(lead_id, erased_lead_id) = 1)
);

create index if not exists lead_webhook_deliveries_lead_id_idx
on raw.lead_webhook_deliveries (lead_id);
create index if not exists lead_webhook_deliveries_waiting_idx
on raw.lead_webhook_deliveries (id) where delivered_at is null;

comment on column raw.lead_webhook_deliveries.kind is 'captured, withdrawn or erased.';
comment on column raw.lead_webhook_deliveries.erased_lead_id is
'The id by which the receiver knows a lead that is gone here. The row goes once that is told.';
comment on column raw.lead_webhook_deliveries.submission_id is
'Whose words go with it, where it was a form.';
