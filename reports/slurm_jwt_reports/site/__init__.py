"""A site's report: whether a token or an issuer is fit for use with a cluster."""
