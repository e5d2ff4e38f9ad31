# ---
# jupyter:
#   course:
#     chapter: "09"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 9 章 变长序列与正则化
#
# **阅读 25 分钟 · 动手 35 分钟 · 练习 30 分钟 · 难度 ⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 把一批长短不一的序列补齐、掩码、打包、分桶，并说出每一步防的是哪一种错；
# 2. 用一个测试看住自己的模型：一条序列单独跑，和夹在一批里跑，结果必须一样；
# 3. 说清 `nn.LSTM` 的 `dropout` 丢在哪里，`Adam` 的 `weight_decay` 又为什么几乎不起作用；
# 4. 在一份小而真的数据上，把防过拟合的几样办法各量一遍，诚实地说哪几样什么也没买到。
#
# 需要的基础：第 5 章的 LSTM，第 8 章的双向网络。

# %% [markdown] lang="en" of="1d2d5527.8cbc1711"
# # Chapter 9. Variable length and regularisation
#
# **25 min reading · 35 min at the keyboard · 30 min exercise · difficulty ⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. pad, mask, pack and bucket a batch of unequal sequences, and say which mistake each of these guards against;
# 2. guard a model of your own with one test: a sequence run alone and the same sequence run in a batch must give the same result;
# 3. say where the `dropout` of `nn.LSTM` acts, and why the `weight_decay` of `Adam` does next to nothing;
# 4. measure the usual remedies against overfitting on a small real data set, one by one, and say honestly which of them bought nothing.
#
# You need the LSTM of Chapter 5 and the bidirectional network of Chapter 8.

# %% name="setup"
import copy
import warnings

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Sampler
import matplotlib.pyplot as plt

from course_utils import data, language, plotting, timing
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, progress, quiz
from course_utils.training import fit, train_linear

language.use("中文 || English")  # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()  # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自第 2、5、8 章。先在心里答，再点选项。

# %% [markdown] lang="en" of="352012fc.e0d24cbd"
# ## Warm-up
#
# One question each from Chapters 2, 5 and 8. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("09-recall")

# %% [markdown] name="rectangle" covers=["Q-03"]
# ## 9.1 张量是长方形的，话不是
#
# 第 0 章的录音最短 7 帧，最长 26 帧（训练集）。一批要放进*一个*张量，而张量的每一行都一样长。最直接的办法是**填充**（padding）：在短的后面补 0，补到这一批里最长的那么长。
#
# 补上去的不是数据，所以要随身带着两样东西，说明哪些格子是真的：
#
# {symbols: L_n; m_{n,t}}
#
# **掩码**（mask）一行就能算出来：`torch.arange(T)` 是列号 $0 \dots T-1$，和每行的长度比大小。注意是 `<`，不是 `<=`：表里 $t$ 从 1 数起，所以写 $\le$；列号从 0 数起，所以写 `<`。$N$ 就是前面各章的 $B$。也注意它只看**长度**，不看数值：真的输入也可以恰好是 0。

# %% [markdown] lang="en" of="f248b42b.ee7156b6"
# ## 9.1 Tensors are rectangular; speech is not
#
# The recordings of Chapter 0 have from 7 to 26 frames (in the training set). A batch has to fit into *one* tensor, and all rows of a tensor are equally long. The most direct way out is **padding**: zeros after the short ones, up to the longest of the batch.
#
# What has been added is not data. So two things travel along which say which cells are real:
#
# {symbols: L_n; m_{n,t}}
#
# The **mask** takes one line: `torch.arange(T)` holds the column numbers $0 \dots T-1$, to be compared with each row's length. Mind that it is `<` and not `<=`: the table counts $t$ from 1, hence $\le$; columns count from 0, hence `<`. ($N$ is the $B$ of earlier chapters.) And mind that it goes by **length**, never by value, since a real input may well be 0.

# %% name="pad-and-mask" covers=["Q-03"]
(train_x, train_y), (test_x, test_y) = data.japanese_vowels()
three = [train_x[13], train_x[0], train_x[68]]  # 三段录音，各 (L_n, 12) || three recordings, (L_n, 12) each
lengths = torch.tensor([len(x) for x in three])  # (3,)
batch = pad_sequence(three, batch_first=True)  # (3, T, 12)
mask = torch.arange(batch.shape[1]) < lengths.unsqueeze(1)  # (T,) < (3, 1) -> (3, T)

print("lengths", lengths.tolist(), "  batch", tuple(batch.shape))
for row in mask.int().tolist():
    print("mask", *row)

# %% [markdown] name="xray" covers=["Q-03", "A-05"]
# ## 9.2 给一批序列照 X 光
#
# 填充是 0，网络却不知道 0 是“没有”：有偏置，有 $W_h$，读到 0 照样往前走一步（第 5 章量过）。下面是四条序列补成的一批，由一个真的小双向网络来读。右边两列是：从这一批里读出来的向量，和这条序列**单独跑**时读出来的，差多少。打勾的才是对的。
#
# 拖动每一行的末尾（或者用滑块）改长度。先猜，再动手：
#
# 1. 读 `out[:, -1]`：哪一条是对的，为什么偏偏是它？把四条拖到一样长，再看。
# 2. 换成每条自己的最后一步 `out[n, L[n] − 1]`：正方向全对了。反方向为什么还是错？
# 3. 把“填充的数”拖一拖：有没有哪个数，能让打叉的都变成打勾？
# 4. 换成“打包，h_n”，看下面那一排：第 $t$ 步还剩几条序列，`batch_sizes` 就记几。完成页面最后一行的任务。

# %% [markdown] lang="en" of="042d3e26.cf9bd7ec"
# ## 9.2 A batch under the X-ray
#
# The padding is 0, but the network does not know that 0 means "nothing": there are biases, there is $W_h$, and reading a 0 is a step like any other (Chapter 5 measured it). Below, four sequences have been padded into a batch, and a real little bidirectional network reads it. The two columns on the right say how far the vector read from this batch is from the one that the sequence gives **when run alone**. Only a tick is right.
#
# Drag the end of a row (or use the sliders) to change a length. Guess first, then try:
#
# 1. Read `out[:, -1]`: which sequence comes out right, and why that one? Drag all four to the same length and look again.
# 2. Now each one's own last step, `out[n, L[n] − 1]`: the forward half is right everywhere. Why is the backward half still wrong?
# 3. Move the padding value: is there a number that turns every cross into a tick?
# 4. Choose "packed, h_n" and look at the row below: `batch_sizes` records how many sequences are left at each step. Complete the mission in the last line of the page.

# %% name="xray-explorer" covers=["A-05"]
Explorer("xray")

# %% [markdown] name="xray-answers"
# <details><summary>核对</summary>
#
# 1. 最长的那一条：只有它的最后一列是数据。四条一样长，就没有填充，怎么读都对。
# 2. 反方向从右边读起，它走到第 $L_n$ 步之前，已经读了一串填充，状态早就不是零了。
# 3. 没有。填充的数换成什么，都还是读了几步；要紧的是**不读**，不是读到什么。
# 4. 长度 5、3、3、2，哪条是哪个都行：第 1、2 步有四条，第 3 步三条，第 4、5 步一条。
#
# </details>

# %% [markdown] lang="en" of="ce48153c.86c756bb"
# <details><summary>Check your answers</summary>
#
# 1. The longest: its last column is the only one that holds data. With four equal lengths there is no padding, and every way of reading is right.
# 2. It reads from the right, and by the time it gets to step $L_n$ it has read a run of padding: its state is no longer zero.
# 3. No. Whatever the number, steps have been taken. What matters is **not reading** it, and not what is read.
# 4. Lengths 5, 3, 3, 2, no matter which is which: four sequences at steps 1 and 2, three at step 3, one at steps 4 and 5.
#
# </details>

# %% [markdown] name="valid" covers=["Q-03", "!30"]
# ## 9.3 填充处丢掉不就行了吗？
#
# 常有人说：打包只是为了*快*；不打包，算完把填充处的输出丢掉，结果一样。X 光片里的玩具网络不同意。换成真的录音、真的 `nn.LSTM`，双精度，**只看真实的时间步**：和每条单独跑相比，差多少？

# %% [markdown] lang="en" of="988c3ffd.833840b6"
# ## 9.3 Can one not simply throw the padded outputs away?
#
# Packing, one often hears, is there for *speed*; without it, compute everything, discard the outputs on padding, and the rest is the same. The toy network under the X-ray disagrees. Now with real recordings, a real `nn.LSTM`, in double precision, and looking **at real time steps only**: how far from each recording run alone?

