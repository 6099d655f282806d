"""A slurmrestd that is hostile, or none: limits of time and size, TLS, redirects, garbage. All on loopback.

The servers are fakes because no real slurmrestd does these things; what real ones answer is in
test_probe_live.py.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from slurm_jwt import Issuer
from slurm_jwt_conformance.site.probe import address, describe, probe, restd_answers, slurmrestd, verdict, web
from slurm_jwt_reports.problems import Problem
from support.probe_lab import wish

KEY = bytes(range(32))
TOKEN = Issuer(KEY).issue("alice").encode()
SECONDS = 1.5


class Server:
    """Answers each connection by a function of the request's bytes, and remembers the requests."""

    def __init__(self, answer, context=None):
        self.seen = []
        self._answer, self._context = answer, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(plain,), daemon=True).start()

    def _one(self, plain):
        with plain, contextlib.suppress(OSError):
            plain.settimeout(10)
            connection = self._context.wrap_socket(plain, server_side=True) if self._context else plain
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(1 << 16)
                if not piece:
                    return
                request += piece
            self.seen.append(request)
            for piece in self._answer(request):
                connection.sendall(piece)
            connection.close()

    def close(self):
        self._socket.close()


@pytest.fixture
def serve():
    servers = []

    def start(answer, context=None):
        servers.append(Server(answer, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def at(server, scheme="http", host="127.0.0.1", **more):
    options = {"seconds": SECONDS} | more
    return web.Web(address.parse(f"{scheme}://{host}:{server.port}"), **options)


def ok(body, head=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), head) + body


DOCUMENT = json.dumps({"info": {"version": "Slurm-24.11.5"}, "paths": {"/slurm/v0.0.42/diag/": {}}}).encode()


def restd(diag):
    """Answer the API's description as slurmrestd does, and diag by `diag`."""

    def answer(request):
        if b"GET /openapi/v3 " in request:
            return [ok(DOCUMENT)]
        return diag(request)

    return answer


def ask(server, scheme="http", **more):
    means = probe.Means(None, None, at(server, scheme, **more))
    probed = probe.probe(means, wish(TOKEN, KEY))
    return probed, verdict.of(probed)


def drip(_request):
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    while True:
        time.sleep(0.2)
        yield b" "


def drip_headers(_request):
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        time.sleep(0.2)
        yield b"X: y\r\n"


def silence(_request):
    time.sleep(5)
    yield b""


def flood(_request):
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield b"{" * (1 << 20)


def headers_without_end(_request):
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X: " + b"y" * 8000 + b"\r\n"


def lying_length(_request):
    return [b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n{}"]


HOSTILE = {
    "slow body": (drip, "within 1.5 seconds"),
    "slow headers": (drip_headers, "within 1.5 seconds"),
    "silence": (silence, "within 1.5 seconds"),
    "a body without end": (flood, "over 33,554,432 bytes"),
    "headers without end": (headers_without_end, "not HTTP"),
    "a line without end": (lambda _: iter(lambda: b"x" * 65536, b""), "not HTTP"),
    "nothing": (lambda _: [], "closed the connection"),
    "no HTTP": (lambda _: [b"\x00\xffSSH-2.0\r\n\r\n"], "not HTTP"),
    "a bad status": (lambda _: [b"HTTP/1.1 9999999 OK\r\n\r\n"], "not HTTP"),
    "a bad chunk": (lambda _: [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"], "not HTTP"),
    "a thousand headers": (lambda _: [b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n"], "not HTTP"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_answer_is_no_answer(serve, what):
    answer, words = HOSTILE[what]
    came = at(serve(answer)).get("/openapi/v3", ())
    assert came.status is None
    assert words in came.why


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_answer_to_the_token_verifies_nothing(serve, what):
    probed, told = ask(serve(restd(HOSTILE[what][0])))
    assert {place.state for place in probed.places} == {"no answer"}
    assert (told.word, told.outcome.exit_code) == ("no answer", 1)
    assert {each.why for each in probed.not_asked} == {"slurmrestd gave no answer before."}


GARBAGE = {
    "no JSON": b"<html>It works!</html>",
    "an array": b"[]",
    "deep": b"[" * 300_000,
    "statistics of another kind": b'{"statistics": "yes"}',
    "errors beside statistics": b'{"statistics": {}, "errors": [{"error": "Unable to contact slurmctld"}]}',
    "ping's answer": b'{"pings": [{"ping": "UP"}], "errors": []}',
}


@pytest.mark.parametrize("what", GARBAGE)
def test_an_answer_200_alone_is_no_acceptance(serve, what):
    probed, told = ask(serve(restd(lambda _: [ok(GARBAGE[what])])))
    assert {place.state for place in probed.places} == {"no answer"}
    assert told.outcome.verdict == "undetermined"


def test_statistics_without_counts_are_an_acceptance_of_nobody_known(serve):
    probed, told = ask(serve(restd(lambda _: [ok(b'{"statistics": {}}')])))
    assert {place.state for place in probed.places} == {"accepted"}
    assert {place.control for place in probed.places} == {"accepted"}
    assert told.word == "accepted unchecked"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(serve, status):
    other = serve(lambda _: [ok(b'{"statistics": {}}')])
    head = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{other.port}/\r\nContent-Length: 0\r\n\r\n"
    probed, told = ask(serve(restd(lambda _: [head.encode()])))
    assert other.seen == []
    assert told.outcome.verdict == "undetermined"
    assert all("sends elsewhere" in place.words for place in probed.places)


def test_a_redirect_of_the_description_costs_no_token(serve):
    server = serve(lambda _: [b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"])
    _, told = ask(server)
    assert told.outcome.verdict == "undetermined"
    assert TOKEN not in b"".join(server.seen)


def test_controls_in_an_answer_never_come_out_raw(serve):
    evil = "\x1b]0;owned\x07\x1b[2J\u202e" + "A" * 5000
    body = json.dumps({"errors": [{"error": evil, "description": "Protocol authentication error"}]}).encode()
    probed, told = ask(serve(restd(lambda _: [b"HTTP/1.1 511 \x1b[31mNo\r\n\r\n" + body])))
    assert told.word == "refused"
    for place in probed.places:
        assert place.words.isprintable()
        assert len(place.words) < 500


def test_an_echoed_token_is_not_shown(serve):
    def echo(request):
        said = request.decode("latin-1").replace("\r\n", " ")
        spaced = said.replace(".", " . ")
        body = json.dumps({"errors": [{"error": f"{spaced} Protocol authentication error {said}"}]}).encode()
        return [b"HTTP/1.1 511 No\r\n\r\n" + body]

    probed, _ = ask(serve(restd(echo)))
    shown = " ".join(place.words for place in probed.places)
    assert not any(part in shown for part in TOKEN.decode().split("."))


def test_a_second_answer_on_the_connection_is_passed_over(serve):
    """slurmrestd 26.05 sends two answers to a refused request."""
    body = b'{"errors": [{"description": "Protocol authentication error"}]}'
    one = b"HTTP/1.1 511 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    _, told = ask(serve(restd(lambda _: [one + ok(b'{"statistics": {}}')])))
    assert told.word == "refused"


def test_a_chunked_answer_is_read(serve):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [head, b"5\r\nhello\r\n", b"6;x=y\r\n world\r\n", b"0\r\n\r\n"]
    assert at(serve(lambda _: pieces)).get("/", ()) == web.Came(200, b"hello world")


def test_an_open_connection_is_not_waited_for(serve):
    def stays(_request):
        yield ok(b"{}")
        time.sleep(5)

    began = time.monotonic()
    assert at(serve(stays)).get("/", ()).body == b"{}"
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\0b", "", " a", "a ", "é", "\x7f"])
def test_no_header_is_smuggled(value):
    with pytest.raises(Problem):
        web.request(address.parse("http://127.0.0.1:1"), "/", (("X-SLURM-USER-NAME", value),))


def test_what_is_sent(serve):
    server = serve(restd(lambda _: [b"HTTP/1.1 511 No\r\n\r\nProtocol authentication error"]))
    ask(server)
    described, *asked = server.seen
    assert TOKEN not in described
    assert b"GET /openapi/v3 HTTP/1.1\r\nHost: 127.0.0.1:" in described
    lines = [set(request.split(b"\r\n")) for request in asked]
    assert {b"X-SLURM-USER-NAME: alice", b"X-SLURM-USER-TOKEN: " + TOKEN} <= lines[0]
    assert b"X-SLURM-USER-NAME: alice" not in lines[1]
    assert b"X-SLURM-USER-TOKEN: " + TOKEN in lines[1]
    assert b"Authorization: Bearer " + TOKEN in lines[2]
    assert all(request.startswith(b"GET /slurm/v0.0.42/diag/ HTTP/1.1\r\n") for request in asked)


def test_a_description_that_wants_a_token_gets_it_last(serve):
    def guarded(request):
        if b"GET /openapi" in request and TOKEN not in request:
            return [b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"]
        return [ok(DOCUMENT if b"GET /openapi" in request else b"{}")]

    server = serve(guarded)
    probed, _ = ask(server)
    assert [TOKEN in request for request in server.seen[:3]] == [False, False, True]
    assert probed.places[0].requests == 4


REFUSED_BY_RESTD = b"HTTP/1.1 401 UNAUTHORIZED\r\nContent-Length: 22\r\n\r\nAuthentication failure"


def restd_without_jwt(_request):
    """Answer as slurmrestd 22.05.8 and 24.11.5 do without SLURM_JWT=daemon: all of it is 401."""
    return [REFUSED_BY_RESTD]


def description_alone(request):
    return [ok(DOCUMENT) if b"GET /openapi" in request else REFUSED_BY_RESTD]


@pytest.mark.parametrize("answer", [restd_without_jwt, description_alone])
def test_a_slurmrestd_without_auth_jwt_is_named_as_the_cause(serve, answer):
    probed, told = ask(serve(answer))
    assert (told.word, told.outcome.verdict) == ("no answer", "undetermined")
    shown = describe.describe(probed, told, TOKEN)
    for words in (told.sentence, shown.diagnostics[0].message + str(shown.diagnostics[0].details)):
        assert "slurmrestd refuses every way of sending: it was started without SLURM_JWT=daemon" in words
        assert "or without rest_auth/jwt" in words
    assert "SLURM_JWT=daemon" in shown.diagnostics[0].fix
    assert "X-SLURM-USER-NAME is missing" not in str(shown)
    assert not [row for row in shown.diagnostics[0].details if row[0] == "cause"]


def test_headers_that_are_not_of_every_release_may_be_refused_themselves(serve):
    """22.05 answers 401 to Bearer: that says nothing of how slurmrestd was started."""
    means = probe.Means(None, None, at(serve(description_alone)))
    probed = probe.probe(means, wish(TOKEN, KEY)._replace(styles=("bearer",)))
    assert [place.state for place in probed.places] == ["refused"]
    assert "SLURM_JWT=daemon" not in verdict.of(probed).sentence


# TLS


def certificate(names=(), addresses=()):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "slurmrestd of a test")])
    now = dt.datetime.now(dt.UTC)
    others = [x509.DNSName(each) for each in names]
    others += [x509.IPAddress(ipaddress.ip_address(each)) for each in addresses]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(others), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private


@pytest.fixture
def secured(serve, tmp_path):
    def start(answer, **subject):
        public, private = certificate(**subject)
        pem, ca = tmp_path / "server.pem", tmp_path / "ca.pem"
        pem.write_bytes(public + private)
        ca.write_bytes(public)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return serve(answer, context), str(ca)

    return start


def test_tls_with_a_trusted_certificate(secured):
    server, ca = secured(lambda _: [ok(b"{}")], addresses=["127.0.0.1"])
    assert at(server, "https", ca_file=ca).get("/", ()).body == b"{}"


def test_tls_with_an_unknown_certificate_sends_no_token(secured):
    server, _ = secured(lambda _: [ok(b"{}")], addresses=["127.0.0.1"])
    probed, told = ask(server, "https")
    assert server.seen == []
    assert (told.word, told.outcome.exit_code) == ("no answer", 1)
    assert "not trusted" in probed.places[0].words
    assert "--ca-file" in probed.places[0].words


def test_tls_for_another_host_sends_no_token(secured):
    server, ca = secured(lambda _: [ok(b"{}")], names=["other.example"])
    came = at(server, "https", ca_file=ca).get("/", (("X-SLURM-USER-TOKEN", TOKEN.decode()),))
    assert server.seen == []
    assert "not trusted" in came.why


def test_a_handshake_without_end_has_an_end(serve):
    server = serve(silence)
    assert "within 1.5 seconds" in at(server, "https").get("/", ()).why


def test_plain_http_behind_https_is_no_answer(serve):
    server = serve(lambda _: [ok(b"{}")])
    assert at(server, "https").get("/", ()).status is None


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_ca_file_that_is_none(tmp_path, content):
    place = tmp_path / "ca.pem"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(Problem, match="CA file"):
        web.Web(address.parse("https://127.0.0.1:1"), ca_file=str(place))


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "refused" in web.Web(address.parse(f"http://127.0.0.1:{port}")).get("/", ()).why


def test_a_unix_socket(tmp_path):
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()

        def once():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(ok(b"{}"))

        thread = threading.Thread(target=once)
        thread.start()
        came = web.Web(address.parse(f"unix:{place}")).get("/", ())
        thread.join()
    assert came == web.Came(200, b"{}")


# Addresses


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://localhost:6820", "http://localhost:6820"),
        ("http://127.0.0.1", "http://127.0.0.1:6820"),
        ("https://cluster.example", "https://cluster.example:443"),
        ("https://cluster.example:8443/slurm-api/", "https://cluster.example:8443/slurm-api"),
        ("http://[::1]:6820", "http://[::1]:6820"),
        ("unix:/run/slurmrestd.socket", "unix:/run/slurmrestd.socket"),
        ("unix:///run/slurmrestd.socket", "unix:/run/slurmrestd.socket"),
    ],
)
def test_addresses(url, shown):
    assert str(address.parse(url)) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6820",
        "ftp://localhost",
        "http://",
        "http://a b",
        "http://host:99999",
        "http://host:x",
        "http://alice:secret@host",
        "http://host/?token=x",
        "http://host/#x",
        "http://host/a\r\nX: y",
        "http://host/%0d%0a",
        "http://ho\r\nst/",
        "unix:relative",
        "unix:/" + "x" * 200,
        "unix:/a\0b",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address(url):
    with pytest.raises(Problem) as raised:
        address.parse(url)
    assert "secret" not in str(raised.value)


def hosts(monkeypatch, *found):
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 6820)) for each in found]
    monkeypatch.setattr(address.socket, "getaddrinfo", lambda *_args, **_more: told)


@pytest.mark.parametrize("found", [["192.0.2.1"], ["127.0.0.1", "192.0.2.1"], ["0.0.0.0"], ["10.0.0.1"]])
def test_plain_http_over_a_network_is_refused_unless_it_is_allowed(monkeypatch, found):
    hosts(monkeypatch, *found)
    where = address.parse("http://localhost:6820")
    with pytest.raises(Problem, match="plain HTTP"):
        address.resolve(where, allow_plain=False)
    assert [place[0] for _, place in address.resolve(where, allow_plain=True)] == found
    assert address.resolve(address.parse("https://localhost"), allow_plain=False)


def test_plain_http_on_loopback_is_fine(monkeypatch):
    hosts(monkeypatch, "127.0.0.1", "127.0.0.53")
    assert address.resolve(address.parse("http://localhost:6820"), allow_plain=False)


def test_a_host_that_nobody_knows(monkeypatch):
    def unknown(*_args, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(address.socket, "getaddrinfo", unknown)
    with pytest.raises(Problem, match="no address"):
        address.resolve(address.parse("https://cluster.example"), allow_plain=False)


# Descriptions


@pytest.mark.parametrize(
    ("paths", "diag"),
    [
        (["/slurm/v0.0.9/diag", "/slurm/v0.0.10/diag"], "/slurm/v0.0.10/diag"),
        (["/slurm/v0.0.42/diag/", "/slurm/v0.0.40/diag/"], "/slurm/v0.0.42/diag/"),
        (["/slurm/v0.0.42/diag/", "/slurm/v1.0.0/diag", "/slurm/vX/diag"], "/slurm/v1.0.0/diag"),
        (["/slurmdb/v0.0.42/diag/", "/slurm/v0.0.42/ping/"], None),
        (["/slurm/v0.0.42/diag/?x=/../..", "/slurm/v0.0.42/diag/ HTTP/1.1\r\nX: y"], None),
        ([], None),
    ],
)
def test_the_newest_diag(paths, diag):
    body = json.dumps({"paths": {path: {} for path in paths}}).encode()
    told = restd_answers.description(web.Came(200, body))
    assert (told.diag if told else None) == diag


@pytest.mark.parametrize(
    ("meta", "release"),
    [
        ({"Slurm": {"release": "20.11.4"}}, "20.11.4"),
        ({"slurm": {"release": "26.05.5"}}, "26.05.5"),
        ({"slurm": {"release": "\x1b[31m26.05.5"}}, ""),
        ({"slurm": []}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_the_release_that_an_answer_names(meta, release):
    assert restd_answers.release(json.dumps({"meta": meta}).encode()) == release


def test_styles_are_those_of_the_command():
    from slurm_jwt_conformance.cli import probe as command

    assert tuple(slurmrestd.STYLES) == command.STYLES
