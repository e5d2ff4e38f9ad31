"""The longest chain of operations."""

import pytest
import torch

from course_utils.depth import serial_depth


def test_a_chain_is_as_long_as_its_operations():
    x = torch.ones(3, requires_grad=True)
    y = x
    for _ in range(10):
        y = y * 2
    assert serial_depth(y) == 10


def test_what_could_be_done_at_once_is_not_added_up():
    x = torch.ones(3, requires_grad=True)
    assert serial_depth((x * 2) + (x * 3) + (x * 4)) == serial_depth((x * 2) + (x * 3)) + 1
    assert serial_depth((x * 2) + (x * 3)) == 2


def test_a_graph_deeper_than_the_recursion_limit():
    x = torch.ones(1, requires_grad=True)
    y = x
    for _ in range(5000):
        y = y + 1
    assert serial_depth(y) == 5000


def test_without_a_graph_it_says_what_to_do():
    with pytest.raises(RuntimeError, match="requires_grad"):
        serial_depth(torch.ones(1))
