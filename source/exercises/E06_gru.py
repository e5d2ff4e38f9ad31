# ---
# jupyter:
#   course:
#     exercise: E06
#     banned:
#       gru_cell: [GRU, GRUCell, RNNBase, RNNCellBase, gru, gru_cell]
#       gru_cell_reset_before: [GRU, GRUCell, RNNBase, RNNCellBase, gru, gru_cell]
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-06"]
# # E06 · 两个门，三种写法
#
# **进阶 ⭐⭐⭐⭐ · 10 分 · 约 30 分钟** · 配套章节：[06 GRU](../../notebooks/zh/06_gru.ipynb)
#
# GRU 只有两个门，却有好几种写法：有人让 $z=1$ 表示“保留旧的”，有人恰好相反；有人先用 $r$ 遮住旧状态再乘矩阵，有人先乘矩阵再遮。
# 每种写法都能训练，所以从没人报错；可是拿着甲的权重去跑乙的公式，结果全错，也没人报错。
# 这一次骨架不给了：你从空白写出两种 GRU，再写一个换算，让按另一种约定训练好的权重，在 PyTorch 里原样跑起来。读懂别人的模型，常常就差这一步。

# %% [markdown] lang="en" of="1eeb262b.6c6e938e"
# # E06 · Two gates, three dialects
#
# **Advanced ⭐⭐⭐⭐ · 10 points · about 30 minutes** · goes with chapter [06 GRU](../../notebooks/en/06_gru.ipynb)
#
# A GRU has only two gates, yet it is written in several ways. For some, $z=1$ means "keep the old"; for others it means the opposite. Some mask the old state with $r$ and
# then multiply by the matrix; others multiply first. Every dialect trains well, so nobody gets an error message; and nobody gets one either when weights from one dialect are run
# through the formula of another, although everything that comes out is wrong. No scaffolding this time: from an empty body you will write two GRUs, and then a
# conversion that makes weights trained under another convention run unchanged in PyTorch. Making sense of someone else's model often takes exactly this.

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
check = Exercise("E06", SEED)

# %% name="fixture"
B, T, I, H = 2, 5, 3, 4            # 四个数各不相同 || all different


