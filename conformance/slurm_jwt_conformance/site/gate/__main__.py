"""The site's gate as a command: `python -m slurm_jwt_conformance.site.gate --token-file F --key-file K`.

It runs pytest over tests of its own; what it does not know itself goes to pytest.
"""

from __future__ import annotations

import argparse
import os
import sys

EPILOG = """\
examples:
  python -m slurm_jwt_conformance.site.gate --token-file portal.jwt --key-file jwt_hs256.key --release 24.11
  python -m slurm_jwt_conformance.site.gate --token-file portal.jwt --policy site.toml --junit-xml gate.xml
  tox -e site -- --token-file portal.jwt --key-file jwt_hs256.key
  pytest --pyargs slurm_jwt_conformance.site.gate --slurm-jwt-token-file portal.jwt

Options of pytest are taken too: -v, -q, -k PATTERN, --junit-xml FILE, ... Paths are those of the folder
that you call it in.
exit codes: 0 fit, 1 not fit, 2 a wrong call or a file that cannot be used, 3 the gate itself failed
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the gate's own options."""
    from slurm_jwt_conformance.site.gate import asking

    made = argparse.ArgumentParser(
        prog="python -m slurm_jwt_conformance.site.gate",
        description="Hold a token of your issuer against the documented rules, your policy and your Slurm.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    asking.add(made.add_argument)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the gate and return its exit code."""
    try:
        import pytest
    except ImportError:
        return _refuse("The site's gate needs pytest: pip install 'slurm-jwt-conformance[pytest]'")
    from slurm_jwt_conformance.site.gate import asking

    args, others = parser().parse_known_args(arguments)
    if args.token_file is None:
        return _refuse(asking.WANTING)
    # A pytest.ini or conftest.py of the caller's folder has no say in a gate.
    own = ["-c", os.devnull, "--noconftest", "-p", "no:cacheprovider"]
    own += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # this package is loaded before pytest is
    loaded = (
        ["-p", "slurm_jwt_conformance.harness.plugin"]
        if "PYTEST_DISABLE_PLUGIN_AUTOLOAD" in os.environ
        else []
    )
    suite = ["--pyargs", "slurm_jwt_conformance.site.gate", "--import-mode=importlib", "-ra"]
    code = pytest.main([*own, *loaded, *suite, *asking.as_pytest(args), *others])
    return {0: 0, 1: 1, 2: 2, 4: 2, 130: 130}.get(int(code), 3)


def _refuse(why: str) -> int:
    sys.stderr.write(f"slurm-jwt site: {why}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
