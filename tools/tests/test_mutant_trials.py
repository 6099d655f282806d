"""How a mutant's answers are weighed, how patches are applied, and what the command says of bad mutants."""

from __future__ import annotations

import sys

import pytest

import slurm_jwt
from slurm_jwt import Issuer, Verifier
from slurm_jwt_conformance.harness.mutants import catalogue, patching
from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch
from slurm_jwt_reports.problems import HarnessProblem
from slurm_jwt_vectors import load
from slurm_jwt_vectors.suite import load_issuing
from tools.mutant_trials import __main__ as command
from tools.mutant_trials import page, trial

SUITE = load()
WISHES = load_issuing()
KEY = bytes(range(32))
NOW = 1_893_456_000
IN_CLAIMS = "    found = _examine_names(claims)\n"
CRASHING = Patch("slurm_jwt.strict.claims", IN_CLAIMS, f"    1 / ('iss' not in claims)\n{IN_CLAIMS}")


def weigh(name: str, outcome: str, text: str | None = None) -> str | None:
    return trial._of_case(SUITE.cases[name], trial.Answer(outcome, text))


@pytest.mark.parametrize(
    ("name", "outcome", "user", "kill"),
    [
        ("sun.bob", "accept", "bob", None),
        ("sun.bob", "accept", "alice", "hard"),
        ("sun.bob", "refuse", None, "hard"),
        ("exp.past", "refuse", None, None),
        ("exp.past", "accept", "alice", "hard"),
        ("typ.at-jwt", "refuse", None, None),
        ("typ.at-jwt", "accept", "alice", "soft"),
        ("typ.at-jwt", "accept", "root", "hard"),
        ("typ.at-jwt", "crash", "KeyError: 'x'", "crash"),
        ("sun-odd.lone-surrogate", "accept", "whoever", "soft"),
    ],
)
def test_an_answer_to_a_case_is_weighed(name, outcome, user, kill):
    assert weigh(name, outcome, user) == kill


def weigh_wish(name: str, answer: trial.Answer) -> str | None:
    return trial._of_wish(WISHES[name], answer)


def issued(name: str, **changes) -> trial.Answer:
    """What the reference makes of a wish with some claims changed."""
    wish = WISHES[name]
    asked = {**wish.asked, **changes}
    lifespan = asked["exp"] - asked["iat"]
    token = Issuer(SUITE.keys[wish.key].bytes).issue(asked["sun"], lifespan, asked["iat"])
    return trial.Answer("token", token)


def test_an_answer_to_a_wish_is_weighed():
    refused = trial.Answer("refuse", None)
    assert weigh_wish("issue.usual", issued("issue.usual")) is None
    assert weigh_wish("issue.usual", issued("issue.usual", sun="bob")) == "hard"
    assert weigh_wish("issue.usual", issued("issue.usual", exp=NOW + 60)) == "hard"
    assert weigh_wish("issue.usual", refused) == "hard"
    assert weigh_wish("issue.usual", trial.Answer("token", "x")) == "hard"
    assert weigh_wish("issue.usual", trial.Answer("crash", "KeyError: 'x'")) == "crash"
    assert weigh_wish("issue.sun-empty", refused) is None
    assert weigh_wish("issue.sun-empty", issued("issue.sun-empty", sun="nobody")) == "soft"


def test_a_valid_token_in_other_bytes_is_a_soft_kill():
    mutant = catalogue.named("issuer-typ-first")
    made = trial.answers(mutant.patch)[1]["issue.usual"]
    assert made.text is not None
    assert Verifier(SUITE.keys["random32"].bytes).verify(made.text, NOW).sun == "alice"
    assert weigh_wish("issue.usual", made) == "soft"


def test_a_crash_is_no_kill():
    one = trial.try_one(Mutant("crashing", "It divides by zero.", CRASHING))
    assert "other.iss" in one.crashed
    assert one.kills == ()
    assert [fault.partition(" on ")[0] for fault in page.faults(one)] == ["no case kills it", "it crashes"]


def test_a_mutant_that_refuses_everything_is_blunt():
    in_form = "    periods = token.count(b"
    patch = Patch("slurm_jwt.strict.jws", in_form, f'    token = b""\n{in_form}')
    (fault,) = page.faults(trial.try_one(Mutant("refusing", "It refuses everything.", patch)))
    assert fault.startswith("it passes only ")


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (Patch("slurm_jwt.strict.claims", "no such text", ""), "stands 0 times in slurm_jwt.strict.claims"),
        (Patch("slurm_jwt.strict.claims", "return", "raise"), "times in slurm_jwt.strict.claims"),
        (Patch("slurm_jwt.nonsense", "x", "y"), "there is no module slurm_jwt.nonsense"),
    ],
)
def test_a_patch_that_does_not_fit_is_an_error(patch, why):
    with pytest.raises(patching.PatchDoesNotFitError, match=why) as wrong, patching.patched(patch):
        pass
    assert isinstance(wrong.value, HarnessProblem)


def test_all_patches_fit():
    for mutant in catalogue.MUTANTS.values():
        patched = patching.sources([mutant.patch])
        assert patched
        for source in patched.values():
            compile(source, mutant.name, "exec")


def test_the_patched_package_is_gone_afterwards():
    before = {name: module for name, module in sys.modules.items() if name.startswith("slurm_jwt.")}
    finders = list(sys.meta_path)
    with pytest.raises(ZeroDivisionError), patching.patched(CRASHING) as adapter:
        adapter.verify(token(iss="x"), KEY, NOW, "")
    with patching.patched():
        assert sys.modules["slurm_jwt"] is not slurm_jwt
    assert sys.modules["slurm_jwt"] is slurm_jwt
    assert {name: sys.modules[name] for name in before} == before
    assert sys.meta_path == finders


def token(**others) -> bytes:
    from slurm_jwt_vectors.build import token as made

    claims = {"exp": NOW + 60, "iat": NOW, "sun": "alice", **others}
    return made(header={"alg": "HS256", "typ": "JWT"}, claims=claims).signed_by(KEY).encoded()


def test_the_fast_path_is_off():
    """A plain token, which the fast path would accept, reaches the examination."""
    plain = token()
    assert Verifier(KEY).verify(plain, NOW).sun == "alice"
    with (
        pytest.raises(ZeroDivisionError),
        patching.patched(Patch(*CRASHING[:2], f"    1 / 0\n{IN_CLAIMS}")) as adapter,
    ):
        adapter.verify(plain, KEY, NOW, "")


def test_the_command_lists_what_kills_a_mutant(capsys):
    assert command.main(["bearer-prefix-stripped"]) == 0
    assert "bearer-prefix-stripped: serialization.bearer-prefix" in capsys.readouterr().out


def test_the_command_fails_for_a_survivor_and_for_a_stale_page(monkeypatch, tmp_path, capsys):
    survivor = trial.Trial("survivor", 1.0, (), (), ())
    good = trial.Trial("good", 1.0, ("alg.none",), (), ())
    monkeypatch.setattr(page, "page", lambda trials: f"{len(trials)}\n")
    monkeypatch.setattr(trial, "try_all", lambda _mutants: [good])
    out = tmp_path / "mutants.md"
    assert command.main(["--check", "--out", str(out)]) == 1
    assert command.main(["--out", str(out)]) == 0
    assert command.main(["--check", "--out", str(out)]) == 0
    monkeypatch.setattr(trial, "try_all", lambda _mutants: [survivor])
    assert command.main(["--out", str(out)]) == 1
    said = capsys.readouterr().out
    assert said == "stale: mutants.md\nwritten: mutants.md\nsurvivor: no case kills it\n"
