{#
    The rows of a query, which a build asks of the database once, however many of its nodes want to know:
    graph is one dictionary for all of them. For what does not change while a build runs.
#}
{%- macro asked_once(query) -%}
    {%- set answers = graph.setdefault('answers', {}) -%}
    {%- if query not in answers -%}
        {%- do answers.update({query: run_query(query).rows}) -%}
    {%- endif -%}
    {{ return(answers[query]) }}
{%- endmacro -%}
