# ---
# jupyter:
#   course:
#     chapter: "10"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # 第 10 章 序列到序列
#
# **阅读 30 分钟 · 动手 50 分钟 · 练习 40 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 用一个编码器、一个解码器搭出翻译模型，说清 BOS、EOS、PAD 各管什么；
# 2. 用教师强制训练它，说出它和实际使用差在哪里，并量出这个差别；
# 3. 写出贪心解码和束搜索，拿穷举来验证，说出不按长度归一会怎样；
# 4. 量出“整句话压进一个状态”的代价：句子越长，丢得越多；
# 5. 算 BLEU，也知道它什么时候会骗人。
#
# 需要的基础：第 5 章的 LSTM，第 2 章的字符模型，第 9 章的填充与打包。

# %% [markdown] lang="en" of="8c0a0c57.39b2385f"
# # Chapter 10. Sequence to sequence
#
# **30 min reading · 50 min at the keyboard · 40 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. build a translator from an encoder and a decoder, and say what BOS, EOS and PAD are each for;
# 2. train it with teacher forcing, say how that differs from using it, and measure the difference;
# 3. write greedy decoding and beam search, verify them by exhaustive search, and say what happens without length normalisation;
# 4. measure the price of squeezing a whole sentence into one state: the longer the sentence, the more is lost;
# 5. compute BLEU, and know when it misleads.
#
# You need: the LSTM of Chapter 5, the character model of Chapter 2, and padding and packing (Chapter 9).

# %% name="setup"
import copy
import itertools
import math
from collections import Counter
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence
import matplotlib.pyplot as plt
import sacrebleu

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, judge, packed, predict, quiz
from course_utils.training import fit

language.use("中文 || English")  # 滑块和测验的语言 || language of sliders and quizzes
plotting.style()  # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自前几章。先在心里答，再点选项。

# %% [markdown] lang="en" of="ec198b9b.119e54e1"
# ## Warm-up
#
# Three questions from earlier chapters. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("10-recall")

# %% [markdown] name="task" covers=["U-02"]
# ## 10.1 长短不一，次序也不一
#
# 到现在为止，网络要么读完一段给一个答案，要么读一步答一步。翻译两样都不是：读进来的和写出去的长短不一，次序也不一。
#
# 完整的语言太大，先挑一个小而真的翻译任务：**把人写的日期译成机器读的日期**（ISO 8601）。中国人、美国人、英国人的写法都有，写法来自 Unicode 的 CLDR，日子是随机抽的：

# %% [markdown] lang="en" of="c77edce6.42ed7eef"
# ## 10.1 Different lengths, different orders
#
# So far a network has either read a passage and given one answer, or answered at every step. Translation is neither: what is read and what is written differ in length, and in order.
#
# A whole language is too much to begin with, so here is a small but genuine task: **translate dates written by people into dates for machines** (ISO 8601). There are the ways of Chinese, American and British readers; the formats come from
# Unicode's CLDR, the days are drawn at random:

# %% name="data" covers=["U-02"] tags=["chinese-data"]
train_days, validation_days, test_days = data.date_splits()
pairs = data.date_pairs(train_days, 64 * 800, seed=1)
validation = data.date_pairs(validation_days, 1000, seed=2)
test = data.date_pairs(test_days, 1000, seed=3)
for written, iso in pairs[:8]:
    print(f"{iso}  <-  {written}")

# %% [markdown] name="split-intro"
# 月份可能在年份后面，也可能在前面；“一九五八”四个字对 1958 四个数字，“October”七个字母却只对 10。没有哪一步的输出能和某一步的输入对齐。
#
# 注意训练集和测试集是**按日子**分的，不是按行：同一天有八种写法，若是把所有的行打乱再分，测试集里的日子，训练时多半换个写法见过了。差多少，数一数：

# %% [markdown] lang="en" of="fdba76e8.4caa53e5"
# The month may follow the year or come before it; four Chinese characters match the four digits of 1958, but the seven letters of October only two. No step of the output lines up with a step of the input.
#
# Note that training and test set are divided **by day**, not by row. A day can be written in eight ways; shuffle all the rows, then divide, and most days of the test set have been seen in training, written differently. How many? Let us count.

# %% name="split"
def seen_before(train, test):
    """测试集里有几成的行，日子在训练集里出现过 || Share of test rows whose day occurs in the training set"""
    known = {iso for _, iso in train}
    return sum(iso in known for _, iso in test) / len(test)


all_days = train_days + validation_days + test_days
rows = data.date_pairs(all_days, len(pairs) + 1000, seed=1)
by_row = seen_before(rows[:-1000], rows[-1000:])
by_day = seen_before(pairs, test)
claim("Q10-seen", by_row > 0.5, by_row=by_row)
claim("Q10-seen-control", not by_day > 0.5, by_day=by_day)

# %% [markdown] name="two-networks" covers=["L-08"]
# ## 10.2 一个读，一个写
#
# 2014 年的办法朴素得惊人：用**两个**循环网络，中间交接一次。
#
# * **编码器**（encoder）读完源句 $x_1, \dots, x_S$，什么也不输出，只留下最后的状态；
# * **解码器**（decoder）拿这份状态当初始状态，像第 2 章拼名字的网络那样，一个符号一个符号地写：
#
# $$(h_S, c_S) = \operatorname{Enc}(x_1, \dots, x_S), \qquad s_0 = (h_S, c_S), \qquad s_t = \operatorname{Dec}(y_{t-1}, s_{t-1}),$$
# $$p(y_t \mid y_1, \dots, y_{t-1}, x) = \operatorname{softmax}(W_y s_t + b_y).$$
#
# 最后一行里的 $s_t$ 只取 LSTM 状态中的 $h$ 那一半，形状 $(B, H)$；$y_0$ 就是下面的 BOS。整句的概率是各步相乘：$p(y \mid x) = \prod_t p(y_t \mid y_{<t}, x)$。
#
# {symbols: s_t; S}
#
# 三个特殊符号，各管一件事：

# %% [markdown] lang="en" of="d245ccfe.359ca24f"
# ## 10.2 One reads, the other writes
#
# The recipe of 2014 is astonishingly plain: **two** recurrent networks, and one handover between them.
#
# * The **encoder** reads the source $x_1, \dots, x_S$, says nothing, and leaves its last state;
# * the **decoder** takes it as its initial state and writes symbol by symbol, like the network of Chapter 2 that spells names:
#
# $$(h_S, c_S) = \operatorname{Enc}(x_1, \dots, x_S), \qquad s_0 = (h_S, c_S), \qquad s_t = \operatorname{Dec}(y_{t-1}, s_{t-1}),$$
# $$p(y_t \mid y_1, \dots, y_{t-1}, x) = \operatorname{softmax}(W_y s_t + b_y).$$
#
# In the last line $s_t$ means the $h$ half of the LSTM's state, of shape $(B, H)$; $y_0$ is BOS, see below. The probability of a sentence is the product of its steps, $p(y \mid x) = \prod_t p(y_t \mid y_{<t}, x)$.
#
# {symbols: s_t; S}
#
# Three special symbols, one job each:

# %% [markdown] name="special-symbols"
# * **BOS**（begin of sequence）：解码器写第一个符号之前，喂给它的就是这个。少了它，第一步没有东西可喂。
# * **EOS**（end of sequence）：解码器写下它，就是说“写完了”。少了它，永远停不下来。
# * **PAD**（padding）：把一批长短不一的句子补齐成一个张量。少了它，没法成批计算；但*算损失、读源句时都要当它不存在*。

# %% [markdown] lang="en" of="a007baf7.96d81705"
# * **BOS** (begin of sequence) is what the decoder is given before it writes the first symbol. Without it there is nothing to feed at step one.
# * **EOS** (end of sequence): by writing it the decoder says "done". Without it, it never stops.
# * **PAD** (padding) fills up sentences of different lengths to make one tensor. Without it there are no batches; but *the loss, and the reading of the source, must act as if it were not there*.

# %% name="diagram" tags=["hide-input"]
plotting.seq2seq_diagram()
plt.show()

# %% [markdown] name="diagram-note"
# 从左到右：编码器读四个符号，中间橙色的那条线是**唯一的通道**，解码器写下的每个符号（虚线）又成为下一步的输入。源句有多长，这条线就那么宽。10.7 节会来量它。
#
# 写成代码，编码器一行，解码器一行：

# %% [markdown] lang="en" of="4de9b3fe.e7b71bf5"
# From left to right: the encoder reads four symbols; the orange line in the middle is the **only way through**; and each symbol the decoder writes becomes its next input (dashed). However long the source, that line is no wider. Section 10.7 will
# measure it.
#
# As code, the encoder is one line and the decoder another:

