"""Changes that are no mutants: what nothing can tell from the reference, and what is too blunt."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.mutant import LeftOut, Mutant, Patch

_CLAIMS = "slurm_jwt.strict.claims"
_EXAMINATION = "slurm_jwt.strict.examination"
_JWS = "slurm_jwt.strict.jws"
_KEYS = "slurm_jwt.strict.keys"
_COMPARED = "compare_digest(sign(parts.signing_input), jws.encode(parts.signature))"
_BLOCK = "    block = (sha256(key).digest() if len(key) > 64 else key)"
_EXPIRED = "    if _is_number(exp) and now >= exp:\n"
_TIMES = "    return found + _examine_clock(claims, now)\n"


def _equivalent(name: str, wrong: str, patch: Patch, proof: str) -> LeftOut:
    return LeftOut(Mutant(name, wrong, patch), "equivalent", proof)


def _blunt(name: str, wrong: str, patch: Patch, reason: str) -> LeftOut:
    return LeftOut(Mutant(name, wrong, patch), "blunt", reason)


EQUIVALENT = (
    _equivalent(
        "signing-input-encoded-again",
        "The MAC is over the decoded parts as they are encoded again, not over the text that came.",
        Patch(
            _EXAMINATION,
            _COMPARED,
            _COMPARED.replace(
                "parts.signing_input",
                'jws.encode(parts.header or b"") + b"." + jws.encode(parts.payload or b"")',
            ),
        ),
        "A part's text differs from the base64url of its bytes only where it is no base64url, or where "
        "unused bits are set; each of these is a finding of its own, so that the token is refused anyway.",
    ),
    _equivalent(
        "signature-compared-with-equals",
        "The signature is compared with ==, not in constant time.",
        Patch(_EXAMINATION, f"not {_COMPARED}", "sign(parts.signing_input) != jws.encode(parts.signature)"),
        "compare_digest and == give the same answer for two bytes objects. They differ in time alone, and no "
        "case can time an answer (CVE-2024-25189 is this fault in libjwt).",
    ),
    _equivalent(
        "key-nuls-behind-dropped",
        "NULs at the end of a key of up to 64 bytes are dropped.",
        Patch(_JWS, _BLOCK, f'    key = key.rstrip(b"\\0") if len(key) <= 64 else key\n{_BLOCK}'),
        "HMAC fills a key of up to 64 bytes up with NULs (RFC 2104 2): both keys make the same block. The "
        "length of a key is checked before.",
    ),
    _equivalent(
        "empty-key-is-a-short-one",
        "An empty key is refused as a short one.",
        Patch(_KEYS, '    if not key:\n        return finding("key.empty", "0 bytes")\n', ""),
        "0 is less than 32: key.length refuses what key.empty does not. Only the rule that is named differs.",
    ),
    _equivalent(
        "empty-name-is-an-odd-one",
        "An empty sun is refused as a name that is not portable.",
        Patch(
            _CLAIMS, '    if not name:\n        return [finding("sun.empty", "an empty string", "sun")]\n', ""
        ),
        "A portable name has at least one character: sun.posix refuses what sun.empty does not. Only the "
        "rule that is named differs.",
    ),
    _equivalent(
        "aud-form-unchecked",
        "aud may be of any form.",
        Patch(_CLAIMS, "    if not all(isinstance(entry, str) for entry in entries):\n", "    if False:\n"),
        "The strict reference refuses any aud (aud.unasked), whatever its form, since nobody asked for an "
        "audience. A verifier that takes an aud of wrong form is the mutant aud-ignored.",
    ),
    _equivalent(
        "crit-first-name-alone",
        "Of the names in crit only the first is held against what is understood.",
        Patch(
            "slurm_jwt.strict.header",
            "    strange = [name for name in names if name not in _OF_JWS]\n",
            "    strange = [name for name in names[:1] if name not in _OF_JWS]\n",
        ),
        "If the first name is understood, it is one that RFC 7515 registers, and crit.form refuses a crit "
        "that lists such a name.",
    ),
    _equivalent(
        "exp-before-iat-refused",
        "A token whose exp is not after iat is refused.",
        Patch(
            _CLAIMS,
            _EXPIRED,
            "    if _is_number(exp) and (now >= exp or (_is_number(iat) and exp <= iat)):\n",
        ),
        "If the token has not expired, now < exp <= iat: iat is in the future, and iat.reached refuses it.",
    ),
)

BLUNT = (
    _blunt(
        "signature-not-compared",
        "The signature is not compared.",
        Patch(_EXAMINATION, f"elif sign and not {_COMPARED}", "elif False"),
        "A tenth of all cases are about the signature. Its parts are mutants of their own.",
    ),
    _blunt(
        "key-without-final-newline",
        "Every key loses its final newline.",
        Patch(_JWS, _BLOCK, f'    key = key.removesuffix(b"\\n")\n{_BLOCK}'),
        "random32, the key of most cases, ends with one on purpose. key-line-end-stripped does it to text.",
    ),
    _blunt(
        "key-up-to-nul",
        "Every key ends at its first NUL.",
        Patch(_JWS, _BLOCK, f'    key = key.partition(b"\\0")[0]\n{_BLOCK}'),
        "random32, the key of most cases, has one on purpose. issuer-key-ends-at-nul does it in the Issuer.",
    ),
    _blunt(
        "key-over-32-wanted",
        "A key must have more than 32 bytes.",
        Patch(_KEYS, "    if len(key) < MIN_KEY_BYTES:\n", "    if len(key) <= MIN_KEY_BYTES:\n"),
        "random32, the key of most cases, has just 32.",
    ),
    _blunt(
        "times-to-2038",
        "exp wraps at 2^31, as in a time_t of 32 bits.",
        Patch(_CLAIMS, _EXPIRED, _EXPIRED.replace(">= exp", ">= (exp if exp < 2**31 else exp - 2**32)")),
        "Most cases expire in 2100. integers-of-32-bits wraps at 2^32.",
    ),
    _blunt(
        "nbf-required",
        "A token without nbf is refused.",
        Patch(
            _CLAIMS,
            _TIMES,
            '    if "nbf" not in claims:\n'
            f'        found.append(finding("nbf.number", "missing", "nbf"))\n{_TIMES}',
        ),
        "Few tokens have it.",
    ),
    _blunt(
        "lifespan-of-a-year-at-most",
        "A token that lives longer than a year is refused.",
        Patch(
            _CLAIMS,
            _EXPIRED,
            _EXPIRED.replace("now >= exp", "(now >= exp or (_is_number(iat) and exp - iat > 31622400))"),
        ),
        "Most cases live from 2020 to 2100, so that they need no clock.",
    ),
)

LEFT_OUT: tuple[LeftOut, ...] = (*EQUIVALENT, *BLUNT)
