# ---
# jupyter:
#   course:
#     exercise: E07
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-07"]
# # E07 · 从头读，再从尾读回来
#
# **挑战 ⭐⭐⭐⭐⭐ · 10 分 · 约 40 分钟** · 配套章节：[08 双向与深度](../../notebooks/zh/08_bidirectional_and_deep.ipynb)
#
# “他在打”，读到这里你还不知道是打球、打电话还是打针。要等后面的字。双向 LSTM 就为此而生：一个单元从左往右读，另一个从右往左读，
# 每个位置把两边读到的拼在一起。听起来只是“再跑一遍”，真写起来，错几乎都错在同一处：句子长短不齐，短句后面垫着填充，倒着读的那一个**最先**碰到的恰恰是填充。
#
# 你会写三个函数：只翻转有效部分、只在有效部分更新状态、把两个方向对齐了拼起来。最后和打包（packed）的 `nn.LSTM` 对答案。

# %% [markdown] lang="en" of="a58505d6.9766d43b"
# # E07 · Read it forwards, then backwards
#
# **Challenge ⭐⭐⭐⭐⭐ · 10 points · about 40 minutes** · goes with chapter [08 Both directions, and depth](../../notebooks/en/08_bidirectional_and_deep.ipynb)
#
# "He sat on the bank": is there money in this story, or a river? You have to wait for the words that follow. That is what a bidirectional LSTM is for. One cell reads from left to right, another from right to left, and each position gets what both of them know. It sounds like running the same thing twice, and nearly every bug sits in one place: sentences differ in length, the short ones end in padding, and padding is the very **first** thing that the backward reader meets.
#
# You will write three functions: reverse only what is valid, update the state only where it is valid, and put both directions together in line. At the end you compare with `nn.LSTM` on a packed batch.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from torch import nn
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")  # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E07", SEED)

# %% [markdown] name="task" covers=["C-33"]
# ## 任务
#
# 一批 `B` 个序列，补齐到同样的 `T` 步；`lengths` 是各自真正的长度，**没有排序**。第 `b` 行只有 `x[b, :lengths[b]]` 是数据，后面的数不许影响任何结果。
#
# $$\overrightarrow{h}_t = \mathrm{LSTM}_{\rightarrow}(x_t, \overrightarrow{h}_{t-1}), \qquad
# \overleftarrow{h}_t = \mathrm{LSTM}_{\leftarrow}(x_t, \overleftarrow{h}_{t+1}), \qquad
# \mathrm{out}_t = [\,\overrightarrow{h}_t \,;\, \overleftarrow{h}_t\,]$$
#
# 注意第二个式子的下标：反方向的第 $t$ 步，是从**后一步**接过状态的。它读完一句话的时候，站在第一个字上。
#
# 下面的数据里，填充处都写着 9。真的填充通常是 0，漏看了也不容易发现；写成 9，一漏就露馅。

# %% [markdown] lang="en" of="5164fc9b.83ea2905"
# ## The task
#
# A batch of `B` sequences is padded to the same `T` steps; `lengths` says how long each really is, in **no particular order**. In row `b` only `x[b, :lengths[b]]` is data. What comes after it must not change any result.
#
# $$\overrightarrow{h}_t = \mathrm{LSTM}_{\rightarrow}(x_t, \overrightarrow{h}_{t-1}), \qquad
# \overleftarrow{h}_t = \mathrm{LSTM}_{\leftarrow}(x_t, \overleftarrow{h}_{t+1}), \qquad
# \mathrm{out}_t = [\,\overrightarrow{h}_t \,;\, \overleftarrow{h}_t\,]$$
#
# Look at the index in the second formula: going backwards, step $t$ takes its state from the step **after** it. When this reader has finished the sentence, it stands on the first word.
#
# In the data below all padding is 9. Real padding is usually 0, and if some of it leaks in, you may never notice; a 9 gives itself away.

# %% name="fixture"
B, T, I, H = 3, 6, 5, 4  # 四个数各不相同 || all different
lengths = torch.tensor([4, 6, 2])  # 长短不齐，也没有排序 || unequal, and not sorted


def padded(k, lengths=lengths, steps=T, padding=9.0):
    """第 k 组输入 (B, T, I)，填充处都是 padding || The k-th input (B, T, I), with `padding` wherever there is no data"""
    g = torch.Generator().manual_seed(SEED * 100 + 8 + k)
    x = torch.randn(len(lengths), steps, I, generator=g)  # (B, T, I)
    x[torch.arange(steps) >= lengths[:, None]] = padding
    return x


