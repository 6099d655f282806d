"""Reports: the result stream of a run, and every way to show it.

    from slurm_jwt_reports.stream.writer import Writer  # results.jsonl, written during a run
    from slurm_jwt_reports.stream.reader import read    # and read back
    from slurm_jwt_reports.stream.merge import merge    # several runs as one: shards, or several libraries
    from slurm_jwt_reports.render import render         # html, junit, markdown, sarif, badge, json
    from slurm_jwt_reports.diff.diff import diff        # what changed between two runs
    from slurm_jwt_reports.site.page import write_site  # a site's report, from a site.report.SiteReport

Of the other rooms, this room imports only slurm_jwt.vocabulary.
"""
