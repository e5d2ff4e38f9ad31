# ---
# jupyter:
#   course:
#     exercise: E11
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["F-02", "X-06"]
# # E11 · 把循环并起来
#
# **挑战 ⭐⭐⭐⭐⭐ · 10 分 · 约 35 分钟** · 配套章节：[12 现代循环网络](../../notebooks/zh/12_modern_recurrence.ipynb)
#
# $h_t = a_t h_{t-1} + b_t$ 看上去只能一步一步算。可是“乘一个数，加一个数”做两遍，还是“乘一个数，加一个数”：两步可以先合成一步，
# 四步合成一步，八步合成一步……你会写出这样的并行扫描（parallel scan），再用它搭一个 minGRU。第三题没有骨架。

# %% [markdown] lang="en" of="9a876eb4.b376f541"
# # E11 · A loop in parallel
#
# **Challenge ⭐⭐⭐⭐⭐ · 10 points · about 35 minutes** · goes with chapter [12 Modern recurrence](../../notebooks/en/12_modern_recurrence.ipynb)
#
# $h_t = a_t h_{t-1} + b_t$ looks as if it had to be computed step by step. Yet "times a number, plus a number", done twice, is again "times a number, plus a number":
# two steps can be made one beforehand, four can be made one, eight can be made one. You will write this parallel scan, and then build a minGRU on it. The third task has no scaffolding.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from course_utils import language
from course_utils.depth import serial_depth
from course_utils.exercise import Exercise

language.use("中文 || English")              # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E11", SEED)

# %% name="fixture"
B, I, H = 2, 3, 4            # 各不相同 || all different


def numbers(k, T, D=H):
    """第 k 组：a (B, T, D) 在 0 与 1 之间，b (B, T, D)，h0 (B, D)，都不是 0 || Set k: a (B, T, D) between 0 and 1, b (B, T, D), h0 (B, D), none of them zero"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    a = torch.sigmoid(torch.randn(B, T, D, generator=g))
    return a, torch.randn(B, T, D, generator=g), torch.randn(B, D, generator=g)


def network(k, T):
    """minGRU 的输入、初始状态和权重 || Input, initial state and weights of a minGRU"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    shapes = (B, T, I), (B, H), (H, I), (H,), (H, I), (H,)
    return [torch.randn(shape, generator=g) for shape in shapes]


# %% [markdown] name="part-1" covers=["F-02"]
# ## 1 · 样例：两段合成一段
#
# 一段（若干步）用两个数表示：从段首到段尾，总共“乘 $a$，加 $b$”。先走早的一段，再走晚的一段：
#
# $$h = a_{\text{晚}}\,(a_{\text{早}}\, h_{\text{段首}} + b_{\text{早}}) + b_{\text{晚}} = \underbrace{a_{\text{晚}} a_{\text{早}}}_{a}\, h_{\text{段首}} + \underbrace{a_{\text{晚}} b_{\text{早}} + b_{\text{晚}}}_{b}$$
#
# 下面的 `combine` 已经写好了，读懂它：哪个 $a$ 乘到了 $b_{\text{早}}$ 上？运行，看三步合成一段和一步一步走，是不是同一个数。

# %% [markdown] lang="en" of="b2993eec.d7fae223"
# ## 1 · Worked example: two stretches in one
#
# A stretch of several steps is described by two numbers: from its beginning to its end, all in all, "times $a$, plus $b$". First the earlier stretch, then the later one:
#
# $$h = a_{\text{later}}\,(a_{\text{earlier}}\, h_{\text{start}} + b_{\text{earlier}}) + b_{\text{later}} = \underbrace{a_{\text{later}} a_{\text{earlier}}}_{a}\, h_{\text{start}} + \underbrace{a_{\text{later}} b_{\text{earlier}} + b_{\text{later}}}_{b}$$
#
# `combine` below is written out. Read it: which $a$ multiplies $b_{\text{earlier}}$? Run it, and see whether three steps combined give the same number as three steps one by one.

