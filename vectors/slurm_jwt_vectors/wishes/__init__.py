"""Issuing requests: claims that an issuer is asked to sign, in data/issuing.json."""
