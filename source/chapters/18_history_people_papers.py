# ---
# jupyter:
#   course:
#     chapter: "18"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 18 章 历史、人物与论文
#
# **阅读 30 分钟 · 动手 20 分钟 · 难度 ⭐**
#
# 读完这一章，你能够：
#
# 1. 把循环网络五十年的大事排出次序，说出每一件当时主张什么、这门课量到了什么；
# 2. 用三十行代码跑一遍 1982 年的网络，知道它装得下多少、坏在哪里；
# 3. 听到一句流传很广的话，分得清它是查得到的事实、有根据的推断，还是意见。
#
# 需要的基础：第 4、5、10、11 章；最后两节（18.10、18.11）还用到第 12、13 章。历史最好学完再读：每一件事你都已经跑过了。

# %% [markdown] lang="en" of="3488a43c.4adac6e5"
# # Chapter 18. History, people and papers
#
# **30 min reading · 20 min at the keyboard · difficulty ⭐**
#
# By the end of this chapter you can
#
# 1. put fifty years of recurrent networks in order and say, of each event, what was claimed at the time and what this course measured of it;
# 2. run the network of 1982 in thirty lines and know how much it holds and where it fails;
# 3. tell, of a sentence that everybody repeats, whether it is a fact that can be looked up, a reasoned inference or an opinion.
#
# You need Chapters 4, 5, 10 and 11, and for the last two sections before the errors (18.10, 18.11) Chapters 12 and 13 as well. History is best read last: you have run all of it already.

# %% name="setup"
import torch
from torch import nn
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import (
    Explorer, bets_summary, paper_cards, people_cards, predict, quiz,
)

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，分别来自第 4、5、11 章。

# %% [markdown] lang="en" of="9027de03.e16c25c1"
# ## Warm-up
#
# Three questions, from Chapters 4, 5 and 11.

# %% name="recall" covers=["A-03"]
quiz("18-recall")

# %% [markdown] name="columns-intro" covers=["H-01", "!20"]
# ## 18.1 一张流传很广的时间线
#
# 许多入门资料里都有一张这样的图，十年一栏：
#
# | 1980 年代 | 1990 年代 | 2000 年代 | 2010 年代 |
# |---|---|---|---|
# | Hopfield 网络 | LSTM | 遗忘门 | Seq2Seq |
# | 简单 RNN（Elman） | | GRU | 注意力进入翻译 |
# | 发现梯度消失（Hochreiter） | | | Transformer |
#
# 九条，四栏，整整齐齐。算哪一年，先讲好规矩：**按正式发表的年份**，有期刊版看期刊版，没有就看最早公开的那一版（会议论文、毕业论文或预印本）。
#
# 不用翻书，凭前面十几章的印象：放错了栏的有几条？

# %% [markdown] lang="en" of="41d3ffa6.2b861c5b"
# ## 18.1 A timeline that travels
#
# Many introductions have a picture like this, a column for each decade:
#
# | 1980s | 1990s | 2000s | 2010s |
# |---|---|---|---|
# | Hopfield network | LSTM | forget gate | Seq2Seq |
# | simple RNN (Elman) | | GRU | attention in translation |
# | vanishing gradients found (Hochreiter) | | | Transformer |
#
# Nine entries in four neat columns. What counts as the year? A rule first: **the year of publication**, in a journal if there is a journal version, otherwise that of the first public version, be it proceedings, a thesis or a preprint.
#
# Without looking anything up, from what the earlier chapters left with you: how many stand in the wrong column?

# %% name="bet-columns"
predict("Q18-columns")

# %% name="columns" covers=["H-01", "H-04", "!20"]
# popular：那张图里的栏；decade：由出处的年份得来 || popular: its column in that picture; decade: by the reference
listed = [work for work in data.history.works() if work.popular]
misplaced = [work for work in listed if work.popular != work.decade]
print("✗/✓ 那一栏 | 年份  条目 || ✗/✓ column | year  entry")
for work in listed:
    mark = "✗" if work in misplaced else "✓"
    print(f"{mark} {work.popular} | {work.date[:4]}  {work.name}")
claim("Q18-columns", len(misplaced) == 3, misplaced=len(misplaced), entries=len(listed))

# %% [markdown] name="columns-meaning" covers=["H-04", "H-07"]
# 三条都往前挪了：Elman 网络是 1990 年的（1986 年的“简单 RNN”是 Jordan 网络，送回去的是输出，不是隐藏状态），Hochreiter 的毕业论文在 1991 年，GRU 在 2014 年。
#
# 换一条规矩，答案的成员就变。1989 年一篇论文的摘要写着“Elman（1988）提出的网络”（Cleeremans、Servan-Schreiber、McClelland，*Neural Computation* 1(3)，读过摘要），那指的是一份 1988 年的技术报告（转述）；遗忘门 1999 年先在会议 ICANN 上发表。**按第一次露面算**，Elman 在八十年代就没有错，错的换成遗忘门，Hochreiter 和 GRU 照旧：还是三条，不是同样的三条。所以差一两年，先问按什么算；GRU 离那一栏最近也差着五年，按什么算都错，那才是抄的人没有去看论文。
#
# 这一章只有一条规矩：**每句话都带着出处，读过多少写多少。** 出处写在 18.2 节的时间线里、[18.7 节的卡片](18_history_people_papers.ipynb#cell-id=papers)上，或者就在句子后面的括号里；全部的年份和链接都在一个文件里（`datasets/history.yaml`），每条注明读过原文、首页、摘要，还是“转述”（没有读到，别处这样说）。发现错了，改那一个文件。

# %% [markdown] lang="en" of="e0e1e021.a683633f"
# All three were dated too early: Elman's network is of 1990 (the "simple RNN" of 1986 is Jordan's, which feeds back the output and not the hidden state), Hochreiter's diploma thesis of 1991, the GRU of 2014.
#
# Another rule has other members. The abstract of a paper of 1989 speaks of "a network architecture introduced by Elman (1988)" (Cleeremans, Servan-Schreiber and McClelland, *Neural Computation* 1(3), abstract read), which is a technical report of that year (at second hand); and the forget gate was at a conference, ICANN, in 1999. **By first appearance** Elman is right in the 1980s and the forget gate is wrong instead, while Hochreiter and the GRU stay as they are: three again, but not the same three. So where it is a year or two, ask first how they were counted. The GRU, at least five years outside its column, is wrong by any rule, and only that proves that somebody copied without looking at the paper.
#
# This chapter has one rule: **every statement carries its reference, and says how much of it was read.** References are in the timeline of 18.2, on the [cards of 18.7](18_history_people_papers.ipynb#cell-id=papers), or in brackets after the sentence; all dates and links stand in one file (`datasets/history.yaml`), each marked as read, first page read, abstract read, or "at second hand" (not seen; others say so). If you find an error, that is the one file to correct.

# %% [markdown] name="timeline-intro" covers=["H-01", "H-02", "H-03", "H-05", "H-06", "H-07", "H-08", "H-09", "H-10", "H-11", "H-12", "H-13", "H-14", "!21", "!23", "!24", "!25"]
# ## 18.2 把它们排对
#
# 四组事件，次序是乱的。把最早的拖到最上面；键盘用上下方向键。点开一条，看它当时主张什么，这门课量到了什么，在哪一章哪一节。全部排对，年份和出处就出来。

