# ---
# jupyter:
#   course:
#     exercise: E09
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["U-02"]
# # E09 · 一句话换一句话
#
# **进阶 ⭐⭐⭐⭐ · 10 分 · 约 40 分钟** · 配套章节：[10 序列到序列](../../notebooks/zh/10_seq2seq.ipynb)
#
# 编码器、解码器，PyTorch 都有现成的；容易接错的是中间的管道：喂给解码器的序列该往哪边挪，损失该算哪些位置，解码什么时候停，停了以后写什么。
# 接错了不会报错，损失甚至更好看，译文却一塌糊涂。这一次没有神经网络，只有管道，四段，一段一段接好。

# %% [markdown] lang="en" of="ff858130.ae94f6a7"
# # E09 · One sentence for another
#
# **Advanced ⭐⭐⭐⭐ · 10 points · about 40 minutes** · goes with chapter [10 Sequence to sequence](../../notebooks/en/10_seq2seq.ipynb)
#
# PyTorch has encoders and decoders ready for you. What people get wrong is the plumbing between them: which way the decoder's input is shifted, which positions the loss counts,
# when decoding stops, and what is written after that. Plumb it wrongly and there is no error; the loss may even look better, and the translations are a mess. So there is no network here,
# only pipes: four of them, one at a time.

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
check = Exercise("E09", SEED)

# %% name="fixture"
# 编号故意不用 0, 1, 2 || deliberately not 0, 1, 2
PAD, BOS, EOS = 7, 5, 6
B, T, V = 3, 5, 9  # 三个数各不相同 || all different


def targets(k):
    """第 k 组目标 (B, T)：以 EOS 结尾，后面补 PAD，各行长短不一 || The k-th targets (B, T): EOS, then PAD; rows of different lengths"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    y = torch.randint(0, BOS, (B, T), generator=g)
    for row, length in zip(y, (3, 5, 2)):
        row[length - 1] = EOS
        row[length:] = PAD
    return y


def random_logits(k):
    """第 k 组得分 (B, T, V) || The k-th scores (B, T, V)"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    return 2 * torch.randn(B, T, V, generator=g)


# %% [markdown] name="part-1"
# ## 1 · 往右挪一格
#
# 教师强制（teacher forcing）：第 $t$ 步让解码器猜 $y_t$，喂给它的是*前一个*真值 $y_{t-1}$；第 1 步之前什么都没有，喂 BOS。
#
# | 位置 | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|
# | 要猜的 `y` | 猫 | 追 | 狗 | EOS |
# | 喂进去的 | BOS | 猫 | 追 | 狗 |
#
# `shift_right(y, bos)`：`y` `(B, T)` 整数，返回 `(B, T)`，类型相同。传进来的 `y` 只读。

# %% [markdown] lang="en" of="bb8e5f5b.be1f51ca"
# ## 1 · One place to the right
#
# Teacher forcing: at step $t$ the decoder guesses $y_t$ and is given the true symbol *before* it, $y_{t-1}$. Before step 1 there is nothing, so it is given BOS.
#
# | position | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|
# | to be guessed, `y` | cats | chase | dogs | EOS |
# | given | BOS | cats | chase | dogs |
#
# `shift_right(y, bos)`: `y` `(B, T)` of integers; returns `(B, T)` of the same type. Read `y`, do not change it.

# %% [markdown] name="hint-shift-1"
# <details><summary>提示 1：丢掉一列，添上一列</summary>
#
# 宽度不变，所以添一列就要丢一列。丢哪一头？最后一个符号后面没有要猜的了。
#
# </details>

# %% [markdown] lang="en" of="36c82e3b.b9003539"
# <details><summary>Hint 1: one column goes, one comes</summary>
#
# The width stays, so for the column you add another must go. Which end? Nothing is left to guess after the last symbol.
#
# </details>

# %% [markdown] name="hint-shift-2"
# <details><summary>提示 2：造一列 BOS</summary>
#
# `y.new_full((B, 1), bos)` 造出同类型的一列；`torch.cat([...], dim=1)` 左右拼接。
#
# </details>

