"""The padding X-ray: what is read from the batch, against torch's own RNN, packed and padded."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from course_utils import language
from course_utils.explore import Explorer

from .driving import press, state


def setting(seed):
    g = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64)

    def cell():
        return {"W_x": normal(2), "W_h": normal(2, 2), "b": normal(2)}

    lengths = torch.randint(1, 9, (4,), generator=g)
    return {"x": normal(4, 8), "lengths": lengths, "padding": 0.4, "forward": cell(), "backward": cell()}


def network(s):
    rnn = nn.RNN(1, 2, batch_first=True, bidirectional=True).double()
    weights = {}
    for suffix, cell in (("", s["forward"]), ("_reverse", s["backward"])):
        weights |= {f"weight_ih_l0{suffix}": cell["W_x"][:, None], f"weight_hh_l0{suffix}": cell["W_h"]}
        weights |= {f"bias_ih_l0{suffix}": cell["b"], f"bias_hh_l0{suffix}": torch.zeros(2).double()}
    rnn.load_state_dict(weights)
    return rnn


@torch.no_grad()
def differences(s, read):
    """Of each sequence, how far the two halves read in the batch are from those read alone."""
    rnn, lengths = network(s), s["lengths"]
    seqs = [x[:L, None] for x, L in zip(s["x"], lengths.tolist())]
    padded = pad_sequence(seqs, batch_first=True, padding_value=s["padding"])
    alone = [rnn(seq[None]) for seq in seqs]
    if read == "packed":
        _, h_n = rnn(pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False))
        here, there = torch.cat([h_n[0], h_n[1]], 1), torch.stack([torch.cat([h[0, 0], h[1, 0]]) for _, h in alone])
    else:
        out, _ = rnn(padded)
        here = out[:, -1] if read == "column" else out[torch.arange(4), lengths - 1]
        there = torch.stack([o[0, -1] for o, _ in alone])
    return (here - there).abs().unflatten(1, (2, 2)).amax(2)  # (4, halves)


def plain(s):
    if isinstance(s, dict):
        return {k: plain(v) for k, v in s.items()}
    return s.tolist() if isinstance(s, torch.Tensor) else s


@pytest.mark.parametrize("read", ["column", "own", "packed"])
@pytest.mark.parametrize("seed", range(4))
def test_differences_are_those_of_torch(show, seed, read):
    s = setting(seed)
    got = state(show(Explorer("xray")), read=read, **plain(s))
    found = torch.tensor([[d["f"], d["b"]] for d in got["differences"]], dtype=torch.float64)
    assert torch.allclose(found, differences(s, read), rtol=0, atol=1e-12)
    packed = pack_padded_sequence(torch.zeros(4, 8, 1), s["lengths"], batch_first=True, enforce_sorted=False)
    assert got["batch_sizes"] == packed.batch_sizes.tolist()
    assert got["padded"] == (s["lengths"].max() - s["lengths"]).sum()


def test_mission_by_keyboard(show):
    language.use("English")
    page = show(Explorer("xray"))
    assert not state(page)["reached"] and page.locator("#mission").inner_text().startswith("○")
    press(page, "#LB", *["ArrowLeft"] * 5)
    press(page, "#LD", *["ArrowLeft"] * 4)
    assert state(page)["lengths"] == [5, 3, 3, 2]
    assert state(page)["reached"] and page.locator("#mission").inner_text().startswith("✓")
    press(page, "#restore", "Enter")
    assert state(page)["lengths"] == [5, 8, 3, 6]


def test_reading_is_told_in_words_and_equal_lengths_have_no_padding(show):
    language.use("English")
    page = show(Explorer("xray"))
    says = page.locator("#says")
    told = set()
    for read in ("column", "own", "packed"):
        page.select_option("#read", read)
        told.add(says.inner_text())
    assert len(told) == 3 and all(text.startswith("10 of 32") for text in told)
    page.select_option("#read", "column")
    for name in "ABCD":
        press(page, f"#L{name}", "Home")
    assert state(page)["padded"] == 0 and "without padding" in says.inner_text()
    assert all(d == {"f": 0, "b": 0} for d in state(page)["differences"])


def test_the_end_of_a_row_can_be_dragged(show):
    page = show(Explorer("xray"))
    box = page.locator("#pic").bounding_box()
    scale = box["width"] / 744

    def at(column, row):
        return box["x"] + (44 + (column - 0.5) * 52) * scale, box["y"] + (40 + (row + 0.5) * 34) * scale

    page.mouse.move(*at(5, 0))
    page.mouse.down()
    page.mouse.move(*at(2, 0))
    page.mouse.up()
    page.mouse.move(*at(7, 0))
    assert state(page)["lengths"] == [2, 8, 3, 6]


def test_mask_instead_of_values(show):
    page = show(Explorer("xray"))
    page.select_option("#cells", "mask")
    assert page.evaluate("[...pic.querySelectorAll('text')].filter(t => t.textContent === '1').length") >= 22
