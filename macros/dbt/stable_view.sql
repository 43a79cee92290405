{#
    A view that is replaced where it stands, and only where its query is another one. dbt's own makes a
    new one in each build and drops the old with all that reads it.
#}
{% materialization stable_view, adapter='postgres' %}
    {%- set view = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_view -%}
        {% do adapter.drop_relation(existing) %}
    {%- endif -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') %}
        {%- if config.get('contract').enforced -%}
            {{ get_assert_columns_equivalent(sql) }}
        {%- endif %}
do $footfall$
begin
    {{ replace_view(view, sql) }}
end
$footfall$
    {%- endcall -%}
    {% do apply_grants(view, config.get('grants'), should_revoke=True) %}
    {% do persist_docs(view, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [view]}) }}
{% endmaterialization %}