# %% [markdown] lang="en" of="5c12548e.5b7f428c"
# <details><summary>Hint 2: a column of BOS</summary>
#
# `y.new_full((B, 1), bos)` makes a column of the same type; `torch.cat([...], dim=1)` joins left and right.
#
# </details>

# %% [markdown] name="hint-shift-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     first = y.new_full((len(y), 1), ______)
#     return torch.cat([first, y[:, ______]], dim=1)
# ```
#
# </details>

# %% [markdown] lang="en" of="8c8392c2.9a422979"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     first = y.new_full((len(y), 1), ______)
#     return torch.cat([first, y[:, ______]], dim=1)
# ```
#
# </details>

# %% name="shift_right" tags=["solution"]
def shift_right(y, bos):
    """喂给解码器的序列：y (B, T) -> (B, T) || What the decoder is given: y (B, T) -> (B, T)"""
    ### BEGIN SOLUTION
    first = y.new_full((len(y), 1), bos)  # (B, 1)
    return torch.cat([first, y[:, :-1]], dim=1)  # (B, T)
    ### END SOLUTION


# %% [markdown] name="about-check-shift"
# **检查（2 分）。** 三行长短不一的目标；只有一列的目标；`y` 有没有被改动。

# %% [markdown] lang="en" of="ab67e605.00c044f8"
# **Check (2 points).** Targets with three rows of different lengths; targets of one column; whether `y` was left alone.

# %% name="check-shift" tags=["check"] points=2 of="shift_right"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-shift") as show:
    y = targets(1)
    show("要猜的 y || to be guessed, y", y)
    show("喂进去的 || given", shift_right(y, BOS))
    show("只有一列 || one column", shift_right(y[:, :1], BOS))
    show("调用之后的 y || y after the calls", y)

# %% [markdown] name="part-2"
# ## 2 · 只在该算的地方算
#
# 解码器给出每一步的得分 `logits` `(B, T, V)`，是 softmax *之前*的数。损失是交叉熵，对**所有不是 PAD 的位置**取平均：
#
# $$\ell = -\frac{1}{N}\sum_{b,t:\;y_{bt}\neq \text{PAD}} \log \operatorname{softmax}(\text{logits}_{bt})_{y_{bt}},$$
#
# 其中 $N$ 是不是 PAD 的位置的个数（EOS 要算，它也得学会写）。`teacher_forced_loss(logits, y, pad)` 返回一个数（0 维张量）。这里的 `y` 是没挪过的目标。

# %% [markdown] lang="en" of="e5050f95.738d3746"
# ## 2 · A loss where it should count
#
# The decoder gives scores for every step, `logits` `(B, T, V)`, the numbers *before* the softmax. The loss is the cross-entropy averaged over **all positions that are not PAD**:
#
# $$\ell = -\frac{1}{N}\sum_{b,t:\;y_{bt}\neq \text{PAD}} \log \operatorname{softmax}(\text{logits}_{bt})_{y_{bt}},$$
#
# where $N$ is the number of positions that are not PAD (EOS counts: writing it has to be learnt as well). `teacher_forced_loss(logits, y, pad)` returns one number, a 0-dimensional tensor. Here `y` is the
# target as it is, not shifted.

# %% [markdown] name="hint-loss-1"
# <details><summary>提示 1：哪一维是类别</summary>
#
# `F.cross_entropy` 要求类别在第 1 维：`(N, V)` 对 `(N,)`，或者 `(B, V, T)` 对 `(B, T)`。你手里的是 `(B, T, V)`。换维用 `transpose`，不要用 `reshape`：形状一样，数全乱了。
#
# </details>

# %% [markdown] lang="en" of="821f6401.090c6dd4"
# <details><summary>Hint 1: which dimension holds the classes?</summary>
#
# `F.cross_entropy` wants them in dimension 1: `(N, V)` against `(N,)`, or `(B, V, T)` against `(B, T)`. What you have is `(B, T, V)`. Swap dimensions with `transpose`, never with `reshape`: the shape would
# be right and the numbers scrambled.
#
# </details>

