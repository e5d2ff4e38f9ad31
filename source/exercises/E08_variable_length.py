# ---
# jupyter:
#   course:
#     exercise: E08
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["Q-03"]
# # E08 · 长短不一
#
# **基础 ⭐⭐⭐ · 10 分 · 约 30 分钟** · 配套章节：[09 变长序列与正则化](../../notebooks/zh/09_variable_length_and_regularisation.ipynb)
#
# 真的数据从来不一样长。补齐只要一行，难的是之后：最后一步在哪里，平均除以几，损失该算谁的。这三个问题各答错一点，程序照样跑完，成绩照样打出来，只是低了几分，谁也不知道为什么。
#
# 你会写四个小函数，都在十行以内。它们和用哪种网络无关，以后每个序列模型都用得上。

# %% [markdown] lang="en" of="00693afc.9b2c9c46"
# # E08 · Some long, some short
#
# **Basic ⭐⭐⭐ · 10 points · about 30 minutes** · goes with chapter [09 Variable length and regularisation](../../notebooks/en/09_variable_length_and_regularisation.ipynb)
#
# Real data never have one length. Padding takes a line; the trouble begins afterwards. Where is the last step, what is the mean divided by, whose loss is it? Get any of these slightly wrong and the program still runs and still prints a score, only a few points lower, and nobody knows why.
#
# You will write four small functions of fewer than ten lines each. They do not depend on the kind of network, and every sequence model you build has a use for them.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from torch.nn import functional as F
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")  # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E08", SEED)

# %% [markdown] name="task"
# ## 任务
#
# 一批 $B$ 条序列，第 $n$ 条有 $L_n$ 步，最长的有 $T$ 步，**没有排序**。
#
# | 函数 | 收到 | 返回 |
# |---|---|---|
# | `collate` | 列表，每条 `(L_n, I)`；填充的数 | `padded (B, T, I)`，`lengths (B,)`，`mask (B, T)` 布尔，真的为 `True` |
# | `last_valid` | `out (B, T, H)`，`lengths` | 每条最后一个真实时间步的向量 `(B, H)` |
# | `masked_mean` | `out (B, T, H)`，`mask` | 每条在真实时间步上的平均 `(B, H)` |
# | `masked_cross_entropy` | `logits (B, T, V)`，`targets (B, T)`，`mask` | 一个数：**所有**真实时间步上的平均损失 |
#
# 数据里埋了几颗雷，都是真实数据里会有的：有一帧全是 0，有一帧恰好等于填充的数 7；第 0 类是真的类别；填充处的输出和得分都写着胡话。传进来的张量只读，不要改动。

# %% [markdown] lang="en" of="b606159e.7e41a616"
# ## The task
#
# A batch has $B$ sequences; number $n$ has $L_n$ steps, the longest has $T$, and they come in **no particular order**.
#
# | function | you get | you return |
# |---|---|---|
# | `collate` | a list of `(L_n, I)`; the padding value | `padded (B, T, I)`, `lengths (B,)`, `mask (B, T)`, boolean, `True` where real |
# | `last_valid` | `out (B, T, H)`, `lengths` | for each sequence the vector at its last real step, `(B, H)` |
# | `masked_mean` | `out (B, T, H)`, `mask` | for each sequence the mean over its real steps, `(B, H)` |
# | `masked_cross_entropy` | `logits (B, T, V)`, `targets (B, T)`, `mask` | one number: the mean loss over **all** real steps |
#
# A few mines are buried in the data, all of them found in real data too: one frame is all zeros, another equals the padding value 7; class 0 is a real class; and on padding, outputs and scores say nonsense. Read the tensors you are given, do not change them.

# %% name="fixture"
LENGTHS = torch.tensor([3, 5, 1])
B, T, I, H, V = 3, 5, 2, 4, 6  # 各不相同 || all different
REAL = torch.arange(T) < LENGTHS.unsqueeze(1)  # (B, T)


def random(k, *shape):
    """第 k 组随机数 || the k-th set of random numbers"""
    return torch.randn(shape, generator=torch.Generator().manual_seed(SEED * 100 + k))