# %% name="bet-valid"
predict("Q9-valid")

# %% name="valid-steps" covers=["Q-03", "!30"]
torch.manual_seed(0)
lstm = nn.LSTM(12, 8, batch_first=True, bidirectional=True).double()
recordings = [x.double() for x in three]
padded = pad_sequence(recordings, batch_first=True)  # (3, T, 12)
with torch.no_grad():
    alone = [lstm(x.unsqueeze(0))[0][0] for x in recordings]  # 各 (L_n, 16) || (L_n, 16) each
    unpacked, _ = lstm(padded)  # (3, T, 16)


def largest_gap(out, half):
    """真实时间步上，和单独跑最多差多少 || Largest difference from running alone, at real time steps"""
    gaps = [(o[: len(a), half] - a[:, half]).abs().max() for o, a in zip(out, alone)]
    return max(gaps).item()


forward_half, backward_half = slice(0, 8), slice(8, 16)
gap_forward = largest_gap(unpacked, forward_half)
gap_backward = largest_gap(unpacked, backward_half)
claim("Q9-valid", gap_backward > 1e-2, gap=gap_backward)
# 同一个网络，同一批，只看另一半 || the same network and batch; only the other half is looked at
claim("Q9-valid-control", not gap_forward > 1e-2, gap=gap_forward)

# %% [markdown] name="valid-meaning"
# 正方向确实一样：填充在后面，还没来。反方向错在**真实的**时间步上，掩码救不了它，因为错的不是填充处的输出，是走过填充的状态。
#
# 所以记成两句：只有正方向，补齐之后按长度取，就是对的；有反方向，必须打包（或者像练习 E07 那样，遇到填充就停）。

# %% [markdown] lang="en" of="941fb241.269a7752"
# Going forward it is indeed the same: the padding comes afterwards. Going backward the error sits on **real** time steps, and no mask can mend it, since what is wrong is not an output on padding but a state that has come through it.
#
# So there are two rules. With a forward direction only, pad and pick by length: that is right. With a backward direction, pack (or stop at the padding, as in Exercise E07).

# %% [markdown] name="pack" covers=["Q-03"]
# ## 9.4 打包：四步
#
# PyTorch 的写法到处都能抄到：填充、打包、过网络、解包。先原样跑通，再看它的每一步究竟留下了什么。

# %% [markdown] lang="en" of="a6733b2f.d9b33f05"
# ## 9.4 Packing in four steps
#
# The recipe is found everywhere: pad, pack, run, unpack. First let us run it as it is, and then see what each step leaves behind.

# %% name="four-steps" covers=["Q-03", "X-01", "!30"]
sequences, rnn = recordings, lstm

# 1. 填充到同样长 || pad to one length
together = pad_sequence(sequences, batch_first=True)  # (3, T, 12)
# 2. 打包：带上长度；没有排序也行 || pack: with the lengths, which need not be sorted
packed = pack_padded_sequence(together, lengths, batch_first=True, enforce_sorted=False)
with torch.no_grad():
    # 3. 通过网络：LSTM 的第二个结果是 (h_n, c_n) || run: an LSTM's second result is (h_n, c_n)
    packed_output, (h_n, c_n) = rnn(packed)
# 4. 解包：填充处是 0 || unpack: 0 on padding
output, output_lengths = pad_packed_sequence(packed_output, batch_first=True)

print("packed.data", tuple(packed.data.shape), "  output", tuple(output.shape))
print("batch_sizes", packed.batch_sizes.tolist())

# %% [markdown] name="pack-inside"
# `packed.data` 的行数是 $\sum_n L_n$：真实的帧一帧不少，填充一帧不进。它按时间排：先是所有序列的第 1 步，再是所有序列的第 2 步；`batch_sizes` 记着每一步还剩几条。LSTM 照着它走，谁读完了谁就停下，所以 `h_n` 正好是每条读完自己最后一步的状态。反方向也一样：轮到谁的最后一步，谁才从零状态出发。
#
# 现在来核对，这回要求到舍入误差为止。

# %% [markdown] lang="en" of="7fc42860.aba36fde"
# `packed.data` has $\sum_n L_n$ rows: every real frame, and not one frame of padding. It is laid out by time, first step 1 of all sequences, then step 2 of all; `batch_sizes` keeps how many are left at each step. The LSTM follows it, and whoever has finished stops; so `h_n` is the state of each sequence after its own last step. Backward, likewise: a sequence starts from the zero state when the turn of its last step comes.
#
# Now the check, down to rounding.

# %% name="packed-equals-alone" covers=["Q-03"]
gap_packed = max(largest_gap(output, half) for half in (forward_half, backward_half))
# 单独跑：正方向停在最后一步，反方向停在第一步 || alone: forward ends at the last step, backward at the first
ends = torch.stack([torch.cat([a[-1, :8], a[0, 8:]]) for a in alone])  # (3, 16)
gap_h_n = (torch.cat([h_n[0], h_n[1]], dim=1) - ends).abs().max().item()
claim("Q9-packed", max(gap_packed, gap_h_n) < 1e-12, outputs=gap_packed, h_n=gap_h_n)
# 只是不打包 || the same without packing
claim("Q9-packed-control", not gap_backward < 1e-12, gap=gap_backward)

# %% [markdown] name="pitfalls-intro" covers=["Q-03", "!30"]
# 打包有四条规矩，前三条不守就报错，第四条不报：
#
# * `lengths` 是 CPU 上的整数张量（或列表），数据在显卡上也一样；
# * 没有按长度从长到短排好，就写 `enforce_sorted=False`：它先排序再打包，结果会放回原来的次序；
# * 长度不能是 0：空序列没有最后一步，先把它挑出去；
# * 解包只解到这一批里最长的那么长。数据来时比它宽（比如补到了固定的 12 列），要写 `total_length=`，否则和原来的掩码对不上。

# %% [markdown] lang="en" of="8d62602b.3079b06c"
# Packing has four rules. Break one of the first three and you get an error; the fourth is silent:
#
# * `lengths` is an integer tensor (or a list) on the CPU, even if the data are on a GPU;
# * where lengths are not sorted from long to short, write `enforce_sorted=False`: it sorts before packing, and results come back in the original order;
# * no length may be 0: an empty sequence has no last step, so sort it out beforehand;
# * unpacking goes as far as the longest sequence of this batch. If the data came wider than that (padded to a fixed 12 columns, say), give `total_length=`, or the result will not fit the mask.

# %% name="pitfalls" covers=["Q-03", "!30"]
wide = torch.zeros(3, 12, 2)  # 补到 12 列，最长的只有 5 步 || padded to 12 columns; the longest has 5 steps
for wrong_lengths, options in (([3, 5, 2], {}), ([3, 5, 0], {"enforce_sorted": False})):
    try:
        pack_padded_sequence(wide, wrong_lengths, batch_first=True, **options)
    except RuntimeError as error:
        print("RuntimeError:", str(error).split(". ")[0])

bundle = pack_padded_sequence(wide, [3, 5, 2], batch_first=True, enforce_sorted=False)
print(tuple(pad_packed_sequence(bundle, batch_first=True)[0].shape),
      tuple(pad_packed_sequence(bundle, batch_first=True, total_length=12)[0].shape))

# %% [markdown] name="last" covers=["Q-03", "!30"]
# ## 9.5 训练救得了它吗？
#
# 读了填充又怎样，也许网络学得会“看见 0 就别动”？挑一个最容易的任务：序列 1 到 40 步，每步一个随机数，问**最后一个数**是正是负。不用记性，只要读对地方。
#
# 同一个网络、同样的种子、同样的数据，只差一样：补齐了读 `out[:, -1]`，还是打包了读 `h_n`。

# %% [markdown] lang="en" of="8f14b2cc.2b27d23b"
# ## 9.5 Does training make up for it?
#
# So it reads the padding; perhaps the network learns to keep still when it sees a 0? Take the easiest of tasks: sequences of 1 to 40 steps with a random number at each, and the question is whether **the last number** is positive. It takes no memory, only reading at the right place.
#
# The same network, seeds and data, and one difference: padded and read from `out[:, -1]`, or packed and read from `h_n`.

# %% name="bet-last"
predict("Q9-last")

# %% name="last-task" covers=["Q-03", "!30"]
def last_sign_batch(count, generator, longest=40):
    """x (N, T, 1) 补 0，长度 (N,)，最后一个数是正是负 (N,) || x (N, T, 1) padded with 0, lengths (N,), the sign of each last number (N,)"""
    sizes = torch.randint(1, longest + 1, (count,), generator=generator)
    x = torch.randn(count, longest, 1, generator=generator)
    x[torch.arange(longest) >= sizes.unsqueeze(1)] = 0.0
    return x, sizes, (x[torch.arange(count), sizes - 1, 0] > 0).long()