def network(k):
    """第 k 组随机数：x (B, T, I), h (B, H), [W_ih, W_hh, b_ih, b_hh]；
    状态和偏置都不是 0 || The k-th set of random numbers: x (B, T, I), h (B, H),
    [W_ih, W_hh, b_ih, b_hh]; no state or bias is zero"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    shapes = (B, T, I), (B, H), (3 * H, I), (3 * H, H), (3 * H,), (3 * H,)
    x, h, *weights = (torch.randn(shape, generator=g) for shape in shapes)
    return x, h, weights


def hold(weights, r=0.0, z=0.0):
    """把门固定住：给 r、z 两块偏置加上很大的数 || Hold gates: add large numbers to the r and z blocks of the bias"""
    W_ih, W_hh, b_ih, b_hh = weights
    return W_ih, W_hh, b_ih + torch.tensor([r, z, 0.0]).repeat_interleave(H), b_hh


# %% [markdown] name="part-1" covers=["C-27"]
# ## 1 · PyTorch 的 GRU
#
# 对*一个*样本、竖着写的向量：
#
# $$\begin{aligned}
# r_t &= \sigma(W_{ir}x_t + b_{ir} + W_{hr}h_{t-1} + b_{hr})\\
# z_t &= \sigma(W_{iz}x_t + b_{iz} + W_{hz}h_{t-1} + b_{hz})\\
# n_t &= \tanh\bigl(W_{in}x_t + b_{in} + r_t \odot (W_{hn}h_{t-1} + b_{hn})\bigr)\\
# h_t &= (1-z_t)\odot n_t + z_t \odot h_{t-1}
# \end{aligned}$$
#
# 三块权重从上到下依次是 **r, z, n**，每块 `H` 行：`W_ih` `(3H, I)`，`W_hh` `(3H, H)`，`b_ih` 和 `b_hh` `(3H,)`。
# `gru_cell` 收到 `x` `(B, I)` 和 `h` `(B, H)`，返回新的 `h` `(B, H)`。动手之前盯住第三行：$r_t$ 的括号里有什么，没有什么？
# 传进来的张量只读，不要改动。

# %% [markdown] lang="en" of="9db9332f.a85d862d"
# ## 1 · PyTorch's GRU
#
# For *one* sample, with vectors standing upright:
#
# $$\begin{aligned}
# r_t &= \sigma(W_{ir}x_t + b_{ir} + W_{hr}h_{t-1} + b_{hr})\\
# z_t &= \sigma(W_{iz}x_t + b_{iz} + W_{hz}h_{t-1} + b_{hz})\\
# n_t &= \tanh\bigl(W_{in}x_t + b_{in} + r_t \odot (W_{hn}h_{t-1} + b_{hn})\bigr)\\
# h_t &= (1-z_t)\odot n_t + z_t \odot h_{t-1}
# \end{aligned}$$
#
# The three blocks of weights are stacked from top to bottom as **r, z, n**, each `H` rows high: `W_ih` `(3H, I)`, `W_hh` `(3H, H)`, `b_ih` and `b_hh` `(3H,)`.
# `gru_cell` receives `x` `(B, I)` and `h` `(B, H)` and returns the new `h` `(B, H)`. Before you type, look hard at the third line: what stands inside the bracket that
# $r_t$ multiplies, and what does not? Read the tensors you are given; do not change them.

# %% [markdown] name="hint-cell-1"
# <details><summary>提示 1：为什么这次不能先加起来</summary>
#
# LSTM 里可以先把输入的一份和状态的一份加起来再切块。这里 $n_t$ 只让 $r_t$ 遮住状态的那一份，所以两份要分开留着：各算出 `(B, 3H)`，各切三块，再分头相加。
#
# </details>

# %% [markdown] lang="en" of="44bd9b5e.36192260"
# <details><summary>Hint 1: why you cannot add first this time</summary>
#
# In the LSTM you could add the input's share and the state's share and cut the sum into blocks. Here $r_t$ masks only the state's share of $n_t$, so keep the two apart: compute
# `(B, 3H)` for each, cut each into three, then combine them block by block.
#
# </details>

# %% [markdown] name="hint-cell-2"
# <details><summary>提示 2：z 往哪边拨</summary>
#
# 用极端情形检查自己：$z=1$ 时公式给出 $h_t = h_{t-1}$，旧的原样留下；$z=0$ 时给出 $h_t = n_t$，全换新的。
# 偏置 `b_hn` 属于状态的那一份，跟着 $W_{hn}h_{t-1}$ 一起待在括号里。
#
# </details>

# %% [markdown] lang="en" of="046ed72f.90faf511"
# <details><summary>Hint 2: which way does z push?</summary>
#
# Check yourself at the extremes: with $z=1$ the formula gives $h_t = h_{t-1}$, the old state kept as it is; with $z=0$ it gives $h_t = n_t$, all new.
# The bias `b_hn` belongs to the state's share and stays inside the bracket together with $W_{hn}h_{t-1}$.
#
# </details>

# %% [markdown] name="hint-cell-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     x_r, x_z, x_n = (x @ ______ + ______).chunk(3, dim=1)
#     h_r, h_z, h_n = (h @ ______ + ______).chunk(3, dim=1)
#     r, z = torch.sigmoid(______), torch.sigmoid(______)
#     n = torch.tanh(______)
#     return ______ * n + ______ * h
# ```
#
# </details>

# %% [markdown] lang="en" of="161529f0.aa0a9dfb"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     x_r, x_z, x_n = (x @ ______ + ______).chunk(3, dim=1)
#     h_r, h_z, h_n = (h @ ______ + ______).chunk(3, dim=1)
#     r, z = torch.sigmoid(______), torch.sigmoid(______)
#     n = torch.tanh(______)
#     return ______ * n + ______ * h
# ```
#
# </details>

# %% name="gru_cell" tags=["solution"]
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    """PyTorch 的 GRU，一步：x (B, I), h (B, H) -> 新的 h (B, H) || PyTorch's GRU, one step: x (B, I), h (B, H) -> the new h (B, H)"""
    ### BEGIN SOLUTION
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)      # 各 (B, H) || (B, H) each
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)      # 各 (B, H) || (B, H) each
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h
    ### END SOLUTION


