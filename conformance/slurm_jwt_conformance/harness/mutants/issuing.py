"""Mutants of the Issuer: what it writes, what it refuses, how it signs."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch

MODULE = "slurm_jwt.strict.issue"
_PAYLOAD = """    payload = f'{{"exp":{exp},"iat":{iat},"sun":"{user}"}}'.encode()\n"""
_EXP = "        exp = iat + lifespan\n"
_INPUT = '        signing_input = USUAL_START + b2a_base64(payload).rstrip(b"=\\n")\n'
_RETURNED = '        return (signing_input + b"." + self._sign(signing_input)).decode()\n'
_PORTABLE = "        portable = (user.isascii() and user.isalnum()) or is_portable_name(user)"
_REFUSED = "        if not portable or lifespan < 1 or exp > MAX_EXACT:\n"
_SIGNER = "        self._sign = signer(key)\n"


def _mutant(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return Mutant(f"issuer-{name}", wrong, Patch(MODULE, old, new), seen)


def _payload(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return _mutant(name, wrong, "    " + _PAYLOAD, "    " + _PAYLOAD.replace(old, new), seen)


def _exp(name: str, wrong: str, expression: str) -> Mutant:
    return _mutant(name, wrong, _EXP, f"        exp = {expression}\n")


def _header(name: str, wrong: str, text: str, seen: str = "") -> Mutant:
    """Write another header."""
    start = f'b2a_base64(b\'{text}\').rstrip(b"=\\n") + b"."'
    return _mutant(name, wrong, _INPUT, _INPUT.replace("USUAL_START", start), seen)


def _token(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return _mutant(name, wrong, _RETURNED, _RETURNED.replace(old, new), seen)


def _signer(name: str, wrong: str, key: str, seen: str = "") -> Mutant:
    return _mutant(name, wrong, _SIGNER, _SIGNER.replace("(key)", f"({key})"), seen)


def _hash(name: str, wrong: str, name_of_hash: str) -> Mutant:
    """Sign with HMAC over another hash, in base64url."""
    mac = f'b2a_base64(__import__("hmac").digest(key, text, "{name_of_hash}"))'
    url = '.rstrip(b"=\\n").replace(b"+", b"-").replace(b"/", b"_")'
    return _mutant(name, wrong, _SIGNER, f"        self._sign = lambda text: {mac}{url}\n")


def _user(name: str, wrong: str, expression: str) -> Mutant:
    """Change the name that was asked for."""
    return _mutant(name, wrong, _EXP, f"{_EXP}        user = {expression}\n")


_OF_CLAIMS = (
    _payload(
        "without-iat", "iat is missing.", '"iat":{iat},', "", "most libraries, unless the caller sets it"
    ),
    _payload("without-exp", "exp is missing.", '"exp":{exp},', "", "golang-jwt without ExpiresAt"),
    _payload("with-username", "The user is named by username, not by sun.", '"sun"', '"username"'),
    _payload("exp-as-float", "exp is a float.", "{exp}", "{exp}.0", "time.time() + 1800 in Python"),
    _payload("exp-as-text", "exp is a string.", "{exp}", '"{exp}"'),
    _payload("sun-twice", "sun is written twice.", '"sun":', '"sun":"root","sun":'),
    _payload("with-aud", "The token is for an audience.", '"iat"', '"aud":"slurm","iat"'),
    _payload("with-nbf", "nbf is a second after iat.", '"sun"', '"nbf":{iat + 1},"sun"'),
    _payload(
        "other-order",
        "The claims stand in the order of their making.",
        '"exp":{exp},"iat":{iat}',
        '"iat":{iat},"exp":{exp}',
    ),
    _payload("with-blanks", "The JSON has blanks, as json.dumps writes it.", ",", ", "),
    _payload("with-bom", "The claims begin with a byte order mark.", "'.encode()", '\'.encode("utf-8-sig")'),
    _exp("exp-is-iat", "exp is iat.", "iat"),
    _exp("exp-is-lifespan", "exp is the lifespan.", "lifespan"),
    _exp(
        "lifespan-in-milliseconds",
        "The lifespan is taken for milliseconds.",
        "iat + max(lifespan // 1000, 1)",
    ),
    _exp("lifespan-of-scontrol", "The lifespan is always 1,800 seconds.", "iat + 1800"),
    _mutant(
        "times-in-milliseconds",
        "Both times are in milliseconds.",
        _EXP,
        f"{_EXP}        exp, iat = exp * 1000, iat * 1000\n",
        "Date.now() in JavaScript",
    ),
    _mutant(
        "iat-of-the-clock",
        "iat is the machine's time, not the time asked for.",
        "        iat = int(time.time()) if now is None else floor(moment(now))\n",
        "        iat = int(time.time())\n",
    ),
)

_OF_USERS = (
    _user("sun-lower-cased", "The name is made lower case.", "user.lower()"),
    _user("sun-stripped", "Blanks around the name are stripped.", "user.strip()"),
    _user("sun-cut-to-32", "The name ends after 32 characters.", "user[:32]"),
    _user("sun-empty-is-nobody", "An empty name becomes nobody.", 'user or "nobody"'),
    _mutant(
        "sun-unchecked",
        "Any printable text is taken for a name, and written as it is.",
        _REFUSED,
        _REFUSED.replace("not portable", "not user.isprintable()"),
        "scontrol",
    ),
    _mutant(
        "sun-of-unicode-letters",
        "Letters and digits of all scripts are portable.",
        _PORTABLE,
        _PORTABLE.replace("user.isascii() and ", ""),
    ),
    _mutant(
        "sun-capitals-refused",
        "A name with capital letters is refused.",
        _PORTABLE,
        _PORTABLE.replace("(user.isascii()", "user == user.lower() and (user.isascii()").replace(
            "is_portable_name(user)", "(user == user.lower() and is_portable_name(user))"
        ),
    ),
    _mutant(
        "sun-alphanumeric",
        "A name of other characters than letters and digits is refused.",
        " or is_portable_name(user)  # most",
        "  # most",
    ),
    _mutant(
        "lifespan-1-refused",
        "A lifespan of one second is refused.",
        _REFUSED,
        _REFUSED.replace("< 1", "< 2"),
    ),
    _mutant(
        "lifespan-0-taken",
        "A lifespan of 0 is taken.",
        _REFUSED,
        _REFUSED.replace("< 1", "< 0"),
    ),
    _mutant(
        "lifespan-negative-taken",
        "A negative lifespan is taken.",
        _REFUSED,
        _REFUSED.replace("lifespan < 1 or ", ""),
        "scontrol to 22.05",
    ),
    _mutant(
        "lifespan-of-a-day",
        "A lifespan of more than a day is refused.",
        _REFUSED,
        _REFUSED.replace("exp > MAX_EXACT", "lifespan > 86400"),
    ),
    _mutant(
        "exp-of-any-size",
        "exp may be beyond 2^53 - 1.",
        _REFUSED,
        _REFUSED.replace(" or exp > MAX_EXACT", ""),
    ),
    _mutant(
        "key-unchecked",
        "A short key is taken.",
        "        flaw = examine_key(key)\n",
        "        flaw = None\n",
        "scontrol",
    ),
)

_OF_FORM = (
    _header("without-typ", "The header has no typ.", '{"alg":"HS256"}', "panva's jose"),
    _header("typ-first", "typ stands before alg.", '{"typ":"JWT","alg":"HS256"}', "php-jwt"),
    _header("typ-lower-case", "typ is jwt.", '{"alg":"HS256","typ":"jwt"}'),
    _header("alg-lower-case", "alg is hs256.", '{"alg":"hs256","typ":"JWT"}'),
    _header("alg-none", "alg is none.", '{"alg":"none","typ":"JWT"}'),
    _header("with-crit", "The header demands an extension.", '{"alg":"HS256","crit":["sun"],"sun":1}'),
    _mutant("payload-padded", "The payload is padded with =.", _INPUT, _INPUT.replace('b"=\\n"', 'b"\\n"')),
    _token(
        "newline-behind", "A line end follows the token.", ".decode()", '.decode() + "\\n"', "print in a pipe"
    ),
    _token(
        "with-variable",
        "The token stands behind SLURM_JWT=.",
        "return (",
        'return "SLURM_JWT=" + (',
        "scontrol token",
    ),
)

_OF_SIGNATURE = (
    _token("without-signature", "The signature is empty.", "self._sign(signing_input)", 'b""'),
    _token(
        "signature-padded",
        "The signature is padded with =.",
        "self._sign(signing_input)",
        'self._sign(signing_input) + b"="',
    ),
    _token(
        "signature-in-base64",
        "The signature is in the standard alphabet.",
        "self._sign(signing_input)",
        'self._sign(signing_input).replace(b"-", b"+").replace(b"_", b"/")',
    ),
    _token(
        "signature-cut",
        "The signature is cut to 16 bytes.",
        "self._sign(signing_input)",
        "self._sign(signing_input)[:22]",
    ),
    _token(
        "signature-of-payload",
        "The signature is over the payload alone.",
        "self._sign(signing_input)",
        "self._sign(signing_input[len(USUAL_START) :])",
    ),
    _signer(
        "key-stripped", "The key loses white space at both ends.", "key.strip()", "$(cat key) in a shell"
    ),
    _signer(
        "key-ends-at-nul", "The key ends at its first NUL.", 'key.partition(b"\\0")[0]', "keys as C strings"
    ),
    _signer(
        "key-as-text",
        "The key is read as UTF-8, and bytes that are none replaced.",
        'key.decode("utf-8", "replace").encode()',
        "open(path).read() with errors replaced",
    ),
    _signer("key-in-hex", "The hex text of the key is the key.", "key.hex().encode()"),
    _signer("key-crlf-to-lf", "CR LF in the key becomes LF.", 'key.replace(b"\\r\\n", b"\\n")'),
    _signer(
        "key-pem-body",
        "Of a PEM key only the lines within are used.",
        'b"".join(key.split(b"\\n")[1:-2]) if key.startswith(b"-----") else key',
    ),
    _signer("key-cut-to-64", "The key ends after 64 bytes.", "key[:64]"),
    _signer("key-hashed", "The SHA-256 of the key is the key.", '__import__("hashlib").sha256(key).digest()'),
    _hash("mac-of-sha512", "The MAC is that of HS512.", "sha512"),
)

MUTANTS: tuple[Mutant, ...] = (*_OF_CLAIMS, *_OF_USERS, *_OF_FORM, *_OF_SIGNATURE)
