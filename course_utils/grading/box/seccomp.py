"""What a learner's process may not ask of Linux: start another program, or keep memory that nobody counts.

A filter that a process has taken on cannot be taken off again, by nobody and by no Python. It is inherited by every
thread and process that it starts.
"""

import ctypes
import errno
import platform
import struct

# (number of the architecture, {system call: its number}), from linux/audit.h and asm/unistd.h
MACHINES = {
    "x86_64": (
        0xC000003E,
        {"execve": 59, "execveat": 322, "memfd_create": 319, "memfd_secret": 447, "shmget": 29},
    ),
    "aarch64": (
        0xC00000B7,
        {"execve": 221, "execveat": 281, "memfd_create": 279, "memfd_secret": 447, "shmget": 194},
    ),
}
OTHER_NUMBERS = 0x40000000  # x86_64 knows a second numbering (x32), from here on
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: ld [k]; jeq k; jge k; ret k
NUMBER, ARCHITECTURE = 0, 4  # where seccomp_data holds them
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2


def available():
    return platform.system() == "Linux" and platform.machine() in MACHINES


def install():
    """From now on those calls fail with EPERM, here and in everything started from here. Raises OSError."""
    if not available():
        raise OSError(errno.ENOSYS, f"no filter for {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    code = _program(*MACHINES[platform.machine()])
    held = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held)))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(architecture, calls):
    """Classic BPF: another architecture is ended, the calls above are refused, everything else goes through."""
    numbers = sorted(calls.values())
    refuse = len(numbers) + 1  # how many instructions after the test of OTHER_NUMBERS the refusal stands
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, refuse, 0, OTHER_NUMBERS),
        *((EQUAL, refuse - 1 - i, 0, number) for i, number in enumerate(numbers)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
