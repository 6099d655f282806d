"""Lines of daemons about their keys and plugins, and about the tokens that they issue."""

from __future__ import annotations

import re

from slurm_jwt_conformance.site.explain.message import CTLD, Cause, Message

KEY_FILE = (
    Message(
        "key-file.unreadable",
        CTLD,
        re.compile(r"Could not load key file(?: \((?P<path>.*)\))?"),
        "The daemon cannot use its key file {path}.",
        (
            Cause("the file is empty"),
            Cause("the file does not exist at the path of jwt_key=, or in StateSaveLocation (jwt_hs256.key)"),
            Cause("SlurmUser may not read the file, or may not enter its folder"),
            Cause("in these releases the plugin then does not load, and slurmctld ends", "20.02", "20.11"),
            Cause("this is fatal: the daemon ends", "21.08"),
        ),
        ("As SlurmUser, run `wc -c FILE`. For a new key: `slurm-jwt keygen FILE --owner slurm`.",),
    ),
    Message(
        "key-file.missing",
        CTLD,
        re.compile(r"cannot stat '(?P<path>[^']*)'"),
        "The daemon does not find its key file {path}, and ends.",
        (
            Cause("the key was never copied to this host, or its folder is not mounted yet", "23.11"),
            Cause("jwt_key= follows a space after a comma: Slurm then looks in the usual place", "23.11"),
            Cause("since 26.05 slurmd also loads the key, if its slurm.conf names it", "26.05"),
        ),
        ("Copy the key file from slurmctld's host, owner SlurmUser, mode 0600.",),
        "23.11",
    ),
    Message(
        "key-file.open",
        CTLD,
        re.compile(r"key file is insecure(?:: '(?P<path>[^']*)' mode=(?P<mode>0?[0-7]+))?"),
        "Users other than owner and group may use the key file {path} (mode {mode}). The daemon ends.",
        (
            Cause(
                "releases before 23.11 do not check the mode, so the error appears after an upgrade", "23.11"
            ),
        ),
        ("chmod 0600 the file. A user who read the key can sign tokens for root: consider a new key.",),
        "23.11",
    ),
    Message(
        "key-file.owner",
        CTLD,
        re.compile(r"owned by uid=(?P<uid>\w{1,20}), instead of SlurmUser"),
        "The key file belongs to uid {uid}, not to SlurmUser or root. The daemon warns and starts.",
        (Cause("the user with this uid can read or replace the key, and sign tokens for root", "23.11"),),
        ("chown the file to SlurmUser (or root), mode 0600. Run `slurm-jwt doctor`.",),
        "23.11",
    ),
    Message(
        "jwks.file",
        CTLD,
        re.compile(r"failed to deserialize jwks file(?: `(?P<path>[^`']*))?"),
        "The daemon cannot read the JWKS file {path} as JSON, and ends.",
        (
            Cause("the file is empty, is cut, or is not JSON", "21.08"),
            Cause("the file is a web page: an error or a login page of the provider", "21.08"),
        ),
        ("Run `python3 -m json.tool FILE`. Fetch the JWKS from the provider again. Run `slurm-jwt doctor`.",),
        "21.08",
    ),
    Message(
        "key-file.slurmdbd",
        "slurmdbd.log",
        re.compile(r"No jwt_key set\. Please set the jwt_key="),
        "slurmdbd has AuthAltTypes=auth/jwt and no jwt_key=. It has no default place for the key.",
        (
            Cause(
                "AuthAltParameters=jwt_key= is missing in slurmdbd.conf; since 21.08 this is fatal", "20.11"
            ),
            Cause("jwt_key= follows a space after a comma, where these releases do not see it", "23.11"),
        ),
        ("Add AuthAltParameters=jwt_key=/path/to/the/same/key to slurmdbd.conf.",),
        "20.11",
    ),
    Message(
        "jwks.kid",
        CTLD,
        re.compile(r"no kid in credential|failed to load kid field|could not find matching kid"),
        "Slurm looks up a public key of the JWKS by kid, and kid is missing or matches no key.",
        (
            Cause("the token's header, or a key of the JWKS file, has no kid"),
            Cause("the provider changed its keys: the daemon reads the file only when it starts"),
            Cause("these keys have no alg: Slurm ignores such keys until 26.05.3", "23.02"),
            Cause("a key in the file that is not for RS256 has no kid: every key needs one", "23.02"),
        ),
        ("Fetch the provider's JWKS again, check that each key has kid and alg, and restart.",),
        "21.08",
    ),
    Message(
        "jwks.field",
        CTLD,
        re.compile(r"failed to load (?P<field>e|n|alg) field"),
        "A key of the JWKS file lacks its member {field}, and the daemon ends.",
        (Cause("the file has keys that are not RSA keys, such as EC keys without alg", "23.02"),),
        ("Remove the keys that are not for RS256 from the file.",),
        "21.08",
    ),
)

