"""One token or many at a site: the rules, the cluster's release, its users and its policy, and what to do."""
