"""The process inside a sandbox: it starts daemons, runs commands, reads logs, and answers in JSON lines.

Runs as `python -I agent.py`, standard library only. In namespaces it is process 1: when it ends,
everything in the sandbox ends. It ends at the end of its standard input, so nothing outlives the
process that started it, not even after kill -9.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.lab.sandbox import agent_kernel as kernel
else:
    sys.path.append(str(Path(__file__).parent))
    import agent_kernel as kernel

Message = dict[str, Any]

MS_BIND, MS_NOSUID, MS_NODEV, MS_REC, MNT_DETACH = 4096, 2, 4, 16384, 2
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
LOG_LIMIT = 16 << 20
KEPT_OUTPUT = 1 << 16
OPERATIONS = (
    *("enter", "write", "spawn", "run", "status", "tail"),
    *("log", "sockets", "exchange", "kill", "end"),
)


class Agent:
    """The folder, the root and the daemons of one sandbox."""

    def __init__(self) -> None:
        self.work = ""
        self.root = ""
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}

    def enter(self, request: Message) -> Message:
        """Set up network, mounts and folder."""
        if os.getpid() != 1:
            raise kernel.Refusal("the agent is not in namespaces of its own")
        self.work, self.root = request["work"], request["root"] or ""
        socket.sethostname("localhost")
        kernel.loopback_up()
        kernel.mount("tmpfs", self.work, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1g")
        if self.root:
            self._enter_root()
        shared = f"{self.root}/dev/shm"  # noqa: S108 - mounted over
        if Path(shared).is_dir():
            kernel.mount("tmpfs", shared, "tmpfs", MS_NOSUID | MS_NODEV)
        self._own_system_files(request["files"])
        kernel.libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        return {"uid": os.getuid()}

    def _enter_root(self) -> None:
        for folder in ("/proc", "/dev", "/sys"):  # /sys: slurmd of 22.05 looks for cgroups
            kernel.mount(folder, self.root + folder, None, MS_BIND | MS_REC)
        kernel.mount(self.work, f"{self.root}/mnt", None, MS_BIND)

    def _own_system_files(self, files: dict[str, str]) -> None:
        """Mount files of ours over the system's files such as /etc/passwd. Only this sandbox sees them."""
        folder = Path(self.work, "etc")
        folder.mkdir()
        for target, text in files.items():
            source = folder / target.strip("/").replace("/", "_")
            source.write_text(text)
            place = Path(self.root + target)
            if self.root and not place.exists():
                place.touch()  # an older root lacks /etc/hosts; a mount needs a file to mount on
            if place.exists():
                kernel.mount(str(source), str(place), None, MS_BIND)
        # In a root /var/run is an absolute link, which leads out of the root from here.
        for caches in ("/run/nscd",) if self.root else ("/run/nscd", "/var/run/nscd"):
            if Path(self.root + caches).is_dir():
                kernel.mount("tmpfs", self.root + caches, "tmpfs", MS_NOSUID | MS_NODEV)
                break

    def write(self, request: Message) -> Message:
        """Write files and folders (no "content") below the work folder, with mode and owner."""
        for entry in request["entries"]:
            path = Path(self.work, entry["path"])
            if entry["content"] is None:
                path.mkdir(mode=entry["mode"], exist_ok=True)
            else:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, entry["mode"])
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(base64.b64decode(entry["content"]))
            path.chmod(entry["mode"])
            if entry["uid"] != os.getuid():
                os.chown(path, entry["uid"], entry["uid"])
        return {}

    def spawn(self, request: Message) -> Message:
        """Start a daemon and give it a name. Its output goes to a file in the work folder."""
        output = os.open(Path(self.work, request["output"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.daemons[request["name"]] = self._popen(request, output, output)
        finally:
            os.close(output)
        return {"pid": self.daemons[request["name"]].pid}

    def _popen(self, request: Message, out: int, err: int) -> subprocess.Popen[bytes]:
        uid, argv = request["uid"], request["argv"]
        env = {name: base64.b64decode(value) for name, value in request["env"].items()}

        def become() -> None:
            if request.get("seen_as") is not None:
                kernel.enter_user_namespace(request["seen_as"])
            if self.root:
                os.chroot(self.root)
                os.chdir("/")
            if uid != os.getuid() and request.get("seen_as") is None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)

        try:
            return subprocess.Popen(
                argv,
                env=env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                preexec_fn=become,  # noqa: PLW1509 - safe: this process has no threads
                start_new_session=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            number = getattr(error, "errno", None)
            raise kernel.Refusal(f"{argv[0]} cannot be run: {error}", number) from error

    def run(self, request: Message) -> Message:
        """Run a command to its end, and return the watched log from its start."""
        watch = request.get("watch")
        start = self._log_start(watch["path"]) if watch else 0
        command = self._popen(request, subprocess.PIPE, subprocess.PIPE)
        answer = self._finish(command, time.monotonic() + request["seconds"])
        if watch:
            refused = bool(answer["exit"])
            until = re.compile(watch["refused" if refused else "accepted"].encode(), re.MULTILINE)
            answer["log"], answer["complete"] = self._log_until(watch, start, until)
        answer["dead"] = self._dead()
        return answer

    def _finish(self, command: subprocess.Popen[bytes], deadline: float) -> Message:
        while True:
            try:
                out, err = command.communicate(timeout=0.25)
            except subprocess.TimeoutExpired:
                late = time.monotonic() > deadline
                if late or self._dead():
                    return {"exit": None, "late": late, **_cut_short(command)}
                _leave_if_alone()
                continue
            return {"exit": command.returncode, "out": _text(out), "err": _text(err), "late": False}

    def _log_start(self, path: str) -> int:
        """Return where the log ends now. A log over LOG_LIMIT is emptied (its writers append)."""
        log = Path(self.work, path)
        size = log.stat().st_size if log.exists() else 0
        if size > LOG_LIMIT:
            os.truncate(log, 0)
            return 0
        return size

    def _log_until(self, watch: Message, start: int, until: re.Pattern[bytes]) -> tuple[str, bool]:
        """Return the log from `start`, once a line matches `until`, or as it is after the limit."""
        log = Path(self.work, watch["path"])
        deadline = time.monotonic() + watch["seconds"]
        while True:
            with log.open("rb") as stream:
                stream.seek(start)
                text = stream.read(KEPT_OUTPUT * 4)
            if until.search(text):
                return _text(text), True
            if time.monotonic() > deadline or self._dead():
                return _text(text), False
            time.sleep(0.001)

    def _dead(self) -> list[str]:
        return [name for name, daemon in self.daemons.items() if daemon.poll() is not None]

    def status(self, _request: Message) -> Message:
        """Return the exit code of every daemon, null while it runs."""
        return {"daemons": {name: daemon.poll() for name, daemon in self.daemons.items()}}

    def tail(self, request: Message) -> Message:
        """Return the end of a file in the work folder, "" if there is none."""
        path = Path(self.work, request["path"])
        if not path.is_file():
            return {"text": ""}
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - request["bytes"]))
            return {"text": _text(stream.read(request["bytes"]))}

    def sockets(self, _request: Message) -> Message:
        """List the listening TCP sockets in here as (address, port)."""
        return {"listening": kernel.listening()}

    def log(self, request: Message) -> Message:
        """Return where a log ends now (no "start"), or its text from `start` when `until` matches."""
        if request.get("start") is None:
            return {"end": self._log_start(request["path"])}
        until = re.compile(request["until"].encode(), re.MULTILINE)
        text, complete = self._log_until(request, request["start"], until)
        return {"text": text, "complete": complete}

    def exchange(self, request: Message) -> Message:
        """Send bytes to a listening socket in here (a port, or a path in the folder); return the answer."""
        where = request["to"]
        address = ("127.0.0.1", where) if isinstance(where, int) else str(Path(self.work, where))
        data = base64.b64decode(request["data"])
        data = kernel.exchange(address, data, request["seconds"], _leave_if_alone)
        return {"data": base64.b64encode(data).decode()}

    def kill(self, request: Message) -> Message:
        """Send a signal to one daemon and wait for its end."""
        name = request["name"]
        if name not in self.daemons:
            raise kernel.Refusal(f"no daemon {name} was started in here")
        daemon = self.daemons[name]
        daemon.send_signal(request["signal"])
        try:
            return {"exit": daemon.wait(request["seconds"])}
        except subprocess.TimeoutExpired:
            return {"exit": None}

    def end(self, request: Message) -> Message:
        """Do as `kill`, and forget a daemon that ended, so that it can start again."""
        answer = self.kill(request)
        if answer["exit"] is not None:
            del self.daemons[request["name"]]
        return answer

    def reap(self) -> None:
        """Collect orphans, whose parent is this process."""
        ours = {daemon.pid: daemon for daemon in self.daemons.values()}
        while True:
            try:
                child = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if child is None:
                return
            if child.si_pid in ours and ours[child.si_pid].returncode is None:
                ours[child.si_pid].poll()
            else:
                os.waitpid(child.si_pid, 0)

    def leave(self) -> None:
        """End every daemon and remove the folder, in here and outside."""
        if not self.work:
            return
        os.kill(-1, signal.SIGKILL)  # everything in this process namespace
        for path in (f"{self.root}/mnt" if self.root else "", self.work):
            if path:
                kernel.libc.umount2(path.encode(), MNT_DETACH)
        shutil.rmtree(self.work, ignore_errors=True)


def _cut_short(command: subprocess.Popen[bytes]) -> Message:
    """End a command with its processes, and return its output so far."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(command.pid, signal.SIGKILL)  # it leads a session of its own
    try:
        out, err = command.communicate(timeout=1)
    except subprocess.TimeoutExpired:  # something of it left the session and holds on to its output
        out = err = b""
    for stream in (command.stdout, command.stderr):
        if stream is not None:
            stream.close()
    return {"out": _text(out), "err": _text(err)}


def _text(raw: bytes) -> str:
    return raw[: KEPT_OUTPUT * 4].decode("utf-8", "backslashreplace")


_agent = Agent()


def _leave_if_alone() -> None:
    """End everything if the other end of standard input is closed."""
    poller = select.poll()
    poller.register(0, select.POLLHUP)
    if any(event & select.POLLHUP for _, event in poller.poll(0)):
        _agent.leave()
        os._exit(1)


def _answer(line: bytes) -> Message:
    request = json.loads(line)
    operations: dict[str, Callable[[Message], Message]] = {name: getattr(_agent, name) for name in OPERATIONS}
    try:
        return {"ok": True, **operations[request["op"]](request)}
    except kernel.Refusal as refusal:
        text, *number = refusal.args
        return {"ok": False, "error": text, "errno": number[0] if number else None}
    except OSError as error:
        return {"ok": False, "error": f"{request['op']}: {error}", "errno": error.errno}


def main() -> None:
    """Answer each line until the end of the input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a daemon's memory holds its key
    try:
        for line in sys.stdin.buffer:
            _agent.reap()
            sys.stdout.write(json.dumps(_answer(line)) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:
        pass
    finally:
        _agent.leave()
        os._exit(0)


if __name__ == "__main__":
    main()
