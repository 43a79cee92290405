{# Comments that differ, and no others: dbt's own writes every one of them again in every build. #}
{%- macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set of_relation = for_relation and config.persist_relation_docs() -%}
    {%- set of_columns = for_columns and config.persist_column_docs() -%}
    {%- set known = {} -%}
    {%- if of_relation or of_columns -%}
        {%- set comments -%}
select
    coalesce(columns.attname::text, '') as name,
    comments.description
from pg_description as comments
left join pg_attribute as columns
    on
        comments.objoid = columns.attrelid
        and comments.objsubid = columns.attnum
where
    comments.classoid = 'pg_class'::regclass
    and comments.objoid = '{{ relation }}'::regclass
        {%- endset -%}
        {%- for row in run_query(comments).rows -%}
            {%- do known.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set description = model.description | trim -%}
    {%- if of_relation and description and known.get('') != description -%}
        {% do run_query(alter_relation_comment(relation, description)) %}
    {%- endif -%}
    {%- set changed = {} -%}
    {%- for name, column in model.columns.items() if of_columns -%}
        {%- set description = column.description | trim -%}
        {%- if description and known.get(name) != description -%}
            {%- do changed.update({name: {'description': description, 'quote': column.quote}}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if changed -%}
        {% do run_query(alter_column_comment(relation, changed)) %}
    {%- endif -%}
{%- endmacro -%}