def sequences(k):
    """三条序列 (L_n, I)：一帧全是 0，一帧全是 7 || three sequences (L_n, I): one frame is all zeros, one all sevens"""
    seqs = [random(10 * k + n, L, I) for n, L in enumerate(LENGTHS.tolist())]
    seqs[0][1], seqs[1][4] = 0.0, 7.0
    return seqs


def poisoned(k, size, nonsense):
    """(B, T, size)，填充处全是 nonsense || (B, T, size), with nonsense on padding"""
    return random(k, B, T, size).masked_fill(~REAL.unsqueeze(2), nonsense)


# 真的答案里有第 0 类，填充处也写着 0 || class 0 occurs among the real targets, and 0 stands on padding too
targets = torch.tensor([[0, 4, 2, 0, 0], [5, 0, 1, 3, 2], [3, 0, 0, 0, 0]])

# %% [markdown] name="part-1"
# ## 1 · 补齐，并记住哪些是真的
#
# 这一题是拼图。提示 1 里有全部代码，次序打乱了，还混进了两行冒充的。

# %% [markdown] lang="en" of="9e6b6cff.015c6b73"
# ## 1 · Pad, and remember what is real
#
# This one is a puzzle. Hint 1 has all the code, in the wrong order, with two impostors among it.

# %% [markdown] name="hint-collate-1"
# <details><summary>提示 1：打乱的代码</summary>
#
# 八行里有六行是要的，另外两行是冒充的。冒充的各有一个很像的正品。
#
# ```python
# A   for row, seq in enumerate(seqs):
# B   mask = torch.arange(padded.shape[1]) <= lengths.unsqueeze(1)
# C   lengths = torch.tensor([len(seq) for seq in seqs])
# D       padded[row, -len(seq):] = seq
# E   padded = seqs[0].new_full(shape, pad_value)
# F   mask = torch.arange(padded.shape[1]) < lengths.unsqueeze(1)
# G   shape = len(seqs), max(lengths), seqs[0].shape[1]
# H       padded[row, :len(seq)] = seq
# ```
#
# 最后补上 `return padded, lengths, mask`。
#
# </details>

# %% [markdown] lang="en" of="11984eba.2d142b1d"
# <details><summary>Hint 1: the code, shuffled</summary>
#
# Six of these eight lines are wanted; two are impostors, each with a genuine twin.
#
# ```python
# A   for row, seq in enumerate(seqs):
# B   mask = torch.arange(padded.shape[1]) <= lengths.unsqueeze(1)
# C   lengths = torch.tensor([len(seq) for seq in seqs])
# D       padded[row, -len(seq):] = seq
# E   padded = seqs[0].new_full(shape, pad_value)
# F   mask = torch.arange(padded.shape[1]) < lengths.unsqueeze(1)
# G   shape = len(seqs), max(lengths), seqs[0].shape[1]
# H       padded[row, :len(seq)] = seq
# ```
#
# Finish with `return padded, lengths, mask`.
#
# </details>

# %% name="collate" tags=["solution"]
def collate(seqs, pad_value=0.0):
    """seqs：列表，每条 (L_n, I) -> padded (B, T, I)，lengths (B,)，mask (B, T) 布尔 || seqs: list of (L_n, I) -> padded (B, T, I), lengths (B,), mask (B, T) boolean"""
    ### BEGIN SOLUTION
    lengths = torch.tensor([len(seq) for seq in seqs])
    shape = len(seqs), max(lengths), seqs[0].shape[1]
    padded = seqs[0].new_full(shape, pad_value)
    for row, seq in enumerate(seqs):
        padded[row, :len(seq)] = seq
    mask = torch.arange(padded.shape[1]) < lengths.unsqueeze(1)
    return padded, lengths, mask
    ### END SOLUTION


# %% [markdown] name="about-check-collate"
# **检查补齐（3 分）。** 长度 3、5、1，填充的数是 7；再来一次默认的 0；最后是孤零零的一条，一格填充也没有。

