# ---
# jupyter:
#   course:
#     exercise: E04
#     banned:
#       lstm_cell: [LSTM, LSTMCell, RNNBase, RNNCellBase, lstm, lstm_cell]
#       lstm_forward: [LSTM, LSTMCell, RNNBase, RNNCellBase, lstm, lstm_cell]
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-03"]
# # E04 · 会记也会忘的单元
#
# **基础 ⭐⭐⭐⭐ · 10 分 · 约 40 分钟** · 配套章节：[05 LSTM](../../notebooks/zh/05_lstm.ipynb)
#
# 普通 RNN 每走一步，都把整份记忆重写一遍，写着写着，最早的那句话就没了。LSTM 换了个主意：记忆放在一条单独的传送带上，
# 擦不擦、写不写、亮不亮出来，各由一个门决定；不擦也不写，它就原样往前送。
# 你会写出这个单元，让它走完一个序列，再亲手拧一颗小小的螺丝：遗忘门的偏置。这颗螺丝一转，同一个网络记得住的步数就完全不同，第 05、07 章会量给你看。

# %% [markdown] lang="en" of="93164d22.cc5b985f"
# # E04 · A cell that remembers and forgets
#
# **Basic ⭐⭐⭐⭐ · 10 points · about 40 minutes** · goes with chapter [05 LSTM](../../notebooks/en/05_lstm.ipynb)
#
# A plain RNN rewrites its whole memory at every step, and sooner or later the first sentence is gone. The LSTM has another idea: memory rides on a conveyor belt of its
# own, three gates decide what to erase, what to write and what to show, and what is neither erased nor overwritten simply moves along. You will write this cell, run it along a
# sequence, and then turn one small screw yourself: the bias of the forget gate. That screw alone decides how many steps the same network can remember, as chapters 05 and 07 measure.

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
check = Exercise("E04", SEED)

# %% [markdown] name="task" covers=["C-21"]
# ## 任务
#
# 对*一个*样本、竖着写的向量：
#
# $$\begin{aligned}
# i_t &= \sigma(W_{ii}x_t + b_{ii} + W_{hi}h_{t-1} + b_{hi}) &&\text{写多少}\\
# f_t &= \sigma(W_{if}x_t + b_{if} + W_{hf}h_{t-1} + b_{hf}) &&\text{留多少}\\
# g_t &= \tanh(W_{ig}x_t + b_{ig} + W_{hg}h_{t-1} + b_{hg}) &&\text{写什么}\\
# o_t &= \sigma(W_{io}x_t + b_{io} + W_{ho}h_{t-1} + b_{ho}) &&\text{亮出多少}\\[4pt]
# c_t &= f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)
# \end{aligned}$$
#
# 代码里四块权重叠成一个矩阵，从上到下依次是 **i, f, g, o**，每块 `H` 行；这是 PyTorch 的次序，别的框架和论文各有各的排法。
#
# ```
#            W_ih (4H, I)    W_hh (4H, H)    b_ih (4H,)   b_hh (4H,)
# 行 0…H-1      i               i               i            i
# 行 H…2H-1     f               f               f            f
# 行 2H…3H-1    g               g               g            g
# 行 3H…4H-1    o               o               o            o
# ```
#
# 状态永远成对出现：`(h, c)`，`h` 在前，形状都是 `(B, H)`。传进来的张量只读，不要改动。