# %% name="model" covers=["L-08"]
class Seq2Seq(nn.Module):
    def __init__(self, source_symbols, target_symbols, embedding=16, hidden=64):
        super().__init__()
        self.source_embed = nn.Embedding(source_symbols, embedding)
        self.encoder = nn.LSTM(embedding, hidden, batch_first=True)
        self.target_embed = nn.Embedding(target_symbols, embedding)
        self.decoder = nn.LSTM(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, target_symbols)

    def encode(self, sources, lengths):  # (B, S), (B,)
        packed_sources = pack_padded_sequence(  # PAD 一步也不读 || no step reads PAD
            self.source_embed(sources), lengths, batch_first=True, enforce_sorted=False
        )
        return self.encoder(packed_sources)[1]  # (h, c): (1, B, H)

    def decode(self, tokens, state):  # (B, T), (h, c)
        out, state = self.decoder(self.target_embed(tokens), state)
        return self.readout(out), state  # (B, T, V)

    def forward(self, sources, lengths, inputs):
        return self.decode(inputs, self.encode(sources, lengths))[0]


# %% [markdown] name="padding-intro"
# `pack_padded_sequence` 让编码器在每一句的最后一个真符号处停下（第 9 章讲过）。照第 5 章的习惯验一验：一句话单独译，和夹在一批里译，得分应当一样。对照：告诉它每句都有整行那么长，让它把 PAD 也读进去。

# %% [markdown] lang="en" of="106094ed.a90d4737"
# `pack_padded_sequence` makes the encoder stop at the last real symbol of each sentence (see Chapter 9). Check it by the habit of Chapter 5: a sentence translated alone and the same sentence within a batch must get the same scores. The control
# tells it that every sentence fills its row, so that PAD is read as well.

# %% name="padding"
source_vocabulary = data.Vocabulary.of(written for written, _ in pairs)
target_vocabulary = data.Vocabulary.of(iso for _, iso in pairs)
PAD, BOS, EOS = target_vocabulary.pad, target_vocabulary.bos, target_vocabulary.eos
collate = partial(
    data.translation_batch, source=source_vocabulary, target=target_vocabulary
)
sources, lengths, targets = collate(test)  # (1000, S), (1000,), (1000, 11)

torch.manual_seed(0)
model = Seq2Seq(len(source_vocabulary), len(target_vocabulary))
shortest = lengths.min()
one = lengths.argmin().reshape(1)  # (1,)
with torch.no_grad():
    inputs = targets[:, :-1]
    in_batch = model(sources, lengths, inputs)[one]
    alone = model(sources[one, :shortest], lengths[one], inputs[one])
    whole_row = torch.full_like(lengths, sources.shape[1])
    reading_pad = model(sources, whole_row, inputs)[one]
gap = (in_batch - alone).abs().max().item()
claim("Q10-padding", gap < 1e-5, gap=gap)
gap = (reading_pad - alone).abs().max().item()
claim("Q10-padding-control", not gap < 1e-5, gap=gap)

# %% [markdown] name="teacher-forcing"
# ## 10.3 教师强制：写错了，也当你写对了
#
# 怎样训练解码器？第 $t$ 步要喂给它前一个符号。训练时手里有标准答案，那就别管它上一步写了什么，**永远喂前一个真值**：这叫教师强制（teacher forcing，Williams 与 Zipser 1989）。好处很实在：输入全部已知，整句一次算完；第一步写错，后面的步照样能学。
#
# | | 第 1 步 | 第 2 步 | 第 3 步 | … | 最后一步 |
# |---|---|---|---|---|---|
# | 喂给它 | BOS | 2 | 0 | … | 9 |
# | 要它写 | 2 | 0 | 2 | … | EOS |
#
# 两行是同一句话，错开一格。错开这一格，是整章最容易出错的地方。

# %% [markdown] lang="en" of="098847d4.4a3dcd70"
# ## 10.3 Teacher forcing: right or wrong, go on as if right
#
# How is the decoder trained? At step $t$ it has to be fed the symbol before. In training we hold the correct answer, so never mind what it wrote, **always feed the true symbol before**: this is teacher forcing (Williams and Zipser 1989). The gains are solid: all inputs are
# known in advance, so a whole sentence is computed in one go; and when step one goes wrong, the later steps learn all the same.
#
# | | step 1 | step 2 | step 3 | … | last step |
# |---|---|---|---|---|---|
# | it is given | BOS | 2 | 0 | … | 9 |
# | it must write | 2 | 0 | 2 | … | EOS |
#
# The two rows are one sentence, one place apart. That one place is where this chapter's favourite mistake lives.

# %% name="loss"
def shift_right(targets):  # (B, T) -> (B, T)
    return F.pad(targets[:, :-1], (1, 0), value=BOS)


def teacher_forced_loss(model, batch):
    sources, lengths, targets = batch  # (B, S), (B,), (B, T)
    scores = model(sources, lengths, shift_right(targets))  # (B, T, V)
    return F.cross_entropy(scores.transpose(1, 2), targets, ignore_index=PAD)


# %% [markdown] name="unshifted-intro"
# 假如有人忘了错开，把 `targets` 原样喂了进去：第 $t$ 步要猜 $y_t$，喂的恰好就是 $y_t$。不会报错。两个网络，同样的初始权重、同样的一百批数据，只差这一格：

# %% [markdown] lang="en" of="be7ce7d9.a0d592d1"
# Suppose someone forgets the shift and feeds `targets` as they are: step $t$ must guess $y_t$ and is given just that, $y_t$. There is no error. Two networks with the same initial weights and the same hundred batches, and this one place as the only difference:

# %% name="bet-unshifted"
predict("Q10-unshifted")

# %% [markdown] name="greedy-intro"
# 要看它到底会不会翻译，得让它自己写：从 BOS 开始，每一步取得分最高的符号，写下来，再喂回去，直到 EOS。这叫**贪心解码**（greedy decoding）。整行一字不差才算对，这个指标叫**完全匹配**（exact match）。

# %% [markdown] lang="en" of="6a48e0e7.ef98e2ef"
# Whether it can translate shows only when it writes by itself: start from BOS, take the symbol with the highest score at each step, write it down, feed it back, until EOS. This is **greedy decoding**. A row counts as right when every symbol of it is; that measure is called
# **exact match**.

# %% name="greedy"
@torch.no_grad()
def greedy_decode(model, sources, lengths, longest):
    state = model.encode(sources, lengths)
    token = sources.new_full((len(sources), 1), BOS)  # (B, 1)
    done = torch.zeros_like(token, dtype=torch.bool)
    written = []
    for _ in range(longest):
        scores, state = model.decode(token, state)  # (B, 1, V)
        token = scores.argmax(-1).masked_fill(done, PAD)
        written.append(token)
        done = done | (token == EOS)
    return torch.cat(written, dim=1)  # (B, longest)


def exact_match(written, targets):  # (B, T), (B, T)
    return (written == targets).all(dim=1).double().mean().item()


# %% name="unshifted"
def unshifted_loss(model, batch):
    sources, lengths, targets = batch
    scores = model(sources, lengths, targets)  # 忘了错开 || the shift is missing
    return F.cross_entropy(scores.transpose(1, 2), targets, ignore_index=PAD)


batches = [collate(pairs[k : k + 64]) for k in range(0, len(pairs), 64)]  # 800
first_losses, exact = {}, {}
names = {
    "没有错开 || not shifted": unshifted_loss,
    "错开一格 || shifted": teacher_forced_loss,
}
for name, loss in names.items():
    beginner = copy.deepcopy(model)  # 同样的初始权重 || the same initial weights
    history = fit(beginner, loss, batches[:100], lr=1e-2, label=name)
    first_losses[name] = history.loss
    exact[name] = exact_match(greedy_decode(beginner, sources, lengths, 11), targets)

no_shift, shift = (first_losses[name][-1] for name in names)
claim("Q10-unshifted", no_shift < 0.05, loss=no_shift, exact=exact[list(names)[0]])
claim("Q10-unshifted-control", not shift < 0.05, loss=shift)

# %% name="unshifted-curves" tags=["nbval-ignore-output", "hide-input"]
fig, ax = plt.subplots()
for name, losses in first_losses.items():
    ax.plot(range(1, 101), losses, label=name)
ax.set(
    xlabel="训练步 || training step",
    ylabel="训练损失（自然对数） || training loss (nats)",
    ylim=(0, None),
)
ax.legend()
plt.show()

