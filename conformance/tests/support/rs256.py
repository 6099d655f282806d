"""RSA keys, JWKS files and RS256 tokens for tests, written member by member."""

import base64
import json
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOW = 1893456000
LEFT_OUT = ...
"""As the value of a member: the member is missing."""


@lru_cache
def private_key(_number=0):
    """Return the private key of this number; the same one again within a test run."""
    return rsa.generate_private_key(65537, 2048)


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value, length=0):
    return b64(value.to_bytes(max(length, (value.bit_length() + 7) // 8), "big"))


def jwk(key=None, **members):
    """Return a JWK of alg RS256 and kid "a", with other members than these where they are given."""
    public = (key or private_key()).public_key().public_numbers()
    own = {"kty": "RSA", "kid": "a", "alg": "RS256", "n": number(public.n), "e": number(public.e)}
    return {name: value for name, value in {**own, **members}.items() if value is not LEFT_OUT}


def jwks(*keys):
    return json.dumps({"keys": keys}).encode()


def text_of(claims, header):
    return ".".join(b64(json.dumps(each).encode()) for each in (header, claims))


def token(key=None, claims=None, **header):
    """Return a token for alice, signed with RS256 whatever its header says."""
    own = {"alg": "RS256", "kid": "a", **header}
    own = {name: value for name, value in own.items() if value is not LEFT_OUT}
    text = text_of({"exp": NOW, "sun": "alice"} if claims is None else claims, own).encode()
    signature = (key or private_key()).sign(text, padding.PKCS1v15(), hashes.SHA256())
    return text + b"." + b64(signature).encode()
