"""Fork server: imports the slow libraries once, then forks one process for each request.

    python -m course_utils.grading.box.server [--once] SOCKET MODULE ...

A client connects to SOCKET and sends one JSON line: {"call": "module:function", "arguments": {…}, "environment": {…},
"log": path, "limits": {"AS": bytes, …}, "memory": bytes, "folder": path, "own_namespaces": bool, "shown": [path, …]}.
The server answers {"pid": n} and, when the process has ended, {"exit": code, "why": null | "memory" | "disk"}.
Closing the connection kills the process and all it started. The server itself ends when its standard input closes, so
it never outlives whoever started it, however that one died.

With --once it takes a single request, so that the process it forks cannot come back and ask for another.

Nothing here may start a thread: forking a process with threads can leave the child hanging.
"""

import ctypes
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x20000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
CAPABILITY_VERSION_3 = 0x20080522
WATCH_SECONDS = 0.25  # how often memory and disk of the running processes are looked at
INODES = 20_000  # files and folders in a private /tmp: each costs a kilobyte that no limit on memory counts
FOLDER_BYTES = 1 << 20  # a socket folder holds a few small files; more is an attempt to fill the disk


def main(socket_path, modules, once):
    gc.disable()  # imports make hardly any garbage, and looking for it takes a fifth of their time
    for module in modules:
        importlib.import_module(module)
    gc.freeze()  # a collection in a forked process would otherwise touch, and so copy, every page of the imports
    gc.enable()
    threads = os.listdir("/proc/self/task") if os.path.isdir("/proc/self/task") else ["one"]
    assert len(threads) == 1, f"{len(threads)} threads after the imports: not safe to fork"
    Server(socket_path, once).serve()


class Server:
    def __init__(self, socket_path, once):
        self.once = once
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(socket_path)
        self.listener.listen(64)
        wake_read, self.wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(self.wake_write, False)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.events = selectors.DefaultSelector()
        self.events.register(self.listener, selectors.EVENT_READ, self.accept)
        self.events.register(wake_read, selectors.EVENT_READ, self.reap)
        self.events.register(sys.stdin, selectors.EVENT_READ, self.stop)
        self.running = {}  # pid -> Running

    def serve(self):
        print("ready", flush=True)
        look = 0.0  # when to look at memory and disk again: a look costs more than most events
        while True:
            for key, _ in self.events.select(max(0, look - time.monotonic()) if self.running else None):
                key.data(key.fileobj)
            if time.monotonic() >= look:
                self.watch()
                look = time.monotonic() + WATCH_SECONDS

    def accept(self, listener):
        connection, _ = listener.accept()
        if self.once:
            self.events.unregister(listener)
            listener.close()
        line = connection.makefile("r").readline()
        if not line:
            connection.close()
            return
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            run(request)  # does not return
        self.running[pid] = Running(pid, connection, request)
        self.events.register(connection, selectors.EVENT_READ, self.message)
        answer(connection, {"pid": pid})

    def message(self, connection):
        """Signals for a running process, or its client hanging up. Several messages may arrive in one read."""
        process = next((p for p in self.running.values() if p.connection is connection), None)
        if process is None:  # it ended, and was answered, in this very round of events
            return
        try:
            data = connection.recv(4096)
        except OSError:
            data = b""
        for line in data.splitlines():
            process.signal(json.loads(line)["signal"])
        if not data:
            self.events.unregister(connection)
            process.connection = None
            process.kill()

    def reap(self, wake):
        try:
            os.read(wake, 4096)
        except BlockingIOError:
            pass
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            process = self.running.pop(pid, None)
            if process is None:
                continue
            process.kill()  # whatever it left in its session
            if process.connection:
                self.events.unregister(process.connection)
                answer(process.connection, {"exit": os.waitstatus_to_exitcode(status), "why": process.why})
                process.connection.close()

    def watch(self):
        for process in self.running.values():
            process.why = process.why or process.excess()
            if process.why:
                process.kill()

    def stop(self, stdin):
        if not os.read(stdin.fileno(), 4096):
            for process in self.running.values():
                process.kill()
            os._exit(0)