# %% [markdown] name="unshifted-meaning"
# 蓝线漂亮得可疑，也确实可疑：它学会了照抄。解码时没有答案可抄，一千个日期一个也没译对。错开的那个，一百批之后也还一个都译不对；可它的损失 0.84 说的是实话：还没学会。接着练（10.4 节），它就会了。没有错开的那个，损失已经说“学完了”，却什么也不会译。**损失低得出奇的时候，先想一想它是不是看见了答案。** 验证损失救不了你，它也是用同样的错法算的；能揭穿它的，只有让模型自己写。
#
# （“好得过分”也是一种症状，第 14 章的门诊就从它开始：[14.1 节](14_debugging_clinic.ipynb#cell-id=two-curves)。）

# %% [markdown] lang="en" of="9eb7add0.c2c3bdff"
# The blue line is suspiciously good, and rightly under suspicion: it has learnt to copy. Decoding leaves it nothing to copy, and of a thousand dates it gets none. After a hundred batches the shifted one gets none either, but its loss of 0.84 says so honestly: it has not learnt yet. Trained on (section 10.4), it does. The loss of the other says "finished", and it cannot translate at all. **When a loss is wonderfully low, ask first whether the model can see the answer.** A validation loss will not save you,
# being computed with the same mistake; only letting the model write by itself gives it away.
#
# ("Too good" is a symptom as well; the clinic of Chapter 14 begins with it: [section 14.1](14_debugging_clinic.ipynb#cell-id=two-curves).)

# %% [markdown] name="train-intro"
# ## 10.4 训练一个会翻日期的网络
#
# 八百批，每批 64 个，每批只用一次（行是随机抽的，偶有重复）。训练到第 300 批时留一份副本，叫“半成品”，后面有用。

# %% [markdown] lang="en" of="5210786f.a3eacd7c"
# ## 10.4 Training a translator of dates
#
# Eight hundred batches of 64, each used once (rows are drawn at random; some recur). After batch 300 we keep a copy, the "apprentice", which will be useful later.

# %% name="train"
network = copy.deepcopy(model)  # 没训练过的那个留着 || the untrained one is kept
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
steps = {
    "前 300 批 || batches 1 to 300": batches[:300],
    "后 500 批 || batches 301 to 800": batches[300:],
}
kept = []
for label, part in steps.items():
    fit(network, teacher_forced_loss, part, optimizer=optimizer, label=label)
    kept.append(copy.deepcopy(network).eval())
apprentice, translator = kept

# %% [markdown] name="exact-intro"
# 先看半成品。在教师强制下（每一步都喂真值），它在没见过的日子上，每十个符号写对约九个。一个日期连 EOS 有十一个符号。

# %% [markdown] lang="en" of="9d4d5f39.0835e916"
# First the apprentice. Under teacher forcing (the truth fed at every step) it gets about nine symbols of ten right on unseen days. A date has eleven symbols, EOS included.

# %% name="bet-exact"
predict("Q10-exact")

# %% name="exact"
@torch.no_grad()
def forced_accuracy(model, sources, lengths, targets):
    """每一步都喂真值，写对的符号占几成 || Share of right symbols when the truth is fed at every step"""
    written = model(sources, lengths, shift_right(targets)).argmax(-1)  # (B, T)
    return (written == targets)[targets != PAD].double().mean().item()


shares = {}
for name, network in {"apprentice": apprentice, "translator": translator}.items():
    shares[name] = (
        forced_accuracy(network, sources, lengths, targets),
        exact_match(greedy_decode(network, sources, lengths, 11), targets),
    )
symbols_right, rows_right = shares["apprentice"]
claim("Q10-exact", rows_right < 0.5, symbols=symbols_right, exact=rows_right)
symbols_right, rows_right = shares["translator"]
below_half = rows_right < 0.5
claim("Q10-exact-control", not below_half, symbols=symbols_right, exact=rows_right)

# %% [markdown] name="exact-meaning"
# 十一个符号要*同时*对，所以“每个符号九成”换算成整行，只剩两三成（0.9¹¹ ≈ 0.31；还少的那一截，一部分是自己的错又带出错，见 10.8 节）。报告翻译的成绩时，分清是哪一种：符号的正确率总是好看得多。
#
# 训练完的那个，在没见过的日子上大多数都一字不差。挑几个看看，也看看它错在哪里：

# %% [markdown] lang="en" of="71a1d6ee.a34c80b0"
# Eleven symbols must be right *together*, and so nine in ten for a symbol is only two or three in ten for a row (0.9¹¹ ≈ 0.31; part of the rest is mistakes breeding mistakes, section 10.8). When you report how good a translator is, say which of the two you mean: the accuracy of symbols always looks far better.
#
# The one trained to the end gets most unseen days right to the last symbol. Here are some of its translations, and where it goes wrong:

# %% name="examples" tags=["nbval-ignore-output", "chinese-data"]
written = greedy_decode(translator, sources, lengths, 11)
wrong = (written != targets).any(dim=1)
for row in [*range(4), *wrong.nonzero()[:4, 0].tolist()]:
    mark = "✗" if wrong[row] else "✓"
    print(f"{mark} {target_vocabulary.decode(written[row])}  <-  {test[row][0]}")

# %% [markdown] name="desk-intro" covers=["A-05"]
# ## 10.5 翻译台
#
# 你刚训练好的两个网络，权重就在下面的页面里，每一步都当场算。最上面写一个日期（中文、英文都行，用训练时见过的写法），一格一格是解码器写的符号，上面的柱子是它写这个符号的把握，下面是这一步喂给它的。右边是它在选中的那一步看好哪些符号。**点一格，把它改成别的符号，后面的就要重写了。**
#
# 四件事，先猜再动手：
#
# 1. 选“练成的”和第一个例子，把月份的十位从 0 改成 1。后面那一位还是原来的吗？再后面的日子呢？
# 2. 把改动都还给它，再把日子的十位改成 3。训练时，这一位上的 3 后面从来只有 0 和 1；这回它写什么？
# 3. 换成“半成品”。找一个它译错的日期，只改对**第一个**错的符号，后面的错跟着好了几个？
# 4. 把“喂真值的比例”从 0 拖到 1：写的还是它自己写的，喂的变成了标准答案。错误少了多少？这就是教师强制下看到的成绩。

# %% [markdown] lang="en" of="07edbcb9.541274ff"
# ## 10.5 The translation desk
#
# The two networks you have just trained: their weights are in the page below, and every step is computed on the spot. Write a date at the top (Chinese or English, in one of the ways seen in training). Each box is a symbol the decoder wrote; the bar above says how sure it was of it, and below stands what it was fed. On the right are the symbols it favours at the step you have picked. **Pick a box, make it
# another symbol, and everything behind it is written anew.**
#
# Four things to do; guess before you touch:
#
# 1. With the "trained" network and the first example, change the first digit of the month from 0 to 1. Does the digit behind it stay? And the day after that?
# 2. Take all changes back, then make the first digit of the day a 3. In training nothing but 0 and 1 ever followed a 3 in that place; what does it write now?
# 3. Switch to the "apprentice". Find a date it gets wrong and correct only the **first** wrong symbol. How many of the later mistakes go away?
# 4. Drag "share of truth fed" from 0 to 1: what is written is still its own, what is fed becomes the correct answer. How many mistakes disappear? That is the score you see under teacher forcing.

# %% name="desk" tags=["nbval-ignore-output"] covers=["A-05"]
def weights(network):
    return {name: packed(value) for name, value in network.state_dict().items()}


Explorer(
    "desk",
    sources=source_vocabulary.symbols,
    targets=target_vocabulary.symbols,
    trained=weights(translator),
    apprentice=weights(apprentice),
    examples=test[:8],
)

# %% [markdown] name="desk-note"
# 第 1 件事里，源句一个字没变，可前面写了个 1，后面就跟着变：月份成了 10、12 之类说得通的，这是解码器从答案里学来的（它自己也是个语言模型，第 2 章的那种）；再后面的日子本来写得对，现在也常常错了。
#
# 第 2 件事更说明问题。它多半写出“32”“37”这样没有的日子，还很有把握。“3 后面是 0 或 1”它见过成千上万次，可那时源句说的也是 30、31。源句说二十三，前文却写着 3，**这种局面训练时一次也没有过。**
#
# 这正是麻烦的根源：它自己的错误，也会把它带进这种局面。第 3 件事没有一定的答案：后面的错若是被第一个带出来的，就跟着好；若是源句本来没读清，就还在。第 4 件事里，喂真值把这个麻烦藏起来了。10.8 节把它量出来。

# %% [markdown] lang="en" of="d893f309.eb2e4a1c"
# In the first, not a word of the source has changed, and yet what follows the 1 does: the month becomes 10, or 12, something possible, which the decoder has learnt from the answers (it is a language model in its own right, of the kind in Chapter 2). And the day behind it, right before, is now often wrong.
#
# The second says more. Mostly it writes a day that does not exist, a 32 or a 37, and is quite sure of it. "Behind a 3 comes 0 or 1" it has seen thousands of times, but then the source said 30 or 31 as well. A source that says 23 and a beginning that says 3 is **a situation that training never put it in.**
#
# And there lies the trouble: its own mistakes take it into such situations, too. The third has no fixed answer: later mistakes that the first one caused go away; those from misreading the source stay. In the fourth, feeding the truth hides that trouble. Section 10.8 measures it.

