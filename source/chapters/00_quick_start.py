# ---
# jupyter:
#   course:
#     chapter: "00"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-01", "A-10"]
# # 第 0 章 快速上手：一个会听的网络
#
# **阅读 5 分钟 · 动手 25 分钟 · 难度 ⭐**
#
# 半小时之后，你会：
#
# 1. 用几秒钟训练出一个循环神经网络（recurrent neural network, RNN），让它凭一瞬间的声音认出说话的是谁；
# 2. 亲手拨动一段真实的录音，看着网络一帧一帧地拿主意、改主意；
# 3. 知道自己的基础够不够学这门课，缺哪一块、去哪里补（想先查基础，就跳到 0.7 节）。
#
# **第一次用 Jupyter？三行就够：**
#
# - 点一下代码格，按 **Shift + Enter** 运行；左边的 `[*]` 变成数字，就是算完了。请从上往下，一格一格来。
# - 猜测、滑块、按钮都可以随便动，弄不坏。改乱了代码，就选菜单 Kernel → Restart Kernel and Run All Cells（重启内核并运行全部）。
# - 该有互动页面的地方只有一句话？先运行那一格；还是没有，就按 Ctrl + Shift + C 打开命令面板，选 **Trust Notebook**（信任这份笔记本）。

# %% [markdown] lang="en" of="3d84fe48.ccf3c530"
# # Chapter 0. Quick start: a network that listens
#
# **5 min reading · 25 min at the keyboard · difficulty ⭐**
#
# Half an hour from now you will have
#
# 1. trained, in a few seconds, a recurrent neural network (RNN) that knows who is speaking from a moment of sound;
# 2. had your hands on a real recording, and watched the network make up its mind, and change it, frame by frame;
# 3. found out whether you are ready for this course, and if not, what to read first. (To check that now, skip to 0.7.)
#
# **New to Jupyter? Three lines will do:**
#
# - Click on a code cell and press **Shift + Enter** to run it. When the `[*]` on its left turns into a number, it is done. Work from top to bottom, one cell at a time.
# - Predictions, sliders and buttons are there to be played with; you cannot break anything. If the code is in a tangle, choose Kernel → Restart Kernel and Run All Cells.
# - Only a sentence where an interactive page should be? Run that cell. Still nothing? Press Ctrl + Shift + C for the command palette and choose **Trust Notebook**.

# %% name="setup"
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
import matplotlib.pyplot as plt
from IPython.display import Audio, display

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, quiz
from course_utils.training import (right_by_frame, running_verdicts, train_linear,
                                   train_on_recordings, verdicts)

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="sound" covers=["U-05"]
# ## 0.1 你听见人声，它看见数字
#
# 九位日本男士，各自把“啊、诶”两个元音连起来，说了几十上百遍。电话那头的朋友只“喂”了一声，你就知道是谁；网络能做到吗？
#
# 语音助手、输入法、会议字幕，第一步大多相同：把声音切成短短的**帧**（frame），每帧用十几个数描述。这里每帧 12 个数，叫**倒谱系数**（cepstral coefficients），大致刻画那一刻口腔和喉咙的形状；语音识别里更常听到的 MFCC 是它的近亲。于是一段录音变成一张 $T \times 12$ 的表：$T$ 帧，先后有序，长短不一。
#
# 这就是**序列数据**。别的先不管，装进来看一眼。

# %% [markdown] lang="en" of="d58176e2.f6b56513"
# ## 0.1 You hear a voice, it sees numbers
#
# Nine Japanese men each said the vowels "ah-eh", run together, dozens of times. When a friend on the phone says no more than "hello", you know who it is. Can a network do that?
#
# Voice assistants, dictation, live captions: most of them begin in the same way, by cutting the sound into short **frames** and describing each with a dozen numbers or so. Here there are 12 per frame, called **cepstral coefficients**; roughly, they capture the shape of throat and mouth at that moment. (In speech recognition you will more often hear of MFCCs, close relatives.) A recording turns into a table, $T \times 12$: $T$ frames in order, and no two recordings need be equally long.
#
# That is **sequence data**. Enough said; let us load it and look.

# %% name="load" covers=["U-05"]
(train_x, train_y), (test_x, test_y) = data.japanese_vowels()
# 只用训练集来算 || from the training set only
mean, std = torch.cat(train_x).mean(0), torch.cat(train_x).std(0)
train_x = [(x - mean) / std for x in train_x]  # 每段 (T, 12)；0 就是“平常” || each (T, 12); 0 is "average"
test_x = [(x - mean) / std for x in test_x]


def milliseconds(frames):
    return 25.6 + 6.4 * (frames - 1)  # 每帧 25.6 毫秒，每隔 6.4 毫秒一帧 || frames of 25.6 ms, one every 6.4 ms


lengths = [len(x) for x in train_x + test_x]
print(len(train_x), "段训练， || to train on,", len(test_x), "段测试 || to test on")
for title, frames in (("最短 || shortest", min(lengths)), ("最长 || longest", max(lengths))):
    print(f"{title}:", frames, "帧 || frames", f"= {milliseconds(frames):.0f} ms")

