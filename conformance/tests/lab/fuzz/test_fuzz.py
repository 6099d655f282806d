"""The fuzzer: mutator, shrinker, records; and campaigns, with a stand-in and with real plugins."""

import json
import os
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt.slurmctld import Keys
from slurm_jwt_conformance.lab.fuzz import campaign as fuzz
from slurm_jwt_conformance.lab.fuzz import edits as fuzz_edits
from slurm_jwt_conformance.lab.fuzz import jwks_campaign
from slurm_jwt_conformance.lab.fuzz import records as fuzz_records
from slurm_jwt_conformance.lab.fuzz.campaign import Subject, model_of, run_campaign
from slurm_jwt_conformance.lab.fuzz.jwks_campaign import run_jwks_campaign
from slurm_jwt_conformance.lab.fuzz.jwks_files import corpus_of, make_file
from slurm_jwt_conformance.lab.fuzz.mutator import LONGEST, Mutator, Texts, decode, encode, sign, texts_of
from slurm_jwt_conformance.lab.fuzz.records import Finding, Record, label
from slurm_jwt_conformance.lab.fuzz.shrink import shrink
from slurm_jwt_conformance.lab.fuzz.values import NOW
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Installation
from slurm_jwt_conformance.lab.plugin.oracle import Judgement
from slurm_jwt_reports.problems import Problem
from support.slurm import require_release

KEY = bytes(range(32))
CORPUS = [
    Texts(b'{"alg":"HS256","typ":"JWT"}', b'{"exp":4102444800,"iat":1577836800,"sun":"alice"}'),
    Texts(b'{"alg":"HS256"}', b'{"exp":4102444800,"username":"bob"}'),
]
USED = {*fuzz_edits.OF_HEADER, *fuzz_edits.OF_PAYLOAD, *fuzz_edits.OF_PART, *fuzz_edits.OF_TOKEN}
EDITS = {name: edit for name, edit in vars(fuzz_edits).items() if callable(edit) and edit in USED}


def made(seed, count=300):
    mutator = Mutator(seed, CORPUS, KEY)
    return [mutator.make() for _ in range(count)]


def signed(texts):
    text = encode(texts.header) + b"." + encode(texts.payload)
    return text + b"." + sign(text, texts.header, KEY)


class TestMutator:
    def test_a_seed_gives_the_same_tokens_again(self):
        assert made("1") == made("1")
        assert made("1") != made("2")

    def test_most_tokens_are_new_and_signed(self):
        tokens = [each.token for each in made("1", 1000)]
        assert len(set(tokens)) > 600
        right = sum(token.count(b".") == 2 and _is_signed(token) for token in tokens)
        assert right > 800

    @pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
    def test_each_edit_changes_something_sooner_or_later(self, edit):
        text = CORPUS[0].header[:-1] + b"," + CORPUS[0].payload[1:] + b"-_"
        assert {edit(Random(seed), text) for seed in range(60)} != {text}

    @given(st.binary(max_size=20), st.integers())
    def test_each_edit_takes_anything(self, text, seed):
        for edit in EDITS.values():
            assert isinstance(edit(Random(seed), text), bytes)

    def test_no_token_is_huge(self):
        corpus = [Texts(b"{}", b"[" * LONGEST)]
        mutator = Mutator("1", corpus, KEY)
        assert max(len(mutator.make().token) for _ in range(30)) < 2 * LONGEST

    def test_texts_come_from_tokens_with_two_dots(self):
        assert texts_of(
            [b"e30.e30.x", b"e30.e30.y", b"", b"e30", b"e!30.W10.", b"e30.e3" + b"0" * LONGEST + b"."]
        ) == [
            Texts(b"{}", b"{}"),
            Texts(b"{}", b"[]"),
        ]

    @given(st.binary())
    def test_what_is_encoded_can_be_decoded(self, text):
        assert decode(encode(text)) == text

    def test_the_header_chooses_the_digest(self):
        lengths = [len(decode(sign(b"x", b'{"alg":"HS%d"}' % bits, KEY))) for bits in (256, 384, 512)]
        assert lengths == [32, 48, 64]


def _is_signed(token):
    head, body, signature = token.split(b".")
    return signature == sign(head + b"." + body, decode(head), KEY)


