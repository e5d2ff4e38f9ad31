# ---
# jupyter:
#   course:
#     exercise: E03
#     banned:
#       clip_by_global_norm: [clip_grad_norm_, clip_grad_norm, clip_grads_with_norm_, get_total_norm]
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["C-17", "C-18", "X-05"]
# # E03 · 刹车与显微镜
#
# **基础 ⭐⭐⭐ · 10 分 · 约 30 分钟** · 配套章节：[04 梯度显微镜](../../notebooks/zh/04_gradient_microscope.ipynb)
#
# 训练 RNN 时，梯度偶尔会突然大得离谱，一步就把学到的东西全部冲走。裁剪是最便宜的刹车：太长就缩短，方向一丝不改。
# 可是刹车治不了消失，缩短一个已经是 0 的数没有意义。想知道信号到底在哪一步没了，需要另一件工具：把每一步的雅可比矩阵乘起来，量它还剩多大。
# 这两件工具你都会写，各只有几行，第 14 章的训练监控还要再用到它们。

# %% [markdown] lang="en" of="31e82ab7.e8a3453a"
# # E03 · A brake and a microscope
#
# **Basic ⭐⭐⭐ · 10 points · about 30 minutes** · goes with chapter [04 The gradient microscope](../../notebooks/en/04_gradient_microscope.ipynb)
#
# Every now and then, while an RNN trains, the gradient shoots up and one step washes away everything learned so far. Clipping is the cheapest
# brake there is: too long, so make it shorter, and leave its direction exactly alone. A brake does not cure vanishing, though; there is nothing to shorten
# in a zero. To see at which step the signal was lost you need another instrument, one that multiplies the Jacobians of the steps and measures how much is left.
# You will write both, a few lines each, and meet them again in the training monitor of chapter 14.

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
check = Exercise("E03", SEED)

