"""The kinds of scenario, as sites report them, and where they do."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A kind of scenario. met: where people met it, as public addresses or names of pages."""

    id: str
    title: str
    met: tuple[str, ...]


_GITHUB = "https://github.com"


def _issue(repository: str, *numbers: int, kind: str = "issues") -> tuple[str, ...]:
    return tuple(f"{_GITHUB}/{repository}/{kind}/{number}" for number in numbers)


JWT_PAGE = "https://slurm.schedmd.com/jwt.html"

ROWS: tuple[Row, ...] = (
    Row("one-line", "Every failure is the same one line", _issue("SlinkyProject/slurm-operator", 73)),
    Row(
        "spelling",
        "A name in slurm.conf is misspelt, and slurmctld does not start",
        (*_issue("aws/aws-parallelcluster", 3865), *_issue("benmcollins/libjwt", 162)),
    ),
    Row(
        "library",
        "libjwt is too new or too old, or the package has no plugin",
        (
            *_issue("openhpc/ohpc", 1815),
            *_issue("Azure/cyclecloud-slurm", 239, kind="pull"),
            *_issue("omnivector-solutions/snap-slurm", 42),
            *_issue("benmcollins/libjwt", 164, 105),
        ),
    ),
    Row(
        "key",
        "The issuer has the key, and signs with another one",
        (
            *_issue("jpadilla/pyjwt", 227),
            *_issue("PostgREST/postgrest", 495),
            *_issue("mike-engel/jwt-cli", 128),
            *_issue("dgrijalva/jwt-go", 81),
            "https://docs.aws.amazon.com/pcs/latest/userguide/slurm-rest-api-authenticate.html",
        ),
    ),
    Row(
        "missing",
        "After an upgrade a daemon has no key, or does not take it as it is",
        (
            *_issue("BiBiServ/bibigrid", 470),
            *_issue("aws-samples/aws-parallelcluster-post-install-scripts", 25),
            *_issue("nebius/soperator", 526),
        ),
    ),
    Row(
        "claims",
        "The user stands in another claim than Slurm reads",
        (
            *_issue("eth-cscs/firecrest-v2", 142, kind="pull"),
            *_issue("eth-cscs/firecrest-v2", 79),
            JWT_PAGE,
        ),
    ),
    Row(
        "user",
        "The token is accepted, and its user is nobody",
        (
            *_issue("SlinkyProject/slurm-operator", 118, 129),
            "https://docs.aws.amazon.com/pcs/latest/userguide/slurm-rest-api-authenticate.html",
        ),
    ),
    Row(
        "lifetime",
        "Tokens live too long, and cannot be called back",
        (
            "https://wiki.desy.de/maxwell/services/slurm_rest_api",
            *_issue("rackslab/Slurm-web", 329, kind="pull"),
            JWT_PAGE,
        ),
    ),
    Row(
        "clock",
        "A fresh token is called expired",
        (*_issue("SlinkyProject/slurm-operator", 240), *_issue("aws-samples/aws-eda-slurm-cluster", 110)),
    ),
    Row("environment", "SLURM_JWT is still set, and breaks the commands", (JWT_PAGE,)),
    Row(
        "headers",
        "slurmrestd wants headers, and not too many of them",
        (*_issue("rackslab/Slurm-web", 228), "https://slurm.schedmd.com/rest.html"),
    ),
    Row("fips", "On a FIPS host no token works", _issue("SlinkyProject/slurm-operator", 73)),
    Row(
        "offline",
        "Can a site try its tokens without its cluster?",
        _issue("rackslab/Slurm-web", 534, kind="pull"),
    ),
    Row(
        "projects",
        "A public project issues the token, and handles key and clock in its own way",
        (
            f"{_GITHUB}/SlinkyProject/slurm-operator",
            f"{_GITHUB}/rackslab/Slurm-web",
            f"{_GITHUB}/omnivector-solutions/cluster-agent",
            f"{_GITHUB}/slaclab/iri-facility-api-python",
            f"{_GITHUB}/ClusterCockpit/cc-docker",
            "https://docs.aws.amazon.com/pcs/latest/userguide/slurm-rest-api-authenticate.html",
        ),
    ),
    Row("root", "Who may sign is root", (JWT_PAGE,)),
)
