"""A site's report: whether a token or a library is fit for use with a cluster."""