# %% [markdown] lang="en" of="62ec1593.02cfccaf"
# **Check the padding (3 points).** Lengths 3, 5, 1 with a padding value of 7; once more with the default 0; and a sequence on its own, without any padding.

# %% name="check-collate" tags=["check"] points=3 of="collate"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-collate") as show:
    seqs = sequences(1)
    padded, lengths, mask = collate(seqs, 7.0)
    show("补 7 || padded with 7", padded)
    show("长度 || lengths", lengths)
    show("掩码 || mask", mask.long())
    show("填充的格数 (~mask).sum() || cells of padding, (~mask).sum()", (~mask).sum())
    padded, _, mask = collate(sequences(2))
    show("补 0 || padded with 0", padded)
    show("还是同样的掩码 || the same mask again", mask.long())
    padded, lengths, mask = collate(sequences(3)[2:], 7.0)
    show("单独一条 || one alone", padded)
    show("它的掩码 || its mask", mask.long())
    show("传进去的序列之和 || sum of the sequences given", sum(s.sum() for s in seqs))

# %% [markdown] name="part-2"
# ## 2 · 最后一个真实时间步
#
# 第 $n$ 条的最后一步，列号是几？从 0 数起。

# %% [markdown] lang="en" of="0fe1ee9e.0fdeb8b4"
# ## 2 · The last real step
#
# In which column does the last step of sequence $n$ stand? Count from 0.

# %% [markdown] name="hint-last-1"
# <details><summary>提示 1：一行一列地取</summary>
#
# 行号是 0、1、2，列号各不相同。两个同样长的整数张量可以一起当下标：`out[rows, columns]`，取出来的是 `(B, H)`。
#
# </details>

# %% [markdown] lang="en" of="1d29ca48.13fcff2a"
# <details><summary>Hint 1: a row and a column each</summary>
#
# The rows are 0, 1, 2; the columns differ. Two integer tensors of the same length can index together: `out[rows, columns]` picks a `(B, H)`.
#
# </details>

# %% [markdown] name="hint-last-2"
# <details><summary>提示 2：几乎就是代码</summary>
#
# ```python
#     rows = torch.arange(______)
#     return out[rows, ______]
# ```
#
# </details>

# %% [markdown] lang="en" of="ae768f80.33766d40"
# <details><summary>Hint 2: almost the code</summary>
#
# ```python
#     rows = torch.arange(______)
#     return out[rows, ______]
# ```
#
# </details>

# %% name="last_valid" tags=["solution"]
def last_valid(out, lengths):
    """out (B, T, H), lengths (B,) -> (B, H)"""
    ### BEGIN SOLUTION
    return out[torch.arange(len(out)), lengths - 1]
    ### END SOLUTION


# %% [markdown] name="about-check-last"
# **检查最后一步（2 分）。** 填充处的输出在 50 以上，取错了一眼就看得出来；再来一批一样长的：那时它就是最后一列。

# %% [markdown] lang="en" of="f3ba76e1.9c4a847a"
# **Check the last step (2 points).** On padding the outputs are 50 and more, so picking the wrong place shows at once. Then a batch of equal lengths, where it is the last column.

# %% name="check-last" tags=["check"] points=2 of="last_valid"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-last") as show:
    # 加上列号：取自哪一列，看得出来 || with the column number added, which column was taken shows
    out = poisoned(41, H, 50.0) + torch.arange(T).unsqueeze(1)
    given = out.clone()
    show("最后一步，长短不一 || last step, unequal lengths", last_valid(out, LENGTHS))
    show("out 变了多少 || change of the given out", (out - given).abs().max())
    equal = random(42, 2, T, H)
    show("最后一步，一样长 || last step, equal lengths", last_valid(equal, torch.tensor([T, T])))

# %% [markdown] name="part-3"
# ## 3 · 真实时间步上的平均
#
# $$\mathrm{mean}_n = \frac{\sum_t m_{n,t}\,\mathrm{out}_{n,t}}{\sum_t m_{n,t}}$$
#
# 分子里不能有填充，分母也不能。