# %% [markdown] name="hint-loss-2"
# <details><summary>提示 2：PAD 不算</summary>
#
# `F.cross_entropy` 有个参数 `ignore_index`：等于它的目标既不进分子，也不进分母。softmax 它自己会做。
#
# </details>

# %% [markdown] lang="en" of="5d4c4169.90b86950"
# <details><summary>Hint 2: leaving PAD out</summary>
#
# `F.cross_entropy` takes `ignore_index`: targets equal to it enter neither the sum nor the count. The softmax it does itself.
#
# </details>

# %% [markdown] name="hint-loss-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     return F.cross_entropy(logits.transpose(____, ____), ______, ignore_index=______)
# ```
#
# </details>

# %% [markdown] lang="en" of="41b3f34b.e1c6daa3"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     return F.cross_entropy(logits.transpose(____, ____), ______, ignore_index=______)
# ```
#
# </details>

# %% name="teacher_forced_loss" tags=["solution"]
def teacher_forced_loss(logits, y, pad):
    """logits (B, T, V), y (B, T) -> 不是 PAD 的位置上平均的交叉熵 || logits (B, T, V), y (B, T) -> cross-entropy, averaged over what is not PAD"""
    ### BEGIN SOLUTION
    return F.cross_entropy(logits.transpose(1, 2), y, ignore_index=pad)
    ### END SOLUTION


# %% [markdown] name="about-check-loss"
# **检查（2 分）。** 随机的得分；PAD 换一个编号；所有得分都相等时，损失应当是 $\ln V = \ln 9 = 2.1972$；最后把 PAD 位置上的得分全改掉，损失应当不变。

# %% [markdown] lang="en" of="02150c21.481c23d8"
# **Check (2 points).** Random scores; another number for PAD; all scores equal, where the loss must be $\ln V = \ln 9 = 2.1972$; and finally other scores at the positions of PAD, which must change nothing.

# %% name="check-loss" tags=["check"] points=2 of="teacher_forced_loss"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-loss") as show:
    y, logits = targets(2), random_logits(3)
    show("损失 || loss", teacher_forced_loss(logits, y, PAD))
    renamed = torch.where(y == PAD, 8, y)
    show("PAD 换成 8 || PAD is 8 now", teacher_forced_loss(logits, renamed, 8))
    show("得分都相等 || all scores equal", teacher_forced_loss(torch.zeros(B, T, V), y, PAD))
    poisoned = torch.where((y == PAD).unsqueeze(2), random_logits(4) * 10, logits)
    show("PAD 处换了得分 || other scores at PAD", teacher_forced_loss(poisoned, y, PAD))
    show("一条，没有 PAD || one row, no PAD", teacher_forced_loss(logits[1:2], y[1:2], PAD))

# %% [markdown] name="part-3"
# ## 3 · 自己写的，自己接着读
#
# 训练完了，没有真值可喂了：每一步选得分最高的符号，写下来，再喂回去。
#
# `greedy_decode(step, state, bos, eos, pad, max_len, batch_size)` 返回 `(B, max_len)` 的整数：
#
# * `step(tokens, state)`：`tokens` `(B,)`，返回 `(logits (B, V), state)`。新的 `state` 要接着往下传；
# * 第一步喂 `bos`，以后喂上一步写下的符号；
# * 写下 `eos` 的那一行就完了：`eos` 本身保留，后面全是 `pad`；别的行继续；
# * **所有行都完了就不再调用 `step`**；没有完的，写满 `max_len` 为止；
# * 不管什么时候停，返回的宽度总是 `max_len`。
#
# 完了的行此后喂什么都行，反正不看它写什么。

# %% [markdown] lang="en" of="81caf679.3eb60aef"
# ## 3 · Reading what you have just written
#
# After training there is no truth to be given any more: at each step take the symbol with the highest score, write it down, and feed it back.
#
# `greedy_decode(step, state, bos, eos, pad, max_len, batch_size)` returns integers `(B, max_len)`:
#
# * `step(tokens, state)`: `tokens` `(B,)`; returns `(logits (B, V), state)`. The new `state` is what you pass on;
# * the first step is given `bos`, each later one the symbols written just before;
# * a row that has written `eos` is done: the `eos` stays, and all behind it is `pad`; other rows go on;
# * **when all rows are done, `step` is not called again**; rows that never end stop at `max_len`;
# * whenever it stops, the result is `max_len` wide.
#
# What a row that is done is given afterwards does not matter: nobody looks at what it says.

