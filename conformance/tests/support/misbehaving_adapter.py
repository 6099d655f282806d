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
    "protocol": 1,
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


def extra(question):
    say({"id": question["id"], "outcome": "reject", "error": "no", "verdict": "invalid"})


BAD = {
    "hang": sleep,
    "offspring": sleep,
    "spin": spin,
    "exit": end,
    "killed": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "close": close,
    "garbage": lambda _: write("fpoo"),
    "wrong-id": lambda _: say({"id": "another", "outcome": "accept"}),
    "extra-member": extra,
    "overlong": lambda _: write("x" * 3_000_000),
    "endless": endless,
    "leak": leak,
    "deep": lambda _: write('{"id":"x","outcome":"accept","claims":' + '{"a":' * 100_000),
}


def offspring():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    INTRODUCTION["version"] = str(child.pid)


def unavailable():
    say({"protocol": 1, "unavailable": "needs \x1b[31ma licence"})
    sys.exit(0)


FIRST = {
    "unavailable": unavailable,
    "mute": sleep,
    "stillborn": lambda: sys.exit("cannot \x1b[31mbegin"),
    "babble": lambda: write("Welcome to the library!"),
    "offspring": offspring,
    "flood": lambda: os.write(2, b"warning\n" * 200_000),
    "issuer-only": lambda: INTRODUCTION.update(roles=["issuer"]),
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
        elif "bad" in question["id"] and mode in BAD:
            BAD[mode](question)
        else:
            say({"id": question["id"], **good(question, mode)})


main(sys.argv[1])