# %% [markdown] lang="en" of="ee46e92d.a7def04b"
# ## 18.2 Put them in order
#
# Four rounds of events, out of order. Drag the earliest to the top, or use the up and down arrows. Choose one and read what it claimed, what this course measured of it, and in which section. When all are right, years and references appear.

# %% name="timeline" covers=["H-01", "H-10", "H-11", "H-12", "H-13", "H-14"]
Explorer("timeline", **data.history.timeline())

# %% [markdown] name="timeline-notice" covers=["H-06", "H-10", "H-11", "H-12", "H-13", "H-14"]
# **看出来了吗？**
#
# * **名字和发明常常隔着几年。** 双向网络 1997 年就有，“流行的 2005 年”是双向 LSTM；遗忘门的期刊版是 2000 年，会议版 1999 年。
# * **2014 年夏天很挤。** Cho 等的编码器–解码器（六月）、Bahdanau 等的注意力（9 月 1 日）、Sutskever 等的论文（9 月 10 日），前后三个多月。谁“提出了编码器–解码器”，一个名字装不下；2013 年还有 Kalchbrenner 和 Blunsom。
# * **中间有一段冷清的年月。** 从 1997 年的 LSTM 到 2013 年的语音，图上很稀。那时缺的不只是算力：语音识别的目标序列和声音帧对不齐，单靠一个循环网络，每一帧都得有标签；2006 年的 CTC（一种把所有对齐方式加起来算的损失）去掉了这个要求（CTC 的论文：转述）。
# * **换代不是一天的事。** 百度的 Deep Speech 2（2015 年 12 月）、Google 的翻译（2016 年 9 月）都在入门资料常说的“黄金时期”里；Facebook 宣布翻译全部换成神经网络是 2017 年 8 月，先用的正是带注意力的 LSTM，那时 Transformer 的论文已经贴出两个月了。

# %% [markdown] lang="en" of="b9ff13ac.305b46b8"
# **Did you notice?**
#
# * **Names and inventions are often years apart.** Bidirectional networks date from 1997; what "became popular in 2005" is the bidirectional LSTM. The journal has the forget gate in 2000, a conference in 1999.
# * **The summer of 2014 was crowded.** The encoder–decoder of Cho et al. in June, the attention of Bahdanau et al. on 1 September, the paper of Sutskever et al. on 10 September: all in a little over three months. "Who proposed the encoder–decoder" has no one-name answer, the less so as Kalchbrenner and Blunsom had one in 2013.
# * **There is a quiet stretch.** From the LSTM of 1997 to speech in 2013 the picture is sparse. It was not only computing power that was missing: in speech recognition the target does not line up with the frames of sound, and a recurrent network by itself needed a label for every frame, until CTC (2006, a loss that sums over all alignments; that paper at second hand) did away with that.
# * **No generation changes in a day.** Baidu's Deep Speech 2 (December 2015) and Google's translation (September 2016) belong to what guides like to call the "golden age"; Facebook announced that its translation had gone over to neural networks in August 2017, beginning with LSTMs with attention, when the Transformer paper had been out for two months.

# %% [markdown] name="hopfield" covers=["H-02", "L-01"]
# ## 18.3 1982：滚到谷底的记忆
#
# 你闻到一种气味，想起外婆的厨房。给一点残缺的线索，整件事自己浮上来。怎样的网络会这样？
#
# Hopfield 的回答里，每样东西你都认得。$H$ 个单元，状态 $h$ 的每个数只能是 +1 或 −1（论文里写作 1 和 0：转述；意思一样）；没有输入，只有循环：
#
# $$h_i \leftarrow \operatorname{sign}\Big(\sum_{j} (W_h)_{ij}\, h_j\Big), \qquad W_h = \sum_{k=1}^{P} \xi_k \xi_k^\top \quad (\text{对角线取 } 0)$$
#
# {symbols: W_h; \xi_k}
#
# 加起来正好是 0 的单元，保持原样。
#
# 和 `nn.RNN` 比，差别有四处：`tanh` 换成 `sign`；没有 $x_t$；一次只动一个单元，次序随机；权重不是训练出来的，是 $P$ 个模式（pattern）的外积一次加成的（Hebb 规则：两个单元在模式里同号，连接就加一）。$W_h$ 对称，所以有一个“高度” $E = -\tfrac12 h^\top W_h h$，每动一个单元只降不升：存下的模式是谷底，残缺的线索是半坡，剩下的是**滚下去**。

# %% [markdown] lang="en" of="b4a07d1d.1eb1565e"
# ## 18.3 1982: a memory that rolls downhill
#
# A smell, and you are back in your grandmother's kitchen. A scrap of a cue, and the whole comes up by itself. What kind of network does that?
#
# You know every part of Hopfield's answer. There are $H$ units; each number of the state $h$ is +1 or −1 (1 and 0 in the paper, at second hand; it comes to the same thing); no input, recurrence alone:
#
# $$h_i \leftarrow \operatorname{sign}\Big(\sum_{j} (W_h)_{ij}\, h_j\Big), \qquad W_h = \sum_{k=1}^{P} \xi_k \xi_k^\top \quad (\text{with a zero diagonal})$$
#
# {symbols: W_h; \xi_k}
#
# A unit whose sum is exactly 0 stays as it is.
#
# Four things differ from `nn.RNN`: `sign` in place of `tanh`; no $x_t$; one unit moves at a time, in random order; and the weights are not trained but added up in one go from the outer products of $P$ patterns (Hebb's rule: where two units agree in a pattern, their connection gains one). As $W_h$ is symmetric there is a "height", $E = -\tfrac12 h^\top W_h h$, and no move of a unit ever raises it: stored patterns are valleys, a broken cue is a point on the slope, and the rest is **rolling down**.

# %% [markdown] name="bet-restored-intro"
# $P/H$，也就是一个单元摊到几个模式，叫**负载**（load）。先下一注：200 个单元，全是随机的模式，每个翻掉十分之一的位，再让它滚。负载 0.05 就是存 10 个，0.20 是 40 个；别的都不改。

# %% [markdown] lang="en" of="edc72f68.f2e7a44e"
# $P/H$, the number of patterns for each unit, is called the **load**. A bet first: 200 units, random patterns only, a tenth of the entries of each flipped, and then it rolls. A load of 0.05 means 10 stored patterns, 0.20 means 40; nothing else changes.

# %% name="bet-restored"
predict("Q18")

# %% [markdown] name="letter-intro" covers=["H-02"]
# 下面就是全部的代码。先看一个画得出来的例子：存一个字母 R 和一些随机的模式，再把 R 翻掉十分之一的像素，看它滚到哪里。右边两张图只差一样：一共存了几个模式。

# %% [markdown] lang="en" of="e4431a01.476f2b22"
# The whole code is below. First an example that can be drawn: a letter R is stored together with random patterns, a tenth of its pixels are flipped, and we see where it rolls. The two pictures on the right differ in one thing: how many patterns are stored.

# %% name="hopfield-code" covers=["H-02", "L-01"]
def store(patterns):
    """Hebb 规则：(P, H)，每个数 ±1 -> W_h (H, H) || Hebb's rule: (P, H), entries ±1 -> W_h (H, H)"""
    return (patterns.T @ patterns).fill_diagonal_(0)