class TestShrink:
    def test_it_takes_away_what_does_not_matter(self):
        def differs(question):
            head, body, _ = question[0].split(b".")
            return b'"sun":5' in decode(body) and b"alg" in decode(head) and _is_signed(question[0])

        payload = b'{"exp":1,"iat":"' + b"x" * 500 + b'","sun":5,"other":{"a":[1,2,3]}}'
        token, name = shrink((signed(Texts(CORPUS[0].header, payload)), b"bob"), KEY, differs)
        assert differs((token, name))
        assert name is None
        assert [decode(part) for part in token.split(b".")[:2]] == [b"alg", b'"sun":5']

    def test_oddities_of_the_encoding_stay_if_they_matter(self):
        def differs(question):
            return b"!" in question[0] and _is_signed(question[0])

        text = encode(CORPUS[0].header) + b"." + encode(CORPUS[0].payload)[:9] + b"!" + b"A" * 40
        token, _ = shrink((text + b"." + sign(text, CORPUS[0].header, KEY), None), KEY, differs)
        assert differs((token, None))
        assert token.split(b".")[:2] == [b"", b"!"]

    def test_what_is_not_signed_is_cut_as_it_stands(self):
        token, name = shrink(
            (b"abc.def", b"bob"), KEY, lambda question: b"d" in question[0] and question[1] == b"bob"
        )
        assert (token, name) == (b"d", b"bob")

    def test_it_ends_even_if_everything_differs(self):
        assert len(shrink((signed(CORPUS[0]), None), KEY, lambda _: True)[0]) < 60


class TestRecords:
    def fresh(self, **more):
        given = {
            "release": "22.05",
            "slurm": "22.05.8",
            "libjwt": "1.10.2",
            "packages": {},
            "vectors": "v",
            "seed": "1",
        }
        return Record(**{**given, **more})

    def test_what_is_saved_is_found_again(self, tmp_path):
        record = self.fresh(count=5, hits={"b": 2, "a": 3}, findings=("x.json",), seconds=1.5)
        grown = fuzz_records.Grown([Texts(b"\xff\0", b"{}")], {"a None"})
        fuzz_records.save(tmp_path, record, grown)
        assert fuzz_records.load(tmp_path, self.fresh()) == (record, grown)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["22.05.corpus.json", "22.05.json"]

    @pytest.mark.parametrize(
        "other", [{"seed": "2"}, {"vectors": "w"}, {"slurm": "22.05.9"}, {"packages": {"a": "1"}}]
    )
    def test_another_campaign_starts_anew(self, tmp_path, other):
        fuzz_records.save(tmp_path, self.fresh(count=5), fuzz_records.Grown([], set()))
        record, _ = fuzz_records.load(tmp_path, self.fresh(**other))
        assert record == self.fresh(**other)

    @pytest.mark.parametrize("text", ["", '"count": 1}', '"release": 5}'])
    def test_a_damaged_record_is_a_wrong_call(self, tmp_path, text):
        fuzz_records.save(tmp_path, self.fresh(), fuzz_records.Grown([], set()))
        (tmp_path / "22.05.json").write_text('{"generator": "slurm-jwt-conformance fuzz record",' + text)
        with pytest.raises(Problem, match="are not the records of a campaign") as found:
            fuzz_records.load(tmp_path, self.fresh())
        assert (found.value.exit_code, found.value.hint) == (2, "Name another folder with --out.")

    @pytest.mark.parametrize("name", ["22.05.json", "22.05.corpus.json"])
    @pytest.mark.parametrize("kind", ["empty", "JSON", "without the mark", "another kind", "link", "FIFO"])
    def test_a_foreign_file_stays_and_is_refused_before_the_campaign(self, tmp_path, name, kind):
        """The members of a record without its mark are a foreign file too."""
        own = msgspec.json.encode(self.fresh())
        mark = b'{"generator":"slurm-jwt-conformance html"}'
        texts = {"empty": b"", "JSON": b'{"mine": 1}', "without the mark": own, "another kind": mark}
        path = tmp_path / name
        if kind == "FIFO":
            os.mkfifo(path)
        elif kind == "link":
            (tmp_path / "mine").write_bytes(own)
            path.symlink_to("mine")
        else:
            path.write_bytes(texts[kind])
        with pytest.raises(Problem, match="it is left as it is") as found:
            fuzz_records.load(tmp_path, self.fresh())
        assert (found.value.exit_code, found.value.hint) == (2, "Name another folder with --out.")
        with pytest.raises(Problem, match="it is left as it is"):
            fuzz_records.save(tmp_path, self.fresh(), fuzz_records.Grown([], set()))
        assert kind in {"link", "FIFO"} or path.read_bytes() == texts[kind]

    def test_a_finding_replaces_no_foreign_file(self, tmp_path):
        path = self.finding(CORPUS[0]).save(tmp_path)
        self.finding(CORPUS[0]).save(tmp_path)
        path.write_text("mine")
        with pytest.raises(Problem, match="it is left as it is"):
            self.finding(CORPUS[0]).save(tmp_path)
        assert path.read_text() == "mine"

    def test_hits_are_counted_by_kind_of_line(self):
        assert label(Judgement(True, 5, None)) == label(Judgement(True, 6, None))
        first, second = (
            Judgement(False, None, f"error: cred_verify: no support for alg={name}") for name in "ab"
        )
        assert (
            label(first)
            == label(second)
            != label(Judgement(False, None, "error: cred_verify: token expired"))
        )

    def finding(self, texts, **more):
        given = {"release": "26.05", "key": "random32", "now": NOW, "seed": "1", "user_name": None}
        outcomes = {"model": Judgement(True, 0, None), "plugin": Judgement(False, None, "error: x")}
        return Finding(**{**given, "token": signed(texts), **outcomes, **more})

    def test_a_finding_is_safe_to_print(self):
        texts = Texts(b'{"alg":"\x1b[2J\xff"}', b'{"sun":"\r' + b"x" * 5000 + b'"}')
        told = str(self.finding(texts, user_name=b"\x07"))
        assert told.replace("\n", "").isprintable()
        assert "\\x1b" in told
        assert len(told) < 1500
        assert signed(texts).split(b".")[2].decode() not in told

    def test_a_saved_finding_has_what_a_case_needs(self, tmp_path):
        finding = self.finding(CORPUS[0])
        saved = json.loads(finding.save(tmp_path).read_text())
        assert saved["token"].encode() == finding.token
        assert (saved["key"], saved["now"], saved["any_time"], saved["release"]) == (
            "random32",
            NOW,
            False,
            "26.05",
        )
        assert saved["model"] == {"accepted": True, "uid": 0, "log": None}
        raw = json.loads(self.finding(CORPUS[0], token=b"\xff.x.y").save(tmp_path).read_text())
        assert raw["token_base64"] == "/y54Lnk="
        assert "token" not in raw


