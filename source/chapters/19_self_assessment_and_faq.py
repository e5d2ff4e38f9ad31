# ---
# jupyter:
#   course:
#     chapter: "19"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # 第 19 章 自评与常见问题
#
# **阅读 30 分钟 · 动手 60 分钟 · 难度 ⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 逐个目标检查自己，并且知道一份十几题的成绩能说明什么、不能说明什么；
# 2. 回答循环网络最常被问到的十几个问题，每个都拿得出一次测量；
# 3. 给自己选一个大作业：数据、要打败的数、里程碑、评分标准，都先写在纸上。
#
# 需要的基础：学过的章节。没学到的目标可以先跳过，以后再来。

# %% [markdown] lang="en" of="328f143c.6c1fc24b"
# # Chapter 19. Self-assessment and FAQ
#
# **30 min reading · 60 min at the keyboard · difficulty ⭐⭐**
#
# By the end of this chapter you can
#
# 1. check yourself goal by goal, and say what a score on a dozen items tells and what it does not;
# 2. answer the questions most often asked about recurrent networks, each with a measurement to show;
# 3. choose a project and put its data, the number to beat, milestones and rubric on paper before you start.
#
# You need the chapters you have read. Goals you have not reached can be skipped and come back to.

# %% name="setup"
import torch
from IPython.display import Markdown
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import assessment, bets_summary, certificate, predict, quiz
from course_utils.questions.assessment import items

language.use("中文 || English")      # 题目和测验的语言 || language of items and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，分别来自第 12、9、5 章。

# %% [markdown] lang="en" of="41b8971d.8a48ebd4"
# ## Warm-up
#
# Three questions, from Chapters 12, 9 and 5.

# %% name="recall" covers=["A-03"]
quiz("19-recall")

# %% [markdown] name="exam" covers=["A-03", "A-08", "X-09"]
# ## 19.1 合上书，你还会多少？
#
# 读懂一段话，和自己想得出来，是两件事。下面是总自评：十六个目标，从第 0 章到第 15 章，五种题目：
#
# * **回忆**：不看书，说得出来吗；
# * **印出什么**：一小段代码，先在脑子里跑一遍；
# * **找错**：代码能运行，却不对，改哪里；
# * **读曲线**：图上那条线，说的是什么病、什么模型；
# * **选模型**：一个任务，几个候选，选哪个。
#
# 一卷十六题，每个目标一题，大约十五分钟。先答再看解释，每题只数第一次；还没学到的章节就空着，空着不算错。答完看最下面的表：它按目标列出对错，并指回那道题所在的格子。明天、下周，换一卷再做。

# %% [markdown] lang="en" of="dcad237a.bc60117a"
# ## 19.1 With the book closed, how much is left?
#
# Following a text and being able to come up with it are two things. Here is the final assessment: sixteen goals, from Chapter 0 to Chapter 15, and five kinds of items.
#
# * **Recall**: can you say it without looking?
# * **What is printed**: a few lines of code, to be run in your head first.
# * **Find the bug**: the code runs and is wrong. What mends it?
# * **Read the curve**: what illness, or what model, does that line tell of?
# * **Choose the model**: one task, several candidates.
#
# A form has sixteen items, one for each goal, and takes about a quarter of an hour. Answer before you read the explanation; only the first answer counts. Leave out chapters you have not reached; a blank is not a miss. Then look at the table at the bottom: it lists right and wrong by goal, and points back to the cell each item is about. Take another form tomorrow, and next week.

# %% name="assessment" tags=["hide-input", "nbval-ignore-output"] covers=["A-03", "A-08", "X-09"]
assessment()

# %% [markdown] name="exam-note"
# 题目全在 `course_utils/questions/assessment.yaml` 里，一题一题由测试核对过：“印出什么”的代码真的跑过；“找错”的每一种改法都试过，只有标为对的那一种改得好；“读曲线”的每个数都重新算过，或者取自课程里存着的测量。老师还有一份没有在这里出现的题（见 `docs/teaching.zh-CN.md`）。

# %% [markdown] lang="en" of="336cfe4f.4f82d3a6"
# All items stand in `course_utils/questions/assessment.yaml`, and each has been checked by a test. Code whose output is asked for has been run. For every bug all changes on offer were tried, and only the one keyed as right mends it. Every number of a curve has been computed anew, or comes from a measurement stored in this course. Teachers have further items that do not occur here (see `docs/teaching.md`).

# %% [markdown] name="how-much"
# ## 19.2 一份成绩，说明多少？
#
# 你刚刚得了，比方说，16 题里的 11 题。先别高兴，也别难过：一份成绩也是一次测量，和这门课里别的测量一样，要问三件事。**不会的人靠什么能得分？换一卷会差多少？一个目标一两题，够不够？**
#
# 第一件：题目本身有没有漏洞。很多题库里，对的选项要把话说周全，一不小心就写得最长。

# %% [markdown] lang="en" of="e85421e7.dd79fafa"
# ## 19.2 How much does a score tell?
#
# Say you have just got 11 of 16. Do not be pleased yet, nor sad: a score is a measurement like all others in this course, and three things are to be asked. **What scores without knowing anything? How much would another form differ? Are one or two items enough for a goal?**
#
# First, do the items have a leak? In many banks the right option has to be exact, and so it comes out as the longest.

# %% name="bet-longest"
predict("Q19-longest")

# %% name="longest"
def longest_is_right(options, answer):
    """总挑最长的，这题对的机会 || chance that the longest option is the right one"""
    most = max(len(option) for option in options)
    ties = [k for k, option in enumerate(options) if len(option) == most]
    return (answer in ties) / len(ties)


practised = items()
shares = [longest_is_right(item.options, item.answer) for item in practised]
longest = sum(shares) / len(practised)
guess = sum(1 / len(item.options) for item in practised) / len(practised)

