"""What a wrong line of a check has to do with the right one: found by comparing the printed values, never guessed.

Works on the texts of `printed.tensor_text`, since the grader has nothing else. Only numpy is imported.
"""

import json
import re
from itertools import permutations

import numpy as np

LONGEST = 20_000  # characters of a text that are compared; a learner's may be of any length
PLAIN = 50  # how many times its last digit a value must differ from others before a factor or a constant is believed
SMALL = 1e-3  # only such a last digit is taken for one: 3.5 may have been 3.5000
_VALUE = re.compile(r"\(([\d, ]*)\) (\[.*?\]) sum=\S+|\S+")
_PYTHON = {"nan": "NaN", "inf": "Infinity", "True": "1", "False": "0"}


def difference(want, got):
    """(Chinese, English): what is known about the printed text `got` where `want` belongs. None where nothing is."""
    if max(len(want), len(got)) > LONGEST:
        return None
    for right, value in zip(_values(want), _values(got)):
        if right[0] != value[0]:
            (want, digits), (got, more) = _array(right), _array(value)
            return None if want is None or got is None else _known(want, got, 10.0 ** -max(digits, more))
    return None


def _values(text):
    """The values of a line, each as (its text,) + (shape, entries) where it is a tensor."""
    return [(found[0], found[1], found[2]) for found in _VALUE.finditer(text)]


def _array(value):
    """(array, decimals), or (None, 0) where the text is not one of ours."""
    text, shape, entries = value
    if text in ("True", "False"):
        return None, 0
    plain = re.sub(r"\b(nan|inf|True|False)\b", lambda found: _PYTHON[found[0]], entries or text)
    try:
        array = np.array(json.loads(plain), dtype=float)
        array = array.reshape([int(size) for size in shape.split(",") if size.strip()]) if entries else array
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None, 0
    return array, max((len(part) for part in re.findall(r"\.(\d+)", plain)), default=0)


# ------------------------------------------------------------------------------------------- what is tried, in order


def _known(want, got, step):
    if want.shape != got.shape:
        return _other_shape(want, got)
    if not np.isfinite(got).all() and np.isfinite(want).all():
        bad = int((~np.isfinite(got)).sum())
        return f"有 {bad} 个数是 nan 或 inf", f"{bad} of the numbers {'is' if bad == 1 else 'are'} nan or inf"
    if np.array_equal(want, got):
        return (
            "印出来的数都一样，只有和不同：差在更小的位上",
            "the printed numbers agree, their sum does not: the difference is in further digits",
        )
    if not np.isfinite(want).all():
        return None
    if (abs(got - want) < 1.5 * step).all() and step <= SMALL:
        return "只差在末位", "off by no more than the last digit"
    tried = (_sign, _moved, _scaled, _offset, _where) if want.ndim else (_number,)
    return next((said for look in tried if (said := look(want, got, step))), None)


def _other_shape(want, got):
    zh = f"{_shape(got, '是一个数', '形状是 ')}，应为{_shape(want, '一个数', ' ')}"
    en = f"{_shape(got, 'it is a single number', 'the shape is ')}, expected {_shape(want, 'a single number', '')}"
    if not got.size or not want.size:
        return zh, en
    if got.size == want.size:
        for order in permutations(range(want.ndim)):
            if got.ndim == want.ndim and np.array_equal(want.transpose(order), got):
                return f"{zh}；数都对，只是轴的次序不同", f"{en}; the numbers are right, the axes in another order"
        if np.array_equal(want.ravel(), got.ravel()):
            return f"{zh}；数都对，只是排成了别的形状", f"{en}; the numbers are right, arranged in another shape"
    for axis in range(want.ndim if want.ndim == got.ndim else 0):
        extra = got.shape[axis] - want.shape[axis]
        long, short = (got, want) if extra > 0 else (want, got)
        size, many = short.shape[axis], ("多", "too many") if extra > 0 else ("少", "missing")
        for part, place in ((slice(size), ("末尾", "end")), (slice(-size, None), ("开头", "beginning"))):
            if np.array_equal(_along(long, axis, part), short):
                zh += f"；沿 dim={axis}，{place[0]}{many[0]}了 {abs(extra)} 项，其余都对"
                return zh, f"{en}; along dim={axis}, {abs(extra)} {many[1]} at the {place[1]}, the rest right"
    return zh, en


def _shape(array, number, before):
    return f"{before}{array.shape}" if array.ndim else number


def _number(want, got, step):
    """One number says little: only an opposite sign and, of a whole number, off by one."""
    if want and got == -want:
        return "符号反了", "the sign is flipped"
    if float(want).is_integer() and abs(got - want) == 1:
        return ("正好多了 1", "exactly 1 too much") if got > want else ("正好少了 1", "exactly 1 too little")
    return None


def _sign(want, got, step):
    if np.array_equal(got, -want):
        return "每个数的符号都反了", "every sign is flipped"
    if np.array_equal(abs(got), abs(want)):
        bad = int((got != want).sum())
        return f"大小都对，有 {bad} 个数的符号反了", f"right but for {bad} flipped sign{'s' if bad > 1 else ''}"
    return None