def relax(W_h, h, generator, sweeps=20):
    """一个单元一个单元地更新，直到谁也不动：h (B, H) -> (B, H)
    || Update one unit after another until none moves: h (B, H) -> (B, H)"""
    h = h.clone()
    for _ in range(sweeps):
        before = h.clone()
        for i in torch.randperm(h.shape[1], generator=generator):
            field = h @ W_h[i]                                          # (B,)
            h[:, i] = torch.where(field == 0, h[:, i], field.sign())
        if torch.equal(h, before):
            break
    return h


def random_patterns(P, H, generator):
    return torch.randint(2, (P, H), generator=generator).double() * 2 - 1


def damaged(patterns, generator, share=0.1):
    """每个模式翻掉这么多位 || This share of the entries of every pattern is flipped"""
    cues, H = patterns.clone(), patterns.shape[1]
    for row in range(len(cues)):
        flipped = torch.randperm(H, generator=generator)[: round(share * H)]
        cues[row, flipped] *= -1
    return cues


# %% name="letter" tags=["hide-input"] covers=["H-02"]
R = """
............
..######....
..##...##...
..##....##..
..##....##..
..##...##...
..######....
..##.##.....
..##..##....
..##...##...
..##....##..
............"""
rows = R.split()
letter = torch.tensor([[1.0 if c == "#" else -1.0 for c in row] for row in rows])
letter = letter.double().reshape(1, -1)                                 # (1, 144)


def letter_back(load, seed=0):
    """同一个残缺的 R，和别的模式存在一起 -> 线索，回忆，差几位
    || The same damaged R, stored with others -> cue, recall, entries wrong"""
    g = torch.Generator().manual_seed(seed)
    cue, P = damaged(letter, g), round(load * letter.shape[1])
    patterns = torch.cat([letter, random_patterns(P - 1, letter.shape[1], g)])
    h = relax(store(patterns), cue, g)
    return cue, h, int((h != letter).sum()), P


fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.8))
cue, few, few_wrong, few_P = letter_back(0.05)
_, many, many_wrong, many_P = letter_back(0.20)
pictures = {
    "线索：翻掉 14 位 || the cue: 14 flipped": cue,
    f"一共存 {few_P} 个：错 {few_wrong} 位 || {few_P} stored: {few_wrong} wrong": few,
    f"一共存 {many_P} 个：错 {many_wrong} 位 || {many_P} stored: {many_wrong} wrong": many,
}
for ax, (label, h) in zip(axes, pictures.items()):
    ax.imshow(h.reshape(12, 12), cmap="gray_r", vmin=-1, vmax=1)
    ax.set_title(label, fontsize=10)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
plt.show()

# %% [markdown] name="restored-intro"
# 一张图只是一个例子。现在回到下注的那一题，三个种子。

# %% [markdown] lang="en" of="f73ddaba.85f199fb"
# One picture is one example. Back to the bet, with three seeds.

# %% name="restored" covers=["H-02", "L-01"]
def recalled(H, load, seed, rule=store):
    """存下 load · H 个随机模式，回忆残缺的前 20 个（至多）-> 重叠度，全对的比例
    || Store load · H random patterns, recall the first 20 (at most), damaged
    -> overlap, share without an error"""
    g = torch.Generator().manual_seed(seed)
    patterns = random_patterns(round(load * H), H, g)
    wanted = patterns[:20]
    h = relax(rule(patterns), damaged(wanted, g), g)
    return (h * wanted).mean().item(), (h == wanted).all(dim=1).double().mean().item()


light = [recalled(200, 0.05, seed)[1] for seed in range(3)]
heavy = [recalled(200, 0.20, seed)[1] for seed in range(3)]
show("全部复原的比例，负载 0.05 || share restored, load 0.05", *light)
show("全部复原的比例，负载 0.20 || share restored, load 0.20", *heavy)
claim("Q18", min(light) == 1, restored=min(light))
claim("Q18-control", not min(heavy) == 1, restored=max(heavy))
claim("Q18-heavy", max(heavy) <= 1 / 4, restored=max(heavy))
claim("Q18-heavy-control", not max(light) <= 1 / 4, restored=min(light))

# %% [markdown] name="restored-meaning" covers=["H-02"]
# 负载低的时候，一位不差；存得多了，谷挤在一起，线索滚进了不属于任何人的坑里。这就是 1982 年那篇论文的主张和它的边界，两样都量到了。
#
# 它之前就有近亲：Amari 1972 年、Little 1974 年都写过会停住的网络（转述）。2024 年，Hopfield 和 Hinton 同获诺贝尔物理学奖，新闻稿里提到的正是这种联想记忆（瑞典皇家科学院，2024 年 10 月 8 日）。

# %% [markdown] lang="en" of="82258d98.7fd19189"
# At low load, to the last bit; with too much stored the valleys crowd and the cue rolls into a hole that is nobody's. That is the claim of the paper of 1982 and its limit, both measured.
#
# It had relatives before: Amari in 1972 and Little in 1974 wrote about networks that come to rest (at second hand). In 2024 Hopfield and Hinton shared the Nobel Prize in Physics, and the press release names this associative memory (Royal Swedish Academy of Sciences, 8 October 2024).

# %% [markdown] name="capacity-intro" covers=["L-01"]
# ## 18.4 装得下多少？
#
# 400 个单元，十六万个连接（对称，对角线是 0，所以不同的数有 79,800 个）。慢慢往里加随机的模式，看平均还有多少位认得对。**重叠度**（overlap）是 $h$ 与模式逐位相乘再平均：全对是 1，对 95 % 的位是 0.9，瞎猜是 0。

# %% [markdown] lang="en" of="bb453316.4f26a141"
# ## 18.4 How much does it hold?
#
# 400 units have 160,000 connections (79,800 different numbers, as they are symmetric with an empty diagonal). Add random patterns little by little and see how many entries still come back right. The **overlap** multiplies $h$ with the pattern entry by entry and takes the mean: 1 is perfect, 0.9 is 95 % of the entries, 0 is guessing.

# %% name="bet-capacity"
predict("Q18-capacity")

# %% name="capacity" covers=["L-01"]
def project(patterns):
    """另一种存法：投影到模式张成的空间 (P, H) -> (H, H)
    || Another way to store: project onto the span of the patterns (P, H) -> (H, H)"""
    return (torch.linalg.pinv(patterns) @ patterns).fill_diagonal_(0)


def mean_overlap(load, rule):
    return sum(recalled(400, load, seed, rule)[0] for seed in range(3)) / 3


LOADS = 0.02, 0.05, 0.08, 0.10, 0.12, 0.14, 0.16, 0.18, 0.20, 0.25, 0.30
by_hebb = [mean_overlap(load, store) for load in LOADS]
by_projection = [mean_overlap(load, project) for load in LOADS]

fig, ax = plt.subplots(figsize=(6.5, 3))
ax.plot(LOADS, by_hebb, "o-", label="Hebb 规则 || Hebb's rule")
ax.plot(LOADS, by_projection, "s--", label="投影 || projection")
ax.axvline(0.138, color="#777777", linestyle=":", label="0.138（理论） || 0.138 (theory)")
ax.set(xlabel="负载 P/H || load P/H", ylabel="重叠度 || overlap", ylim=(0, 1.05))
ax.legend(loc="lower left")
plt.show()

