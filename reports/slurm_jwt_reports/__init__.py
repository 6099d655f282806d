"""Reports: the result stream of a run, and every way to show it.

    from slurm_jwt_reports.results import Writer, read
    from slurm_jwt_reports.render import render

This room imports none of the others: a report is made from the stream alone.
"""
