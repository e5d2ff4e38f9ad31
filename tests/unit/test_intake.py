"""Who handed in what: folders, course sites, zips, copies, junk and things that are not files."""

import io
import os
import socket
import struct
import zipfile
from dataclasses import replace

import pytest

from course_utils.grading import contents, intake, reading, tables
from course_utils.grading.row import Row

EXERCISES = ("E01_simple_rnn", "E02_bptt")


def tree(root, *names):
    """Files of these names; folders where a name ends in a slash."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(exist_ok=True) if name.endswith("/") else path.write_bytes(b"x")


def find(root, *places):
    return intake.find([root / place for place in places or ["in"]], EXERCISES)


def whose(root, *places):
    return [(each.student, each.number) for each in find(root, *places)[0]]


@pytest.mark.parametrize(
    "name, student, number",
    [
        ("in/张三/E01_simple_rnn.ipynb", "张三", ""),
        ("in/alice/week 1/anything.ipynb", "alice", ""),
        ("in/bob.ipynb", "bob", ""),
        ("in/Ann Lee_1234567_assignsubmission_file_/E01.ipynb", "Ann Lee", "1234567"),
        ("in/Ann_Lee_1234567_assignsubmission_file_E01.ipynb", "Ann_Lee", "1234567"),
        ("in/leeann_20456_881234_E01_simple_rnn-1.ipynb", "leeann", "20456"),
        ("in/leeann_LATE_20456_881234_E01.ipynb", "leeann", "20456"),
        ("in/leeann_late_20456_881234_E01.ipynb", "leeann", "20456"),
        ("in/leeann_2045_12_E01.ipynb", "leeann_2045_12", ""),
        ("in/leeann_2045_13_E01.ipynb", "leeann", "2045"),
        ("in/leeann_20451_12_E01.ipynb", "leeann", "20451"),
        ("in/-rf.ipynb", "-rf", ""),
        ("in/new\nline/x.ipynb", "new\nline", ""),
        ("in/E01/ana.ipynb", "ana", ""),
        ("in/E01_simple_rnn/ana/x.ipynb", "ana", ""),
        ("in/ana/E01/x.ipynb", "ana", ""),
        ("in/E01_zhang.ipynb", "zhang", ""),
        ("in/zhang_E01_simple_rnn.ipynb", "zhang", ""),
        ("in/zhang (1).ipynb", "zhang", ""),
        ("in/zhang-Copy1.ipynb", "zhang", ""),
        ("in/zhang - 副本.ipynb", "zhang", ""),
        ("in/zhang/WORK.IPYNB", "zhang", ""),
        ("in/zhang/work.ipynb.txt", "zhang", ""),
    ],
)
def test_whose_submission(name, student, number, tmp_path):
    tree(tmp_path, name)
    assert whose(tmp_path) == [(student, number)]


@pytest.mark.parametrize("form", ["{}_2024_10_E01", "{}_20241101_1_hw"], ids=["a month", "a day"])
def test_a_date_in_a_name_makes_no_two_learners_one(form, tmp_path):
    """A day still looks like a number of Canvas's, and two learners may share it."""
    tree(tmp_path, *(f"in/{form.format(name)}.ipynb" for name in ("张三", "李四")))
    found, _ = find(tmp_path)
    assert len({each.learner for each in found}) == 2
    named = [replace(each, id=each.file) for each in found]
    rows = [Row(each.id, "E01", "graded", "none", 0.0, "zh") for each in named]
    assert all(work.counts for work in tables.works(named, rows, "newest"))


def test_late_as_canvas_writes_it(tmp_path):
    tree(tmp_path, "in/a_1_2_E01.ipynb", "in/b_late_1_2_E01.ipynb", "in/c_LATE_3_4_E01.ipynb")
    assert [each.late for each in find(tmp_path)[0]] == [False, True, True]