class Running:
    """A forked process, with the connection of the client that asked for it."""

    def __init__(self, pid, connection, request):
        self.pid, self.connection = pid, connection
        self.memory, self.folder, self.why = request.get("memory"), request.get("folder"), None
        self.boxed = self.folder and not request.get("own_namespaces")  # then this server's /tmp is the box's

    def signal(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def excess(self):
        """ "memory" or "disk" when the process and everything it started use more than it was given, else None."""
        if self.memory and memory_of_tree(self.pid) > self.memory:
            return "memory"
        if self.folder and (folder_size(self.folder) > FOLDER_BYTES or self.boxed and inodes("/tmp") > INODES):
            return "disk"


def answer(connection, message):
    try:
        connection.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        pass  # the client has gone; its process was or will be killed


def memory_of_tree(pid):
    """Bytes of a process and its descendants. Pages shared with the server or with each other are counted once (PSS)."""  # noqa: E501
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path("/proc", entry, "stat").read_text(errors="replace")  # the name in it is the learner's
                parents.setdefault(int(stat.rsplit(") ", 1)[1].split()[1]), []).append(int(entry))
            except OSError:
                pass  # ended while we were looking
    total, todo = 0, [pid]
    while todo:
        current = todo.pop()
        todo += parents.get(current, [])
        try:
            rollup = Path(f"/proc/{current}/smaps_rollup").read_text()
            total += 1024 * sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        except OSError:
            pass
    return total


def inodes(place):
    """Files and folders on the file system of this place."""
    about = os.statvfs(place)
    return about.f_files - about.f_ffree


def folder_size(folder):
    """Bytes below a folder, counting a small sum for each entry, so that empty files add up too. Nothing is counted
    beyond FOLDER_BYTES, and no function calls itself: how deep the folders lie in each other is the learner's."""
    total, todo = 0, [folder]
    while todo and total <= FOLDER_BYTES:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    total += 4096
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            pass  # removed while we were looking
    return total


# ------------------------------------------------------------------------------------------- in the forked process


def run(request):
    """Become what the request asks for. Never returns."""
    code = 1
    try:
        os.setsid()
        silence(request.get("log"))
        os.closerange(3, 1 << 20)
        if request.get("own_namespaces"):
            enter_namespaces(request["folder"], request.get("shown", ()))
        os.environ.clear()
        os.environ.update(request["environment"])
        for name, value in request.get("limits", {}).items():
            limit(getattr(resource, f"RLIMIT_{name}"), value)
        if request.get("own_namespaces"):
            drop_privileges()
        module, function = request["call"].split(":")
        code = getattr(importlib.import_module(module), function)(**request["arguments"]) or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def limit(what, value):
    """Lower a limit for good; one that is lower already stays."""
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def silence(log):
    null = os.open(os.devnull, os.O_RDWR)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else null
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)


libc = ctypes.CDLL(None, use_errno=True)


def system_call(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source, target, kind=None, flags=0, options=None):
    def encode(text):
        return text and text.encode()

    system_call(libc.mount(encode(source), target.encode(), encode(kind), flags, encode(options)), f"mount {target}")


def enter_namespaces(folder, shown=()):
    """Own users, mounts, processes, network and shared memory: only `folder` and an empty /tmp can be written.

    shown   folders below /tmp that stay visible, read-only where the box shows them so: a course, or a Python, that
            lies there

    Returns in a second fork, process 1 of the new namespace; when that one ends, the kernel of the machine ends all
    others in it.
    """
    uid, gid = os.getuid(), os.getgid()
    system_call(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    mount(None, "/", flags=MS_PRIVATE | MS_REC)
    kept = {place: os.open(place, os.O_PATH) for place in (*shown, folder)}
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"size=256m,nr_inodes={INODES},mode=1777")
    mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, f"size=128m,nr_inodes={INODES},mode=1777")
    for place, opened in kept.items():
        os.makedirs(place, exist_ok=True)
        mount(f"/proc/self/fd/{opened}", place, flags=MS_BIND | MS_REC)
        os.close(opened)
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        os._exit(code if code >= 0 else 128 - code)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")  # no namespaces inside this one


def drop_privileges():
    """No capability left, and no way to gain one."""
    system_call(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    capability = 0
    while libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    system_call(libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--once"]
    main(arguments[0], arguments[1:], once="--once" in sys.argv)