# %% [markdown] name="reverse-intro" covers=["L-08"]
# ## 10.6 倒着读，反而好
#
# Sutskever、Vinyals 和 Le 在 2014 年的论文里用了一个怪招：**把源句倒过来读**，译文照旧正着写。句子的信息一点没多，为什么会有用？
#
# 用一个干净的任务来量：**抄写**。读 3 到 10 个随机符号（共 10 种），再照原样写出来。正着读，第一个符号读得最早，要等整句读完才轮到写它；倒着读，它最后读到，马上就写。每种读法三个种子，别的都一样。

# %% [markdown] lang="en" of="d528aa94.862d7496"
# ## 10.6 Reading backwards is better
#
# The paper of Sutskever, Vinyals and Le (2014) used an odd trick: **read the source backwards** and write the translation forwards as usual. The sentence contains no more information for it. Why should it help?
#
# A clean task to measure it on: **copying**. Read 3 to 10 random symbols (of ten kinds), then write them out as they were. Read forwards, the first symbol is read earliest and written only when all the rest has been read; read backwards, it is read last and written at once. Three seeds for
# each, everything else the same.

# %% name="bet-reversed"
predict("Q10-reversed")

# %% name="copy-models"
def reverse(sources, lengths):  # (B, S), (B,) -> (B, S)
    """只把真符号倒过来，PAD 留在后面 || Reverse the real symbols only; PAD stays behind"""
    place = lengths.unsqueeze(1) - 1 - torch.arange(sources.shape[1])  # (B, S)
    return sources.gather(1, place.clamp(min=0)).masked_fill(place < 0, PAD)


def copier(seed, backwards=False, hidden=64):
    """抄写 3 到 10 个符号，300 批 || Copies 3 to 10 symbols, 300 batches"""
    torch.manual_seed(seed)
    model = Seq2Seq(13, 13, hidden=hidden)  # 10 个符号，3 个特殊符号 || 10 symbols, 3 special ones
    g = torch.Generator().manual_seed(seed)
    practice = [data.copy_batch(64, 3, 10, 10, g) for _ in range(300)]
    if backwards:
        practice = [(reverse(s, n), n, targets) for s, n, targets in practice]
    way = "倒着读 || backwards" if backwards else "正着读 || forwards"
    label = f"{way}, H = {hidden}, {seed}"
    fit(model, teacher_forced_loss, practice, lr=1e-2, label=label)
    return model.eval()


def copied(model, length, backwards=False):
    """1000 条这么长的序列，自己写，符号写对几成 || 1000 sequences of this length, written by itself: share of right symbols"""
    g = torch.Generator().manual_seed(length)
    sources, lengths, targets = data.copy_batch(1000, length, length, 10, g)
    read = reverse(sources, lengths) if backwards else sources
    written = greedy_decode(model, read, lengths, length)  # (B, length)
    return (written == targets[:, :length]).double().mean().item()


forwards = [copier(seed) for seed in range(3)]
backwards = [copier(seed, backwards=True) for seed in range(3)]

# %% name="reversed"
plain = [copied(model, 8) for model in forwards]
turned = [copied(model, 8, backwards=True) for model in backwards]
gain = min(turned) - max(plain)
means = dict(plain=sum(plain) / 3, turned=sum(turned) / 3)
claim("Q10-reversed", gain > 0.05, gain=gain, **means)
# 练的时候正着读，用的时候倒着读 || trained forwards, used backwards
mismatched = [copied(model, 8, backwards=True) for model in forwards]
loss = max(mismatched) - max(plain)
claim("Q10-reversed-control", not loss > 0.05, mismatched=sum(mismatched) / 3)

# %% [markdown] name="reverse-meaning" covers=["L-08", "!25"]
# 平均距离其实一点没变：开头的几个近了，末尾的几个远了。变的是**最近的那几个**：第一个符号从读到写只隔一步，梯度立刻就到。论文里的说法是“引入了许多短期依赖”，模型由此先学会开头，再顺着往后学；这里没有量。（对照说明，起作用的不是倒过来这件事本身：练的时候正着读，用的时候倒着读，就全乱了。）
#
# 这一招救得了多少，取决于两种语言的词序是不是大致相同。它也从来没有解决真正的问题。

# %% [markdown] lang="en" of="ef4ecc6c.445c0351"
# The average distance has not changed at all: the first few symbols come nearer, the last few go further away. What has changed are **the nearest ones**: between reading and writing the first symbol there is a single step, its gradient arrives at once. The paper speaks of introducing "many short term dependencies", from which the model works its way along; we have not measured that. (The control shows that reversal does not help by itself: trained forwards and used backwards, everything falls apart.)
#
# How much the trick gains depends on whether the two languages have roughly the same word order. And it never solved the real problem.

# %% [markdown] name="door-intro"
# ## 10.7 窄门
#
# 整句话都要从一道门里过：编码器的最后一个状态，$2H$ 个数。句子 3 个符号，是这么多数；10 个符号，还是这么多数。同样正着读的三个网络，拿 3 到 20 个符号来考；再训练三个状态小得多的（$H = 16$），其余一样。

# %% [markdown] lang="en" of="295e23a5.52e322e1"
# ## 10.7 The narrow door
#
# The whole sentence has to pass through one door, the last state of the encoder: $2H$ numbers. That is the same for 10 symbols as for 3. Test the three networks that read forwards on 3 to 20 symbols, and train another three with a much smaller state ($H = 16$), all else equal.

# %% name="bet-door"
predict("Q10-door")

# %% name="door"
small = [copier(seed, hidden=16) for seed in range(3)]

at_3 = min(copied(model, 3) for model in forwards)
at_10 = max(copied(model, 10) for model in forwards)
claim("Q10-door", at_3 > 0.9 and at_10 < 0.75, at_3=at_3, at_10=at_10)


# 一样长，可是十个符号都相同：要带过门的只有一个 || as long, but all ten symbols alike: only one to carry through
def copied_repeated(model, length):
    sources = torch.arange(3, 13).unsqueeze(1).expand(10, length)  # (10, length)
    written = greedy_decode(model, sources, torch.full((10,), length), length)
    return (written == sources).double().mean().item()


repeated = min(copied_repeated(model, 10) for model in forwards)
claim("Q10-door-control", not repeated < 0.75, repeated=repeated)
narrow, wide = (
    [copied(model, 6) for model in models] for models in (small, forwards)
)
claim("Q10-width", min(wide) - max(narrow) > 0.2, narrow=max(narrow), wide=min(wide))
# 不换宽度，只换种子 || another seed in place of another width
seeds = max(wide) - min(wide)
claim("Q10-width-control", not seeds > 0.2, seeds=seeds)

# %% name="door-figure" tags=["nbval-ignore-output", "hide-input"]
fig, ax = plt.subplots(figsize=(7, 3.4))
steps_along = range(3, 21)
arms = {
    "倒着读，$H=64$ || backwards, $H=64$": (backwards, True),
    "正着读，$H=64$ || forwards, $H=64$": (forwards, False),
    "正着读，$H=16$ || forwards, $H=16$": (small, False),
}
for (name, (models, back)), mark in zip(arms.items(), "os^"):
    curves = torch.tensor([[copied(m, n, back) for n in steps_along] for m in models])
    ax.plot(steps_along, curves.mean(0), marker=mark, markersize=4, label=name)
    low, high = curves.min(0).values, curves.max(0).values
    ax.fill_between(steps_along, low, high, alpha=0.15)
ax.axvspan(10, 20.5, color="#888888", alpha=0.12)
ax.text(15.2, 0.93, "训练时没见过这么长的 || longer than any in training", ha="center")
ax.axhline(0.1, color="#555555", linewidth=0.8, linestyle=":")
ax.text(3, 0.03, "瞎猜 || guessing")
ax.set(
    xlabel="要抄的符号数 || symbols to copy",
    ylabel="写对的符号 || symbols right",
    xticks=range(4, 21, 2),
    xlim=(2.7, 20.3),
    ylim=(0, 1.03),
)
ax.legend(loc="upper right", bbox_to_anchor=(1, 0.9))
plt.show()

