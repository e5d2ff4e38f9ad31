# ---
# jupyter:
#   course:
#     exercise: E12
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["F-05", "X-03"]
# # E12 · 来一个词算一步
#
# **扩展 ⭐⭐⭐⭐ · 10 分 · 约 25 分钟** · 配套章节：[13 流式推理的代价](../../notebooks/zh/13_streaming_cost.ipynb)
#
# 整条序列都在手上，谁都会算。词一个一个来的时候，就要想清楚：什么必须留着，什么可以放手？
# 你会写出一段一段读下去的循环网络，写出注意力的键值缓存，再数清楚它们各留了多少字节。

# %% [markdown] lang="en" of="9c95bdb2.f9cc1e6b"
# # E12 · One token, one step
#
# **Extension ⭐⭐⭐⭐ · 10 points · about 25 minutes** · goes with chapter [13 Streaming and its cost](../../notebooks/en/13_streaming_cost.ipynb)
#
# With the whole sequence at hand, anybody can compute. When tokens come one by one you have to know: what must be kept, and what may go?
# You will write a recurrent network that reads on piece by piece and the key-value cache of attention, and count the bytes that each of them keeps.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from torch import nn
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")              # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E12", SEED)

# %% name="fixture"
B, I, H, d = 2, 3, 4, 5            # 各不相同 || all different


def numbers(k, *shape):
    """第 k 组随机数 || The k-th set of random numbers"""
    return torch.randn(shape, generator=torch.Generator().manual_seed(SEED * 100 + k))


def network(kind, k, layers=1):
    """一个权重和偏置都不是 0 的循环网络 || A recurrent network, none of its weights and biases zero"""
    rnn = kind(I, H, num_layers=layers, batch_first=True)
    with torch.no_grad():
        for n, p in enumerate(rnn.parameters()):
            p.copy_(0.7 * numbers(1000 * k + n, *p.shape))
    return rnn


# %% [markdown] name="part-1" covers=["F-06"]
# ## 1 · 数字节
#
# `state_nbytes(state)` 返回状态占多少字节，一个 `int`。GRU 的状态是一个张量；LSTM 的是一对 `(h, c)`。张量 `t` 有 `t.numel()` 个数，每个 `t.element_size()` 字节：float64 是 8，float32 是 4，float16 是 2。
#
# 样例：一个 3 × 2 的 float32 张量有 6 个数、24 字节。补上两处空白。

# %% [markdown] lang="en" of="1a600214.4af64a37"
# ## 1 · Counting bytes
#
# `state_nbytes(state)` returns how many bytes a state takes, an `int`. A GRU's state is one tensor, an LSTM's a pair `(h, c)`. A tensor `t` holds `t.numel()` numbers of `t.element_size()` bytes each: 8 for float64, 4 for float32, 2 for float16.
#
# Worked example: a 3 × 2 tensor of float32 has 6 numbers and 24 bytes. Fill two gaps.

# %% name="example-bytes"
example = torch.zeros(3, 2, dtype=torch.float32)
print(example.numel(), example.element_size(), example.numel() * example.element_size())

# %% [markdown] name="hint-bytes"
# <details><summary>提示：先分清是哪一种</summary>
#
# `isinstance(state, tuple)` 为真就是 LSTM 的：两个张量都要算。每个数几个字节，问张量自己，不要写死。
#
# </details>

# %% [markdown] lang="en" of="e6ec271b.baf62d65"
# <details><summary>Hint: first tell which it is</summary>
#
# If `isinstance(state, tuple)` is true, it is an LSTM's, and both tensors count. How many bytes a number takes, ask the tensor; do not write it down as a constant.
#
# </details>

# %% name="state_nbytes" tags=["solution"]
def state_nbytes(state):
    """一个张量，或者一对 (h, c) -> 字节数，int || one tensor, or a pair (h, c) -> bytes, an int"""
    # 统一成一组张量 || one form for both: several tensors
    ### BEGIN SOLUTION
    tensors = state if isinstance(state, tuple) else (state,)
    ### END SOLUTION
    # 每个张量多少字节，加起来 || the bytes of each tensor, added up
    ### BEGIN SOLUTION
    return sum(t.numel() * t.element_size() for t in tensors)
    ### END SOLUTION


