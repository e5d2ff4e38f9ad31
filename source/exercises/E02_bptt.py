# ---
# jupyter:
#   course:
#     exercise: E02
#     banned:
#       rnn_backward: [autograd, backward, grad, requires_grad_, func, vjp, jvp, jacrev, jacfwd, hessian, functional_call]
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["H-03", "L-02"]
# # E02 · 让误差沿时间往回走
#
# **进阶 ⭐⭐⭐⭐ · 10 分 · 约 40 分钟** · 配套章节：[03 时间反向传播](../../notebooks/zh/03_bptt.ipynb)
#
# 平时一句 `loss.backward()`，梯度就有了。今天不许用它：你要自己写出那个倒着走的循环。
# 每一步都有两份消息汇合，一份来自这一步自己的输出，一份来自未来；合在一起，穿过 tanh，再继续往过去传。
# 写完这十几行，“梯度消失”就不再是一个词，而是你循环里看得见的一次乘法：下一章的显微镜，对准的就是那一行。

# %% [markdown] lang="en" of="bc42fbbf.3ffb2e15"
# # E02 · Sending the error back through time
#
# **Advanced ⭐⭐⭐⭐ · 10 points · about 40 minutes** · goes with chapter [03 Back-propagation through time](../../notebooks/en/03_bptt.ipynb)
#
# Normally `loss.backward()` hands you the gradients. Not today: you will write the backward-running loop yourself. At every step two messages meet,
# one from that step's own output and one from the future; together they pass through the tanh and travel on into the past.
# A dozen lines later "vanishing gradient" is no longer a phrase but one multiplication in your own loop, the very line that the next chapter puts under the microscope.

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
check = Exercise("E02", SEED)

# %% [markdown] name="task"
# ## 任务
#
# 前向已经跑完，对*一个*样本、竖着写的向量：
#
# $$a_t = W_x x_t + W_h h_{t-1} + b, \qquad h_t = \tanh(a_t), \qquad t = 1,\dots,T$$
#
# 损失 $L$ 可以是任何东西。你只知道它对每个 $h_t$ *直接*的导数（只经过第 $t$ 步自己的输出，不经过未来），也就是正文里的 $\partial L_t/\partial h_t$；它们排在 `dhs` 里。
# 公式从 1 数起，代码从 0 数起：第 1 步是 `x[:, 0]`、`hs[:, 0]`、`dhs[:, 0]`。正文的 `hs` 以 $h_0$ 开头，这里的没有，$h_0$ 另给。
#
# 把 $L$ 对 $a_t$ 的全部导数记作 $\delta_t$，它从最后一步开始，一步步往回算：
#
# $$\delta_t = \bigl(\underbrace{\mathrm{dhs}_t}_{\text{自己的输出}} + \underbrace{W_h^\top \delta_{t+1}}_{\text{来自未来}}\bigr) \odot (1 - h_t^2), \qquad \delta_{T+1} = 0$$
#
# 有了 $\delta_t$，五个梯度就都在手边。它们的形状和原物相同；权重的三个对批和时间*求和*：
#
# | 收到 | 形状 | 返回 | 形状 |
# |---|---|---|---|
# | `x` 输入 | `(B, T, I)` | `dW_x` | `(H, I)` |
# | `h0` 初始状态 | `(B, H)` | `dW_h` | `(H, H)` |
# | `hs` 状态 $h_1 \dots h_T$ | `(B, T, H)` | `db` | `(H,)` |
# | `dhs` 每个状态直接收到的梯度 | `(B, T, H)` | `dh0` | `(B, H)` |
# | `W_x`, `W_h` | `(H, I)`, `(H, H)` | `dx` | `(B, T, I)` |
#
# 不用 `backward` 和 `autograd`；传进来的张量只读，不要改动。