# %% [markdown] name="door-meaning"
# 每条线是三个种子的平均，色带从最差到最好。四件事：
#
# * **越长丢得越多**，而且在训练时见过的长度里就已经在丢，不等灰色那一段。对照里同样是十个符号，只要内容是重复的，就大多抄得对：难的不是写十步，是带十样东西过门。
# * **门宽一点，多带一点**，可是给定训练量，$H = 64$ 也带不动十个。
# * “门窄”说的不是装不装得下：蓝线和橙线的门一样宽，只因倒着读好学，就多抄对这么多。量到的是**给定训练量，学不学得会**把十样东西摆进去、再一样一样取出来。（$H=16$ 那组，编码器、解码器也一起变小，这里分不开；第 11 章只改一样。）
# * 灰色部分是另一个问题：长度外推。别和窄门混为一谈；下一章会看到，注意力治好了前一个，没治好后一个。
#
# 既然门太窄，那就别只交接一次。让解码器写每个符号时，都能回头看源句的每一步，这就是第 11 章的注意力。

# %% [markdown] lang="en" of="cb9d479d.5338f837"
# Each line is the mean of three seeds; the band reaches from the worst to the best. Four things:
#
# * **The longer, the more is lost**, and that begins within the lengths of training, long before the grey part. In the control there are ten symbols just the same, but all alike, and most come out right: writing ten steps is not what is hard, carrying ten things through the door is.
# * **A wider door lets more through**, but with this much training not even $H = 64$ gets ten of them across.
# * "Narrow" does not mean that the numbers cannot hold it: blue and orange have the same door, and reading backwards gets more across only because it is easier to learn. What is measured is whether, **with this much training**, the network learns to put ten things in and take them out one by one. (With $H=16$ encoder and decoder shrink too; that cannot be told apart here. Chapter 11 changes one thing only.)
# * The grey part is another problem, length generalisation. Do not mix it up with the door; the next chapter will show that attention cures the first and not the second.
#
# If the door is too narrow, then one handover is too few. Let the decoder look back at every step of the source for each symbol it writes: that is the attention of Chapter 11.

# %% [markdown] name="exposure-intro"
# ## 10.8 曝光偏差：没见过自己的错
#
# 教师强制有个代价。训练时，解码器读到的前文永远是对的；用的时候，前文是它自己写的。**它从没练过“上一个写错了怎么办”。** 这叫曝光偏差（exposure bias）。
#
# 量法：让抄写的网络自己写 8 个符号，找到每一行**第一个**写错的地方，只看它后面。同一行、同一个位置，再换成喂真值写一遍。两种情形只差一件事：喂的是它自己写的，还是真值。再量一个总账：同一批句子，下一个真符号的损失，前文是真值时多少，是它自己写的时候多少。

# %% [markdown] lang="en" of="d1b48432.384fbfc6"
# ## 10.8 Exposure bias: it has never seen its own mistakes
#
# Teacher forcing has a price. In training, what the decoder reads is always right; in use, it reads what it has written. **"What do I do after a mistake?" is something it has never practised.** This is called exposure bias.
#
# To measure it, let the copiers write 8 symbols by themselves, find the **first** mistake in each row, and look only at what comes after. Then write the same row at the same places with the truth being fed. One thing differs between the two: whether what is fed is its own or true. And an overall account: the loss of the next true symbol on the same sentences, behind the truth and behind its own writing.

# %% name="bet-exposure"
predict("Q10-exposure")

# %% name="exposure"
@torch.no_grad()
def after_first_mistake(model, length=8):
    """紧跟在第一个错误后面的符号，写对几成：[喂自己写的, 喂真值] || Right symbols just behind the first mistake: [fed its own, fed the truth]"""
    g = torch.Generator().manual_seed(99)
    sources, lengths, targets = data.copy_batch(2000, length, length, 10, g)
    own = greedy_decode(model, sources, lengths, length + 1)  # (B, T)
    forced = model(sources, lengths, shift_right(targets)).argmax(-1)  # (B, T)
    wrong = own != targets
    first = wrong.long().argmax(dim=1)  # (B,)
    rows = (wrong.any(dim=1) & (first < length - 1)).nonzero()[:, 0]
    behind = first[rows] + 1
    right = [(w == targets)[rows, behind].double().mean().item() for w in (own, forced)]
    return right


@torch.no_grad()
def losses(model, length=8):
    """下一个真符号的损失：[前文是真值, 前文是自己写的] || Loss of the next true symbol: [behind the truth, behind its own]"""
    g = torch.Generator().manual_seed(99)
    sources, lengths, targets = data.copy_batch(2000, length, length, 10, g)
    own = greedy_decode(model, sources, lengths, length + 1)
    scores = [model(sources, lengths, shift_right(fed)) for fed in (targets, own)]
    return [F.cross_entropy(s.transpose(1, 2), targets).item() for s in scores]


behind = [after_first_mistake(model) for model in forwards]
own, forced = (sum(share) / 3 for share in zip(*behind))
claim("Q10-exposure", all(share < 0.3 for share, _ in behind), own=own)
lost = any(share < 0.3 for _, share in behind)
claim("Q10-exposure-control", not lost, forced=forced)
both = [losses(model) for model in forwards]
taught, free = (sum(loss) / 3 for loss in zip(*both))
claim("Q10-free", all(f - t > 0.3 for t, f in both), taught=taught, free=free)
# 抄 3 个，几乎不写错，也就没有自己的错可读 || with 3 symbols hardly any mistake, so none to read
gap = max(f - t for t, f in (losses(model, length=3) for model in forwards))
claim("Q10-free-control", not gap > 0.3, gap=gap)

# %% [markdown] name="exposure-meaning"
# 一个写错，下一个比瞎猜（一成）还差；同样的位置喂真值，九成写得对。为什么比瞎猜还差？前文一错位，下一格就很难恰好再对上；它此后究竟怎样走，这里没有量。
#
# 第二个测量说的是同一件事：同一批句子，前文是真值时的损失，和前文是它自己写的时候的损失，差得远。训练时盯着的是前一个数，用户遇到的是后一个。所以**评估一律用自己写的**。
#
# 治法有几种，都有代价：训练时偶尔喂它自己写的（scheduled sampling，Bengio 等 2015；可那样“正确答案”就可能和前文对不上）；直接优化整句的得分；或者干脆把模型练好，让它少犯第一个错。

# %% [markdown] lang="en" of="0e09e6e0.b3f5caec"
# One mistake, and the next symbol is right less often than a guess (one in ten); feed the truth at the same places and nine in ten are right. Why worse than a guess? Once out of place, it rarely hits the right symbol in the next; how it goes on from there is not measured here.
#
# The second measurement says the same: for the same sentences, the loss behind the truth and the loss behind its own writing are far apart. Training watches the former, users meet the latter. So **always evaluate what it writes by itself**.
#
# There are several cures, each at a price: now and then feed it its own symbols in training (scheduled sampling, Bengio et al. 2015; but then the "right answer" may no longer fit what stands before it); optimise the score of whole sentences; or just train the model so well that it seldom
# makes the first mistake.

# %% [markdown] name="beam-intro"
# ## 10.9 束搜索：别急着定
#
# 贪心解码每一步都取眼前最好的，一旦写下就不回头。可我们要的是整句概率最大的那个：
#
# $$\hat y = \operatorname*{arg\,max}_y \; \sum_{t} \log p(y_t \mid y_{<t}, x).$$
#
# 第一步稍差的，后面可能一路顺。全都试一遍是不可能的：$V$ 个符号写 $T$ 步，有 $V^T$ 种。**束搜索**（beam search）折中：每一步留下最好的 $K$ 个开头，都往后写一步，再从中留 $K$ 个。写了 EOS 的就离开这一束，记下来。$K = 1$ 就是贪心。

# %% [markdown] lang="en" of="815670c3.38d70186"
# ## 10.9 Beam search: do not decide too soon
#
# Greedy decoding takes the best at hand and never looks back. What we want is the sentence that is most probable as a whole,
#
# $$\hat y = \operatorname*{arg\,max}_y \; \sum_{t} \log p(y_t \mid y_{<t}, x).$$
#
# A slightly worse first step may have an easy road ahead. Trying everything is out of the question: $T$ steps of $V$ symbols make $V^T$ sentences. **Beam search** is the compromise: at every step keep the $K$ best beginnings, write one more symbol behind each, and again keep $K$. What has written EOS leaves the
# beam and is set aside as finished. $K = 1$ is greedy.