class SignReader(nn.Module):
    def __init__(self, packed, hidden=8):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 2)
        self.packed = packed

    def forward(self, x, sizes):  # (N, T, 1), (N,)
        if not self.packed:
            return self.readout(self.lstm(x)[0][:, -1])
        x = pack_padded_sequence(x, sizes, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.lstm(x)
        return self.readout(h_n[-1])  # (N, 2)


def sign_loss(model, batch):
    x, sizes, sign = batch
    return F.cross_entropy(model(x, sizes), sign)


def share_right(packed, seed):
    """一个种子训练出来的正确率 || The accuracy of one seed"""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = SignReader(packed)
    batches = [last_sign_batch(32, generator) for _ in range(80)]
    name = "打包 || packed" if packed else "补齐 || padded"
    fit(model, sign_loss, batches, lr=1e-2, label=f"{name} {seed}")
    x, sizes, sign = last_sign_batch(2000, generator)
    with torch.no_grad():
        return (model(x, sizes).argmax(1) == sign).float().mean().item()


column_shares = [share_right(False, seed) for seed in range(3)]
step_shares = [share_right(True, seed) for seed in range(3)]
claim("Q9-last", max(column_shares) < 0.8,
      padded=max(column_shares), packed=min(step_shares))
# 只是打了包 || with packing, and nothing else changed
claim("Q9-last-control", not max(step_shares) < 0.8, packed=min(step_shares))

# %% [markdown] name="last-meaning"
# 训练不是没有帮忙，可它被派去做一件难事：把一个数扛过几步到几十步的填充。第 4、5 章说过，这正是循环网络最不擅长的。练得更久也许更好，可是打了包，根本不必学这件事：同一个网络几乎全对。
#
# **打包改变的是结果，不只是速度。** 说它“提高效率”的人，多半没有核对过。
#
# （没有打包，训练监控一眼看出：它记下有多少梯度落在填充上，[14.6 节](14_debugging_clinic.ipynb#cell-id=ward)。）

# %% [markdown] lang="en" of="54d30f98.9e1a736e"
# Training did help, but it was set a hard job: to carry a number through anything up to dozens of steps of padding, which is just what recurrent networks are worst at (Chapters 4 and 5). Longer training may do better, but packed there is nothing of the kind to learn: the same network gets nearly everything right.
#
# **Packing changes results, and not only speed.** Whoever recommends it "for efficiency" has probably never checked.
#
# (A training monitor notices missing packing at once: it notes how much of the gradient arrives on padding, [section 14.6](14_debugging_clinic.ipynb#cell-id=ward).)

# %% [markdown] name="loss" covers=["Q-03"]
# ## 9.6 损失也要掩码
#
# 每一步都有答案的任务（标注、语言模型），损失也排成一个长方形，填充处同样混在里面。要的是**真实时间步上的平均**：
#
# $$\mathcal{L} = \frac{\sum_n \sum_t m_{n,t}\,\ell_{n,t}}{\sum_n \sum_t m_{n,t}}, \qquad \ell_{n,t}\ (N, T):\ \text{每一步的损失}$$
#
# 三种常见的写法各有一个漏洞：直接 `.mean()`，分子分母都数进了填充；先对每条求平均再平均，短句的每个字就比长句的重；`ignore_index=0`，真的第 0 类也跟着不算了。下面的一小批里，填充处的得分全换成了 ±50 的胡话，答案写着第 0 类；印出来的，是每种写法和“一步一步相加”差多少。看谁会上当。

# %% [markdown] lang="en" of="53aa2d3e.a45285d1"
# ## 9.6 The loss needs its mask as well
#
# Where every step has an answer (tagging, language models) the losses form a rectangle too, with padding among them. What is wanted is the **mean over real time steps**:
#
# $$\mathcal{L} = \frac{\sum_n \sum_t m_{n,t}\,\ell_{n,t}}{\sum_n \sum_t m_{n,t}}, \qquad \ell_{n,t}\ (N, T):\ \text{the loss at each step}$$
#
# Three usual ways have a flaw each. A plain `.mean()` counts padding above the line and below. The mean of each sequence's mean makes a word in a short sentence weigh more than one in a long sentence. And `ignore_index=0` leaves out the real class 0 as well. In the little batch below the scores on padding are replaced by nonsense of ±50, and the answer there says class 0. What is printed is how far each way is from adding up step by step: who falls for it?

# %% name="masked-loss" covers=["Q-03"]
generator = torch.Generator().manual_seed(0)
sizes = torch.tensor([3, 5, 1])
real = torch.arange(5) < sizes.unsqueeze(1)  # (N, T)
scores = torch.randn(3, 5, 4, generator=generator, dtype=torch.float64)  # (N, T, 4 类 || classes)
answers = torch.randint(4, (3, 5), generator=generator)  # 0 也是真的一类 || 0 is a real class
answers[0, 0], answers[~real] = 0, 0  # 填充处也写着 0 || padding says 0 as well
nonsense = scores.masked_fill(~real.unsqueeze(2), 50.0)
nonsense[..., 0] = torch.where(real, scores[..., 0], -50.0)


def by_definition(scores):
    """一条一条、一步一步地加 || Added up step by step"""
    steps = [F.cross_entropy(scores[n, t], answers[n, t])
             for n in range(3) for t in range(sizes[n])]
    return torch.stack(steps).mean()


def losses(scores):
    by_class = scores.transpose(1, 2)  # (N, 4, T)：类别在第 1 维 || (N, 4, T): classes in dim 1
    per_step = F.cross_entropy(by_class, answers, reduction="none")  # (N, T)
    return {
        "掩码 || masked": (per_step * real).sum() / real.sum(),
        ".mean()": per_step.mean(),
        "先对每条平均 || mean of means": ((per_step * real).sum(1) / sizes).mean(),
        "ignore_index=0": F.cross_entropy(by_class, answers, ignore_index=0),
    }


truth = by_definition(scores)
off = {name: (loss - truth).abs().item() for name, loss in losses(nonsense).items()}
for name, error in off.items():
    show(name, error, digits=2)
masked_off, *other_offs = off.values()
claim("Q9-loss", masked_off < 1e-12, gap=masked_off)
# 另外三种里最好的 || the best of the other three
claim("Q9-loss-control", not min(other_offs) < 1e-12, gap=min(other_offs))

# %% [markdown] name="loss-meaning"
# 最省事的对的写法，第 2 章用过：填充处的答案写成 −100，那是 `cross_entropy` 默认就不算的一类（`ignore_index=-100`），真的类别里不会有它。池化也是同一个道理：对有效的步求平均，`(out * m).sum(1) / m.sum(1)`，不是 `out.mean(1)`。

# %% [markdown] lang="en" of="910945fb.e175f879"
# The least effort for getting it right is what Chapter 2 did: write −100 as the answer on padding. `cross_entropy` leaves that class out by default (`ignore_index=-100`), and no real class has that number. Pooling follows the same rule: a mean over the valid steps is `(out * m).sum(1) / m.sum(1)` and not `out.mean(1)`.

# %% [markdown] name="bucket" covers=["Q-03"]
# ## 9.7 分桶：让填充本来就少
#
# **分桶**（bucketing）：先打乱，切成几大堆；每堆按长度排好再切成批，长短相近的就进了同一批。
#
# 打包、掩码管的是对错。还有一笔账是钱：补齐之后，长方形里有多少格是白算的？把训练集的 270 段录音打乱，每 27 段一批。

# %% [markdown] lang="en" of="5615ec36.b147aeac"
# ## 9.7 Buckets: less padding to begin with
#
# **Bucketing**: shuffle, cut into a few large pools, sort each pool by length, then cut it into batches, so that similar lengths share a batch.
#
# Packing and masks are about right and wrong. Then there is the bill: how many cells of the padded rectangles are computed for nothing? Shuffle the 270 recordings of the training set and take 27 at a time.

# %% name="bet-waste"
predict("Q9-waste")

# %% name="bucket-sampler" covers=["Q-03"]
class BucketSampler(Sampler):
    """先打乱，切成几大堆，每堆 `pool` 批；堆内按长度排序，切成批，批再打乱 || Shuffled, cut into pools of `pool` batches, sorted by length within each pool
    and cut into batches, which come in random order"""

    def __init__(self, lengths, batch_size, pool, generator):
        self.lengths, self.batch_size, self.pool = lengths, batch_size, pool
        self.generator = generator

    def __len__(self):
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self):
        batches = []
        order = torch.randperm(len(self.lengths), generator=self.generator)
        for part in order.split(self.pool * self.batch_size):
            by_length = part[self.lengths[part].argsort()]
            batches += by_length.split(self.batch_size)
        for k in torch.randperm(len(batches), generator=self.generator).tolist():
            yield batches[k].tolist()