# %% [markdown] name="three"
# 下面是三段测试录音。横轴是时间，一列一帧；纵轴是 12 个系数，越亮数值越大。**A、B、C 里有两段是同一个人说的。是哪两段？** 线索在第 7、8 行。先在猜测框里选，再运行下一格：先印出三个人的编号，再用 ✓ 告诉你“A 和 C 是同一个人”成立，你的猜测框也随之翻开。（`control` 那一行，下一节就讲。）

# %% [markdown] lang="en" of="5681037c.087056e7"
# Here are three of the test recordings. Time runs to the right, one column per frame; the rows are the 12 coefficients, brighter is larger. **Two of A, B and C are the same person. Which two?** (Rows 7 and 8 hold a clue.) Choose in the box, then run the cell after it. It prints the numbers of the three speakers; the ✓ says that "A and C are the same person" holds, and the box with your prediction turns over. (What the `control` line is for, the next section explains.)

# %% name="three-figure"
a, b, c = 35, 66, 40  # 录音的编号 || numbers of the recordings
fig, axes = plt.subplots(1, 3, figsize=(8, 2.8))
for ax, letter, i in zip(axes, "ABC", (a, b, c)):
    plotting.heat_strip(ax, test_x[i], limit=3, label="数值（标准化） || value (standardised)")
    ax.set(title=letter, xlabel="帧 || frame", ylabel="倒谱系数 || coefficient")
plt.show()

# %% name="bet-eye"
predict("Q0-eye")

# %% name="eye"
print("A, B, C:", *(f"{test_y[i] + 1} 号 || no. {test_y[i] + 1}" for i in (a, b, c)))
# A 和 C || A and C
claim("Q0-eye", test_y[a] == test_y[c],
      A=test_y[a] + 1, B=test_y[b] + 1, C=test_y[c] + 1)
claim("Q0-eye-control", not test_y[a] == test_y[b])

# %% [markdown] name="hear-intro"
# **想听听吗？** 数据里没有录音，只有系数。不过系数描述了声道的形状，可以反过来用：拿一串均匀的脉冲当声带，让它通过这个形状。下面依次是 A、B、C，放慢到四分之一的速度。**这是用倒谱系数重新合成的，不是录音**：音高是我们定的，三段一样高，响度也已丢失，所以像机器在说话。
#
# 先听出“啊”怎样滑到“诶”，再听听 A 和 C 是不是更像。听不出来也正常：平时帮你认人的音高和语调，这里都没有了。

# %% [markdown] lang="en" of="8411f263.95c10248"
# **Would you like to hear them?** The data hold no sound, only coefficients. But those describe the shape of the vocal tract, and that can be turned round: an even train of pulses stands in for the vocal cords and is sent through this shape. Below are A, B and C in turn, at a quarter of the speed. **This is resynthesised from the cepstral coefficients; it is not a recording.** The pitch is our choice, the same for all three, and the loudness is lost, so it sounds like a machine.
#
# First listen for the "ah" gliding into the "eh"; then, do A and C sound more alike? If you cannot tell, do not worry: pitch and intonation, which help you to know a voice, are gone.

# %% name="hear" tags=["nbval-ignore-output"]
for letter, i in zip("ABC", (a, b, c)):
    print(letter)
    # 放慢到四分之一 || at a quarter of the speed
    display(Audio(data.resynthesised(test_x[i] * std + mean, slower=4), rate=10_000))

# %% [markdown] name="train" covers=["A-01"]
# ## 0.2 几秒钟，学会听
#
# 下面这个网络叫 BiLSTM，今天先当**黑盒**用：它从头到尾、再从尾到头读一段录音，两边各交出 32 个数，最后一层据此给九个人打分。盒子里有什么，第 2 章开始拆。
#
# 录音长短不一、怎样分批、怎样训练，都收在 `train_on_recordings` 里，今天不必看。训练那一格会跑上几秒到十几秒。

# %% [markdown] lang="en" of="dd2980e2.25c60b82"
# ## 0.2 Learning to listen, in seconds
#
# The network below is called a BiLSTM. Today it is a **black box**: it reads a recording from start to end and from end to start, hands over 32 numbers from each, and a last layer turns them into scores for the nine men. From Chapter 2 on we take the box apart.
#
# Recordings differ in length; how they are bundled and trained on is the business of `train_on_recordings`, which you need not look into today. The cell that trains takes from a few seconds to a quarter of a minute.

# %% name="model"
class Voice(nn.Module):
    """听完整段，给九个人打分 || Hear a whole recording, score the nine speakers"""

    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.LSTM(12, hidden, bidirectional=True)
        self.readout = nn.Linear(2 * hidden, 9)

    def forward(self, recordings):  # 一包 B 段 (T, 12) || a bundle of B recordings (T, 12)
        _, (h, _) = self.rnn(recordings)                    # h (2, B, 32)
        return self.readout(torch.cat([h[0], h[1]], dim=1))                  # (B, 9)


def share_right(named):                                     # (N,) -> 认对的比例 || share that is right
    return (named == test_y).float().mean().item()

# %% name="bet-network"
predict("Q0")

