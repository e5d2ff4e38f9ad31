import logging
import warnings

import matplotlib
import numpy as np
import pytest
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.colors import rgb_to_hsv, to_rgb

from course_utils import language, plotting, training
from course_utils.plotting.strip import SIGNED

CHINESE = "循环神经网络：隐藏状态、梯度消失与爆炸，“遗忘门”；乘数小于一。龘"
MIXED = "谱半径 $\\rho = -0.9$，梯度 $\\|\\partial h_T/\\partial h_{T-k}\\|$，输入 −3"


@pytest.fixture(autouse=True)
def fresh():
    with matplotlib.rc_context():
        yield
    plt.close("all")
    language.use("中文")


def complaints(draw, caplog):
    """Everything matplotlib says while `draw` runs: warnings, and the log lines of mathtext."""
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        draw()
    return [str(w.message) for w in caught] + [r.getMessage() for r in caplog.records]


def draw_text():
    fig, ax = plt.subplots()
    ax.plot([-3, 0], [-1, 1])
    ax.set(title=MIXED, xlabel=CHINESE)
    fig.canvas.draw()


def test_chinese_mathematics_and_minus_in_one_string_have_their_glyphs(caplog):
    plotting.style()
    assert complaints(draw_text, caplog) == []


def test_without_the_style_the_same_text_would_be_boxes(caplog):
    matplotlib.rcdefaults()
    plt.rcParams["font.family"] = ["DejaVu Sans"]
    assert any("Glyph" in line or "glyph" in line for line in complaints(draw_text, caplog))


def test_the_font_has_the_glyphs():
    plotting.style()
    name = plt.rcParams["font.family"][0]
    font = font_manager.get_font(font_manager.findfont(name, fallback_to_default=False))
    assert set(map(ord, CHINESE + "−")) <= set(font.get_charmap())


def test_style_twice_registers_the_font_once():
    plotting.style()
    before = len(font_manager.fontManager.ttflist)
    plotting.style()
    assert len(font_manager.fontManager.ttflist) == before


def test_a_missing_font_names_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="pip install zhplot"):
        plotting.style()


def test_lines_differ_without_colour():
    plotting.style()
    cycle = list(plt.rcParams["axes.prop_cycle"])
    assert len({str(c["linestyle"]) for c in cycle}) == len({c["color"] for c in cycle}) == len(cycle) >= 6


def test_signed_colours_get_lighter_and_turn_from_blue_through_grey_to_yellow():
    lightness = SIGNED(np.linspace(0, 1, 101))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()
    below, zero, above = (rgb_to_hsv(to_rgb(SIGNED(v))) for v in (0.1, 0.5, 0.9))
    assert 0.5 < below[0] < 0.75 and zero[1] < 0.02 and 0.08 < above[0] < 0.2


# --- figures


def words(fig):
    return [t.get_text() for t in fig.findobj(matplotlib.text.Text) if t.get_text()]


def arrows(fig):
    """(start, end) of every arrow, in data units."""
    return [(tuple(a.xyann), tuple(a.xy)) for a in fig.findobj(matplotlib.text.Annotation)]


def test_unrolled_graph_has_every_state_once_and_the_arrows_go_the_right_way():
    T = 4
    fig = plotting.unrolled_graph(T)
    for name in ["h_0", *(f"{v}_{{{t}}}" for v in "xhy" for t in range(1, T + 1))]:
        assert words(fig).count(f"${name}$") == 1
    assert words(fig).count("$W_h$") == words(fig).count("$A$") == T
    place = {t.get_text(): t.get_position() for t in fig.findobj(matplotlib.text.Text)}
    up = [(a, b) for a, b in arrows(fig) if a[0] == b[0]]
    across = sorted((a, b) for a, b in arrows(fig) if a[1] == b[1])
    assert len(up) == 2 * T and all(b[1] > a[1] for a, b in up)
    assert len(across) == T + 1 and all(b[0] > a[0] for a, b in across)
    for t in range(1, T + 1):
        assert place[f"$x_{{{t}}}$"][0] == place[f"$y_{{{t}}}$"][0] == t
        (start, _), (end, _) = across[t]  # the arrow that leaves step t carries h_t
        assert start < place[f"$h_{{{t}}}$"][0] and t < start < t + 1