held = max(load for load, overlap in zip(LOADS, by_hebb) if overlap >= 0.9)
crowded = LOADS.index(0.30)
above = min(load for load in LOADS if load > held)
claim("Q18-capacity", 0.12 <= held <= 0.16,
      capacity=round(held * 400), above=round(above * 400))
claim("Q18-rule", by_hebb[crowded] < 0.7, overlap=by_hebb[crowded])
claim("Q18-rule-control", not by_projection[crowded] < 0.7,
      overlap=by_projection[crowded])

# %% [markdown] name="capacity-meaning" covers=["L-01", "H-02"]
# 悬崖在 0.14 附近。虚线的 0.138 是统计物理算出来的（Amit、Gutfreund、Sompolinsky 1985，转述；条件是单元极多、模式随机）；1982 年的论文自己说的是约 0.15（转述）。换成投影（projection；Personnaz、Guyon、Dreyfus 1985，转述；要先把全部模式摆在一起才算得出，不像 Hebb 规则可以一个一个加），**同样的单元、同样的更新**，负载 0.30 也认得出来：不够用的是 Hebb 那一笔加法，不是十六万个连接。
#
# 还有两样毛病，顺手就能看见。一是**镜像**：把模式的每一位都反过来，也是谷底，因为 $E$ 里 $h$ 出现两次，负号抵消了。二是它**一次只认出一个**，没有“先”和“后”。

# %% [markdown] lang="en" of="b823e28b.e4f12fcf"
# The cliff is near 0.14. The dotted 0.138 comes from statistical physics (Amit, Gutfreund and Sompolinsky 1985, at second hand; for very many units and random patterns); the paper of 1982 itself says about 0.15 (at second hand). Stored by projection (Personnaz, Guyon and Dreyfus 1985, at second hand; it needs all patterns at once, where Hebb's rule adds them one by one), the **same units with the same updates** still recognise patterns at a load of 0.30: what runs out is Hebb's addition, not the 160,000 connections.
#
# Two more faults are easy to see. One is the **mirror**: a pattern with every sign flipped is a valley too, since $h$ occurs twice in $E$ and the signs cancel. The other: it recalls **one pattern at a time** and knows no before and after.

# %% name="mirror" covers=["H-02"]
def moved_by_relaxing(seed):
    """存五个，从每个的镜像开始，再从五个没存过的开始 -> 各动了几位
    || Store five; start from their mirrors, then from five others -> entries moved"""
    g = torch.Generator().manual_seed(seed)
    mirrors = -random_patterns(5, 200, g)
    strangers = random_patterns(5, 200, g)
    W_h = store(-mirrors)
    return [int((relax(W_h, h, g) != h).sum()) for h in (mirrors, strangers)]


moved, stranger_moved = zip(*(moved_by_relaxing(seed) for seed in range(3)))
claim("Q18-mirror", max(moved) == 0, moved=max(moved))
claim("Q18-mirror-control", not min(stranger_moved) == 0, moved=min(stranger_moved))

five = random_patterns(5, 200, torch.Generator().manual_seed(0))
reordered = five[[3, 0, 4, 1, 2]]
claim("Q18-order", torch.equal(store(reordered), store(five)),
      gap=(store(reordered) - store(five)).abs().max())

# %% [markdown] name="walk-intro" covers=["H-02", "H-03"]
# ## 18.5 挪一个下标，就有了时间
#
# 五个模式换个次序再存，$W_h$ 一个数也不变：它压根不知道谁先谁后。所以把它叫作“最早的序列网络”是不对的，它是**停**下来的网络。
#
# 可是只要挪一个下标：不让模式指着自己，而是指着**下一个**，
#
# $$W_h = \sum_{k=1}^{P} \xi_{k+1}\, \xi_k^\top, \qquad \xi_{P+1} = \xi_1 .$$
#
# 五个模式排成一圈，从残缺的第一个开始，更新十步。和 18.3 节有一处不同：这里**所有单元一起动**，像 `nn.RNN` 那样；两种权重都这样跑，差别就只在那个下标。

# %% [markdown] lang="en" of="8d66cc8e.229c153e"
# ## 18.5 One index moved, and there is time
#
# Store the five patterns in another order and not a number of $W_h$ changes: it has no idea which came first. To call it "the first sequence network" is wrong, then; it is a network that comes to **rest**.
#
# But move one index. Let a pattern point not to itself but to the **next** one,
#
# $$W_h = \sum_{k=1}^{P} \xi_{k+1}\, \xi_k^\top, \qquad \xi_{P+1} = \xi_1 .$$
#
# Put the five patterns in a circle, start from the first one, damaged, and update for ten steps. One thing is unlike section 18.3: here **all units move together**, as in `nn.RNN`. Both kinds of weights are run that way, so that the index is the only difference.

# %% name="bet-walk"
predict("Q18-walk")

# %% name="walk" covers=["H-02", "H-03"]
def store_next(patterns):
    """指着下一个：(P, H) -> W_h (H, H) || Pointing to the next: (P, H) -> W_h (H, H)"""
    return (patterns.roll(-1, dims=0).T @ patterns).fill_diagonal_(0)


def visits(rule, seed, steps=10):
    """所有单元一起动：每一步离哪个模式最近
    || All units move together: the nearest pattern after each step"""
    g = torch.Generator().manual_seed(seed)
    patterns = random_patterns(5, 200, g)
    W_h, h, nearest = rule(patterns), damaged(patterns[:1], g), []
    for _ in range(steps):
        h = (h @ W_h.T).sign()                                          # (1, H)
        nearest.append(int((h @ patterns.T).argmax()))
    return nearest


def largest_rise(rule, seed):
    """一次动一个单元：E 升得最多的一步（十个随机的起点）
    || One unit at a time: the step that raises E the most (ten random starts)"""
    g = torch.Generator().manual_seed(seed)
    W_h, h, rises = rule(random_patterns(5, 200, g)), random_patterns(10, 200, g), []
    for i in torch.randperm(200, generator=g):
        before = -0.5 * (h @ W_h * h).sum(dim=1)                        # (10,)
        field = h @ W_h[i]                                              # (10,)
        h[:, i] = torch.where(field == 0, h[:, i], field.sign())
        rises.append((-0.5 * (h @ W_h * h).sum(dim=1) - before).max())
    return max(rises)


in_order = [1, 2, 3, 4, 0] * 2
walked = [visits(store_next, seed) for seed in range(3)]
stayed = [visits(store, seed) for seed in range(3)]
print("种子 0，指着下一个 || seed 0, to the next   ", *walked[0])
print("种子 0，指着自己 || seed 0, to itself     ", *stayed[0])
claim("Q18-walk", all(path == in_order for path in walked),
      different=min(len(set(path)) for path in walked))
claim("Q18-walk-control", not any(path == in_order for path in stayed),
      different=max(len(set(path)) for path in stayed))
claim("Q18-order-control", not torch.equal(store_next(reordered), store_next(five)),
      gap=(store_next(reordered) - store_next(five)).abs().max())

rises = [largest_rise(store, seed) for seed in range(3)]
next_rises = [largest_rise(store_next, seed) for seed in range(3)]
claim("Q18-energy", max(rises) <= 0, rise=max(rises))
claim("Q18-energy-control", not min(next_rises) <= 0, rise=min(next_rises))