# %% name="example"
def combine(later, earlier):
    a_later, b_later = later
    a_earlier, b_earlier = earlier
    return a_later * a_earlier, a_later * b_earlier + b_later


first, second, third = (0.5, 1.0), (0.8, -2.0), (0.9, 0.3)      # (a, b)
a, b = combine(third, combine(second, first))
h = 4.0
for step in (first, second, third):
    h = step[0] * h + step[1]
print(f"{a * 4.0 + b:.4f}  {h:.4f}")

# %% [markdown] name="part-2" covers=["F-02"]
# ## 2 · 要几轮？
#
# 一轮之后，每一格管 2 步；两轮之后 4 步……`scan_rounds(T)` 返回：至少几轮之后，最后一格管住了全部 `T` 步？返回一个 `int`，`T` 至少是 1。

# %% [markdown] lang="en" of="ac5b2a2f.4f931254"
# ## 2 · How many rounds?
#
# After one round every cell stands for 2 steps, after two rounds for 4, and so on. `scan_rounds(T)` returns the smallest number of rounds after which the last cell stands for all `T` steps. Return an `int`; `T` is at least 1.

# %% [markdown] name="hint-rounds"
# <details><summary>提示：把边界情形写下来</summary>
#
# T = 1 要 0 轮，2 要 1 轮，3 和 4 要 2 轮，5 要 3 轮。往哪边取整？用 `while` 数也行，那样不用对数。
#
# </details>

# %% [markdown] lang="en" of="cc1082c1.ca517a02"
# <details><summary>Hint: write down the edges</summary>
#
# T = 1 takes 0 rounds, 2 takes 1, 3 and 4 take 2, and 5 takes 3. Which way do you round? Counting with `while` is fine too, and needs no logarithm.
#
# </details>

# %% name="scan_rounds" tags=["solution"]
def scan_rounds(T):
    """T 步的扫描要几轮 -> int || How many rounds a scan of T steps takes -> int"""
    ### BEGIN SOLUTION
    rounds, reach = 0, 1
    while reach < T:
        rounds, reach = rounds + 1, 2 * reach
    return rounds
    ### END SOLUTION


# %% name="check-rounds" tags=["check"] points=1 of="scan_rounds"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-rounds") as show:
    for T in (1, 2, 3, 8, 9 + SEED % 7, 1000, 1024, 1025):
        show(f"{T} 步要几轮 || rounds for {T} steps", scan_rounds(T))

# %% [markdown] name="part-3" covers=["F-02"]
# ## 3 · 扫描
#
# `linear_scan` 收到 `a`、`b` `(B, T, D)` 和 `h0` `(B, D)`，返回所有的 $h_1, \dots, h_T$，形状 `(B, T, D)`。三个缺口：
#
# 1. $h_0$ 从哪里进来？它只影响 $h_1 = a_1 h_0 + b_1$，其余的都经由 $h_1$。
# 2. 每一轮，第 $t$ 格和第 $t-d$ 格合并，$d = 1, 2, 4, \dots$；前 $d$ 格不动。
# 3. 什么时候停？
#
# 传进来的张量只读。一步一步的循环值也对，照样得分；检查之后有一格会量一量，你的写法要排多长的队。

# %% [markdown] lang="en" of="6b760bae.35d400ff"
# ## 3 · The scan
#
# `linear_scan` receives `a` and `b` `(B, T, D)` and `h0` `(B, D)` and returns all of $h_1, \dots, h_T$, shape `(B, T, D)`. Three gaps:
#
# 1. Where does $h_0$ come in? It acts on $h_1 = a_1 h_0 + b_1$ only; everything else gets it through $h_1$.
# 2. In each round cell $t$ is combined with cell $t-d$, $d = 1, 2, 4, \dots$; the first $d$ cells stay as they are.
# 3. When does it stop?
#
# Read the tensors you are given; do not change them. A step-by-step loop has the right values and gets the points as well; a cell after the checks measures how long a queue your version makes.