def cell(k):
    """权重和偏置都随机的 nn.LSTMCell || an nn.LSTMCell with random weights and biases"""
    g = torch.Generator().manual_seed(SEED * 100 + 58 + k)
    made = nn.LSTMCell(I, H)
    for p in made.parameters():
        nn.init.normal_(p, std=0.7, generator=g)
    return made.requires_grad_(False)


forward_cell, backward_cell = cell(1), cell(2)
print(padded(0)[:, :, 0])  # 第 0 个特征：9 是填充 || feature 0: the nines are padding

# %% [markdown] name="part-1"
# ## 1 · 只翻转有效的部分
#
# `reverse_padded` 把每一行前 `lengths[b]` 步的次序倒过来，填充留在原处。传进来的 `x` 不许改动。
#
# `a b c d · ·` 变成 `d c b a · ·`，而不是 `· · d c b a`。

# %% [markdown] lang="en" of="ed0a0afc.08262465"
# ## 1 · Reverse only what is valid
#
# `reverse_padded` turns the first `lengths[b]` steps of each row around and leaves the padding where it is. The `x` you are given must not change.
#
# `a b c d · ·` becomes `d c b a · ·`, and not `· · d c b a`.

# %% [markdown] name="hint-reverse-1"
# <details><summary>提示 1：一行一行来</summary>
#
# 每一行的长度不同，所以先不必追求一次算完：对每一行，取出有效的那一段，沿时间轴翻转，放回原来的位置。放回哪里？放进一份副本。
#
# </details>

# %% [markdown] lang="en" of="8959c7d8.5c2782f4"
# <details><summary>Hint 1: row by row</summary>
#
# Rows differ in length, so there is no need to do it in one go. For each row, take the valid piece, flip it along time and put it back where it was. Back into what? Into a copy.
#
# </details>

# %% [markdown] name="hint-reverse-2"
# <details><summary>提示 2：哪一个轴是时间</summary>
#
# `x[row, :n]` 已经只剩一行，形状是 `(n, F)`：时间成了第 0 轴。`flip` 要翻的是它，不是特征。副本用 `clone` 做，填充就原样留在里面。
#
# </details>

# %% [markdown] lang="en" of="9f49b267.fb9541eb"
# <details><summary>Hint 2: which axis is time?</summary>
#
# `x[row, :n]` is a single row, of shape `(n, F)`: time is now axis 0. That is what `flip` has to turn, not the features. Make the copy with `clone`, and the padding stays in it as it was.
#
# </details>

# %% [markdown] name="hint-reverse-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     reversed_x = x.______()
#     for row, n in enumerate(lengths.tolist()):
#         reversed_x[row, :n] = x[row, ______].flip(______)
#     return reversed_x
# ```
#
# </details>

# %% [markdown] lang="en" of="99f601a0.266e6e25"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     reversed_x = x.______()
#     for row, n in enumerate(lengths.tolist()):
#         reversed_x[row, :n] = x[row, ______].flip(______)
#     return reversed_x
# ```
#
# </details>

# %% name="reverse_padded" tags=["solution"]
def reverse_padded(x, lengths):
    """x (B, T, F), lengths (B,) -> (B, T, F)：每行只翻转有效的前 lengths 步 || x (B, T, F), lengths (B,) -> (B, T, F): in each row only the first lengths
    steps are turned around"""
    ### BEGIN SOLUTION
    reversed_x = x.clone()
    for row, n in enumerate(lengths.tolist()):
        reversed_x[row, :n] = x[row, :n].flip(0)
    return reversed_x
    ### END SOLUTION


# %% [markdown] name="about-check-reverse"
# **检查翻转（2 分）。** 三行长度不同；翻转两次应当回到原样；只有一步的序列翻不翻都一样。

# %% [markdown] lang="en" of="9f2d480c.9ff5970e"
# **Check the reversal (2 points).** Three rows of different lengths. Reversing twice must lead back, and a sequence of one step has nothing to turn.

# %% name="check-reverse" tags=["check"] points=2 of="reverse_padded"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-reverse") as show:
    x = padded(1)
    given = x.clone()
    show("翻转之后 || reversed", reverse_padded(x, lengths))
    twice = reverse_padded(reverse_padded(x, lengths), lengths)
    show("翻转两次，和原来差多少 || reversed twice, difference from the original", (twice - given).abs().max())
    show("传进去的 x 变了多少 || change of the given x", (x - given).abs().max())
    one = padded(2, torch.tensor([1, 3]), steps=3)
    show("长度为 1 和 3 || lengths 1 and 3", reverse_padded(one, torch.tensor([1, 3])))