# %% name="training" covers=["A-01", "U-05"]
networks = [train_on_recordings(Voice, train_x, train_y, seed) for seed in (0, 1, 2)]
# 370 段，训练时一段也没见过 || 370 recordings, none of them seen in training
voices = [share_right(verdicts(network, test_x)) for network in networks]

mixed = torch.randperm(len(train_y), generator=torch.Generator().manual_seed(0))
confused_network = train_on_recordings(Voice, train_x, train_y[mixed], 0)
confused = share_right(verdicts(confused_network, test_x))

claim("Q0", sum(share >= 0.93 for share in voices) >= 2,
      accuracy=min(voices), middle=sorted(voices)[1], best=max(voices))
# 只把训练集的人名打乱 || nothing changed but the names of the training set: shuffled
claim("Q0-control", not confused >= 0.93, accuracy=confused)

# %% [markdown] name="train-meaning"
# 打了 ✓ 的 `Q0`：三次训练（换三个随机种子），至少两次在没听过的录音上认对了 93% 以上；旁边是最低的那个成绩。
#
# 第二行是**对照**：网络不变，训练不变，只把训练录音的人名打乱，成绩就垮了。可见它学到的确实是“这个声音属于谁”。这门课里每个结论都这样写：用 `claim` 写下、在你的机器上重算，再配一个只改一样、结论就不成立的对照。

# %% [markdown] lang="en" of="73999808.dbfb76ab"
# `Q0` with its ✓: of three trainings, each from a different random seed, at least two named the speaker of more than 93% of recordings they had never heard. The lowest score stands beside it.
#
# The second line is a **control**. Same network, same training, only the names on the training recordings are shuffled, and the score collapses. So what it learnt really is whose voice is whose. Every result in this course comes like this: a `claim` that your own machine recomputes, and a control in which one thing is changed and the result is gone.

# %% [markdown] name="opponent"
# ## 0.3 且慢，对手是谁？
#
# 九成三听着很神。可是在鼓掌之前，总要先问一句：**最笨的办法能做到多少？** 这叫**基线**（baseline）。
#
# 这里的笨办法是：把一段录音所有帧取平均，时间就此扔掉，只剩 12 个数，再交给一层线性分类器（逻辑回归）。没有循环，没有记忆，连先后都不知道。

# %% [markdown] lang="en" of="288667ff.5f6f2062"
# ## 0.3 Hold on: who was the opponent?
#
# Ninety-three per cent sounds like magic. Before the applause, one question should always be asked: **how far does the plainest method get?** That is called a **baseline**.
#
# Here the plain method is to average all the frames of a recording. Time is gone; 12 numbers are left, and they go into a single linear layer (logistic regression). No recurrence, no memory, not even a notion of before and after.

# %% name="bet-linear"
predict("Q0b")

# %% name="linear"
def averages(recordings):
    return torch.stack([x.mean(0) for x in recordings])     # (N, 12)


plain = train_linear(averages(train_x), train_y, label="线性 || linear")
linear = share_right(plain(averages(test_x)).argmax(1))
always_three = (test_y == 2).float().mean().item()          # 总猜 3 号 || always say no. 3
middle = sorted(voices)[1]  # 三个网络里居中的一个 || the middle one of the three networks

claim("Q0b", linear >= 0.93, accuracy=linear)
claim("Q0b-control", not always_three >= 0.93, accuracy=always_three)
claim("Q0b-level", abs(linear - middle) < 0.04, linear=linear, network=middle)
claim("Q0b-level-control", not abs(always_three - middle) < 0.04)

# %% [markdown] name="linear-meaning"
# 打了个平手！老实说，在这份数据上，九个人的嗓音用平均数就几乎分得开，出动 BiLSTM 是大炮打蚊子。今后看见“我们的网络准确率 97%”，请先找那条基线；没有基线的成绩，听听就好。
#
# 那循环网络的本事在哪里？**不在赢，在“流”**：它可以一边听一边想，随时给出答案，而且记什么、忘什么，是它自己学来的。下面就来看这个。

# %% [markdown] lang="en" of="bb510a5e.f3ce211c"
# A draw! To be honest about it: in these data the nine voices can nearly be told apart by their averages, and the BiLSTM was a sledgehammer to crack a nut. The next time you read "our network is 97% accurate", look for the baseline first. A score without one tells you little.
#
# Then what are recurrent networks good for? **The wonder is not the victory, it is the stream.** Such a network can think while it listens and answer at any moment, and what to keep and what to let go is something it learns by itself. That is what we look at next.

# %% [markdown] name="stream"
# ## 0.4 不等你说完
#
# BiLSTM 要倒着再读一遍，非等录音结束不可。换一个只往前听的：`Listener` 里的 GRU（循环单元的一种，第 6 章拆开）随身带着 **16 个数**，每来一帧就更新一次，当场给出判断。听过的一切都得压缩在这 16 个数里，它们叫**隐藏状态**（hidden state），也就是网络的记忆：
#
# $$\text{新的状态}_{(16)} = \text{GRU}\bigl(\text{这一帧}_{(12)},\ \text{旧的状态}_{(16)}\bigr)$$
#
# 对手也升级：平均数同样可以边听边算，“到目前为止的平均”。为了公平，线性分类器也改在每一帧上训练。