# %% [markdown] name="hint-scan-1"
# <details><summary>提示 1：一轮里谁是“晚”，谁是“早”</summary>
#
# 对第 $d$ 格以后的每一格：晚的是它自己，`a[:, d:]` 和 `b[:, d:]`；早的是前面第 $d$ 格，`a[:, :-d]` 和 `b[:, :-d]`。前 $d$ 格用 `torch.cat` 原样接回去。
#
# </details>

# %% [markdown] lang="en" of="ba38a569.442046ca"
# <details><summary>Hint 1: in a round, who is "later" and who is "earlier"?</summary>
#
# For every cell from $d$ on: the later one is the cell itself, `a[:, d:]` and `b[:, d:]`; the earlier one is $d$ places before, `a[:, :-d]` and `b[:, :-d]`. Put the first $d$ cells back with `torch.cat`.
#
# </details>

# %% [markdown] name="hint-scan-2"
# <details><summary>提示 2：读旧的，写新的</summary>
#
# 一轮之内，所有格子读的都是这一轮**开始时**的 `a` 和 `b`。就地改（`a[:, d:] *= …`，或者从左到右一格一格改）会读到这一轮刚改过的数。先算新的 `b`，再算新的 `a`，都放进新的张量。
#
# </details>

# %% [markdown] lang="en" of="b43385e8.f43e49be"
# <details><summary>Hint 2: read the old, write the new</summary>
#
# Within a round all cells read `a` and `b` **as they were when the round began**. Changing them in place (`a[:, d:] *= …`, or cell by cell from the left) reads numbers that this round has already changed. Compute the new `b`, then the new `a`, both into new tensors.
#
# </details>

# %% [markdown] name="hint-scan-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     first = ______ + b[:, :1]                        # (B, 1, D)
#     b = torch.cat([first, b[:, 1:]], dim=1)
#     d = 1
#     while ______:
#         b = torch.cat([b[:, :d], ______ + b[:, d:]], dim=1)
#         a = torch.cat([a[:, :d], ______], dim=1)
#         d = ______
#     return b
# ```
#
# </details>

# %% [markdown] lang="en" of="254e2579.5b749a30"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     first = ______ + b[:, :1]                        # (B, 1, D)
#     b = torch.cat([first, b[:, 1:]], dim=1)
#     d = 1
#     while ______:
#         b = torch.cat([b[:, :d], ______ + b[:, d:]], dim=1)
#         a = torch.cat([a[:, :d], ______], dim=1)
#         d = ______
#     return b
# ```
#
# </details>

# %% name="linear_scan" tags=["solution"]
def linear_scan(a, b, h0):
    """h_t = a_t h_{t-1} + b_t：a, b (B, T, D), h0 (B, D) -> (B, T, D) || h_t = a_t h_{t-1} + b_t: a, b (B, T, D), h0 (B, D) -> (B, T, D)"""
    ### BEGIN SOLUTION
    first = a[:, :1] * h0[:, None] + b[:, :1]                # (B, 1, D)
    b = torch.cat([first, b[:, 1:]], dim=1)
    d = 1
    while d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d = 2 * d
    return b
    ### END SOLUTION


# %% [markdown] name="about-check-scan"
# **检查长短（3 分）。** 5 步、8 步和 1 步；$h_0$ 不是 0；最后看传进来的数有没有被改动。

# %% [markdown] lang="en" of="70e88278.cc022c03"
# **Check short and long (3 points).** 5 steps, 8 steps, and a single one; $h_0$ is not zero; at the end, whether the numbers you were given have been left alone.