# %% [markdown] name="part-2"
# ## 2 · 一个方向，遇到填充就停
#
# `masked_forward` 从零状态出发，用一个 `nn.LSTMCell` 从左往右读完整批：
#
# * `out` `(B, T, H)`：每一步的 `h`；填充处是 0；
# * `h` `(B, H)`：每一行**最后一个有效步**的 `h`，而不是第 `T` 步的。
#
# 循环还是走 `T` 步，一批一起走。窍门在于：走到某一行的填充时，这一行的 `h` 和 `c` 都不动。

# %% [markdown] lang="en" of="429cf055.c2baa51d"
# ## 2 · One direction that stops at the padding
#
# `masked_forward` starts from zero states and reads the batch from left to right with one `nn.LSTMCell`:
#
# * `out` `(B, T, H)`: the `h` of every step, and 0 on padding;
# * `h` `(B, H)`: for each row the `h` of its **last valid step**, not of step `T`.
#
# The loop still takes `T` steps, the whole batch together. The trick: where a row has reached its padding, its `h` and `c` stay as they are.

# %% [markdown] name="hint-masked-1"
# <details><summary>提示 1：谁还在读</summary>
#
# 第 `t` 步（从 0 数起）时，第 `b` 行还有数据的条件是 `t < lengths[b]`。整批一起问，得到 `(B,)` 的布尔张量；要和 `(B, H)` 的状态搭配，还得有一个长度为 1 的轴。
#
# </details>

# %% [markdown] lang="en" of="b3da9be2.d606ba49"
# <details><summary>Hint 1: who is still reading?</summary>
#
# At step `t`, counted from 0, row `b` still has data if `t < lengths[b]`. Asked for the whole batch at once this gives a boolean tensor `(B,)`; to go with states of shape `(B, H)` it needs another axis of length 1.
#
# </details>

# %% [markdown] name="hint-masked-2"
# <details><summary>提示 2：二选一</summary>
#
# `torch.where(条件, 新的, 旧的)` 逐个元素二选一。状态在“新的”和“旧的”之间选；输出在“新的”和 0 之间选。
#
# </details>

# %% [markdown] lang="en" of="310f0a61.4aed1ee7"
# <details><summary>Hint 2: one or the other</summary>
#
# `torch.where(condition, new, old)` chooses element by element. For the state the choice is between new and old; for the output, between new and 0.
#
# </details>

# %% [markdown] name="hint-masked-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     h = c = x.new_zeros(x.shape[0], cell.hidden_size)
#     outputs = []
#     for t in range(x.shape[1]):
#         reading = (______ < lengths)[:, None]
#         new_h, new_c = cell(______, (h, c))
#         h, c = torch.where(reading, new_h, ______), torch.where(reading, new_c, ______)
#         outputs.append(torch.where(reading, new_h, ______))
#     return torch.stack(outputs, dim=1), h
# ```
#
# </details>

# %% [markdown] lang="en" of="98b156d8.5c4012cf"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     h = c = x.new_zeros(x.shape[0], cell.hidden_size)
#     outputs = []
#     for t in range(x.shape[1]):
#         reading = (______ < lengths)[:, None]
#         new_h, new_c = cell(______, (h, c))
#         h, c = torch.where(reading, new_h, ______), torch.where(reading, new_c, ______)
#         outputs.append(torch.where(reading, new_h, ______))
#     return torch.stack(outputs, dim=1), h
# ```
#
# </details>

# %% name="masked_forward" tags=["solution"]
def masked_forward(x, lengths, cell):
    """x (B, T, I), lengths (B,), cell: nn.LSTMCell -> out (B, T, H)，填充处为 0；h
    (B, H)，最后一个有效步的状态 || x (B, T, I), lengths (B,), cell: nn.LSTMCell -> out (B, T, H), 0 on padding; h
    (B, H), the state after the last valid step"""
    ### BEGIN SOLUTION
    h = c = x.new_zeros(x.shape[0], cell.hidden_size)  # (B, H)
    outputs = []
    for t in range(x.shape[1]):
        reading = (t < lengths)[:, None]  # (B, 1)
        new_h, new_c = cell(x[:, t], (h, c))  # (B, H)
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(torch.where(reading, new_h, 0.0))
    return torch.stack(outputs, dim=1), h  # (B, T, H), (B, H)
    ### END SOLUTION


# %% [markdown] name="about-check-masked"
# **检查一个方向（3 分）。** 看第一行（4 步）在填充处的输出和最后的状态；再把填充从 9 换成 −50：什么都不该变。最后一次没有任何填充。