def _moved(want, got, step):
    """The same numbers elsewhere: transposed, turned round, in other blocks, or steps early or late."""
    if len(np.unique(want)) < 3:  # a mask: too much would fit by accident
        return None
    for order in permutations(range(want.ndim)):
        if order != tuple(range(want.ndim)) and np.array_equal(want.transpose(order), got):
            if want.ndim == 2:
                return "转置了：行和列对调", "transposed: rows and columns are swapped"
            return "数都对，只是轴的次序不同", "the numbers are right, the axes in another order"
    for axis, size in enumerate(want.shape):
        if np.array_equal(np.flip(want, axis), got):
            return f"沿 dim={axis} 前后颠倒了", f"reversed along dim={axis}"
        for count in (2, 3, 4):
            if size % count == 0 and (said := _blocks(want, got, axis, count)):
                return said
        if said := _shifted(want, got, axis, size):
            return said
    return None


def _blocks(want, got, axis, count):
    parts, found = np.split(want, count, axis), np.split(got, count, axis)
    places = [next((i for i, part in enumerate(parts) if np.array_equal(part, each)), None) for each in found]
    if None in places or sorted(places) != list(range(count)):
        return None
    swapped = [i + 1 for i, place in enumerate(places) if place != i]
    zh, en = f"沿 dim={axis} 分成 {count} 块，", f"of the {count} blocks along dim={axis}, "
    if len(swapped) == 2:
        return (
            f"{zh}第 {swapped[0]} 块和第 {swapped[1]} 块对调了",
            f"{en}numbers {swapped[0]} and {swapped[1]} are swapped",
        )
    now = [place + 1 for place in places]
    return f"{zh}次序成了第 {'、'.join(map(str, now))} 块", f"{en}the order is {', '.join(map(str, now))}"


def _shifted(want, got, axis, size):
    for by in range(1, size - 1):  # at least two steps must agree, and not be the same
        early, late = slice(by, None), slice(None, -by)
        for mine, theirs, words in ((early, late, ("晚", "late", "−")), (late, early, ("早", "early", "+"))):
            right = _along(want, axis, theirs)
            if np.array_equal(_along(got, axis, mine), right) and (right != right.take([0], axis)).any():
                return (
                    f"沿 dim={axis} {words[0]}了 {by} 步：下标 t 处是 t {words[2]} {by} 处该有的数",
                    f"{by} step{'s' if by > 1 else ''} {words[1]} along dim={axis}: "
                    f"index t holds what belongs at t {words[2]} {by}",
                )
    return None


def _scaled(want, got, step):
    if len(np.unique(want[abs(want) > PLAIN * step])) < 3:
        return None
    largest = abs(want).argmax()
    exact = got.flat[largest] / want.flat[largest]
    for factor in (f"{exact:.{digits}g}" for digits in range(1, 6)):  # the shortest that fits every number
        if float(factor) and (abs(got - float(factor) * want) <= 1.01 * step * (1 + abs(exact))).all():
            return f"每个数都是应有的 {factor} 倍", f"every number is {factor} times what it should be"
    return None


def _offset(want, got, step):
    if len(np.unique(want)) < 3 or np.ptp(want) < PLAIN * step:
        return None
    off = float(np.median(got - want))
    if abs(off) < 2 * step or (abs(got - want - off) > 1.01 * step).any():
        return None
    return (
        f"每个数都{'多' if off > 0 else '少'}了同一个数，约 {abs(off):.3g}",
        f"every number is too {'large' if off > 0 else 'small'} by the same amount, about {abs(off):.3g}",
    )


def _where(want, got, step):
    """Which part is wrong, where it is one end of an axis or one index; else how much of it is right."""
    wrong = want != got
    for axis, size in enumerate(want.shape):
        bad = np.flatnonzero(wrong.any(axis=tuple(i for i in range(want.ndim) if i != axis)))
        if size == 1 or len(bad) == size:
            continue
        if len(bad) == 1:
            return f"只有 dim={axis} 上下标 {bad[0]} 处不对", f"wrong only at index {bad[0]} of dim={axis}"
        if bad[0] == size - len(bad):
            return (
                f"沿 dim={axis} 从下标 {bad[0]} 起不对，前面都对",
                f"right along dim={axis} up to index {bad[0]}, wrong from there on",
            )
        if bad[-1] == len(bad) - 1:
            return (
                f"沿 dim={axis} 到下标 {bad[-1]} 为止不对，后面都对",
                f"wrong along dim={axis} up to index {bad[-1]}, right after it",
            )
    bad, size = int(wrong.sum()), want.size
    if bad == size:
        return f"形状对，{size} 个数全不对", f"the shape is right, none of the {size} numbers is"
    return f"形状对，{size} 个数里有 {bad} 个不对", f"the shape is right, {bad} of {size} numbers are not"


def _along(array, axis, part):
    return array[(slice(None),) * axis + (part,)]