# %% [markdown] name="about-check-cell"
# **检查一步（3 分）。** 状态和两个偏置都不是 0：偏置若是 0，`b_hn` 放在括号里还是括号外就看不出来了。

# %% [markdown] lang="en" of="81b502c5.4bbf49bf"
# **Check one step (3 points).** The state and both biases are non-zero: with zero biases nobody could tell whether `b_hn` stands inside the bracket or outside.

# %% name="check-cell" tags=["check"] points=3 of="gru_cell"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-cell") as show:
    x, h, weights = network(1)
    show("两个样本走一步 || one step, two samples", gru_cell(x[:, 0], h, *weights))
    show("一个样本走一步 || one step, one sample", gru_cell(x[:1, 1], h[:1], *weights))

# %% [markdown] name="about-check-gates"
# **检查两个门（2 分）。** 给一块偏置加减 30，就把那个门固定为开或关。先猜再运行：
# - z 固定为开：`h` 变了吗？
# - z 和 r 都固定为关：换一个完全不同的 `h`，结果会变吗？
# - z 固定为关、r 固定为开：只剩一个普通的 RNN。
# - 传进来的 `h` 有没有被改动？

# %% [markdown] lang="en" of="f2ce4c9f.4f705502"
# **Check the two gates (2 points).** Adding 30 to a block of the bias, or subtracting it, holds that gate open or shut. Guess first, then run:
# - z held open: has `h` changed?
# - z and r both held shut: does it make any difference if `h` is replaced by something else entirely?
# - z shut, r open: all that is left is a plain RNN.
# - Was the `h` you were given left alone?

# %% name="check-gates" tags=["check"] points=2 of="gru_cell"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-gates") as show:
    x, h, weights = network(2)
    show("原来的 h || h before", h)
    show("z 开：新的 h || z open: the new h", gru_cell(x[:, 0], h, *hold(weights, z=30)))
    shut = hold(weights, z=-30, r=-30)
    show("z 关，r 关 || z shut, r shut", gru_cell(x[:, 0], h, *shut))
    another = h.flip(0) - 0.5
    show("z 关，r 关，换一个 h || z shut, r shut, another h", gru_cell(x[:, 0], another, *shut))
    show("z 关，r 开 || z shut, r open", gru_cell(x[:, 0], h, *hold(weights, z=-30, r=30)))
    show("调用之后的 h || h after the calls", h)

# %% [markdown] name="about-check-nn-GRUCell"
# **和 `nn.GRUCell` 比（1 分）。** 同样的权重，连走 50 步，最多差多少？

# %% [markdown] lang="en" of="8708c09d.be06dca5"
# **Against `nn.GRUCell` (1 point).** The same weights, 50 steps in a row: how large is the largest difference?

# %% name="check-nn-GRUCell" tags=["check"] points=1 of="gru_cell"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
_, h0, weights = network(5)
x = torch.cat([network(k)[0] for k in range(5, 15)], dim=1)      # (B, 50, I)
with check("check-nn-GRUCell") as show:
    h = h0
    for t in range(x.shape[1]):
        h = gru_cell(x[:, t], h, *weights)
    show("50 步之后的 h || h after 50 steps", h)

theirs = torch.nn.GRUCell(I, H)      # 等你的函数算完，再请它来 || it is asked only when your function is done
theirs.load_state_dict(dict(zip(theirs.state_dict(), weights)))
their_h = h0
with torch.no_grad():
    for t in range(x.shape[1]):
        their_h = theirs(x[:, t], their_h)
with check("check-nn-GRUCell") as show:
    show("与 nn.GRUCell 的最大差别 || largest difference from nn.GRUCell", (h - their_h).abs().max())

# %% [markdown] name="part-2"
# ## 2 · 另一种写法：先遮后乘
#
# 2014 年 Cho 等人论文的最终版（v3）里，重置门遮的是状态本身，遮完再乘矩阵：
#
# $$n_t = \tanh\bigl(W_{in}x_t + b_{in} + W_{hn}(r_t \odot h_{t-1}) + b_{hn}\bigr)$$
#
# 其余三行不变。写出 `gru_cell_reset_before`，参数和返回值与 `gru_cell` 相同。
# 要让两种写法对任何 $r_t$ 都给出同样的结果，$W_{hn}$ 得恰好是对角阵（而且 $b_{hn}=0$）；一般的权重不能互换。