# %% name="beam-search"
@torch.no_grad()
def beam_search(model, state, width, longest, alpha=0.0):
    """一句话（批大小 1）：[(得分, 符号列表)]，最好的在前 || One sentence (batch 1): [(score, list of symbols)], best first"""
    alive, ended = [(0.0, [])], []  # (log p, 符号 || symbols)
    for _ in range(longest):
        last = torch.tensor([[ids[-1] if ids else BOS] for _, ids in alive])  # (K, 1)
        scores, state = model.decode(last, state)  # (K, 1, V)
        so_far = torch.tensor([[log_p] for log_p, _ in alive])  # (K, 1)
        total = so_far + scores[:, -1].log_softmax(-1)  # (K, V)
        best = total.flatten().topk(min(width, total.numel()))
        grown, parents = [], []
        for log_p, place in zip(best.values.tolist(), best.indices.tolist()):
            parent, symbol = divmod(place, total.shape[1])
            candidate = (log_p, [*alive[parent][1], symbol])
            if symbol == EOS:
                ended.append(candidate)
            else:
                grown.append(candidate)
                parents.append(parent)
        alive = grown
        if not alive:
            break
        # 状态跟着开头走 || the states follow their beginnings
        state = tuple(part[:, parents] for part in state)
    scored = [(log_p / len(ids) ** alpha, ids) for log_p, ids in ended + alive]
    return sorted(scored, key=lambda one: -one[0])


# %% [markdown] name="exhaustive-intro"
# 搜索代码很容易写错（最常见的：忘了让状态跟着开头走），又不会报错。所以拿**穷举**来验：一个小得可以全试一遍的解码器，5 个符号，最多写 4 步，一共几百种写法。权重随机，一百个这样的解码器。

# %% [markdown] lang="en" of="ac3edfb5.617ecebf"
# Search code is easily wrong (most often the states fail to follow their beginnings), and silently. So verify it by **exhaustive search**, on decoders small enough to try everything: 5 symbols, at most 4 steps, a few hundred sentences in all. A hundred such decoders, with random weights.

# %% name="bet-beam"
predict("Q10-beam")

# %% name="exhaustive"
LONGEST, V = 4, 5


def tiny_model(seed):
    torch.manual_seed(seed)
    model = Seq2Seq(V, V, embedding=4, hidden=6)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(4)  # 有主见一些 || more opinionated
    return model


def all_sentences():
    """每一种写法，按长度分组 || Every sentence, grouped by length"""
    body = [symbol for symbol in range(V) if symbol != EOS]
    for n in range(1, LONGEST + 1):
        rows = [[*ids, EOS] for ids in itertools.product(body, repeat=n - 1)]
        if n == LONGEST:  # 写满了也没有 EOS || full, without EOS
            rows += [list(ids) for ids in itertools.product(body, repeat=n)]
        yield torch.tensor(rows)  # (N, n)


@torch.no_grad()
def exhaustive_search(model, state, alpha=0.0):
    best = []
    for rows in all_sentences():
        many = tuple(part.repeat(1, len(rows), 1) for part in state)
        log_p = model.decode(shift_right(rows), many)[0].log_softmax(-1)  # (N, n, V)
        log_p = log_p.gather(2, rows.unsqueeze(2)).sum(dim=(1, 2))  # (N,)
        score, place = (log_p / rows.shape[1] ** alpha).max(dim=0)
        best.append((score.item(), rows[place].tolist()))
    return max(best)


tiny = []
for seed in range(100):
    decoder = tiny_model(seed)
    tiny.append((decoder, decoder.encode(torch.tensor([[3, 4, 3]]), torch.tensor([3]))))


def found(width):
    """多少个解码器，束搜索找到的就是穷举的那一句 || For how many decoders beam search finds what exhaustive search does"""
    return sum(
        beam_search(decoder, state, width, LONGEST)[0][1]
        == exhaustive_search(decoder, state)[1]
        for decoder, state in tiny
    )


by_width = {width: found(width) for width in (1, 2, 5, V**LONGEST)}
# 不限宽度的束就是穷举 || a beam without limit is exhaustive search
claim("Q10-exhaustive", by_width[V**LONGEST] == 100, found=by_width[V**LONGEST])
claim("Q10-exhaustive-control", not by_width[1] == 100, found=by_width[1])
numbers = dict(greedy=by_width[1], two=by_width[2], five=by_width[5])
claim("Q10-beam", 30 <= by_width[1] <= 75, **numbers)
claim("Q10-beam-control", not 30 <= by_width[5] <= 75, five=by_width[5])

# %% [markdown] name="beam-meaning"
# 束不限宽时，一百个全中：代码是对的。宽度 1（贪心）只找到一半左右，宽度 2 中 74 个，好处拿到不到一半；宽度 5 全中。（Sutskever 等 2014 的翻译里，宽度 2 已拿到大部分好处：要多宽，看模型。）
#
# **模型没把握的时候，搜索才有余地。** 拿翻日期的半成品来看，束宽 3 找到的三种写法和概率：最好的也只有一成多。（这一个，贪心也写对了；换别的日期，就不一定。）

# %% [markdown] lang="en" of="1c81af15.7d38d18a"
# Without a limit the beam finds all hundred: the code is right. Width 1 (greedy) finds about half; width 2 finds 74, less than half of the gain, and width 5 all of them. (In the translations of Sutskever et al. 2014 width 2 already brings most of it: how wide depends on the model.)
#
# **Search has room only where the model is unsure.** For the apprentice, here are the three translations a beam of 3 finds: the best has little more than one chance in ten. (Greedy gets this one right as well; other dates it may not.)

# %% name="beam-dates" tags=["nbval-ignore-output", "chinese-data"]
state = apprentice.encode(sources[[4], : lengths[4]], lengths[[4]])
print(test[4][0], "->", test[4][1])
for log_p, ids in beam_search(apprentice, state, 3, 11):
    print(f"  {target_vocabulary.decode(ids)}   p = {math.exp(log_p):.3f}")

# %% [markdown] name="length-intro"
# ### 越写越吃亏
#
# 束搜索有个天生的毛病。每多写一个符号，$\log p$ 就再加一个负数，**短的句子天然占便宜**。最短的一句是什么？一上来就写 EOS：空的译文。

# %% [markdown] lang="en" of="bc5c26f2.6b1669c1"
# ### Every symbol costs
#
# Beam search has a flaw built in. Each further symbol adds another negative number to $\log p$, so **short sentences have the advantage**. And the shortest of all? EOS at once: an empty translation.

# %% name="bet-length"
predict("Q10-length")

# %% name="length"
def empty(alpha):
    """一百个解码器里，最佳译文是空句的有几个 || For how many of the hundred the best translation is empty"""
    return sum(exhaustive_search(*one, alpha)[1] == [EOS] for one in tiny)


without, by_length = empty(alpha=0.0), empty(alpha=1.0)
claim("Q10-length", without > 40, empty=without)
claim("Q10-length-control", not by_length > 40, empty=by_length)

# %% [markdown] name="length-meaning"
# 这不是搜索的错：穷举找到的就是概率最大的，只是在这些小解码器里，概率最大的往往是空句；搜得越认真，越容易搜到它。所以实际使用时给得分除以长度的某个幂：
#
# $$\text{score}(y) = \frac{1}{|y|^{\alpha}} \sum_t \log p(y_t \mid y_{<t}, x),$$
#
# $\alpha = 0$ 是不归一，$\alpha = 1$ 是每个符号的平均。代码里的 `alpha` 就是它。（Google 2016 年的系统用的是 $((5+|y|)/6)^\alpha$，意思一样。）这是经验做法，没有道理保证它对；$\alpha$ 要在验证集上选。

# %% [markdown] lang="en" of="2def69cc.10adcee6"
# The search is not to blame: exhaustive search found the most probable sentence, and with these small decoders the most probable is often the empty one. The harder you search, the likelier you are to find it. In practice, therefore, the score is divided by a power of the length,
#
# $$\text{score}(y) = \frac{1}{|y|^{\alpha}} \sum_t \log p(y_t \mid y_{<t}, x),$$
#
# where $\alpha = 0$ is no normalisation and $\alpha = 1$ the mean per symbol: the `alpha` of the code. (Google's system of 2016 used $((5+|y|)/6)^\alpha$, to the same end.) It is a rule of thumb that nothing guarantees; choose $\alpha$ on the validation set.

# %% [markdown] name="bleu-intro"
# ## 10.10 怎样打分：一字不差，还是 BLEU
#
# 日期只有一个正确答案，完全匹配就够了。句子不行：“打开文件”和“开启文件”都对。**BLEU**（Papineni 等 2002）的想法：数一数译文里的 $n$ 元组（$n$ 个连续的字或词），有几成在参考译文里出现，$n = 1, 2, 3, 4$，取几何平均；太短的打折：
#
# $$\text{BLEU} = \text{BP} \cdot \Bigl(\prod_{n=1}^{4} p_n\Bigr)^{1/4}, \qquad \text{BP} = \min\bigl(1,\; e^{\,1 - r/c}\bigr),$$
#
# 这里（只在这一节）$c$ 是译文的长度，$r$ 是参考译文的长度，$p_n$ 是 $n$ 元组的准确率，一个元组最多算参考里出现的那么多次。对整个测试集一起数，不是一句一句平均。自己写一遍，再和标准实现 sacrebleu 比：

