# ---
# jupyter:
#   course:
#     exercise: E01
#     banned:
#       rnn_step: [RNN, RNNCell, RNNBase, RNNCellBase, rnn_tanh, rnn_tanh_cell, rnn_relu, rnn_relu_cell]
#       rnn_forward: [RNN, RNNCell, RNNBase, RNNCellBase, rnn_tanh, rnn_tanh_cell, rnn_relu, rnn_relu_cell]
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-02", "H-05"]
# # E01 · 写一个记得住的网络
#
# **基础 ⭐⭐⭐ · 10 分 · 约 30 分钟** · 配套章节：[02 循环单元](../../notebooks/zh/02_rnn_cell.ipynb)
#
# 普通网络每次都从零看起：读到“不好吃”的“吃”字时，前面的“不”早就没了。1990 年 Elman 的办法很朴素：把隐藏层的值抄一份，下一步再送回来。
# 网络从此有了记忆。
#
# 你要写的就是这个网络，核心只有一行公式，加上一个循环。写完之后，`nn.RNN` 对你不再是黑盒：每一步乘了什么、加了什么、往下传了什么，你都说得出来。
# 以后的 LSTM 和 GRU，换的也只是这一行。

# %% [markdown] lang="en" of="9d2a3f83.a5003163"
# # E01 · A network that remembers
#
# **Basic ⭐⭐⭐ · 10 points · about 30 minutes** · goes with chapter [02 The recurrent cell](../../notebooks/en/02_rnn_cell.ipynb)
#
# An ordinary network starts from nothing every time: by the last word of "not good at all", the "not" is long gone. In 1990 Elman's remedy was
# disarmingly simple: copy the hidden layer, and feed the copy back in at the next step. Now the network has a memory.
#
# That network is what you will write: one line of formula and one loop around it. Afterwards `nn.RNN` is no longer a black box, because you can say
# what each step multiplies, what it adds and what it hands on. LSTM and GRU, later on, change nothing but that one line.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")              # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E01", SEED)

# %% [markdown] name="task" covers=["C-02", "C-03"]
# ## 任务
#
# ```
#            y_1                y_2                y_3
#             ▲                  ▲                  ▲
# h_0 ──▶ [ 一步 ] ── h_1 ──▶ [ 一步 ] ── h_2 ──▶ [ 一步 ] ── h_3 ──▶ …
#             ▲                  ▲                  ▲
#            x_1                x_2                x_3
# ```
#
# 三个方框是同一个方框：同样的权重，用了三次。箭头只在状态之间横着走，输入之间没有连线。对**一个**样本，向量竖着写：
#
# $$h_t = \tanh(W_x\,x_t + W_h\,h_{t-1} + b), \qquad y_t = W_y\,h_t + b_y$$
#
# | 名字 | 是什么 | 代码里的形状 |
# |---|---|---|
# | `x` | 一批序列，批在前 | `(B, T, I)` |
# | `h0` | 读第一个输入之前的状态 | `(B, H)` |
# | `W_x`, `W_h`, `b` | 输入权重、循环权重、偏置 | `(H, I)`, `(H, H)`, `(H,)` |
# | `W_y`, `b_y` | 输出权重、输出偏置 | `(O, H)`, `(O,)` |
# | `hs`, `ys` | 每一步的状态和输出 | `(B, T, H)`, `(B, T, O)` |
#
# 公式里的 $x_t$ 是一**列**，代码里每个样本却占一**行**。动手之前先想一想：怎样写，才能让同一个公式对每一行都成立？