# %% name="fixture"
def randn(k, *shapes):
    """第 k 组随机张量，每个形状一个 || The k-th set of random tensors, one for each shape"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    return [torch.randn(shape, generator=g) for shape in shapes]


# %% [markdown] name="part-1"
# ## 1 · 刹车：按总范数裁剪
#
# 一个网络的梯度是一串张量，形状各异。把它们*全部*拉直、首尾相接，成为一个长向量 $g$，它的长度是
#
# $$\lVert g\rVert = \sqrt{\textstyle\sum_j g_j^2} \qquad (j\ \text{遍历所有张量的所有元素})$$
#
# 如果 $\lVert g\rVert$ 超过 `max_norm`，就把整个 $g$ 乘以同一个系数，使长度恰好等于 `max_norm`；没有超过，就原样返回。
#
# `clip_by_global_norm(grads, max_norm)` 返回两样东西：一串新的张量（形状不变），以及**裁剪之前**的总范数。
# 监控要画的正是裁剪之前的那个数：它告诉你刹车踩得有多狠。传进来的张量不要改动；梯度全是 0 的时候也不能出错。
#
# （PyTorch 的实现在分母上加了 1e-6，加或不加在这里都算对：检查只看三位小数。）

# %% [markdown] lang="en" of="22707b7f.526303f3"
# ## 1 · The brake: clipping by global norm
#
# The gradient of a network is a list of tensors of all sorts of shapes. Flatten *all* of them and lay them end to end as one long vector $g$. Its length is
#
# $$\lVert g\rVert = \sqrt{\textstyle\sum_j g_j^2} \qquad (j\ \text{runs over all entries of all tensors})$$
#
# If $\lVert g\rVert$ exceeds `max_norm`, multiply the whole of $g$ by one factor that makes its length exactly `max_norm`; otherwise return it as it is.
#
# `clip_by_global_norm(grads, max_norm)` returns two things: a list of new tensors (same shapes), and the total norm **before** clipping. That is the number a
# training monitor plots, because it tells you how hard the brake was pressed. Do not change the tensors you are given, and cope with gradients that are all zero.
#
# (PyTorch adds 1e-6 to the denominator. With or without, both count as right here: the check looks at three decimals.)

# %% [markdown] name="hint-clip-1"
# <details><summary>提示 1：几个系数？</summary>
#
# 想象三个参数各有一支箭头，合起来是一支大箭头。只缩短其中一支，大箭头就转了方向。要方向不变，所有张量得乘以同一个数，所以总共只有*一个*范数、*一个*系数。
#
# </details>

# %% [markdown] lang="en" of="be88438d.8a24964c"
# <details><summary>Hint 1: how many factors?</summary>
#
# Picture one arrow for each of three parameters; together they make one big arrow. Shorten just one and the big arrow turns. To keep its direction, all tensors must be
# multiplied by the same number, so there is *one* norm and *one* factor.
#
# </details>

# %% [markdown] name="hint-clip-2"
# <details><summary>提示 2：不用真的拼起来</summary>
#
# 平方和可以分开求：先对每个张量求平方和，再把这些和加起来，最后开一次方。
# 系数是“想要的长度除以现有的长度”，但不能超过 1，否则短的梯度会被拉长。
#
# </details>

# %% [markdown] lang="en" of="3f44a0c3.52b0151f"
# <details><summary>Hint 2: no need to build the long vector</summary>
#
# A sum of squares can be taken in parts: square and sum each tensor, add up these sums, take one square root at the end.
# The factor is "the length you want over the length you have", but never more than 1, or short gradients would be stretched.
#
# </details>

# %% [markdown] name="hint-clip-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
# total_norm = torch.sqrt(sum(______ for g in grads))
# scale = torch.clamp(______ / ______, max=______)
# clipped = [______ for g in grads]
# ```
#
# `torch.clamp` 遇到 `inf` 也照常工作，所以总范数为 0 时不必另写一条分支。
#
# </details>

# %% [markdown] lang="en" of="d26b4701.db367840"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
# total_norm = torch.sqrt(sum(______ for g in grads))
# scale = torch.clamp(______ / ______, max=______)
# clipped = [______ for g in grads]
# ```
#
# `torch.clamp` copes with `inf`, so a total norm of 0 needs no branch of its own.
#
# </details>

# %% name="clip_by_global_norm" tags=["solution"]
def clip_by_global_norm(grads, max_norm):
    """一串张量 grads，上限 max_norm -> (一串新张量，裁剪前的总范数) || a list of tensors grads, a bound max_norm
    -> (a list of new tensors, the total norm before clipping)"""
    # 所有张量的总范数 || the norm of all tensors together
    ### BEGIN SOLUTION
    total_norm = torch.sqrt(sum((g ** 2).sum() for g in grads))
    ### END SOLUTION
    # 裁剪 || clip
    ### BEGIN SOLUTION
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g * scale for g in grads]
    ### END SOLUTION
    return clipped, total_norm


# %% [markdown] name="about-check-above"
# **检查：超过上限（3 分）。** 三个张量，阶数和大小都不同；上限 5，总范数比它大，每个张量里也都有绝对值超过 5 的元素。

# %% [markdown] lang="en" of="817be231.67f9fa14"
# **Check: above the bound (3 points).** Three tensors of different rank and scale; the bound is 5, the total norm is above it, and each tensor has entries beyond ±5.

# %% name="check-above" tags=["check"] points=3 of="clip_by_global_norm"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-above") as show:
    vector, matrix, cube = randn(1, (4,), (3, 5), (2, 3, 2))
    clipped, total_norm = clip_by_global_norm([10 * vector, 4 * matrix, 6 * cube], 5.0)
    show("裁剪前的总范数 || total norm before clipping", total_norm, digits=3)
    show("向量 || the vector", clipped[0], digits=3)
    show("矩阵 || the matrix", clipped[1], digits=3)
    show("三阶张量 || the rank-3 tensor", clipped[2], digits=3)

# %% [markdown] name="about-check-below"
# **检查：没有超过（2 分）。** 上限 100，什么都不该变；全 0 的梯度，裁剪之后还是 0；最后看传进来的张量有没有被改动。

# %% [markdown] lang="en" of="73625ec6.369c8279"
# **Check: below the bound (2 points).** With a bound of 100 nothing should change; all-zero gradients stay zero; and the last lines look at whether your inputs were touched.

# %% name="check-below" tags=["check"] points=2 of="clip_by_global_norm"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-below") as show:
    grads = randn(5, (4,), (3, 5))
    clipped, total_norm = clip_by_global_norm(grads, 100.0)
    show("没有超过：总范数 || below: total norm", total_norm, digits=3)
    show("没有超过：向量 || below: the vector", clipped[0], digits=3)
    show("没有超过：矩阵 || below: the matrix", clipped[1], digits=3)
    clipped, total_norm = clip_by_global_norm([torch.zeros(4), torch.zeros(3, 5)], 8.0)
    show("全 0 的梯度：总范数 || all zero: total norm", total_norm, digits=3)
    show("全 0 的梯度：向量 || all zero: the vector", clipped[0], digits=3)
    clip_by_global_norm(grads, 0.5)
    show("调用之后的输入，向量 || inputs after the calls, vector", grads[0], digits=3)
    show("调用之后的输入，矩阵 || inputs after the calls, matrix", grads[1], digits=3)

# %% [markdown] name="about-check-torch"
# **检查：和 PyTorch 比（1 分）。** 训练循环里用的是 `torch.nn.utils.clip_grad_norm_`。一个真正的网络，一次真正的反向传播，两边差多少？

# %% [markdown] lang="en" of="d9cf26bc.94c47c2a"
# **Check: against PyTorch (1 point).** A training loop calls `torch.nn.utils.clip_grad_norm_`. A real network, a real backward pass: by how much do the two differ?

# %% name="check-torch" tags=["check"] points=1 of="clip_by_global_norm"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
lstm = torch.nn.LSTM(3, 4)
x, *weights = randn(6, (7, 2, 3), (16, 3), (16, 4), (16,), (16,))
lstm.load_state_dict(dict(zip(lstm.state_dict(), weights)))
(lstm(x)[0] ** 2).sum().backward()
grads = [p.grad.clone() for p in lstm.parameters()]
with check("check-torch"):
    clipped, total_norm = clip_by_global_norm(grads, 1.0)

# 等你的函数算完，再请 PyTorch || PyTorch is asked only when your function is done
their_norm = torch.nn.utils.clip_grad_norm_(lstm.parameters(), max_norm=1.0)
with check("check-torch") as show:
    pairs = zip(clipped, lstm.parameters(), strict=True)
    differences = [(a - p.grad).abs().max() for a, p in pairs]
    show("总范数的差别 || difference of the total norms", abs(total_norm - their_norm), digits=3)
    show("四个梯度的最大差别 || largest difference of each gradient", torch.stack(differences), digits=3)

# %% [markdown] name="part-2"
# ## 2 · 显微镜：信号在第几步没了
#
# 现在只看一个样本。`hs` 是 `(T, H)`，它的最后一行是 $h_T$。从 $h_{t-1}$ 到 $h_t$，线性化之后就是一个矩阵：
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1-h_t^2)\,W_h \qquad (H\times H)$$
#
# 往回走 $k$ 步，就是把 $k$ 个这样的矩阵乘起来，次序由链式法则定：
#
# $$\frac{\partial h_T}{\partial h_{T-k}} = J_T\, J_{T-1} \cdots J_{T-k+1}$$
#
# `jacobian_lag_norms(hs, W_h)` 返回 `(T,)`：第 $k$ 个数是 $\partial h_T/\partial h_{T-k}$ 的**谱范数**（最大奇异值），$k=0,1,\dots,T-1$。
# 谱范数回答的问题是：早先状态里最有影响的那个方向，变动一个单位，$h_T$ 最多动多少？
#
# 第 0 个数不用算也知道：$h_T$ 对自己的导数是单位矩阵。（章里的 `lag_norms` 从 $k=1$ 量到 $T$；这里从 $k=0$ 量到 $T-1$，所以先量、再走。）

# %% [markdown] lang="en" of="b5068f3d.98d3bc59"
# ## 2 · The microscope: at which step was the signal lost?
#
# Now for a single sample. `hs` is `(T, H)` and its last row is $h_T$. Linearised, the way from $h_{t-1}$ to $h_t$ is one matrix:
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1-h_t^2)\,W_h \qquad (H\times H)$$
#
# Going back $k$ steps means multiplying $k$ of them, in the order the chain rule dictates:
#
# $$\frac{\partial h_T}{\partial h_{T-k}} = J_T\, J_{T-1} \cdots J_{T-k+1}$$
#
# `jacobian_lag_norms(hs, W_h)` returns `(T,)`: entry $k$ is the **spectral norm** (largest singular value) of $\partial h_T/\partial h_{T-k}$, for $k=0,1,\dots,T-1$.
# The question it answers: if the earlier state moves by one unit in its most influential direction, how far does $h_T$ move at most?
#
# Entry 0 you know without computing: the derivative of $h_T$ with respect to itself is the identity. (The chapter's `lag_norms` runs from $k=1$ to $T$. Here $k$ runs from 0 to $T-1$, so measure first and step back afterwards.)

# %% [markdown] name="hint-jacobian-1"
# <details><summary>提示 1：新的一步放在哪一边</summary>
#
# 手里已有 $\partial h_T/\partial h_{T-k}$，想要 $\partial h_T/\partial h_{T-k-1}$。对照上面的乘积：多出来的那一个 $J$ 在左端还是右端？
#
# </details>

# %% [markdown] lang="en" of="d1df7fce.3dc2735f"
# <details><summary>Hint 1: which side does the next step go on?</summary>
#
# You hold $\partial h_T/\partial h_{T-k}$ and want $\partial h_T/\partial h_{T-k-1}$. Look at the product above: is the extra $J$ at its left end or its right?
#
# </details>

# %% [markdown] name="hint-jacobian-2"
# <details><summary>提示 2：哪一步的导数</summary>
#
# 多出来的那一个是 $J_{T-k}$，里面的状态是 $h_{T-k}$。`hs` 从 0 数起，$h_T$ 是 `hs[T - 1]`，那么 $h_{T-k}$ 是 `hs[…]`？
# 对角矩阵乘 $W_h$，等于把 $W_h$ 的每一*行*乘以一个数。谱范数可以用 `torch.linalg.matrix_norm(J, 2)`。
#
# </details>

# %% [markdown] lang="en" of="29e83ce9.01c21fa9"
# <details><summary>Hint 2: the derivative at which step?</summary>
#
# The extra one is $J_{T-k}$, and the state in it is $h_{T-k}$. `hs` counts from 0 and $h_T$ is `hs[T - 1]`, so $h_{T-k}$ is `hs[…]`?
# A diagonal matrix times $W_h$ multiplies each *row* of $W_h$ by one number. For the spectral norm there is `torch.linalg.matrix_norm(J, 2)`.
#
# </details>

# %% [markdown] name="hint-jacobian-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#         norms.append(torch.linalg.matrix_norm(______, 2))
#         ...
#         J = ______ @ torch.diag(1 - hs[______] ** 2) @ ______
# ```
#
# </details>

# %% [markdown] lang="en" of="f4b93d04.b391cce5"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#         norms.append(torch.linalg.matrix_norm(______, 2))
#         ...
#         J = ______ @ torch.diag(1 - hs[______] ** 2) @ ______
# ```
#
# </details>

# %% name="jacobian_lag_norms" tags=["solution"]
def jacobian_lag_norms(hs, W_h):
    """hs (T, H), W_h (H, H) -> (T,)：∂h_T/∂h_{T-k} 的谱范数，k = 0 … T-1 || hs (T, H), W_h (H, H) -> (T,): spectral norms of ∂h_T/∂h_{T-k}, k = 0 … T-1"""
    T, H = hs.shape
    J, norms = torch.eye(H), []      # ∂h_T/∂h_T
    for k in range(T):
        # 量一量此刻的 J || measure J as it is now
        ### BEGIN SOLUTION
        norms.append(torch.linalg.matrix_norm(J, 2))
        ### END SOLUTION
        # 再往回走一步 || go back one more step
        ### BEGIN SOLUTION
        J = J @ torch.diag(1 - hs[T - 1 - k] ** 2) @ W_h
        ### END SOLUTION
    return torch.stack(norms)


# %% [markdown] name="about-check-jacobian"
# **检查：六步（3 分）。** 状态有的接近 0，有的接近 ±1。运行之前猜一猜：`W_h` 的谱范数大于 1，六个数会一路变大吗？

# %% [markdown] lang="en" of="b965a685.07eb3385"
# **Check: six steps (3 points).** Some states are near 0, others near ±1. Guess before you run: the spectral norm of `W_h` is above 1, so do the six numbers keep growing?

# %% name="check-jacobian" tags=["check"] points=3 of="jacobian_lag_norms"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-jacobian") as show:
    a, W_h = randn(3, (6, 4), (4, 4))
    show("W_h 的谱范数 || spectral norm of W_h", torch.linalg.matrix_norm(W_h, 2))
    show("六步的谱范数 || spectral norms over six steps", jacobian_lag_norms(torch.tanh(2 * a), W_h))

# %% [markdown] name="about-check-probes"
# **检查：答案已知的几种情形（1 分）。** 先猜再运行：
# - 只有一步。
# - 状态全为 0，`W_h` 只是把单元换个次序（正交矩阵）。
# - 状态全为 1，彻底饱和。
# - 状态全为 0，`W_h` 把每个单元的值放大 3 倍交给下一个单元，最后一个单元丢掉。它的谱半径是 0，乘四次就成了零矩阵。那么一开始呢？

# %% [markdown] lang="en" of="ffac8448.22551da8"
# **Check: cases with a known answer (1 point).** Guess first, then run:
# - A single step.
# - All states 0, and a `W_h` that merely reorders the units (an orthogonal matrix).
# - All states 1, fully saturated.
# - All states 0, and a `W_h` that hands each unit's value, tripled, to the next unit and drops the last one. Its spectral radius is 0, and after four steps it is the zero matrix. But at first?

# %% name="check-probes" tags=["check"] points=1 of="jacobian_lag_norms"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-probes") as show:
    a, W_h = randn(4, (6, 4), (4, 4))
    hs = torch.tanh(2 * a)
    show("一步 || one step", jacobian_lag_norms(hs[:1], W_h))
    show("换个次序 || reordered", jacobian_lag_norms(torch.zeros(6, 4), torch.eye(4)[[2, 0, 3, 1]]))
    show("彻底饱和 || fully saturated", jacobian_lag_norms(torch.ones(6, 4), W_h))
    nilpotent = 3 * torch.diag(torch.ones(3), -1)
    show("谱半径为 0 || spectral radius 0", jacobian_lag_norms(torch.zeros(6, 4), nilpotent))
    jacobian_lag_norms(hs, W_h)
    show("调用之后的 hs 和 W_h 的和 || sums of hs and W_h after the calls", torch.stack([hs.sum(), W_h.sum()]))

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你有了一副刹车和一台显微镜。刹车只改长短、不改方向；显微镜告诉你，信号每往回一步剩下几成，以及责任在 $W_h$ 还是在饱和的 tanh。
# 最后那个例子值得记住：谱半径说的是*很久以后*，谱范数说的是*这几步之内*，两者可以完全相反。
#
# **想一想**（不计分）：有人发现模型学不到 50 步以前的东西，于是把 `max_norm` 从 1 调到 100。这会有帮助吗？他应该先量什么？

# %% [markdown] lang="en" of="ed031384.c0b971e7"
# ## What you can do now
#
# You own a brake and a microscope. The brake changes the length and never the direction; the microscope says how much of the signal each step back leaves over, and
# whether $W_h$ or a saturated tanh is to blame. The last probe is worth remembering: the spectral radius speaks about *the long run*, the spectral norm about
# *the next few steps*, and they can say opposite things.
#
# **To think about** (no points): a colleague's model cannot learn from 50 steps ago, so she raises `max_norm` from 1 to 100. Will that help? What should she measure first?

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