# %% [markdown] lang="en" of="3c402eae.35919cad"
# **Check one direction (3 points).** Look at the first row (4 steps): its output on padding, and its final state. Then the padding changes from 9 to −50, and nothing else may. The last call has no padding at all.

# %% name="check-masked" tags=["check"] points=3 of="masked_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-masked") as show:
    out, h = masked_forward(padded(3), lengths, forward_cell)
    show("第一行的输出 || outputs of row one", out[0])
    show("第三行的输出 || outputs of row three", out[2])
    show("最后的状态 || final states", h)
    other_out, other_h = masked_forward(padded(3, padding=-50.0), lengths, forward_cell)
    show("填充换成 -50，输出变了多少 || padding is -50 now: change of the outputs", (other_out - out).abs().max())
    show("填充换成 -50，状态变了多少 || padding is -50 now: change of the states", (other_h - h).abs().max())
    full = torch.tensor([3, 3])
    out, h = masked_forward(padded(4, full, steps=3), full, forward_cell)
    show("没有填充：输出 || no padding: outputs", out)
    show("没有填充：状态 || no padding: states", h)

# %% [markdown] name="part-3"
# ## 3 · 两个方向，对齐了再拼
#
# `bilstm_forward` 用 `fwd` 从左往右读，用 `bwd` 从右往左读，两者都从零状态出发：
#
# * `out` `(B, T, 2H)`：前一半是正方向的 `h`，后一半是反方向的 `h`，**说的是同一个位置**；填充处是 0；
# * `final` `(B, 2H)`：正方向在**最后一个有效步**的状态，接上反方向在**第 0 步**的状态。两个方向都读完了整句话的，正是这两处。
#
# 前两个函数是现成的零件。

# %% [markdown] lang="en" of="7d27a903.5f0295a3"
# ## 3 · Both directions, in line
#
# `bilstm_forward` reads from left to right with `fwd` and from right to left with `bwd`, both from zero states:
#
# * `out` `(B, T, 2H)`: the forward `h` in the first half, the backward `h` in the second, **both about the same position**; 0 on padding;
# * `final` `(B, 2H)`: the forward state at the **last valid step**, then the backward state at **step 0**. These are the two places where each direction has read the whole sentence.
#
# The first two functions are the parts to build it from.

# %% [markdown] name="hint-bilstm-1"
# <details><summary>提示 1：倒着读，等于读倒过来的</summary>
#
# 不用另写一个从右往左的循环：先把输入翻过来，再照常从左往右读。只是这样得到的输出也是倒着排的，第 0 个属于最后一个字。要和正方向的对上，该怎么办？
#
# </details>

# %% [markdown] lang="en" of="da9a4863.ced47d59"
# <details><summary>Hint 1: reading backwards is reading it reversed</summary>
#
# There is no need for a loop from right to left: reverse the input and read it as usual. But the outputs then come in reverse order too, and number 0 belongs to the last word. What must happen before they can stand beside the forward ones?
#
# </details>

# %% [markdown] name="hint-bilstm-2"
# <details><summary>提示 2：final 从哪里来</summary>
#
# `masked_forward` 已经把“读完整句之后的状态”交给你了，两个方向各一个。从 `out` 里去找反而容易错：`out[:, -1]` 对短句来说是填充，而反方向在最后一步才刚刚开始读。
#
# </details>

# %% [markdown] lang="en" of="1e468b6f.c2827134"
# <details><summary>Hint 2: where final comes from</summary>
#
# `masked_forward` hands you "the state after the whole sentence", once for each direction. Looking for it in `out` is the risky way: for a short sentence `out[:, -1]` is padding, and at the last step the backward reader has only just begun.
#
# </details>

# %% [markdown] name="hint-bilstm-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     out_f, final_f = masked_forward(x, lengths, ______)
#     out_b, final_b = masked_forward(______(x, lengths), lengths, ______)
#     out_b = ______(out_b, lengths)
#     out = torch.cat([out_f, out_b], dim=______)
#     return out, torch.cat([______, ______], dim=______)
# ```
#
# </details>

# %% [markdown] lang="en" of="805f7b3a.ed943793"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     out_f, final_f = masked_forward(x, lengths, ______)
#     out_b, final_b = masked_forward(______(x, lengths), lengths, ______)
#     out_b = ______(out_b, lengths)
#     out = torch.cat([out_f, out_b], dim=______)
#     return out, torch.cat([______, ______], dim=______)
# ```
#
# </details>

