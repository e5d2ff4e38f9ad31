"""Whatever the bytes of a submission are: a notebook, or the true reason why not, within bounds."""

import json
import tracemalloc

import pytest

from course_utils.grading import reading

GOOD = json.dumps(
    {
        "cells": [{"cell_type": "code", "id": "a", "metadata": {"nbgrader": {"grade_id": "f"}}, "source": ["x = 1\n"]}],
        "metadata": {"course": {"exercise": "E01", "language": "en"}},
    },
    indent=1,
).encode()


def test_a_notebook_is_its_exercise_its_language_and_its_code():
    assert reading.read(GOOD) == reading.Notebook("E01", "en", (("f", "a", "x = 1\n"),))
    assert reading.read(b"\xef\xbb\xbf" + GOOD) == reading.read(GOOD)


@pytest.mark.parametrize(
    "content, zh, en",
    [
        (b"", "空的", "empty"),
        (b" \n", "空的", "empty"),
        (b"<!DOCTYPE html>\n<html><head></head></html>", "HTML", "HTML"),
        (b"\n<html lang='zh'>", "HTML", "HTML"),
        ("﻿".encode("utf-16-le") + GOOD.decode().encode("utf-16-le"), "UTF-16", "UTF-16"),
        (GOOD.decode().encode("utf-16-le"), "UTF-16", "UTF-16"),
        (b"%PDF-1.7 ...", "PDF", "PDF"),
        (b"PK\x03\x04....", "压缩包", "archive"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "二进制", "binary"),
        (b"import torch\n\ndef rnn_step():\n", "程序", "program"),
        (GOOD.replace(b' "cells"', b'<<<<<<< HEAD\n "cells"'), "冲突", "conflict"),
        (GOOD[: len(GOOD) // 2], "没有存完", "cut short"),
        (GOOD[:-1], "没有存完", "cut short"),
        (GOOD.replace(b'"id": "a",', b'"id": "a";', 1), "第 5 行", "line 5"),
        (GOOD.replace(b"x = 1", "x = '中'".encode("gbk")), "UTF-8", "UTF-8"),
        (b"[" * 100_000, "嵌套", "nested"),
        (b"[1, 2]", "没有 cells", "no cells"),
        (b'{"cells": {"a": 1}, "metadata": 3}', "没有 cells", "no cells"),
        (b'{"cells": [], "a": ' + b"1" * 5000 + b"}", "读不出来的数", "number"),
    ],
)
def test_the_reason_is_the_true_one_in_both_languages(content, zh, en):
    with pytest.raises(reading.Unreadable) as problem:
        reading.read(content)
    assert zh in problem.value.words["zh"] and en in problem.value.words["en"]


def fill(unit, count):
    return b'{"cells": [' + b",".join([unit] * count) + b"]}"


HOSTILE = {
    "{} as many as allowed": lambda: fill(b"{}", reading.MAX_VALUES // 2 - 8),
    "objects in objects": lambda: fill(b'{"a":{}}', reading.MAX_VALUES // 4 - 8),
    "lists in lists": lambda: fill(b"[[]]", reading.MAX_VALUES // 3 - 8),
    "{} a whole file of them": lambda: fill(b"{}", reading.MAX_BYTES // 3 - 8),
    "strings a whole file of them": lambda: fill(b'""', reading.MAX_BYTES // 3 - 8),
    "one string of backslashes": lambda: b'{"cells": [], "x": "' + b"\\\\" * (reading.MAX_BYTES // 2 - 20) + b'"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_memory_is_bounded_whatever_the_json(name):
    """400 MB at most beside the file itself; a file of `{},{},…` used to take 25 times its size."""
    content = HOSTILE[name]()
    tracemalloc.start()
    try:
        reading.read(content)
    except reading.Unreadable:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 400 << 20, peak >> 20


def test_text_full_of_commas_is_not_many_values():
    """A plotly figure is stored as one long string."""
    content = json.dumps({"cells": [], "x": ',[{:"' * reading.MAX_VALUES}).encode()
    assert reading.read(content).sources == ()


def test_code_is_bounded():
    cell = {"cell_type": "code", "source": "#" * (reading.MAX_CODE + 1)}
    with pytest.raises(reading.Unreadable, match="characters"):
        reading.read(json.dumps({"cells": [cell]}).encode())