# %% [markdown] lang="en" of="83e4880e.9f94b8a7"
# ## The task
#
# The forward pass is done. For *one* sample, with vectors standing upright:
#
# $$a_t = W_x x_t + W_h h_{t-1} + b, \qquad h_t = \tanh(a_t), \qquad t = 1,\dots,T$$
#
# The loss $L$ may be anything. All you are told is its *direct* derivative with respect to each $h_t$ (through step $t$'s own output, not through the future):
# the $\partial L_t/\partial h_t$ of the chapter, lined up in `dhs`. Formulas count from 1 and code counts from 0: step 1 is `x[:, 0]`, `hs[:, 0]`, `dhs[:, 0]`. And while the chapter's `hs` began with $h_0$,
# this one does not; $h_0$ comes separately.
#
# Write $\delta_t$ for the full derivative of $L$ with respect to $a_t$. It starts at the last step and works its way back:
#
# $$\delta_t = \bigl(\underbrace{\mathrm{dhs}_t}_{\text{own output}} + \underbrace{W_h^\top \delta_{t+1}}_{\text{from the future}}\bigr) \odot (1 - h_t^2), \qquad \delta_{T+1} = 0$$
#
# Once you have $\delta_t$, all five gradients are within reach. Each has the shape of the thing it belongs to; the three that belong to weights are *summed* over batch and time:
#
# | you get | shape | you return | shape |
# |---|---|---|---|
# | `x` inputs | `(B, T, I)` | `dW_x` | `(H, I)` |
# | `h0` initial state | `(B, H)` | `dW_h` | `(H, H)` |
# | `hs` states $h_1 \dots h_T$ | `(B, T, H)` | `db` | `(H,)` |
# | `dhs` gradient each state receives directly | `(B, T, H)` | `dh0` | `(B, H)` |
# | `W_x`, `W_h` | `(H, I)`, `(H, H)` | `dx` | `(B, T, I)` |
#
# No `backward`, no `autograd`; read the tensors you are given, do not change them.

# %% name="fixture"
# 各不相同，转置写错会报形状不符；只有方阵 W_h 不会 || all different: a wrong transpose fails on its shape, except for the square W_h
B, T, I, H = 2, 5, 3, 4


