{# Once it is, it stays so, whatever a later command says: days before the sample are not counted. #}
{%- macro is_sampled() -%}
    {{ return(
        not is_production() and (
            (is_building() and var('sample_days', none) is not none)
            or adapter.get_relation(target.database, target.schema ~ '_raw', 'events') is not none
        )
    ) }}
{%- endmacro -%}
