"""Ways to break a grader, or to take what is not the learner's. Each is first shown to work where nothing defends
against it.

The baseline runs the attack's code as an ordinary process in a folder laid out like a grader's: that is what a grader
without a box does.
`PLACES` are the folders an attack looks into: in the baseline only the folder prepared for it, in the box everything
there is.
"""

import dataclasses
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from making import content

from course_utils.grading import reference
from course_utils.grading.box import leftovers
from course_utils.grading.box.client import Child, ForkServer, socket_folder
from course_utils.grading.run import Limits

pytestmark = pytest.mark.box

EXPECTED = "the expected output of the reference"
STRAY = ["sleep", f"4321.{os.getpid()}"]  # nobody else's
DEEP = 1200  # folders in folders: more than Python calls itself
SHORT = Limits(cell=3, wall=120)

# does not use rnn_step, so whatever becomes of that one, honest work is left
HONEST_FORWARD = """
def rnn_forward(x, h0, W_x, W_h, b, W_y, c):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ W_x.T + h @ W_h.T + b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T + c, hs
"""


@dataclass
class Attack:
    name: str
    code: str  # runs at the top level of the answer cell rnn_step
    worked: callable  # Baseline -> did it succeed?
    on_cold: bool = False  # one of those that CI also runs on the cold box
    endless: bool = False


@dataclass
class Baseline:
    ended: bool  # by itself, within the time given
    output: str
    folder: Path
    connections: list = field(default_factory=list)