frames = torch.tensor([len(x) for x in train_x])  # (270,)
loader = DataLoader(  # 用法 || how it is used
    train_x,
    batch_sampler=BucketSampler(frames, 27, 5, torch.Generator().manual_seed(0)),
    collate_fn=lambda items: pad_sequence(items, batch_first=True),
)
print("一轮 || one epoch:", [tuple(padded_batch.shape) for padded_batch in loader][:3], "…")

# %% name="bucket-count" covers=["Q-03"]
def epoch(pool, seed=0):
    sampler = BucketSampler(frames, 27, pool, torch.Generator().manual_seed(seed))
    return list(sampler)


def wasted(batches):
    """一轮里有多少格是填充 || Cells of padding in one epoch"""
    return sum((frames[b].max() - frames[b]).sum().item() for b in batches)


real_frames = frames.sum().item()
# 一堆一批就是随机 || a pool of one batch is random
waste = {pool: wasted(epoch(pool)) for pool in (1, 5, 10)}
for pool, cells in waste.items():
    print("每堆的批数 || batches in a pool:", pool, "  真帧 || real frames:", real_frames,
          "  填充 || padding:", cells)
share = waste[1] / (waste[1] + real_frames)
claim("Q9-waste", 0.25 < share < 0.4, share=share)
# 同样的批大小，先按长度归拢 || the same batch size, similar lengths together
sorted_share = waste[10] / (waste[10] + real_frames)
claim("Q9-waste-control", not 0.25 < sorted_share < 0.4, share=sorted_share)
everyone = sorted(k for b in epoch(5) for k in b) == list(range(270))
claim("Q9-bucket", everyone and waste[5] < waste[1] / 2,
      random=waste[1], buckets=waste[5])
# 同一个采样器，每堆只有一批：没有可以归拢的 || the same sampler with pools of one batch: nothing to sort
other = wasted(epoch(1, seed=2))
claim("Q9-bucket-control", not other < waste[1] / 2, cells=other)

# %% name="bucket-time" tags=["timing"] covers=["Q-03"]
bilstm = nn.LSTM(12, 32, batch_first=True, bidirectional=True)
epochs = {"random": epoch(1), "buckets": epoch(5)}
padded_batches = {
    name: [pad_sequence([train_x[k] for k in b], batch_first=True) for b in batches]
    for name, batches in epochs.items()
}
packed_batches = [
    pack_padded_sequence(x, frames[b], batch_first=True, enforce_sorted=False)
    for x, b in zip(padded_batches["random"], epochs["random"])
]


def read_all(batches):
    def task():
        with torch.no_grad():
            for b in batches:
                bilstm(b)
    return task


times = timing.milliseconds({
    "随机，补齐 || random, padded": read_all(padded_batches["random"]),
    "分桶，补齐 || buckets, padded": read_all(padded_batches["buckets"]),
    "随机，打包 || random, packed": read_all(packed_batches),
}, rounds=5, warm_up=1)
print("读一轮，CPU 一个线程，毫秒 || reading one epoch, CPU, one thread, milliseconds:")
for name, milliseconds in times.items():
    print(f"  {name}: {milliseconds:.0f}")

# %% [markdown] name="bucket-meaning"
# 随机成批，每三格里有一格白算；每 5 批排一次序，填充少了一大半。省下多少时间要看机器：上面的毫秒是这一台的，不参加比较。顺便看打包那一行：它一格填充也没有，在 CPU 上却不一定更快，因为它用不上补齐时那条一次算完整批的快路。**为了对而打包，为了快而分桶。**
#
# 分桶不是白来的：同一批里长度相近，批就没那么随机了。堆大，省得多；堆小，乱得匀。

# %% [markdown] lang="en" of="cefb2b41.19422ad0"
# With random batches one cell in three is computed for nothing; sorting within pools of five batches takes away more than half of that. How much time it saves depends on the machine: the milliseconds above are this one's, and no check uses them. Look at the packed line as well: it has no padding at all, yet on a CPU it need not be faster, since it misses the fused fast path that a padded batch takes. **Pack to be right; bucket to be fast.**
#
# Buckets have their price: a batch of similar lengths is a less random batch. Large pools save more, small ones mix better.

# %% [markdown] name="overfit" covers=["Q-04"]
# ## 9.8 过拟合，养一只来看
#
# 现在换一个题目：数据太少。真的语音，九位说话人，可是每人只给 **5 段**训练，另外 5 段做验证集；370 段测试录音锁起来，最后才看。网络却不小：两层 LSTM，每层 64 个隐藏单元，五万多个参数对 45 段录音。
#
# 验证集和测试集是两回事：选轮数、选强度，都看验证集；测试集只用来报最后的数。谁按测试集来选，谁报的数就偏乐观。均值和标准差也只用训练的那 45 段来算。

# %% [markdown] lang="en" of="ec61d072.5eca6e36"
# ## 9.8 Growing a case of overfitting
#
# Now for a different trouble: too little data. Real speech, nine speakers, but only **5 recordings** of each to train on, and 5 more as the validation set; the 370 test recordings stay locked away until the end. The network is not small: two LSTM layers of 64 units, more than fifty thousand parameters for 45 recordings.
#
# Validation and test are two different things. The number of epochs and the strength of a remedy are chosen on the validation set; the test set is for the final number alone. Choose by the test set, and the number you report is too rosy. Mean and standard deviation, too, come from the 45 training recordings only.

# %% name="small-data" covers=["Q-04"]
def collate(xs):
    """录音的列表 -> 补齐 (B, T, 12)，长度 (B,) || a list of recordings -> padded (B, T, 12), lengths (B,)"""
    return pad_sequence(xs, batch_first=True), torch.tensor([len(x) for x in xs])


def small_task(seed, each=5):
    """-> 训练（每人 5 段）、验证（5 段）、测试：各是 (录音, 说话人) || -> train (5 of each), validation (5), test: (recordings, speakers) each"""
    generator = torch.Generator().manual_seed(seed)
    chosen, held_out = [], []
    for speaker in range(9):
        numbers = (train_y == speaker).nonzero().flatten()
        numbers = numbers[torch.randperm(len(numbers), generator=generator)]
        chosen += numbers[:each].tolist()
        held_out += numbers[each : 2 * each].tolist()
    seen = torch.cat([train_x[k] for k in chosen])  # 只用训练的帧 || training frames only
    mean, std = seen.mean(0), seen.std(0)

    def scaled(xs):
        return [(x - mean) / std for x in xs]

    return (
        (scaled(train_x[k] for k in chosen), train_y[chosen]),
        (scaled(train_x[k] for k in held_out), train_y[held_out]),
        (scaled(test_x), test_y),
    )


class Speaker(nn.Module):
    """读完整段，给九个人打分 || Hears a whole recording and scores the nine speakers"""

    def __init__(self, hidden=64, dropout=0.0):
        super().__init__()
        self.lstm = nn.LSTM(12, hidden, num_layers=2, dropout=dropout, batch_first=True)
        self.readout = nn.Linear(hidden, 9)

    def forward(self, x, lengths):  # (B, T, 12), (B,)
        out, _ = self.lstm(x)  # 只有正方向：补齐、按长度取 || forward only: pad, then pick by length
        return self.readout(out[torch.arange(len(x)), lengths - 1])  # (B, 9)


SEEDS = range(6)
tasks = [small_task(seed) for seed in SEEDS]
print("参数 || parameters:", sum(p.numel() for p in Speaker().parameters()))

# %% name="train-code" covers=["Q-04"]
def evaluate(model, part):
    """(平均损失, 正确率) || (mean loss, accuracy)"""
    xs, speakers = part
    model.eval()
    with torch.no_grad():
        scores = model(*collate(xs))
    right = (scores.argmax(1) == speakers).float().mean().item()
    return F.cross_entropy(scores, speakers).item(), right


