{#
    A view that is replaced where it stands, and only where its query is another one. dbt's own makes a
    new one in each build and drops the old with all that reads it. One that others may read is read with
    their rights, so that it shows the rows that they may see; one that is made of what they may not read
    says for itself who sees what, and runs nobody's function on a row before it has looked.
#}
{% materialization stable_view, adapter='postgres' %}
    {%- set view = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_view -%}
        {% do adapter.drop_relation(existing) %}
    {%- endif -%}
    {%- set of_sources = [] -%}
    {%- for node in model.depends_on.nodes if node.startswith('source.') -%}
        {%- do of_sources.append(node) -%}
    {%- endfor -%}
    {%- set option = none if not config.get('grants')
        else 'security_barrier' if of_sources else 'security_invoker' -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') %}
do $footfall$
begin
    {{ replace_view(view, sql, option) }}
end
$footfall$
    {%- endcall -%}
    {%- if config.get('contract').enforced and not columns_as_promised([view]) -%}
        {% do get_assert_columns_equivalent(sql) %}
    {%- endif -%}
    {% do apply_grants(view, config.get('grants'), should_revoke=True) %}
    {% do persist_docs(view, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [view]}) }}
{% endmaterialization %}
