"""How files are written: whole or not at all, and to be read by whom the umask says."""

import os

import pytest

from course_utils import files


@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o077, 0o600)])
def test_the_umask_says_who_may_read(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        files.write(tmp_path / "grades" / "grades.csv", "张三,10")
    finally:
        os.umask(before)
    assert (tmp_path / "grades" / "grades.csv").stat().st_mode & 0o777 == mode
    assert (tmp_path / "grades" / "grades.csv").read_text(encoding="utf-8") == "张三,10"


def test_what_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    files.write(tmp_path / "a", "old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        files.write(tmp_path / "folder", "a file cannot replace a folder")
    with pytest.raises(UnicodeEncodeError):
        files.write(tmp_path / "a", "\ud800")
    assert (tmp_path / "a").read_text() == "old" and sorted(p.name for p in tmp_path.iterdir()) == ["a", "folder"]


def test_no_file_is_an_empty_dict_and_what_is_no_dict_is_put_aside(tmp_path):
    file = tmp_path / "kept.json"
    assert files.read_dict(file) == {} and not list(tmp_path.iterdir())
    files.write(file, '{"a": 1}')
    assert files.read_dict(file) == {"a": 1}
    file.write_bytes(b"\xff\xfe")
    assert files.read_dict(file) == {} and not file.exists()
    assert (tmp_path / "kept.json.unreadable").read_bytes() == b"\xff\xfe"
