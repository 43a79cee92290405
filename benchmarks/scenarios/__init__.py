"""What can be measured. Each module has a TITLE, the PARAMETERS of the plan that it uses, and:

run(bench)         measures; returns what the next two are made of
headlines(result)  the figures that have a goal
render(result)     the section of the report
"""