# %% [markdown] name="walk-meaning" covers=["H-02", "H-05", "!20"]
# 它一个接一个地走，绕圈，两圈不停。“高度”那一条是另外量的，像 18.3 节那样**一次动一个单元**：权重对称，一步也不升，所以只能滚下去、停住；指着下一个，权重不对称，有些步是往上走的，“高度”不再保证它停得下来。（两样不能混：所有单元一起动的时候，对称的权重也可能在两个状态之间来回摆；一次动一个，这一圈也不一定走得成。）Amari 1972 年的论文标题里，模式和**模式的次序**并排写着（转述）；Hopfield 的摘要也提到了时间序列。
#
# 从这里到第 2 章只差两步：给它输入 $x_t$，让权重由误差来定。Jordan（1986）和 Elman（1990）的网络两样都有，用的是 1986 年登上《自然》的反向传播。

# %% [markdown] lang="en" of="4dacca28.71b1f6b8"
# It walks from one to the next, round and round, twice. The "height" was measured separately, **one unit at a time** as in section 18.3: with symmetric weights no step goes up, so there is nothing for it but to roll down and rest; pointing to the next, the weights are not symmetric, some steps do go up, and the "height" no longer promises that it comes to rest. (The two must not be mixed: with all units moving together even symmetric weights may swing between two states, and one unit at a time the circle need not be walked.) The title of Amari's paper of 1972 has patterns and **pattern sequences** side by side (at second hand), and Hopfield's abstract mentions time sequences, too.
#
# Two steps lead from here to Chapter 2: give it an input $x_t$, and let errors set the weights. The networks of Jordan (1986) and Elman (1990) have both, by way of the back-propagation that appeared in *Nature* in 1986.

# %% [markdown] name="cells-intro" covers=["H-08", "H-09", "L-05", "L-06", "!7"]
# ## 18.6 导读一：1997 与 2000，再跑一次
#
# **Hochreiter 与 Schmidhuber，*Long Short-Term Memory*，1997。** （链接都在 [18.7 节的卡片](18_history_people_papers.ipynb#cell-id=papers)里。）打开第 4 节，只做一件事：**数门**。内部状态的更新式里，上一步的状态前面乘着什么？
#
# <details><summary>读完再展开</summary>
#
# 什么也没乘：系数是 1。门有两个，输入门和输出门；**没有遗忘门**。摘要里的 “constant error carousel” 说的就是这个 1。
#
# </details>
#
# 第 5.5 节比过有遗忘门和没有遗忘门的单元。这里换个问法：同一份权重、同一串输入，只改 $c_{t-1}$ 前面的那个数，**记得住**和**写得下**，各差多少？三种，都从今天的 `nn.LSTM` 出发，没有训练过：
#
# * $f$ 恒为 1（这一点像 1997 年；那时的压缩函数和起点另是一样）；
# * 遗忘门，PyTorch 的默认偏置（在 0 附近）；
# * 遗忘门，偏置加 3（第 5 章的那颗螺丝）。
#
# 默认偏置是**库**的选择，别算在 2000 年那篇论文的账上：Jozefowicz 等 2015 年回顾说，遗忘门的偏置一开始就该给一个正数，提出它的论文已经这样做了（转述）。第三种更接近它。

# %% [markdown] lang="en" of="09a39fa9.9831156f"
# ## 18.6 Guided reading 1: 1997 and 2000, run once more
#
# **Hochreiter and Schmidhuber, *Long Short-Term Memory*, 1997.** (All links are on the [cards of section 18.7](18_history_people_papers.ipynb#cell-id=papers).) Open section 4 and do one thing only: **count the gates**. In the update of the internal state, what multiplies the previous state?
#
# <details><summary>Open this when you have read it</summary>
#
# Nothing: the coefficient is 1. There are two gates, input and output; **no forget gate**. The "constant error carousel" of the abstract is this 1.
#
# </details>
#
# Section 5.5 compared a cell with a forget gate and one without. Here the question is another: with the same weights and the same input, changing nothing but the number in front of $c_{t-1}$, what happens to **remembering** and to **room to write**? Three versions, each made from today's `nn.LSTM`, untrained:
#
# * $f$ fixed to 1 (as in 1997, where the squashing functions and the starting point were others);
# * a forget gate with PyTorch's default bias (near 0);
# * a forget gate with 3 more on its bias (the knob of Chapter 5).
#
# The default bias is a **library's** choice, not to be laid at the door of the paper of 2000: Jozefowicz et al. recall in 2015 that the forget gate should start with a positive bias, and that the paper which introduced it did so (at second hand). The third version is nearer to it.

# %% name="bet-cells"
predict("Q18-cells")

# %% name="two-cells" covers=["H-08", "H-09", "L-05", "L-06", "!7"]
@torch.no_grad()
def read_on(lstm, x, forget_more):
    """读完 x (T, 10) -> 传送带上还剩多少梯度（各单元平均），写满的单元占多少
    forget_more 加在遗忘门的偏置上；None：f 恒为 1
    || Read x (T, 10) -> the gradient left along the carousel (mean over units), the
    share of full units; forget_more is added to the forget bias; None fixes f to 1"""
    bias = lstm.bias_ih_l0 + lstm.bias_hh_l0
    h = c = x.new_zeros(lstm.hidden_size)
    left = torch.ones_like(c)
    for x_t in x:
        i, f, g, o = (lstm.weight_ih_l0 @ x_t + lstm.weight_hh_l0 @ h + bias).chunk(4)
        if forget_more is None:
            keep = torch.ones_like(c)
        else:
            keep = torch.sigmoid(f + forget_more)
        c = keep * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        left = left * keep
    return left.mean().item(), (c.tanh().abs() > 0.99).double().mean().item()


drawn = []        # 三份权重，各配一串输入 || three sets of weights, an input each
for seed in range(3):
    torch.manual_seed(seed)
    drawn.append((nn.LSTM(10, 64).double(), torch.randn(100, 10, dtype=torch.float64)))

fixed = [read_on(lstm, x, None) for lstm, x in drawn]
default = [read_on(lstm, x, 0) for lstm, x in drawn]
raised = [read_on(lstm, x, 3) for lstm, x in drawn]
table = {
    "f 恒为 1（如 1997） || f fixed to 1 (as 1997)": fixed,
    "遗忘门，PyTorch 默认偏置 || forget gate, PyTorch's default bias": default,
    "遗忘门，偏置 +3 || forget gate, bias +3": raised,
}
print("100 步之后，三个种子 || after 100 steps, three seeds")
for version, runs in table.items():
    print(version)
    print("   梯度剩 || gradient left", *(f"{left:7.0e}" for left, _ in runs))
    print("   写满 || full         ", *(f"{full:7.0%}" for _, full in runs))

fullest, emptiest = [full for _, full in fixed], [full for _, full in default]
claim("Q18-cells", min(fullest) > 2 / 3, full=min(fullest))
claim("Q18-cells-control", not max(emptiest) > 2 / 3, full=max(emptiest))
lasting, leaking = [left for left, _ in fixed], [left for left, _ in default]
claim("Q18-leak", min(lasting) == 1, left=min(lasting))
claim("Q18-leak-control", not min(leaking) == 1, left=max(leaking))