def test_unrolled_graph_with_own_labels_and_without_outputs():
    fig = plotting.unrolled_graph(3, inputs=list("猫追狗"), outputs=[])
    assert {"猫", "追", "狗"} <= set(words(fig)) and not any("y_" in w or "W_y" in w for w in words(fig))
    with pytest.raises(ValueError, match="3 inputs"):
        plotting.unrolled_graph(3, inputs=list("ab"))
    with pytest.raises(ValueError):
        plotting.unrolled_graph(0)


def test_heat_strip_puts_time_right_units_down_and_zero_in_the_middle():
    values = torch.tensor([[0.0, 1.0], [-1.0, 0.5], [0.2, -0.3]])  # (T=3, H=2)
    fig, ax = plt.subplots()
    image = plotting.heat_strip(ax, values, first=0)
    assert np.allclose(image.get_array(), values.T) and image.get_clim() == (-1, 1)
    assert image.get_extent() == [-0.5, 2.5, 2.5, 0.5]  # times 0, 1, 2; unit 1 on top
    assert np.allclose(image.cmap(image.norm(0.0))[:3], 150 / 255, atol=0.02)
    with pytest.raises(ValueError, match=r"\(T, H\)"):
        plotting.heat_strip(ax, values[0])


@pytest.mark.parametrize("name", ["中文", "English"])
def test_every_axis_is_labelled_in_the_language_and_no_glyph_is_missing(name, caplog):
    language.use(name)
    plotting.style()
    history = training.History([3.0, 2.0, 1.5, 1.2], [1.0, 0.5, 0.2, 0.1], [2.5, 1.4])

    def draw():
        plotting.learning_curves(history)
        plotting.unrolled_graph(2)
        _, (top, bottom) = plt.subplots(2, 1)
        plotting.heat_strip(top, torch.zeros(4, 3))
        plotting.lag_profile(bottom, {language.say("零输入 $x_t=0$", "zero input $x_t=0$"): torch.logspace(0, -6, 20)})
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()

    assert complaints(draw, caplog) == []
    labelled = [ax for n in plt.get_fignums() for ax in plt.figure(n).axes if ax.axison]
    assert len(labelled) == 5 and all(ax.get_ylabel() for ax in labelled)
    text = "".join(w for n in plt.get_fignums() for w in words(plt.figure(n)))
    assert any("一" <= c <= "鿿" for c in text) == (name == "中文")


def test_learning_curves_place_validation_at_the_end_of_each_epoch():
    left = plotting.learning_curves(training.History([4, 3, 2, 1], [1, 1, 1, 1], [3.5, 1.5])).axes[0]
    assert left.lines[0].get_xdata().tolist() == [1, 2, 3, 4] and left.lines[1].get_xdata().tolist() == [2, 4]


def test_stretch_draws_where_the_circle_goes_and_says_how_far():
    fig, ax = plt.subplots()
    plotting.stretch(ax, torch.tensor([[0.0, -3.0], [0.5, 0.0]]))
    circle, ellipse = (line.get_xydata() for line in ax.lines[:2])
    assert np.allclose(np.linalg.norm(circle, axis=1), 1)
    assert np.allclose(np.abs(ellipse).max(axis=0), [3, 0.5])
    assert [text.get_text()[-6:] for text in ax.get_legend().get_texts()[-2:]] == ["× 3.00", "× 0.50"]
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        plotting.stretch(ax, torch.eye(3))


def test_tanh_slope_draws_tangents():
    _, axes = plt.subplots(1, 2)
    left, right = plotting.tanh_slope(*axes, at=(0, 2))
    for line, point in zip(left.lines[1:], (0, 2)):
        (x0, y0), (x1, y1) = line.get_xydata()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(1 - np.tanh(point) ** 2)
        assert (y0 + y1) / 2 == pytest.approx(np.tanh(point))
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in axes)
