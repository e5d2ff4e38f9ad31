"""What lies in a folder or a zip, and the bytes of one file in it.

Names are bytes until they are shown, links are never followed, only ordinary files are opened, and a zip is opened
within bounds and never unpacked to disk.
"""

import io
import os
import stat
import struct
import time
import unicodedata
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass

from course_utils.grading.reading import MAX_BYTES, Unreadable

JUNK = {"__macosx", "thumbs.db", "desktop.ini", "__pycache__", "node_modules"}  # and whatever begins with "." or "~$"
MAX_FILES = 5_000  # below one entry of a folder, or in a learner's zip
DEEPEST = 20  # folders in folders
MAX_INDEX = 8 << 20  # bytes of a zip's table of contents, some 100,000 names
ZIP_IN_ZIP = 2  # a learner's zip in the zip of a course site
OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Item:
    """parts: its names from the place downwards, as shown. inside: its names within zips. problem: (Chinese, English),
    why it cannot be read (or "an empty folder"); None for an ordinary file."""

    path: str
    parts: tuple
    inside: tuple = ()
    time: str = ""
    problem: tuple | None = None


def shown(name):
    """A file name as text: UTF-8, else what a Chinese Windows calls it (GBK), else with marks for what is neither."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    return raw.decode("utf-8", "replace")


def printable(text):
    """Text for a terminal: nothing in it moves the cursor, changes colours or turns the writing round."""
    return "".join(c if c.isprintable() or _space(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _space(character):
    """Is it one of Unicode's spaces? `isprintable` knows a single one; Chinese names hold a wide one too."""
    return unicodedata.category(character) == "Zs"


def junk(name):
    """Is this what systems and editors leave behind?"""
    return name.startswith((".", "~$")) or name.casefold() in JUNK


def is_zip(name):
    return name.casefold().endswith(".zip")


def walk(place, skip=lambda folder: False):
    """(Items below this folder or zip in a stable order, names of what is junk). `skip(folder)`: leave it out."""
    if not os.path.isdir(place):
        return _in_zip(place, ())  # everybody's files, bounded by MAX_INDEX
    items, left_out = [], []
    for name in sorted(os.listdir(place)):
        below = _below(os.path.join(place, name), (shown(name),), skip, left_out)
        items += _first(below)
    return items, left_out


def _first(below):
    """The first MAX_FILES of them: whoever hands in more has handed in something else."""
    return [each for each, _ in zip(below, range(MAX_FILES))]


def _below(path, parts, skip, left_out):
    folder = os.path.isdir(path) and not os.path.islink(path)
    if junk(parts[-1]) or len(parts) > DEEPEST or folder and skip(path):
        left_out.append("/".join(parts))
    elif folder:
        try:
            names = sorted(os.listdir(path))
        except OSError as error:
            yield Item(path, parts, problem=_closed(error))
            return
        before = len(left_out)
        inside = []
        for name in names[:MAX_FILES]:
            inside += _below(os.path.join(path, name), (*parts, shown(name)), skip, left_out)
        if not inside and len(left_out) - before == len(names):
            inside = [Item(path, parts, problem=("文件夹是空的。", "the folder is empty."))]
        yield from inside
    elif is_zip(parts[-1]) and stat.S_ISREG(os.lstat(path).st_mode):
        inside, junk_inside = _in_zip(path, parts, most=MAX_FILES)
        left_out += junk_inside
        yield from inside
    else:
        yield item(path, parts)


def item(path, parts=()):
    """What lies at this path, itself."""
    parts = parts or (shown(os.path.basename(os.path.normpath(path))),)
    try:
        status = os.lstat(path)
    except OSError as error:
        return Item(path, parts, problem=_closed(error))
    problem = None
    if stat.S_ISLNK(status.st_mode):
        problem = (
            "这是一个符号链接，不跟随。请交文件本身。",
            "it is a symbolic link, which is not followed. Hand in the file.",
        )
    elif not stat.S_ISREG(status.st_mode):
        problem = "这不是普通文件。", "it is not an ordinary file."
    return Item(path, parts, (), time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(status.st_mtime)), problem)


def _closed(error):
    why = error.strerror or str(error)
    return f"打不开：{why}", f"it cannot be opened: {why}"


# ------------------------------------------------------------------------------------------- zips


