-- People who left their address, how they are tied to visitors, and what they agreed to.
create table if not exists raw.leads (
    id uuid not null,
    email varchar(320) not null,
    consent_status raw.consent_status not null default 'pending',
    source_channel varchar(128),
    first_captured_at timestamptz not null,
    last_captured_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    email_domain_class raw.email_domain_class,
    constraint leads_pkey primary key (id),
    constraint leads_email_key unique (email),
    constraint leads_email_is_normalised check (email = lower(btrim(email)))
);

comment on column raw.leads.updated_at is
'When the consent or a time of the lead was last changed: no earlier than that change was made.';
comment on column raw.leads.email_domain_class is
'By lists of the app, at the first capture; null for a lead that something else wrote.';

create table if not exists raw.lead_identities (
    id uuid not null,
    lead_id uuid not null,
    visitor_id uuid not null,
    link_source raw.link_source not null,
    confidence numeric(4, 3) not null,
    created_at timestamptz not null default now(),
    constraint lead_identities_pkey primary key (visitor_id, id),
    constraint lead_identities_link_key unique (visitor_id, lead_id, link_source),
    constraint lead_identities_lead_id_fkey
    foreign key (lead_id) references raw.leads (id) on delete cascade,
    constraint lead_identities_visitor_id_fkey
    foreign key (visitor_id) references raw.visitors (id) on delete cascade,
    constraint lead_identities_confidence_is_a_share check (confidence between 0 and 1)
);

create index if not exists lead_identities_lead_id_idx on raw.lead_identities (lead_id);

create table if not exists raw.form_submissions (
    id uuid not null,
    visitor_id uuid not null,
    session_id uuid,
    lead_id uuid,
    form_name varchar(128) not null,
    path varchar(2048),
    payload jsonb,
    validation_status raw.validation_status not null,
    is_first_capture boolean not null default false,
    captured_at timestamptz not null,
    created_at timestamptz not null default now(),
    erased_lead_id uuid,
    fingerprint varchar(64),
    occurred_on date not null,
    constraint form_submissions_pkey primary key (visitor_id, id),
    constraint form_submissions_visitor_id_fkey
    foreign key (visitor_id) references raw.visitors (id) on delete cascade,
    constraint form_submissions_session_id_fkey
    foreign key (visitor_id, session_id) references raw.sessions (visitor_id, id)
    on delete set null (session_id),
    constraint form_submissions_lead_id_fkey
    foreign key (lead_id) references raw.leads (id) on delete set null,
    constraint form_submissions_first_capture_is_accepted
    check (validation_status = 'accepted' or not is_first_capture)
);

create index if not exists form_submissions_occurred_on_idx on raw.form_submissions (occurred_on);
create index if not exists form_submissions_created_at_idx on raw.form_submissions (created_at);
create index if not exists form_submissions_lead_id_idx on raw.form_submissions (lead_id);
-- By lead, as marts know it: one that is erased too.
create index if not exists form_submissions_lead_key_idx
on raw.form_submissions ((coalesce(lead_id, erased_lead_id, id)));

comment on column raw.form_submissions.is_first_capture is
'This submission made the lead. A count of new leads that outlives the deletion of the lead.';
comment on column raw.form_submissions.occurred_on is
'The day of captured_at by the clocks of the property that sent the form; that of its event.';
comment on column raw.form_submissions.erased_lead_id is
'What an erased lead had in common: a random id that is nobody''s, the same in its submissions.';
comment on column raw.form_submissions.fingerprint is
'A keyed hash of all that was sent, by which a form that is sent again is known; null once erased.';

-- The properties that a submission counts for: each on which its visitor had an event by then. They
-- are kept because those events are purged while the submission still counts.
create table if not exists raw.submission_properties (
    visitor_id uuid not null,
    submission_id uuid not null,
    property_id varchar(128) not null,
    created_at timestamptz not null default now(),
    merged_names varchar(128)[] not null default '{}',
    constraint submission_properties_pkey primary key (visitor_id, submission_id, property_id),
    constraint submission_properties_submission_id_fkey
    foreign key (visitor_id, submission_id) references raw.form_submissions (visitor_id, id)
    on delete cascade
);

comment on column raw.submission_properties.created_at is
'When the first event of the property was received by which the submission counts for it.';
comment on column raw.submission_properties.merged_names is
'Other properties for which it counted as well, and which are a part of this one now.';

-- Whoever stores a submission gets its properties with it; late events add theirs by the writer.
create or replace function raw.keep_submission_properties() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- The writer of an event holds this lock too. Whichever of the two comes second sees the other.
    perform from raw.visitors where id = new.visitor_id for no key update;
    insert into raw.submission_properties (visitor_id, submission_id, property_id, created_at)
    select new.visitor_id, new.id, events.property_id, min(events.created_at)
    from raw.events
    where events.visitor_id = new.visitor_id and events."timestamp" <= new.captured_at
    group by events.property_id;
    return null;
end
$$;

create or replace trigger keep_properties
after insert on raw.form_submissions
for each row execute function raw.keep_submission_properties();

create table if not exists raw.consent_events (
    id uuid not null,
    lead_id uuid,
    consent_status raw.consent_status not null,
    source_channel varchar(128),
    occurred_at timestamptz not null,
    created_at timestamptz not null default now(),
    consent_text text,
    form_name varchar(128),
    path varchar(2048),
    constraint consent_events_pkey primary key (id),
    constraint consent_events_lead_id_fkey
    foreign key (lead_id) references raw.leads (id) on delete cascade
);

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