# %% [markdown] lang="en" of="b3028f1a.e5d895f8"
# ## The task
#
# For *one* sample, with vectors standing upright:
#
# $$\begin{aligned}
# i_t &= \sigma(W_{ii}x_t + b_{ii} + W_{hi}h_{t-1} + b_{hi}) &&\text{how much to write}\\
# f_t &= \sigma(W_{if}x_t + b_{if} + W_{hf}h_{t-1} + b_{hf}) &&\text{how much to keep}\\
# g_t &= \tanh(W_{ig}x_t + b_{ig} + W_{hg}h_{t-1} + b_{hg}) &&\text{what to write}\\
# o_t &= \sigma(W_{io}x_t + b_{io} + W_{ho}h_{t-1} + b_{ho}) &&\text{how much to show}\\[4pt]
# c_t &= f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)
# \end{aligned}$$
#
# In code the four blocks of weights are stacked into one matrix, from top to bottom **i, f, g, o**, each `H` rows high. That is PyTorch's order; other frameworks and papers
# have theirs.
#
# ```
#               W_ih (4H, I)    W_hh (4H, H)    b_ih (4H,)   b_hh (4H,)
# rows 0…H-1       i               i               i            i
# rows H…2H-1      f               f               f            f
# rows 2H…3H-1     g               g               g            g
# rows 3H…4H-1     o               o               o            o
# ```
#
# A state is always a pair `(h, c)`, `h` first, both of shape `(B, H)`. Read the tensors you are given; do not change them.

# %% name="fixture"
B, T, I, H = 2, 5, 3, 6            # 四个数各不相同 || all different


