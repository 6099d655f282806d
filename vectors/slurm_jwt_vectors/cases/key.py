"""The signing key: every shape of key file that sites really have, and tokens signed with almost that key."""

from slurm_jwt_vectors.build import Judged, token
from slurm_jwt_vectors.keys import KEYS
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_GENRSA, PAGE_KEY, jwa


@case
def pem_pkcs1() -> Judged:
    """The page's own key file: the PEM text that `openssl genrsa` wrote before OpenSSL 3.0."""
    return token(key="pem-pkcs1").valid(sources=(PAGE_GENRSA, jwa("3.2")))


@case
def pem_without_final_newline() -> Judged:
    """The issuer read the PEM through `$(cat key)`, which drops the last line feed."""
    return (
        token(key="pem-pkcs1")
        .signed_by(KEYS["pem-pkcs1"].bytes.rstrip(b"\n"))
        .invalid("signature.match", sources=(PAGE_KEY, jwa("3.2")), twin="key.pem-pkcs1")
    )


@case
def short_31() -> Judged:
    """A key of 31 bytes: one short of what RFC 7518 demands."""
    return token(key="bytes31").invalid("key.length", sources=(jwa("3.2"),))