# %% [markdown] name="cells-meaning" covers=["H-08", "H-09", "!5"]
# $f$ 恒为 1，梯度一点不漏（一百个 1 相乘，本来就是 1），代价是写满；PyTorch 的默认偏置写不满，可是漏得几乎一点不剩；偏置加 3 在中间，两头都让一点。**一个固定的系数是一笔交换**：它决定记得多久，也决定多久会满。
#
# 2000 年那篇的要点，是不让它固定：门**每一步自己选**，要记的时候给 1，段落的边界上给 0。这要训练过才有，上面的网络没有训练过；训练之前，门也只是一个数，和别的固定系数一样做交换。所以 1997 和 2000 两篇都是“缓解”，都没有把梯度消失“解决”掉。

# %% [markdown] lang="en" of="8d62a0f2.10fc8095"
# With $f$ fixed to 1 no gradient leaks (of course: a hundred ones multiplied give 1), and the cell fills up; at PyTorch's default bias it does not fill up and leaks almost everything; 3 more on the bias lies in between and gives a little at both ends. **A fixed coefficient is a trade**: it decides how long a memory lasts and also how soon it is full.
#
# The point of the paper of 2000 is not to fix it: the gate **chooses at every step**, 1 while there is something to hold, 0 at a boundary. That takes training, and the networks above have had none; at its start the gate is a number like any other and makes the same trade. So both 1997 and 2000 "mitigate" the vanishing gradient; neither has "solved" it.

# %% [markdown] name="papers-intro" covers=["L-01", "L-02", "L-03", "L-04", "L-05", "L-06", "L-07", "L-08", "L-09", "L-10", "L-11", "L-12", "R-03"]
# ## 18.7 十二篇论文，十二张卡
#
# 每张卡五行：当时说了什么；站住的；**没站住的，或者常被读错的**；这门课在哪里量的；出处和读过多少。先别展开，看着标题自己说一句，再点开对。

# %% [markdown] lang="en" of="8cbefd78.8eaf8c2f"
# ## 18.7 Twelve papers, twelve cards
#
# Each card has five lines: what was claimed; what held up; **what did not, or is often misread**; where this course measured it; the reference and how much of it was read. Before you open one, say a sentence about it from its title; then compare.

# %% name="papers" covers=["L-01", "L-02", "L-03", "L-04", "L-05", "L-06", "L-07", "L-08", "L-09", "L-10", "L-11", "L-12", "R-03"]
paper_cards(data.history.papers())

# %% [markdown] name="reversal-intro" covers=["L-08", "!25"]
# ## 18.8 导读二、三：倒着读，和不是点积
#
# **Sutskever、Vinyals、Le，2014。** 读摘要的最后一句和 3.3 节：把源句倒过来读，效果明显变好。句子里的信息一点没多，凭什么？不用训练，数一数就知道。
#
# 源句十个词，译文十个词，一一对应；句末的结束符不算。第 $i$ 个源词从“读到”到“写出”隔几步？

# %% [markdown] lang="en" of="472df867.acfca55a"
# ## 18.8 Guided readings 2 and 3: backwards, and no dot product
#
# **Sutskever, Vinyals and Le, 2014.** Read the last sentence of the abstract, and section 3.3: reading the source backwards helps markedly. The sentence holds no more information for it, so why? No training is needed; count.
#
# Ten source words, ten target words, one for one; the end sign is not counted. How many steps lie between reading source word $i$ and writing its translation?

# %% name="bet-lag"
predict("Q18-lag")

# %% name="reversal" covers=["L-08", "!25"]
n = 10
place = torch.arange(n, dtype=torch.float64)                 # 第几个词 || which word
written = n + place                                          # 哪一步写 || step of writing
plain = written - place                                      # 正着读 || read forwards
turned = written - place.flip(0)                             # 倒着读 || read backwards
both = written.flip(0) - place.flip(0)                       # 译文也倒 || target as well
names = "正着读 || forwards", "倒着读 || backwards", "都倒着 || both"
for name, lag in zip(names, (plain, turned, both)):
    print(f"{name:9}", *(f"{step:3.0f}" for step in lag),
          "", "平均 || mean", f"{lag.mean():.0f}")
show("最近的 || nearest", plain.min(), turned.min(), both.min())
claim("Q18-lag", turned.mean() == plain.mean() and turned.min() == 1,
      mean=turned.mean(), nearest=turned.min())
claim("Q18-lag-control", not (both.mean() == plain.mean() and both.min() == 1),
      nearest=both.min())

# %% [markdown] name="reversal-meaning" covers=["L-08", "L-10", "!29"]
# 摘要说，倒读“引入了许多短期依赖”；正文说，平均距离没有变。两句都对：平均没变，最近的从 10 步变成 1 步，最远的变成 19 步。3.3 节的解释是：**最短的时间间隔**小了许多，反向传播更容易在源句和译文之间先搭上线（我们没有量）。起作用的是**不对称**：译文也倒过来，什么也没赚到。10.6 节训练过，倒着读确实更好。
#
# **Bahdanau、Cho、Bengio，2014。** 翻到附录的对齐模型，抄下打分的式子，问自己：查询和键是怎样碰面的？
#
# <details><summary>读完再展开</summary>
#
# 各乘一个矩阵，**相加**，过 tanh，再和一个向量做内积：$e_s = w^\top\tanh(W_q q + W_k k_s)$，叫加性打分。“注意力就是点积”说的是 2017 年的那一种。另外看清方向：写译文的一个词时，看的是**原文**。
#
# </details>
#
# 式子长什么样，不如看它怎样**表现**：把查询和键一起放大一千倍，分数会变多大？

# %% [markdown] lang="en" of="b025ac1b.b94b8db4"
# The abstract says that reversal introduces "many short term dependencies", the text that the average distance does not change. Both are true: the mean is the same, the nearest comes down from 10 steps to 1, and the farthest goes up to 19. Section 3.3 explains it by the **shortest time lag**, which is much smaller, so that back-propagation has an easier time making a first connection between source and target (not measured here). What helps is the **asymmetry**: turn the target round as well and nothing is gained. Section 10.6 trained it: backwards is indeed better.
#
# **Bahdanau, Cho and Bengio, 2014.** Turn to the alignment model in the appendix, copy out the formula of the score, and ask yourself: how do query and key meet?
#
# <details><summary>Open this when you have read it</summary>
#
# Each is multiplied by a matrix, they are **added**, pass through tanh and meet a vector: $e_s = w^\top\tanh(W_q q + W_k k_s)$, the additive score. "Attention is a dot product" is the form of 2017. And mind the direction: while a word of the translation is written, what is looked at is the **source**.
#
# </details>
#
# How a formula looks matters less than how it **behaves**. Make query and key a thousand times as large: what becomes of the scores?

# %% name="bet-additive"
predict("Q18-additive")

# %% name="additive" covers=["L-10", "!38"]
g = torch.Generator().manual_seed(0)
q, k = torch.randn(2, 500, 16, generator=g, dtype=torch.float64)       # 500 对 || 500 pairs
W_q, W_k = torch.randn(2, 16, 16, generator=g, dtype=torch.float64) / 4
w = torch.randn(16, generator=g, dtype=torch.float64)


def additive(q, k):
    return torch.tanh(q @ W_q.T + k @ W_k.T) @ w                        # (500,)