# %% name="check-scan" tags=["check"] points=3 of="linear_scan"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-scan") as show:
    a, b, h0 = given = numbers(1, 5)
    before = [v.clone() for v in given]
    show("5 步 || 5 steps", linear_scan(a, b, h0))
    changed = sum((v - old).abs().sum() for v, old in zip(given, before))
    show("a、b、h0 一共变了多少 || a, b, h0: total change", changed)
    show("8 步，最后一步 || 8 steps, the last one", linear_scan(*numbers(2, 8))[:, -1])
    show("1 步 || 1 step", linear_scan(*numbers(3, 1)))

# %% [markdown] name="about-check-limits"
# **检查极端情形（2 分）。** 先猜再运行：
# - `a` 全是 0：什么也留不住，$h_t$ 是什么？
# - `a` 全是 1、`b` 全是 0：什么也没来，什么也没忘。
# - `a` 全是 0.5、2,000 步：除以 `cumprod` 的捷径会在这里变成 `nan`。

# %% [markdown] lang="en" of="4cacfd23.de94897b"
# **Check the extremes (2 points).** Guess first, then run:
# - `a` all 0: nothing is kept; what is $h_t$?
# - `a` all 1, `b` all 0: nothing arrives and nothing is forgotten.
# - `a` all 0.5, for 2,000 steps: the shortcut that divides by `cumprod` becomes `nan` here.

# %% name="check-limits" tags=["check"] points=2 of="linear_scan"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-limits") as show:
    a, b, h0 = numbers(4, 6)
    show("b，第 4 步 || b, step 4", b[:, 3])
    show("a = 0：h，第 4 步 || a = 0: h at step 4", linear_scan(0 * a, b, h0)[:, 3])
    kept = linear_scan(torch.ones_like(a), 0 * b, h0)
    show("a = 1，b = 0：h 离 h0 多远 || a = 1, b = 0: h away from h0", (kept - h0[:, None]).abs().max())
    a, b, h0 = numbers(5, 2000)
    long = linear_scan(0.5 + 0 * a, b, h0)
    show("a = 0.5，2,000 步之后 || a = 0.5, after 2,000 steps", long[:, -1])

# %% [markdown] name="about-queue"
# **你的写法要排多长的队？**（不计分）下面数的是最长的一条依赖链：有多少个运算，每个都要等前一个的结果。步数从 64 到 512，翻了三番；循环的链子长八倍，扫描只多三轮。

# %% [markdown] lang="en" of="ede612c5.189b9b24"
# **How long a queue does your version make?** (No points.) The cell counts the longest chain of dependencies: how many operations each have to wait for the one before. From 64 to 512 the steps double three times; the chain of a loop gets eight times as long, that of a scan three rounds longer.

# %% name="queue"
for T in (64, 128, 256, 512):
    a, b, h0 = numbers(6, T)
    print(f"T={T}: {serial_depth(linear_scan(a.requires_grad_(), b, h0)[:, -1])}")

# %% [markdown] name="part-4" covers=["H-16"]
# ## 4 · minGRU
#
# 门和候选只看 $x_t$，候选不套 tanh：
#
# $$z_t = \sigma(W_z x_t + b_z), \qquad n_t = W_n x_t + b_n, \qquad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t$$
#
# 当心：这里的 $z$ 乘在**新**内容上，和 PyTorch 的 GRU 相反。`min_gru` 收到 `x` `(B, T, I)`、`h0` `(B, H)`、`W_z` 和 `W_n` `(H, I)`、`b_z` 和 `b_n` `(H,)`，返回 `(B, T, H)`。这一次没有骨架：哪个是 $a_t$，哪个是 $b_t$？

# %% [markdown] lang="en" of="5db53bd1.9f86eb61"
# ## 4 · minGRU
#
# Gate and candidate see $x_t$ alone, and the candidate has no tanh:
#
# $$z_t = \sigma(W_z x_t + b_z), \qquad n_t = W_n x_t + b_n, \qquad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t$$
#
# Mind that $z$ here multiplies the **new**, the opposite of PyTorch's GRU. `min_gru` receives `x` `(B, T, I)`, `h0` `(B, H)`, `W_z` and `W_n` `(H, I)`, `b_z` and `b_n` `(H,)`, and returns `(B, T, H)`. No scaffolding this time: which is $a_t$, and which is $b_t$?

