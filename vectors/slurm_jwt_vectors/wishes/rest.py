"""Other claims, the order of claims, and the keys."""

from slurm_jwt_vectors.keys import KEYS
from slurm_jwt_vectors.sources import PAGE, PAGE_KEY, json, jwa, jwt
from slurm_jwt_vectors.wishes.build import CLAIMS, wish

_CLAIMS = (f"{PAGE}, Compatibility 1", jwt("4"))
_NO_JSON = "JSON has no such number."
_NOTHING = "The three claims that Slurm needs are missing."


def _deep(levels: int) -> list[object]:
    made: list[object] = []
    for _ in range(levels - 1):
        made = [made]
    return made


wish("usual", "What `scontrol token` writes.", *_CLAIMS).token()
wish(
    "other-order",
    "The claims in another order.",
    *_CLAIMS,
    claims={name: CLAIMS[name] for name in ("sun", "iat", "exp")},
    ordered=True,
).token()
wish(
    "extra-claims",
    "Claims of a portal beside Slurm's.",
    *_CLAIMS,
    groups=["hpc", "gpu"],
    project={"id": 7, "open": True},
    email=None,
).token()
wish(
    "registered-strings", "iss, sub and jti.", jwt("4.1"), iss="https://portal.example", sub="alice", jti="1"
).token()
wish("no-claims", "No claims at all.", *_CLAIMS, claims={}).refuse(
    "sun.required", "iat.required", "exp.required", why=_NOTHING
)
wish("non-ascii", "A claim beyond ASCII.", json("8.1"), name="Alic\u00e9 \u5f20").token()
wish(
    "non-ascii-name", "A claim named beyond ASCII.", json("8.1"), claims={**CLAIMS, "\u540d\u524d": "Alice"}
).token()
wish("emoji", "A character beyond 16 bits.", json("8.1"), name="\U0001f511").token()
wish("empty-name", "A claim with an empty name.", jwt("4"), claims={**CLAIMS, "": 1}).token()
wish("control-characters", "Line ends, NUL and escape in a claim.", json("7"), note="a\0b\nc\x1b[31m").token()
wish("quotes", "Quotes and backslashes in a claim.", json("7"), note='"},"sun":"root","x":{"\\').token()
wish("lone-surrogate", "A claim that is no text.", json("8.2"), name="\ud83d").either(
    "RFC 8259 8.2 calls what software does with lone surrogates unpredictable.", "claims.unicode"
)
wish("nan", "A foreign claim that is not a number.", json("6"), load=float("nan")).refuse(
    "claims.json", why=_NO_JSON
)
wish("infinity", "A foreign claim that is infinite.", json("6"), load=float("inf")).refuse(
    "claims.json", why=_NO_JSON
)
wish("float", "A foreign claim with a fraction.", json("6"), load=0.5).token()
wish("2-63", "2^63 in a foreign claim: Slurm refuses the whole token.", json("6"), quota=2**63).either(
    "RFC 8259 6 lets software limit numbers.", "claims.numbers"
)
wish("nesting", "A foreign claim of 64 levels.", json("9"), tree=_deep(64)).either(
    "RFC 8259 9 lets a parser limit depth.", "claims.depth"
)
wish("huge", "A claim of 200,000 characters: too long for SLURM_JWT.", jwt("4"), groups="x" * 200_000).either(
    "RFC 7519 leaves the size open; Linux carries 131,072 bytes in one variable.", "form.size"
)
wish("bytes", "A foreign claim of bytes.", json("3"), blob=b"\xff\0").either(
    "JSON has no bytes: refuse, or write them as text."
)
wish("aud", "An audience, though none is agreed with Slurm.", jwt("4.1.3"), aud="slurm").either(
    "RFC 7519 4.1.3 lets a verifier refuse an audience that it is not.", "aud.unasked"
)
wish("aud-number", "aud is a number.", jwt("4.1.3"), aud=1).refuse("aud.form")
wish("iss-number", "iss is a number.", jwt("4.1.1"), iss=1).refuse("claims.types")
wish("sub-number", "sub is a uid.", jwt("4.1.2"), sub=2001).refuse("claims.types")
wish("jti-number", "jti is a number.", jwt("4.1.7"), jti=1).refuse("claims.types")

wish("key-empty", "An empty key.", jwa("3.2"), key="empty").refuse("key.empty")
wish("key-one-byte", "A key of one byte.", jwa("3.2"), key="byte1").refuse("key.length")
wish("key-31-bytes", "A key of 31 bytes.", jwa("3.2"), key="bytes31").refuse("key.length")
for _name in sorted(KEYS):
    if len(KEYS[_name].bytes) >= 32 and _name != "random32":
        wish(
            f"key-{_name}", f"The key {_name}: {KEYS[_name].shape}.", PAGE_KEY, jwa("3.2"), key=_name
        ).token()