# %% [markdown] lang="en" of="0c270e21.e9f8456a"
# ## 2 · Another dialect: mask first, multiply second
#
# In the final version (v3) of the 2014 paper by Cho et al., the reset gate masks the state itself, and the matrix comes afterwards:
#
# $$n_t = \tanh\bigl(W_{in}x_t + b_{in} + W_{hn}(r_t \odot h_{t-1}) + b_{hn}\bigr)$$
#
# The other three lines stay. Write `gru_cell_reset_before`; arguments and result are those of `gru_cell`.
# The two dialects agree for every $r_t$ only if $W_{hn}$ happens to be diagonal (and $b_{hn}=0$); in general their weights are not interchangeable.

# %% [markdown] name="hint-before-1"
# <details><summary>提示 1：次序变了</summary>
#
# 要先有 $r_t$，才能算 $W_{hn}(r_t \odot h_{t-1})$。所以 `W_hh` 不能整个一次乘完：r、z 两块可以先算，n 那一块要等。
#
# </details>

# %% [markdown] lang="en" of="eb635a24.5d81eff9"
# <details><summary>Hint 1: the order changes</summary>
#
# You need $r_t$ before you can compute $W_{hn}(r_t \odot h_{t-1})$. So `W_hh` cannot be multiplied in one go: the r and z blocks can come first, the n block has to wait.
#
# </details>

# %% [markdown] name="hint-before-2"
# <details><summary>提示 2：把权重也切成块</summary>
#
# `W_hh.chunk(3, dim=0)` 给出三个 `(H, H)`，`b_hh.chunk(3)` 给出三个 `(H,)`。这一次 $b_{hn}$ 不受 $r_t$ 管。
#
# </details>

# %% [markdown] lang="en" of="42125520.fc5c7389"
# <details><summary>Hint 2: cut the weights into blocks as well</summary>
#
# `W_hh.chunk(3, dim=0)` gives three matrices `(H, H)`, and `b_hh.chunk(3)` three vectors `(H,)`. This time $b_{hn}$ is out of reach of $r_t$.
#
# </details>

# %% [markdown] name="hint-before-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
#     W_r, W_z, W_n = W_hh.chunk(3, dim=0)
#     b_r, b_z, b_n = b_hh.chunk(3)
#     r = torch.sigmoid(______)
#     z = torch.sigmoid(______)
#     n = torch.tanh(x_n + (______) @ W_n.T + ______)
#     return ______
# ```
#
# </details>

# %% [markdown] lang="en" of="b9f5712f.b76039b9"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
#     W_r, W_z, W_n = W_hh.chunk(3, dim=0)
#     b_r, b_z, b_n = b_hh.chunk(3)
#     r = torch.sigmoid(______)
#     z = torch.sigmoid(______)
#     n = torch.tanh(x_n + (______) @ W_n.T + ______)
#     return ______
# ```
#
# </details>

# %% name="gru_cell_reset_before" tags=["solution"]
def gru_cell_reset_before(x, h, W_ih, W_hh, b_ih, b_hh):
    """先遮后乘的 GRU (Cho et al. 2014, v3)，一步：
    x (B, I), h (B, H) -> 新的 h (B, H) || The GRU that masks before multiplying (Cho et al. 2014, v3), one step:
    x (B, I), h (B, H) -> the new h (B, H)"""
    ### BEGIN SOLUTION
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)      # 各 (B, H) || (B, H) each
    W_r, W_z, W_n = W_hh.chunk(3, dim=0)                     # 各 (H, H) || (H, H) each
    b_r, b_z, b_n = b_hh.chunk(3)                            # 各 (H,) || (H,) each
    r = torch.sigmoid(x_r + h @ W_r.T + b_r)
    z = torch.sigmoid(x_z + h @ W_z.T + b_z)
    n = torch.tanh(x_n + (r * h) @ W_n.T + b_n)
    return (1 - z) * n + z * h
    ### END SOLUTION