# %% [markdown] name="hint-min"
# <details><summary>提示：对号入座</summary>
#
# $h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t$ 就是 $a_t h_{t-1} + b_t$：$a_t = 1 - z_t$，$b_t = z_t \odot n_t$。`x @ W_z.T + b_z` 一次算出所有时刻，形状 `(B, T, H)`。
#
# </details>

# %% [markdown] lang="en" of="4ac07f62.6ff9d457"
# <details><summary>Hint: find the two coefficients</summary>
#
# $h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t$ is $a_t h_{t-1} + b_t$ with $a_t = 1 - z_t$ and $b_t = z_t \odot n_t$. `x @ W_z.T + b_z` computes all steps at once, shape `(B, T, H)`.
#
# </details>

# %% name="min_gru" tags=["solution"]
def min_gru(x, h0, W_z, b_z, W_n, b_n):
    """x (B, T, I), h0 (B, H), W_z, W_n (H, I), b_z, b_n (H,) -> (B, T, H)"""
    ### BEGIN SOLUTION
    z = torch.sigmoid(x @ W_z.T + b_z)                       # (B, T, H)
    n = x @ W_n.T + b_n                                      # (B, T, H)
    return linear_scan(1 - z, z * n, h0)
    ### END SOLUTION


# %% [markdown] name="about-check-min"
# **检查（4 分）。** 7 步的整条序列；再把门固定住：给 `b_z` 减 40，门全关，`h0` 原样留着；加 40，门全开，每一步都是 $n_t$。

# %% [markdown] lang="en" of="55fe26ae.ca72dc9f"
# **Check (4 points).** A whole sequence of 7 steps; then the gate is held: 40 subtracted from `b_z` shuts it and `h0` stays as it is; 40 added opens it, and every step is $n_t$.

# %% name="check-min" tags=["check"] points=2 of="min_gru"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-min") as show:
    x, h0, *weights = network(7, 7)
    show("第 1 步 || step 1", min_gru(x, h0, *weights)[:, 0])
    show("第 7 步 || step 7", min_gru(x, h0, *weights)[:, -1])
    show("只读 1 步 || one step only", min_gru(x[:, :1], h0, *weights))

# %% name="check-gate" tags=["check"] points=2 of="min_gru"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-gate") as show:
    x, h0, W_z, b_z, W_n, b_n = network(8, 7)
    show("原来的 h0 || h0 before", h0)
    show("门全关，第 7 步 || gate shut, step 7", min_gru(x, h0, W_z, b_z - 40, W_n, b_n)[:, -1])
    show("门全开，第 7 步 || gate open, step 7", min_gru(x, h0, W_z, b_z + 40, W_n, b_n)[:, -1])
    show("调用之后的 h0 || h0 after the calls", h0)

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你写出了让循环并行的那件工具，并且用它搭了一个 2024 年的循环层。它靠的只有一条：两步合起来，和一步是同一种形状。
#
# **想一想**（不计分）：`combine` 交换两个参数，结果一样吗？结合律和交换律，扫描要的是哪一条？如果 $a_t$ 是矩阵，`linear_scan` 要改哪几处？

# %% [markdown] lang="en" of="827788b5.62b3a7fa"
# ## What you can do now
#
# You have written the tool that makes a recurrence parallel, and built a recurrent layer of 2024 on it. It rests on one thing only: two steps together have the same shape as one.
#
# **To think about** (no points): if the two arguments of `combine` change places, is the result the same? Associative and commutative: which of the two does a scan need? And if $a_t$ were a matrix, what would change in `linear_scan`?

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
