"""Whatever an implementation does, its runner makes an outcome of it and goes on."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from slurm_jwt_conformance.adapters import AdapterBroken, IssueRequest, NotInstalled, VerifyRequest
from slurm_jwt_conformance.adapters.child import Child, Limits
from support.places import MISBEHAVING

pytestmark = pytest.mark.program

ADAPTER = MISBEHAVING
KEY = bytes(range(1, 33))
TOKEN = b"eyJhbGciOiJIUzI1NiJ9.eyJzdW4iOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.fixture
def child():
    children = []

    def start(mode, overhear=None, **options):
        limits = Limits(**{"answer": 1, "start": 20, **options})
        children.append(Child(f"cmd:{mode}", [sys.executable, "-I", str(ADAPTER), mode], limits, overhear))
        return children[-1]

    yield start
    for one in children:
        one.close()


def ask(*names, token=TOKEN):
    return [VerifyRequest(name, token, KEY, 1_893_456_000) for name in names]


def outcomes(child, *names):
    return [(answer.id, answer.outcome) for answer in child.verify(ask(*names))]


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("hang", "hang"),
        ("spin", "hang"),
        ("exit", "crash"),
        ("killed", "crash"),
        ("close", "crash"),
    ],
)
def test_a_question_that_stops_the_child_costs_itself_alone(child, mode, outcome):
    one = child(mode)
    expected = [("a", "accept"), ("bad", outcome), ("b", "accept"), ("c", "accept")]
    assert outcomes(one, "a", "bad", "b", "c") == expected
    assert outcomes(one, "d") == [("d", "accept")], "and the next batch finds it running"


def test_a_crash_on_the_first_and_the_last_question_is_told_too(child):
    assert outcomes(child("exit"), "bad1", "a", "bad2") == [
        ("bad1", "crash"),
        ("a", "accept"),
        ("bad2", "crash"),
    ]


def test_a_dead_child_says_how_it_ended(child):
    (answer,) = child("exit").verify(ask("bad"))
    assert answer.error == "process died (exit status 7): last words"
    (answer,) = child("killed").verify(ask("bad"))
    assert answer.error == "process died (killed by SIGSEGV)"
    (answer,) = child("close").verify(ask("bad"))
    assert answer.error == "process died (it closed its stdout)"


def test_a_child_that_hangs_or_dies_too_often_is_given_up_and_the_rest_is_not_run(child):
    names = ["bad1", "bad2", "bad3", "bad4", "fine"]
    answers = outcomes(child("exit", restarts=2), *names)
    assert answers == [
        ("bad1", "crash"),
        ("bad2", "crash"),
        ("bad3", "crash"),
        ("bad4", "not run"),
        ("fine", "not run"),
    ]


@pytest.mark.parametrize(
    ("mode", "excerpt"),
    [
        ("garbage", "fpoo"),
        ("logger", "WARNING:root:fpoo"),
        ("wrong-id", '"id": "another"'),
        ("extra-member", '"verdict": "invalid"'),
        ("null-error", '"error": null'),
        ("latin-1", "caf\\xe9"),
        ("overlong", "xxxxxxxxxxxx"),
        ("endless", "xxxxxxxxxxxx"),
        ("deep", '"claims":{"a":{"a"'),
    ],
)
def test_a_line_that_is_not_an_answer_is_one_outcome_with_its_excerpt(child, mode, excerpt):
    answers = list(child(mode, answer=5).verify(ask("a", "bad", "b", "bad", "c")))
    assert [answer.outcome for answer in answers] == ["accept", "crash", "accept", "crash", "accept"]
    assert answers[1].id == "bad"
    assert answers[1].error.startswith("it wrote a line that is not an answer of the adapter protocol (")
    assert excerpt in answers[1].error
    assert len(answers[1].error) <= 300


def test_the_excerpt_of_a_line_has_no_secrets(child):
    (answer,) = child("leak-line").verify(ask("bad"))
    assert "[secret]" in answer.error
    for secret in (KEY.hex(), TOKEN.decode()):
        assert secret not in answer.error


def test_many_odd_lines_between_good_answers_do_not_end_the_run(child):
    names = [f"{word}{number}" for number in range(5) for word in ("bad", "good")]
    assert outcomes(child("garbage", restarts=2), *names) == [
        (name, "crash" if name.startswith("bad") else "accept") for name in names
    ]


@pytest.mark.parametrize(
    ("mode", "user"),
    [
        ("claims-deep", None),
        ("claims-deep-sun", "alice"),
        ("claims-surrogate", "alice\n"),
        ("claims-numbers", "alice"),
        ("claims-surrogate-sun", "\\ud800"),
        ("claims-list", None),
    ],
)
def test_of_echoed_claims_only_sun_is_read(child, mode, user):
    answers = list(child(mode).verify(ask("bad", "a")))
    assert [(answer.outcome, answer.user) for answer in answers] == [("accept", user), ("accept", "alice")]


@pytest.mark.parametrize(
    ("mode", "word"), [("verifier-only", "an issuer"), ("issuer-only", "a verifier"), ("rs256", "a verifier")]
)
def test_a_role_that_the_adapter_does_not_have_is_not_asked(child, mode, word):
    one = child(mode)
    issued = list(one.issue([IssueRequest("bad", {"sun": "alice"}, KEY, 1)]))
    verified = list(one.verify(ask("bad")))
    answer = (issued if word == "an issuer" else verified)[0]
    assert (answer.outcome, answer.error) == ("unsupported", f"it is not {word} of HS256")


def test_stderr_is_overheard_without_secrets(child):
    lines = []
    one = child("whisper", overhear=lines.append)
    assert outcomes(one, "bad", "a") == [("bad", "accept"), ("a", "accept")]
    one.close()
    assert lines == ["a warning \\x1b[31m", "key [secret]"]


def test_a_flood_on_stderr_is_cut_where_it_is_overheard(child):
    lines = []
    assert outcomes(child("flood", overhear=lines.append, answer=10), "a") == [("a", "accept")]
    assert lines == ["warning"] * 200 + ["(more than 200 lines: the rest is not shown)"]


def test_arguments_of_the_command_are_in_no_text():
    canary = "hunter2-hunter2-hunter2"
    one = Child("x", [sys.executable, "-I", str(ADAPTER), "talk", canary])
    texts = [one.describe().version, *(answer.error for answer in one.verify(ask("bad", "line", "die")))]
    one.close()
    assert [text.count("[secret]") for text in texts] == [1, 1, 1, 1]
    assert canary not in "".join(texts)


def test_a_child_that_babbles_at_start_is_a_broken_adapter(child):
    with pytest.raises(AdapterBroken, match=r"at start, it wrote a line .*: Welcome to the library!"):
        child("babble").describe()


def test_a_child_that_ends_at_start_is_a_broken_adapter_with_its_last_words_escaped(child):
    with pytest.raises(AdapterBroken, match=r"exit status 1\): cannot \\x1b\[31mbegin"):
        child("stillborn").describe()


def test_a_child_that_says_nothing_at_start_is_a_broken_adapter(child):
    with pytest.raises(AdapterBroken, match=r"within 0\.3 s"):
        child("mute", start=0.3).describe()


def test_a_command_that_does_not_exist_is_a_broken_adapter():
    with pytest.raises(AdapterBroken, match="No such file"):
        Child("cmd:./nowhere", ["./nowhere-at-all"]).describe()


def test_a_child_may_say_that_it_cannot_take_part(child):
    with pytest.raises(NotInstalled) as absent:
        child("unavailable").describe()
    assert absent.value.reason == r"needs \x1b[31ma licence"


def test_secrets_and_control_characters_do_not_pass(child):
    (answer,) = child("leak").verify(ask("bad"))
    assert answer.error is not None
    assert answer.error.startswith("bad \\x1b[31m [secret]")
    for secret in (KEY.hex(), TOKEN.decode(), "AQIDBAUGBwgJ", "\x1b"):
        assert secret not in answer.error


def test_a_flood_on_stderr_stops_nobody(child):
    assert outcomes(child("flood"), "a", "b") == [("a", "accept"), ("b", "accept")]


def test_a_child_that_does_not_read_stops_nobody(child):
    answers = child("deaf", restarts=0).verify(ask("a", "b", token=b"x" * 500_000))
    assert [answer.outcome for answer in answers] == ["hang", "not run"]


def test_many_large_questions_do_not_block_on_the_pipes(child):
    answers = child("none", answer=10).verify(ask(*(str(i) for i in range(300)), token=b"x" * 100_000))
    assert {answer.outcome for answer in answers} == {"accept"}


def test_the_whole_process_group_ends(child):
    one = child("offspring")
    grandchild = int(one.describe().version)
    one.close()
    assert gone(grandchild)


def test_a_hanging_child_ends_with_its_grandchildren(child):
    one = child("offspring", answer=0.3)
    grandchild = int(one.describe().version)
    assert outcomes(one, "bad") == [("bad", "hang")]
    assert gone(grandchild)


def test_children_end_with_a_runner_that_is_killed(tmp_path):
    """Nothing can be done at kill -9: the end of stdin is what children see."""
    script = tmp_path / "runner.py"
    script.write_text(
        "import sys, time\n"
        "from slurm_jwt_conformance.adapters import registry\n"
        "one = registry.start('reference')\n"
        "one.describe()\n"
        "print(one._process._child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as runner:
        pid = int(runner.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        runner.kill()
    assert gone(pid)


def gone(pid):
    """Wait for a killed process to be reaped by whoever inherits it."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_a_live_token_in_the_environment_does_not_reach_a_child(child, monkeypatch):
    monkeypatch.setenv("SLURM_JWT", "live.token.here")
    one = child("none")
    one.describe()
    environment = Path(f"/proc/{one._process._child.pid}/environ").read_bytes()
    assert b"live.token.here" not in environment
    assert b"PATH=" in environment


