"""Studies: what real daemons and commands do with tokens beyond a single verdict, release by release.

Each module asks one set of questions and ends with its STUDY; `recorder` runs them all and writes the
record, `page` makes the documentation from what is recorded.
"""