def test_folders_named_one_by_one_keep_their_learners(tmp_path):
    """`submissions/*`, and one folder to look at again."""
    names = [
        "zhang/E01_simple_rnn.ipynb",
        "Li Si_1234567_assignsubmission_file_/hw.ipynb",
        "wang/final.ipynb",
        "bob.ipynb",
    ]
    tree(tmp_path, *names)
    places = [name.split("/")[0] for name in names]
    assert whose(tmp_path, *places) == [("zhang", ""), ("Li Si", "1234567"), ("wang", ""), ("bob", "")]
    assert whose(tmp_path, "zhang") == whose(tmp_path, names[0]) == [("zhang", "")]
    assert whose(tmp_path, places[1]) == whose(tmp_path, names[1]) == [("Li Si", "1234567")]


@pytest.mark.parametrize("name", ["a.py", "a.html", "a.docx", "notes.xyz", ""])
def test_whoever_handed_in_something_else_is_found(name, tmp_path):
    tree(tmp_path, "in/ann/E01.ipynb", f"in/zhang/{name}")
    found = find(tmp_path)[0]
    assert [each.student for each in found] == ["ann", "zhang"]
    assert bool(found[1].problem) == (name == "")


def test_a_notebook_stands_for_what_lies_beside_it(tmp_path):
    tree(tmp_path, "in/zhang/E01.ipynb", "in/zhang/picture.png", "in/zhang/notes.py")
    assert [each.file for each in find(tmp_path)[0]] == ["zhang/E01.ipynb"]


def test_junk_is_left_out_aloud_and_takes_nobodys_name(tmp_path):
    tree(
        tmp_path,
        "in/zhang/x.ipynb",
        "in/zhang/._x.ipynb",
        "in/._li.ipynb",
        "in/li.ipynb",
        "in/__MACOSX/zhang/._x.ipynb",
        "in/.ipynb_checkpoints/li-checkpoint.ipynb",
        "in/zhang/.ipynb_checkpoints/x-checkpoint.ipynb",
        "in/.DS_Store",
        "in/roster.csv",
    )
    found, left_out = find(tmp_path)
    assert [each.student for each in found] == ["li", "zhang"]
    assert {"._li.ipynb", "__MACOSX", ".DS_Store", "zhang/._x.ipynb", "roster.csv"} <= set(left_out)


def test_a_learner_who_handed_in_only_junk_has_an_empty_folder(tmp_path):
    tree(tmp_path, "in/a/.ipynb_checkpoints/x.ipynb")
    (found,) = find(tmp_path)[0]
    assert found.student == "a" and "empty" in found.problem[1]


def test_nothing_there(tmp_path):
    tree(tmp_path, "in/")
    with pytest.raises(FileNotFoundError, match="no notebook"):
        find(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such"):
        find(tmp_path, "nowhere")


def test_names_are_bytes_until_they_are_shown(tmp_path):
    """What `unzip` makes on Linux of a zip from a Chinese Windows."""
    folder = os.path.join(os.fsencode(tmp_path), b"in", "李四".encode("gbk"))
    os.makedirs(folder)
    with open(folder + b"/E01.ipynb", "wb") as file:
        file.write(b"content")
    (found,) = find(tmp_path)[0]
    assert found.student == "李四" and contents.content(found.path) == b"content"


def test_a_terminal_is_shown_no_escapes():
    assert contents.printable("a\x1b[31m\u202eb\ud800张") == "a�[31m�b�张"
    assert contents.printable("张\u3000三\xa0\u2028") == "张\u3000三\xa0�"  # spaces are shown, a line's end is not


def test_links_pipes_and_sockets_get_a_line_and_are_not_followed(tmp_path):
    tree(tmp_path, "solution.ipynb", "in/zhang/", "in/li/", "in/wang/")
    (tmp_path / "in/zhang/E01.ipynb").symlink_to(tmp_path / "solution.ipynb")
    (tmp_path / "in/chen").symlink_to(tmp_path)
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")
    os.mkfifo(tmp_path / "in/li/E01.ipynb")
    address = os.path.relpath(tmp_path / "in/wang/E01.ipynb")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address) if len(address) < 100 else os.mkfifo(address)
        found = {each.student: each for each in find(tmp_path)[0]}
    assert set(found) == {"zhang", "chen", "loop", "li", "wang"}
    assert all(each.problem for each in found.values())
    for name in ("zhang", "li", "wang"):  # also where it took a file's place after we looked
        with pytest.raises(reading.Unreadable):
            contents.content(found[name].path)
    named = find(tmp_path, "in/zhang/E01.ipynb", "in/li/E01.ipynb")[0]
    assert all(each.problem for each in named)


