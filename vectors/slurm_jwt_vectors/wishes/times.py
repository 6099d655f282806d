"""Times as programs hand them over: floats, text, datetimes, nonsense, moments too late or too early."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from slurm_jwt_vectors.build import NOW, without
from slurm_jwt_vectors.sources import PAGE_EXP, PAGE_IAT, json, jwt
from slurm_jwt_vectors.wishes.build import CLAIMS, EXP, IAT, wish

_EXP = (PAGE_EXP, jwt("4.1.4"), jwt("2"))
_IAT = (PAGE_IAT, jwt("4.1.6"), jwt("2"))
_NBF = (jwt("4.1.5"), jwt("2"))
_JSON = (json("6"), jwt("7.1"))
_FRACTION = (
    "RFC 7519 2 allows fractions; the page asks for a Unix timestamp: refuse, round down, or write it."
)
_OBJECT = "No text says that an issuer takes such an object; one that does must write the very second."
_NAIVE = "Without a zone nobody knows the moment: Python reads local time, PyJWT takes UTC."
_SIZE = "RFC 8259 6 lets software limit numbers; Slurm refuses a whole token for an integer over 2^63 - 1."
_NO_JSON = "JSON has no such number."
_IN_HALF_AN_HOUR = datetime(2030, 1, 1, 0, 30, tzinfo=UTC)


def _far(name: str, purpose: str, exp: int) -> None:
    wish(name, purpose, *_EXP, exp=exp).token()


def _beyond(name: str, purpose: str, exp: int) -> None:
    wish(name, purpose, *_EXP, json("6"), exp=exp).either(_SIZE, "claims.numbers", holds={"exp": exp})


def _moment(name: str, purpose: str, zone: timezone) -> None:
    moment = _IN_HALF_AN_HOUR.astimezone(zone)
    wish(name, purpose, *_EXP, exp=moment).either(_OBJECT, holds={"exp": EXP})


wish(
    "exp-float", "exp as time.time() + 1800 gives it: a float with a fraction.", *_EXP, exp=EXP + 0.5
).either(_FRACTION, "exp.integer")
wish("exp-float-whole", "exp as a float without a fraction.", *_EXP, exp=float(EXP)).either(
    _FRACTION, "exp.integer", holds={"exp": EXP}
)
wish("exp-float-large", "exp as the float 1e30, which JSON writes with an exponent.", *_EXP, exp=1e30).either(
    _FRACTION, "exp.integer"
)
wish("exp-decimal", "exp as a decimal.", *_EXP, exp=Decimal(EXP)).either(_OBJECT, holds={"exp": EXP})
wish("exp-string", "exp as text, as from a form or the environment.", *_EXP, exp=str(EXP)).refuse(
    "exp.number"
)
wish("exp-iso", "exp as ISO 8601 text.", *_EXP, exp="2030-01-01T00:30:00Z").refuse("exp.number")
wish("exp-lifespan-text", "exp as a lifespan in words.", *_EXP, exp="30m").refuse("exp.number")
wish("exp-nan", "exp is not a number.", *_EXP, *_JSON, exp=float("nan")).refuse("claims.json", why=_NO_JSON)
wish("exp-infinity", "exp is infinite: never to expire.", *_EXP, *_JSON, exp=float("inf")).refuse(
    "claims.json", why=_NO_JSON
)
wish("exp-minus-infinity", "exp is infinitely long ago.", *_EXP, *_JSON, exp=float("-inf")).refuse(
    "claims.json", why=_NO_JSON
)
wish("exp-true", "exp is true, which is 1 in Python.", *_EXP, exp=True).refuse("exp.number")
wish("exp-false", "exp is false, as from a setting that turns expiry off.", *_EXP, exp=False).refuse(
    "exp.number"
)
wish("exp-null", "exp is null: the caller has no lifespan.", *_EXP, exp=None).refuse("exp.number")
wish("exp-array", "exp is an array.", *_EXP, exp=[EXP]).refuse("exp.number")
wish("exp-bytes", "exp as bytes.", *_EXP, exp=str(EXP).encode()).refuse("exp.number")
wish("exp-date", "exp as a day without a time.", *_EXP, exp=date(2030, 1, 2)).refuse("exp.number")
_moment("exp-datetime", "exp as a datetime in UTC.", timezone.utc)  # noqa: UP017 - of the type that the others have
_moment("exp-datetime-east", "exp as a datetime two hours east.", timezone(timedelta(hours=2)))
_moment("exp-datetime-west", "exp as a datetime five hours west.", timezone(timedelta(hours=-5)))
wish(
    "exp-datetime-naive",
    "exp as a datetime without a zone.",
    *_EXP,
    exp=_IN_HALF_AN_HOUR.replace(tzinfo=None),
).either(_NAIVE)
wish(
    "exp-datetime-fraction",
    "exp as a datetime with half a second.",
    *_EXP,
    exp=_IN_HALF_AN_HOUR.replace(microsecond=500_000),
).either(_FRACTION, "exp.integer")
wish("exp-datetime-past", "exp as a datetime long past.", *_EXP, exp=datetime(2020, 1, 1, tzinfo=UTC)).refuse(
    "exp.unexpired"
)
_far("exp-in-a-second", "exp one second after iat, the shortest life there is.", IAT + 1)
_far("exp-in-a-year", "A lifespan of a year.", NOW + 31_536_000)
_far("exp-in-2100", "A lifespan of seventy years.", 4102444800)
_far("exp-milliseconds", "exp in milliseconds by mistake: a good token for 60,000 years.", EXP * 1000)
_far("exp-largest-exact-integer", "exp is 2^53 - 1.", 2**53 - 1)
_beyond("exp-2-53", "exp is 2^53: exact, but not in all software.", 2**53)
_beyond("exp-2-63-less-1", "exp is 2^63 - 1, which `scontrol token lifespan=infinite` overflows.", 2**63 - 1)
_beyond("exp-2-63", "exp is 2^63: Slurm refuses the whole token.", 2**63)
_beyond("exp-fifty-digits", "exp is 10^50.", 10**50)
wish("exp-now", "A lifespan of nothing.", *_EXP, exp=NOW).refuse("exp.unexpired")
wish("exp-past", "exp a second ago.", *_EXP, exp=NOW - 1).refuse("exp.unexpired")
wish("exp-before-iat", "exp before iat: a negative lifespan.", *_EXP, exp=IAT - 1800).refuse("exp.unexpired")
wish("exp-zero", "exp is 0, taken for `never`.", *_EXP, exp=0).refuse("exp.unexpired")
wish("exp-minus-one", "exp is -1, taken for `never`.", *_EXP, exp=-1).refuse("exp.unexpired")
wish("exp-minus-zero", "exp is the float -0.0.", *_EXP, exp=-0.0).refuse(
    "exp.integer", "exp.unexpired", why="A float, and 1970."
)
wish("exp-duration", "exp is the lifespan itself, 1800.", *_EXP, exp=1800).refuse("exp.unexpired")
wish("exp-missing", "No exp.", *_EXP, claims=without(CLAIMS, "exp")).refuse("exp.required")
wish("iat-missing", "No iat: an issuer may add it.", *_IAT, claims=without(CLAIMS, "iat")).refuse(
    "iat.required"
)
wish("iat-float", "iat as time.time() gives it.", *_IAT, iat=IAT - 0.25).either(_FRACTION, "iat.integer")
wish("iat-string", "iat as text.", *_IAT, iat=str(IAT)).refuse("iat.number")
wish("iat-nan", "iat is not a number.", *_IAT, *_JSON, iat=float("nan")).refuse("claims.json", why=_NO_JSON)
wish("iat-true", "iat is true: `yes, add one`.", *_IAT, iat=True).refuse("iat.number")
wish("iat-null", "iat is null.", *_IAT, iat=None).refuse("iat.number")
wish("iat-datetime", "iat as a datetime in UTC.", *_IAT, iat=datetime(2030, 1, 1, tzinfo=UTC)).either(
    _OBJECT, holds={"iat": NOW}
)
wish("iat-datetime-naive", "iat as a datetime without a zone.", *_IAT, iat=datetime(2029, 12, 25)).either(  # noqa: DTZ001
    _NAIVE
)
wish("iat-ahead", "iat a minute ahead, by a clock that runs fast.", *_IAT, iat=IAT + 60).either(
    "RFC 7519 4.1.6 demands no check of iat, and some verifiers refuse one in the future.", "iat.reached"
)
wish("iat-zero", "iat is 0.", *_IAT, iat=0).token()
wish("nbf-now", "nbf is now.", *_NBF, nbf=NOW).token()
wish("nbf-ahead", "nbf in a minute: a token for later.", *_NBF, nbf=NOW + 60).either(
    "RFC 7519 4.1.5: the token is good from that minute on, not now.", "nbf.reached"
)
wish("nbf-string", "nbf as text.", *_NBF, nbf=str(NOW)).refuse("nbf.number")
wish("nbf-null", "nbf is null.", *_NBF, nbf=None).refuse("nbf.number")