def _in_zip(path, parts, inside=(), outer=None, most=None):
    """(Items, names of junk) of a zip that lies at `path` and then, for a zip in the zip `outer`, at `inside`. Where
    `most` is given, only so many of its files are looked at, and that there are more is told with the junk."""
    items, left_out = [], []
    try:
        with ExitStack() as stack:
            file = io.BytesIO(_member(outer, inside[-1])) if outer else stack.enter_context(_regular(path))
            archive = _archive(file, stack)
            members = archive.infolist()
            if most and len(members) > most:
                left_out.append(f"{'/'.join(parts)}: all but its first {most} files")
            for member in members[:most]:
                names = tuple(n for n in _member_name(member).replace("\\", "/").split("/") if n not in ("", ".", ".."))
                where, here = (*parts, *names), (*inside, member.filename)
                if not names or any(map(junk, names)):
                    left_out.append("/".join(where))
                elif member.is_dir():
                    items.append(Item(path, where, here, problem=("文件夹是空的。", "the folder is empty.")))
                elif stat.S_ISLNK(member.external_attr >> 16):
                    why = "压缩包里是一个符号链接，不跟随。", "in the zip it is a symbolic link, which is not followed."
                    items.append(Item(path, where, here, problem=why))
                elif is_zip(names[-1]) and len(here) < ZIP_IN_ZIP:
                    found, junk_inside = _in_zip(path, where, here, archive, MAX_FILES)
                    items, left_out = items + found, left_out + junk_inside
                else:
                    when = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*member.date_time)
                    items.append(Item(path, where, here, when))
    except Unreadable as problem:
        return [
            Item(path, parts or (shown(os.path.basename(path)),), inside, problem=tuple(problem.words.values()))
        ], []
    filled = {item.parts[:n] for item in items if item.problem is None for n in range(len(item.parts))}
    items = [item for item in items if item.parts not in filled]  # folders that are not empty after all
    if not items:
        why = "压缩包里没有文件。", "the zip holds no file."
        items = [Item(path, parts or (shown(os.path.basename(path)),), inside, problem=why)]
    return sorted(items, key=lambda item: item.parts), left_out


def _member_name(member):
    """A zip made on a Chinese Windows holds GBK names, which `zipfile` reads as DOS's; others hold unmarked UTF-8."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return shown(os.fsdecode(member.orig_filename.encode("cp437")))
    except UnicodeEncodeError:
        return member.filename


def _descend(path, inside, stack):
    """The zip at `path`, or the one in it at `inside`, opened on the stack. Raises Unreadable."""
    file = stack.enter_context(_regular(path))
    for member in inside:
        file = io.BytesIO(_member(_archive(file, stack), member))
    return _archive(file, stack)


def _archive(file, stack):
    _check_index(file)
    try:
        return stack.enter_context(zipfile.ZipFile(file))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, struct.error):
        raise _broken() from None


def _check_index(file):
    """`zipfile` reads the whole table of contents; its size stands at the end of the file."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    file.seek(0)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + 22:
        raise _broken()
    if tail[max(0, at - 20) : at].startswith(b"PK\6\7"):  # then `zipfile` believes another record about the size
        raise Unreadable(
            "这是 ZIP64（给特别大的压缩包用的格式），这里不打开。请打成普通的 zip，或者先解压。",
            "it is in ZIP64, the format of huge archives, which is not opened here. Make an ordinary zip or unpack it.",
        )
    if struct.unpack("<L", tail[at + 12 : at + 16])[0] > MAX_INDEX:
        raise Unreadable("压缩包里的文件太多。", "the zip holds far too many files.")


def _broken():
    return Unreadable(
        "压缩包损坏，或不是 zip。请重新打包再交。",
        "the zip is damaged or of another kind. Make it again and hand it in.",
    )


def _member(archive, name):
    try:
        with archive.open(name) as handle:
            return handle.read(MAX_BYTES + 1)
    except RuntimeError:  # what zipfile says about a password
        raise Unreadable("压缩包有密码。请不设密码再交。", "the zip has a password. Hand it in without.") from None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, NotImplementedError, struct.error):
        raise _broken() from None
    except Exception as error:  # zlib.error, lzma.LZMAError: each method has its own
        if type(error).__module__ in ("zlib", "_lzma", "lzma", "bz2"):
            raise _broken() from None
        raise


def content(path, inside=()):
    """The bytes of an ordinary file, at most MAX_BYTES + 1 of them. Raises Unreadable."""
    with ExitStack() as stack:
        if inside:
            return _member(_descend(path, inside[:-1], stack), inside[-1])
        file = stack.enter_context(_regular(path))
        return file.read(min(os.fstat(file.fileno()).st_size, MAX_BYTES) + 1)  # `read` sets aside what it is asked for


def _regular(path):
    """An ordinary file, opened; a link or a pipe that took its place since is not."""
    try:
        descriptor = os.open(path, OPEN)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Unreadable("这不是普通文件。", "it is not an ordinary file.")
        return os.fdopen(descriptor, "rb")
    except OSError as error:
        why = error.strerror or str(error)
        raise Unreadable(f"文件打不开：{why}", f"the file cannot be opened: {why}") from None