def forward_pass(k, steps=T):
    """第 k 组随机数，前向已跑完：rnn_backward 的六个参数，和网络本身 || The k-th set of random numbers, forward pass done: the six arguments of
    rnn_backward, and the network"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    shapes = (B, steps, I), (B, H), (B, steps, H), (H, I), (H, H), (H,)
    drawn = (0.7 * torch.randn(shape, generator=g) for shape in shapes)
    x, h0, dhs, W_x, W_h, b = drawn
    rnn = torch.nn.RNN(I, H, batch_first=True)      # 就是 E01 的网络 || the network of E01
    names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
    rnn.load_state_dict(dict(zip(names, (W_x, W_h, b, torch.zeros(H)))))
    with torch.no_grad():
        hs, _ = rnn(x, h0[None])
    return (x, h0, hs, dhs, W_x, W_h), rnn


# %% [markdown] name="part-1"
# ## 写 `rnn_backward`
#
# 动手之前，先在纸上给 $T=2$ 画一张图：$x_1, x_2, h_0, h_1, h_2$，箭头朝前。再用另一种颜色把每个箭头倒过来。
# 倒过来的箭头就是你的循环：`dhs` 从上面进来，`dx` 从下面出去，横着走的那一支一直走到 `dh0`。
#
# 把 `raise NotImplementedError` 换成你的代码。提示 3 是一道拼图：代码都在，只是次序乱了。

# %% [markdown] lang="en" of="14605798.6f451f0d"
# ## Write `rnn_backward`
#
# Before you type, draw the graph for $T=2$ on paper: $x_1, x_2, h_0, h_1, h_2$ with their arrows pointing forward. Now turn every arrow round in another colour.
# The turned arrows are your loop: `dhs` comes in from above, `dx` leaves below, and the sideways branch runs all the way to `dh0`.
#
# Put your code in place of `raise NotImplementedError`. Hint 3 is a puzzle: the code is all there, only out of order.

# %% [markdown] name="hint-1"
# <details><summary>提示 1：往回走时手里拿着什么？</summary>
#
# 前向时手里拿着状态 `h`。往回走时，手里拿着的是一份形状同为 `(B, H)` 的消息：未来对这个状态的全部意见。
# 最后一步没有未来，所以它从 0 开始。走完第一步之后手里剩下的那一份，正好就是五个返回值中的一个。
#
# </details>

# %% [markdown] lang="en" of="f03e60ec.55087b4c"
# <details><summary>Hint 1: what do you carry on the way back?</summary>
#
# Going forward you carry the state `h`. Going back you carry a message of the same shape, `(B, H)`: everything the future has to say about this state.
# The last step has no future, so the message starts at 0. And what is left in your hand after the first step is exactly one of the five results.
#
# </details>

# %% [markdown] name="hint-2"
# <details><summary>提示 2：由 δ 到五个梯度</summary>
#
# 对一个样本，$a_t = W_x x_t + W_h h_{t-1} + b$ 里的每一项各给出一个梯度：
#
# $$dW_x = \sum_t \delta_t\, x_t^\top,\quad dW_h = \sum_t \delta_t\, h_{t-1}^\top,\quad db = \sum_t \delta_t,\quad dx_t = W_x^\top \delta_t,\quad dh_0 = W_h^\top \delta_1$$
#
# 代码里样本占一行，`delta` 是 `(B, H)`：$W^\top\delta$ 写成 `delta @ W`，而 `delta.T @ x_t` 顺便把批也加完了。
# 小心第一步：它的 $h_{t-1}$ 不在 `hs` 里。
#
# </details>

# %% [markdown] lang="en" of="e9507aae.f5dbe1bf"
# <details><summary>Hint 2: from δ to five gradients</summary>
#
# For one sample, each term of $a_t = W_x x_t + W_h h_{t-1} + b$ yields one gradient:
#
# $$dW_x = \sum_t \delta_t\, x_t^\top,\quad dW_h = \sum_t \delta_t\, h_{t-1}^\top,\quad db = \sum_t \delta_t,\quad dx_t = W_x^\top \delta_t,\quad dh_0 = W_h^\top \delta_1$$
#
# In code a sample is a row and `delta` is `(B, H)`, so $W^\top\delta$ becomes `delta @ W`, and `delta.T @ x_t` adds up the batch while it is at it.
# Mind the first step: its $h_{t-1}$ is not in `hs`.
#
# </details>

# %% [markdown] name="hint-3"
# <details><summary>提示 3：打乱的代码</summary>
#
# 下面十行里有八行属于循环，次序打乱了；另有两行是冒充的，哪两行要你认出来。拼好后缩进在 `for` 里面，外面再补上初始的 0 和最后的 `return`。
#
# ```python
# A   dx[:, t] = delta @ W_x
# B   carry = delta @ W_h
# C   db += delta.sum(dim=0)
# D   delta = (dhs[:, t] + carry) * (1 - hs[:, t])
# E   h_prev = hs[:, t - 1] if t > 0 else h0
# F   dW_h += delta.T @ h_prev
# G   carry = delta @ W_h.T
# H   for t in reversed(range(x.shape[1])):
# I   delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
# J   dW_x += delta.T @ x[:, t]
# ```
#
# 冒充的两行各有一个很像的正品。分不清时，回到任务里那条 $\delta_t$ 的公式，一个符号一个符号地对。
#
# </details>

# %% [markdown] lang="en" of="61d5794c.7cb52ef6"
# <details><summary>Hint 3: the code, shuffled</summary>
#
# Eight of these ten lines make up the loop, out of order; two are impostors, and it is for you to find out which. Indent the lines under the `for`, then add
# the zeros before it and the `return` after it.
#
# ```python
# A   dx[:, t] = delta @ W_x
# B   carry = delta @ W_h
# C   db += delta.sum(dim=0)
# D   delta = (dhs[:, t] + carry) * (1 - hs[:, t])
# E   h_prev = hs[:, t - 1] if t > 0 else h0
# F   dW_h += delta.T @ h_prev
# G   carry = delta @ W_h.T
# H   for t in reversed(range(x.shape[1])):
# I   delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
# J   dW_x += delta.T @ x[:, t]
# ```
#
# Each impostor has a genuine twin. If you cannot tell them apart, go back to the formula for $\delta_t$ and compare symbol by symbol.
#
# </details>

# %% name="rnn_backward" tags=["solution"]
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    """x (B, T, I), h0 (B, H), hs 和 dhs (B, T, H), W_x (H, I), W_h (H, H)
    -> dW_x (H, I), dW_h (H, H), db (H,), dh0 (B, H), dx (B, T, I) || x (B, T, I), h0 (B, H), hs and dhs (B, T, H), W_x (H, I), W_h (H, H)
    -> dW_x (H, I), dW_h (H, H), db (H,), dh0 (B, H), dx (B, T, I)"""
    ### BEGIN SOLUTION
    dW_x, dW_h = torch.zeros_like(W_x), torch.zeros_like(W_h)
    db = torch.zeros(W_h.shape[0])
    dx = torch.zeros_like(x)
    carry = torch.zeros_like(h0)  # (B, H) 来自未来的消息 || (B, H) the message from the future
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0                 # (B, H)
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)      # (B, H)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx
    ### END SOLUTION


# %% [markdown] name="about-check-one-step"
# **检查一步（3 分）。** $T=1$：没有未来，只有 tanh 的导数和五个乘积。这里不对，先别往下看。

# %% [markdown] lang="en" of="881525e0.849bc678"
# **Check one step (3 points).** $T=1$: no future, just the derivative of tanh and five products. If this is not right yet, look no further down.

# %% name="check-one-step" tags=["check"] points=3 of="rnn_backward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-one-step") as show:
    inputs, _ = forward_pass(1, steps=1)
    dW_x, dW_h, db, dh0, dx = rnn_backward(*inputs)
    show("一步：dW_x || one step: dW_x", dW_x)
    show("一步：dW_h || one step: dW_h", dW_h)
    show("一步：db || one step: db", db)
    show("一步：dh0 || one step: dh0", dh0)
    show("一步：dx || one step: dx", dx)

# %% [markdown] name="about-check-weights"
# **检查权重的梯度（3 分）。** $T=5$，每一步都有自己的 `dhs`。权重用了五次，五次的账要加在一起。

# %% [markdown] lang="en" of="4515deb2.63ef46c9"
# **Check the weight gradients (3 points).** $T=5$, and every step brings a `dhs` of its own. The weights were used five times, so five contributions must add up.

# %% name="check-weights" tags=["check"] points=3 of="rnn_backward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-weights") as show:
    inputs, _ = forward_pass(2)
    dW_x, dW_h, db, _, _ = rnn_backward(*inputs)
    show("五步：dW_x || five steps: dW_x", dW_x)
    show("五步：dW_h || five steps: dW_h", dW_h)
    show("五步：db || five steps: db", db)

# %% [markdown] name="about-check-messages"
# **检查传出去的消息（2 分）。** 送到每个输入的 `dx`，和一直送到起点的 `dh0`。

# %% [markdown] lang="en" of="e64c4799.aa3a08d7"
# **Check the messages sent out (2 points).** `dx`, delivered to every input, and `dh0`, delivered all the way to the start.

# %% name="check-messages" tags=["check"] points=2 of="rnn_backward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-messages") as show:
    inputs, _ = forward_pass(3)
    _, _, _, dh0, dx = rnn_backward(*inputs)
    show("五步：dh0 || five steps: dh0", dh0)
    show("五步：dx || five steps: dx", dx)

# %% [markdown] name="about-check-edges"
# **检查边界（1 分）。** 先猜再运行：
# - 损失只看最后一步，第一个输入收得到梯度吗？
# - 损失只看第一步，后面四个输入收到多少？
# - 让所有状态都是 0，`W_h` 是单位矩阵：消息一路无损，`dh0` 应当等于什么？
# - 用完之后，传进来的张量都还是原样吗？（打印的是每个张量的和。变了，多半是哪一行 `+=` 写在了别人的张量上；下面和 autograd 对的时候也会跟着错。）

# %% [markdown] lang="en" of="8eba8250.388e730f"
# **Check the edges (1 point).** Guess first, then run:
# - If the loss looks at the last step only, does the first input receive any gradient?
# - If it looks at the first step only, how much do the other four inputs receive?
# - Let all states be 0 and `W_h` the identity: no message loses anything on its way, so what must `dh0` equal?
# - Afterwards, are the tensors you were given still what they were? (The line prints the sum of each. If one has changed, look for a `+=` on a tensor that is not yours; it will spoil the comparison with autograd below, too.)

# %% name="check-edges" tags=["check"] points=1 of="rnn_backward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-edges") as show:
    (x, h0, hs, dhs, W_x, W_h), _ = forward_pass(4)
    first, last = torch.zeros(B, T, H), torch.zeros(B, T, H)
    first[:, 0], last[:, -1] = dhs[:, 0], dhs[:, -1]
    dx_last = rnn_backward(x, h0, hs, last, W_x, W_h)[4]
    dx_first = rnn_backward(x, h0, hs, first, W_x, W_h)[4]
    show("只看最后一步：dx[:, 0] || last step only: dx[:, 0]", dx_last[:, 0])
    show("只看第一步：dx[:, 1:] || first step only: dx[:, 1:]", dx_first[:, 1:])
    silent = torch.zeros(B, T, I), torch.zeros(B, H), torch.zeros(B, T, H)
    lossless = rnn_backward(*silent, dhs, W_x, torch.eye(H))
    show("一路无损：dh0 || nothing lost on the way: dh0", lossless[3])
    show("dhs 对时间求和 || dhs summed over time", dhs.sum(dim=1))
    sums = torch.stack([v.sum() for v in (x, h0, hs, dhs, W_x, W_h)])
    show("调用之后的输入 || inputs after the calls", sums)

# %% [markdown] name="about-check-autograd"
# **最后一关：autograd（1 分）。** 同一个网络，让 PyTorch 自己求导，20 步。五个梯度各差多少？

# %% [markdown] lang="en" of="2499243b.9b96058c"
# **The last gate: autograd (1 point).** The same network, differentiated by PyTorch itself, 20 steps. By how much does each of the five gradients differ?

# %% name="check-autograd" tags=["check"] points=1 of="rnn_backward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
(x, h0, hs, dhs, W_x, W_h), rnn = forward_pass(5, steps=20)
with check("check-autograd"):
    mine = rnn_backward(x, h0, hs, dhs, W_x, W_h)

# 等你的函数算完，再请 autograd || autograd is asked only when your function is done
x_leaf, h0_leaf = x.clone().requires_grad_(), h0.clone().requires_grad_()
# 这个损失对每个 h_t 的直接导数恰好是 dhs || a loss whose direct derivative with respect to h_t is dhs
(rnn(x_leaf, h0_leaf[None])[0] * dhs).sum().backward()
leaves = rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, h0_leaf, x_leaf
with check("check-autograd") as show:
    names = "dW_x", "dW_h", "db", "dh0", "dx"
    for name, a, leaf in zip(names, mine, leaves, strict=True):
        difference = (a - leaf.grad).abs().max()
        show(f"{name} 与 autograd 的最大差别 || {name}: largest difference from autograd", difference)

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你写出了时间反向传播。框架里的 `backward()` 做的是同一件事：存下前向的每个状态，再倒着走一遍，每走一步乘一次 $W_h^\top$、再乘一次 $1-h_t^2$。
# 所以训练 RNN 的内存随 $T$ 增长：没有那些存下的 `hs`，就没有路可以回头。
#
# **想一想**（不计分）：损失只看最后一步时，`dx[:, 0]` 比 `dx[:, -1]` 小吗？把 `W_h` 乘以 3，前向也重跑一遍，`dx[:, 0]` 会变大还是变小？
# 先别急着说“当然变大”：$W_h$ 大了，状态更饱和，$1-h_t^2$ 就更小。第 04 章把这场拔河拆开来量。

# %% [markdown] lang="en" of="92a755f9.fa29292f"
# ## What you can do now
#
# You have written back-propagation through time. A framework's `backward()` does the same: it keeps every state of the forward pass and then walks back, multiplying
# at each step by $W_h^\top$ and by $1-h_t^2$. That is why the memory needed to train an RNN grows with $T$: without the stored `hs` there is no way back.
#
# **To think about** (no points): when the loss looks at the last step only, is `dx[:, 0]` smaller than `dx[:, -1]`? Multiply `W_h` by 3, run forward and backward again: does `dx[:, 0]` grow or shrink?
# Before you say "it grows, of course": a larger $W_h$ also saturates the states, which makes $1-h_t^2$ smaller. Chapter 04 takes this tug-of-war apart and measures it.

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