# %% name="script"
class Script:
    """照本宣科的解码器：state 是步数 (B,)，第 t 步说 lines[:, t]；
    喂给它的东西都记下来 || A decoder with a script: state is the step (B,), at step t it says lines[:, t];
    it notes what it is given"""

    def __init__(self, lines, k):
        self.lines = torch.tensor(lines)  # (B, T)
        g = torch.Generator().manual_seed(SEED * 100 + k)
        self.noise = torch.rand(*self.lines.shape, V, generator=g)
        self.given = []

    def __call__(self, tokens, state):
        rows = torch.arange(len(tokens))
        self.given.append(tokens.clone())
        said = F.one_hot(self.lines[rows, state], V)  # (B, V)
        return self.noise[rows, state] + 1.01 * said, state + 1

    def given_until_end(self):
        """每一行写完之前喂给它的符号，写完之后记作 -1 || What each row was given until it was done, -1 afterwards"""
        given = torch.stack(self.given, dim=1)  # (B, 步) || (B, steps)
        lines = self.lines[:, : given.shape[1]]
        over = (lines == EOS).long().cumsum(1) - (lines == EOS).long()
        return given.masked_fill(over > 0, -1)


start = torch.zeros(B, dtype=torch.long)  # 每一行都在第 0 步 || every row is at step 0

# %% [markdown] name="hint-greedy-1"
# <details><summary>提示 1：谁完了，要记着</summary>
#
# 一个布尔张量 `done` `(B,)`，开始全是 `False`。次序要紧：先把**已经完了**的行改写成 `pad`，再看这一步谁写了 `eos`。反过来，`eos` 自己就被盖掉了。
#
# </details>

# %% [markdown] lang="en" of="f1a0a7cb.8e4ac9f5"
# <details><summary>Hint 1: keep track of who is done</summary>
#
# A boolean tensor `done` `(B,)`, all `False` at first. The order matters: first overwrite with `pad` the rows that were done **before**, then see who has written `eos` at this step. The other way round, the
# `eos` itself is overwritten.
#
# </details>

# %% [markdown] name="hint-greedy-2"
# <details><summary>提示 2：先铺满 PAD</summary>
#
# 一开始就造好 `(B, max_len)`、全是 `pad` 的整数张量，写到第 `t` 列就填第 `t` 列。提前停下，剩下的自然是 `pad`。
#
# </details>

# %% [markdown] lang="en" of="ee3c7c93.0ef06ec6"
# <details><summary>Hint 2: start from a sheet of PAD</summary>
#
# Begin with an integer tensor `(B, max_len)` full of `pad` and fill column `t` at step `t`. If you stop early, what is left is `pad` already.
#
# </details>

# %% [markdown] name="hint-greedy-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     written = torch.full((batch_size, max_len), ______)
#     tokens = torch.full((batch_size,), ______)
#     done = torch.zeros(batch_size, dtype=torch.bool)
#     for t in range(max_len):
#         logits, state = step(______, ______)
#         tokens = logits.argmax(dim=______).masked_fill(______, pad)
#         written[:, t] = tokens
#         done = done | (______)
#         if ______:
#             break
#     return written
# ```
#
# </details>

# %% [markdown] lang="en" of="60da692a.5d5f38b5"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     written = torch.full((batch_size, max_len), ______)
#     tokens = torch.full((batch_size,), ______)
#     done = torch.zeros(batch_size, dtype=torch.bool)
#     for t in range(max_len):
#         logits, state = step(______, ______)
#         tokens = logits.argmax(dim=______).masked_fill(______, pad)
#         written[:, t] = tokens
#         done = done | (______)
#         if ______:
#             break
#     return written
# ```
#
# </details>

