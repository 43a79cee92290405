-- Whether a mart was compared with raw since it was last written. Of builds of before nobody knows.
alter table analytics_state.rollup_watermarks
add column if not exists compared_at timestamptz,
add column if not exists is_equal boolean;