# %% [markdown] lang="en" of="bf1697d0.d3dd8f06"
# ## The task
#
# ```
#            y_1                y_2                y_3
#             ▲                  ▲                  ▲
# h_0 ──▶ [ step ] ── h_1 ──▶ [ step ] ── h_2 ──▶ [ step ] ── h_3 ──▶ …
#             ▲                  ▲                  ▲
#            x_1                x_2                x_3
# ```
#
# The three boxes are one box, the same weights used three times. Arrows run sideways between states only; the inputs are not connected to each other.
# For *one* sample, with vectors standing upright:
#
# $$h_t = \tanh(W_x\,x_t + W_h\,h_{t-1} + b), \qquad y_t = W_y\,h_t + b_y$$
#
# | name | what it is | shape in code |
# |---|---|---|
# | `x` | a batch of sequences, batch first | `(B, T, I)` |
# | `h0` | the state before the first input is read | `(B, H)` |
# | `W_x`, `W_h`, `b` | input weights, recurrent weights, bias | `(H, I)`, `(H, H)`, `(H,)` |
# | `W_y`, `b_y` | output weights, output bias | `(O, H)`, `(O,)` |
# | `hs`, `ys` | state and output of every step | `(B, T, H)`, `(B, T, O)` |
#
# In the formula $x_t$ is a *column*; in the code every sample is a *row*. How to make one formula hold for all rows at once is worth a minute's
# thought before you type.

# %% name="fixture"
# 各不相同：除了方阵 W_h，转置写错就会报错 || all different: a wrong transpose raises, except for the square W_h
B, T, I, H, O = 2, 5, 6, 4, 3