# %% name="greedy_decode" tags=["solution"]
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    """贪心解码 -> (B, max_len)，EOS 之后是 PAD || Greedy decoding -> (B, max_len), PAD behind EOS"""
    ### BEGIN SOLUTION
    written = torch.full((batch_size, max_len), pad)
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, state = step(tokens, state)  # (B, V)
        tokens = logits.argmax(dim=1).masked_fill(done, pad)  # (B,)
        written[:, t] = tokens
        done = done | (tokens == eos)
        if done.all():
            break
    return written
    ### END SOLUTION


# %% [markdown] name="about-check-greedy"
# **检查（4 分）。** 台本写好了：第一行第 3 步结束，第二行一开口就结束，第三行从不结束；结束之后台本里还有别的词，不该抄进来。
# 看三样：写下了什么，每一步喂了什么（完了的行记作 −1），一共调用了几次。第二份台本三行都早早结束，第三份只有一行。

# %% [markdown] lang="en" of="6df17023.664e637d"
# **Check (4 points).** The script is fixed: row one ends at step 3, row two as soon as it opens its mouth, row three never; behind the end the script has more words, which must not be copied.
# Three things are shown: what was written, what was given at each step (−1 once a row is done), and how often `step` was called. In the second script all three rows end early; the third has a single row.

# %% name="check-greedy" tags=["check"] points=4 of="greedy_decode"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-greedy") as show:
    lines = [[2, 4, EOS, 3, 1, 4], [EOS, 2, 2, EOS, 0, 1], [1, 0, 3, 4, 2, 0]]
    script = Script(lines, 5)
    show("写下的 || written", greedy_decode(script, start, BOS, EOS, PAD, 6, B))
    show("每一步喂进去的 || given at each step", script.given_until_end())
    show("调用次数 || calls", len(script.given))

    script = Script([[3, 0, EOS, 1, 1], [0, EOS, 4, 2, 3], [EOS, 1, 0, 3, 2]], 6)
    show("都早结束 || all end early", greedy_decode(script, start, BOS, EOS, PAD, 5, B))
    show("都早结束，调用次数 || all end early, calls", len(script.given))

    script = Script([[4, 1, 2, 0]], 7)
    show("只有一行 || one row", greedy_decode(script, start[:1], BOS, EOS, PAD, 4, 1))
    show("一开始的 state，调用之后 || the first state, after the calls", start)

# %% [markdown] name="part-4"
# ## 4 · 一字不差
#
# `exact_match(pred, y, pad)`：`pred` `(B, T1)`、`y` `(B, T2)`，宽度可能不同，短的那个后面本该是 PAD。一行里每个位置都对（包括 EOS 和后面的 PAD），这一行才算对；返回对的行占几成，一个 `float`。

# %% [markdown] lang="en" of="49f3997b.6209c923"
# ## 4 · Not one symbol off
#
# `exact_match(pred, y, pad)`: `pred` `(B, T1)`, `y` `(B, T2)`; the widths may differ, and what the narrower one lacks counts as PAD. A row is right when every position is (EOS and the PAD behind it included). Return the share of
# rows that are right, a `float`.

# %% [markdown] name="hint-exact-1"
# <details><summary>提示 1：先补到一样宽</summary>
#
# 宽的是 `max(T1, T2)`。`F.pad(rows, (0, n), value=pad)` 在右边添 `n` 列。
#
# </details>

# %% [markdown] lang="en" of="442f15d7.e0a5c21b"
# <details><summary>Hint 1: the same width first</summary>
#
# The wider is `max(T1, T2)`. `F.pad(rows, (0, n), value=pad)` adds `n` columns on the right.
#
# </details>

# %% [markdown] name="hint-exact-2"
# <details><summary>提示 2：先 all，后 mean</summary>
#
# 比出来是 `(B, T)` 的布尔值。一行全对才算对：沿哪一维 `all`？布尔值不能直接 `mean`，先转成浮点数。
#
# </details>