# %% name="bilstm_forward" tags=["solution"]
def bilstm_forward(x, lengths, fwd, bwd):
    """x (B, T, I), lengths (B,), fwd 和 bwd: nn.LSTMCell -> out (B, T, 2H), final
    (B, 2H) || x (B, T, I), lengths (B,), fwd and bwd: nn.LSTMCell -> out (B, T, 2H), final
    (B, 2H)"""
    ### BEGIN SOLUTION
    out_f, final_f = masked_forward(x, lengths, fwd)
    out_b, final_b = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    out_b = reverse_padded(out_b, lengths)
    out = torch.cat([out_f, out_b], dim=2)  # (B, T, 2H)
    return out, torch.cat([final_f, final_b], dim=1)  # (B, 2H)
    ### END SOLUTION


# %% [markdown] name="about-check-bilstm"
# **检查两个方向（4 分）。** 最短的一行只有 2 步，先看它：第 0 步的后一半应当就是 `final` 的后一半，第 1 步的前一半应当就是 `final` 的前一半。

# %% [markdown] lang="en" of="ff652665.ccb85b3f"
# **Check both directions (4 points).** The shortest row has only 2 steps, so look there first: the second half of its step 0 should be the second half of `final`, and the first half of its step 1 the first half of `final`.

# %% name="check-bilstm" tags=["check"] points=4 of="bilstm_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-bilstm") as show:
    x = padded(5)
    given = x.clone()
    out, final = bilstm_forward(x, lengths, forward_cell, backward_cell)
    show("out 的形状 || shape of out", str(tuple(out.shape)))
    show("两步的那一行 || the row of two steps", out[2])
    show("四步的那一行 || the row of four steps", out[0])
    show("六步的那一行，第一步 || the row of six steps, step one", out[1, 0])
    show("final", final)
    show("x 变了多少 || change of x", (x - given).abs().max())
    one = torch.tensor([1])
    x = padded(6, one, steps=1)
    out, final = bilstm_forward(x, one, forward_cell, backward_cell)
    show("一行一步：out || one row of one step: out", out)
    show("一行一步：final || one row of one step: final", final)

# %% [markdown] name="about-check-nn-LSTM"
# **和打包的 `nn.LSTM` 比（1 分）。** `pack_padded_sequence` 把填充整个拿掉，`nn.LSTM` 就只看得到有效的步。同样的权重，最多差多少？

# %% [markdown] lang="en" of="4cbea425.c1dca349"
# **Against `nn.LSTM` on a packed batch (1 point).** `pack_padded_sequence` takes the padding away altogether, so that `nn.LSTM` sees nothing but valid steps. The same weights: how large is the largest difference?

# %% name="check-nn-LSTM" tags=["check"] points=1 of="bilstm_forward"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
x = padded(7)
with check("check-nn-LSTM"):
    out, final = bilstm_forward(x, lengths, forward_cell, backward_cell)

theirs = nn.LSTM(I, H, batch_first=True, bidirectional=True)
cells = [*forward_cell.parameters(), *backward_cell.parameters()]
theirs.load_state_dict(dict(zip(theirs.state_dict(), cells)))
packed = nn.utils.rnn.pack_padded_sequence(
    x, lengths, batch_first=True, enforce_sorted=False
)
with torch.no_grad():
    packed_out, (h_n, _) = theirs(packed)
their_out, _ = nn.utils.rnn.pad_packed_sequence(packed_out, batch_first=True)
with check("check-nn-LSTM") as show:
    show("与 nn.LSTM 的最大差别：out || largest difference from nn.LSTM: out", (out - their_out).abs().max())
    their_final = torch.cat([h_n[0], h_n[1]], dim=1)
    show("与 nn.LSTM 的最大差别：final || largest difference from nn.LSTM: final", (final - their_final).abs().max())

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你写出了双向 LSTM，和打包的 `nn.LSTM` 只差舍入误差，也知道了错误都藏在哪里：翻转时带上了填充、状态在填充上继续走、两个方向没有对齐、`final` 取错了地方。
# 这四处，等长的一批数据一处也查不出来。今后写测试，先让长短不齐，再往填充里放个扎眼的数。
#
# **想一想**（不计分）：语音助手要边听边答，能用双向 LSTM 吗？如果允许它晚半秒回答呢？

# %% [markdown] lang="en" of="6ad136f6.34a57440"
# ## What you can do now
#
# You have written a bidirectional LSTM that matches `nn.LSTM` on a packed batch up to rounding, and you know where the bugs hide: padding carried along in the reversal, a state that walks on over padding, two directions out of line, a `final` taken from the wrong place. A batch of equal lengths reveals none of the four. When you write a test, make the lengths unequal first, then put something glaring into the padding.
#
# **To think about** (no points): a voice assistant answers while you speak. Can it use a bidirectional LSTM? What if it may answer half a second late?

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
