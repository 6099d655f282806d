"""Reports: the result stream of a run, and every way to show it.

    from slurm_jwt_reports.stream.results import Writer, read
    from slurm_jwt_reports.render import render         # html, junit, markdown, sarif, badge, json
    from slurm_jwt_reports.diff.diff import diff             # what changed between two runs
    from slurm_jwt_reports.stream.merge import merge           # shards, or many libraries' runs, as one
    from slurm_jwt_reports.site.page import write_site   # fit or not fit, from a site.SiteReport

This room imports none of the others: a report is made from the stream alone.
"""