# %% [markdown] lang="en" of="2c1cb47e.ee84f450"
# ## 10.10 Keeping score: exact match, or BLEU
#
# A date has one right answer, and exact match will do. Sentences are different: there are several good ways to say most things. The idea of **BLEU** (Papineni et al. 2002): count which share of the translation's $n$-grams ($n$ consecutive words or characters) occur in a reference, for $n = 1, 2, 3, 4$; take the
# geometric mean; and mark down what is too short:
#
# $$\text{BLEU} = \text{BP} \cdot \Bigl(\prod_{n=1}^{4} p_n\Bigr)^{1/4}, \qquad \text{BP} = \min\bigl(1,\; e^{\,1 - r/c}\bigr),$$
#
# where (in this section only) $c$ is the length of the translation, $r$ that of the reference, and $p_n$ the precision of $n$-grams, each counted at most as often as it occurs in the reference. The counts are those of the whole test set; it is not a mean over sentences. Here it is written out, and compared with sacrebleu, the standard implementation:

# %% name="bleu" tags=["chinese-data"]
def ngrams(symbols, n):
    return Counter(tuple(symbols[k : k + n]) for k in range(len(symbols) - n + 1))


def bleu(written, references):
    """字符级 BLEU，0 到 100；两个列表，一一对应 || BLEU of characters, 0 to 100; two lists that go together"""
    log_precision = 0.0
    for n in range(1, 5):
        ours = [ngrams(line, n) for line in written]
        wanted = [ngrams(line, n) for line in references]
        # & 取较少的次数 || & takes the smaller count
        matched = sum((a & b).total() for a, b in zip(ours, wanted))
        log_precision += math.log(matched / sum(a.total() for a in ours)) / 4
    c, r = sum(map(len, written)), sum(map(len, references))
    return 100 * math.exp(min(0, 1 - r / c) + log_precision)


references = ["请先保存文件再关闭窗口", "您没有打开任何文件"]
translations = {
    "换个说法 || a paraphrase": ["关闭窗口之前请保存文件", "当前没有文件被打开"],
    "意思反了 || the opposite": ["请先关闭窗口再保存文件", "您打开了任何文件"],
    "只译了一半 || only half of it": ["请先保存文件", "您没有打开"],
}
theirs = {
    name: sacrebleu.corpus_bleu(lines, [references], tokenize="zh").score
    for name, lines in translations.items()
}
for name, lines in translations.items():
    show(name, bleu(lines, references))
gap = max(abs(bleu(translations[name], references) - theirs[name]) for name in theirs)
claim("Q10-bleu", gap < 1e-9, gap=gap)
half = translations["只译了一半 || only half of it"]
c, r = sum(map(len, half)), sum(map(len, references))
unpunished = bleu(half, references) / math.exp(1 - r / c)
gap = abs(unpunished - theirs["只译了一半 || only half of it"])
claim("Q10-bleu-control", not gap < 1e-9, gap=gap)

# %% [markdown] name="bleu-meaning"
# 看三个分数的次序：**意思反了的那组得分最高**，换个说法、意思对的反而低得多。BLEU 只数字面，不懂意思；几百句平均下来它和人的判断大致同向，单独一句就别信它。还有三条规矩：
#
# * 报 BLEU 要说清怎么切词。中文按字切（sacrebleu 的 `tokenize="zh"`），换一种切法，分数不能比；
# * 用 sacrebleu，不要用自己写的：别人才复现得出来；
# * 再看几条真的译文。

# %% [markdown] lang="en" of="907f47a4.325b7103"
# Look at the order of the three: **the translations that say the opposite score highest**, the faithful paraphrases far lower. (In English: the references say "please save the file before you close the window" and "you have not opened any file"; the second set says "please close the window, then save the file" and "you
# have opened any file".) BLEU counts surfaces and knows no meaning. Over hundreds of sentences it goes roughly with human judgement; on a single one do not trust it. Three more rules:
#
# * Say how the text was split. Chinese is split into characters (sacrebleu's `tokenize="zh"`); scores from different splits cannot be compared.
# * Use sacrebleu rather than code of your own, so that others can reproduce the number.
# * And read some of the translations.

# %% [markdown] name="real" covers=["U-02", "R-07"] tags=["optional"]
# ## 10.11 选读 · 真的句子有多难
#
# 后面用不到这一节。日期是我们自己生成的，要多少有多少。真的翻译呢？同一个模型（$H = 128$，训练几十遍，按验证集选最好的一遍），两份真的英汉数据：
#
# * **地名**：国家、地区、城市的名字，五百对训练（Unicode CLDR，从 Babel 包里读）；
# * **界面句子**：JupyterLab 和它的扩展显示的话，志愿者译的，一千九百对训练（从它的中文语言包里读）。
#
# 训练集和测试集分开报；束宽 5 的，不归一和归一各报一次。一项有几个数，就训练了几次。“见过的”指参考译文一字不差地出现在训练集里：

# %% [markdown] lang="en" of="665689ed.6fde29bb"
# ## 10.11 Optional · How hard real sentences are
#
# Nothing later needs this section. The dates we made ourselves, as many as we liked. What about real translation? The same model ($H = 128$, trained for dozens of epochs, the best chosen on the validation set), and two real English-Chinese sets:
#
# * **place names**: countries, regions and cities, five hundred pairs for training (Unicode CLDR, read from the package Babel);
# * **interface sentences**: what JupyterLab and its extensions say, translated by volunteers, nineteen hundred pairs for training (read from its Chinese language pack).
#
# Training and test set are reported apart; width 5 comes without normalisation and with it. One number per training run. "Seen" means that the reference occurs in the training set word for word:

# %% name="real-data" covers=["U-02"] tags=["chinese-data"]
for english, chinese in data.place_names()[::100]:
    print(english, "->", chinese)

# %% name="real-runs" covers=["U-02", "R-07"] tags=["hide-input"]
kinds = {"places": "地名 || place names", "interface": "界面句子 || interface"}
arms = {
    "训练集，贪心 || training set, greedy": ("train", 1, 0.0),
    "测试集，贪心 || test set, greedy": ("test", 1, 0.0),
    "测试集，束宽 5，不归一 || test set, width 5, not normalised": ("test", 5, 0.0),
    "测试集，束宽 5，归一 || test set, width 5, normalised": ("test", 5, 1.0),
}
runs = data.translation_runs()
for (kind, heading), (name, arm) in itertools.product(kinds.items(), arms.items()):
    seeds = [r for r in runs if (r.data, r.part, r.width, r.alpha) == (kind, *arm)]
    print(f"{heading} · {name}")
    print("    完全匹配 || exact match", *(f"{run.exact:.0f}%" for run in seeds), end="   ")
    print("BLEU", *(f"{run.bleu:.0f}" for run in seeds), end="   ")
    shares = [f"{run.length:.2f}" for run in seeds]
    print("长度 ÷ 参考 || length ÷ reference", *shares, end="   ")
    print(f"见过的 {seeds[0].seen:.0f}% || seen {seeds[0].seen:.0f}%")

# %% [markdown] name="real-meaning" covers=["U-02"]
# 一条一条老实看：
#
# * **地名：背下来了，没学会。** 训练集上全对，测试集上几乎全错，BLEU 只有两三分。音译的规矩五百对看不出来。
# * **界面句子：看上去学会了一点。** 测试集 BLEU 近二十分，约一成一字不差。可是再看“见过的”那一项：测试集里本来就有约一成的参考译文，训练集里一模一样（英文只差大小写、省略号之类）。按句子随机分，和 10.1 节按行分日期是同一种泄漏。界面的话翻来覆去就是那些词，这才有近二十分。而且只训练了一次，别当定论。
# * **长度**：束宽 5 不归一，写得比参考译文短一两成；归一之后就够长了，和刚才的小解码器是一个道理。BLEU 却没有因此变好。
#
# 为什么日期行，句子不行？日期的规律少，数据几万行；句子的规律多得多，数据只有一千九百行。2014 年那篇论文用了一千二百万对句子、四层各一千个隐藏单元。模型没有错，是**数据差了近四个数量级**。第 11 章的注意力拆掉窄门，可拆不出更多的数据。
#
# 想自己跑：`python datasets/make_translation.py 我的.csv`，约三分钟。语言包的译文不抄进这份仓库。

