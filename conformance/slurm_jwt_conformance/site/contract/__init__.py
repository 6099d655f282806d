"""The issuer guide: the page that tells a developer how to make tokens that this cluster accepts."""