# 对照：把对的选项加长一半，别的不动 || control: only the right options grow by half
leaky = 0
for item in practised:
    longer = [option + "…" * (len(option) // 2 if k == item.answer else 0)
              for k, option in enumerate(item.options)]
    leaky += longest_is_right(longer, item.answer) / len(practised)
show("练习题 || items to practise", len(practised))
claim("Q19-longest", longest < 0.4, longest=longest, guess=guess)
claim("Q19-longest-control", not leaky < 0.4, padded=leaky)

# %% [markdown] name="longest-meaning"
# 挑最长的，和闭着眼睛挑没有两样。这不是运气：课程里所有测验、赌注都有一条测试盯着选项的长短。你以后自己出题，也可以先这样量一量。
#
# 第二件、第三件，不用考，算得出来。设一个人会的比例是 $p$，不会的就从三个选项里猜一个，那么每题对的机会是 $p + (1-p)/3$。让一万个这样的人来考。

# %% [markdown] lang="en" of="e91c4acc.3d74a1fc"
# The longest option is no better than a blind pick. That is no accident: a test watches the length of options in all quizzes and bets of this course. When you write questions of your own, measure this first.
#
# The second and third question need no exam; they can be worked out. Suppose somebody knows a share $p$ and guesses among three options at the rest. Then each item is right with probability $p + (1-p)/3$. Let 10,000 such people sit the exam.

# %% name="bet-two"
predict("Q19-two")

# %% name="two"
def scores(knows, n, people=10_000, seed=0):
    """会的比例 knows，考 n 题 -> 每个人对的比例 (people,) || a share `knows` is known, n items -> share right of each person (people,)"""
    g = torch.Generator().manual_seed(seed)
    chance = knows + (1 - knows) / 3
    return (torch.rand(people, n, generator=g) < chance).double().mean(dim=1)


def share_with(right, at_least):
    return (right >= at_least).double().mean().item()


two, sixteen = share_with(scores(0.5, 2), 1), share_with(scores(0.5, 16), 1)
claim("Q19-two", 0.4 < two < 0.5, two=two)
claim("Q19-two-control", not 0.4 < sixteen < 0.5, sixteen=sixteen)
share, three = share_with(scores(0, 16), 0.6), share_with(scores(0, 3), 0.6)
claim("Q19-guess", share < 0.05, share=share)
claim("Q19-guess-control", not three < 0.05, three=three)

fig, ax = plt.subplots(figsize=(6.5, 2.8))
for knows, style in ((0.3, "o:"), (0.6, "s--"), (0.9, "^-")):
    right = (16 * scores(knows, 16)).round().long()
    often = torch.bincount(right, minlength=17) / len(right)
    ax.plot(range(17), often, style, label=f"会 {knows:.0%} || knows {knows:.0%}")
ax.set(xlabel="16 题里对几题 || right, of 16 items", ylabel="多少人 || share of people")
ax.yaxis.set_major_formatter("{x:.0%}")
ax.legend()
plt.show()

# %% name="two-range"
for knows in (0.3, 0.6, 0.9):
    ends = torch.tensor([0.05, 0.95], dtype=torch.float64)
    low, high = torch.quantile(16 * scores(knows, 16), ends)
    show(f"会 {knows:.0%}：十人里九人对的题数 || knows {knows:.0%}: nine in ten people get",
         int(low), int(high))

# %% [markdown] name="two-meaning"
# 你那 11 题，会三成的人考得出来，会六成的人也考得出来：两座山叠着一大块。**一卷十六题，分得出会一点和很会，分不出相邻的两档**。单个目标就更不用说：只会一半的人，两题全对的也有四成多。
#
# 所以这样读你的报告：
#
# * **总分**看大概，十六题里差两三题不算差；
# * **单个目标**的“1/1”什么也证明不了，“做过的”那一列积累到三题再看；
# * **错题**才是最值钱的：它指着一格，去把那一格再跑一遍。练习（E01 起）的成绩比选择题可靠得多，因为猜不出来。

# %% [markdown] lang="en" of="b1605c05.84f8a37d"
# Your 11 could be from somebody who knows 30% or from somebody who knows 60%: the two hills overlap a good deal. **A form of sixteen tells a little knowledge from a lot, and not one step from the next.** For a single goal it is worse: of those who know half, over 40% have both items right.
#
# So read your report like this:
#
# * the **total** roughly: two or three of sixteen are no difference;
# * a single goal's "1/1" proves nothing; wait until the column "so far" has three items;
# * the **missed items** are worth the most: each names a cell, so run that cell again. Scores of the exercises (E01 and on) are far more reliable than choices, since nobody can guess them.

# %% [markdown] name="cards" covers=["A-03"]
# ## 19.3 别让它忘掉：卡片
#
# 自己想出来一次，比再读一遍记得牢；隔几天再想，比连着想几遍记得牢。这是心理学里重复得最多的结果之一（Roediger 和 Karpicke，2006；这里没有重做，你可以拿自己做实验）。第 9 章的早停有耐心，复习也要有间隔。
#
# 在终端里运行：
#
# ```
# rnn-course cards --lang zh --out cards
# ```
#
# 它把术语表里的每个词、每一章的三句话做成卡片：`cards.zh.csv` 用电子表格打开，`cards.zh.apkg` 用 Anki 导入（公式也会显示；没有装 genanki 时只有表格，命令会告诉你怎么装）。以后课程更新，再导入一次，学过的进度不会丢。

# %% [markdown] lang="en" of="4d5930ed.21e9c37c"
# ## 19.3 Keep it: flash cards
#
# Bringing something to mind once fixes it better than reading it again, and doing so after some days better than several times in a row. This is among the most often repeated results of psychology (Roediger and Karpicke, 2006; not done again here; try it on yourself). Early stopping in Chapter 9 had patience; revision needs intervals.
#
# In a terminal, run
#
# ```
# rnn-course cards --lang en --out cards
# ```
#
# It makes a card of every term in the glossary and of every chapter's three lines: `cards.en.csv` for a spreadsheet, `cards.en.apkg` to import into Anki, formulas included. (Without genanki there is only the table, and the command says what to install.) When the course is updated, import again; what you have learnt keeps its place in the schedule.

# %% [markdown] name="faq" covers=["A-04", "C-31", "Q-01", "Q-02"]
# ## 19.4 四个流传很广的问答，逐个改正
#
# 下面四个问题，几乎每份循环网络的教程后面都有。答案常常只有一半对。
#
# **问一：LSTM 和 GRU 怎么选？** 常见的回答：“数据多、序列长选 LSTM，要快选 GRU。”量下来：
#
# * 二十对同样的设置里，LSTM 没有一次比 GRU 多解开两个种子（[7.8 节](07_memory_horizon.ipynb#cell-id=pairs)）。决定成败的是初始化：滞后 50 步，默认的 GRU 在瞎猜，chrono 初始化（7.3 节）的几乎全对（[7.5 节](07_memory_horizon.ipynb#cell-id=race)）。
# * “参数少四分之一”只对循环层成立，“所以更快”不成立：在 CPU 上 LSTM 有融合的快路（[6.6 节](06_gru.ipynb#cell-id=parameter-counts)、[6.7 节](06_gru.ipynb#cell-id=timing)）。
# * 真正的差别有一个：LSTM 的 $c_t$ 不压扁，能数数；GRU 的状态出不了 ±1（[7.8 节](07_memory_horizon.ipynb#cell-id=count-code)）。
#
# 所以：先设好偏置，随便选一个；要数数，选 LSTM；要快，在你自己的机器上量。完整的步骤在 [7.9 节](07_memory_horizon.ipynb#cell-id=choose)。
#
# **问二：RNN 还值得学吗？** 值得，但理由要说准：
#
# * *为了看懂 Transformer*：注意力就是从翻译用的循环网络里长出来的（[11.6 节](11_attention_bridge.ipynb#cell-id=translator)）。
# * *为了流式和小设备*：状态的字节数固定，键值缓存随词数增长（[13.4 节](13_streaming_cost.ipynb)）。短上下文时这个好处不大。
# * *为了概念*：门、截断、曝光偏差，到处都会再遇到。
# * *为了新架构*：minGRU、S4、Mamba 都是循环，只是每一步的系数不看 $h$（[12.6 节](12_modern_recurrence.ipynb#cell-id=mingru)）；固定的状态装不下越来越多的对应，这是它们的账单（[12.9 节](12_modern_recurrence.ipynb#cell-id=table-claims)）。

# %% [markdown] lang="en" of="07995822.acd9f424"
# ## 19.4 Four widespread answers, corrected one by one
#
# Nearly every tutorial on recurrent networks ends with these four questions, and the answers tend to be half right.
#
# **One. LSTM or GRU?** The usual answer: "LSTM for much data and long sequences, GRU for speed." Measured:
#
# * In twenty pairs of equal settings the LSTM never solved two seeds more than the GRU ([section 7.8](07_memory_horizon.ipynb#cell-id=pairs)). What decides is the initialisation: at lag 50 a default GRU guesses and one with chrono initialisation (section 7.3) is nearly always right ([7.5](07_memory_horizon.ipynb#cell-id=race)).
# * "A quarter fewer parameters" is true of the recurrent layer alone, and "hence faster" is not true: on a CPU the LSTM has a fused fast path ([6.6](06_gru.ipynb#cell-id=parameter-counts), [6.7](06_gru.ipynb#cell-id=timing)).
# * There is one real difference. The LSTM's $c_t$ is not squashed, so it can count; a GRU's state stays within ±1 ([7.8](07_memory_horizon.ipynb#cell-id=count-code)).
#
# So set the biases and take either; take the LSTM to count; and where speed matters, measure on your machine. The whole procedure is in [section 7.9](07_memory_horizon.ipynb#cell-id=choose).
#
# **Two. Are RNNs still worth learning?** Yes, but for the right reasons:
#
# * *To understand the Transformer*: attention grew out of recurrent networks for translation ([section 11.6](11_attention_bridge.ipynb#cell-id=translator)).
# * *For streaming and small devices*: the state has a fixed number of bytes, a KV-cache grows with the tokens ([13.4](13_streaming_cost.ipynb)). With a short context the advantage is small.
# * *For the ideas*: gates, truncation, exposure bias; you will meet them again everywhere.
# * *For new architectures*: minGRU, S4 and Mamba are recurrences whose coefficients do not look at $h$ ([12.6](12_modern_recurrence.ipynb#cell-id=mingru)). Their bill: a fixed state cannot hold ever more pairs ([12.9](12_modern_recurrence.ipynb#cell-id=table-claims)).

# %% [markdown] name="faq-pack" covers=["A-04", "Q-03"]
# **问三：变长序列怎么处理？** 常见的四步：填充、打包、跑、解包。步骤没有错，错在后面那句“为了提高效率”。跑一遍，再把打包那一步拿掉。

# %% [markdown] lang="en" of="2de97274.7668b81a"
# **Three. How are sequences of different length handled?** The usual four steps: pad, pack, run, unpack. The steps are right; the reason given, "for efficiency", is not. Run them, then leave out the packing.

# %% name="faq-pack-code" covers=["Q-03"]
torch.manual_seed(0)
gru = nn.GRU(8, 16, batch_first=True)
sentences = [torch.randn(length, 8) for length in (9, 5, 2)]            # (T_k, 8)
lengths = torch.tensor([len(sentence) for sentence in sentences])       # 在 CPU 上 || on the CPU

with torch.no_grad():
    padded = pad_sequence(sentences, batch_first=True)                  # 1. (B, T, 8)
    packed = pack_padded_sequence(padded, lengths, batch_first=True,
                                  enforce_sorted=False)                 # 2.
    output, h_n = gru(packed)                                # 3. h_n (1, B, 16)
    output, _ = pad_packed_sequence(output, batch_first=True)           # 4. (B, T, 16)

    alone = torch.cat([gru(sentence[None])[1] for sentence in sentences], dim=1)
    _, unpacked = gru(padded)                                           # 少了第 2 步 || without 2
gap = (h_n - alone).abs().max()
raw = (unpacked - alone).abs().max()
claim("Q19-pack", gap < 1e-6, gap=gap)
claim("Q19-pack-control", not raw < 1e-6, raw=raw)

# %% [markdown] name="faq-overfit" covers=["A-04", "Q-04"]
# 打包改的是**结果**：不打包，短句子的最后状态读过一串填充，是另一个数。双向的网络更糟，连真实的步都会错（[9.3 节](09_variable_length_and_regularisation.ipynb#cell-id=valid-steps)）。长度要在 CPU 上，不能有 0；顺序不必排，写 `enforce_sorted=False`。
#
# **问四：怎样防止过拟合？** 常见的清单有五条：dropout、正则化、早停、数据增强、小一点的模型。第 9 章在 45 条录音上一样一样地量过（[9.13 节](09_variable_length_and_regularisation.ipynb#cell-id=trial-run)），六个种子的平均：
#
# | 清单上写的 | 要说准的 | 测试损失（什么也不做 0.71） |
# |---|---|---|
# | `nn.LSTM(dropout=0.5)` | 只丢层与层之间，一层的时候什么也不丢，只警告（[9.9 节](09_variable_length_and_regularisation.ipynb#cell-id=dropout-warning)）；丢在时间上的才有用 | 层间 0.72，时间上 0.44 |
# | `Adam(weight_decay=1e-5)` | Adam 会把它的大小除掉，要用 AdamW，而且要够大（[9.10 节](09_variable_length_and_regularisation.ipynb#cell-id=decay-step)） | AdamW，`weight_decay=0.5`：0.52；1e-5：0.71 |
# | 验证损失不再下降就停 | 要有耐心，还要倒带（[9.11 节](09_variable_length_and_regularisation.ipynb#cell-id=stopping-run)） | 验证损失 0.90 → 0.64 |
# | 加噪声、扭曲 | 每一轮都要新做，做一次就存起来没有用 | 每轮新做 0.54，只做一次 0.74 |
# | 减小模型 | 这里反而更差 | 正确率 0.841 → 0.797 |

# %% [markdown] lang="en" of="1abd7791.8f45784e"
# Packing changes the **result**: without it the last state of a short sentence has read a row of padding and is another number. A bidirectional network fares worse, for even its real time steps go wrong ([section 9.3](09_variable_length_and_regularisation.ipynb#cell-id=valid-steps)). Lengths live on the CPU and must not be 0; sorting is not needed, say `enforce_sorted=False`.
#
# **Four. How do I keep from overfitting?** The usual list has five items: dropout, regularisation, early stopping, data augmentation, a smaller model. Chapter 9 measured them one at a time on 45 recordings ([section 9.13](09_variable_length_and_regularisation.ipynb#cell-id=trial-run)); means of six seeds:
#
# | the list says | to be exact | test loss (0.71 with nothing) |
# |---|---|---|
# | `nn.LSTM(dropout=0.5)` | drops between layers only; with one layer nothing, and warns ([9.9](09_variable_length_and_regularisation.ipynb#cell-id=dropout-warning)); dropping along time is what helps | between layers 0.72, along time 0.44 |
# | `Adam(weight_decay=1e-5)` | Adam divides its size away; use AdamW, and enough of it ([9.10](09_variable_length_and_regularisation.ipynb#cell-id=decay-step)) | AdamW, `weight_decay=0.5`: 0.52; 1e-5: 0.71 |
# | stop when the validation loss no longer falls | with patience, and a rewind ([9.11](09_variable_length_and_regularisation.ipynb#cell-id=stopping-run)) | validation loss 0.90 → 0.64 |
# | add noise, warp time | anew in every epoch; made once and stored it is no use | made anew 0.54, made once 0.74 |
# | a smaller model | made things worse here | accuracy 0.841 → 0.797 |

# %% [markdown] name="ten" covers=["A-04"]
# ## 19.5 十个最常被问到的问题
#
# **1. 初始状态 `h0` 要自己传吗？** 不要。不传就是 0；写死一个 `torch.zeros(…)`，换成双精度或 GPU 就报错（[5.10 节](05_lstm.ipynb#cell-id=dtype)）。
#
# **2. `batch_first` 忘了写会怎样？** 不报错。批和时间调了个，一条序列的内容会漏到别的序列里：只改第一条，别的输出最多变了 0.026（[5.10 节](05_lstm.ipynb#cell-id=batch-first)）。改一条、看别的动不动，就是最快的检查。
#
# **3. 分类该读 `out[:, -1]` 还是 `h_n`？** 读 `h_n`。批里有填充，`out[:, -1]` 读到的是填充；双向时它的后一半只读过一个词。要记住第一个符号的任务，前者 0.51，后者 1.00（[8.4 节](08_bidirectional_and_deep.ipynb#cell-id=first-token)）。
#
# **4. 损失忽然变成 nan 怎么办？** 先按范数裁剪。同样的学习率，不裁剪最多对 27%，裁剪至少对 95%（[4.6 节](04_gradient_microscope.ipynb#cell-id=clip-train)；学习率调小，不裁剪也行，只是慢）。裁剪放在 `backward` 之后、`step` 之前。再看第 14 章的表（[14.15 节](14_debugging_clinic.ipynb)）。
#
# **5. 都用 LSTM 了，为什么还是记不住？** 默认的遗忘门约 0.5，五十步之后一个单元的记忆只剩 1e-15（[5.6 节](05_lstm.ipynb#cell-id=default-forget)）。LSTM 缓解梯度消失，不保证不消失。先把偏置调大。
#
# **6. 该叠几层、用多少个单元？** 参数一样多的时候，四层不加残差，比一层难学得多：同样的轮数，一层最差的一次 2.84 比特，四层最好的一次 3.19；加上残差，四层最差 2.81（[8.8 节](08_bidirectional_and_deep.ipynb#cell-id=depth-code)）。宽度要够装下内容：抄六个符号，16 个单元对 48%，64 个对 87%（[10.7 节](10_seq2seq.ipynb#cell-id=door)）。先一层，先加宽。
#
# **7. 批与批之间，状态要不要清零？** 看两批连不连着。这个量一下就知道：

# %% [markdown] lang="en" of="0e601607.e3681c1c"
# ## 19.5 The ten questions asked most
#
# **1. Do I have to pass an initial state `h0`?** No. Left out, it is 0. A hard-wired `torch.zeros(…)` raises in double precision or on a GPU ([section 5.10](05_lstm.ipynb#cell-id=dtype)).
#
# **2. What if I forget `batch_first`?** No error. Batch and time change places, and one sequence leaks into others: with the first one changed, outputs of the rest moved by up to 0.026 ([5.10](05_lstm.ipynb#cell-id=batch-first)). Changing one and watching the others is the quickest check.
#
# **3. For classification, `out[:, -1]` or `h_n`?** `h_n`. In a batch with padding `out[:, -1]` reads padding, and with two directions its second half has read one token. Where the first symbol must be remembered, the former got 0.51 and the latter 1.00 ([8.4](08_bidirectional_and_deep.ipynb#cell-id=first-token)).
#
# **4. The loss has become nan. What now?** Clip by norm first. At one learning rate 27% at most were right without clipping and at least 95% with it ([4.6](04_gradient_microscope.ipynb#cell-id=clip-train); a smaller learning rate does without clipping as well, only slowly). Gradient clipping goes after `backward` and before `step`. Then see the table of Chapter 14 ([14.15](14_debugging_clinic.ipynb)).
#
# **5. I use an LSTM. Why does it still forget?** Its default forget gate is about 0.5, and after fifty steps 1e-15 of a unit's memory is left ([5.6](05_lstm.ipynb#cell-id=default-forget)). An LSTM mitigates the vanishing gradient; it does not rule it out. Raise the bias first.
#
# **6. How many layers, how many units?** With equally many parameters, four plain layers are far harder to train than one: after the same epochs the worst run with one layer had 2.84 bits, the best with four 3.19; with residual paths the worst had 2.81 ([8.8](08_bidirectional_and_deep.ipynb#cell-id=depth-code)). The width must hold the content: copying six symbols, 16 units got 48% right and 64 units 87% ([10.7](10_seq2seq.ipynb#cell-id=door)). One layer first, and wider first.
#
# **7. Between batches, do I reset the state?** It depends on whether the batches continue one another. A measurement settles it:

# %% name="bet-state"
predict("Q19-state")

# %% name="state"
g = torch.Generator().manual_seed(1)
# (B, T, I) = (4, 12, 8)
first_batch, second_batch = torch.randn(2, 4, 12, 8, generator=g)
with torch.no_grad():
    _, left = gru(first_batch)                                          # (1, 4, 16)
    carried, _ = gru(second_batch, left)                                # 接着传 || carried on
    fresh, _ = gru(second_batch)                                        # 从零开始 || from zeros
    again, _ = gru(second_batch, torch.zeros(1, 4, 16))
by_step = (carried - fresh).abs().amax(dim=(0, 2))                      # (12,)
no_change = (again - fresh).abs().max().item()
show("每一步差多少 || difference at each step", by_step, digits=2)
claim("Q19-state", by_step[5] > 0.005, change=by_step.max(), sixth=by_step[5])
claim("Q19-state-control", not no_change > 0.005, fresh=no_change)

# %% [markdown] name="ten-more" covers=["A-04"]
# 不相干的句子：每批从零开始（不传就行）。一长串切成的几段，按次序喂：把状态传下去，并且 `detach`，否则第二次 `backward` 报错（[3.9 节](03_bptt.ipynb#cell-id=second-time)）。又打乱次序又传状态，是最坏的一种。
#
# **8. 短的训练，能用在更长的序列上吗？** 跑得动，不一定对。找两个记号谁在前，训练后用在 96 步上仍然对（[1.4 节](01_sequences_and_memory.ipynb#cell-id=windows-claim)）；翻译只见过一两个日期的，三个一个也不对（[11.8 节](11_attention_bridge.ipynb#cell-id=three-code)）；奇偶性训练到 32 步，512 步就成了瞎猜（[12.6 节](12_modern_recurrence.ipynb#cell-id=beyond)）。要用多长，就在多长上测。
#
# **9. 上了 GPU，为什么没有快多少？** 循环要一步等一步，GPU 喂不饱。一块 H100 上，4,096 步的序列，换成能并行的扫描只要循环的 0.14 倍时间；可是 64 步时，扫描反而慢到 2.4 倍（[12.4 节](12_modern_recurrence.ipynb#cell-id=gpu-times)）。几十个单元的小网络，留在 CPU 上。
#
# **10. 同样的代码，两次结果不一样，是不是有错？** 多半是种子。换个种子，拼名字的 RNN 在 2.87 和 2.88 比特之间（[5.9 节](05_lstm.ipynb#cell-id=names-bits)）；比这还小的“提高”什么也不是。三个种子起步，连最差的一起报。

# %% [markdown] lang="en" of="37e02638.ffa6196d"
# Unrelated sentences: begin every batch from zeros (just pass nothing). Pieces of one long sequence, fed in order: pass the state on and `detach` it, or the second `backward` raises ([section 3.9](03_bptt.ipynb#cell-id=second-time)). Shuffling and passing the state on is the worst of both.
#
# **8. Trained on short sequences, does it work on longer ones?** It runs; it need not be right. Which of two marks came first was still answered at 96 steps ([1.4](01_sequences_and_memory.ipynb#cell-id=windows-claim)). A translator that had seen one or two dates got none of the strings with three ([11.8](11_attention_bridge.ipynb#cell-id=three-code)). Parity, trained up to 32 steps, was guessing at 512 ([12.6](12_modern_recurrence.ipynb#cell-id=beyond)). Test at the length you will use.
#
# **9. I moved to a GPU. Why is it hardly faster?** In a recurrence each step waits for the last, so the GPU starves. On an H100, with sequences of 4,096 steps, a parallel scan needs 0.14 of the loop's time; with 64 steps it takes 2.4 times as long ([12.4](12_modern_recurrence.ipynb#cell-id=gpu-times)). A small network of a few dozen units stays on the CPU.
#
# **10. The same code gives different results. Is that a bug?** Most likely it is the seed. With other seeds the RNN that spells names has 2.87 or 2.88 bits ([5.9](05_lstm.ipynb#cell-id=names-bits)); an "improvement" smaller than that is nothing. Start with three seeds, and report the worst one too.

# %% [markdown] name="outcomes" covers=["A-08", "A-12", "A-17", "X-10"]
# ## 19.6 你现在会什么，下一站去哪里
#
# 五个课程目标、五件学完能做的事，每件都有一本笔记本作证：
#
# | 目标 | 学完能做 | 凭据 | 自评的目标 |
# |---|---|---|---|
# | RNN 的原理 | 从公式写出循环，讲清梯度为什么消失 | 第 [2](02_rnn_cell.ipynb)、[3](03_bptt.ipynb)、[4](04_gradient_microscope.ipynb) 章，E01–E03 | 01–04 |
# | LSTM、GRU 的结构 | 写出单元，和框架对到舍入误差；说清它们缓解了什么 | 第 [5](05_lstm.ipynb)、[6](06_gru.ipynb)、[7](07_memory_horizon.ipynb) 章，E04–E06 | 05–07 |
# | 序列建模 | 选对形状、方向、填充和解码 | 第 [1](01_sequences_and_memory.ipynb)、[8](08_bidirectional_and_deep.ipynb)、[9](09_variable_length_and_regularisation.ipynb)、[10](10_seq2seq.ipynb) 章，E07–E09 | 08–10 |
# | 用框架实现 | 不出错的训练循环，带监控、裁剪、早停 | 第 9 章、第 [14](14_debugging_clinic.ipynb) 章，E08、E13 | 09、14 |
# | 解决序列问题 | 先立基线，再训练，诚实地报告 | 第 [0](00_quick_start.ipynb)、[15](15_honest_forecasting.ipynb) 章，E14 | 00、15 |
#
# **下一站。** 这门课之后，多半是三件东西：
#
# * **注意力**：已经走了一半。[11.2 节](11_attention_bridge.ipynb#cell-id=three-steps)的三步，就是后面一切的核心。
# * **Transformer**：[11.10 节](11_attention_bridge.ipynb#cell-id=self-code)写出的一个块，和 `nn.TransformerEncoderLayer` 只差舍入误差；把它叠起来、加上位置，就是了。
# * **外部记忆**：把状态换成一排可以读写的格子，用注意力决定读哪一格、写哪一格（神经图灵机）。[11.13 节](11_attention_bridge.ipynb#cell-id=memory-code)读写过一次；第 12 章的线性注意力，状态已经是一个矩阵，读写由键来定（[12.8 节](12_modern_recurrence.ipynb#cell-id=delta)）。
#
# 往应用去，是自然语言处理和时间序列；往训练去，是优化。这门课里每一个训练循环都带着的**梯度裁剪**，在那里也照样用。

# %% [markdown] lang="en" of="1b9e5f8c.b4ff4da2"
# ## 19.6 What you can do now, and the next stop
#
# Five goals of the course and five things you can do at its end, each with a notebook to prove it:
#
# | goal | what you can do | proof | goals of the assessment |
# |---|---|---|---|
# | how an RNN works | write the loop from the formula; explain why gradients vanish | Chapters [2](02_rnn_cell.ipynb), [3](03_bptt.ipynb), [4](04_gradient_microscope.ipynb), E01–E03 | 01–04 |
# | the structure of LSTM and GRU | write the cells, equal to the framework's up to rounding; say what they mitigate | Chapters [5](05_lstm.ipynb), [6](06_gru.ipynb), [7](07_memory_horizon.ipynb), E04–E06 | 05–07 |
# | modelling sequences | choose shape, direction, padding and decoding | Chapters [1](01_sequences_and_memory.ipynb), [8](08_bidirectional_and_deep.ipynb), [9](09_variable_length_and_regularisation.ipynb), [10](10_seq2seq.ipynb), E07–E09 | 08–10 |
# | using a framework | a sound training loop with monitor, clipping and early stopping | Chapter 9, Chapter [14](14_debugging_clinic.ipynb), E08, E13 | 09, 14 |
# | solving a sequence problem | a baseline first, then train, then report honestly | Chapters [0](00_quick_start.ipynb), [15](15_honest_forecasting.ipynb), E14 | 00, 15 |
#
# **The next stop.** After this course it will be one of three things:
#
# * **Attention**: you are half-way there. The three steps of [section 11.2](11_attention_bridge.ipynb#cell-id=three-steps) are at the heart of all that follows.
# * **The Transformer**: the block written in [11.10](11_attention_bridge.ipynb#cell-id=self-code) equals `nn.TransformerEncoderLayer` up to rounding. Stack it, add positions, and there it is.
# * **External memory**: replace the state by a row of slots that are read and written, and let attention decide which (the Neural Turing Machine). [11.13](11_attention_bridge.ipynb#cell-id=memory-code) read and wrote once; in the linear attention of Chapter 12 the state is a matrix already, and keys decide what is read and written ([12.8](12_modern_recurrence.ipynb#cell-id=delta)).
#
# Towards applications there are natural language processing and time series; towards training, optimisation. The **gradient clipping** in every training loop of this course is used there just the same.

# %% [markdown] name="projects" covers=["R-06", "R-07"]
# ## 19.7 六个大作业
#
# 三个入门的，三个进阶的。每一个都先写四样：**数据从哪里来，要打败的是哪个数，分几步走，做到什么算好**。要打败的数都量过，点进去就是那一格。
#
# **入门 1 · 逐字符生成**
#
# * 数据：`data.name_splits()`，5,163 个名字；或者你喜欢的诗。
# * 要打败的：4-gram 每字符 2.89 比特（[2.7 节](02_rnn_cell.ipynb#cell-id=training)）。
# * 里程碑：① 复现 4-gram；② RNN 追平它；③ LSTM 到 2.81；④ 温度滑块，并数一数有几个是抄来的（[2.7 节](02_rnn_cell.ipynb#cell-id=write-claim)）。
#
# **入门 2 · 情感分析**
#
# * 数据：自己收集两百条以上带褒贬的短评。
# * 要打败的：两个词连着数的线性分类器（下面就跑）。
# * 里程碑：① 只数单词；② 连着数两个；③ 双向 LSTM 加汇总；④ 专挑“不”“谁说”的句子再测一遍。
#
# **入门 3 · 时间序列预测**
#
# * 数据：第 15 章的天气或用电。
# * 要打败的：重复上一个值、去年同期、线性自回归（[15.3 节](15_honest_forecasting.ipynb)）。
# * 里程碑：① 三条基线；② 一步预测；③ 多步；④ 预测区间和它真正的覆盖率。
#
# **进阶 1 · 机器翻译**
#
# * 数据：`data.date_pairs()`，再到 `data.pair_splits()` 的真句子。
# * 要打败的：没有注意力的编码器—解码器：一串两个日期，0% 全对（[11.6 节](11_attention_bridge.ipynb#cell-id=train-both)）。
# * 里程碑：① 打分函数；② 窄门；③ 注意力；④ 束搜索与长度；⑤ 三个日期。
#
# **进阶 2 · 命名实体识别**
#
# * 数据：`data.entity_sentences()`；装了可选包还有真报纸。
# * 要打败的：单向 LSTM 的实体 F1：0.46（[8.5 节](08_bidirectional_and_deep.ipynb#cell-id=tagging-scores)）；真报纸上，只看每个字最常见的标签 0.15（[8.7 节](08_bidirectional_and_deep.ipynb#cell-id=news-record)）。
# * 里程碑：① BIO 打分；② 双向；③ 换真报纸；④ 晚几个字回答（[8.6 节](08_bidirectional_and_deep.ipynb#cell-id=waiting-code)）。
#
# **进阶 3 · 语音识别基础**
#
# * 数据：`data.japanese_vowels()`，九个人的真录音。
# * 要打败的：帧取平均的线性分类器：97.0%（[0.3 节](00_quick_start.ipynb#cell-id=linear)）。
# * 里程碑：① 复现基线；② 加噪声、截短，看谁先垮；③ 五帧就答（[0.4 节](00_quick_start.ipynb#cell-id=stream-claim)）；④ 两人接力（[0.6 节](00_quick_start.ipynb#cell-id=switch-claim)）；⑤ 认一串元音，不给切分（CTC）。

# %% [markdown] lang="en" of="75141215.adae5983"
# ## 19.7 Six projects
#
# Three to begin with and three to go on with. For each, put four things on paper first: **where the data come from, which number is to be beaten, in which steps, and what counts as good**. Every number to beat has been measured; the link leads to its cell.
#
# **First 1 · Spelling by character**
#
# * Data: `data.name_splits()`, 5,163 names; or poems you like.
# * To beat: the 4-gram, 2.89 bits per character ([2.7](02_rnn_cell.ipynb#cell-id=training)).
# * Milestones: ① the 4-gram again; ② an RNN draws level; ③ an LSTM at 2.81; ④ a slider for temperature, and count how many names are copies ([2.7](02_rnn_cell.ipynb#cell-id=write-claim)).
#
# **First 2 · Sentiment**
#
# * Data: two hundred short reviews or more, collected and labelled by you.
# * To beat: a linear classifier on pairs of words (run below).
# * Milestones: ① single words; ② pairs; ③ a bidirectional LSTM with pooling; ④ test again on sentences with "not" and "hardly" alone.
#
# **First 3 · Forecasting**
#
# * Data: weather or load of Chapter 15.
# * To beat: the last value, last season's, a linear autoregression ([15.3](15_honest_forecasting.ipynb)).
# * Milestones: ① three baselines; ② one step ahead; ③ several; ④ prediction intervals and the share they really cover.
#
# **Next 1 · Translation**
#
# * Data: `data.date_pairs()`, then the real sentences of `data.pair_splits()`.
# * To beat: encoder and decoder without attention: of strings with two dates 0% without error ([11.6](11_attention_bridge.ipynb#cell-id=train-both)).
# * Milestones: ① the score; ② the narrow door; ③ attention; ④ beam search and length; ⑤ three dates.
#
# **Next 2 · Named entities**
#
# * Data: `data.entity_sentences()`; a real newspaper with the optional package.
# * To beat: an LSTM that reads one way, entity-level F1 0.46 ([8.5](08_bidirectional_and_deep.ipynb#cell-id=tagging-scores)); on the newspaper, each character's commonest tag 0.15 ([8.7](08_bidirectional_and_deep.ipynb#cell-id=news-record)).
# * Milestones: ① BIO and its score; ② both directions; ③ the newspaper; ④ answer some characters late ([8.6](08_bidirectional_and_deep.ipynb#cell-id=waiting-code)).
#
# **Next 3 · Speech, the basics**
#
# * Data: `data.japanese_vowels()`, real recordings of nine people.
# * To beat: a linear classifier on averaged frames: 97.0% ([0.3](00_quick_start.ipynb#cell-id=linear)).
# * Milestones: ① the baseline again; ② add noise, cut short: who breaks first? ③ answer after five frames ([0.4](00_quick_start.ipynb#cell-id=stream-claim)); ④ two speakers in turn ([0.6](00_quick_start.ipynb#cell-id=switch-claim)); ⑤ a string of vowels without their borders (CTC).

# %% [markdown] name="sentiment"
# 情感分析的基线，先替你搭好一个最小的。八样吃的，八个形容词，前面加“很”“真”或者“不”。训练用五样，测试用另外三样，一个网络都没有。

# %% [markdown] lang="en" of="8e815c1c.ca9a7c3a"
# The baseline for sentiment, set up for you at its smallest. Eight things to eat, eight adjectives, and before them "very", "really" or "not". Five things are for training, the other three for the test, and there is no network anywhere.

# %% name="bet-negation"
predict("Q19-negation")

# %% name="negation"
THINGS = "菜 面 汤 鱼 茶 饭 糖 酒 || soup fish tea rice beans cake wine bread".split()
GOOD = "好 香 鲜 美 || good fresh tasty lovely".split()
BAD = "差 咸 腥 糟 || bad salty stale awful".split()
VERY, REALLY, NOT = "很 真 不 || very really not".split()


def reviews(things):
    """(文字, 是不是夸) || (text, is it praise?)"""
    return [(f"{thing} {before} {word}", int((word in GOOD) != (before == NOT)))
            for thing in things for before in (VERY, REALLY, NOT)
            for word in GOOD + BAD]


def grams(text, n):
    """一个词到 n 个词连着 || runs of one to n words"""
    words = text.split()
    return [" ".join(words[k:k + m]) for m in range(1, n + 1)
            for k in range(len(words) - m + 1)]


def linear_on_counts(train, test, n):
    """只数出现几次的线性分类器 -> 测试正确率 || a linear classifier on counts -> test accuracy"""
    known = {gram: k for k, gram in enumerate(
        sorted({gram for text, _ in train for gram in grams(text, n)}))}

    def counts(pairs):
        x = torch.zeros(len(pairs), len(known))
        for row, (text, _) in enumerate(pairs):
            for gram in grams(text, n):
                if gram in known:
                    x[row, known[gram]] += 1
        return x, torch.tensor([praise for _, praise in pairs])

    torch.manual_seed(0)
    model = nn.Linear(len(known), 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    x, y = counts(train)
    for _ in range(300):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    x, y = counts(test)
    return (model(x).argmax(dim=1) == y).double().mean().item()


train, test = reviews(THINGS[:5]), reviews(THINGS[5:])
without_not = [[(text, praise) for text, praise in part if NOT not in text]
               for part in (train, test)]
single, pairs = (linear_on_counts(train, test, n) for n in (1, 2))
plain = linear_on_counts(*without_not, 1)
claim("Q19-negation", single < 0.75 and pairs > 0.95, single=single, pairs=pairs)
claim("Q19-negation-control", not plain < 0.75, plain=plain)

# %% [markdown] name="rubric"
# “不”的意思在后一个词里，一个词一个词地数，永远数不出来；连着数两个就够了。于是你的网络要打败的是**连着数两个**的那一条，不是只数单词的那一条。等你用上真的短评，“谁说不好吃”会让它也垮下来，那里才轮到记得住的网络。
#
# **评分标准**（每行 0 到 2 分，满分 12；自己打，再请一个人打，差了就谈谈为什么）：
#
# | | 0 分 | 1 分 | 2 分 |
# |---|---|---|---|
# | 问题和数据 | 只有题目 | 说清输入、输出、形状 | 还说清数据从哪里来、许可、三份怎么分 |
# | 基线 | 没有 | 有一条 | 有一条难打败的，并且先报它 |
# | 模型和训练 | 跑不起来 | 跑得起来，有监控、裁剪 | 能和框架或手算对上，先背下过一小批 |
# | 证据 | 一个种子、一个数 | 三个种子，报最差的 | 有对照：只改一样，结论就不成立 |
# | 失败 | 不提 | 挑了几个错例 | 说出在什么条件下会垮，并且量过 |
# | 复现 | 别人跑不了 | 一条命令能跑 | 种子、版本、数据都写明，一条命令、结果一致 |

# %% [markdown] lang="en" of="d416a0e6.949f01de"
# What "not" means lies in the next word. Counting word by word never finds it; counting pairs is enough. So your network has to beat **the pairs**, not the single words. On real reviews "who says it isn't good" will bring the pairs down as well, and that is where a network with a memory has its turn.
#
# **Rubric** (0 to 2 points a line, 12 in all; mark yourself, have somebody else mark you, and where you differ talk about why):
#
# | | 0 points | 1 point | 2 points |
# |---|---|---|---|
# | problem and data | a title | input, output and shapes are clear | also where the data come from, their licence, how the three parts were divided |
# | baseline | none | one | one that is hard to beat, and reported first |
# | model and training | does not run | runs, with a monitor and clipping | agrees with a framework or a hand calculation; has overfitted one small batch first |
# | evidence | one seed, one number | three seeds, the worst reported | a control: change one thing and the conclusion no longer holds |
# | failures | not mentioned | a few wrong cases | says under which conditions it breaks, and has measured that |
# | reproduction | nobody else can run it | one command runs it | seeds, versions and data stated; one command, the same result |

# %% [markdown] name="resources" covers=["R-01", "R-02"]
# ## 19.8 再往下读，各补上什么
#
# 好材料很多，难的是知道**它比手里的多了什么**。下面每一条都只写这个。

# %% [markdown] lang="en" of="dd81200c.076ed84b"
# ## 19.8 Where to read on, and what each adds
#
# There is no lack of good material. What is hard to know is **what it adds to what you have**, so that is all that is said here.

# %% name="resources-table" tags=["hide-input"] covers=["R-01", "R-02"]
def table_of(*kinds):
    rows = [f"| [{name}]({url}) | {adds} |"
            for kind in kinds for name, url, adds in data.links(kind)]
    head = "| 去哪里 | 补上什么 | || | where | what it adds |"
    return Markdown("\n".join([head, "|---|---|", *rows]))


table_of("course", "article", "manual")

# %% [markdown] name="z-warning" covers=["R-02"]
# **小心 z。** 那篇流传最广的 LSTM 博文，GRU 写的是 $(1-z_t)\,h_{t-1} + z_t\,\tilde h_t$：$z$ 大，是**写新**。这门课、PyTorch 和 Keras 写的是 $z_t\,h_{t-1} + (1-z_t)\,n_t$：$z$ 大，是**留旧**。两种都对，混着用就错：权重照抄过来，一步之后就差 0.69；把 $z$ 那一块取负，就只差舍入误差（[6.4 节](06_gru.ipynb#cell-id=convention)）。读任何一篇 GRU 的文章，先看这一行。

# %% [markdown] lang="en" of="2e11f32d.e3a9f2f0"
# **Mind the z.** The best-known post on LSTMs writes its GRU as $(1-z_t)\,h_{t-1} + z_t\,\tilde h_t$, so a large $z$ **writes the new**. This course, PyTorch and Keras write $z_t\,h_{t-1} + (1-z_t)\,n_t$, so a large $z$ **keeps the old**. Both are right and mixing them is wrong: copied as they are, the weights give states 0.69 apart after one step; with the $z$ block negated they agree up to rounding ([section 6.4](06_gru.ipynb#cell-id=convention)). In any text on the GRU look at this line first.

# %% [markdown] name="platforms" covers=["R-08"]
# ## 19.9 搬到别处去做
#
# 这门课不需要网络，也不需要 GPU；下面几处，是大作业放大的时候才用得上的。课程的任何一本笔记本都可以单独搬过去：先把课程装成一个包，再打开笔记本。
#
# ```
# pip wheel --no-deps -w dist .          # 在课程文件夹里，做出 dist/rnn_course-….whl
# pip install rnn_course-….whl           # 在别处，上传之后
# ```

# %% [markdown] lang="en" of="81fc9f36.5106d8a1"
# ## 19.9 Taking it elsewhere
#
# The course needs no network and no GPU; the places below are for a project that has outgrown your machine. Any notebook of the course can be taken along: make the course a package, install it there, open the notebook.
#
# ```
# pip wheel --no-deps -w dist .          # in the course folder: makes dist/rnn_course-….whl
# pip install rnn_course-….whl           # elsewhere, once it is uploaded
# ```

# %% name="platforms-table" tags=["hide-input"] covers=["R-08"]
table_of("platform")

# %% [markdown] name="summary-page" covers=["A-12", "X-09"]
# ## 19.10 印一张给自己
#
# 下面这一页排出你做过的：练习的分数、自评的目标、跑过的章节、押中的赌注。全部来自这台电脑上的记录（`work/` 文件夹和这个浏览器），不发给任何人；写上名字，按“打印”。它不是证书：没有人监考，19.2 节也说过一份成绩能说明多少。

# %% [markdown] lang="en" of="a4ca70ea.3df02685"
# ## 19.10 A page for yourself
#
# The page below sets out what you have done: scores of exercises, goals of the assessment, chapters run, bets won. All of it comes from this computer's own records (the folder `work/` and this browser) and is sent to nobody. Enter your name and press "Print". It is no certificate: nobody invigilated, and section 19.2 has said how much a score tells.

# %% name="certificate" tags=["hide-input", "nbval-ignore-output"] covers=["A-12", "X-09"]
certificate()

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 错题比分数值钱：一两题分不出会一半和全会，可是每道错题都指着一格。
# 2. 一句流传很广的话，先问“拿什么量的，和谁比，只改了一样吗”，再决定信不信。
# 3. 做任何序列任务，先写下要打败的那个数，再动手写网络。

# %% [markdown] lang="en" of="538131d6.10645b68"
# ## Three lines to remember
#
# 1. A missed item is worth more than the score: one or two items cannot tell half from all, but each miss names a cell.
# 2. Of any widespread saying, ask what was measured, against whom, and whether one thing alone was changed. Then believe it or not.
# 3. In any task on sequences, write down the number to beat before you write the network.

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章的赌注，和量出来的结果。

# %% [markdown] lang="en" of="f2668d30.db84ce92"
# ## How did your bets come out?
#
# The bets of this chapter, beside what was measured.

# %% name="bets"
bets_summary("19")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 三个问题，两分钟。

# %% [markdown] lang="en" of="e646ac38.30524e40"
# ## Self-check
#
# Three questions, two minutes.

# %% name="quiz" covers=["A-03"]
quiz("19-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 这是最后一章。挑一个大作业，写下要打败的数；把卡片导进 Anki；过一个星期，换一卷再考一次。

# %% [markdown] lang="en" of="8e43e0e7.d9b56eb8"
# ## What comes next
#
# This is the last chapter. Choose a project and write down the number to beat; import the cards; in a week, take another form.
