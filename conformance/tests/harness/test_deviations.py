"""The ledger of deviations: read strictly, matched by version and outcome, and never stale unnoticed."""

import pytest

import slurm_jwt_vectors
from slurm_jwt_conformance.adapters import registry
from slurm_jwt_conformance.harness import batch, choice, ledger
from slurm_jwt_conformance.harness.ledger import BrokenLedger, Known, Seen
from slurm_jwt_conformance.harness.matrix import matrix
from slurm_jwt_conformance.harness.rs256_keys import rs256_keys

KNOWN = Known(
    ("crit.unknown", "exp.is-now"), ("pem-pkcs1", "random32"), ("lib:careful", "lib:defaults", "o:c")
)
CASE = {
    "cases": '["crit.unknown"]',
    "implementations": '["lib:careful"]',
    "versions": '">=2,<3"',
    "outcome": '"accept"',
    "class": '"RFC violation"',
    "reason": '"crit is not read."',
    "link": '"https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11"',
}
CELL = {
    "role": '"verifier"',
    "keys": '["pem-pkcs1"]',
    "implementations": '["lib:careful"]',
    "versions": '">=2"',
    "outcome": '"reject"',
    "class": '"safe refusal"',
    "reason": '"A PEM is refused."',
    "link": '"https://example.org"',
}


def text(kind, entry, **changes):
    lines = (f"{name} = {value}" for name, value in {**entry, **changes}.items() if value is not None)
    return f"[[{kind}]]\n" + "\n".join(lines) + "\n"


@pytest.fixture
def load(tmp_path):
    def loading(*texts, **files):
        (tmp_path / "lib.toml").write_text("\n".join(texts))
        for name, content in files.items():
            (tmp_path / f"{name}.toml").write_text(content)
        return ledger.load(KNOWN, tmp_path)

    return loading


def broken(load, *texts, **files):
    with pytest.raises(BrokenLedger) as error:
        load(*texts, **files)
    assert error.value.exit_code == 2
    return str(error.value)


def test_an_entry_explains_its_case_implementation_versions_and_outcome(load):
    one = load(text("case", CASE), text("cell", CELL))
    found = one.explain("lib:careful", "2.5.1", "crit.unknown", "accept")
    assert (found.class_, found.reason) == ("RFC violation", "crit is not read.")
    assert one.explain("lib:careful", "2.9rc1", "crit.unknown", "accept")
    for other in (
        ("lib:defaults", "2.5", "crit.unknown", "accept"),
        ("lib:careful", "3.0", "crit.unknown", "accept"),
        ("lib:careful", "what version", "crit.unknown", "accept"),
        ("lib:careful", "2.5", "exp.is-now", "accept"),
        ("lib:careful", "2.5", "crit.unknown", "crash"),
    ):
        assert one.explain(*other) is None


def cell(outcome="reject", deviates=True, role="verifier", partner="o:c", version="2.5"):
    return Seen("pem-pkcs1", "lib:careful", version, outcome, deviates, role, partner)


def test_a_cells_entry_explains_its_role_and_partners_alone(load):
    one = load(text("cell", CELL))
    assert one.explain_cell(cell()).class_ == "safe refusal"
    assert one.explain_cell(cell(role="issuer", outcome="not issued")) is None
    assert one.explain_cell(cell(outcome="crash")) is None
    assert one.explain("lib:careful", "2.5", "pem-pkcs1", "reject") is None
    one = load(text("cell", CELL, partners='["o:c"]'))
    assert one.explain_cell(cell())
    assert one.explain_cell(cell(partner="lib:defaults")) is None


@pytest.mark.parametrize("name", CASE)
def test_every_member_of_a_case_entry_is_required(load, name):
    message = broken(load, text("case", CASE), text("case", CASE, **{name: None}))
    assert f"missing required field `{name}`" in message
    assert "lib.toml" in message
    assert "$.case[1]" in message


@pytest.mark.parametrize("name", CELL)
def test_every_member_of_a_cell_entry_is_required(load, name):
    assert f"missing required field `{name}`" in broken(load, text("cell", CELL, **{name: None}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cases": '["crit.unknwon"]'}, "unknown case 'crit.unknwon'. Did you mean crit.unknown?"),
        ({"implementations": '["lib:carefull"]'}, "unknown implementation 'lib:carefull'. Did you mean"),
        (
            {"implementations": '["lib:careful", "o:c"]'},
            "versions are those of one library, and here are lib, o",
        ),
        ({"python": '"3 or 4"'}, "python '3 or 4' is not a version specifier of PEP 440"),
        ({"versions": '"2.x and later"'}, "versions '2.x and later' is not a version specifier of PEP 440"),
    ],
)
def test_names_that_mean_nothing_are_told_with_file_and_entry(load, change, says):
    message = broken(load, text("case", CASE, cases='["exp.is-now"]'), text("case", CASE, **change))
    assert f"lib.toml, [[case]] 2: {says}" in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"keys": '["pem"]'}, "unknown key 'pem'"),
        ({"partners": '["libb:careful"]'}, "unknown implementation 'libb:careful'"),
        ({"role": '"issuer"'}, 'outcome "reject" is not one of role "issuer"'),
        ({"outcome": '"not issued"'}, 'outcome "not issued" is not one of role "verifier"'),
    ],
)
def test_cells_are_held_to_the_same(load, change, says):
    assert f"lib.toml, [[cell]] 1: {says}" in broken(load, text("cell", CELL, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"class": '"bug"'},
        {"outcome": '"token"'},
        {"cases": "[]"},
        {"cases": '"crit.unknown"'},
        {"implementations": "[]"},
        {"reason": '""'},
        {"link": '"see above"'},
        {"link": '"http://example.org"'},
        {"comment": '"extra"'},
    ],
)
def test_members_that_are_not_as_they_should_be_are_told_with_their_place(load, change):
    message = broken(load, text("case", CASE, **change))
    assert "lib.toml" in message
    assert "$.case[0]" in message


