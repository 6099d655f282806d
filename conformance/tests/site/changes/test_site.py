"""`slurm-jwt changes --conf` on the made-up sites that real daemons of four releases were started with.

What works under one release and not under the next is in each site's `[expect]`, which
test_doctor_daemon.py holds against the daemons themselves. The live test here asks the daemons again.
"""

from __future__ import annotations

import importlib.util
import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.changes import comparison
from slurm_jwt_conformance.site.changes.document import document
from slurm_jwt_conformance.site.changes.site import PLUGINS, compare
from slurm_jwt_conformance.site.discovery.options import Options
from support.made_up_site import START_LIMIT, Bench, MadeUpHost, made_up_machine
from support.slurm import require_release


def neighbour(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "doctor" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SITES = neighbour("test_daemon")
PAIRS = [*itertools.pairwise(SITES.RELEASES), ("20.11", "26.05"), ("24.11", "22.05")]
OTHER_KEY = {"blank-takes-another-key", "longer-parameter"}
"""Sites that take tokens under every release, but from 23.11 on those of another key."""

CHANGED_WITHIN_26_05 = {"An EC key without alg beside a good RSA key"}
"""Sites that only 26.05.3 and later start with: a bare 26.05 leaves the doctor in doubt."""


def changed(path, old, new):
    site = SITES.read(path)
    plugins = PLUGINS if old >= "23.11" else PLUGINS - {"auth_slurm.so"}
    host = MadeUpHost("/site", SITES.files_of(site, "/site", "/munge"), tuple(sorted(plugins)))
    machine = made_up_machine(f"{old}.0", releases.parse(old).libjwt.version)
    pair = (releases.parse(old), releases.parse(new))
    return compare(Options(conf="/site/slurm.conf"), pair, host, machine)


def works(site, release):
    """Tell whether real daemons take tokens with this site; None if a doctor may not know."""
    told, unforeseen = SITES.expected(site, release)
    doubtful = unforeseen or (release == "26.05" and site["title"] in CHANGED_WITHIN_26_05)
    return None if doubtful else told == "takes"


@pytest.mark.parametrize("path", SITES.SITES, ids=lambda path: path.stem)
@pytest.mark.parametrize(("old", "new"), PAIRS, ids=lambda name: name)
def test_what_breaks_is_what_real_daemons_stop_doing(path, old, new):
    site = SITES.read(path)
    before, after = works(site, old), works(site, new)
    change = changed(path, old, new)
    worse = [turn for turn in change.turns if turn.daemon == SITES.daemon_of(site) and turn.worse]
    if path.stem in OTHER_KEY and "23.11" in sorted((old, new, "23.11"))[1]:
        assert any("takes its key from another place" in turn.what for turn in worse)
    elif before and after is False:
        assert worse, change
    elif before is not None and after is not None:
        assert not [turn for turn in worse if "of AuthAlt" not in turn.what and "in AuthAlt" not in turn.what]


def test_some_sites_break_and_most_hold():
    breaking = [path.stem for path in SITES.SITES if changed(path, "22.05", "24.11").breaks]
    assert {"others-may-read", "blank-hides-key"} <= set(breaking)
    assert len(breaking) < len(SITES.SITES) / 2


def test_a_site_that_does_not_work_today_is_undetermined():
    """Nothing can break there; and files on another machine than their daemons' look so, too."""
    path = next(path for path in SITES.SITES if path.stem == "key-gone")
    change = changed(path, "22.05", "24.11")
    assert not change.breaks
    assert not change.complete
    assert any("already under 22.05 (key.missing)" in each for each in change.not_checked)
    old, new = (releases.parse(each) for each in ("22.05", "24.11"))
    assert document(comparison.compare(old, new, change)).outcome.verdict == "undetermined"
    sound = next(path for path in SITES.SITES if path.stem == "documented-page")
    assert changed(sound, "22.05", "24.11").complete


def test_the_finding_that_is_new_says_why():
    path = next(path for path in SITES.SITES if path.stem == "others-may-read")
    change = changed(path, "22.05", "24.11")
    assert [(turn.daemon, turn.worse) for turn in change.turns] == [("slurmctld", True)]
    assert [finding.id for finding in change.new if finding.level == "error"] == ["key.others"]
    assert not changed(path, "24.11", "26.05").turns


@pytest.mark.slurm
@pytest.mark.parametrize(("old", "new"), [("22.05", "24.11")])
def test_real_daemons_stop_doing_what_is_said_to_break(old, new):
    """Every site that is said to break, and a few that are said to hold, on both releases."""
    breaking = [path for path in SITES.SITES if changed(path, old, new).breaks]
    holding = [
        path for path in SITES.SITES if path.stem in {"documented-page", "key-named", "own-group-may-read"}
    ]
    installations = {release: require_release(release) for release in (old, new)}

    def run(release):
        with Bench(installations[release]) as bench:
            if bench.sandbox.mode != "root":
                pytest.skip("owners of files can only be set by root")
            return {path.stem: outcome(bench, path, old) for path in [*breaking, *holding]}

    with ThreadPoolExecutor(2) as pool:
        before, after = pool.map(run, (old, new))
    for path in breaking:
        assert before[path.stem] == "takes", path.stem
        assert after[path.stem] in {"ends", "refuses", "waits"}, path.stem
    for path in holding:
        assert before[path.stem] == after[path.stem] == "takes", path.stem


def outcome(bench, path, old):
    """Start the site's daemon with a token of the key that it takes under the release of today."""
    site = SITES.read(path)
    files = SITES.files_of(site, bench.base(), bench.munge)
    host = MadeUpHost(bench.base(), files, tuple(sorted(PLUGINS)))
    machine = made_up_machine(f"{old}.0", "1.10.2")
    found = SITES.survey(Options(conf=f"{bench.base()}/slurm.conf", release=old), host, machine)
    token = SITES.token(site, found, files, bench.base())
    return SITES.outcome(bench.start(files, token, START_LIMIT, SITES.daemon_of(site)))