INSTALLATION = Installation("22.05", "22.05.8", "1.10.2", {"slurmctld": "1"}, None, {}, "/plugins", None)


class StandIn:
    """Answers as the model does, but dies at a user name of "root" if it is told to."""

    def __init__(self, installation, key, *, now):
        assert now == NOW
        self.model = model_of(installation, key)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def judge(self, questions):
        return [self.model(question) for question in questions]


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setattr(fuzz, "PluginOracle", StandIn)
    monkeypatch.setattr(fuzz, "subject", lambda _release: Subject(INSTALLATION, KEY, CORPUS))


def takes_any_user_name(question):
    """Stand for a model that forgets that only root and SlurmUser may act for others."""
    return model_of(INSTALLATION, KEY)((question[0], None))


@pytest.mark.usefixtures("stand_in")
class TestCampaign:
    def test_agreement_gives_a_record_without_findings(self, tmp_path):
        record = run_campaign("22.05", tmp_path, seed="1", count=2000)
        assert (record.count, record.chunks, record.disagreements, record.findings) == (2000, 2, 0, ())
        assert record.accepted > 0.05 * record.count
        assert sum(record.hits.values()) == 2000
        assert record.hits["accepted"] == record.accepted

    def test_it_goes_on_where_it_was_stopped(self, tmp_path):
        run_campaign("22.05", tmp_path / "a", seed="1", count=1000)
        stopped = run_campaign("22.05", tmp_path / "a", seed="1", count=3000)
        through = run_campaign("22.05", tmp_path / "b", seed="1", count=3000)
        assert stopped.hits == through.hits
        assert stopped.count == through.count == 3000
        corpora = [(tmp_path / name / "22.05.corpus.json").read_text() for name in "ab"]
        assert corpora[0] == corpora[1]

    def test_no_time_means_no_chunk(self, tmp_path):
        assert run_campaign("22.05", tmp_path, seconds=0).count == 0

    def test_a_wrong_model_is_found_shrunk_and_saved(self, tmp_path):
        told = []
        record = run_campaign(
            *("22.05", tmp_path),
            seed="1",
            count=4000,
            model=takes_any_user_name,
            progress=lambda _record, text: told.append(text),
        )
        assert record.disagreements > 0
        assert record.findings
        saved = json.loads((tmp_path / record.findings[0]).read_text())
        assert saved["model"]["accepted"] is True
        assert saved["plugin"]["accepted"] is False
        assert len(saved["token"]) < len(signed(CORPUS[0]))
        assert any("model and plugin disagree" in text for text in told)

    def test_a_hopeless_model_ends_the_campaign(self, tmp_path):
        record = run_campaign(
            "22.05", tmp_path, seed="1", count=10**6, model=lambda _question: Judgement(True, 12345, None)
        )
        assert record.findings
        assert record.count <= 2 * fuzz.CHUNK

    def test_a_plugin_that_dies_is_a_finding(self, tmp_path, monkeypatch):
        judge = StandIn.judge

        def dying(self, questions):
            dead = Judgement(None, log="the plugin's process ended with -11")
            answers = judge(self, questions)
            return [
                dead if name == b"root" else each for (_, name), each in zip(questions, answers, strict=True)
            ]

        monkeypatch.setattr(StandIn, "judge", dying)
        record = run_campaign("22.05", tmp_path, seed="1", count=1000)
        saved = json.loads((tmp_path / record.findings[0]).read_text())
        assert saved["plugin"] == {
            "accepted": None,
            "uid": None,
            "log": "the plugin's process ended with -11",
        }