# %% [markdown] lang="en" of="19f0f197.3b89fa9c"
# One by one, and honestly:
#
# * **Place names: learnt by heart, not learnt.** All of the training set is right, hardly anything of the test set, and BLEU is two or three points. Five hundred pairs do not give away the rules of transliteration.
# * **Interface sentences: something seems to have been learnt.** The test set has a BLEU of nearly twenty, and about one sentence in ten is right to the last character. But look at "seen": for about one in ten of the test sentences the reference stands in the training set word for word (the English differs in capitals, an ellipsis and the like). Dividing at random by sentence leaks just as dividing dates by row did in
#   section 10.1. And an interface says much the same things in much the same words; hence the twenty points. Besides, it was trained once only: do not take it as settled.
# * **Length**: width 5 without normalisation writes ten to twenty per cent less than the references; with normalisation it is long enough, as with the tiny decoders above. BLEU is none the better for it.
#
# Why dates and not sentences? Dates have few rules and tens of thousands of rows; sentences have far more rules, and there are nineteen hundred of them. The paper of 2014 had twelve million pairs and four layers of a thousand units. Nothing is wrong with the model; **the data are nearly four orders of magnitude short**. The attention of Chapter 11
# takes the narrow door away; it brings no data.
#
# To run it yourself: `python datasets/make_translation.py mine.csv`, about three minutes. The language pack's translations are not copied into this repository.

# %% [markdown] name="papers" covers=["L-08", "L-11", "!25"] tags=["optional"]
# ## 10.12 选读 · 三篇论文怎么读
#
# 后面用不到这一节。
#
# **Sutskever、Vinyals、Le（2014），Sequence to Sequence Learning with Neural Networks。** 先看图 1，就是 10.2 节的图（它把 BOS 和 EOS 合成一个 `<EOS>`）。然后带着三个问题读：
#
# * *最要紧的数是哪几个？* WMT'14 英译法，五个倒着读的模型合在一起、束宽 12：BLEU 34.8；作为基线的短语系统 33.3。只用一个倒着读的模型是 30.6，没有超过。引用 34.8 的时候，别漏了“五个合在一起”。
# * *倒着读值多少？* 单个模型，困惑度从 5.8 降到 4.7，BLEU 从 25.9 升到 30.6（3.3 节）。作者自己说解释得并不完全。
# * *它怕不怕长句？* 图 3 说不太怕。同年 Cho 等人和 Bahdanau 等人的测量却说怕，Bahdanau 由此提出了注意力。条件不同，结论就不同：你在 10.7 节也量过一次。
#
# **Cho 等（2014），Learning Phrase Representations using RNN Encoder–Decoder。** 几乎同时提出编码器–解码器，还带来了 GRU（第 6 章）。它没有拿来直接翻译，而是给短语系统的候选打分。
#
# **Vinyals、Le（2015），A Neural Conversational Model。** 把“源句”换成上一句话、“译文”换成回答，同一个模型就成了聊天机器人，用的是 IT 客服记录和电影字幕。读的时候看两处：它回答常识问题的例子很惊艳；它对同一个问题换种问法，会给出前后矛盾的身份。没有谁教过它“自己是谁”。今天的聊天模型仍是“读上文、写下文”，这篇是起点之一。

# %% [markdown] lang="en" of="339ba2a8.afc4a7db"
# ## 10.12 Optional · How to read three papers
#
# Nothing later needs this section.
#
# **Sutskever, Vinyals, Le (2014), Sequence to Sequence Learning with Neural Networks.** Look at Figure 1 first: it is the picture of section 10.2 (with BOS and EOS merged into one `<EOS>`). Then read with three questions:
#
# * *Which numbers matter most?* WMT'14 English to French, five reversed models together with a beam of 12: BLEU 34.8, against 33.3 of the phrase-based baseline. A single reversed model has 30.6 and does not beat it. When you quote 34.8, do not leave out "five together".
# * *What is reversal worth?* For a single model perplexity falls from 5.8 to 4.7, and BLEU rises from 25.9 to 30.6 (section 3.3). The authors say themselves that their explanation is not complete.
# * *Does it fear long sentences?* Hardly, says Figure 3. Measurements by Cho et al. and Bahdanau et al. in the same year say it does, and led Bahdanau to attention. Other conditions, other conclusions: in section 10.7 you have made a measurement of your own.
#
# **Cho et al. (2014), Learning Phrase Representations using RNN Encoder–Decoder.** The encoder and decoder at almost the same time, together with the GRU (Chapter 6). It was not used to translate by itself but to score candidates of a phrase-based system.
#
# **Vinyals, Le (2015), A Neural Conversational Model.** Make the source what was said last and the target the reply, and the same model becomes a chatbot; its data were IT help-desk records and film subtitles. Look at two places: its answers to questions of general knowledge are striking; and asked the same
# thing in other words, it gives itself another identity. Nobody had taught it who it was. Today's chat models still read what came before and write what comes next; this is one of the places where that began.

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前。

# %% [markdown] lang="en" of="85f65c75.f998a69f"
# ## How did your bets come out?
#
# All your bets of this chapter, those that you were sure of and lost first.

# %% name="bets"
bets_summary("10")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 编码器读完，交出一个状态；解码器从它开始，写一个，喂一个。整句话都要过这道窄门。
# 2. 教师强制喂真值，错开一格；评估时让它自己写。损失低得出奇，先查它是不是看见了答案。
# 3. 束搜索找概率大的句子，概率大的句子偏短：按长度归一，并且读几条真的译文。

# %% [markdown] lang="en" of="90137b61.75af9288"
# ## Three lines to remember
#
# 1. The encoder reads and hands over one state; from there the decoder writes one symbol, is fed it, writes the next. The whole sentence has to go through that narrow door.
# 2. Teacher forcing feeds the truth, one place apart; to evaluate, let the model write by itself. Is the loss wonderfully low? Find out whether it can see the answer.
# 3. Beam search finds probable sentences, and probable sentences are too short: normalise by length, and read some of the translations.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz" covers=["A-03"]
quiz("10-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 轮到你写了：[练习 E09 · 一句话换一句话](../../exercises/zh/E09_seq2seq.ipynb)。移位、损失、解码、打分，四段管道 10.3 节都出现过；合上这一章自己写，要求更严：早停、宽度不同、PAD 换编号。**做完之后再往下读**，下一节会把答案的各种写法摆出来。
#
# 然后是第 11 章：拆掉窄门。

# %% [markdown] lang="en" of="b3a44cdf.00b94d76"
# ## What next
#
# Your turn: [Exercise E09 · One sentence for another](../../exercises/en/E09_seq2seq.ipynb). Shifting, loss, decoding, scoring: you saw all four pipes in section 10.3; close the chapter and write them yourself, to stricter rules: early stopping, unequal widths, another number for PAD. **Do it before you read on**: the next section lays many versions of the answer on the table.
#
# Then comes Chapter 11, which takes down the narrow door.

# %% [markdown] name="judge" tags=["wrong-code"]
# ## 做完 E09 之后：换你来当批改者
#
# 批改程序手里只有几组输入和参考答案。下面准备了 E09 里 `teacher_forced_loss` 的十种写法，有对有错；请你设计**三组输入** `(logits, y, pad)`，看能识破几种错误，又会不会冤枉对的。先看一组偷懒的：得分随机，形状都对，只是没有一个 PAD。

# %% [markdown] lang="en" of="eec56ae8.99220626"
# ## After E09: be the grader
#
# A grader has nothing but a few inputs and a reference answer. Here are ten implementations of E09's `teacher_forced_loss`, right ones and wrong ones. Design **three inputs** `(logits, y, pad)`: how many wrong ones do they catch, and do they wrong any that are right? First a lazy one: random scores, the shapes are fine,
# but there is not a single PAD.

# %% name="judge-lazy" tags=["wrong-code"]
def random_input(seed, lengths, T=4, V=6, pad=5):
    """(logits, y, pad)：每行 lengths 个符号，后面是 pad || (logits, y, pad): lengths symbols in the rows, pad behind them"""
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(len(lengths), T, V, generator=g, dtype=torch.float64)
    y = torch.randint(0, pad, (len(lengths), T), generator=g)
    y[torch.arange(T) >= torch.tensor(lengths).unsqueeze(1)] = pad
    return logits, y, pad


judge("E09", "teacher_forced_loss", [random_input(0, lengths=[4, 4])], tolerance=1e-9)

# %% [markdown] name="judge-task" tags=["wrong-code"]
# 每一条“漏网”都在问你：怎样的输入能让它露馅？改下面的三组，争取全部识破、一个不冤枉。有一种错误，两行一样长的时候抓不住，是哪一种？

# %% [markdown] lang="en" of="78707751.8b27fe6c"
# Each "missed" line asks you: what input would give it away? Change the three below until you catch them all and wrong none. One of the mistakes cannot be caught while all rows are equally long; which?

# %% name="judge-yours" tags=["wrong-code"]
# 改这里 || change this
my_inputs = [random_input(seed, lengths=[3, 3]) for seed in (1, 2, 3)]
judge("E09", "teacher_forced_loss", my_inputs, tolerance=1e-9)