# %% [markdown] lang="en" of="3e5d3c1d.4acbab2c"
# ## 0.4 Before you have finished speaking
#
# A BiLSTM also reads backwards, so it must wait for the recording to end. Let us take a network that only listens forwards. The GRU inside `Listener` (one kind of recurrent cell; Chapter 6 takes it apart) carries **16 numbers** along, updates them with each frame, and gives a verdict on the spot. Whatever it has heard must be squeezed into those 16 numbers. They are called the **hidden state**, and they are the network's memory:
#
# $$\text{new state}_{(16)} = \text{GRU}\bigl(\text{this frame}_{(12)},\ \text{old state}_{(16)}\bigr)$$
#
# The opponent gets an upgrade too. An average can also be kept while listening, as "the mean so far". To be fair, its linear classifier is now trained on every frame.

# %% name="listener"
class Listener(nn.Module):
    """每听一帧，就给九个人打一次分 || Score the nine speakers after each frame"""

    def __init__(self, hidden=16):
        super().__init__()
        self.rnn = nn.GRU(12, hidden)
        self.readout = nn.Linear(hidden, 9)

    def forward(self, recordings):
        states, _ = self.rnn(recordings)
        return self.readout(states.data)  # 包里所有的帧 (总帧数, 9) || all frames of the bundle (frames, 9)


def mean_so_far(x):                                         # (T, 12) -> (T, 12)
    return x.cumsum(0) / torch.arange(1, len(x) + 1).unsqueeze(1)


listeners = [train_on_recordings(Listener, train_x, train_y, seed, every_frame=True)
             for seed in (0, 1)]
of_frames = torch.cat([y.expand(len(x)) for x, y in zip(train_x, train_y)])
running = train_linear(torch.cat([mean_so_far(x) for x in train_x]), of_frames,
                       label="线性 || linear")

# %% name="bet-stream"
predict("Q0c")

# %% name="stream-claim"
def listen(model, recordings):
    """每段录音，听到每一帧时认作谁 || For each recording, whom it names after each frame"""
    return [running_verdicts(model, x) for x in recordings]             # (T,) each


def average(classifier, recordings):
    """同上，凭到目前为止的平均 || The same, going by the mean so far"""
    return [classifier(mean_so_far(x)).argmax(1) for x in recordings]   # (T,) each


by_frame = [right_by_frame(listen(model, test_x), test_y) for model in listeners]
so_far = right_by_frame(average(running, test_x), test_y)
whole_only = right_by_frame(average(plain, test_x), test_y)

print("5 帧： || 5 frames:", f"{milliseconds(5):.0f} ms")
claim("Q0c", sum(share[4] >= 0.87 for share in by_frame) == 2,
      share=min(share[4] for share in by_frame))
# 只用整段平均训练过的分类器，提前问就不灵 || trained on whole averages only: asked early, it fails
claim("Q0c-control", not whole_only[4] >= 0.87, share=whole_only[4])
gaps = [(share - so_far).abs().max() for share in by_frame]
claim("Q0c-level", all(gap < 0.08 for gap in gaps), largest_gap=max(gaps))
gap = (by_frame[0] - whole_only).abs().max()
claim("Q0c-level-control", not gap < 0.08, largest_gap=gap)

# %% name="stream-figure"
heard = range(1, max(lengths) + 1)
fig, ax = plt.subplots(figsize=(7, 3))
ax.plot(heard, by_frame[0], "o-", markersize=4, label="GRU，只往前听 || GRU, listening forwards")
ax.plot(heard, so_far, "s--", markersize=4, label="到目前为止的平均 || mean so far")
ax.plot(heard, whole_only, "^:", markersize=4,
        label="同上，但只用整段训练 || same, trained on whole recordings only")
ax.set(xlabel="听到的帧数 || frames heard", ylabel="认对的比例 || share that is right",
       ylim=(0.5, 1), xticks=[1, 5, 10, 15, 20, 25])
ax.legend(loc="lower right")
plt.show()

# %% [markdown] name="stream-meaning"
# 二十分之一秒，就认对了九成上下。可是看图：“到目前为止的平均”又追平了，一步不落。（点线是没升级的对手：训练时只见过整段的平均，提前问它就不灵。）平均其实也有状态（12 个数，外加听了几帧），也能边听边更新，只是更新的规则是**我们替它定的**：每一帧，不论新旧，分量相同。
#
# GRU 的规则不是谁定的，是从数据里学来的。这点差别要紧吗？先去摸一摸它的状态，再出一道专门的题。

# %% [markdown] lang="en" of="1564660e.819bff1a"
# A twentieth of a second, and about nine times out of ten it is right. But look at the figure: the mean so far keeps up at every step. (The dotted line is the opponent without its upgrade: it only ever saw averages of whole recordings, and does badly when asked early.) The mean too has a state (12 numbers, and how many frames went into them) and updates it while listening. Only its rule of updating was **laid down by us**: every frame, old or new, weighs the same.
#
# Nobody laid down the GRU's rule; it was learnt from the data. Does that difference matter? First put your hands on its state; then we set a question on purpose.