def network(k):
    """第 k 组随机数：x, h0, W_x, W_h, b, W_y, b_y || The k-th set of random numbers: x, h0, W_x, W_h, b, W_y, b_y"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    shapes = (B, T, I), (B, H), (H, I), (H, H), (H,), (O, H), (O,)
    return [0.7 * torch.randn(shape, generator=g) for shape in shapes]


# %% [markdown] name="part-1"
# ## 1 · 走一步
#
# 把 $h_t$ 的公式写成 `rnn_step`，一次处理一批：`x_t` 是 `(B, I)`，`h_prev` 是 `(B, H)`，返回 `(B, H)`。传进来的张量只读，不要改动。
#
# 把 `raise NotImplementedError` 换成你的代码，运行答案格，再运行它下面的检查格。卡住了就打开提示，一条一条来。

# %% [markdown] lang="en" of="c4722ef9.f2a2b386"
# ## 1 · One step
#
# Turn the formula for $h_t$ into `rnn_step`, for a whole batch at a time: `x_t` is `(B, I)`, `h_prev` is `(B, H)`, and the result is `(B, H)`.
# Read the tensors you are given; do not change them.
#
# Put your code in place of `raise NotImplementedError`, run the answer cell, then the check cell below it. If you are stuck, unfold the hints one at a time.

# %% [markdown] name="hint-step-1"
# <details><summary>提示 1：从形状想起</summary>
#
# 拿一张纸，把每个张量的形状写在它的名字下面。`x_t` 是 `(B, I)`，结果要 `(B, H)`。`W_x` 是 `(H, I)`，它怎样摆才能把 `I` 换成 `H`？
#
# </details>

# %% [markdown] lang="en" of="de6fcdb8.46e52cda"
# <details><summary>Hint 1: begin with the shapes</summary>
#
# On paper, write the shape of each tensor under its name. `x_t` is `(B, I)` and the result must be `(B, H)`. `W_x` is `(H, I)`: which way round
# does it turn an `I` into an `H`?
#
# </details>

# %% [markdown] name="hint-step-2"
# <details><summary>提示 2：列变成行</summary>
#
# 一列 $W x$ 躺平成一行，就是 $(W x)^\top = x^\top W^\top$：顺序反过来，权重转置。这条规则对 $W_x$ 和 $W_h$ 一样有效。
# `W_h` 是方阵，转不转置形状都对，程序不会替你报错，所以要靠公式来定。
#
# </details>

# %% [markdown] lang="en" of="aab59b3c.0927b729"
# <details><summary>Hint 2: from columns to rows</summary>
#
# Lay a column $W x$ on its side and you get $(W x)^\top = x^\top W^\top$: the order flips and the weights are transposed. The rule is the same for
# $W_x$ and for $W_h$. `W_h` is square, so both ways round have the right shape and Python will not complain: let the formula decide.
#
# </details>

# %% [markdown] name="hint-step-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
# return torch.tanh(x_t @ ______ + h_prev @ ______ + ______)
# ```
#
# </details>

# %% [markdown] lang="en" of="d6cbc27e.6749a32a"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
# return torch.tanh(x_t @ ______ + h_prev @ ______ + ______)
# ```
#
# </details>

# %% name="rnn_step" tags=["solution"]
def rnn_step(x_t, h_prev, W_x, W_h, b):
    """走一步：x_t (B, I), h_prev (B, H), W_x (H, I), W_h (H, H), b (H,)
    -> h_t (B, H) || One step: x_t (B, I), h_prev (B, H), W_x (H, I), W_h (H, H), b (H,)
    -> h_t (B, H)"""
    ### BEGIN SOLUTION
    return torch.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
    ### END SOLUTION


# %% [markdown] name="about-check-step"
# **检查（3 分）。** 四行各问一件事：一批两个样本；只有一个样本；把偏置压到 −30，状态应当紧贴 −1（想一想为什么是 −1）；调用之后 `h_prev` 还是原来的样子。
# ✓ 表示和参考答案相同；✗ 会告诉你应得的值，认得出的误解还会说明是哪一种。

# %% [markdown] lang="en" of="64fa6479.717c4aa1"
# **Check (3 points).** Four lines, one question each: a batch of two; a batch of one; a bias of −30, which should pin the memory at −1 (why −1?);
# and whether `h_prev` is still what it was. ✓ means "same as the solution"; ✗ shows the value you should have got and, where it recognises the misconception, says which one it is.

# %% name="check-step" tags=["check"] points=3 of="rnn_step"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-step") as show:
    x, h0, W_x, W_h, b, _, _ = network(1)
    show("两个样本走一步 || one step, two samples", rnn_step(x[:, 0], h0, W_x, W_h, b))
    show("一个样本走一步 || one step, one sample", rnn_step(x[:1, 1], h0[:1], W_x, W_h, b))
    show("偏置 -30 || bias -30", rnn_step(x[:, 0], h0, W_x, W_h, b - 30))
    show("调用之后的 h_prev || h_prev after the calls", h0)

# %% [markdown] name="part-2"
# ## 2 · 走完整个序列
#
# `rnn_forward` 从 `h0` 出发，一步一步读完 `x`，把每一步的状态收进 `hs`，再由状态算出每一步的输出 `ys`。
# 循环的骨架已经搭好，补上两处：循环里面怎样走一步，循环之后怎样把一串状态变成 `hs` 和 `ys`。
# `hs[:, 0]` 是读完第一个输入**之后**的状态；`h0` 不在 `hs` 里。

# %% [markdown] lang="en" of="6a874671.a155b182"
# ## 2 · The whole sequence
#
# `rnn_forward` starts from `h0`, reads `x` one step at a time, collects the state of every step in `hs`, and computes every output `ys` from the states.
# The frame of the loop is there; fill in the two gaps: what one turn of the loop does, and how the list of states becomes `hs` and `ys`.
# `hs[:, 0]` is the state *after* the first input; `h0` itself is not part of `hs`.

# %% [markdown] name="hint-forward-1"
# <details><summary>提示 1：谁变，谁不变</summary>
#
# 每转一圈，只有两样东西在变：读到的输入，和手里的状态 `h`。权重从头到尾是同一份。这一圈结束时，下一圈需要的东西必须已经在 `h` 里。
#
# </details>

# %% [markdown] lang="en" of="a8ff7a05.1e0d3bff"
# <details><summary>Hint 1: what changes, what stays</summary>
#
# From one turn to the next only two things change: the input being read and the state `h` in your hand. The weights stay the same throughout. At the end
# of a turn, whatever the next turn needs must already be in `h`.
#
# </details>

# %% [markdown] name="hint-forward-2"
# <details><summary>提示 2：轴的次序</summary>
#
# `x` 的三个轴是批、时间、特征，所以第 `t` 步的一批输入是 `x[:, t]`。循环之后，`states` 里有 `T` 个 `(B, H)`，新添的时间轴要插在批和特征之间。
# 输出层对每一步都一样，`hs @ …` 会自动作用在最后一个轴上，不必再写一个循环。
#
# </details>

# %% [markdown] lang="en" of="95d63fcf.a6fb6c43"
# <details><summary>Hint 2: the order of the axes</summary>
#
# The axes of `x` are batch, time, feature, so the batch of inputs at step `t` is `x[:, t]`. After the loop `states` holds `T` tensors of shape `(B, H)`, and the new
# time axis belongs between batch and feature. The output layer is the same at every step, and `hs @ …` acts on the last axis by itself: no second loop.
#
# </details>

# %% [markdown] name="hint-forward-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#         h = rnn_step(______, ______, W_x, W_h, b)
#         states.append(______)
#     ...
#     hs = torch.stack(states, dim=______)
#     ys = hs @ ______ + ______
# ```
#
# </details>

# %% [markdown] lang="en" of="d3bf71a8.29a90556"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#         h = rnn_step(______, ______, W_x, W_h, b)
#         states.append(______)
#     ...
#     hs = torch.stack(states, dim=______)
#     ys = hs @ ______ + ______
# ```
#
# </details>

# %% name="rnn_forward" tags=["solution"]
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    """走完序列：x (B, T, I), h0 (B, H), W_y (O, H), b_y (O,)
    -> ys (B, T, O), hs (B, T, H) || The whole sequence: x (B, T, I), h0 (B, H), W_y (O, H), b_y (O,)
    -> ys (B, T, O), hs (B, T, H)"""
    h, states = h0, []
    for t in range(x.shape[1]):
        # 走一步，收下新状态 || take one step, keep the new state
        ### BEGIN SOLUTION
        h = rnn_step(x[:, t], h, W_x, W_h, b)      # (B, H)
        states.append(h)
        ### END SOLUTION
    # 一串状态 -> hs，再由 hs -> ys || the list of states -> hs, then hs -> ys
    ### BEGIN SOLUTION
    hs = torch.stack(states, dim=1)                # (B, T, H)
    ys = hs @ W_y.T + b_y                            # (B, T, O)
    ### END SOLUTION
    return ys, hs


# %% [markdown] name="about-check-states"
# **检查状态（3 分）。** 先看形状，再看第一、第三和最后一步。第一步对、第三步不对，多半是状态没有传下去。

# %% [markdown] lang="en" of="6ead082d.72883532"
# **Check the states (3 points).** First the shape, then steps one, three and last. If step one is right and step three is not, the memory is probably not being handed on.

# %% name="check-states" tags=["check"] points=3 of="rnn_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-states") as show:
    ys, hs = rnn_forward(*network(2))
    show("hs 的形状 || shape of hs", str(tuple(hs.shape)))
    show("第一步之后的状态 || state after step one", hs[:, 0])
    show("第三步之后的状态 || state after step three", hs[:, 2])
    show("最后的状态 || last state", hs[:, -1])

# %% [markdown] name="about-check-outputs"
# **检查输出（2 分）。** 输出层是线性的：输出可以大于 1，也可以小于 −1。

# %% [markdown] lang="en" of="8e52e82a.8faf4d84"
# **Check the outputs (2 points).** The output layer is linear: an output may be above 1 or below −1.

# %% name="check-outputs" tags=["check"] points=2 of="rnn_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-outputs") as show:
    ys, hs = rnn_forward(*network(3))
    show("每一步的输出 || output of every step", ys)

# %% [markdown] name="about-check-edges"
# **检查边界（1 分）。** 先猜再运行：
# - 长度为 1 的序列，应当恰好等于走一步。
# - 输入、初始状态、偏置全是 0，状态会停在哪里？每一步的输出会等于谁？
# - 读两步，停下，拿着当时的状态再读三步：和一口气读五步有没有区别？
# - 用完之后，`h0` 还是原来的 `h0` 吗？

# %% [markdown] lang="en" of="68f65064.0f3c23d6"
# **Check the edges (1 point).** Guess first, then run:
# - A sequence of length 1 should be exactly one step.
# - With inputs, initial state and bias all zero, where does the state stay? What does every output equal?
# - Read two steps, stop, and read the other three starting from the state you had: is it the same as reading all five in one go?
# - After all this, is `h0` still the `h0` you were given?

# %% name="check-edges" tags=["check"] points=1 of="rnn_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-edges") as show:
    x, h0, W_x, W_h, b, W_y, b_y = network(4)
    ys, hs = rnn_forward(x[:, :1], h0, W_x, W_h, b, W_y, b_y)
    show("长度为 1，状态 || length 1, states", hs)
    show("长度为 1，输出 || length 1, outputs", ys)
    silent = torch.zeros(B, T, I), torch.zeros(B, H), W_x, W_h, torch.zeros(H), W_y, b_y
    ys, hs = rnn_forward(*silent)
    show("输入、初始状态、b 全 0，最后的状态 || input, h0 and b all zero: last state", hs[:, -1])
    show("输入、初始状态、b 全 0，最后的输出 || input, h0 and b all zero: last output", ys[:, -1])
    _, first = rnn_forward(x[:, :2], h0, W_x, W_h, b, W_y, b_y)
    ys, _ = rnn_forward(x[:, 2:], first[:, -1], W_x, W_h, b, W_y, b_y)
    show("读两步，再读三步 || two steps, then three", ys)
    ys, _ = rnn_forward(x, h0, W_x, W_h, b, W_y, b_y)
    show("一口气读五步，后三步 || five in one go, the last three", ys[:, 2:])
    show("调用之后的 h0 || h0 after the calls", h0)

# %% [markdown] name="about-check-nn-RNN"
# **最后一关：`nn.RNN`（1 分）。** 同样的权重交给 PyTorch，序列换成 50 步。两个网络的状态最多差多少？
# （`nn.RNN` 有两个偏置，`bias_ih` 和 `bias_hh`，它们总是相加，所以把第二个设为 0。）

# %% [markdown] lang="en" of="df5769b6.8555bee4"
# **The last gate: `nn.RNN` (1 point).** Give the same weights to PyTorch and make the sequence 50 steps long. By how much do the two networks differ at most?
# (`nn.RNN` has two biases, `bias_ih` and `bias_hh`. They are only ever added together, so the second one is set to 0.)

# %% name="check-nn-RNN" tags=["check"] points=1 of="rnn_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
_, h0, W_x, W_h, b, W_y, b_y = network(5)
x = torch.cat([network(k)[0] for k in range(5, 15)], dim=1)      # (B, 50, I)
with check("check-nn-RNN"):
    ys, hs = rnn_forward(x, h0, W_x, W_h, b, W_y, b_y)

# 等你的函数算完，再请它来 || it is asked only when your function is done
theirs = torch.nn.RNN(I, H, batch_first=True)
names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
theirs.load_state_dict(dict(zip(names, (W_x, W_h, b, torch.zeros(H)))))
with torch.no_grad():
    their_hs, _ = theirs(x, h0[None])
with check("check-nn-RNN") as show:
    show("50 步的状态 || states of 50 steps", str(tuple(hs.shape)))
    show("与 nn.RNN 的最大差别 || largest difference from nn.RNN", (hs - their_hs).abs().max())
    show("最后的输出 || last output", ys[:, -1])

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你写出了一个完整的循环网络，和 `nn.RNN` 只差舍入误差：一份权重，用 `T` 次，靠一个 `(B, H)` 的状态把过去带到现在。
# 它不关心序列有多长，也随时可以停下来，存好状态，下次接着读。
#
# **想一想**（不计分）：走到第 100 步时，$h_{100}$ 里还有 $x_1$ 的痕迹吗？把 `W_h` 换成 `0.1 * W_h`，痕迹会留得更久还是更短？
# 你现在就可以用 `rnn_forward` 做这个实验：只改 `x[:, 0]`，看 `hs[:, -1]` 变了多少。第 04 章会用显微镜看同一件事。

# %% [markdown] lang="en" of="a580bb3e.015ec993"
# ## What you can do now
#
# You have written a complete recurrent network, the same as `nn.RNN` up to rounding: one set of weights, used `T` times, with a state of shape `(B, H)`
# carrying the past into the present. It does not care how long the sequence is, and it can stop anywhere, put its state aside, and read on later.
#
# **To think about** (no points): at step 100, is there any trace of $x_1$ left in $h_{100}$? If you replace `W_h` by `0.1 * W_h`, does the trace last
# longer or fade sooner? You can run the experiment with your own `rnn_forward`: change `x[:, 0]` only, and see how much `hs[:, -1]` moves.
# Chapter 04 puts the same question under a microscope.

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