# %% name="check-bytes" tags=["check"] points=2 of="state_nbytes"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-bytes") as show:
    h, c = numbers(1, 2, B, H), numbers(2, 2, B, H + SEED % 3)
    show("GRU，float64 || GRU, float64", state_nbytes(h))
    show("LSTM，float64 || LSTM, float64", state_nbytes((h, c)))
    show("GRU，float32 || GRU, float32", state_nbytes(h.float()))
    show("LSTM，float16 || LSTM, float16", state_nbytes((h.half(), c.half())))

# %% [markdown] name="part-2" covers=["F-05", "H-15"]
# ## 2 · 一段一段读
#
# `stream(rnn, chunks)` 收到一个 `batch_first=True` 的 `nn.GRU` 或 `nn.LSTM`，和一列小段 `chunks`，每段 `(B, t, I)`，`t` 可以不同。返回：
#
# 1. 所有的输出，接成 `(B, T, H)`，`T` 是各段长度之和；
# 2. 最后的状态，形状和 `rnn` 自己还回来的一样。
#
# 切法不该影响结果：和整条一次读完，一个数也不差。另外，这是在运行，不是在训练：返回的东西身后不能拖着计算图。

# %% [markdown] lang="en" of="f7762bed.9438ad99"
# ## 2 · Reading piece by piece
#
# `stream(rnn, chunks)` receives an `nn.GRU` or `nn.LSTM` with `batch_first=True` and a list of pieces, `chunks`, each `(B, t, I)` with a `t` of its own. It returns
#
# 1. all outputs, joined to `(B, T, H)`, where `T` is the lengths of all pieces together;
# 2. the last state, in the form in which `rnn` itself gives it.
#
# How the sequence was cut must not matter: not one number differs from reading it whole. And this is running, not training: what you return must not drag a graph behind it.

# %% [markdown] name="hint-stream-1"
# <details><summary>提示 1：什么是状态</summary>
#
# `out, state = rnn(chunk, state)`。`state=None` 就是从零开始。还回来的 `state` 原样交给下一段：GRU 的是张量，LSTM 的是 `(h, c)`，不必拆。最后一步的*输出*不是状态：LSTM 的输出里没有 `c`，多层网络的输出里没有下面几层。
#
# </details>

# %% [markdown] lang="en" of="4be9abe2.47690013"
# <details><summary>Hint 1: what is the state?</summary>
#
# `out, state = rnn(chunk, state)`, and `state=None` means from zeros. Hand the `state` that comes back to the next piece as it is: a tensor for a GRU, `(h, c)` for an LSTM, and nothing to take apart. The last *output* is not the state: an LSTM's output has no `c`, and the output of several layers has nothing of the lower ones.
#
# </details>

# %% [markdown] name="hint-stream-2"
# <details><summary>提示 2：几乎就是代码</summary>
#
# ```python
#     state, outputs = ______, []
#     with ______:
#         for chunk in chunks:
#             out, state = rnn(chunk, ______)
#             outputs.append(______)
#     return torch.cat(outputs, dim=______), state
# ```
#
# </details>

# %% [markdown] lang="en" of="9d0e1de6.5fe328d4"
# <details><summary>Hint 2: almost the code</summary>
#
# ```python
#     state, outputs = ______, []
#     with ______:
#         for chunk in chunks:
#             out, state = rnn(chunk, ______)
#             outputs.append(______)
#     return torch.cat(outputs, dim=______), state
# ```
#
# </details>

# %% name="stream" tags=["solution"]
def stream(rnn, chunks):
    """rnn，各段 (B, t, I) -> 输出 (B, T, H)，最后的状态；没有计算图 || rnn, pieces (B, t, I) -> outputs (B, T, H), the last state; no graph"""
    ### BEGIN SOLUTION
    state, outputs = None, []
    with torch.no_grad():
        for chunk in chunks:
            out, state = rnn(chunk, state)
            outputs.append(out)
    return torch.cat(outputs, dim=1), state
    ### END SOLUTION


# %% [markdown] name="about-check-stream"
# **检查（3 分）。** 9 步切成 1 + 3 + 5，先是 LSTM，再是两层的 GRU；然后只有一段；最后看还有没有图（`requires_grad`，没有是 0）。

# %% [markdown] lang="en" of="9212779e.837a43f7"
# **Check (3 points).** 9 steps cut into 1 + 3 + 5, first an LSTM, then a GRU of two layers; then a single piece; at the end, whether there is a graph (`requires_grad`, 0 if there is none).