# %% [markdown] name="touch" covers=["A-05"]
# ## 0.5 伸手进去
#
# 下面的页面里装着刚训练好的 `Listener`：拖动“听到第几帧”，上面是声音，中间是那 16 个数，下面是它对九个人各有几分把握（后验概率，posterior）。一切都由页面里的网络当场算出。录音是每人一段，挑的是他改口最多的那段；越靠前，改口越多，最后几个人可能一次也不改。
#
# 试试这些任务：
#
# 1. **改主意。** 从第 1 帧慢慢往后拖。它改过几次口？从哪一帧起再也没变？
# 2. **抓住把柄。** 拖到最后一帧，换着系数按“静音这一路”。能找到一路，一静音它就改口吗？找不到，就换一段录音。
# 3. **余音。** 拖到第 1 帧，把某个系数的值推到尽头；再一帧帧往后听。空心框是没改动时的判断：几帧之后，黑条和空心框才又大致对齐？
# 4. **失忆。** 复原，拖到中间，按“清空之前的记忆”。状态那几列变了吗？判断呢？
# 5. **换人。** 最后两段录音，话说到一半换了人。换人之后，它要几帧才改口？

# %% [markdown] lang="en" of="97e5e84e.71f178f2"
# ## 0.5 Reach inside
#
# The page below holds the `Listener` you have just trained. Drag "heard up to frame": at the top is the sound, in the middle are those 16 numbers, at the bottom its belief in each of the nine men (the posterior probability). Everything is computed on the spot by the network in the page. There is one recording for each speaker, the one over which it changes its mind most often. Those with the most changes come first; over the last few men it may never waver at all.
#
# Things to try:
#
# 1. **Second thoughts.** Drag slowly from frame 1. How often does it change its mind? From which frame on does it stay put?
# 2. **What gives him away?** Go to the last frame and press "Mute it" for one coefficient after another. Can you find one without which it changes its verdict? If not, take another recording.
# 3. **Echo.** At frame 1, push the value of one coefficient all the way to the end; then listen on, frame by frame. The outlines are its beliefs when nothing is touched. How many frames does it take until bars and outlines roughly agree again?
# 4. **Amnesia.** Restore all, go to the middle, press "Forget all before this frame". Do the columns of the state change? Does the verdict?
# 5. **Change of speaker.** In the last two recordings somebody else takes over half-way. How many frames before it changes its mind?

# %% name="explorer" tags=["nbval-ignore-output", "hide-input"] covers=["A-05"]
# 这一格只是挑录音、取权重、交给页面，不必细读 || picks recordings, takes the weights, hands both to the page: no need to study it
listener = listeners[0]


def heard_as(i):  # 每帧最像谁 (T,) || who it says in each frame (T,)
    return running_verdicts(listener, test_x[i])


def wavering(i):
    return heard_as(i).diff().count_nonzero().item()


def of_speaker(n):
    return (test_y == n).nonzero().flatten().tolist()


def sure(n):  # n 的一段录音，从头到尾都认对 || a recording of n that it gets right throughout
    return next(i for i in of_speaker(n) if (heard_as(i) == n).all())


def recording(*parts):
    frames = torch.cat([test_x[i] for i in parts])
    return {"x": frames.double().round(decimals=2).tolist(),
            "speaker": [test_y[i].item() + 1 for i in parts for _ in test_x[i]]}


chosen = [max(of_speaker(n), key=wavering) for n in range(9)]
chosen.sort(key=wavering, reverse=True)
weights = {name.split(".")[1].removesuffix("_l0"): value.double().round(decimals=3)
           for name, value in listener.state_dict().items()}
Explorer("vowel", height=740, **weights,
         recordings=[*(recording(i) for i in chosen),
                     recording(sure(0), sure(4)), recording(sure(4), sure(0))])

# %% [markdown] name="switch"
# ## 0.6 说到一半，换人了
#
# 第 5 个任务正好把两种记忆分开。把两个人的录音首尾相接，甲说完乙接着说。乙说完的那一刻，问它们：**现在是谁在说话？** 只考那些换人之前认对了甲的情形。

# %% [markdown] lang="en" of="3c050522.e8b94d12"
# ## 0.6 Half-way through, somebody else takes over
#
# Your fifth task is just what tells the two kinds of memory apart. Join the recordings of two men, so that B takes over when A is done. At the moment B finishes, ask both: **who is speaking now?** Only those cases count in which A had been recognised before the change.

# %% name="bet-switch"
predict("Q0d")

# %% name="switch-claim"
drawn = torch.randint(len(test_x), (300, 2), generator=torch.Generator().manual_seed(1))
pairs = [(i, j) for i, j in drawn.tolist() if test_y[i] != test_y[j]]


joined = [torch.cat([test_x[i], test_x[j]]) for i, j in pairs]  # (T_i + T_j, 12)


def notices(named):
    """换人之前认对了甲的那些情形里，最后认出乙的比例 || Of the cases where A was recognised before the change, the share where B is at
    the end"""
    at_the_end = [(who[-1] == test_y[j]).item() for who, (i, j) in zip(named, pairs)
                  if who[len(test_x[i]) - 1] == test_y[i]]
    return sum(at_the_end) / len(at_the_end)