def test_only_folders_are_asked_whether_they_are_reports_of_ours(tmp_path):
    """A link that leads nowhere, or to the reports, is somebody's work."""
    tree(tmp_path, "out/grades.json", "in/wang/E01.ipynb")
    (tmp_path / "in/zhang").mkdir()
    (tmp_path / "in/zhang/E01.ipynb").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in/li").symlink_to(tmp_path / "out")
    found, left_out = intake.find([tmp_path / "in"], skip=lambda folder: os.path.samefile(folder, tmp_path / "out"))
    assert {each.student for each in found} == {"zhang", "li", "wang"} and left_out == []


# ------------------------------------------------------------------------------------------- zips


def zipped(members, **options):
    """The bytes of a zip; a member is text, bytes or ready-made ZipInfo."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body, **options)
    return file.getvalue()


def test_the_zip_of_a_course_site_is_taken_as_a_folder(tmp_path):
    link = zipfile.ZipInfo("work/chen/E01.ipynb")
    link.external_attr = 0o120777 << 16
    members = {
        "work/zhang/E01.ipynb": b"1",
        "work/Li Si_77_assignsubmission_file_/E01.ipynb": b"2",
        "work/kim_88_99_work.zip": zipped({"E01.ipynb": b"3"}),
        "work/wang/": b"",
        "work/__MACOSX/._x": b"",
        link: b"/etc/passwd",
    }
    (tmp_path / "class.zip").write_bytes(zipped(members))
    found, left_out = find(tmp_path, "class.zip")
    read = {each.student: contents.content(each.path, each.inside) for each in found if not each.problem}
    assert read == {"zhang": b"1", "Li Si": b"2", "kim": b"3"}
    assert {each.student for each in found if each.problem} == {"wang", "chen"} and left_out


def test_names_in_a_zip_from_a_chinese_windows(tmp_path):
    body = zipped({"XXXX/E01.ipynb": b"1"}).replace(b"XXXX", "张三".encode("gbk"))
    (tmp_path / "class.zip").write_bytes(zipped({"a/E01.ipynb": b"0"}))
    (tmp_path / "class.zip").write_bytes(body)
    (found,) = find(tmp_path, "class.zip")[0]
    assert found.student == "张三" and contents.content(found.path, found.inside) == b"1"


def test_nothing_in_a_zip_reaches_outside_it(tmp_path):
    tree(tmp_path, "in/zhang/")
    (tmp_path / "in/zhang/x.zip").write_bytes(zipped({"../../../escape.ipynb": b"1", "/etc/E01.ipynb": b"2"}))
    before = sorted(tmp_path.rglob("*"))
    for each in find(tmp_path)[0]:
        assert each.student == "zhang" and ".." not in each.file
        assert contents.content(each.path, each.inside) in (b"1", b"2")
    assert sorted(tmp_path.rglob("*")) == before


def index_of_a_million():
    return b"PK\5\6" + bytes(8) + (contents.MAX_INDEX + 1).to_bytes(4, "little") + bytes(6)


def zip64():
    """A table of contents whose true size, too large, stands in another record than the usual one."""
    body = zipped({"E01.ipynb": b"1"})
    at = body.rfind(b"PK\5\6")
    size, offset = struct.unpack("<2L", body[at + 12 : at + 20])
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, offset)
    return body[:at] + record + struct.pack("<4sLQL", b"PK\6\7", 0, at, 1) + body[at:]


def with_password():
    body = bytearray(zipped({"E01.ipynb": b"1"}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        body[body.find(mark) + at] |= 1
    return bytes(body)


@pytest.mark.parametrize(
    "body, says",
    [
        (b"PK no zip", "damaged"),
        (zipped({"E01.ipynb": b"1"})[:-30], "damaged"),
        (index_of_a_million(), "too many"),
        (zip64(), "ZIP64"),
        (zipped({}), "no file"),
        (with_password(), "password"),
        (zipped({"E01.ipynb": b"123456789" * 9}).replace(b"\x33\x34\x32", b"\xff\xff\xff"), "damaged"),
    ],
    ids=[
        "no zip",
        "cut short",
        "index",
        "zip64",
        "empty",
        "password",
        "crc",
    ],  # a zip holds the time: no name for a test
)
def test_a_zip_that_cannot_be_opened_says_why(body, says, tmp_path):
    tree(tmp_path, "in/ann/E01.ipynb", "in/zhang/")
    (tmp_path / "in/zhang/work.zip").write_bytes(body)
    found = {each.student: each for each in find(tmp_path)[0]}
    zhang = found["zhang"]
    if zhang.problem:
        assert says in zhang.problem[1]
    else:
        with pytest.raises(reading.Unreadable, match=says):
            contents.content(zhang.path, zhang.inside)


def test_the_bound_on_files_is_one_for_each_learner_not_for_the_class(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "MAX_FILES", 3)
    many = zipped({f"{n}.ipynb": b"1" for n in range(5)})
    names = [f"learner{n}/E01.ipynb" for n in range(9)]
    (tmp_path / "class.zip").write_bytes(zipped(dict.fromkeys(names, b"1") | {"zhang/work.zip": many}))
    found, left_out = find(tmp_path, "class.zip")
    mine = [each.file for each in found if each.student == "zhang"]
    assert len({each.student for each in found}) == 10 and len(mine) == 3
    assert [line for line in left_out if "zhang/work.zip" in line and "first 3" in line]


def test_a_zip_of_zips_is_opened_once_to_look_into_it(tmp_path, monkeypatch):
    opened = []
    regular = contents._regular
    monkeypatch.setattr(contents, "_regular", lambda path: opened.append(path) or regular(path))
    inner = zipped({"E01.ipynb": b"1"})
    (tmp_path / "class.zip").write_bytes(zipped({f"learner{n}.zip": inner for n in range(9)}))
    assert len(find(tmp_path, "class.zip")[0]) == 9 and len(opened) == 1


def test_a_zip_bomb_is_read_up_to_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "MAX_BYTES", 1000)
    tree(tmp_path, "in/zhang/")
    (tmp_path / "in/zhang/work.zip").write_bytes(zipped({"E01.ipynb": bytes(10**7)}))
    (found,) = find(tmp_path)[0]
    assert len(contents.content(found.path, found.inside)) == 1001


def test_folders_without_end(tmp_path):
    deep = tmp_path / "in/zhang" / "/".join("d" * 200)
    deep.mkdir(parents=True)
    (deep / "x.ipynb").touch()
    assert [each.student for each in find(tmp_path)[0]] == ["zhang"]


def test_a_learner_with_far_too_many_notebooks(tmp_path):
    tree(tmp_path, *(f"in/zhang/{n}.ipynb" for n in range(intake.MOST + 20)))
    found, left_out = find(tmp_path)
    assert len(found) == intake.MOST and len(left_out) == 20


def test_the_newest_file_by_time_then_by_number():
    def made(file, time):
        return intake.Submission("", "zhang", file=file, time=time)

    old, new = made("x (3).ipynb", "2026-01-01 10:00:00"), made("x.ipynb", "2026-01-02 10:00:00")
    first, second = made("x-1.ipynb", "2026-01-01 10:00:00"), made("x-2.ipynb", "2026-01-01 10:00:00")
    assert old.newness < new.newness and first.newness < second.newness