def train(model, task, seed, *, optimizer=torch.optim.Adam, weight_decay=0.0,
          augment=None, patience=None, epochs=40):
    """原地训练 -> 每轮一行 (训练损失, 验证损失, 验证正确率) || Trains in place -> rows (training loss, validation loss, its accuracy)"""
    (xs, speakers), validation, _ = task
    step = optimizer(model.parameters(), lr=5e-3, weight_decay=weight_decay)
    generator = torch.Generator().manual_seed(seed)
    history, best, waited = [], float("inf"), 0
    for _ in range(epochs):
        model.train()
        for numbers in torch.randperm(len(xs), generator=generator).split(15):
            batch_x = [xs[k] for k in numbers]
            if augment is not None:
                # 每次现做 || made anew each time
                batch_x = [augment(x, generator) for x in batch_x]
            loss = F.cross_entropy(model(*collate(batch_x)), speakers[numbers])
            step.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            step.step()
        training_loss, _ = evaluate(model, (xs, speakers))
        history.append((training_loss, *evaluate(model, validation)))
        if patience is not None:  # 早停，9.11 节 || early stopping, section 9.11
            if history[-1][1] < best:
                best, waited = history[-1][1], 0
                kept = copy.deepcopy(model.state_dict())
            else:
                waited += 1
            if waited == patience:
                break
    if patience is not None:
        model.load_state_dict(kept)
    return history

# %% name="bet-overfit"
predict("Q9-overfit")

# %% name="overfit-train" covers=["Q-04"]
def outcomes(label, model_class=Speaker, model_options=None, **options):
    """每个种子的 (历史, 验证的 (损失, 正确率), 测试的) || For each seed: (history, (loss, accuracy) on validation, on test)"""
    found = []
    for seed in progress(SEEDS, label):
        torch.manual_seed(seed)
        model = model_class(**(model_options or {}))
        history = train(model, tasks[seed], seed, **options)
        _, validation, test = tasks[seed]
        found.append((history, evaluate(model, validation), evaluate(model, test)))
    return found


nothing = outcomes("什么也不做 || nothing")
training_last = max(history[-1][0] for history, _, _ in nothing)
lowest = sum(min(v for _, v, _ in history) for history, _, _ in nothing) / len(SEEDS)
at_end = sum(history[-1][1] for history, _, _ in nothing) / len(SEEDS)
claim("Q9-overfit", at_end > 1.1 * lowest, training=training_last,
      lowest=lowest, end=at_end)
# 同样的网络，训练集上的损失：没有回升 || the same networks and epochs, measured on the training set
on_train = [[t for t, _, _ in history] for history, _, _ in nothing]
claim("Q9-overfit-control", not any(t[-1] > 1.1 * min(t) for t in on_train),
      end=training_last)

# %% name="overfit-figure" tags=["nbval-ignore-output", "hide-input"]
fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3))
for seed, (history, _, _) in enumerate(nothing):
    t, v, a = zip(*history)
    rounds = range(1, len(history) + 1)
    left.plot(rounds, t, "--", color="C0", label="训练 || training" if seed == 0 else None)
    left.plot(rounds, v, "-", color="C1", label="验证 || validation" if seed == 0 else None)
    best_epoch = min(range(len(v)), key=v.__getitem__)
    left.plot(best_epoch + 1, v[best_epoch], "v", color="black", markersize=7,
              label="验证最低 || lowest validation" if seed == 0 else None)
    right.plot(rounds, a, "-", color="C1")
left.set(xlabel="轮 || epoch", ylabel="损失 || loss", ylim=(0, 2.3))
left.legend()
right.set(xlabel="轮 || epoch", ylabel="验证正确率 || validation accuracy", ylim=(0, 1))
plt.show()

# %% [markdown] name="overfit-meaning"
# 训练损失降到几乎没有，验证损失走到半路掉头往上：这就是**过拟合**。奇怪的是右图，正确率几乎不跟着跌。网络没有变笨多少，是变得**盲目自信**：错的多半还是那些，只是错得越来越有把握，而交叉熵专罚这个。所以下面两样都报，损失和正确率。
#
# 在动手治它之前，先放一把尺子：同样 45 段录音，每段只留下 12 个系数的平均值，交给一个线性分类器（第 0 章的老对手），它只有 117 个参数，很难过拟合。

# %% [markdown] lang="en" of="c3bffed8.073bbfaf"
# The training loss shrinks to next to nothing, and the validation loss turns round half-way and climbs: that is **overfitting**. The odd thing is on the right: accuracy hardly falls with it. The network has not become much more foolish but **blindly confident**; it probably errs on the same recordings with ever more conviction, and that is what cross-entropy punishes. So both are reported below, loss and accuracy.
#
# Before we treat it, a yardstick: the same 45 recordings, each reduced to the mean of its 12 coefficients, given to a linear classifier (our old rival of Chapter 0). With 117 parameters it can hardly overfit.

# %% name="linear" covers=["Q-04"]
def time_means(xs):
    return torch.stack([x.mean(0) for x in xs])  # (N, 12)


linear = []
for seed, ((xs, speakers), _, (unseen_x, unseen_y)) in enumerate(tasks):
    classifier = train_linear(time_means(xs), speakers, label=f"线性 || linear {seed}")
    with torch.no_grad():
        linear_scores = classifier(time_means(unseen_x))  # (370, 9)
    linear_right = (linear_scores.argmax(1) == unseen_y).float().mean().item()
    linear.append((F.cross_entropy(linear_scores, unseen_y).item(), linear_right))

# %% [markdown] name="dropout" covers=["Q-04", "!30"]
# ## 9.9 dropout：丢在哪里
#
# 流传的写法是一行：`lstm = nn.LSTM(..., dropout=0.5)`。如果只有一层，这一行什么也不做；PyTorch 会提醒，看下面打印的那句。它丢的是**层与层之间**的状态，每一步另抽一批；时间那条路，从 $h_{t-1}$ 到 $h_t$，一个也不丢（第 8 章说过）。
#
# 那能不能在时间的路上丢？每步另抽一批不行：走 20 步，一个单元留得住的机会是 $0.5^{20}$，$h$ 这条路上的信息几乎留不下来（LSTM 的 $c$ 不丢，好一些；这一种我们没有量）。Gal 和 Ghahramani（2016）的办法是**整条序列用同一个掩码**（mask）：抽一次，每步丢同样的单元，叫变分 dropout（variational dropout），用在循环的路上又叫循环 dropout（recurrent dropout）。剩下的单元从头到尾都在，它们记的东西就断不了。

# %% [markdown] lang="en" of="514b3f51.6f8ccbad"
# ## 9.9 Dropout: where does it act?
#
# The line in circulation is `lstm = nn.LSTM(..., dropout=0.5)`. With a single layer it does nothing, and PyTorch says so in the warning printed below. It drops states **between layers**, drawing afresh at each step; along time, from $h_{t-1}$ to $h_t$, it drops nothing at all (see Chapter 8).
#
# Could one drop along time as well? Not afresh at each step: over 20 steps a unit's chance of coming through would be $0.5^{20}$, and hardly anything would survive along $h$ (an LSTM's $c$ is not dropped, which helps; we have not measured this variant). Gal and Ghahramani (2016) use **one mask for the whole sequence**: draw once, then drop the same units at every step. That is variational dropout, and on the recurrent path it is also called recurrent dropout. The units that stay are there from beginning to end, so what they hold is not cut.

# %% name="dropout-warning" covers=["Q-04", "!30"]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.LSTM(10, 20, num_layers=1, dropout=0.5)
    warned_one = len(caught)
    nn.LSTM(10, 20, num_layers=2, dropout=0.5)
    warned_two = len(caught) - warned_one
print(f"{caught[0].category.__name__}: {caught[0].message}")
claim("Q9-warning", warned_one == 1, layers=1, count=warned_one)
claim("Q9-warning-control", not warned_two == 1, layers=2, count=warned_two)

# %% name="two-masks" tags=["hide-input"] covers=["Q-04"]
mask_generator = torch.Generator().manual_seed(0)
afresh = (torch.rand(20, 8, generator=mask_generator) < 0.5).float()
locked = afresh[:1].expand(20, 8)
fig, axes = plt.subplots(1, 2, figsize=(7.6, 2.3), sharey=True)
for ax, kept_units, title in zip(axes, (afresh, locked), (
    "每步另抽 || drawn at each step", "整条序列同一个掩码 || one mask for the sequence",
)):
    alive = kept_units.cumprod(0)  # 从第 1 步起一直没被丢过 || never dropped since step 1
    ax.imshow((kept_units + alive).T, cmap="cividis", vmin=0, vmax=2, aspect="auto")
    ax.set(title=title, xlabel="时间步 $t$ || time step $t$")
    ax.set_xticks([0, 4, 9, 14, 19], [1, 5, 10, 15, 20])
    ax.grid(False)