# %% name="check-stream" tags=["check"] points=3 of="stream"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-stream") as show:
    lstm, x = network(nn.LSTM, 3), numbers(4, B, 9, I)
    out, (h, c) = stream(lstm, list(x.split([1, 3, 5], dim=1)))
    show("LSTM：全部输出 || LSTM: all outputs", out)
    show("LSTM：最后的 c || LSTM: the last c", c)
    show("LSTM：图 || LSTM: graph", int(out.requires_grad) + int(c.requires_grad))
    gru, x = network(nn.GRU, 5, layers=2), numbers(6, B, 9, I)
    out, h = stream(gru, list(x.split([1, 3, 5], dim=1)))
    show("两层 GRU：最后 5 步 || two-layer GRU: last 5 steps", out[:, 4:])
    show("两层 GRU：状态 || two-layer GRU: state", h)
    show("只有一段 || a single piece", stream(gru, [x[:, :2]])[0])

# %% [markdown] name="part-3" covers=["F-05", "F-06"]
# ## 3 · 键值缓存
#
# 一个头的注意力，词一个一个来。`cache.step(q, k, v)` 收到**新词**的查询、键、值，各 `(B, d)`，返回它的输出 `(B, d)`：
#
# $$y_t = \sum_{s=1}^{t} \alpha_s v_s, \qquad \alpha = \operatorname{softmax}\!\Big(\frac{q_t \cdot k_1}{\sqrt d}, \dots, \frac{q_t \cdot k_t}{\sqrt d}\Big)$$
#
# 一个词也看它自己（$s = t$ 也在内）。批里的 `B` 条流互不相干，各有各的缓存。`cache.nbytes()` 返回现在一共留着多少字节，`int`；什么都还没来时是 0。
#
# 每一个 `KVCache()` 都从空的开始：两个用户各建一个，不能看见对方的词。

# %% [markdown] lang="en" of="47d09faf.a5b9568d"
# ## 3 · The key-value cache
#
# Attention with one head, one token at a time. `cache.step(q, k, v)` receives query, key and value of the **new** token, `(B, d)` each, and returns its output `(B, d)`:
#
# $$y_t = \sum_{s=1}^{t} \alpha_s v_s, \qquad \alpha = \operatorname{softmax}\!\Big(\frac{q_t \cdot k_1}{\sqrt d}, \dots, \frac{q_t \cdot k_t}{\sqrt d}\Big)$$
#
# A token sees itself too ($s = t$ is included). The `B` streams of the batch have nothing to do with each other. `cache.nbytes()` returns the bytes that are kept at this moment, an `int`; before anything has come, 0.
#
# Each `KVCache()` starts empty: two users have one each, and must not see the other's tokens.

# %% [markdown] name="hint-cache-1"
# <details><summary>提示 1：放在哪里</summary>
#
# 在 `__init__` 里给**这一个**对象准备两个空列表：`self.keys, self.values = [], []`。写在 `class` 下面、方法外面的列表，所有对象共用一个。
#
# </details>

# %% [markdown] lang="en" of="8e76359c.d8599024"
# <details><summary>Hint 1: where to keep them</summary>
#
# In `__init__`, give **this** object two empty lists: `self.keys, self.values = [], []`. A list written under `class`, outside any method, is shared by all objects.
#
# </details>

# %% [markdown] name="hint-cache-2"
# <details><summary>提示 2：次序和形状</summary>
#
# 先把新的键和值放进去，再打分。`torch.stack(self.keys, dim=1)` 是 `(B, t, d)`；分数 `(K * q[:, None]).sum(dim=2)` 是 `(B, t)`，别忘了除以 $\sqrt d$；softmax 沿着 `t` 那个轴。
#
# </details>

# %% [markdown] lang="en" of="29b973ae.3197c349"
# <details><summary>Hint 2: order and shapes</summary>
#
# Put the new key and value in first, then score. `torch.stack(self.keys, dim=1)` is `(B, t, d)`; the scores `(K * q[:, None]).sum(dim=2)` are `(B, t)`; do not forget to divide by $\sqrt d$; the softmax runs along the axis of `t`.
#
# </details>

