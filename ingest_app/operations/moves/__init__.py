"""Renames and merges of properties: rows of one name become rows of another, and so does what is to come.

First the alias is committed, in a moment in which nobody writes events or refusals: from then on writers
store under the new name. Then raw rows are moved, a chunk a transaction, each of which owes its days to
the next build. Marts come last: a rename at once where they belong to the same role, else with the next
build of their owner, and a merge with that build in any case. One that was interrupted is run again.
"""