noticed = [notices(listen(model, joined)) for model in listeners]
averaging = notices(average(running, joined))
claim("Q0d", sum(share >= 0.65 for share in noticed) == 2,
      network=min(noticed), average=averaging)
# 同样边听边答，只是记忆换成平均 || it answers as it listens, too; only its memory is an average
claim("Q0d-control", not averaging >= 0.65, average=averaging)

# %% [markdown] name="switch-meaning"
# 这回分出了高下，而且这道题谁也没教过：训练录音里从来没有换过人。平均数一视同仁，甲说过的每一帧都永远算数，乙大致得说得比甲还多才翻得了案；GRU 的状态则会让位给新的声音。**记多久、何时让位，是它自己学出来的更新规则。**
#
# 别夸大：你也可以手工设计一个“旧的渐渐淡出”的平均，它同样会改口。妙处在于不必有人去设计。等到要记的是一句话的主语、一段旋律的动机，手工规则就无从写起了。这个状态怎样更新、怎样训练、为什么有时学不会记住远处的东西，就是第 1 到 4 章的故事。

# %% [markdown] lang="en" of="46dc307e.b7e59399"
# Now there is a winner, and in a test that nobody trained for: in the training recordings the speaker never changes. An average treats all frames alike. Every frame of A's counts for ever, and B has to say more than A did, roughly, to overturn the verdict. The state of the GRU makes room for new sound. **How long to remember, and when to give way, is part of an update rule it learnt by itself.**
#
# Let us not overstate it. You could design an average in which the past fades, and it would change its mind too. The beauty is that nobody had to. And when the thing to be remembered is the subject of a sentence, or the motif of a tune, there is no such rule to write by hand. How this state is updated, how it is trained, and why it sometimes fails to learn from far back, is the story of Chapters 1 to 4.

# %% [markdown] name="ready" covers=["A-13"]
# ## 0.7 你准备好了吗？十分钟自查
#
# 这门课默认你会四样东西：**前向与反向传播、PyTorch 的基本用法、序列数据的样子、梯度会出什么问题**。每样一道小题：先填预测，再运行。选错了没关系，后面说去哪里补。
#
# **第一题：前向与反向。**

# %% [markdown] lang="en" of="1a6b0e29.f31a932c"
# ## 0.7 Are you ready? A ten-minute check
#
# This course takes four things for granted: **the forward and the backward pass, the basics of PyTorch, what sequence data look like, and what can go wrong with gradients**. One small question on each: predict first, then run. A wrong guess does no harm; further down it says what to read.
#
# **Question 1: forward and backward.**

# %% name="bet-chain"
predict("Q0-chain")

# %% name="chain" covers=["A-13"]
w = torch.tensor(2.0, requires_grad=True)
y = (3 * w - 1) ** 2                                        # 前向：算出 y || forward: compute y
y.backward()                                                # 反向：算出 dy/dw || backward: compute dy/dw
show("dy/dw", w.grad)
claim("Q0-chain", w.grad == 30, gradient=w.grad)
# 10 = 2(3w − 1)：漏了链式法则里的 3 || 10 = 2(3w − 1): the chain rule's 3 is missing
claim("Q0-chain-control", not w.grad == 10)

# %% [markdown] name="ready-framework"
# **第二题：框架。** 接着上一格，`w.grad` 还在。

# %% [markdown] lang="en" of="a0e6aac7.c89d7d91"
# **Question 2: the framework.** We go on from the cell above; `w.grad` is still there.

# %% name="bet-accumulate"
predict("Q0-accumulate")

# %% name="accumulate" covers=["A-13"]
# 上一格的 y 不能再用：它的计算图已经释放，y.backward() 会报错 || not the y from above: its graph is gone, and y.backward() would be an error
((3 * w - 1) ** 2).backward()
claim("Q0-accumulate", w.grad == 60, gradient=w.grad)

w.grad = None  # optimizer.zero_grad() 做的就是这件事 || this is what optimizer.zero_grad() does
((3 * w - 1) ** 2).backward()
claim("Q0-accumulate-control", not w.grad == 60)

# %% [markdown] name="ready-sequence"
# **第三题：序列数据。**

# %% [markdown] lang="en" of="18848000.4d245c47"
# **Question 3: sequence data.**

# %% name="bet-shape"
predict("Q0-shape")

# %% name="shape" covers=["A-13"]
clips = [torch.randn(T, 12) for T in (5, 3, 2)]
batch = pad_sequence(clips, batch_first=True)
print(tuple(batch.shape), "  不写 batch_first || without batch_first:", tuple(pad_sequence(clips).shape))
claim("Q0-shape", batch.shape == (3, 5, 12), B=3, T=5, I=12)
claim("Q0-shape-control", not pad_sequence(clips).shape == (3, 5, 12))

# %% [markdown] name="ready-gradient"
# **第四题：梯度。** 输入 1，连过 10 层 sigmoid，好比一个 10 层、每层一个单元、权重都是 1 的网络。

# %% [markdown] lang="en" of="17313b8a.f89c8130"
# **Question 4: gradients.** The number 1 passes through 10 sigmoids in a row, like a network of 10 layers with one unit each and all weights 1.

# %% name="bet-deep"
predict("Q0-deep")