# %% [markdown] lang="en" of="83ae7d60.337c8fb6"
# ## 3 · The mean over real steps
#
# $$\mathrm{mean}_n = \frac{\sum_t m_{n,t}\,\mathrm{out}_{n,t}}{\sum_t m_{n,t}}$$
#
# No padding above the line, and none below.

# %% [markdown] name="hint-mean-1"
# <details><summary>提示 1：形状</summary>
#
# `mask` 是 `(B, T)`，`out` 是 `(B, T, H)`。给掩码添上长度为 1 的一维，`mask.unsqueeze(2)`，两个就能相乘。分母对每条序列是一个数，形状要能和 `(B, H)` 相除。
#
# </details>

# %% [markdown] lang="en" of="7c5fd826.5b108462"
# <details><summary>Hint 1: shapes</summary>
#
# `mask` is `(B, T)` and `out` is `(B, T, H)`. Give the mask a dimension of length 1, `mask.unsqueeze(2)`, and the two can be multiplied. The denominator is one number for each sequence, in a shape that divides a `(B, H)`.
#
# </details>

# %% [markdown] name="hint-mean-2"
# <details><summary>提示 2：几乎就是代码</summary>
#
# ```python
#     total = (out * mask.unsqueeze(2)).sum(dim=______)  # (B, H)
#     return total / ______.sum(dim=______, keepdim=True)
# ```
#
# </details>

# %% [markdown] lang="en" of="36cb1b5b.0d8e0573"
# <details><summary>Hint 2: almost the code</summary>
#
# ```python
#     total = (out * mask.unsqueeze(2)).sum(dim=______)  # (B, H)
#     return total / ______.sum(dim=______, keepdim=True)
# ```
#
# </details>

# %% name="masked_mean" tags=["solution"]
def masked_mean(out, mask):
    """out (B, T, H), mask (B, T) -> (B, H)"""
    ### BEGIN SOLUTION
    total = (out * mask.unsqueeze(2)).sum(dim=1)  # (B, H)
    return total / mask.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% [markdown] name="about-check-mean"
# **检查平均（2 分）。** 再加一道知道答案的题：真实时间步上处处是 3，平均应当是几？

# %% [markdown] lang="en" of="a95f7cc5.307d0a21"
# **Check the mean (2 points).** And a question with a known answer: if every real step holds 3, what must the mean be?

# %% name="check-mean" tags=["check"] points=2 of="masked_mean"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-mean") as show:
    out = poisoned(51, H, 50.0)
    given = out.clone()
    show("平均，长短不一 || mean, unequal lengths", masked_mean(out, REAL))
    show("给的 out 变了多少 || by how much the given out moved", (out - given).abs().max())
    threes = torch.full((B, T, H), 3.0).masked_fill(~REAL.unsqueeze(2), -50.0)
    show("处处是 3 || threes everywhere", masked_mean(threes, REAL))
    everything = torch.ones(2, T, dtype=torch.bool)
    show("没有填充 || no padding", masked_mean(random(52, 2, T, H), everything))

# %% [markdown] name="part-4"
# ## 4 · 真实时间步上的损失
#
# $$\mathcal{L} = \frac{\sum_n \sum_t m_{n,t}\,\ell_{n,t}}{\sum_n \sum_t m_{n,t}}, \qquad \ell_{n,t} = -\log \mathrm{softmax}(\mathrm{logits}_{n,t})[\mathrm{targets}_{n,t}]$$
#
# 一个字一票：5 步的序列有五票，1 步的只有一票。这一题没有填空，`F.cross_entropy` 可以用。

# %% [markdown] lang="en" of="6de4ee71.aa622597"
# ## 4 · The loss over real steps
#
# $$\mathcal{L} = \frac{\sum_n \sum_t m_{n,t}\,\ell_{n,t}}{\sum_n \sum_t m_{n,t}}, \qquad \ell_{n,t} = -\log \mathrm{softmax}(\mathrm{logits}_{n,t})[\mathrm{targets}_{n,t}]$$
#
# One step, one vote: a sequence of 5 steps has five votes, a sequence of 1 has one. No gaps to fill this time; `F.cross_entropy` is allowed.

