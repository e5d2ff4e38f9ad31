"""What is said about a wrong line is true of its values, and nothing is said that they do not show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.difference import difference
from course_utils.printed import tensor_text

WANT = np.random.default_rng(4).normal(size=(3, 4))
SQUARE, CUBE = WANT[:, :3], np.random.default_rng(5).normal(size=(2, 3, 4))
EARLY = np.concatenate([WANT[:, 1:], np.zeros((3, 1))], axis=1)
LATE = np.concatenate([np.zeros((3, 1)), WANT[:, :-1]], axis=1)


def said(want, got, digits=4):
    return difference(tensor_text(want, digits), tensor_text(got, digits))


@pytest.mark.parametrize(
    "want, got, zh, en",
    [
        (WANT, WANT.T, "形状是 (4, 3)，应为 (3, 4)；数都对，只是轴的次序不同", "the axes in another order"),
        (WANT, WANT.ravel(), "排成了别的形状", "arranged in another shape"),
        (WANT, WANT[None], "形状是 (1, 3, 4)，应为 (3, 4)", "arranged in another shape"),
        (WANT, WANT[:, 1:], "沿 dim=1，开头少了 1 项，其余都对", "along dim=1, 1 missing at the beginning"),
        (WANT, WANT[:-2], "沿 dim=0，末尾少了 2 项", "along dim=0, 2 missing at the end"),
        (WANT[1:], WANT, "开头多了 1 项", "1 too many at the beginning"),
        (WANT, np.ones((3, 5)), "形状是 (3, 5)，应为 (3, 4)", "the shape is (3, 5), expected (3, 4)"),
        (WANT, 2.0, "是一个数，应为 (3, 4)", "it is a single number, expected (3, 4)"),
        (2.0, WANT, "形状是 (3, 4)，应为一个数", "expected a single number"),
        (SQUARE, SQUARE.T, "转置了", "transposed"),
        (CUBE[:, :2], CUBE[:, :2].transpose(1, 0, 2), "轴的次序不同", "axes in another order"),
        (WANT, -WANT, "每个数的符号都反了", "every sign is flipped"),
        (WANT, abs(WANT), "符号反了", "flipped sign"),
        (WANT, WANT / 3, "每个数都是应有的 0.333", "every number is 0.333"),
        (WANT, WANT - 0.25, "都少了同一个数，约 0.25", "too small by the same amount, about 0.25"),
        (WANT, WANT[::-1], "沿 dim=0 前后颠倒了", "reversed along dim=0"),
        (WANT, LATE, "沿 dim=1 晚了 1 步：下标 t 处是 t − 1 处该有的数", "1 step late along dim=1"),
        (WANT, EARLY, "沿 dim=1 早了 1 步：下标 t 处是 t + 1 处该有的数", "1 step early along dim=1"),
        (WANT, WANT[:, [2, 3, 0, 1]], "分成 2 块，第 1 块和第 2 块对调了", "numbers 1 and 2 are swapped"),
        (WANT, WANT[:, [2, 0, 1, 3]], "分成 4 块，次序成了第 3、1、2、4 块", "the order is 3, 1, 2, 4"),
        (WANT, WANT * [[1], [1], [2]], "只有 dim=0 上下标 2 处不对", "wrong only at index 2 of dim=0"),
        (WANT, WANT * [1, 1, 2, 3], "沿 dim=1 从下标 2 起不对，前面都对", "right along dim=1 up to index 2"),
        (WANT, WANT * [3, 2, 1, 1], "沿 dim=1 到下标 1 为止不对，后面都对", "wrong along dim=1 up to index 1"),
        (WANT, np.where(WANT > 1, np.nan, WANT), "是 nan 或 inf", "nan or inf"),
        (WANT, np.round(WANT, 4) + 1e-4, "只差在末位", "the last digit"),
        (np.round(WANT, 4), np.round(WANT, 4) + 2e-5, "印出来的数都一样，只有和不同", "their sum does not"),
        (3.5, -3.5, "符号反了", "the sign is flipped"),
        (10, 9, "正好少了 1", "exactly 1 too little"),
        (WANT, WANT[::-1] ** 2, "形状对，12 个数全不对", "none of the 12 numbers is"),
    ],
)
def test_what_is_known(want, got, zh, en):
    found = said(want, got)
    assert zh in found[0] and en in found[1]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_of_unrelated_numbers_only_how_many_are_wrong_is_said(seed):
    g = np.random.default_rng(seed)
    shape = tuple(g.integers(2, 5, size=g.integers(1, 4)))
    if np.prod(shape) >= 4:
        zh, _ = said(g.normal(size=shape), g.normal(size=shape))
        assert zh.startswith("形状对") or "符号" in zh


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.5, 2.0, 3.0, -2.0]), st.integers(3, 5))
def test_a_factor_is_found_whatever_the_rounding_and_not_where_one_number_departs_from_it(seed, factor, digits):
    want = np.random.default_rng(seed).normal(size=(2, 4))
    got = want * factor
    assert f"应有的 {factor:g} 倍" in said(want, got, digits)[0]
    got[1, 2] += 1
    assert "倍" not in said(want, got, digits)[0]


@pytest.mark.parametrize(
    "want, got",
    [
        ("True", "False"),
        ("left", "right"),
        (tensor_text(WANT, 4), "(3, 4) [[[[" + "[" * 5000 + " sum=1"),
        (tensor_text(WANT, 4), "(3, 4) [1, [2]] sum=1"),
        (tensor_text(WANT, 4), "(2, 2) [1, 2, 3] sum=1"),
        (tensor_text(WANT, 4), "(1,) [" + "9" * 400 + "] sum=1"),
        ("10", "7"),
        ("3.2", "1.1"),  # one number has a factor and a difference to any other
        ("3.5", "3.6"),  # which may be 3.5000
        ("1", "9" * 30_000),
    ],
)
def test_about_other_texts_nothing_is_said(want, got):
    assert difference(want, got) is None


def test_a_mask_is_not_called_reversed():
    """Of zeros and ones too much would fit by accident."""
    zh, _ = said(np.array([[1, 1, 0], [1, 0, 0]]), np.array([[0, 1, 1], [0, 0, 1]]))
    assert "颠倒" not in zh and "形状对" in zh


def test_of_several_values_the_first_that_differs_is_compared():
    assert difference("(2,) [1, 2] sum=3  3.5", "(2,) [1, 2] sum=3  -3.5")[1] == "the sign is flipped"