def dot(q, k):
    return (q * k).sum(dim=1) / 16**0.5                                 # (500,)


for times in (1, 10, 1000):
    show(f"×{times}，绝对值最大的分数，加性和点积 || ×{times}, largest |score|, additive and dot",
         *(score(times * q, times * k).abs().max() for score in (additive, dot)))
ceiling = w.abs().sum()
show("加性的上限 || ceiling of the additive score", ceiling)
largest = {score: score(1000 * q, 1000 * k).abs().max() for score in (additive, dot)}
claim("Q18-additive", largest[additive] <= ceiling, largest=largest[additive])
claim("Q18-additive-control", not largest[dot] <= ceiling, largest=largest[dot])

# %% [markdown] name="additive-meaning" covers=["L-10", "!38"]
# 加性打分碰到 tanh 就不再涨：$|\tanh| < 1$，所以不论抽到什么数，上限都是 $w$ 各数绝对值之和。点积涨了一百万倍，虽然上面的 `dot` 也除了 $\sqrt{16}$：2017 年的那个除法（11.3 节）防的是**宽度**变大，不防查询和键变大。两种都能学会对齐，可是不是一回事。软的“看哪里”也不是 2014 年才有：Graves 2013 年的手写合成里，已经有一个沿着文字滑动的软窗口（arXiv 1308.0850）。稳妥的说法是：**通向 Transformer 的那一种注意力，出自循环网络的翻译。**

# %% [markdown] lang="en" of="b959843d.f90b468c"
# The additive score meets its tanh and grows no further: as $|\tanh| < 1$, its ceiling is the sum of the absolute values in $w$, whatever was drawn. The dot product grew a million times although `dot` above divides by $\sqrt{16}$: the division of 2017 (section 11.3) guards against growth with the **width**, not against larger queries and keys. Both can learn to align; they are not the same thing. Nor was soft attention new in 2014: the handwriting synthesis of Graves (2013) has a soft window that slides along the text (arXiv 1308.0850). What can safely be said: **the kind of attention that led to the Transformer came from translation by recurrent networks.**

# %% [markdown] name="people-intro" covers=["P-01", "P-02", "P-03", "P-04", "P-05", "P-06", "P-07", "!22", "!26", "!27", "!28"]
# ## 18.9 七个人，写上日期
#
# “现任”两个字最容易过期。下面每个任职都带年份和出处；查不到的就不写，并且说明没有查到。国籍、译名和“某某之父”一类的称号，没有可靠出处的一律不写。

# %% [markdown] lang="en" of="812ff8b0.7d85839d"
# ## 18.9 Seven people, with dates
#
# No word goes stale as fast as "currently". Every post below has its years and a source; what could not be found is left out, and it says so. Nationalities, transliterations and titles such as "father of" are left out wherever they have no reliable source.

# %% name="people" covers=["P-01", "P-02", "P-03", "P-04", "P-05", "P-06", "P-07", "!22", "!26", "!27", "!28"]
people_cards(data.history.people(), data.history.works())

# %% [markdown] name="role" covers=["F-11", "!5", "!25", "!34", "!38", "!39"]
# ## 18.10 RNN 的历史地位：事实、推断、意见
#
# 教科书的结尾常有五条功绩，再加一座桥。逐条问：**能查到什么？** 查得到的是事实；有根据、但换个人可能不同意的是推断；没有实验能判的是意见。
#
# | 常见的说法 | 查得到的 | 所以 |
# |---|---|---|
# | 开创了用神经网络处理序列 | Amari 1972、Jordan 1986、Elman 1990 都在很早的位置；同时期也有把时间铺开成窗口的前馈网络（第 1 章跑过） | 推断：“最早的几种之一” |
# | LSTM 解决了长期依赖 | 18.6 节：固定的系数是一笔交换，门要学会了才选得好；第 7 章：多远由偏置和起点决定 | 改成“缓解” |
# | Seq2Seq 奠定了现代 NLP 的基础 | 编码、解码、一个接一个地写，今天还在用；今天的基础还有预训练、子词（把词切成片段，subword）、规模，都不来自这篇 | 推断：“基础之一” |
# | 注意力首先在 RNN 上成功 | 18.8 节：软窗口更早；通向 Transformer 的那一种出自 RNN 翻译 | 事实，按后一句写 |
# | 为 Transformer 铺了路 | 2017 年论文的摘要第一句就说，当时主流的模型是循环或卷积网络；它正是针对这些模型提出来的。查得到的到此为止，“铺路”是解读 | 推断 |
# | 没有 RNN 就没有 ChatGPT | 没有人能把历史重跑一遍，只改这一样 | 意见 |
#
# 桥的比喻呢？桥的意思是过完就不用了。2026 年的地图（第 12 章）上，循环还在被重新发明；第 13 章拿它做流式推理，一笔一笔算代价。也许更像一条**河**：水少过，改过道，没有断流。这一句也是意见，而且是我们的。

# %% [markdown] lang="en" of="352dc960.8755929c"
# ## 18.10 What RNNs were: facts, inferences, opinions
#
# Guides tend to close with five merits and a bridge. Ask of each: **what can be looked up?** What can is a fact; what has reasons but may be disputed is an inference; what no experiment can decide is an opinion.
#
# | often said | what can be found | so |
# |---|---|---|
# | They pioneered neural networks for sequences | Amari 1972, Jordan 1986 and Elman 1990 are very early; at the same time there were feed-forward networks with time spread out as a window (Chapter 1 runs one) | inference: "among the first" |
# | The LSTM solved long-term dependencies | section 18.6: a fixed coefficient is a trade, and a gate must learn to choose; Chapter 7: how far is a matter of bias and starting point | make it "mitigates" |
# | Seq2Seq is the foundation of modern NLP | encoding, decoding and writing one token after another are in use today; pretraining, subwords (pieces of words) and scale are foundations as well, and not from that paper | inference: "one of the foundations" |
# | Attention first succeeded on RNNs | section 18.8: soft windows are older; the kind that led to the Transformer came from RNN translation | a fact, in the second wording |
# | They paved the way for the Transformer | the first sentence of the abstract of 2017 says that the dominant models were recurrent or convolutional, and the paper sets itself against them; so much can be looked up, "paved the way" is a reading of it | inference |
# | Without RNNs there would be no ChatGPT | nobody can run history again with this one thing changed | an opinion |
#
# And the bridge? A bridge is something you have crossed and leave behind. On the map of 2026 (Chapter 12) recurrence is being reinvented; Chapter 13 streams with it and counts what it costs. Perhaps it is more like a **river**: low at times, in a new bed at others, never dry. That, too, is an opinion, and it is ours.

