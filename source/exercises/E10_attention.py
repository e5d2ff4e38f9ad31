# ---
# jupyter:
#   course:
#     exercise: E10
#     banned:
#       additive_scores: [scaled_dot_product_attention, MultiheadAttention, multi_head_attention_forward]
#       attend: [scaled_dot_product_attention, MultiheadAttention, multi_head_attention_forward]
#       scaled_dot_scores: [scaled_dot_product_attention, MultiheadAttention, multi_head_attention_forward]
#       multi_head: [scaled_dot_product_attention, MultiheadAttention, multi_head_attention_forward]
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-03"]
# # E10 · 看哪里
#
# **扩展 ⭐⭐⭐⭐ · 10 分 · 约 40 分钟** · 配套章节：[11 通往注意力的桥](../../notebooks/zh/11_attention_bridge.ipynb)
#
# 写下一个字之前，先问一句：原文里的哪几个位置与它有关？注意力把这个问题变成三步：给每个位置打分，把分数变成权重，按权重取平均。
# 你会写出打分的两种办法、带掩码的加权平均，最后把它们拼成 Transformer 的心脏：多头自注意力，和 `nn.MultiheadAttention` 对答案。

# %% [markdown] lang="en" of="91e6c98d.ff31e928"
# # E10 · Where to look
#
# **Extension ⭐⭐⭐⭐ · 10 points · about 40 minutes** · goes with chapter [11 A bridge to attention](../../notebooks/en/11_attention_bridge.ipynb)
#
# Before writing the next character, ask: which places of the source have to do with it? Attention answers in three steps: score every place, turn the scores into weights, take the weighted average.
# You will write two ways of scoring and the average with its mask, and then put them together into the heart of the Transformer, multi-head self-attention, and compare with `nn.MultiheadAttention`.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import math

import torch
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")              # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E10", SEED)

# %% [markdown] name="task"
# ## 任务
#
# 一个**查询**（query）$q$，形状 $(H,)$：此刻想找什么。一排**键**（key）$k_1, \dots, k_S$，每个 $(H,)$：每个位置上有什么。
#
# $$e_s = \text{打分}(q, k_s), \qquad \alpha_s = \frac{\exp e_s}{\sum_{r\ \text{可看}} \exp e_r}, \qquad c = \sum_{s} \alpha_s k_s$$
#
# 掩码里是 `True` 的位置可看；是 `False` 的位置（填充，或者还不该看的将来），权重必须**恰好是 0**，其余的权重加起来仍是 1。每个样本至少有一个位置可看。
# 打分有两种：
#
# $$e_s = v^\top \tanh(W_q q + W_k k_s) \quad\text{（加性）}, \qquad e_s = \frac{q^\top k_s}{\sqrt{H}} \quad\text{（缩放点积）}$$
#
# $W_q, W_k$ 是 $(A, H)$，$v$ 是 $(A,)$（第 11 章写作 $w$）。下面先用一个样本、一个循环，把三步走一遍。传进来的张量只读，不要改动。

# %% [markdown] lang="en" of="c5348749.42b911a0"
# ## The task
#
# One **query** $q$ of shape $(H,)$: what is wanted just now. A row of **keys** $k_1, \dots, k_S$, each $(H,)$: what there is at each place.
#
# $$e_s = \text{score}(q, k_s), \qquad \alpha_s = \frac{\exp e_s}{\sum_{r\ \text{visible}} \exp e_r}, \qquad c = \sum_{s} \alpha_s k_s$$
#
# Places where the mask is `True` are visible. Where it is `False` (padding, or a future not to be seen yet) the weight must be **exactly 0**, and the other weights still add up to 1. Every sample has at least one visible place.
# There are two ways of scoring:
#
# $$e_s = v^\top \tanh(W_q q + W_k k_s) \quad\text{(additive)}, \qquad e_s = \frac{q^\top k_s}{\sqrt{H}} \quad\text{(scaled dot product)}$$
#
# $W_q$ and $W_k$ are $(A, H)$, $v$ is $(A,)$ (written $w$ in the chapter). First, the three steps for a single sample, in a loop. Read the tensors you are given; do not change them.