# %% [markdown] name="about-check-before"
# **检查（2 分）。** 和上面同一组数、同样的探针。比一比“z 关，r 关”那一行：两种写法差在哪里？

# %% [markdown] lang="en" of="62454b0e.8052698c"
# **Check (2 points).** The same numbers and the same probes as above. Compare the line "z shut, r shut": where does the difference between the two dialects come from?

# %% name="check-before" tags=["check"] points=2 of="gru_cell_reset_before"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-before") as show:
    x, h, weights = network(2)
    show("先遮后乘，走一步 || mask first, one step", gru_cell_reset_before(x[:, 0], h, *weights))
    show("先遮后乘，z 开 || mask first, z open", gru_cell_reset_before(x[:, 0], h, *hold(weights, z=30)))
    forgetful = gru_cell_reset_before(x[:, 0], h, *hold(weights, z=-30, r=-30))
    show("先遮后乘，z 关，r 关 || mask first, z shut, r shut", forgetful)
    mindful = gru_cell_reset_before(x[:, 0], h, *hold(weights, z=-30, r=30))
    show("先遮后乘，z 关，r 开 || mask first, z shut, r open", mindful)
    show("先遮后乘，调用之后的 h || mask first, h after the calls", h)

# %% [markdown] name="part-3"
# ## 3 · 换算：别人的 z 是反的
#
# Chung 等人（2014）和许多博文里，最后一行写作
#
# $$h_t = (1-z_t)\odot h_{t-1} + z_t\odot n_t \qquad (\text{这里 } z=1 \text{ 表示换新})$$
#
# 有人按这个约定训练好了一个 GRU（另外三行和 PyTorch 一样，块的次序也是 r, z, n），把权重交给你。
# `chung_to_torch(W_ih, W_hh, b_ih, b_hh)` 返回同样形状的四个张量，使得 PyTorch 的公式用它们，算出的每一步都和原来的模型*完全一样*。
# 不能改公式，只能改权重；传进来的张量不要改动。

# %% [markdown] lang="en" of="aa611bfd.d9ecdf77"
# ## 3 · Converting: their z points the other way
#
# In Chung et al. (2014), and in many blog posts, the last line reads
#
# $$h_t = (1-z_t)\odot h_{t-1} + z_t\odot n_t \qquad (\text{here } z=1 \text{ means: take the new})$$
#
# Someone has trained a GRU under this convention (the other three lines as in PyTorch, the block order r, z, n too) and hands you the weights.
# `chung_to_torch(W_ih, W_hh, b_ih, b_hh)` returns four tensors of the same shapes with which PyTorch's formula computes, step by step, *exactly* what the original model does.
# You may not touch the formula, only the weights; and leave the tensors you are given as they are.

# %% [markdown] name="hint-chung-1"
# <details><summary>提示 1：要的是 1 − z</summary>
#
# 两个公式摆在一起，只差把 $z$ 换成 $1-z$。所以问题是：怎样只改权重，让 sigmoid 吐出来的数从 $z$ 变成 $1-z$？
#
# </details>

# %% [markdown] lang="en" of="2c6854b9.e21d450b"
# <details><summary>Hint 1: what you want is 1 − z</summary>
#
# Put the two formulas side by side: they differ only in $z$ versus $1-z$. So the question is: how can a change of weights alone turn what comes out of the sigmoid from $z$ into $1-z$?
#
# </details>

# %% [markdown] name="hint-chung-2"
# <details><summary>提示 2：sigmoid 的对称性</summary>
#
# 画一画 $\sigma(a)$ 的曲线：它关于 $(0, \tfrac12)$ 对称，也就是 $1-\sigma(a) = \sigma(\,?\,)$。而 $a$ 由四个张量中同一块的行算出来，四个都有份。
#
# </details>

# %% [markdown] lang="en" of="2b5902fb.4c91625a"
# <details><summary>Hint 2: the symmetry of the sigmoid</summary>
#
# Sketch $\sigma(a)$: it is symmetric about the point $(0, \tfrac12)$, in other words $1-\sigma(a) = \sigma(\,?\,)$. And $a$ is made from the same block of rows in all four tensors.
#
# </details>