# %% [markdown] lang="en" of="56dcbf8c.627b2d7c"
# <details><summary>Hint 2: all first, mean second</summary>
#
# Comparing gives booleans `(B, T)`. A row is right if all of it is: along which dimension do you take `all`? Booleans have no `mean`; turn them into floats first.
#
# </details>

# %% [markdown] name="hint-exact-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     width = max(pred.shape[1], y.shape[1])
#     pred = F.pad(pred, (0, ______), value=pad)
#     y = F.pad(y, (0, ______), value=pad)
#     return (pred == y).all(dim=______).double().mean().item()
# ```
#
# </details>

# %% [markdown] lang="en" of="b8919630.29b75f10"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     width = max(pred.shape[1], y.shape[1])
#     pred = F.pad(pred, (0, ______), value=pad)
#     y = F.pad(y, (0, ______), value=pad)
#     return (pred == y).all(dim=______).double().mean().item()
# ```
#
# </details>

# %% name="exact_match" tags=["solution"]
def exact_match(pred, y, pad):
    """pred (B, T1), y (B, T2) -> 整行全对的占几成 || pred (B, T1), y (B, T2) -> the share of rows that are right throughout"""
    ### BEGIN SOLUTION
    width = max(pred.shape[1], y.shape[1])
    pred = F.pad(pred, (0, width - pred.shape[1]), value=pad)  # (B, T)
    y = F.pad(y, (0, width - y.shape[1]), value=pad)  # (B, T)
    return (pred == y).all(dim=1).double().mean().item()
    ### END SOLUTION


# %% [markdown] name="about-check-exact"
# **检查（2 分）。** 三行里错了一个符号；预测比目标宽，多出来的是 PAD；多出来的不是 PAD；目标比预测宽。

# %% [markdown] lang="en" of="4dc68b9e.d6060ceb"
# **Check (2 points).** One symbol wrong in three rows; a prediction wider than the target, by PAD; wider by something else; a target wider than the prediction.

# %% name="check-exact" tags=["check"] points=2 of="exact_match"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-exact") as show:
    y = targets(8)
    pred = y.clone()
    pred[0, 1] = (pred[0, 1] + 1) % BOS
    show("错了一个符号 || one symbol wrong", exact_match(pred, y, PAD))
    show("一个都不错 || none wrong", exact_match(y.clone(), y, PAD))
    wider = F.pad(pred, (0, 2), value=PAD)
    show("预测宽出两列 PAD || prediction two columns of PAD wider", exact_match(wider, y, PAD))
    babbling = F.pad(y, (0, 2), value=PAD)
    babbling[1:, -1] = 3
    show("多出来的不是 PAD || wider by something else", exact_match(babbling, y, PAD))
    wide_y = F.pad(y, (0, 1), value=PAD)
    show("目标比预测宽 || target wider than prediction", exact_match(pred, wide_y, PAD))
    show("预测太短 || prediction too short", exact_match(y[:, :3], y, PAD))

# %% [markdown] name="closing"
# ## 你现在会了
#
# 四段管道，通到任何一个序列到序列模型：翻译、摘要、对话、语音识别，用的都是它们，换成 Transformer 也一样。以后损失低得出奇、译文却不成样子，先查第一段：解码器是不是看见了答案？
#
# **想一想**（不计分）：`greedy_decode` 里完了的行还在跟着算，浪费了多少？一批里最长的那句是平均长度的三倍时呢？
#
# 回到第 10 章末尾，那里有一页“换你来当批改者”，用的就是这里的 `teacher_forced_loss`。

# %% [markdown] lang="en" of="cf6b757e.a3167cc6"
# ## What you can do now
#
# Four pipes, and they fit every sequence-to-sequence model: translation, summaries, dialogue, speech recognition all use them, and so does a Transformer. Next time a loss is wonderfully low and the translations make no sense, look at the first pipe: can
# the decoder see the answer?
#
# **To think about** (no points): in `greedy_decode`, rows that are done keep computing. How much is wasted? And when the longest sentence of a batch is three times as long as the average?
#
# Back at the end of Chapter 10 there is a page where you are the grader, of this very `teacher_forced_loss`.

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