# %% [markdown] name="hint-loss-1"
# <details><summary>提示：类别在第几维</summary>
#
# `F.cross_entropy` 要类别在第 1 维：`(B, V, T)` 对 `(B, T)`。换两个维用 `transpose`；`view` 只是把同一串数重新断行，数全放错了地方。或者先用布尔掩码把真实的步挑出来：`logits[mask]` 是 `(步数, V)`。
#
# </details>

# %% [markdown] lang="en" of="63958020.3c647084"
# <details><summary>Hint: where do the classes go?</summary>
#
# `F.cross_entropy` wants classes in dimension 1: `(B, V, T)` against `(B, T)`. To swap two dimensions use `transpose`; `view` merely breaks the same string of numbers into new lines and puts every one in the wrong place. Or pick the real steps first with the boolean mask: `logits[mask]` is `(steps, V)`.
#
# </details>

# %% name="masked_cross_entropy" tags=["solution"]
def masked_cross_entropy(logits, targets, mask):
    """logits (B, T, V), targets (B, T) int64, mask (B, T) -> 一个数 || logits (B, T, V), targets (B, T) int64, mask (B, T) -> one number"""
    ### BEGIN SOLUTION
    return F.cross_entropy(logits[mask], targets[mask])
    ### END SOLUTION


# %% [markdown] name="about-check-loss"
# **检查损失（3 分）。** 填充处的得分是 +50，换成 −50，再把填充处的答案也换掉，损失一点都不该动。最后一道知道答案：得分处处相同，损失应当是 $\ln V$。

# %% [markdown] lang="en" of="f5ae3b46.1d6b01ab"
# **Check the loss (3 points).** The scores on padding are +50; put −50 in their place, then change the answers on padding as well, and the loss must not move at all. The last one has a known answer: with equal scores everywhere the loss is $\ln V$.

# %% name="check-loss" tags=["check"] points=3 of="masked_cross_entropy"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-loss") as show:
    high = poisoned(61, V, 50.0)
    high[..., 0] *= torch.where(REAL, 1.0, -1.0)  # 填充处最不像第 0 类 || on padding, class 0 is unlikely
    given = high.clone()
    low = high.masked_fill(~REAL.unsqueeze(2), -50.0)
    other = targets.masked_fill(~REAL, 2)
    show("填充处 +50 || padding +50", masked_cross_entropy(high, targets, REAL))
    show("填充处 −50 || padding −50", masked_cross_entropy(low, targets, REAL))
    show("填充处的答案换掉 || other targets on padding", masked_cross_entropy(high, other, REAL))
    one = masked_cross_entropy(high[1:2], targets[1:2], REAL[1:2])
    show("只有一条，没有填充 || one sequence, no padding", one)
    flat = torch.zeros(B, T, V).masked_fill(~REAL.unsqueeze(2), -50.0)
    show("得分处处相同 || equal scores everywhere", masked_cross_entropy(flat, targets, REAL))
    show("logits 变了多少 || change of the given logits", (high - given).abs().max())

# %% [markdown] name="closing"
# ## 你现在会了
#
# 把这四个函数留着，再留一个测试：**一条序列单独跑，和夹在一批里跑，结果一样。** 以后模型改来改去，填充的错一露头就被它抓住。
#
# **想一想**（不计分）：每条先平均、再对序列平均，什么时候反而是你要的？（提示：给文章打分，长文章该不该更重要？）

# %% [markdown] lang="en" of="7f9c3848.52e6db12"
# ## What you can do now
#
# Keep these four functions, and keep one test with them: **a sequence run alone and the same sequence run in a batch give the same result.** However the model changes later, it catches a mistake about padding as soon as it shows.
#
# **To think about** (no points): when would you want the mean of each sequence first, and then the mean over sequences? (Hint: in grading essays, should a long one count for more?)

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