# %% name="deep" covers=["A-13"]
def slope(activation, layers=10):
    x = torch.tensor(1.0, requires_grad=True)
    out = x
    for _ in range(layers):
        out = activation(out)
    out.backward()
    return x.grad


claim("Q0-deep", slope(torch.sigmoid) < 1e-5, slope=slope(torch.sigmoid))
# 换成 ReLU，正数原样通过 || ReLU lets a positive number through unchanged
claim("Q0-deep-control", not slope(torch.relu) < 1e-5)

# %% [markdown] name="ready-quiz-intro" covers=["A-13", "A-14"]
# 再答四个概念题，每题对应上面一样。选错的选项会告诉你该读什么。

# %% [markdown] lang="en" of="63a318fc.8c178a12"
# Now four questions on the ideas, one for each of the above. A wrong choice tells you what to read.

# %% name="ready-quiz" covers=["A-13", "A-14"]
quiz("00-ready")

# %% [markdown] name="ready-pointers" covers=["A-14"]
# ### 哪里没答上来，就读哪里
#
# 教程名是 PyTorch 官网 Tutorials 栏目里的原名，前四篇都属于“Learn the Basics”系列。
#
# | 没把握的是 | 先读 PyTorch 的 | 本课会在哪里用到 |
# |---|---|---|
# | 前向与反向传播 | Automatic Differentiation with torch.autograd；想多练一遍：A Gentle Introduction to torch.autograd | [第 3 章](03_bptt.ipynb)：沿时间往回走 |
# | PyTorch 的用法 | Build the Neural Network；Optimizing Model Parameters | [第 2 章](02_rnn_cell.ipynb)：自己写单元、自己训练 |
# | 序列数据 | Tensors（形状和维度） | [第 1 章](01_sequences_and_memory.ipynb)：从这里讲起，不需要先会 |
# | 梯度的毛病 | 读完第一行那篇就够 | [第 4 章](04_gradient_microscope.ipynb)：用显微镜看 |
#
# 八题错了一两题：补上那一行，就可以出发。错了一半以上：先把“Learn the Basics”从头做一遍，一两个晚上，值得。

# %% [markdown] lang="en" of="cde39928.73890495"
# ### Missed something? Read this
#
# The titles are those in the Tutorials section of the PyTorch site; apart from “A Gentle Introduction …” they all belong to the series “Learn the Basics”.
#
# | If you are unsure about | read, from PyTorch, | and this course uses it in |
# |---|---|---|
# | the forward and backward pass | Automatic Differentiation with torch.autograd; for a second round, A Gentle Introduction to torch.autograd | [Chapter 3](03_bptt.ipynb): walking back through time |
# | using PyTorch | Build the Neural Network; Optimizing Model Parameters | [Chapter 2](02_rnn_cell.ipynb): writing and training a cell of your own |
# | sequence data | Tensors (shapes and dimensions) | [Chapter 1](01_sequences_and_memory.ipynb), which starts from the beginning |
# | what goes wrong with gradients | the tutorial in the first row is enough | [Chapter 4](04_gradient_microscope.ipynb): under the microscope |
#
# One or two of the eight wrong: read that row, and off you go. More than half wrong: work through “Learn the Basics” from the start. It takes an evening or two, and pays.

# %% [markdown] name="how" covers=["A-02"]
# ## 0.8 这门课怎么用
#
# **预测 → 运行 → 对比。** 每个测量之前都有一个猜测框。先下注再看结果，猜错的地方就是学到东西的地方。预测空着不填也能运行，只是可惜。
#
# | 章 | 一句话 | 练习 |
# |---|---|---|
# | 00 快速上手 | 你在这里 | |
# | [01 序列与记忆](01_sequences_and_memory.ipynb) | 次序为什么要紧，网络拿什么来记 | |
# | [02 循环单元](02_rnn_cell.ipynb) | 一个单元，一组权重，用在每一步 | [E01](../../exercises/zh/E01_simple_rnn.ipynb) |
# | [03 时间反向传播](03_bptt.ipynb) | 误差怎样沿着时间往回走 | [E02](../../exercises/zh/E02_bptt.ipynb) |
# | [04 梯度显微镜](04_gradient_microscope.ipynb) | 梯度为什么消失、爆炸，怎样量，怎样治 | [E03](../../exercises/zh/E03_clipping.ipynb) |
# | [05 长短期记忆 LSTM](05_lstm.ipynb) | 给记忆修一条路：细胞状态和三个门 | [E04](../../exercises/zh/E04_lstm.ipynb) |
# | [06 GRU](06_gru.ipynb) | 少一个门，几种写法怎样换算 | [E06](../../exercises/zh/E06_gru.ipynb) |
# | [07 记忆视界](07_memory_horizon.ipynb) | 公平地比一比：谁记得多远，由什么决定 | [E05](../../exercises/zh/E05_compare.ipynb) |
#
# 这是前八章，课程的地基。往后是双向、变长、翻译与注意力、现代循环、流式、调试、预测、案例、历史和自评：整张地图和每章要花的时间，在[开始页](../../start/zh.ipynb)上。
#
# **练习**在 `exercises` 文件夹里，写好之后保存，运行最后一格 `check.grade()`，它会打分并指出常见的误解；也可以在终端里用 `rnn-course grade 文件名`。你改的是自己的副本，重新打开课程不会盖掉它。
#
# **手边的工具：**
#
# - 学习检查点：每章末尾的“自测”，加上本章 0.7 的基础自查。
# - 可视化：每章的互动页面；自己的网络可以用 `plotting.unrolled_graph` 和 `plotting.heat_strip` 画（第 2 章有例子）。
# - 训练监控：`training.fit` 记下每一步的损失和梯度大小，`plotting.learning_curves` 画出来（第 2 章 2.7 节）。
# - 训练不对劲：[第 14 章 调试诊所](14_debugging_clinic.ipynb)。常见问题（FAQ）和自评：[第 19 章](19_self_assessment_and_faq.ipynb)。