# %% [markdown] name="hint-cache-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     def step(self, q, k, v):
#         self.keys.append(______)
#         self.values.append(______)
#         K, V = ______, ______                       # (B, t, d)
#         scores = (K * q[:, None]).sum(dim=2) / ______
#         weights = scores.softmax(dim=______)        # (B, t)
#         return (weights[:, :, None] * ______).sum(dim=1)
#
#     def nbytes(self):
#         return sum(______ for t in self.keys + ______)
# ```
#
# </details>

# %% [markdown] lang="en" of="236bec35.d155bdb7"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     def step(self, q, k, v):
#         self.keys.append(______)
#         self.values.append(______)
#         K, V = ______, ______                       # (B, t, d)
#         scores = (K * q[:, None]).sum(dim=2) / ______
#         weights = scores.softmax(dim=______)        # (B, t)
#         return (weights[:, :, None] * ______).sum(dim=1)
#
#     def nbytes(self):
#         return sum(______ for t in self.keys + ______)
# ```
#
# </details>

# %% name="KVCache" tags=["solution"]
class KVCache:
    """旧词的键和值。step：各 (B, d) -> (B, d)；nbytes -> int || Keys and values. step: (B, d) each -> (B, d); nbytes -> int"""

    def __init__(self):
        # 还什么都没有 || nothing is kept yet
        ### BEGIN SOLUTION
        self.keys, self.values = [], []
        ### END SOLUTION

    def step(self, q, k, v):
        ### BEGIN SOLUTION
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        scores = (K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5  # (B, t)
        weights = scores.softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)
        ### END SOLUTION

    def nbytes(self):
        ### BEGIN SOLUTION
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)
        ### END SOLUTION


# %% [markdown] name="about-check-cache"
# **检查缓存（3 分）。** 连着来五个词；再建第二个缓存：它的第一个输出就是它自己的 `v`，因为除了自己没有别人可看。

# %% [markdown] lang="en" of="ee2b4754.8717be86"
# **Check the cache (3 points).** Five tokens in a row; then a second cache, whose first output is its own `v`, as there is nobody else to look at.

# %% name="check-cache" tags=["check"] points=3 of="KVCache"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-cache") as show:
    q, k, v = numbers(7, 3, 5, B, d)
    cache = KVCache()
    for t in range(5):
        show(f"第 {t + 1} 个词的输出 || output of token {t + 1}", cache.step(q[t], k[t], v[t]))
    second = KVCache()
    show("第二个缓存，第 1 个词 || second cache, token 1", second.step(q[4], k[4], v[4]))

# %% [markdown] name="about-check-size"
# **检查字节（2 分）。** 空的缓存，然后每来一个词之后；最后是 float32 的缓存。先猜：每个词多几个字节？

# %% [markdown] lang="en" of="b6356c43.13630ec8"
# **Check the bytes (2 points).** An empty cache, then after each token; at the end a cache in float32. Guess first: how many bytes does a token add?

# %% name="check-size" tags=["check"] points=2 of="KVCache"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-size") as show:
    q, k, v = numbers(8, 3, 4, B, d + SEED % 2)
    cache = KVCache()
    show("空的 || empty", cache.nbytes())
    for t in range(4):
        cache.step(q[t], k[t], v[t])
        show(f"{t + 1} 个词之后 || after {t + 1} tokens", cache.nbytes())
    light = KVCache()
    light.step(q[0].float(), k[0].float(), v[0].float())
    show("float32，1 个词之后 || float32, after 1 token", light.nbytes())

# %% [markdown] name="closing"
# ## 你现在会了
#
# 两样东西你都写出来了：循环网络留一个大小不变的状态，注意力留住所有的键和值。两种办法都与整条一起算的结果相同，差别只在留多少字节。
#
# **想一想**（不计分）：第 3 题的缓存，跑到第几个词时，字节数会超过第 2 题那个两层 GRU 的状态？如果只许留固定的字节，你会先扔掉哪个词？

# %% [markdown] lang="en" of="7ec8a500.786bb245"
# ## What you can do now
#
# You have written both: a recurrent network keeps a state of constant size, attention keeps every key and value. Each gives the same result as the computation over the whole; they differ in the bytes they keep.
#
# **To think about** (no points): at which token does the cache of part 3 take more bytes than the state of the two-layer GRU of part 2? And if only a fixed number of bytes were allowed, which token would you throw out first?

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