# %% [markdown] name="hint-chung-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     converted = []
#     for w in (W_ih, W_hh, b_ih, b_hh):
#         r, z, n = w.chunk(3, dim=0)
#         converted.append(torch.cat([______, ______, ______]))
#     return converted
# ```
#
# </details>

# %% [markdown] lang="en" of="bbedd608.06ea6734"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     converted = []
#     for w in (W_ih, W_hh, b_ih, b_hh):
#         r, z, n = w.chunk(3, dim=0)
#         converted.append(torch.cat([______, ______, ______]))
#     return converted
# ```
#
# </details>

# %% name="chung_to_torch" tags=["solution"]
def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    """按 h = (1-z)h + z n 训练的权重
    -> 同样形状的四个张量，供 h = (1-z)n + z h 使用 || Weights trained with h = (1-z)h + z n
    -> four tensors of the same shapes for h = (1-z)n + z h"""
    ### BEGIN SOLUTION
    converted = []
    for w in (W_ih, W_hh, b_ih, b_hh):
        r, z, n = w.chunk(3, dim=0)
        converted.append(torch.cat([r, -z, n]))      # 1 - σ(a) = σ(-a)
    return converted
    ### END SOLUTION


# %% [markdown] name="about-check-chung"
# **检查（2 分）。** 四个张量各看一列；把换算好的权重交给 `nn.GRUCell` 走一步；看原来的权重有没有被改动；最后，换算两次应当回到原处。

# %% [markdown] lang="en" of="2267ec99.a815732f"
# **Check (2 points).** One column of each of the four tensors; one step of `nn.GRUCell` with the converted weights; whether the original weights were left alone; and converting
# twice, which must lead back to the start.

# %% name="check-chung" tags=["check"] points=2 of="chung_to_torch"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-chung") as show:
    x, h, weights = network(4)
    W_ih, W_hh, b_ih, b_hh = converted = chung_to_torch(*weights)
    show("换算后的 W_ih，第一列 || converted W_ih, first column", W_ih[:, 0])
    show("换算后的 W_hh，第一列 || converted W_hh, first column", W_hh[:, 0])
    show("换算后的 b_ih || converted b_ih", b_ih)
    show("换算后的 b_hh || converted b_hh", b_hh)
    cell = torch.nn.GRUCell(I, H)
    cell.load_state_dict(dict(zip(cell.state_dict(), converted)))
    show("原模型的一步，由 nn.GRUCell 走出 || a step of the original model, taken by nn.GRUCell", cell(x[:, 0], h))
    sums = torch.stack([w.sum() for w in weights])
    show("换算之后，原来权重的和 || after converting, sums of the original weights", sums)
    twice = chung_to_torch(*converted)
    differences = [(a - b).abs().max() for a, b in zip(twice, weights, strict=True)]
    show("换算两次，与原来的差别 || converted twice, difference from the start", torch.stack(differences))

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你从空白写出了 GRU 的两种写法，还能把第三种换算过来。以后看到一个 GRU，先问三句话：$z=1$ 是留还是换？$r$ 在矩阵之前还是之后？块是什么次序？
# 三句都有了答案，别人的权重才能放心地用。
#
# **想一想**（不计分）：用 `chung_to_torch` 换算之后，训练时的损失曲线会和原模型完全一样吗？如果优化器带权重衰减呢？
# 下一站是第 07 章：把 GRU 和 LSTM 放到同一把尺子下。

# %% [markdown] lang="en" of="e45fd84b.fceb7eab"
# ## What you can do now
#
# Starting from an empty body you have written two dialects of the GRU, and you can translate a third. Whenever you meet a GRU, ask three questions: does $z=1$ keep or replace? Does $r$
# come before the matrix or after it? In which order are the blocks? Only when you have all three answers is it safe to use someone else's weights.
#
# **To think about** (no points): after `chung_to_torch`, if training goes on, will the loss curve be exactly that of the original model? What if the optimiser uses weight decay?
# Next stop, chapter 07: GRU and LSTM under the same ruler.

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