@pytest.mark.slurm
@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_model_and_plugin_agree_on_fuzzed_tokens(release, tmp_path):
    require_release(release)
    record = run_campaign(release, tmp_path, seed="test", count=3000)
    assert (record.count, record.disagreements, record.findings) == (3000, 0, ())
    assert record.accepted >= 0.05 * record.count
    assert len(record.hits) >= 4


@pytest.mark.slurm
def test_a_real_plugin_finds_a_wrong_model(tmp_path):
    installation = require_release("22.05")
    key = fuzz.subject("22.05").key
    right = model_of(installation, key)

    def as_if_typ_did_not_matter(question):
        newer = Installation(**{**installation.__dict__, "libjwt": "1.12.0"})
        return (
            model_of(newer, key)(question)
            if b"at+jwt" in decode(question[0].split(b".")[0])
            else right(question)
        )

    record = run_campaign("22.05", tmp_path, seed="1", count=5000, model=as_if_typ_did_not_matter)
    saved = [json.loads((tmp_path / name).read_text()) for name in record.findings]
    gaps = [each for each in saved if each["model"]["accepted"] and not each["plugin"]["accepted"]]
    assert gaps
    assert all(b"at+jwt" in decode(each["token"].split(".")[0].encode()) for each in gaps)


class TestJwksFiles:
    def test_a_seed_gives_the_same_file_again(self):
        files = [make_file(f"1/{number}") for number in range(60)]
        assert files == [make_file(f"1/{number}") for number in range(60)]
        assert len({file.data for file in files}) > 50

    def test_most_tokens_name_a_key_of_the_file(self):
        file = make_file("1/0")
        texts = corpus_of(file, CORPUS, "1")
        kids = {kid for kid, _ in file.kids}
        assert sum(any(b'"kid":' + kid in text.header for kid in kids) for text in texts) > len(texts) / 2


@pytest.mark.slurm
@pytest.mark.parametrize("release", ["22.05", "24.11", "26.05"])
def test_model_and_plugin_agree_on_fuzzed_jwks_files(release, tmp_path):
    require_release(release)
    record = run_jwks_campaign(release, tmp_path, seed="test", count=2000)
    assert (record.count, record.disagreements, record.findings) == (2000, 0, ())
    assert record.files >= 5
    assert record.accepted > 0


@pytest.mark.slurm
def test_a_wrong_loader_is_found_and_its_file_shrunk(tmp_path, monkeypatch):
    require_release("24.11")
    right = jwks_campaign.load

    def as_if_every_file_were_good(release, data):
        loaded = right(release, data)
        return loaded if isinstance(loaded, Keys) else Keys()

    monkeypatch.setattr(jwks_campaign, "load", as_if_every_file_were_good)
    monkeypatch.setattr(jwks_campaign, "FILE_BUDGET", 10)
    record = run_jwks_campaign("24.11", tmp_path, seed="3", count=400)
    saved = [json.loads((tmp_path / name).read_text()) for name in record.findings]
    assert any(each["plugin"]["accepted"] is False and not each.get("token") for each in saved)
    assert all("jwks" in each or "jwks_base64" in each for each in saved)