ATTACKS = [
    Attack("exit", "import os; os._exit(0)", lambda b: "GRADED" not in b.output, on_cold=True),
    Attack("kill", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", lambda b: "GRADED" not in b.output),
    Attack(
        "kill the parent",
        "import os, signal; os.kill(os.getppid() if os.getppid() > 1 and not BASELINE else os.getpid(), signal.SIGKILL)\nos._exit(1)",  # noqa: E501
        lambda b: "GRADED" not in b.output,
    ),
    Attack("loop", "while True: pass", lambda b: not b.ended, on_cold=True, endless=True),
    Attack(
        "loop that swallows interrupts",
        """
        import signal
        for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
        lambda b: not b.ended,
        endless=True,
    ),
    Attack(
        "20 GB",
        """
        kept = []
        for _ in range(25 if BASELINE else 200): kept.append(bytearray(b"x") * (100 << 20))
        print("TOOK", len(kept))
        """,
        lambda b: "TOOK 25" in b.output,
        on_cold=True,
    ),
    Attack(
        "20 GB in 40 processes",
        """
        import os, signal
        for _ in range(3 if BASELINE else 40):
            if os.fork() == 0:
                kept = bytearray(b"x") * ((50 if BASELINE else 500) << 20)
                signal.pause()
        print("TOOK", flush=True)
        signal.pause()
        """,
        lambda b: "TOOK" in b.output,
        endless=True,
    ),
    Attack(
        "200 processes",
        """
        import os, signal
        for count in range(200):
            if os.fork() == 0: signal.pause() or os._exit(0)
        print("FORKED", count + 1, flush=True)
        """,
        lambda b: "FORKED 200" in b.output,
        on_cold=True,
    ),
    Attack("100 MB printed", "print('x' * (100 << 20))", lambda b: len(b.output) > 100 << 20),
    Attack(
        "prints for ever",
        "while True: print('x' * 1000)",
        lambda b: not b.ended and len(b.output) > 10 << 20,
        endless=True,
    ),
    Attack(
        "reads expected outputs",
        """
        import glob
        for place in PLACES:
            for name in glob.glob(place + '/**/*.ipynb', recursive=True): print('READ', open(name).read())
        """,
        lambda b: f"READ {EXPECTED}" in b.output,
        on_cold=True,
    ),
    Attack("reads the solution", "print('READ', len(open(SOLUTION).read()))", lambda b: "READ" in b.output),
    Attack(
        "reads through /proc",
        """
        import glob, os
        for process in ['/proc/self', *([] if BASELINE else glob.glob('/proc/[0-9]*'))]:
            for way in ('cwd', 'root'):
                try: names = os.listdir(f'{process}/{way}')
                except OSError: continue
                if any(name.endswith('.ipynb') for name in names): print('READ', names)
            try: print('READ' if 'GRADER_SECRET' in open(process + '/environ').read() else '')
            except OSError: pass
        """,
        lambda b: "READ" in b.output,
    ),
    Attack(
        "writes verdicts and grades",
        """
        import glob
        for place in PLACES:
            for name in glob.glob(place + '/**/junit.xml', recursive=True) + glob.glob(place + '/**/grades.*', recursive=True):
                try: open(name, 'w').write('forged')
                except OSError: pass
        """,  # noqa: E501
        lambda b: (b.folder / "junit.xml").read_text() == (b.folder / "grades.csv").read_text() == "forged",
    ),
    Attack(
        "deletes files",
        """
        import glob, os
        for place in PLACES:
            for name in glob.glob(place + '/**', recursive=True):
                try: os.remove(name)
                except OSError: pass
        """,
        lambda b: not (b.folder / "victim.txt").exists(),
        on_cold=True,
    ),
    Attack(
        "fills the disk",
        """
        import os
        for place in PLACES:
            for number in range(3 if BASELINE else 30):
                try:
                    with open(f'{place}/fill{number}', 'wb') as file: file.write(b'x' * (50 << 20))
                except OSError: break
        """,
        lambda b: sum(p.stat().st_size for p in b.folder.glob("fill*")) > 100 << 20,
    ),
    Attack(
        "connects",
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), timeout=2).sendall(b'stolen')",
        lambda b: b.connections,
    ),
    Attack(
        "asks the fork server",
        """
        import glob, json, socket
        for place in PLACES:
            for path in glob.glob(place + '/**/server', recursive=True):
                try:
                    client = socket.socket(socket.AF_UNIX); client.connect(path); client.settimeout(1)
                    order = dict(call='os:system', arguments=dict(command=f'touch {MARK}'), environment=dict(PATH='/usr/bin:/bin'))
                    client.sendall(json.dumps(order).encode() + b'\\n')
                    while client.recv(100): pass
                except OSError: pass
        """,  # noqa: E501
        lambda b: (b.folder / "mark").exists(),
        on_cold=True,
    ),
    Attack(
        "pickle",
        """
        import os, pickle
        class Payload:
            def __reduce__(self): return os.system, (f'touch {MARK}',)
        pickle.loads(pickle.dumps(Payload()))
        """,
        lambda b: (b.folder / "mark").exists(),
    ),
    Attack(
        "leaves a process", f"import subprocess; subprocess.Popen({STRAY}, start_new_session=True)", lambda b: strays()
    ),
    Attack(
        "memory in files without a name",
        """
        import os
        files = [os.memfd_create("x") for _ in range(3 if BASELINE else 30)]
        for file in files: os.write(file, bytes(100 << 20))
        print("KEPT", sum(os.fstat(file).st_size for file in files) >> 20)
        """,
        lambda b: "KEPT 300" in b.output,
        on_cold=True,
    ),
    Attack(
        "shared memory without a map",
        """
        import ctypes
        libc = ctypes.CDLL(None)
        parts = [libc.shmget(0, ctypes.c_size_t(10 << 20), 0o1600) for _ in range(10)]
        print("KEPT", sum(part >= 0 for part in parts))
        for part in parts: libc.shmctl(part, 0, None)
        """,
        lambda b: "KEPT 10" in b.output,
    ),
    Attack(
        "countless folders",
        """
        import os
        made = 0
        for place in PLACES:
            try:
                for number in range(2000 if BASELINE else 400_000):
                    os.mkdir(f"{place}/folder{number}")
                    made += 1
            except OSError: pass
        """,
        lambda b: (b.folder / "folder1999").is_dir(),
        on_cold=True,
    ),
    Attack(
        "another program",
        "import subprocess, sys; subprocess.run(['touch', MARK])",
        lambda b: (b.folder / "mark").exists(),
        on_cold=True,
    ),
    Attack(
        "new namespaces",
        "import ctypes\nprint('UNSHARED' if ctypes.CDLL(None).unshare(0x10000000) == 0 else 'refused')",
        lambda b: "UNSHARED" in b.output,
    ),
    Attack(
        "a process whose name is no text",
        """
        import signal
        open("/proc/self/comm", "wb").write(b"\\xff")
        print("NAMED", open("/proc/self/comm", "rb").read(), flush=True)
        signal.pause()
        """,
        lambda b: r"NAMED b'\xff" in b.output,
        endless=True,
    ),
    Attack(
        "folders in folders",
        f"""
        import glob, os, signal
        os.chdir(PLACES[0] if BASELINE else os.path.dirname(glob.glob("/tmp/**/kernel.json", recursive=True)[0]))
        for _ in range({DEEP}):
            os.mkdir("d"), os.chdir("d")
        signal.pause()
        """,
        lambda b: removed_after_all(b.folder),
        on_cold=True,
        endless=True,
    ),
]


def strays():
    return [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == STRAY]


def removed_after_all(folder):
    """Do the folders in folders lie here? Afterwards they do not."""
    made = Path(folder, *["d"] * DEEP).is_dir()
    leftovers.remove(folder / "d")
    return made and not (folder / "d").exists()


def as_cell(attack, folder, port, baseline):
    places = (
        [str(folder)]
        if baseline
        else [".", "..", "/tmp", "/dev/shm", "/home", "/root", str(folder), str(reference.ROOT)]
    )
    (solution,) = [reference.solutions("zh")["E01"]]
    setting = dict(BASELINE=baseline, PLACES=places, PORT=port, MARK=str(folder / "mark"), SOLUTION=str(solution))
    return "\n".join(f"{name} = {value!r}" for name, value in setting.items()) + "\n" + textwrap.dedent(attack.code)


@pytest.fixture
def listener():
    """(port, connections made to it)"""
    server, seen = socket.create_server(("127.0.0.1", 0)), []

    def accept():
        try:
            while True:
                seen.append(server.accept()[0])
        except OSError:
            pass  # closed: the test is over

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1], seen
    server.shutdown(socket.SHUT_RDWR)
    server.close()


@pytest.fixture
def folder(tmp_path):
    """A folder like the one in which a grader without a box runs notebooks, with a fork server that has no box either."""  # noqa: E501
    (tmp_path / "assembled.ipynb").write_text(EXPECTED)
    (tmp_path / "junit.xml").write_text("<testsuite/>")
    (tmp_path / "grades.csv").write_text("submission,score\n")
    (tmp_path / "victim.txt").write_text("somebody else's work")
    return tmp_path


def undefended(attack, folder, listener):
    port, connections = listener
    place = socket_folder()
    server = ForkServer(place, [])
    server.start()
    (folder / "server").symlink_to(place / "server")
    program = as_cell(attack, folder, port, baseline=True) + "\nprint('GRADED')"
    with open(folder / "output", "w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=folder,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(os.environ, GRADER_SECRET="yes"),
        )
        try:
            ended = process.wait(3 if attack.endless else 60) is not None
        except subprocess.TimeoutExpired:
            ended = False
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        output.seek(0)
        text = output.read(200 << 20)
    server.stop()
    return Baseline(ended, text, folder, list(connections))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_works_where_nothing_defends(attack, folder, listener):
    try:
        assert attack.worked(undefended(attack, folder, listener))
    finally:
        for process in strays():
            process.kill()


def grades_nothing_and_breaks_nothing(attack, folder, listener, isolation, grade_in, name):
    port, connections = listener
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    sockets, generation = set(isolation.folder.rglob("*")), isolation.generation

    row = grade_in(
        isolation,
        content(rnn_step=as_cell(attack, folder, port, baseline=False), rnn_forward=HONEST_FORWARD),
        name,
        SHORT,
    )

    earned = {check["id"]: check["earned"] for check in row["checks"]}
    assert earned["check-step"] == 0
    assert row["status"] in ("graded", "partial") and "fault" not in row["report"]
    assert row["score"] == row["max_score"] - 3, row["checks"]  # the honest answer keeps its marks
    assert row["seconds"] < SHORT.wall + 30
    assert not connections and not strays()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert set(isolation.folder.rglob("*")) == sockets  # no socket, no file left behind
    isolation.ensure()
    assert isolation.generation == generation  # no server died, and nobody's run with it
    kept = str({key: value for key, value in row.items() if key != "report"}) + str(row["report"]["lines"])
    assert "READ" not in kept and "UNSHARED" not in kept


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_warm_box(attack, folder, listener, warm, grade_in):
    grades_nothing_and_breaks_nothing(attack, folder, listener, warm, grade_in, "attacker")


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.on_cold], ids=lambda attack: attack.name)
def test_cold_box(attack, folder, listener, cold, grade_in):
    grades_nothing_and_breaks_nothing(attack, folder, listener, cold, grade_in, "attacker")


# ------------------------------------------------------------------------------------------- the server goes on

PAUSE = {"call": "signal:pause", "arguments": {}, "environment": {}}


@pytest.fixture
def server():
    place = socket_folder()
    started = ForkServer(place, [])
    started.start()
    yield started
    started.stop()
    leftovers.remove(place)


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline


def process_of(server):
    (found,) = (each for each in psutil.Process().children() if str(server.socket) in each.cmdline())
    return found


@pytest.mark.parametrize("last_words", [b'{"signal": 9}\n', b""], ids=["a signal", "hanging up"])
def test_a_client_speaks_in_the_moment_in_which_its_process_ends(last_words, server):
    """The server learns of both in one round of events, the end first."""
    child, neighbour = Child(server.socket, PAUSE), Child(server.socket, PAUSE)
    mine = process_of(server)
    open_before = mine.num_fds()
    busy = socket.socket(socket.AF_UNIX)
    busy.connect(str(server.socket))
    until(lambda: mine.num_fds() > open_before)  # now the server waits for this one's request, and for nothing else
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    child.connection.sendall(last_words) if last_words else child.connection.shutdown(socket.SHUT_RDWR)
    busy.close()
    again = Child(server.socket, PAUSE)  # an answer: the round of events is over
    assert neighbour.poll() is None and server.alive()
    for each in (neighbour, again):
        each.kill()
        assert each.wait(30) == -signal.SIGKILL


def test_a_server_started_again_leaves_nothing_open_and_remembers_why_the_last_one_died(server):
    open_before = psutil.Process().num_fds()
    server.log.write_text("why it died\n")
    for _ in range(3):
        dead = process_of(server)
        dead.kill()
        until(lambda: not server.alive())
        with pytest.raises(OSError):
            Child(server.socket, PAUSE)
        server.start()
    assert psutil.Process().num_fds() == open_before
    assert "why it died" in server.log.read_text()


# ------------------------------------------------------------------------------------------- what is refused, and how

REFUSED = {
    "a file without a name": "os.memfd_create('x')",
    "shared memory": "libc.shmget(0, ctypes.c_size_t(4096), 0o1600) < 0 and error()",
    "another program": "os.execv(sys.executable, [sys.executable, '-c', ''])",
    "another program, by file": "os.execve(os.open(sys.executable, os.O_RDONLY), ['x', '-c', ''], {})",
    "a call by its other number": "libc.syscall(0x40000000 + 520, b'/bin/true', None, None) < 0 and error()",
    "more folders than there are inodes": "[os.mkdir(f'/tmp/{n}') for n in range(30_000)]",
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused_and_the_answer_goes_on(what, warm, grade_in):
    """The answer is right only if Linux says no."""
    answer = f"""
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def error(): raise OSError(ctypes.get_errno(), "refused")
try:
    {REFUSED[what]}
except OSError:
    def rnn_step(x_t, h_prev, W_x, W_h, b): return torch.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
"""
    row = grade_in(warm, content(rnn_step=answer, rnn_forward=HONEST_FORWARD))
    assert row["score"] == row["max_score"], row["checks"]


def test_a_cell_of_questions_holds_up_nothing_but_itself(warm, grade_in):
    """36 kB of `a?`: IPython takes minutes to read it, here within the time of its cell."""
    row = grade_in(warm, content(rnn_step="a?\n" * 12_000, rnn_forward=HONEST_FORWARD), limits=SHORT)
    assert row["score"] == row["max_score"] - 3 and row["status"] == "partial", row["checks"]


# ------------------------------------------------------------------------------------------- mutations of the families

MOMENTS = {
    "at once": "{code}",
    "in the answer, while it is checked": "def rnn_step(*a):\n{inner}\nif BASELINE: rnn_step()",
    "in a thread": "import threading\ndef go():\n{inner}\nwork = threading.Thread(target=go)\n"
    "work.start(); work.join()",
    "as text": "exec({text})",
    "when it is shown": "class Shown:\n    def __repr__(self):\n{deeper}\n        return ''\nrepr(Shown())",
    "after an error": "try: 1 / 0\nexcept ZeroDivisionError:\n{inner}",
    "twice": "for _ in range(2):\n{inner}",
}
MUTATIONS = 12
MUTATION_SEED = 20


def mutations():
    """MUTATIONS attacks, each at another moment and with harmless text around it."""
    found, chance = [], random.Random(MUTATION_SEED)
    possible = [
        (attack, moment)
        for attack in ATTACKS
        for moment in MOMENTS
        if not (moment == "in a thread" and "signal.signal" in attack.code) and moment != "at once"
    ]
    for attack, moment in chance.sample(possible, MUTATIONS):
        code = textwrap.dedent(attack.code).strip()
        padding = "\n".join(f"x{chance.randrange(99)} = {chance.random()!r}" for _ in range(chance.randrange(4)))
        form = {
            "code": code,
            "inner": textwrap.indent(code, "    "),
            "deeper": textwrap.indent(code, "        "),
            "text": repr(code),
        }
        changed = f"{padding}\n{MOMENTS[moment].format(**form)}"
        found.append(pytest.param(dataclasses.replace(attack, code=changed), id=f"{attack.name}, {moment}"))
    return found


@pytest.mark.parametrize("attack", mutations())
def test_a_mutation_works_where_nothing_defends(attack, folder, listener):
    test_works_where_nothing_defends(attack, folder, listener)


@pytest.mark.parametrize("attack", mutations())
def test_a_mutation_in_the_warm_box(attack, folder, listener, warm, grade_in):
    grades_nothing_and_breaks_nothing(attack, folder, listener, warm, grade_in, "attacker")


def test_honest_work_is_untouched_beside_and_after_the_attacks(warm, grade_in):
    """Runs last: the same fork server has by now served every attack above."""
    row = grade_in(warm, content())
    assert row["score"] == row["max_score"] > 0 and row["status"] == "graded"
