{#
    Rows received before the cutoff become visible when their transactions end. The first pause lets
    a transaction that has begun but not yet written take its number; after it, every number that
    is out must come home. Five seconds at most: what comes later still is the grace's to catch.
#}
{%- macro wait_for_open_writers() -%}
do $$
declare
    give_up_at constant timestamptz := clock_timestamp() + interval '5 seconds';
    first_not_waited_for xid8;
begin
    perform pg_sleep(0.1);
    first_not_waited_for := pg_snapshot_xmax(pg_current_snapshot());
    while pg_snapshot_xmin(pg_current_snapshot()) < first_not_waited_for
        and clock_timestamp() < give_up_at
    loop
        perform pg_sleep(0.01);
    end loop;
end
$$
{%- endmacro -%}
