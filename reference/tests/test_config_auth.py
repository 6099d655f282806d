"""What AuthType, AuthAltTypes and AuthAltParameters mean to each release, without a daemon."""

from __future__ import annotations

import pytest

from slurm_jwt.config.auth import PARAMETERS, auth_types, find, key_choice, parts, way
from slurm_jwt.config.grammar import Parsed, parse
from slurm_jwt.slurmctld import releases
from slurm_jwt.slurmctld.settings import KNOWN


def read(text: str, series: str = "24.11") -> Parsed:
    return parse("/c", lambda _: text.encode(), "slurmctld", series)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jwt_key=/a", {"20.11": "/a", "22.05": "/a", "23.11": "/a"}),
        ("jwt_key=/a,jwks=/b", {"20.11": "/a", "22.05": "/a", "23.11": "/a"}),
        ("jwks=/b, jwt_key=/a", {"20.11": "/a", "22.05": "/a", "23.11": None}),
        ("old_jwt_key=/a,jwt_key=/b", {"20.11": "/a", "22.05": "/a", "23.11": "/b"}),
        ("JWT_KEY=/a", {"20.11": "/a", "22.05": None, "23.11": None}),
        ("jwt_key=", {"20.11": "", "22.05": "", "23.11": None}),
        ("jwt_key=,jwt_key=/b", {"20.11": "", "22.05": "", "23.11": None}),
        ("jwt_key=/a,jwt_key=/b", {"20.11": "/a", "22.05": "/a", "23.11": "/a"}),
        ("jwt_key= /a", {"20.11": " /a", "22.05": " /a", "23.11": " /a"}),
        ("jwt_key", {"20.11": None, "22.05": None, "23.11": None}),
        ("", {"20.02": None, "20.11": None, "22.05": None, "23.11": None}),
    ],
)
def test_jwt_key_is_found_in_each_releases_own_way(text: str, found: dict[str, str | None]) -> None:
    for series, value in found.items():
        it = find(text, "jwt_key", series)
        assert (it.value if it else None) == value
        if it:
            assert text[it.value_at :].startswith(it.value)
            assert text[it.name_at : it.value_at].lower() == "jwt_key="


def test_parameters_came_one_by_one() -> None:
    since = {
        name: next(series for series in releases.series() if way(name, series) != "never")
        for name in PARAMETERS
    }
    assert since == {
        "jwt_key": "20.11",
        "disable_token_creation": "20.11",
        "jwks": "21.08",
        "max_token_lifespan": "22.05",
        "userclaimfield": "23.02",
        "use_jwt_client_ids": "26.05",
        "use_jwt_client_ids_only": "26.05",
    }


def test_the_model_of_slurmctld_knows_the_same_parameters() -> None:
    assert set(PARAMETERS) == KNOWN


def test_parts_know_where_they_start() -> None:
    text = "a=1,,  b ,c"
    assert [(part.text, part.name) for part in parts(text)] == [("a=1", "a"), ("  b ", "b"), ("c", "c")]
    assert all(text[part.at :].startswith(part.text) for part in parts(text))
    assert parts("") == ()


@pytest.mark.parametrize(
    ("text", "series", "plugins"),
    [
        ("", "22.05", ["auth/munge"]),
        ("AuthAltTypes=auth/jwt\n", "22.05", ["auth/munge", "auth/jwt"]),
        ("AuthAltTypes=jwt\n", "22.05", ["auth/munge", "jwt"]),
        ("AuthAltTypes=jwt\n", "23.11", ["auth/munge", "auth/jwt"]),
        ("AuthAltTypes=rest_auth/jwt\n", "23.11", ["auth/munge", "auth/rest_auth/jwt"]),
        ('AuthAltTypes="auth/jwt, auth/slurm"\n', "24.11", ["auth/munge", "auth/jwt", "auth/ auth/slurm"]),
        (
            "AuthType=auth/slurm\nAuthAltTypes=auth/jwt,,auth/none\n",
            "24.11",
            ["auth/slurm", "auth/jwt", "auth/none"],
        ),
    ],
)
def test_plugins_are_loaded_in_their_order(text: str, series: str, plugins: list[str]) -> None:
    assert [each.plugin for each in auth_types(read(text, series), series)] == plugins


@pytest.mark.parametrize(
    ("text", "daemon", "path", "reason"),
    [
        ("", "slurmctld", "/var/spool/jwt_hs256.key", "default"),
        ("StateSaveLocation=/s\n", "slurmctld", "/s/jwt_hs256.key", "default"),
        ("StateSaveLocation=/s\nAuthAltParameters=jwt_key=/k\n", "slurmctld", "/k", "given"),
        ("AuthAltParameters=jwks=/j\n", "slurmctld", None, "jwks"),
        ("AuthAltParameters=jwks=/j,jwt_key=/k\n", "slurmctld", "/k", "given"),
        ("", "slurmdbd", None, "unset"),
        ("AuthAltParameters=disable_token_creation\n", "slurmdbd", None, "unset"),
    ],
)
def test_a_daemon_takes_one_key_or_none(text: str, daemon: str, path: str | None, reason: str) -> None:
    assert daemon in {"slurmctld", "slurmdbd"}
    choice = key_choice(read(text), daemon, "24.11")  # type: ignore[arg-type]  # checked above
    assert (choice.path, choice.reason) == (path, reason)


def test_20_11_takes_the_default_key_beside_a_jwks_that_it_does_not_know() -> None:
    choice = key_choice(read("AuthAltParameters=jwks=/j\n", "20.11"), "slurmctld", "20.11")
    assert choice.reason == "default"