axes[0].set_ylabel("单元 || unit")
axes[0].set_yticks([0, 3, 7], [1, 4, 8])
colours = [plt.get_cmap("cividis")(level) for level in (0.0, 0.5, 1.0)]
swatches = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in colours]
fig.legend(swatches, ["丢掉 || dropped", "这一步留着 || kept at this step",
                      "一直留着 || kept ever since"], loc="outside lower center", ncols=3)
plt.show()

# %% [markdown] name="locked-code-intro" covers=["Q-04"]
# 写起来比讲起来短。循环的路上丢单元，就是把 $h_{t-1}$ 乘上掩码 $m$；而
#
# $$W_h\,(m \odot h_{t-1}) = \bigl(W_h \operatorname{diag}(m)\bigr)\,h_{t-1},$$
#
# 也就是把 $W_h$ 的几**列**清零（留下的列同时乘 $1/(1-p)$）。所以不必自己写循环：训练时换一份清了列的权重，交给同一个 `nn.LSTM`。（这样一批共用一个循环掩码；层间的掩码则每条序列各抽一个。）

# %% [markdown] lang="en" of="2fde1dc3.3ab933a7"
# It is shorter to write than to explain. To drop units along time is to multiply $h_{t-1}$ by a mask $m$; and
#
# $$W_h\,(m \odot h_{t-1}) = \bigl(W_h \operatorname{diag}(m)\bigr)\,h_{t-1},$$
#
# in other words a few **columns** of $W_h$ are set to zero (and the columns kept are multiplied by $1/(1-p)$). So there is no loop to write: in training, hand the same `nn.LSTM` a copy of its weights with those columns cleared. (This way the whole batch shares one recurrent mask; between layers each sequence draws its own.)

# %% name="locked-speaker" covers=["Q-04"]
class LockedSpeaker(nn.Module):
    """Speaker 的两层，用同一条序列同一个掩码的 dropout || The two layers of Speaker; a dropout mask stays the same along time"""

    def __init__(self, hidden=64, dropout=0.5):
        super().__init__()
        self.first = nn.LSTM(12, hidden, batch_first=True)
        self.second = nn.LSTM(hidden, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 9)
        self.dropout = dropout

    def run(self, lstm, x):
        ones = x.new_ones(lstm.hidden_size)  # (H,)
        columns = F.dropout(ones, self.dropout, self.training)  # (H,)
        weights = {"weight_hh_l0": lstm.weight_hh_l0 * columns}  # (4H, H)
        out, _ = torch.func.functional_call(lstm, weights, (x,))
        return out  # (B, T, H)

    def forward(self, x, lengths):
        h = self.run(self.first, x)
        between = x.new_ones(len(h), 1, h.shape[2])  # (B, 1, H)：每一步都一样 || the same at every step
        h = self.run(self.second, h * F.dropout(between, self.dropout, self.training))
        return self.readout(h[torch.arange(len(h)), lengths - 1])  # (B, 9)

# %% [markdown] name="decay" covers=["Q-04", "!30"]
# ## 9.10 权重衰减：Adam 里的那个参数
#
# 第二样流传的写法：`Adam(params, weight_decay=1e-5)`。意思是每一步把权重往 0 拉一点，越大拉得越多。可是 Adam 会把每个权重的梯度**除以它自己的大小**，衰减混在梯度里，也一起被除掉了。
#
# 试一个极端：损失的梯度恰好是 0，只剩衰减。强度从 1e-5 换到 1e-1，一步之后权重各少多少？

# %% [markdown] lang="en" of="0e6ef47c.f86eb0eb"
# ## 9.10 Weight decay: that argument of Adam
#
# The second line in circulation is `Adam(params, weight_decay=1e-5)`. At each step it is meant to pull every weight a little towards 0, the more so the larger its strength. But Adam **divides each weight's gradient by its own size**, and the decay, being mixed into the gradient, is divided along with it.
#
# Take the extreme case: the gradient of the loss is exactly 0 and only the decay is left. Go from a strength of 1e-5 to 1e-1: how much does one step take off a weight?

# %% name="bet-decay"
predict("Q9-decay")

# %% name="decay-step" covers=["Q-04", "!30"]
def one_step(optimizer, strength):
    """一个等于 1 的权重，梯度是 0，一步之后少了多少 || By how much a weight of 1 shrinks in one step when its gradient is 0"""
    weight = nn.Parameter(torch.ones((), dtype=torch.float64))
    step = optimizer([weight], lr=1e-3, weight_decay=strength)
    weight.grad = torch.zeros_like(weight)
    step.step()
    return 1 - weight.item()


adam = [one_step(torch.optim.Adam, strength) for strength in (1e-5, 1e-1)]
adamw = [one_step(torch.optim.AdamW, strength) for strength in (1e-5, 1e-1)]
show("Adam，1e-5 和 1e-1 || Adam, 1e-5 and 1e-1", *adam, digits=2)
show("AdamW，1e-5 和 1e-1 || AdamW, 1e-5 and 1e-1", *adamw, digits=2)
claim("Q9-decay", adam[1] < 1.01 * adam[0], weak=adam[0], strong=adam[1])
# 只换优化器 || only the optimizer is changed
claim("Q9-decay-control", not adamw[1] < 1.01 * adamw[0],
      weak=adamw[0], strong=adamw[1])

# %% [markdown] name="decay-meaning"
# Adam 的 `weight_decay` 是 L2 惩罚，一进去就被归一化：梯度为 0 时，衰减再小也被放大成整整一步（0.001）；有梯度时，1e-5 又淹没在里面（9.13 的图里，和什么也不做一样）。写多大，都不是你要的强度。AdamW（Loshchilov 和 Hutter，2019）把两件事拆开：先 $w \leftarrow (1 - \text{lr}\cdot\lambda)\,w$，再走 Adam 的一步，所以强度说多少就是多少。也因此，AdamW 里的 1e-5 等于没有：学习率 5e-3，120 步（40 轮 × 3 批），一共才缩小百万分之六。强度要试，试的时候看**验证集**。

# %% [markdown] lang="en" of="a67591e6.674975db"
# The `weight_decay` of Adam is an L2 penalty, and it is normalised away. With no gradient, even a tiny decay is blown up to a full step (0.001); with gradients, 1e-5 drowns in them (in the figure of 9.13 it looks like doing nothing). Either way the strength is not what you asked for. AdamW (Loshchilov and Hutter, 2019) keeps loss and decay apart: first $w \leftarrow (1 - \text{lr}\cdot\lambda)\,w$, then a step of Adam, so that a strength means what it says. By the same token 1e-5 in AdamW is as good as nothing: at a learning rate of 5e-3, 120 steps (40 epochs of 3 batches) shrink a weight by six millionths in all. The strength has to be tried, with an eye on the **validation set**.

# %% name="decay-grid" covers=["Q-04"]
def mean_validation_loss(found):
    return sum(validation[0] for _, validation, _ in found) / len(found)


decays, by_strength = {}, {}
for strength in (1e-5, 0.5, 2.0):
    decays[strength] = outcomes(f"AdamW {strength:g}", optimizer=torch.optim.AdamW,
                                weight_decay=strength)
    by_strength[strength] = mean_validation_loss(decays[strength])
chosen_strength = min(by_strength, key=by_strength.get)

# %% [markdown] name="stopping" covers=["Q-04", "!30"]
# ## 9.11 早停：要耐心，还要倒带
#
# “监控验证集损失，不再下降时停止。”照字面做，一抖就停：验证集只有 45 段，损失每轮都在晃。少了两样：
#
# * **耐心**（patience）：连着若干轮没有刷新最低，才停；
# * **倒带**：停下的时候已经走过头了，要把权重恢复到最低的那一轮。
#
# `train` 里的 `patience` 就是这几行。六个种子，耐心 8 轮；再和耐心 1 轮，也就是“一不下降就停”，比一比。（在挑它的那个验证集上赢是应当的；测试集见 9.13 节。）

# %% [markdown] lang="en" of="f395a091.404cf132"
# ## 9.11 Early stopping: be patient, and rewind
#
# "Watch the validation loss and stop when it no longer falls." Taken literally, it stops at the first wobble: with 45 recordings in the validation set, the loss wavers from epoch to epoch. Two things are missing:
#
# * **patience**: stop only when the lowest value has stood for several epochs;
# * **rewinding**: by then one has gone too far, so restore the weights of the best epoch.
#
# The few lines about `patience` in `train` do both. Six seeds with a patience of 8 epochs; and, to compare, a patience of 1, which is "stop as soon as it does not fall". (Winning on the set it was picked by is no surprise; for the test set see section 9.13.)

