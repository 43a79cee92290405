-- After the columns that it names; marts find the submissions of a lead by it.
create index if not exists form_submissions_lead_key_idx
on raw.form_submissions ((coalesce(lead_id, erased_lead_id, id)));
