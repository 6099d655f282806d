"""RSA key files as OpenSSL writes them, published on purpose: they guard nothing and never may.

Slurm's page makes its key with `openssl genrsa`, so the PEM text itself, lines, dashes and final newline
included, is the HMAC key. The texts were generated once. pem.json keeps them as base64, so that no editor or
checkout changes a line end in them.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

_BLOCKS = json.loads(Path(__file__).with_suffix(".json").read_bytes())

PKCS1 = base64.b64decode("".join(_BLOCKS["pkcs1"]))
"""`openssl genrsa 2048` before OpenSSL 3.0: PKCS#1, 1,675 bytes, generated with `-traditional`."""

PKCS8 = base64.b64decode("".join(_BLOCKS["pkcs8"]))
"""`openssl genrsa 2048` since OpenSSL 3.0: PKCS#8, 1,704 bytes; another key than `PKCS1`."""

PUBLIC = base64.b64decode("".join(_BLOCKS["public"]))
"""The public half of `PKCS1`, as `openssl rsa -pubout` writes it: 451 bytes."""

SMALL = base64.b64decode("".join(_BLOCKS["small"]))
"""A key of 1024 bits, too small for RS256 (RFC 7518 3.3)."""

EXPONENT3 = base64.b64decode("".join(_BLOCKS["exponent3"]))
"""A key of 2048 bits whose public exponent is 3."""

LARGE = base64.b64decode("".join(_BLOCKS["large"]))
"""A key of 4096 bits."""