# %% [markdown] lang="en" of="d0839f6d.ea891bc7"
# ## 0.8 How to use this course
#
# **Predict → run → compare.** Before every measurement there is a box for your guess. Place the bet first: where you guess wrong is where you learn something. Left blank, it changes nothing, but it would be a pity.
#
# | Chapter | In one line | Exercise |
# |---|---|---|
# | 00 Quick start | you are here | |
# | [01 Sequences and memory](01_sequences_and_memory.ipynb) | why order matters, and what a network remembers with | |
# | [02 The recurrent cell](02_rnn_cell.ipynb) | one cell, one set of weights, used at every step | [E01](../../exercises/en/E01_simple_rnn.ipynb) |
# | [03 Back-propagation through time](03_bptt.ipynb) | how an error travels back along time | [E02](../../exercises/en/E02_bptt.ipynb) |
# | [04 The gradient microscope](04_gradient_microscope.ipynb) | why gradients vanish and explode, how to measure it, what helps | [E03](../../exercises/en/E03_clipping.ipynb) |
# | [05 Long short-term memory (LSTM)](05_lstm.ipynb) | a road for memory: the cell state and three gates | [E04](../../exercises/en/E04_lstm.ipynb) |
# | [06 The GRU](06_gru.ipynb) | one gate fewer, and how to convert between its dialects | [E06](../../exercises/en/E06_gru.ipynb) |
# | [07 The memory horizon](07_memory_horizon.ipynb) | a fair race: who remembers how far back, and what decides it | [E05](../../exercises/en/E05_compare.ipynb) |
#
# These eight are the foundation. Both directions, variable length, translation and attention, modern recurrence, streaming, debugging, forecasting, cases, history and self-assessment follow: the whole map, with the time each chapter takes, is on the [start page](../../start/en.ipynb).
#
# **Exercises** are in the folder `exercises`. When you have written your answer, save, and run the last cell, `check.grade()`: it gives a mark and names common misconceptions. From a terminal, `rnn-course grade FILE` does the same. You work on a copy of your own, and opening the course again never overwrites it.
#
# **Tools within reach:**
#
# - Checkpoints: the self-check at the end of each chapter, and the check of your foundations in 0.7.
# - Visualisation: the interactive pages of each chapter; for networks of your own, `plotting.unrolled_graph` and `plotting.heat_strip` (examples in Chapter 2).
# - Monitoring a training: `training.fit` records the loss and the size of the gradient at each step, and `plotting.learning_curves` draws them (Chapter 2, section 2.7).
# - A training that goes wrong: the debugging clinic of [Chapter 14](14_debugging_clinic.ipynb). FAQ and self-assessment: [Chapter 19](19_self_assessment_and_faq.ipynb).

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 循环网络一边读序列，一边更新一个大小固定的状态，随时可以给出答案。
# 2. 平均也是一种状态；循环网络的不同在于，更新状态的规则是学来的。
# 3. 鼓掌之前先看基线：妙在“流”，不在赢。

# %% [markdown] lang="en" of="65305fbb.4e0ec8f6"
# ## Three lines to remember
#
# 1. A recurrent network reads a sequence while updating a state of fixed size, and can answer at any moment.
# 2. An average is a state as well; what sets a recurrent network apart is that the rule of updating is learnt.
# 3. Look for the baseline before you applaud: the wonder is the stream, not the victory.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面。最有把握却错了的排在最前面：那几处最值得回头再读。

# %% [markdown] lang="en" of="2a46c1f5.df250250"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it. Those you were sure of and lost come first: they are the places to go back to.

# %% name="bets"
bets_summary("00")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上前文作答。选错了，也看看为什么。

# %% [markdown] lang="en" of="b7e37d7d.e35d5e7c"
# ## Self-check
#
# Answer without scrolling up. If you choose wrongly, read why.

# %% name="quiz" covers=["A-03"]
quiz("00-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 网络已经会听了，可“次序”到底带来了什么？[第 1 章 序列与记忆](01_sequences_and_memory.ipynb) 会用一把剑、一句“猫追狗”来回答。

# %% [markdown] lang="en" of="31cf862b.4293de44"
# ## What next
#
# The network can listen. But what exactly is it that order contributes? [Chapter 1, Sequences and memory](01_sequences_and_memory.ipynb), answers with a sword and with a cat that chases a dog.
