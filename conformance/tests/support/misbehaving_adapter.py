"""An adapter that misbehaves as its first argument says; it tests our failure handling, nobody's library.

It answers well whatever is asked, until a question's id holds the word bad.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import time

INTRODUCTION = {
    "protocol": 2,
    "library": "misbehaving",
    "version": "1.0",
    "language": "Python",
    "roles": ["issuer", "verifier"],
    "clock": "argument",
    "not_checked": [],
}


def write(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(answer):
    write(json.dumps(answer))


def sleep(*_):
    time.sleep(60)


def spin(_):
    while True:
        pass


def end(_):
    sys.stderr.write("last words\n")
    sys.exit(7)


def close(_):
    os.close(1)
    time.sleep(60)


def endless(_):
    while True:
        os.write(1, b"x" * 65536)


def leak(question):
    key = base64.b64decode(question["key_base64"])
    text = f"bad \x1b[31m {key!r} {key.hex()} {question['key_base64']} {question.get('token')}"
    say({"id": question["id"], "outcome": "reject", "error": text})


def leak_line(question):
    write(f"bad {base64.b64decode(question['key_base64']).hex()} {question.get('token')}")


def whisper(question):
    key = base64.b64decode(question["key_base64"]).hex()
    sys.stderr.write(f"a warning \x1b[31m\n\nkey {key}")
    say({"id": question["id"], "outcome": "accept"})


def talk(question):
    """Put the argument of the command into every text."""
    if question["id"] == "die":
        sys.exit(f"end {sys.argv[2]}")
    if question["id"] == "line":
        write(f"line {sys.argv[2]}")
    say({"id": question["id"], "outcome": "reject", "error": f"no {sys.argv[2]}"})


def extra(question):
    say({"id": question["id"], "outcome": "reject", "error": "no", "verdict": "invalid"})


def echo(claims):
    """Answer accept with claims that are written as they are."""
    return lambda question: write(
        f'{{"id":{json.dumps(question["id"])},"outcome":"accept","claims":{claims}}}'
    )


BAD = {
    "hang": sleep,
    "offspring": sleep,
    "spin": spin,
    "exit": end,
    "killed": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "close": close,
    "garbage": lambda _: write("fpoo"),
    "logger": lambda q: write("WARNING:root:fpoo") or say({"id": q["id"], "outcome": "accept"}),
    "null-error": lambda q: say({"id": q["id"], "outcome": "reject", "error": None}),
    "latin-1": lambda _: os.write(1, b'{"id":"bad","outcome":"reject","error":"caf\xe9"}\n'),
    "claims-deep": echo('{"a":' * 100_000 + "1" + "}" * 100_000),
    "claims-deep-sun": echo('{"x":%s,"sun":"al\\u0069ce"}' % ("[" * 100_000 + "]" * 100_000)),
    "claims-surrogate": echo('{"x":"\\ud800","\\udfff":1,"sun":"alice\\n"}'),
    "claims-numbers": echo('{"exp":1e999,"iat":NaN,"n":%s,"sun":"alice"}' % ("9" * 5000)),
    "claims-surrogate-sun": echo('{"sun":"\\ud800"}'),
    "claims-list": echo("[1]"),
    "wrong-id": lambda _: say({"id": "another", "outcome": "accept"}),
    "extra-member": extra,
    "overlong": lambda _: write("x" * 3_000_000),
    "endless": endless,
    "leak": leak,
    "leak-line": leak_line,
    "whisper": whisper,
    "deep": lambda _: write('{"id":"x","outcome":"accept","claims":' + '{"a":' * 100_000),
}


def offspring():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    INTRODUCTION["version"] = str(child.pid)


def unavailable():
    say({"protocol": 2, "unavailable": "needs \x1b[31ma licence"})
    sys.exit(0)


FIRST = {
    "unavailable": unavailable,
    "mute": sleep,
    "stillborn": lambda: sys.exit("cannot \x1b[31mbegin"),
    "babble": lambda: write("Welcome to the library!"),
    "offspring": offspring,
    "flood": lambda: os.write(2, b"warning\n" * 200_000),
    "issuer-only": lambda: INTRODUCTION.update(roles=["issuer"]),
    "verifier-only": lambda: INTRODUCTION.update(roles=["verifier"]),
    "rs256": lambda: INTRODUCTION.update(algorithms=["RS256"]),
    "talk": lambda: INTRODUCTION.update(version=f"1 {sys.argv[2]}"),
    "system-clock": lambda: INTRODUCTION.update(clock="system"),
}


def good(question, mode):
    if mode == "reject-all":
        return {"outcome": "reject", "error": "no"}
    if question["op"] == "issue" and mode != "accept-all":
        return {"outcome": "token", "token": "not.a.token"}
    return {"outcome": "accept", "claims": {"sun": "alice"}}


def main(mode):
    for line in sys.stdin:
        question = json.loads(line)
        if question["op"] == "stop":
            break
        if question["op"] == "start":
            FIRST.get(mode, lambda: None)()
            say(INTRODUCTION)
            if mode == "deaf":
                sleep()
        elif mode == "talk":
            talk(question)
        elif "bad" in question["id"] and mode in BAD:
            BAD[mode](question)
        else:
            say({"id": question["id"], **good(question, mode)})


main(sys.argv[1])
