{#
    The elements of an array by which events of a session are in order. Times as texts are in order too, for
    their style is that of the session (fix_session()). Campaigns are not for dbt to read: the session's
    landing path is that of the event with one.
#}
{%- macro order_of_events(events, sessions) -%}
({{ events }}.occurred_at at time zone 'UTC')::text,
            case when {{ events }}.sent_path = {{ sessions }}.landing_path then '0' else '1' end
            || case when {{ events }}.traffic_source in ('direct', 'internal') then '1' else '0' end
            || case when {{ events }}.is_entrance then '0' else '1' end,
            {{ events }}.dedupe_key collate "C"
{%- endmacro -%}
