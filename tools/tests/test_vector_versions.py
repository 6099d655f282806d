"""What changed in the vectors since their last release, and what it does to the version."""

import msgspec
import pytest

from slurm_jwt_vectors import load, load_issuing
from slurm_jwt_vectors.suite import version
from tools import vector_versions as versions
from tools.vector_versions import Changes, Entry, Released

SUITE = load()
WISHES = load_issuing()
VERSION = version()


def test_the_version_allows_what_changed():
    last = versions.released()
    changed = versions.changes(last.cases, versions.state(SUITE, WISHES))
    assert versions.is_enough(VERSION, versions.least_version(last.version, changed))
    assert changed.reused == ()


ONE = Entry("q1", "valid", ())
STATES = [
    ({"a.b": ONE}, Changes((), (), (), ()), "1.2.3"),
    ({"a.b": ONE, "a.c": ONE}, Changes((), (), (), ("a.c",)), "1.3.0"),
    ({"a.b": msgspec.structs.replace(ONE, answer="either")}, Changes((), (), ("a.b",), ()), "2.0.0"),
    ({"a.b": msgspec.structs.replace(ONE, rules=("x.y",))}, Changes((), (), ("a.b",), ()), "2.0.0"),
    ({"a.b": msgspec.structs.replace(ONE, question="q2")}, Changes(("a.b",), (), (), ()), "2.0.0"),
    ({"a.c": ONE}, Changes((), ("a.b",), (), ("a.c",)), "2.0.0"),
]


@pytest.mark.parametrize(("after", "changed", "least"), STATES)
def test_what_a_change_does_to_the_version(after, changed, least):
    assert versions.changes({"a.b": ONE}, after) == changed
    assert versions.least_version("1.2.3", changed) == least


@pytest.mark.parametrize(
    ("present", "least", "enough"),
    [
        ("1.10.0", "1.9.1", True),
        ("1.0.0", "1.0.0", True),
        ("1.9.9", "2.0.0", False),
        ("1.0.9", "1.1.0", False),
    ],
)
def test_versions_are_compared_as_numbers(present, least, enough):
    assert versions.is_enough(present, least) is enough


@pytest.mark.parametrize("text", ["1.0", "1.0.0.0", "v1.0.0", "1.0.x", "", "1.0.\u0662"])
def test_text_that_is_not_a_version(text):
    with pytest.raises(ValueError, match="not a version"):
        versions.is_enough(text, "1.0.0")


def test_the_question_is_token_key_and_moment():
    case = SUITE.cases["exp.missing"]
    before = versions.state(SUITE, {})["exp.missing"]
    others = [
        msgspec.structs.replace(case, token="x"),
        msgspec.structs.replace(case, key="pem-pkcs1"),
        msgspec.structs.replace(case, now=0),
    ]
    for other in others:
        changed = msgspec.structs.replace(SUITE, cases={"exp.missing": other})
        assert versions.state(changed, {})["exp.missing"].question != before.question
    told = msgspec.structs.replace(case, purpose="Other words.", sources=("RFC 1",))
    assert (
        versions.state(msgspec.structs.replace(SUITE, cases={"exp.missing": told}), {})["exp.missing"]
        == before
    )


def test_seal_and_say(tmp_path, monkeypatch, capsys):
    path = tmp_path / "released.json"
    versions.seal(path)
    assert versions.released(path) == Released(VERSION, versions.state(SUITE, WISHES))
    older = versions.state(SUITE, WISHES)
    older["exp.gone"] = older["exp.missing"]
    del older["exp.missing"]
    monkeypatch.setattr(versions, "released", lambda: Released(VERSION, older))
    assert versions.main([]) == 1
    said = capsys.readouterr().out
    assert said.startswith("gone: exp.gone\nadded: exp.missing\n")
    assert f"released {VERSION}, now {VERSION}, at least {int(VERSION[0]) + 1}.0.0" in said