def test_no_key_or_token_in_what_ps_shows(child):
    one = child("none")
    list(one.verify(ask("a")))
    folder = Path(f"/proc/{one._process._child.pid}")
    shown = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
    assert KEY not in shown
    assert TOKEN not in shown


def test_who_leaves_early_leaves_no_answers_for_the_next(child):
    one = child("none")
    answers = one.verify(ask("a", "b", "c"))
    assert next(answers).id == "a"
    answers.close()
    assert outcomes(one, "d") == [("d", "accept")]


def test_closing_from_another_thread_ends_a_wait_without_an_answer(child):
    one = child("hang", answer=60)
    got = []

    def wait():
        got.append(list(one.verify(ask("bad", "a"))))

    waiting = threading.Thread(target=wait)
    one.describe()
    waiting.start()
    while not one._busy.locked():
        time.sleep(0.001)
    one.close()
    waiting.join(10)
    assert not waiting.is_alive()
    assert got == [[]], "a killed child's crash is our doing, not the library's"


def test_close_may_come_twice_and_before_any_start(child):
    one = child("none")
    one.close()
    one.close()
    assert one._process is None


def test_no_file_descriptor_is_left(child):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for mode in ("none", "exit", "hang"):
        one = child(mode, answer=0.2)
        list(one.verify(ask("a", "bad")))
        one.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_tokens_can_be_asked_for(child):
    (answer,) = child("none").issue([IssueRequest("a", {"sun": "alice"}, KEY, 1)])
    assert (answer.outcome, answer.token) == ("token", "not.a.token")


def test_an_issuer_that_accepts_instead_breaks_the_protocol(child):
    (answer,) = child("accept-all").issue([IssueRequest("a", {}, KEY, 1)])
    assert answer.outcome == "crash"
    assert '"outcome": "accept"' in answer.error


def test_requests_and_answers_print_no_secrets(child):
    question = VerifyRequest("a", TOKEN, KEY, 1)
    (answer,) = child("none").issue([IssueRequest("a", {}, KEY, 1)])
    assert TOKEN.decode() not in repr(question)
    assert "not.a.token" not in repr(answer)
