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
    constraint leads_pkey primary key (id),
    constraint leads_email_key unique (email),
    constraint leads_email_is_normalised check (email = lower(btrim(email)))
);

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

create index if not exists form_submissions_day_idx
on raw.form_submissions (((captured_at at time zone 'UTC')::date));
create index if not exists form_submissions_created_at_idx on raw.form_submissions (created_at);

comment on column raw.form_submissions.is_first_capture is
'This submission made the lead. A count of new leads that outlives the deletion of the lead.';

-- The properties that a submission counts for: each on which its visitor had an event by then. They
-- are kept because those events are purged while the submission still counts.
create table if not exists raw.submission_properties (
    visitor_id uuid not null,
    submission_id uuid not null,
    property_id varchar(128) not null,
    created_at timestamptz not null default now(),
    constraint submission_properties_pkey primary key (visitor_id, submission_id, property_id),
    constraint submission_properties_submission_id_fkey
    foreign key (visitor_id, submission_id) references raw.form_submissions (visitor_id, id)
    on delete cascade
);

comment on column raw.submission_properties.created_at is
'When the first event of the property was received by which the submission counts for it.';

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
    constraint consent_events_pkey primary key (id),
    constraint consent_events_lead_id_fkey
    foreign key (lead_id) references raw.leads (id) on delete cascade
);
