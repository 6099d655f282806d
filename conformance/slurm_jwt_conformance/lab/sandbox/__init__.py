"""Namespaces with only loopback, in which real daemons run."""