# %% [markdown] name="now" covers=["H-13", "H-15", "H-16", "!32", "!33", "!35", "!36"]
# ## 18.11 现在走到哪里（2026 年 11 月）
#
# 只列查过的：我们自己量过，或者读过摘要。第 12.12 节有完整的地图。
#
# | 现在能说的 | 依据 | 这门课 |
# |---|---|---|
# | “非线性 RNN 不能并行训练”已经过时：多扫几遍就行 | DEER（arXiv 2309.12252）和它的后续 2407.19115（摘要） | [12.11 节](12_modern_recurrence.ipynb#cell-id=newton-code)量过 |
# | 门只看输入的 minGRU 能并行，小任务上够用；规模上去如何，没有定论 | *Were RNNs all we needed?*，arXiv 2410.01201（摘要） | [12.6 节](12_modern_recurrence.ipynb#cell-id=mingru-code)量过，代价也量了 |
# | S4 和 Mamba 有跟踪不了的状态，tanh RNN 和 LSTM 可以（前提是复杂度理论里一个没有证明的猜想） | *The illusion of state in state-space models*，arXiv 2404.08819（摘要） | [12.6 节](12_modern_recurrence.ipynb#cell-id=parity-run)量了最小的一例 |
# | 固定大小的状态，记得住的对应就有限 | *Simple linear attention language models balance the recall-throughput tradeoff*，arXiv 2402.18668（摘要） | [12.9 节](12_modern_recurrence.ipynb#cell-id=table-claims)量过 |
# | “能一直跑”不等于“一直对”：超出训练长度就变差 | *Understanding and improving length generalization in recurrent models*，arXiv 2507.02782（摘要） | [13.9 节](13_streaming_cost.ipynb#cell-id=carried-run)量过，也修过 |
# | 长序列基准曾经偏向 SSM，预训练过的普通 Transformer 能追平 | *Never train from scratch*，arXiv 2310.02980（摘要） | 没有量 |
# | 混合模型：多数层循环，少数层注意力；也有团队又退回全注意力 | 厂商和博客（转述） | 没有量，所以不写比例 |
# | 低延迟、小机器、时间序列、边用边学：循环常被推荐的四个地方 | 入门资料的说法 | 合不合用看数字：[第 13 章](13_streaming_cost.ipynb)、[第 15 章](15_honest_forecasting.ipynb) |
#
# 大语言模型的主流还是注意力，这一点没有争议。名字和参数量换得快：**GPT-4 的“1.7 万亿”没有证实**，它的技术报告明说不公布大小（arXiv 2303.08774）。

# %% [markdown] lang="en" of="49cdb05b.d44a0139"
# ## 18.11 Where things stand (November 2026)
#
# Only what was checked: measured by ourselves, or the abstract read. Section 12.12 has the whole map.
#
# | what can be said | grounds | this course |
# |---|---|---|
# | "Nonlinear RNNs cannot be trained in parallel" is out of date: it takes several scans | DEER (arXiv 2309.12252) and its follow-up 2407.19115 (abstracts) | measured in [12.11](12_modern_recurrence.ipynb#cell-id=newton-code) |
# | A minGRU, whose gates see the input alone, is parallel and good enough for small tasks; at scale it is not settled | *Were RNNs all we needed?*, arXiv 2410.01201 (abstract) | measured in [12.6](12_modern_recurrence.ipynb#cell-id=mingru-code), with its price |
# | There are states that S4 and Mamba cannot track and a tanh RNN or LSTM can (given a conjecture about how hard problems are, which nobody has proved) | *The illusion of state in state-space models*, arXiv 2404.08819 (abstract) | the smallest case measured in [12.6](12_modern_recurrence.ipynb#cell-id=parity-run) |
# | A state of fixed size holds a limited number of pairs | *Simple linear attention language models balance the recall-throughput tradeoff*, arXiv 2402.18668 (abstract) | measured in [12.9](12_modern_recurrence.ipynb#cell-id=table-claims) |
# | "Runs for ever" is not "works for ever": beyond the training length it gets worse | *Understanding and improving length generalization in recurrent models*, arXiv 2507.02782 (abstract) | measured in [13.9](13_streaming_cost.ipynb#cell-id=carried-run), with the repairs tried there |
# | A benchmark of long sequences once flattered SSMs; plain Transformers, pretrained, catch up | *Never train from scratch*, arXiv 2310.02980 (abstract) | not measured |
# | Hybrids: recurrence in most layers, attention in a few; at least one team has gone back to full attention | vendors and blogs (at second hand) | not measured, so no ratios here |
# | Low latency, small machines, time series, learning while in use: the four places for which recurrence is recommended | what guides say | let numbers decide: [Chapter 13](13_streaming_cost.ipynb), [Chapter 15](15_honest_forecasting.ipynb) |
#
# That large language models are mostly attention is beyond dispute. Names and sizes change fast: **the "1.7 trillion" of GPT-4 is unconfirmed**; its report says that the size is not disclosed (arXiv 2303.08774).

# %% [markdown] name="mistakes-intro" covers=["!1", "!2", "!3", "!4", "!5", "!6", "!7", "!8", "!9", "!10", "!11", "!12", "!13", "!14", "!15", "!16", "!17", "!18", "!19", "!20", "!21", "!22", "!23", "!24", "!25", "!26", "!27", "!28", "!29", "!30", "!31", "!32", "!33", "!34", "!35", "!36", "!37", "!38", "!39", "!40"] proof="quiz"
# ## 18.12 找错
#
# 四十处流传很广的错，再掺上四句没有错的。每一句分成几段，指出不对的**那一段**。答案不靠记：几乎每一条，这门课都有一个单元格量过它，答完就告诉你在哪里。十句一歇，不必一口气做完。

# %% [markdown] lang="en" of="3894cfff.e0041626"
# ## 18.12 Spot the error
#
# Forty common errors, with four statements mixed in that are right. Each comes in pieces; point to **the piece** that is wrong. You need not remember: for almost all of them a cell of this course has measured it, and when you have answered you are told which section. Rest after ten; nobody does all in one go.

# %% name="mistakes" covers=["!14", "!16", "!19", "!26", "!27", "!28", "!32", "!34", "!35", "!37", "!38", "!39"] proof="quiz"
Explorer("mistakes", **data.history.mistakes())

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 年份会抄错，读一眼出处就知道；读过多少，写多少。
# 2. 传送带上的系数，固定下来就是一笔交换：等于 1，记得住，可是会写满；小于 1，不会写满，可是记不住。学会了的门，每一步自己选。
# 3. 先问“能查到什么”：事实、推断、意见，是三种话。

# %% [markdown] lang="en" of="d732b0c0.1d2e9710"
# ## Three lines to remember
#
# 1. Dates get copied wrong, and a glance at the reference tells; claim as much as you have read.
# 2. A fixed coefficient on the carousel is a trade: at 1 it remembers and fills up, below 1 it has room and forgets. A gate that has learnt chooses at every step.
# 3. Ask first what can be looked up: facts, inferences and opinions are three kinds of sentence.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面；最有把握却错了的排在最前面。

# %% [markdown] lang="en" of="3388a8ce.0f9c6e25"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it; those you were sure of and lost come first.

# %% name="bets"
bets_summary("18")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("18-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 这一章没有练习。找一篇你常看的教程，挑出其中一句关于历史或人物的话，去查它的出处：查到了记下读过多少，查不到就写“没有查到”。最后一章 [自评与常见问题](19_self_assessment_and_faq.ipynb) 把全课的目标逐个过一遍。

# %% [markdown] lang="en" of="6f41db9c.0b069c55"
# ## What next
#
# This chapter has no exercise. Take a tutorial that you often use, pick one sentence of it about history or people, and look for its source: if you find it, note how much you have read; if not, write "not found". The last chapter, [Self-assessment and FAQ](19_self_assessment_and_faq.ipynb), goes through the goals of the whole course.