def network(k, steps=T):
    """第 k 组随机数：x, (h, c), [W_ih, W_hh, b_ih, b_hh]；状态和偏置都不是 0 || The k-th set of random numbers: x, (h, c), [W_ih, W_hh, b_ih, b_hh];
    no state or bias is zero"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    shapes = (B, steps, I), (B, H), (B, H), (4 * H, I), (4 * H, H), (4 * H,), (4 * H,)
    x, h, c, *weights = (torch.randn(shape, generator=g) for shape in shapes)
    return x, (h, 2 * c), [0.8 * w for w in weights]


def hold(weights, i=0.0, f=0.0, o=0.0):
    """把门固定住：给三块偏置加上很大的数 || Hold gates: add large numbers to three blocks of the bias"""
    W_ih, W_hh, b_ih, b_hh = weights
    shift = torch.tensor([i, f, 0.0, o]).repeat_interleave(H)
    return W_ih, W_hh, b_ih + shift, b_hh


# %% [markdown] name="part-1"
# ## 1 · 一个单元，走一步
#
# `lstm_cell` 收到 `x` `(B, I)` 和 `(h, c)`，返回新的 `(h, c)`。三处空白对应公式的三段：先算三个门和候选，再更新记忆，最后决定亮出什么。
# 把每个 `raise NotImplementedError` 换成你的代码。

# %% [markdown] lang="en" of="54691dad.1e725b74"
# ## 1 · One cell, one step
#
# `lstm_cell` receives `x` `(B, I)` and `(h, c)` and returns the new `(h, c)`. Its three gaps are the three parts of the formula: first the three gates and the candidate, then the memory, and last
# what to expose. Put your code in place of each `raise NotImplementedError`.

# %% [markdown] name="hint-cell-1"
# <details><summary>提示 1：四块一次算完</summary>
#
# 四个式子的括号里长得一模一样，只是用的行不同。所以先不分块，像 E01 那样对整个 `W_ih` 和 `W_hh` 做一次，得到 `(B, 4H)`，再沿最后一个轴切成四份。
# 记得两个偏置都要加。
#
# </details>

# %% [markdown] lang="en" of="6fdc220a.0ce24d51"
# <details><summary>Hint 1: all four blocks at once</summary>
#
# What stands in the brackets is the same for all four, only the rows differ. So do not split yet: as in E01, do it once with the whole of `W_ih` and `W_hh`, which gives `(B, 4H)`,
# and cut that into four along the last axis. Both biases belong in the sum.
#
# </details>

# %% [markdown] name="hint-cell-2"
# <details><summary>提示 2：谁是门，谁不是</summary>
#
# `i`, `f`, `o` 是门，回答“多少”，所以在 0 到 1 之间。`f` 名叫遗忘门，说的却是*留*多少，乘上去就行。`g` 不是门，它是要写进去的内容，可正可负，所以在 −1 到 1 之间。
# 更新记忆之后，`h` 用的是*新*的 `c`。
#
# </details>

# %% [markdown] lang="en" of="3b96112a.8f08b3db"
# <details><summary>Hint 2: which ones are gates?</summary>
#
# `i`, `f` and `o` are gates: they answer "how much" and lie between 0 and 1. Despite its name the forget gate `f` says how much to *keep*: just multiply by it. `g` is no gate; it is the content to be written, positive or negative, between −1 and 1.
# Once the memory is updated, `h` is made from the *new* `c`.
#
# </details>

# %% [markdown] name="hint-cell-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     i, f, g, o = (x @ ______ + ______ + h @ ______ + ______).chunk(4, dim=1)
#     i, f, g, o = ______(i), ______(f), ______(g), ______(o)
#     c = ______ * c + ______ * ______
#     h = ______ * ______(c)
# ```
#
# </details>

# %% [markdown] lang="en" of="f2433921.490b99f5"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     i, f, g, o = (x @ ______ + ______ + h @ ______ + ______).chunk(4, dim=1)
#     i, f, g, o = ______(i), ______(f), ______(g), ______(o)
#     c = ______ * c + ______ * ______
#     h = ______ * ______(c)
# ```
#
# </details>

# %% name="lstm_cell" tags=["solution"]
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    """x (B, I), state = (h, c) 各 (B, H), W_ih (4H, I), W_hh (4H, H),
    b_ih 和 b_hh (4H,) -> 新的 (h, c) || x (B, I), state = (h, c) each (B, H), W_ih (4H, I), W_hh (4H, H),
    b_ih and b_hh (4H,) -> the new (h, c)"""
    h, c = state
    # 门 gates || gates
    ### BEGIN SOLUTION
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)  # 各 (B, H) || (B, H) each
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    ### END SOLUTION
    # 记忆 memory || memory
    ### BEGIN SOLUTION
    c = f * c + i * g
    ### END SOLUTION
    # 亮出 exposure || exposure
    ### BEGIN SOLUTION
    h = o * torch.tanh(c)
    ### END SOLUTION
    return h, c


# %% [markdown] name="about-check-cell"
# **检查一步（3 分）。** 状态和两个偏置都不是 0，否则遗忘门对不对根本看不出来：它乘的是旧的记忆。

# %% [markdown] lang="en" of="51d38d2a.fbbfd75f"
# **Check one step (3 points).** The state and both biases are non-zero, or there would be no telling whether the forget gate is right: what it multiplies is the old memory.

# %% name="check-cell" tags=["check"] points=3 of="lstm_cell"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-cell") as show:
    x, (h, c), weights = network(1)
    new_h, new_c = lstm_cell(x[:, 0], (h, c), *weights)
    show("一步之后的 c || c after one step", new_c)
    show("一步之后的 h || h after one step", new_h)
    new_h, new_c = lstm_cell(x[:1, 1], (h[:1], c[:1]), *weights)
    show("一个样本：c || one sample: c", new_c)
    show("一个样本：h || one sample: h", new_h)

# %% [markdown] name="about-check-gates"
# **检查三个门（2 分）。** 给某一块偏置加上 30 或减去 30，就等于把那个门固定为开或关。先猜再运行：
# - 留（f 开）而不写（i 关）：`c` 会怎样？
# - 擦掉（f 关）再写（i 开）：新的 `c` 等于谁？它会超出 ±1 吗？
# - 什么也不亮（o 关）：`h` 是多少？`c` 还在吗？
# - 最后看传进来的状态有没有被改动。

# %% [markdown] lang="en" of="d43f0cd3.fdc003cc"
# **Check the three gates (2 points).** Adding 30 to one block of the bias, or subtracting it, holds that gate open or shut. Guess first, then run:
# - Keep (f open) and do not write (i shut): what becomes of `c`?
# - Erase (f shut), then write (i open): what does the new `c` equal, and can it leave ±1?
# - Show nothing (o shut): what is `h`? Is `c` still there?
# - Finally, were the tensors of the state left alone?

# %% name="check-gates" tags=["check"] points=2 of="lstm_cell"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-gates") as show:
    x, (h, c), weights = network(2)
    show("原来的 c || c before", c)
    _, kept = lstm_cell(x[:, 0], (h, c), *hold(weights, i=-30, f=30))
    show("留而不写：c || keep, do not write: c", kept)
    _, written = lstm_cell(x[:, 0], (h, c), *hold(weights, i=30, f=-30))
    show("擦掉再写：c || erase, then write: c", written)
    new_h, new_c = lstm_cell(x[:, 0], (h, c), *hold(weights, o=-30))
    show("什么也不亮：h || show nothing: h", new_h)
    show("什么也不亮：c || show nothing: c", new_c)
    show("调用之后的状态 || the state after the calls", torch.stack([h, c]))

# %% [markdown] name="part-2"
# ## 2 · 走完整个序列
#
# `lstm_forward` 从给定的 `(h, c)` 出发读完 `x` `(B, T, I)`，返回 `out, (h_n, c_n)`，和 `nn.LSTM` 的返回值一个样子：
# `out` 是每一步的 `h`，形状 `(B, T, H)`；`h_n`, `c_n` 是最后的状态，各 `(B, H)`。这一次循环由你自己搭。

# %% [markdown] lang="en" of="ef01ff64.7b1955d0"
# ## 2 · The whole sequence
#
# `lstm_forward` starts from the given `(h, c)`, reads `x` `(B, T, I)`, and returns `out, (h_n, c_n)`, in the manner of `nn.LSTM`:
# `out` holds the `h` of every step, shape `(B, T, H)`; `h_n` and `c_n` are the final state, `(B, H)` each. This time you build the loop yourself.

# %% [markdown] name="hint-forward-1"
# <details><summary>提示 1：传下去的是什么</summary>
#
# E01 里传下去的是一个 `h`。这里传下去的是一对。`out` 收的只是这一对里的一个：单元内部的 `c` 不外露。
#
# </details>

# %% [markdown] lang="en" of="89645fed.af5cbb70"
# <details><summary>Hint 1: what is handed on?</summary>
#
# In E01 a single `h` was handed on. Here it is a pair. `out` collects only one of the two: the `c` inside the cell stays private.
#
# </details>

# %% [markdown] name="hint-forward-2"
# <details><summary>提示 2：把元组当一个东西</summary>
#
# 不必每一步都把状态拆开。`state = lstm_cell(x[:, t], state, …)` 就把一对传下去了，`state[0]` 是这一步的 `h`。循环结束时的 `state` 就是要返回的最后状态。
#
# </details>

# %% [markdown] lang="en" of="af77aafa.48ce2b1e"
# <details><summary>Hint 2: treat the pair as one thing</summary>
#
# There is no need to unpack the state at each step: `state = lstm_cell(x[:, t], state, …)` hands the pair on, and `state[0]` is this step's `h`. When the loop ends, `state` is
# the final state you are asked to return.
#
# </details>

# %% [markdown] name="hint-forward-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     outputs = []
#     for t in range(______):
#         state = lstm_cell(______, ______, W_ih, W_hh, b_ih, b_hh)
#         outputs.append(______)
#     return torch.stack(outputs, dim=______), ______
# ```
#
# </details>

# %% [markdown] lang="en" of="e85624fb.fd2f4726"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     outputs = []
#     for t in range(______):
#         state = lstm_cell(______, ______, W_ih, W_hh, b_ih, b_hh)
#         outputs.append(______)
#     return torch.stack(outputs, dim=______), ______
# ```
#
# </details>

# %% name="lstm_forward" tags=["solution"]
def lstm_forward(x, state, W_ih, W_hh, b_ih, b_hh):
    """x (B, T, I), state = (h, c) 各 (B, H)
    -> out (B, T, H), (h_n, c_n) 各 (B, H) || x (B, T, I), state = (h, c) each (B, H)
    -> out (B, T, H), (h_n, c_n) each (B, H)"""
    ### BEGIN SOLUTION
    outputs = []
    for t in range(x.shape[1]):
        state = lstm_cell(x[:, t], state, W_ih, W_hh, b_ih, b_hh)
        outputs.append(state[0])
    return torch.stack(outputs, dim=1), state      # (B, T, H)
    ### END SOLUTION


# %% [markdown] name="about-check-sequence"
# **检查序列（2 分）。** 五步，一步；再把每一步的遗忘门固定为开、输入门固定为关，走 50 步：传送带把 `c` 原样送到了吗？

# %% [markdown] lang="en" of="05c36f96.3ea0c25a"
# **Check the sequence (2 points).** Five steps, and one step. Then hold the forget gate open and the input gate shut for 50 steps: does the conveyor belt deliver `c` intact?

# %% name="check-sequence" tags=["check"] points=2 of="lstm_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-sequence") as show:
    x, (h, c), weights = network(3)
    out, (h_n, c_n) = lstm_forward(x, (h, c), *weights)
    show("out 的形状 || shape of out", str(tuple(out.shape)))
    show("第一步的输出 || output of step one", out[:, 0])
    show("第四步的输出 || output of step four", out[:, 3])
    show("最后的 h || final h", h_n)
    show("最后的 c || final c", c_n)
    out, (h_n, c_n) = lstm_forward(x[:, :1], (h, c), *weights)
    show("长度为 1：out || length 1: out", out)
    show("长度为 1：c || length 1: c", c_n)
    long, (h, c), weights = network(4, steps=50)
    show("传送带，出发时的 c || conveyor belt, c at the start", c)
    _, (_, c_n) = lstm_forward(long, (h, c), *hold(weights, i=-30, f=30))
    show("传送带，50 步之后的 c || conveyor belt, c after 50 steps", c_n)
    show("走完之后，传进去的状态 || the given state, after the runs", torch.stack([h, c]))

# %% [markdown] name="about-check-nn-LSTM"
# **和 `nn.LSTM` 比（1 分）。** 同样的权重，50 步，最多差多少？

# %% [markdown] lang="en" of="8dac4bda.27de2ad0"
# **Against `nn.LSTM` (1 point).** The same weights, 50 steps: how large is the largest difference?

# %% name="check-nn-LSTM" tags=["check"] points=1 of="lstm_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
x, (h, c), weights = network(5, steps=50)
with check("check-nn-LSTM"):
    out, (h_n, c_n) = lstm_forward(x, (h, c), *weights)

# 等你的函数算完，再请它来 || it is asked only when your function is done
theirs = torch.nn.LSTM(I, H, batch_first=True)
# 名字的次序正是 W_ih, W_hh, b_ih, b_hh || its names come in the order W_ih, W_hh, b_ih, b_hh
theirs.load_state_dict(dict(zip(theirs.state_dict(), weights)))
with torch.no_grad():
    their_out, (their_h, their_c) = theirs(x, (h[None], c[None]))
with check("check-nn-LSTM") as show:
    show("与 nn.LSTM 的最大差别：out || largest difference from nn.LSTM: out", (out - their_out).abs().max())
    show("与 nn.LSTM 的最大差别：c_n || largest difference from nn.LSTM: c_n", (c_n - their_c[0]).abs().max())

# %% [markdown] name="part-3"
# ## 3 · 一颗小螺丝
#
# 偏置是 0 时，遗忘门大约开一半：每一步记忆打对折，十步就剩千分之一。让遗忘门一开始就偏向“留”，是训练 LSTM 最便宜的一招。
#
# `set_forget_bias(lstm, value)` 就地修改一个 `nn.LSTM`：让**每一层、每个方向**的遗忘门的*有效*偏置等于 `value`，其余一概不动。
# 有效偏置是指真正加进公式里的那个数，即 `bias_ih` 与 `bias_hh` 之和。模型之后还要训练，参数得仍然是可训练的参数。不必返回什么。
#
# 一个两层双向的 `nn.LSTM` 有这些参数，每个偏置的形状都是 `(4H,)`：

# %% [markdown] lang="en" of="40cb5391.92447afb"
# ## 3 · One small screw
#
# With a bias of 0 the forget gate stands about half open: memory is halved at every step, and a thousandth is left after ten. Starting the gate off with a leaning towards
# "keep" is the cheapest trick there is in training an LSTM.
#
# `set_forget_bias(lstm, value)` changes an `nn.LSTM` in place, so that in **every layer and every direction** the *effective* bias of the forget gate equals `value`, while
# everything else stays as it was. Effective means what really enters the formula: the sum of `bias_ih` and `bias_hh`. The model will be trained afterwards, so its parameters
# must remain trainable parameters. Nothing needs to be returned.
#
# A bidirectional `nn.LSTM` of two layers has these parameters; every bias has the shape `(4H,)`:

# %% name="parameter-names"
for name, p in torch.nn.LSTM(I, H, num_layers=2, bidirectional=True).named_parameters():
    print(name, tuple(p.shape))

# %% [markdown] name="hint-bias-1"
# <details><summary>提示 1：两个偏置，一个和</summary>
#
# 要让和等于 `value`，两个偏置都得管：只改一个，另一个里随机的初值还在。同时，只有遗忘门那一块可以动，也就是那 `H` 个数。
#
# </details>

# %% [markdown] lang="en" of="b7995d46.3c1ad6a3"
# <details><summary>Hint 1: two biases, one sum</summary>
#
# For the sum to be `value` you must look after both: change only one and the other's random initial value remains. At the same time you may touch nothing but the forget
# gate's block of `H` numbers.
#
# </details>

# %% [markdown] name="hint-bias-2"
# <details><summary>提示 2：按名字找，按行切</summary>
#
# `lstm.named_parameters()` 给出所有层、所有方向的参数和名字；偏置的名字以 `bias_ih` 或 `bias_hh` 开头。块的次序是 i, f, g, o，`lstm.hidden_size` 是 `H`，遗忘门占哪几行？
# 就地改参数要写在 `with torch.no_grad():` 里。
#
# </details>

# %% [markdown] lang="en" of="93f2688b.d3ef64c5"
# <details><summary>Hint 2: find by name, cut by row</summary>
#
# `lstm.named_parameters()` yields the parameters of all layers and directions with their names; those of the biases begin with `bias_ih` or `bias_hh`. The blocks come in the
# order i, f, g, o, and `lstm.hidden_size` is `H`: which rows are the forget gate's? Parameters are changed in place under `with torch.no_grad():`.
#
# </details>

# %% [markdown] name="hint-bias-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     H = lstm.hidden_size
#     with torch.no_grad():
#         for name, p in lstm.named_parameters():
#             if name.startswith("bias_ih"):
#                 p[______].fill_(______)
#             elif name.startswith("bias_hh"):
#                 p[______].fill_(______)
# ```
#
# </details>

# %% [markdown] lang="en" of="cb0fbde3.4a938260"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     H = lstm.hidden_size
#     with torch.no_grad():
#         for name, p in lstm.named_parameters():
#             if name.startswith("bias_ih"):
#                 p[______].fill_(______)
#             elif name.startswith("bias_hh"):
#                 p[______].fill_(______)
# ```
#
# </details>

# %% name="set_forget_bias" tags=["solution"]
def set_forget_bias(lstm, value):
    """就地把 nn.LSTM 每一层、每个方向的遗忘门有效偏置设为 value -> None || In place, set the effective forget-gate bias of every layer and direction
    of an nn.LSTM to value -> None"""
    ### BEGIN SOLUTION
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p[H:2 * H].fill_(value)
            elif name.startswith("bias_hh"):
                p[H:2 * H].fill_(0)
    ### END SOLUTION


# %% [markdown] name="about-check-forget-bias"
# **检查螺丝（2 分）。** 两层、双向，一共四组偏置。先设为 1.5，看四组的有效偏置；再改成 −0.7，看第二次调用是不是同样管用；最后看其余的参数变了多少，以及还有几个张量可以训练。

# %% [markdown] lang="en" of="8866dcf4.6d53f230"
# **Check the screw (2 points).** Two layers, both directions: four sets of biases. First 1.5, to see the effective bias of all four; then −0.7, to see whether a second call works as
# well; finally, how much everything else has changed, and how many tensors are still trainable.

# %% name="check-forget-bias" tags=["check"] points=2 of="set_forget_bias"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-forget-bias") as show:
    n = 5      # 不是上面的 H || not the H from above
    lstm = torch.nn.LSTM(I, n, num_layers=2, bidirectional=True)
    g = torch.Generator().manual_seed(SEED * 100 + 6)
    shapes = {name: p.shape for name, p in lstm.state_dict().items()}
    drawn = {name: torch.randn(shape, generator=g) for name, shape in shapes.items()}
    lstm.load_state_dict(drawn)
    before = {name: p.clone() for name, p in lstm.state_dict().items()}
    blocks = "l0", "l0_reverse", "l1", "l1_reverse"

    def effective():
        state = lstm.state_dict()
        sums = [state[f"bias_ih_{name}"] + state[f"bias_hh_{name}"] for name in blocks]
        return torch.stack([total[n:2 * n] for total in sums])

    set_forget_bias(lstm, 1.5)
    show("有效的遗忘偏置，设为 1.5 || effective forget bias, set to 1.5", effective())
    set_forget_bias(lstm, -0.7)
    show("有效的遗忘偏置，改为 -0.7 || effective forget bias, changed to -0.7", effective())
    change = {name: (p - before[name]).abs() for name, p in lstm.state_dict().items()}
    weights = [d for name, d in change.items() if "weight" in name]
    biases = [d for name, d in change.items() if "bias" in name]
    biases = [torch.cat([d[:n], d[2 * n:]]) for d in biases]
    show("其余的权重变了多少 || change of all other weights", torch.stack([d.max() for d in weights]))
    show("其余的偏置变了多少 || change of all other biases", torch.stack([d.max() for d in biases]))
    show("可训练的张量个数 || number of trainable tensors", sum(p.requires_grad for p in lstm.parameters()))

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你写出了 LSTM，和 `nn.LSTM` 分毫不差，也知道了它的记忆靠什么活着：`c` 往前走一步，只乘一个 `f`。`f` 是 1，传送带原样送达；`f` 是一半，几步就见底。
# 所以“LSTM 解决了梯度消失”这句话并不全对，它给了网络一个*可以*不消失的选择，选不选，看 `f`。
#
# **想一想**（不计分）：把遗忘偏置设成 +5，记忆几乎永远不丢。为什么大家不都这样做？要是任务需要在句号处把一切忘掉呢？

# %% [markdown] lang="en" of="46370b06.2e83471a"
# ## What you can do now
#
# You have written an LSTM, the same as `nn.LSTM` to the last digit, and you know what its memory lives on: one step forward multiplies `c` by `f` and by nothing else. With `f` at 1
# the belt delivers everything; with `f` at one half it is empty within a few steps. So "the LSTM solves vanishing gradients" is not quite true. It gives the network the
# *option* not to let them vanish; whether the option is taken is up to `f`.
#
# **To think about** (no points): with a forget bias of +5 hardly anything is ever lost. Why does not everybody do that? What if the task is to forget everything at a full stop?

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