def test_all_mistakes_are_told_at_once(load):
    message = broken(load, text("case", CASE, cases='["a.b"]'), other=text("cell", CELL, keys='["c"]'))
    assert "lib.toml, [[case]] 1: unknown case 'a.b'" in message
    assert "other.toml, [[cell]] 1: unknown key 'c'" in message


def test_toml_that_is_none_is_told_with_file_and_line(load):
    message = broken(load, '[[case]]\ncases = ["a"\nclass = 1\n')
    assert message.startswith("the ledger of deviations is broken:\nlib.toml: ")
    assert "line 3" in message


def test_bytes_that_are_no_text_are_told_with_the_file(load, tmp_path):
    (tmp_path / "other.toml").write_bytes(b"\xff\xfe")
    assert "other.toml" in broken(load)


def test_the_same_thing_cannot_be_explained_twice(load):
    twice = text("case", CASE, cases='["exp.is-now", "crit.unknown"]', outcome='"crash"')
    assert "crit.unknown of lib:careful is in lib.toml, [[case]] 1 already" in broken(
        load, text("case", CASE), twice
    )
    assert load(text("case", CASE), text("case", CASE, versions='">=3"')), "another version is another thing"


def test_an_entry_of_another_python_is_checked_and_left_out(tmp_path):
    (tmp_path / "lib.toml").write_text(text("case", CASE, python='"<3.12.3"'))
    for python, holds in (("3.11.7", True), ("3.12.2", True), ("3.12.3", False), ("3.13.0", False)):
        one = ledger.load(KNOWN, tmp_path, python)
        assert bool(one.explain("lib:careful", "2.5", "crit.unknown", "accept")) is holds
        assert bool(one.stale([seen("reject", False)])) is holds


def seen(outcome, deviates, version="2.5", case="crit.unknown"):
    return Seen(case, "lib:careful", version, outcome, deviates)


def test_an_entry_that_holds_is_not_stale(load):
    one = load(text("case", CASE), text("cell", CELL))
    assert one.stale([seen("accept", True), cell()]) == []


def test_an_entry_that_no_longer_deviates_is_stale_and_named(load):
    one = load(text("case", CASE), text("cell", CELL))
    assert one.stale([seen("reject", False)]) == [
        "lib.toml, [[case]] 1: crit.unknown: lib:careful 2.5 no longer does 'accept': reject, as documented"
    ]
    assert one.stale([seen("crash", True)]) == [
        "lib.toml, [[case]] 1: crit.unknown: lib:careful 2.5 no longer does 'accept': crash"
    ]
    assert one.stale([cell("accept", False)])


def test_what_a_run_did_not_see_in_that_version_is_not_stale(load):
    one = load(text("case", CASE))
    assert one.stale([]) == []
    assert one.stale([seen("reject", False, version="3.1")]) == []
    assert one.stale([seen("reject", False, case="exp.is-now")]) == []


def test_the_ledger_that_ships_is_whole():
    assert choice.known_deviations(slurm_jwt_vectors.load())


@pytest.mark.program
def test_the_ledger_explains_every_deviation_of_the_installed_libraries_and_nothing_else():
    """Every outcome and cell is a pass, either, not claimed or known, and no entry is stale."""
    suite = slurm_jwt_vectors.load()
    shipped = choice.known_deviations(suite)
    shapes = {
        name: key for name, key in suite.keys.items() if name.startswith(("random32", "pem-pkcs", "hex-"))
    }
    versions, seen, new = {}, [], []
    with batch.lineup(registry.library_ids()) as there:
        assert not there.absent
        for item in batch.verdicts(there.present, suite.cases.values(), suite, shipped):
            if isinstance(item, batch.Introduced):
                versions[item.implementation] = item.description.version
                continue
            assert not isinstance(item, batch.Absent), item
            seen.append(batch.seen(item, versions[item.implementation]))
            new += [item] * (item.status in {"fail", "not run"})
        for one in matrix(there.present, {**shapes, **rs256_keys(suite)}, shipped, 1_893_456_000):
            seen.append(one.seen)
            new += [one.cell] * (one.cell.status in {"fail", "not run"})
    assert new == []
    assert shipped.stale(one for one in seen if one) == []
    assert len(versions) == len(registry.library_ids())