# %% name="worked-example"
# 一个样本，点积打分，三个位置，第三个不可看 || one sample, dot product, three places, the third hidden
query = torch.tensor([1.0, 2.0])
places = torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
visible = [True, True, False]
scores = [(query @ place / 2**0.5).item() for place in places]
shares = torch.tensor([math.exp(e) if see else 0.0 for e, see in zip(scores, visible)])
alpha = shares / shares.sum()
print("e    ", [round(e, 3) for e in scores])
print("alpha", [round(a, 3) for a in alpha.tolist()])
print("c    ", [round(c, 3) for c in (alpha @ places).tolist()])

# %% name="fixture"
B, S, H, A = 2, 5, 3, 4            # 四个数各不相同 || all different


def draw(k, *shapes):
    """第 k 组随机数，每种形状一个张量 || The k-th set of random numbers, one tensor for each shape"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    return [torch.randn(shape, generator=g) for shape in shapes]


# 可看的位置不一定连在一起 || what may be seen need not be in one piece
MASK = torch.tensor([[True, False, True, True, False], [False, True, True, True, True]])

# %% [markdown] name="part-1"
# ## 1 · 加性打分
#
# `additive_scores` 收到一批查询 `q` `(B, H)` 和它们各自的键 `keys` `(B, S, H)`，返回分数 `(B, S)`。这是 2014 年最早的打分办法：一个很小的网络，只有一层。
# 两处空白：先把查询和键各自变换、相加、压缩，再用 `v` 收成一个数。

# %% [markdown] lang="en" of="8d85f94f.a34d6cea"
# ## 1 · Additive scores
#
# `additive_scores` receives a batch of queries `q` `(B, H)` and the keys of each, `keys` `(B, S, H)`, and returns scores `(B, S)`. This is the earliest way of scoring, from 2014: a very small network with one hidden layer.
# There are two gaps: transform query and keys, add and squash them; then let `v` make one number of each.

# %% [markdown] name="hint-additive-1"
# <details><summary>提示 1：一个查询配所有的键</summary>
#
# 查询变换一次就够了，它和 `S` 个键各相加一次。不必写循环，靠广播（broadcasting）：`(B, 1, A)` 加 `(B, S, A)` 得到 `(B, S, A)`。
#
# </details>

# %% [markdown] lang="en" of="b8de51b5.66e53e26"
# <details><summary>Hint 1: one query, all keys</summary>
#
# The query is transformed once and added to each of the `S` keys. No loop is needed, broadcasting does it: `(B, 1, A)` plus `(B, S, A)` gives `(B, S, A)`.
#
# </details>

# %% [markdown] name="hint-additive-2"
# <details><summary>提示 2：tanh 在哪里</summary>
#
# 先相加，再 tanh，最后才乘 `v`。tanh 在里面，分数才不限于 −1 到 1；没有它，查询加在每个键上的是同一个数，softmax 一除就抵消了，等于没问。
#
# </details>

# %% [markdown] lang="en" of="b1c20f97.461b4010"
# <details><summary>Hint 2: where the tanh goes</summary>
#
# Add, then tanh, and `v` last. With the tanh inside, scores are not confined to −1 … 1. Without it the query adds the same number to every key, which the softmax cancels: nothing was asked.
#
# </details>

# %% [markdown] name="hint-additive-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     hidden = torch.tanh((q @ ______).unsqueeze(______) + keys @ ______)
#     scores = hidden @ ______
# ```
#
# </details>

# %% [markdown] lang="en" of="1755c5d9.916ed83d"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     hidden = torch.tanh((q @ ______).unsqueeze(______) + keys @ ______)
#     scores = hidden @ ______
# ```
#
# </details>

# %% name="additive_scores" tags=["solution"]
def additive_scores(q, keys, W_q, W_k, v):
    """q (B, H), keys (B, S, H), W_q 和 W_k (A, H), v (A,) -> 分数 (B, S) || q (B, H), keys (B, S, H), W_q and W_k (A, H), v (A,) -> scores (B, S)"""
    # 查询和键放在一起：hidden (B, S, A) || query and keys together: hidden (B, S, A)
    ### BEGIN SOLUTION
    hidden = torch.tanh((q @ W_q.T).unsqueeze(1) + keys @ W_k.T)
    ### END SOLUTION
    # 每个位置一个数：scores (B, S) || one number for each place: scores (B, S)
    ### BEGIN SOLUTION
    scores = hidden @ v
    ### END SOLUTION
    return scores


# %% [markdown] name="about-check-additive"
# **检查加性打分（2 分）。** 两个样本；再把查询换一个，看分数之间的*差距*变不变：不变，就是没有问。

# %% [markdown] lang="en" of="e2d0039c.a78a0044"
# **Check the additive scores (2 points).** Two samples; then another query, to see whether the *differences* between scores change. If they do not, nothing was asked.

# %% name="check-additive" tags=["check"] points=2 of="additive_scores"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-additive") as show:
    q, keys, W_q, W_k, v = draw(1, (B, H), (B, S, H), (A, H), (A, H), (A,))
    scores = additive_scores(q, keys, W_q, W_k, 2 * v)
    show("加性分数 || additive scores", scores)
    other = additive_scores(q.flip(0), keys, W_q, W_k, 2 * v)
    show("换一个查询，差距变了多少 || how differences change with another query", (other - scores).diff(dim=1))

# %% [markdown] name="part-2"
# ## 2 · 分数变权重，权重取平均
#
# `attend` 收到分数 `(B, S)`、键 `(B, S, H)` 和掩码 `(B, S)`，返回 `context` `(B, H)` 和 `weights` `(B, S)`。两处空白。

# %% [markdown] lang="en" of="75bd8b18.db464551"
# ## 2 · From scores to weights to an average
#
# `attend` receives scores `(B, S)`, keys `(B, S, H)` and a mask `(B, S)`, and returns the `context` `(B, H)` and the `weights` `(B, S)`. Two gaps.

# %% [markdown] name="hint-attend-1"
# <details><summary>提示 1：先遮还是先 softmax</summary>
#
# 要让不可看的位置一点权重也分不到，它的分数应当是多少，$\exp$ 之后才是 0？（0 分不行：$\exp 0 = 1$。）先遮，再 softmax，剩下的自然加起来是 1。
#
# </details>

# %% [markdown] lang="en" of="330ef2da.fdb85501"
# <details><summary>Hint 1: mask first, or softmax first?</summary>
#
# For a hidden place to get no weight at all, what must its score be so that $\exp$ makes it 0? (A score of 0 will not do: $\exp 0 = 1$.) Mask first, then softmax, and the rest adds up to 1 by itself.
#
# </details>

# %% [markdown] name="hint-attend-2"
# <details><summary>提示 2：加权平均就是矩阵乘法</summary>
#
# 每个样本里，`(1, S)` 乘 `(S, H)` 得 `(1, H)`。给 `weights` 添一个轴，乘完再去掉**那一个**轴：光写 `.squeeze()`，一批只有一个样本时会把批也压没了。
#
# </details>

# %% [markdown] lang="en" of="aaaf776c.4ef4c514"
# <details><summary>Hint 2: a weighted average is a matrix product</summary>
#
# In each sample, `(1, S)` times `(S, H)` is `(1, H)`. Give `weights` an axis and afterwards remove **that one**: a bare `.squeeze()` would also swallow the batch when it holds a single sample.
#
# </details>

# %% [markdown] name="hint-attend-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     weights = scores.masked_fill(______, ______).softmax(dim=______)
#     context = (weights.unsqueeze(______) @ ______).squeeze(______)
# ```
#
# </details>

# %% [markdown] lang="en" of="f42292d6.b5dfb647"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     weights = scores.masked_fill(______, ______).softmax(dim=______)
#     context = (weights.unsqueeze(______) @ ______).squeeze(______)
# ```
#
# </details>

# %% name="attend" tags=["solution"]
def attend(scores, keys, mask):
    """scores (B, S), keys (B, S, H), mask (B, S) 布尔，True 为可看
    -> context (B, H), weights (B, S) || scores (B, S), keys (B, S, H), mask (B, S) boolean, True is visible
    -> context (B, H), weights (B, S)"""
    # 权重：weights (B, S) || weights (B, S)
    ### BEGIN SOLUTION
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
    ### END SOLUTION
    # 加权平均：context (B, H) || weighted average: context (B, H)
    ### BEGIN SOLUTION
    context = (weights.unsqueeze(1) @ keys).squeeze(1)
    ### END SOLUTION
    return context, weights


# %% [markdown] name="about-check-attend"
# **检查 attend（3 分）。** 不可看的键全改成 100：只要漏看一眼，`context` 立刻变大。再给所有分数加 1000、减 1000：softmax 只看差距，权重应当一点不变（$e^{1000}$ 可是无穷大）。
# 最后是一个样本的一批，以及传进去的分数有没有被改动。

# %% [markdown] lang="en" of="44d383b8.0fe66fe9"
# **Check attend (3 points).** All hidden keys are set to 100: a single glance at one, and the `context` grows at once. Then 1000 is added to all scores, and subtracted: the softmax only sees differences, so the weights should not change ($e^{1000}$ would be infinite).
# Finally, a batch of one sample, and whether the scores you were given were left alone.

# %% name="check-attend" tags=["check"] points=3 of="attend"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-attend") as show:
    scores, keys = draw(2, (B, S), (B, S, H))
    before = scores.clone()
    keys = keys.masked_fill(~MASK.unsqueeze(-1), 100.0)
    context, weights = attend(2 * scores, keys, MASK)
    show("权重 || weights", weights)
    show("加权平均 || context", context)
    _, everywhere = attend(2 * scores, keys, torch.ones_like(MASK))
    show("全部可看：权重 || all visible: weights", everywhere)
    for shift in (1000, -1000):
        _, shifted = attend(2 * scores + shift, keys, MASK)
        show(f"分数都加 {shift}：权重 || {shift} added to all scores: weights", shifted)
    context, weights = attend(scores[:1], keys[:1], MASK[:1])
    show("一个样本：加权平均 || one sample: context", context)
    attend(scores, keys, MASK)
    show("分数被改动了多少 || how much the scores were changed", (scores - before).abs().max())

# %% [markdown] name="part-3"
# ## 3 · 缩放点积
#
# 更省的打分：查询和键直接做内积，再除以 $\sqrt{H}$（为什么要除，第 11 章 11.3 节量过）。没有参数，也没有空白：整个函数归你写。返回 `(B, S)`。

# %% [markdown] lang="en" of="d0ba5fb7.da4f22fe"
# ## 3 · The scaled dot product
#
# A cheaper score: the inner product of query and key, divided by $\sqrt{H}$ (section 11.3 of the chapter measured why). It has no parameters, and this time no gaps either: the whole function is yours. Returns `(B, S)`.

# %% [markdown] name="hint-dot-1"
# <details><summary>提示 1：和 attend 反过来</summary>
#
# `attend` 里是 `(1, S)` 乘 `(S, H)`，这里是 `(S, H)` 乘 `(H, 1)`，得 `(S, 1)`，再去掉最后那个 1。
#
# </details>

# %% [markdown] lang="en" of="d78cf7c2.45f65797"
# <details><summary>Hint 1: attend the other way round</summary>
#
# There it was `(1, S)` times `(S, H)`; here it is `(S, H)` times `(H, 1)`, which gives `(S, 1)`; then drop the last 1.
#
# </details>

# %% [markdown] name="hint-dot-2"
# <details><summary>提示 2：除以谁</summary>
#
# 除以一个向量里有几个数（$H$）的平方根，和有几个键（$S$）无关。
#
# </details>

# %% [markdown] lang="en" of="79a4d2a0.adb369d4"
# <details><summary>Hint 2: divided by what?</summary>
#
# By the root of how many numbers there are in one vector ($H$); it has nothing to do with how many keys there are ($S$).
#
# </details>

# %% [markdown] name="hint-dot-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     return (keys @ q.unsqueeze(______)).squeeze(______) / ______**0.5
# ```
#
# </details>

# %% [markdown] lang="en" of="adfd639c.ae2668c9"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     return (keys @ q.unsqueeze(______)).squeeze(______) / ______**0.5
# ```
#
# </details>

# %% name="scaled_dot_scores" tags=["solution"]
def scaled_dot_scores(q, keys):
    """q (B, H), keys (B, S, H) -> 分数 (B, S) || q (B, H), keys (B, S, H) -> scores (B, S)"""
    ### BEGIN SOLUTION
    return (keys @ q.unsqueeze(-1)).squeeze(-1) / q.shape[-1] ** 0.5
    ### END SOLUTION


# %% [markdown] name="about-check-dot"
# **检查点积（1 分）。** 键放大 3 倍，分数也放大 3 倍；只有一个键时形状是 `(B, 1)`。

# %% [markdown] lang="en" of="7f0eab69.7f8b868d"
# **Check the dot product (1 point).** Keys three times as long give scores three times as large; with a single key the shape is `(B, 1)`.

# %% name="check-dot" tags=["check"] points=1 of="scaled_dot_scores"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-dot") as show:
    q, keys = draw(3, (B, H), (B, S, H))
    show("点积分数 || dot-product scores", scaled_dot_scores(q, keys))
    show("键放大 3 倍 || keys three times as long", scaled_dot_scores(q, 3 * keys))
    show("只有一个键 || a single key", scaled_dot_scores(q, keys[:, :1]))

# %% [markdown] name="part-4"
# ## 4 · 多头自注意力
#
# 到这里，查询来自解码器，键来自编码器。**自注意力**（self-attention）让同一句话里的每个位置都来提问，问的就是这句话自己。一个位置的 $x_t$ 经三块权重变成三样东西：查询 $q_t$、键 $k_t$、值 $v_t$（拿键来比，拿值来取平均）。
# 三块权重叠成一个矩阵 `W_in` `(3D, D)`，从上到下是 **q, k, v**，每块 `D` 行。
#
# **多头**（multi-head）：把 $q$、$k$、$v$ 各切成 `heads` 段，每段 $D / \text{heads}$ 个数；每一段（一个“头”）自己打分、自己取平均；最后把各头的结果首尾相接，再过一层 `W_out`。每个头的打分除以 $\sqrt{D/\text{heads}}$。
#
# 掩码 `(B, T)` 说的是哪些**键**可看：`True` 可看。三处空白：变换并切开；打分、遮、平均；接回去。

# %% [markdown] lang="en" of="ecf5007f.1bf63c79"
# ## 4 · Multi-head self-attention
#
# So far the queries came from the decoder and the keys from the encoder. In **self-attention** every place of one sentence asks, and what it asks is that same sentence. Three blocks of weights turn the $x_t$ of a place into three things: a query $q_t$, a key $k_t$ and a value $v_t$ (keys are for comparing, values for averaging).
# The blocks are stacked into one matrix `W_in` `(3D, D)`, from top to bottom **q, k, v**, `D` rows each.
#
# **Multi-head**: cut $q$, $k$ and $v$ into `heads` pieces of $D / \text{heads}$ numbers; each piece (a "head") scores and averages for itself; the results of all heads are put side by side and go through one more layer, `W_out`. A head's scores are divided by $\sqrt{D/\text{heads}}$.
#
# The mask `(B, T)` says which **keys** may be seen: `True` is visible. There are three gaps: transform and cut; score, mask, average; join again.

# %% [markdown] name="hint-heads-1"
# <details><summary>提示 1：头是一个新的轴</summary>
#
# `(B, T, D)` 先 `view` 成 `(B, T, heads, D / heads)`，再把 `T` 和 `heads` 两个轴对调，得 `(B, heads, T, D / heads)`。这样每个头里是 `(T, D / heads)`，矩阵乘法对所有头同时做。直接 `view` 成 `(B, heads, T, …)` 会把不同位置的数混在一个头里。
#
# </details>

# %% [markdown] lang="en" of="2fa9edbb.a1b381d2"
# <details><summary>Hint 1: a head is a new axis</summary>
#
# First `view` `(B, T, D)` as `(B, T, heads, D / heads)`, then swap the axes `T` and `heads`: `(B, heads, T, D / heads)`. Each head is now a `(T, D / heads)`, and one matrix product serves all heads. A `view` straight to `(B, heads, T, …)` would mix numbers from different places in one head.
#
# </details>

# %% [markdown] name="hint-heads-2"
# <details><summary>提示 2：掩码的形状</summary>
#
# 分数是 `(B, heads, T, T)`：倒数第二个轴是谁在问，最后一个轴是问到谁。掩码管的是最后一个轴，所以是 `mask[:, None, None, :]`。接回去就是切开的逆：先对调，再 `reshape` 成 `(B, T, D)`。
#
# </details>

# %% [markdown] lang="en" of="9458dd04.c933934c"
# <details><summary>Hint 2: the shape of the mask</summary>
#
# Scores are `(B, heads, T, T)`: the last axis but one is who asks, the last is who is asked. The mask is about the last one, hence `mask[:, None, None, :]`. Joining undoes the cutting: swap back, then `reshape` to `(B, T, D)`.
#
# </details>

# %% [markdown] name="hint-heads-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     q, k, v = (x @ ______ + ______).chunk(3, dim=______)
#     q, k, v = (p.view(B, T, heads, ______).transpose(1, 2) for p in (q, k, v))
#
#     scores = q @ k.transpose(-2, -1) / ______**0.5
#     weights = scores.masked_fill(______, -torch.inf).softmax(dim=______)
#     mixed = weights @ ______
#
#     joined = mixed.transpose(______, ______).reshape(B, T, D)
#     out = joined @ ______ + ______
# ```
#
# </details>

# %% [markdown] lang="en" of="cf469cd4.e0de3139"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     q, k, v = (x @ ______ + ______).chunk(3, dim=______)
#     q, k, v = (p.view(B, T, heads, ______).transpose(1, 2) for p in (q, k, v))
#
#     scores = q @ k.transpose(-2, -1) / ______**0.5
#     weights = scores.masked_fill(______, -torch.inf).softmax(dim=______)
#     mixed = weights @ ______
#
#     joined = mixed.transpose(______, ______).reshape(B, T, D)
#     out = joined @ ______ + ______
# ```
#
# </details>

# %% name="multi_head" tags=["solution"]
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    """x (B, T, D), W_in (3D, D), b_in (3D,), W_out (D, D), b_out (D,), mask (B, T)
    -> (B, T, D)"""
    B, T, D = x.shape
    # 变换，切成多头：q, k, v 各 (B, heads, T, D / heads) || transform, cut into heads: q, k, v (B, heads, T, D / heads) each
    ### BEGIN SOLUTION
    q, k, v = (x @ W_in.T + b_in).chunk(3, dim=-1)
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (q, k, v))
    ### END SOLUTION
    # 打分，遮，平均：mixed，形状同 q || score, mask, average: mixed, shaped like q
    ### BEGIN SOLUTION
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    mixed = weights @ v
    ### END SOLUTION
    # 接回去：out (B, T, D) || join: out (B, T, D)
    ### BEGIN SOLUTION
    out = mixed.transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out
    ### END SOLUTION
    return out


# %% [markdown] name="about-check-heads"
# **检查多头（3 分）。** 三个头、两个头、一个头：权重一样，结果不同。掩码里有 `False`，那些位置上的 `x` 换成别的数，可看位置的输出应当不变。

# %% [markdown] lang="en" of="4f21c81c.a609d92e"
# **Check the heads (3 points).** Three heads, two and one: the same weights, different results. The mask has some `False`; put other numbers in the `x` of those places, and the output at visible places should not change.

# %% name="check-heads" tags=["check"] points=3 of="multi_head"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
D = 6
with check("check-heads") as show:
    x, W_in, b_in, W_out, b_out = draw(4, (B, S, D), (3 * D, D), (3 * D,), (D, D), (D,))
    weights = [0.6 * W_in, b_in, W_out, b_out]
    for heads in (3, 2, 1):
        out = multi_head(x, *weights, heads, MASK)
        show(f"{heads} 个头：第一个位置 || heads = {heads}: first place", out[:, 0])
    show("输出的形状 || shape of the output", str(tuple(out.shape)))
    show("最后一个位置 || last place", multi_head(x, *weights, 2, MASK)[:, -1])
    changed = torch.where(MASK.unsqueeze(-1), x, 7.0)
    moved = multi_head(changed, *weights, 2, MASK) - multi_head(x, *weights, 2, MASK)
    show("不可看的变了，可看的变多少 || hidden places change: by how much do visible ones", moved[MASK].abs().max())

# %% [markdown] name="about-check-MultiheadAttention"
# **和 `nn.MultiheadAttention` 比（1 分）。** 同样的权重，最多差多少？（双精度，印到小数点后十位。）注意它的掩码和我们的相反：`key_padding_mask` 里 `True` 是**不可看**。

# %% [markdown] lang="en" of="cd965698.f4ad3b18"
# **Against `nn.MultiheadAttention` (1 point).** With the same weights, how large is the largest difference? (Double precision, printed to ten decimals.) Mind that its mask is the reverse of ours: `True` in `key_padding_mask` means **hidden**.

# %% name="check-MultiheadAttention" tags=["check"] points=1 of="multi_head"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
x, W_in, b_in, W_out, b_out = draw(5, (B, S, 8), (24, 8), (24,), (8, 8), (8,))
with check("check-MultiheadAttention"):
    out = multi_head(x, W_in, b_in, W_out, b_out, 4, MASK)

# 等你的函数算完，再请它来 || it is asked only when your function is done
theirs = torch.nn.MultiheadAttention(8, 4, batch_first=True)
# 名字的次序正是 W_in, b_in, W_out, b_out || its names come in the order W_in, b_in, W_out, b_out
theirs.load_state_dict(dict(zip(theirs.state_dict(), (W_in, b_in, W_out, b_out))))
with torch.no_grad():
    their_out, _ = theirs(x, x, x, key_padding_mask=~MASK)
with check("check-MultiheadAttention") as show:
    show("与 nn.MultiheadAttention 的最大差别 || largest difference from nn.MultiheadAttention",
         (out - their_out).abs().max(), digits=10)

# %% [markdown] name="closing"
# ## 你现在会了
#
# 从 2014 年的加性打分，到 2017 年的多头自注意力，你走完了同一条路：打分、遮、softmax、取平均。变的只是谁来问、问谁、怎么打分。
#
# **想一想**（不计分）：`multi_head` 里没有一行提到位置的先后。把一句话的字打乱，每个字的输出会怎样？第 11 章 11.11 节有一个实验。

# %% [markdown] lang="en" of="a2f7d4e5.aa0b3cea"
# ## What you can do now
#
# From the additive scores of 2014 to the multi-head self-attention of 2017 it is one road, and you have walked it: score, mask, softmax, average. All that changes is who asks, who is asked, and how scores are made.
#
# **To think about** (no points): not a single line of `multi_head` mentions the order of places. Shuffle the characters of a sentence: what becomes of each one's output? Section 11.11 of the chapter has an experiment.

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