PLUGIN = (
    Message(
        "plugin.rest-auth",
        CTLD,
        re.compile(
            r"(?:plugin name for|auth plugin for|auth context for) (?:auth/)?rest_auth/jwt|rest_auth_jwt"
        ),
        "A daemon is configured to use rest_auth/jwt, which is a plugin for slurmrestd only.",
        (Cause("AuthAltTypes=rest_auth/jwt in slurm.conf: the name there is auth/jwt"),),
        ("Write AuthAltTypes=auth/jwt. rest_auth/jwt is a value for slurmrestd's option -a.",),
    ),
    Message(
        "plugin.init",
        CTLD,
        re.compile(r"Couldn't load specified plugin name for auth/jwt: (?P<reason>.*)"),
        "auth/jwt is installed and did not start: {reason}.",
        (
            Cause("the key file is missing, empty or unreadable: an earlier line says so"),
            Cause("slurmdbd has no jwt_key=, and this release does not always say so", "20.11", "20.11"),
        ),
        ("Look at the lines before this one, then at jwt_key= and the key file.",),
    ),
    Message(
        "plugin.missing",
        CTLD,
        re.compile(
            r"(?:specified plugin name for|auth plugin for) auth/jwt|cannot create auth context for"
            r"|failed to initialize auth(?:entication)? plugin|Plugin loading failed due to missing symbols"
        ),
        "The daemon cannot load an authentication plugin, and ends.",
        (
            Cause("auth_jwt.so is not installed: some distributions have a package of its own for it"),
            Cause("libjwt is missing, or has a version for which auth_jwt.so was not built"),
            Cause("the name in AuthType or AuthAltTypes is misspelt"),
            Cause("the key file cannot be read: an earlier line says so"),
        ),
        (
            "Look for auth_jwt.so in Slurm's plugin folder, and run ldd on it.",
            "On Debian install slurm-wlm-jwt-plugin. A build of Slurm needs libjwt's headers.",
        ),
    ),
    Message(
        "plugin.not-configured",
        CTLD,
        re.compile(r"remote plugin_id 102 not found|authentication plugin auth/jwt\(102\) not found"),
        "A client sent a token, and this daemon does not use auth/jwt.",
        (
            Cause("AuthAltTypes=auth/jwt is missing in this daemon's file: slurm.conf, or slurmdbd.conf"),
            Cause("AuthAltTypes=auth/jwt was added, and the daemon was not restarted"),
            Cause("the daemon is slurmd: before 26.05 it accepts no tokens"),
        ),
        ("Add AuthAltTypes=auth/jwt and AuthAltParameters=jwt_key=... to that file, and restart.",),
    ),
    Message(
        "environment.no-token",
        "a log or a client's error",
        re.compile(r"Could not load SLURM_JWT environment variable"),
        "auth/jwt is the only method here, and SLURM_JWT is not set.",
        (
            Cause(
                "slurm.conf has AuthType=auth/jwt instead of AuthType=auth/munge with AuthAltTypes=auth/jwt"
            ),
            Cause("a command runs on a host without munge, and SLURM_JWT was not exported"),
            Cause("a daemon has auth/jwt only: slurmd cannot register with it"),
        ),
        ("On a host with munge run `export $(scontrol token)`. For slurmrestd set SLURM_JWT=daemon.",),
    ),
    Message(
        "slurmd.unregistered",
        "slurmd.log",
        re.compile(r"Unable to register with slurm controller.*Protocol authentication error"),
        "slurmctld refuses slurmd's own messages: their authentication fails.",
        (
            Cause("auth/jwt is the only method, and slurmd needs auth/munge or auth/slurm"),
            Cause("munge's keys or the clocks of the two hosts differ"),
        ),
        ("Keep AuthType=auth/munge or auth/slurm, with auth/jwt in AuthAltTypes.",),
    ),
)

ISSUING = (
    Message(
        "issue.created",
        "slurmctld.log",
        re.compile(r"created token for (?P<user>.*) for (?P<seconds>-?\d+) seconds"),
        "slurmctld issued a token for {user} that is valid for {seconds} seconds.",
        (
            Cause(
                "this line is not an error. Other issuers with the same key do not write such a line",
                "20.11",
            ),
        ),
        ("Slurm cannot revoke a token: only a new key ends it early.",),
        "20.11",
    ),
    Message(
        "issue.no-key",
        CTLD,
        re.compile(r"cannot issue tokens, no key loaded"),
        "A user ran `scontrol token`, and slurmctld has no HS256 key.",
        (
            Cause("the key file was not loaded at the start: an earlier line says why", "20.02", "20.11"),
            Cause("jwks= is set and jwt_key= is not: then the usual key file is not loaded", "21.08"),
        ),
        ("Set jwt_key= in addition to jwks= if slurmctld is to issue tokens.",),
    ),
    Message(
        "issue.lifespan",
        CTLD,
        re.compile(r"rejecting token lifespan|cannot issue token: requested lifespan"),
        "A user ran `scontrol token` with a lifespan that this slurmctld does not allow.",
        (
            Cause(
                "the lifespan is over max_token_lifespan, which limits all but root and SlurmUser",
                "22.05",
            ),
            Cause("the lifespan is not a number of seconds over 0", "23.02"),
        ),
        ("Use a shorter lifespan: `scontrol token lifespan=SECONDS`.",),
        "22.05",
    ),
    Message(
        "issue.bad-name",
        CTLD,
        re.compile(r"jwt_add_grant failure"),
        "libjwt cannot write the user's name into a token.",
        (Cause("username= is not UTF-8"),),
        ("Write the name as `getent passwd` shows it.",),
    ),
)

MESSAGES: tuple[Message, ...] = KEY_FILE + PLUGIN + ISSUING