# %% name="stopping-run" covers=["Q-04", "!30"]
stopped = outcomes("耐心 8 轮 || patience 8", patience=8)
hasty = outcomes("耐心 1 轮 || patience 1", patience=1)
for name, found in {"8": stopped, "1": hasty}.items():
    print("耐心 || patience", name + ":", "跑了的轮数 || epochs run",
          [len(history) for history, _, _ in found])
validation_stopped, validation_hasty = map(mean_validation_loss, (stopped, hasty))
validation_end = mean_validation_loss(nothing)
claim("Q9-stopping", validation_stopped < 0.85 * validation_end,
      stopped=validation_stopped, end=validation_end)
# 只把耐心改成 1 轮，和耐心 8 轮比 || patience 1 compared with patience 8
claim("Q9-stopping-control", not validation_hasty < validation_stopped,
      hasty=validation_hasty, stopped=validation_stopped)

# %% [markdown] name="augment" covers=["Q-04"]
# ## 9.12 数据增强：每一轮都是新的
#
# 数据少，就从已有的做出新的来，只要**答案不变**。语音可以加一点噪声，可以说快一点、慢一点（时间伸缩）；文字可以换同义词、回译。前提写在那句话里：谁在说话，不因快慢而变；可是“不好”换成“好”，答案就反了，心电图倒着放，也不再是心电图。
#
# 还有一个容易写错的地方：增强要在**每次取用时现做**，不是开头做一遍、以后反复用。后者不过是把 45 段换成了另外 45 段。

# %% [markdown] lang="en" of="aae5bed2.404016f2"
# ## 9.12 Augmentation: new at every epoch
#
# When data are scarce, make new ones from the old, as long as **the answer stays the same**. Speech can take a little noise, and it can be spoken faster or slower (time warping); text can have words replaced by synonyms, or be translated there and back. The condition is in bold: a voice stays the same person's when it speeds up, but take the "not" out of "not good" and the answer turns round, and an ECG played backwards is no ECG.
#
# One thing easily goes wrong: augmentation has to be **made anew whenever an item is used**, and not once at the beginning. That would merely swap 45 recordings for 45 others.

# %% name="augment-code" covers=["Q-04"]
def warp_and_noise(x, generator):
    """x (T, 12) 标准化过 -> (T', 12)：快慢 0.7 到 1.3 倍，再加噪声 || x (T, 12), standardised -> (T', 12): 0.7 to 1.3 times as long, with noise"""
    factor = 0.7 + 0.6 * torch.rand((), generator=generator).item()
    T = max(2, round(factor * len(x)))
    x = F.interpolate(x.T.unsqueeze(0), size=T, mode="linear", align_corners=True)[0].T
    return x + 0.5 * torch.randn(x.shape, generator=generator)


example = tasks[0][0][0][0]  # (T, 12)
draws = torch.Generator().manual_seed(1)
versions = [example, warp_and_noise(example, draws), warp_and_noise(example, draws)]
fig, axes = plt.subplots(1, 3, figsize=(8, 2.5), sharex=True)
titles = ("原来的 || original", "增强一次 || augmented", "再增强一次 || augmented again")
for ax, x, title in zip(axes, versions, titles):
    plotting.heat_strip(ax, x, limit=3, label="标准化的值 || standardised value")
    ax.set(title=title, xlabel="帧 || frame", ylabel="倒谱系数 || coefficient")
plt.show()

# %% [markdown] name="trial" covers=["Q-04"]
# ## 9.13 一样一样地量
#
# 七样办法，每次只加一样，其余照旧：同样的 45 段、同样的初始权重（小模型除外）、同样 40 轮（早停除外）。尺子是 370 段测试录音上的损失，六个种子；每个种子另挑 45 段录音、另抽初始权重。权重衰减的强度是在验证集上挑的；其余各样的强度事先定好，没有在测试集上调过。
#
# 先下注，再跑。

# %% [markdown] lang="en" of="a0816805.73a87fa4"
# ## 9.13 Measured one by one
#
# Seven remedies, one added at a time and everything else as it was: the same 45 recordings, the same initial weights (the smaller model apart), the same 40 epochs (early stopping apart). The measure is the loss on the 370 test recordings, for six seeds, each with its own choice of 45 recordings and its own initial weights. The strength of the weight decay was chosen on the validation set; those of the others were fixed beforehand and never tuned on the test set.
#
# Bet first, then run.

# %% name="bet-remedies"
predict("Q9-remedies")

# %% name="trial-run" covers=["Q-04"]
def frozen(x, generator):
    """对照：同一段录音，每次都是同一份增强 || The control: the same augmented version of a recording every time"""
    number = int(1e4 * x.abs().sum().item()) % 100_000  # 每段录音自己的种子 || a seed of the recording's own
    return warp_and_noise(x, torch.Generator().manual_seed(number))


between_layers = outcomes("层间 dropout || dropout between layers", model_options={"dropout": 0.5})
recurrent = outcomes("循环 dropout || recurrent dropout", LockedSpeaker)
adam_l2 = outcomes("Adam 1e-5", weight_decay=1e-5)
augmented = outcomes("数据增强 || augmentation", augment=warp_and_noise)
augmented_once = outcomes("增强只做一遍 || augmented once", augment=frozen)
smaller = outcomes("小模型 || smaller model", model_options={"hidden": 16})


def test_loss(found):
    return sum(test[0] for _, _, test in found) / len(found)


def test_accuracy(found):
    return sum(test[1] for _, _, test in found) / len(found)


before = test_loss(nothing)
claim("Q9-remedies", test_loss(recurrent) < 0.9 * before,
      before=before, after=test_loss(recurrent))
# 同样的丢弃率，只换丢的地方 || the same rate, dropped in another place
claim("Q9-remedies-control", not test_loss(between_layers) < 0.9 * before,
      after=test_loss(between_layers))
decayed = decays[chosen_strength]
claim("Q9-adamw", test_loss(decayed) < 0.9 * before,
      strength=chosen_strength, before=before, after=test_loss(decayed))
# 只换强度 || only the strength is changed
claim("Q9-adamw-control", not test_loss(decays[1e-5]) < 0.9 * before,
      after=test_loss(decays[1e-5]))
claim("Q9-augment", test_loss(augmented) < before,
      before=before, after=test_loss(augmented))
# 同样的增强，只做一遍 || the same augmentation, made once
claim("Q9-augment-control", not test_loss(augmented_once) < before,
      after=test_loss(augmented_once))
claim("Q9-smaller", test_accuracy(smaller) < test_accuracy(nothing) - 0.02,
      small=test_accuracy(smaller), large=test_accuracy(nothing))
# 换一样办法：没有丢正确率 || with another remedy instead: no accuracy is lost
kept = test_accuracy(recurrent)
claim("Q9-smaller-control", not kept < test_accuracy(nothing) - 0.02, recurrent=kept)

# %% name="trial-figure" tags=["nbval-ignore-output", "hide-input"] covers=["Q-04"]
rows = {
    "什么也不做 || nothing": nothing,
    "层间 dropout 0.5 || dropout between layers 0.5": between_layers,
    "Adam，L2 1e-5 || Adam, L2 1e-5": adam_l2,
    "小模型（16 个单元） || smaller (16 units)": smaller,
    "早停，倒带 || early stopping, rewound": stopped,
    f"AdamW，强度 {chosen_strength:g} || AdamW, strength {chosen_strength:g}": decayed,
    "数据增强 || augmentation": augmented,
    "循环 dropout 0.5 || recurrent dropout 0.5": recurrent,
}
measures = [(name, [test for _, _, test in found]) for name, found in rows.items()]
measures.append(("线性，只看平均 || linear, on the mean", linear))
fig, axes = plt.subplots(1, 2, figsize=(8, 3.7), sharey=True)
for column, (ax, label) in enumerate(zip(axes, (
    "测试损失（越左越好） || test loss (left is better)",
    "测试正确率（越右越好） || test accuracy (right is better)",
))):
    base = sum(score[column] for score in measures[0][1]) / len(SEEDS)
    ax.axvline(base, color="#888888", linewidth=1, linestyle=":")
    for row, (_, scores_of_arm) in enumerate(measures):
        values = [score[column] for score in scores_of_arm]
        colour = "C1" if row in (0, len(measures) - 1) else "C0"
        ax.plot(values, [row] * len(values), "o", color=colour, alpha=0.6)
        mean_value = sum(values) / len(values)
        ax.plot(mean_value, row, "|", color="black", markersize=15, markeredgewidth=2)
    ax.set_xlabel(label)
