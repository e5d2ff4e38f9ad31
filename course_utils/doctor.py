"""Look at this machine before a learner stumbles: every problem with the command or the step that fixes it."""

import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from course_utils.language import say

INSTALL = "pip install -c constraints.txt -e ."
ENOUGH_MEMORY = 2**30  # bytes; a kernel with torch and one chapter's data needs about half of it
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Finding:
    """One line of the report. `fix` is empty when all is well; `needed` tells whether learning stops without it."""

    topic: str
    needed: bool
    says: str
    fix: str = ""

    def __str__(self):
        mark = "✓" if not self.fix else "✗" if self.needed else "–"
        return f"{mark} {self.topic}: {self.says}" + (f"\n    → {self.fix}" if self.fix else "")


def report(root):
    """Print what was found. Returns 1 when something that learning needs is broken, else 0."""
    findings = examine(Path(root))
    print(*findings, sep="\n")
    broken = sum(bool(finding.fix) and finding.needed for finding in findings)
    if broken:
        print(say(f"{broken} 处要先修好", f"{broken} to be fixed first"))
    else:
        print(say("可以开始学了", "ready to learn"))
    return 1 if broken else 0


def examine(root):
    """All findings. A look that fails itself is a finding."""
    looks = [
        ("Python", True, lambda: python(root)),
        (say("程序包", "packages"), True, lambda: packages(root)),
        ("torch", True, torch),
        (say("图里的中文字体", "Chinese font of the figures"), True, font),
        (say("内核", "kernel"), True, kernel),
        (say("内存", "memory"), False, memory),
        (say("写入", "writing"), True, lambda: writing(root)),
        (say("端口", "port"), False, port),
        (say("隔离", "isolation"), False, isolation),
        ("Chromium", False, chromium),
    ]
    findings = []
    for topic, needed, look in looks:
        try:
            findings += [Finding(topic, needed, *found) for found in look()]
        except Exception as error:
            findings.append(Finding(topic, needed, f"{type(error).__name__}: {error}", INSTALL))
    return findings


# Each look yields what it says and the fix, which is empty when all is well.


def python(root):
    from packaging.specifiers import SpecifierSet

    version, wanted = ".".join(map(str, sys.version_info[:3])), _project(root)["requires-python"]
    yield version, "" if version in SpecifierSet(wanted) else f"Python {wanted}"


def packages(root):
    """Missing or outside pyproject's range: a problem. Another version than the tested one: fine, but said."""
    from packaging.requirements import Requirement

    tested, good, other = constraints(root), [], []
    for requirement in map(Requirement, _project(root)["dependencies"]):
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            yield say(f"没有 {requirement.name}", f"{requirement.name} is missing"), INSTALL
            continue
        if version not in requirement.specifier:
            needs = say(f"，需要 {requirement.specifier}", f", needs {requirement.specifier}")
            yield f"{requirement.name} {version}{needs}", INSTALL
        elif version.split("+")[0] != tested[requirement.name]:
            other.append(f"{requirement.name} {version} ({tested[requirement.name]})")
        else:
            good.append(requirement.name)
    says = say(f"{len(good)} 个与测试时相同", f"{len(good)} as tested")
    if other:
        others = ", ".join(other)
        says += say(
            f"；版本可用但未测（括号里是测过的）：{others}", f"; in range but not as tested (in brackets): {others}"
        )
    yield says, ""


def torch():
    """In a process of its own: a broken build can take the interpreter down."""
    ran = subprocess.run(
        [sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, timeout=300
    )
    if ran.returncode:
        yield (
            (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1],
            "pip install --force-reinstall -c constraints.txt torch",
        )
    else:
        yield ran.stdout.strip(), ""


def font():
    from course_utils import plotting

    plotting.style()  # raises where the font is missing
    pages = say("；网页里的字用浏览器的字体", "; text on pages is in the browser's own font")
    yield f"Noto Sans SC (zhplot){pages}", ""


def kernel():
    """The kernel `python3` must be this interpreter: a spec left in the home folder would hide it."""
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    command = spec.argv[0]
    by_name = ("python", "python3", f"python3.{sys.version_info.minor}")  # Jupyter starts these as its own interpreter
    ours = command in by_name or Path(command).parent == Path(sys.executable).parent
    yield (
        f"python3 = {sys.executable if ours else command}",
        "" if ours else f"jupyter kernelspec remove python3   ({spec.resource_dir})",
    )


def memory():
    import psutil

    free = psutil.virtual_memory().available
    yield f"{free / 2**30:.1f} GB", "" if free >= ENOUGH_MEMORY else say("关掉别的程序", "close other programs")


def writing(root):
    from jupyter_core.paths import jupyter_runtime_dir

    for folder, fix in (
        (
            root / "work",
            say("改它的权限，或者把课程放到别处", "change its permissions, or put the course elsewhere"),
        ),
        (
            Path(jupyter_runtime_dir()),
            say("JUPYTER_RUNTIME_DIR=<可写的文件夹>", "JUPYTER_RUNTIME_DIR=<a folder you can write>"),
        ),
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            yield str(folder), ""
        except OSError as error:
            yield f"{folder}: {error.strerror}", fix


def port():
    """Where JupyterLab will listen. It takes another port where this one is taken, so that is a remark."""
    wanted = os.environ.get("JUPYTER_PORT", "8888")
    if not (wanted.isdecimal() and int(wanted) < 1 << 16):
        yield f"JUPYTER_PORT={wanted}", say("写一个端口号，例如 9000", "give a number, such as JUPYTER_PORT=9000")
        return
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", int(wanted))) == 0
    if taken:
        yield (
            say(f"{wanted} 已被占用，也许另一个 JupyterLab 还开着", f"{wanted} is taken; is another JupyterLab open?"),
            say("会自动换一个；想自己挑：JUPYTER_PORT=9000", "another will be used; to choose one: JUPYTER_PORT=9000"),
        )
    else:
        yield wanted, ""


def isolation():
    """Only for grading other people's notebooks; one's own needs no box."""
    from course_utils.grading.box import tiers

    for name, ok, fix in tiers.describe():
        yield name, "" if ok else fix


def chromium():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    none = say("没有，只有测试用得到", "none, only the tests use it")
    yield found or none, "" if found else "apt install chromium"


def constraints(root):
    """package -> version, as constraints.txt pins them."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def _project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