axes[0].set_yticks(range(len(measures)), [name for name, _ in measures])
axes[0].invert_yaxis()
axes[0].set_xlim(left=0)
plt.show()

# %% [markdown] name="verdict" covers=["Q-04", "!30"]
# 点是六个种子，竖线是平均，虚线是什么也不做。照实说：
#
# * **循环 dropout** 买到的最多，损失和正确率都好了。
# * **AdamW**（强度在验证集上挑过，三种里选中了中间那个）和**数据增强**（每次现做）把损失压下来不少；正确率，前者只好一点，后者好得多些。
# * **早停**压住了损失，正确率几乎没变：它管的是盲目自信。它只花一份验证集，还省时间，所以总该开着。
# * **层间 dropout** 同样的 0.5，什么也没买到；**Adam 的 1e-5** 和没写一样；**小模型**反而丢了正确率：它不是记得太多，是学得太少。
# * 最下面一行最该记住：**线性分类器**，不治也和治得最好的 LSTM 差不多。数据只有 45 段的时候，先问问要不要 LSTM。
#
# 这是*这份*数据、*这个*网络、六个种子的结论，换一份要重新量；七样里挑最好的一样报，也会比它实际的好看一点。留下来的不是名次，是量法。

# %% [markdown] lang="en" of="1bed4d5d.a63c038c"
# Dots are the six seeds, bars their mean, the dotted line is doing nothing. The honest verdict:
#
# * **Recurrent dropout** bought the most, in loss and in accuracy.
# * **AdamW** (its strength chosen on the validation set: the middle one of three) and **augmentation** (made anew each time) bring the loss down a good deal; accuracy rises a little with the first and somewhat more with the second.
# * **Early stopping** holds the loss down and leaves accuracy about where it was: it is blind confidence that it cures. It costs a validation set and saves time, so leave it on.
# * **Dropout between layers**, at the same 0.5, bought nothing. **Adam's 1e-5** is as good as not there. The **smaller model** lost accuracy: its trouble is not remembering too much but learning too little.
# * The bottom row is the one to remember: a **linear classifier**, without any treatment, is about level with the best-treated LSTM. With 45 recordings, first ask whether you want an LSTM at all.
#
# This holds for *these* data, *this* network and six seeds; elsewhere it must be measured again. And the best of seven remedies, reported as such, looks a little better than it is. What is worth keeping is not the ranking but the way of measuring.

# %% [markdown] name="layernorm" tags=["optional"] covers=["A-16", "!31"]
# ## 9.14 选读 · LayerNorm-LSTM
#
# 后面用不到这一节。常听说“LayerNorm 在 RNN 中常用”，可 `nn.LSTM` 没有这个选项，要自己写单元。层归一化（layer normalisation，Ba 等，2016）把一个样本在同一层的数减去均值、除以标准差，再各自缩放、平移；它不看同一批里的别人，所以长短不一也不要紧，而批归一化（batch normalisation）就会把填充也算进统计里。
#
# 在 LSTM 里，把 $W_x x_t$ 和 $W_h h_{t-1}$ 各归一化一次，$c_t$ 亮出来之前再归一化一次。

# %% [markdown] lang="en" of="76e3d7a2.519fc3d5"
# ## 9.14 Optional · A LayerNorm LSTM
#
# Nothing later needs this section. LayerNorm, one hears, is common in RNNs; but `nn.LSTM` has no such option, so one writes the cell oneself. Layer normalisation (Ba et al., 2016) takes the numbers of one sample in one layer, subtracts their mean, divides by their standard deviation, then scales and shifts each. It does not look at others in the batch, so unequal lengths do not matter, whereas batch normalisation would count the padding into its statistics.
#
# In an LSTM, $W_x x_t$ and $W_h h_{t-1}$ are normalised one by one, and $c_t$ once more before it is shown.

# %% name="layernorm-cell" covers=["A-16", "!31"]
class LayerNormLSTMCell(nn.Module):
    """normalise=False 就是普通的 LSTM 单元 || with normalise=False it is an ordinary LSTM cell"""

    def __init__(self, inputs, hidden, normalise=True):
        super().__init__()
        self.from_input = nn.Linear(inputs, 4 * hidden, bias=False)
        self.from_state = nn.Linear(hidden, 4 * hidden, bias=False)
        self.bias = nn.Parameter(torch.zeros(4 * hidden))
        sizes = (4 * hidden, 4 * hidden, hidden)
        self.norms = nn.ModuleList(
            nn.LayerNorm(size) if normalise else nn.Identity() for size in sizes
        )

    def forward(self, x_t, state):  # (B, I), ((B, H), (B, H))
        h, c = state
        of_input, of_state, of_memory = self.norms
        gates = of_input(self.from_input(x_t)) + of_state(self.from_state(h))  # (B, 4H)
        i, f, g, o = (gates + self.bias).chunk(4, dim=1)  # 各 (B, H) || (B, H) each
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(of_memory(c)), c


def change_when_scaled(normalise):
    """循环权重放大 10 倍，读完 20 步的 h 变多少 || Recurrent weights times 10: how far h moves after 20 steps"""
    torch.manual_seed(0)
    cell = LayerNormLSTMCell(12, 16, normalise).double()
    steps = torch.randn(20, 1, 12, dtype=torch.float64)  # (T, B, I)
    finals = []
    with torch.no_grad():
        for factor in (1, 10):
            cell.from_state.weight *= factor
            state = steps.new_full((1, 16), 0.5), steps.new_zeros(1, 16)
            for x_t in steps:
                state = cell(x_t, state)
            finals.append(state[0])
    return (finals[1] - finals[0]).abs().max().item()


with_norm, without_norm = change_when_scaled(True), change_when_scaled(False)
claim("Q9-layernorm", with_norm < 0.01, change=with_norm)
# 只拿掉归一化 || without the normalisation
claim("Q9-layernorm-control", not without_norm < 0.01, change=without_norm)

# %% [markdown] name="layernorm-meaning"
# 循环权重放大 10 倍，归一化过的单元几乎不知道：尺度被除掉了，留下的只是方向。第 4、5 章里爆炸的正是尺度，所以训练多半会稳一些（这里没有量）。代价是自己写的循环比 `nn.LSTM` 慢得多。

# %% [markdown] lang="en" of="68744477.d161ed1e"
# Recurrent weights ten times larger, and the normalised cell hardly notices: the scale is divided out and only the direction remains. It was the scale that exploded in Chapters 4 and 5, so training may well become steadier (not measured here). The price is a loop of one's own, much slower than `nn.LSTM`.

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前。

# %% [markdown] lang="en" of="85f65c75.f998a69f"
# ## How did your bets come out?
#
# All your bets of this chapter, surest losses first.

# %% name="bets"
bets_summary("09")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 一条序列单独跑，和夹在一批里跑，结果必须一样：把它写成测试，填充的错就藏不住。
# 2. 只有正方向，补齐再按长度取；有反方向，打包；损失和平均，掩码。分桶只为省钱。
# 3. 防过拟合的办法一样一样地量：早停（耐心加倒带）总开着，强度在验证集上挑，测试集只看一次，旁边放一个简单的对手。

# %% [markdown] lang="en" of="c4aa1d4f.c1dec79b"
# ## Three lines to remember
#
# 1. A sequence run alone and the same sequence run in a batch must give the same result. Write that as a test, and no mistake about padding can hide.
# 2. Forward only: pad, then pick by length. With a backward direction: pack. Losses and means: mask. Buckets only save money.
# 3. Measure remedies against overfitting one by one: early stopping (patience and rewinding) always on, strengths chosen on the validation set, one look at the test set, and a simple rival beside it.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz" covers=["A-03"]
quiz("09-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 轮到你写了：[练习 E08 · 长短不一](../../exercises/zh/E08_variable_length.ipynb)。四个小函数：补齐、取最后一步、掩码的平均、掩码的损失。以后你写的每个序列模型都用得上。
#
# 到现在，输入和输出总是一样长，或者输出只有一个。翻译不是这样：一句话进去，另一句长短不同的话出来。第 10 章把两个网络接起来。

# %% [markdown] lang="en" of="b09b6991.a8d0e1d6"
# ## What next
#
# Your turn: [Exercise E08 · Some long, some short](../../exercises/en/E08_variable_length.ipynb). Four small functions: pad, take the last step, masked mean, masked loss. Every sequence model you will write has a use for them.
#
# So far there was one output per step, or a single one. Translation is different: one sentence goes in, and another of another length comes out. Chapter 10 joins two networks.
