# ---
# jupyter:
#   course:
#     chapter: "17a"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["U-05", "U-06", "R-07"]
# # 第 17a 章 语音案例：听写与朗读
#
# **阅读 20 分钟 · 动手 35 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 从波形一步步算出 MFCC，说得出每一步丢掉了什么；
# 2. 写出 CTC 的前向算法和两种解码，不标注“哪一刻是哪个字”，也能训练一个听写网络；
# 3. 让网络念出声来，量一量它念得对不对，念长句会怎样。
#
# 两个实验：**听写**（17a.3–17a.9）和**朗读**（17a.10–17a.12），各占十分钟上下，各有基线和结论。声音全是合成的：一门只有七个字母的“语言”，可以点开听。需要的基础：第 8 章的双向网络，第 9 章的打包，第 11 章的注意力。

# %% [markdown] lang="en" of="6cae6b22.ab73175c"
# # Chapter 17a. Speech: from sound to text and back
#
# **20 min reading · 35 min at the keyboard · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. compute MFCC from a waveform step by step, and say what each step throws away;
# 2. write the forward algorithm of CTC and two ways of decoding, and train a network that takes dictation although nobody marked which moment belongs to which letter;
# 3. let a network speak aloud, and measure whether it says the right thing and what long texts do to it.
#
# Two labs: **dictation** (17a.3–17a.9) and **reading aloud** (17a.10–17a.12), about ten minutes each, each with a baseline and a verdict. All sound is synthetic, a "language" of seven letters that you can play and hear. You need the bidirectional networks of Chapter 8, packing from Chapter 9 and attention from Chapter 11.

# %% name="setup"
import copy
import itertools
import math
from collections import defaultdict

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
import matplotlib.pyplot as plt
from IPython.display import Audio, display

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.data.utterances import LETTERS, RATE, Voice
from course_utils.explore import bets_summary, predict, quiz

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread
SEEDS = 0, 1, 2                      # 每个网络都训练三次 || every network is trained three times

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，分别来自第 8、9、11 章。

# %% [markdown] lang="en" of="82b470e9.efb2b879"
# ## Warm-up
#
# Three questions, from Chapters 8, 9 and 11.

# %% name="recall" covers=["A-03"]
quiz("17a-recall")

# %% [markdown] name="voice" covers=["U-05"]
# ## 17a.1 声音是怎么来的？
#
# 把手放在喉咙上，念“啊——”。手指感到的颤动是**声带**：每秒一百多次，一下一下的脉冲，这是**音高**（pitch）。脉冲进了口腔，口腔就像瓶子一样响起来，有几个频率特别响，叫**共振峰**（formant）。嘴张大是“啊”，嘴角拉开是“衣”：**音高是声带定的，字是口腔定的。**
#
# 于是可以造一门语言：七个字母，五个元音 `a e i o u`，一个鼻音 `m`，一个不用声带、只吹气的 `s`。每个元音是三个共振峰，每个脉冲让三个衰减的正弦响一次。这叫**源–滤波器模型**。
#
# 先听：`a`、`i`，再听高一个八度的 `a`。

# %% [markdown] lang="en" of="91fdd7d7.b1c03c94"
# ## 17a.1 Where does a voice come from?
#
# Put a hand on your throat and say "ah". What your fingers feel are the **vocal cords**: pulses, a hundred and more in a second. That is the **pitch**. The pulses enter the mouth, and the mouth rings like a bottle: a few frequencies ring most, its **formants**. Opened wide, it says "ah"; stretched wide, "ee": **the cords make the pitch, the mouth makes the letter.**
#
# So we can invent a language of seven letters: five vowels `a e i o u`, a nasal `m`, and an `s` that is breath alone, without the cords. A vowel is three formants, and each pulse sets off three decaying sines. This is the **source-filter model**.
#
# Listen: `a`, `i`, and then the `a` an octave higher.

# %% name="vowels" tags=["nbval-ignore-output"] covers=["U-05"]
a_low = data.vowel("a", voice=Voice(pitch=110))                     # (4000,): 0.5 s
i_low = data.vowel("i", voice=Voice(pitch=110))
a_high = data.vowel("a", voice=Voice(pitch=220))
for name, wave in (("a, 110 Hz", a_low), ("i, 110 Hz", i_low), ("a, 220 Hz", a_high)):
    print(name)
    display(Audio(wave.numpy(), rate=RATE))

fig, axes = plt.subplots(2, 3, figsize=(9, 3.8), sharex="row", sharey="row")
for column, (name, wave) in zip(axes.T, (("a, 110 Hz", a_low), ("i, 110 Hz", i_low),
                                         ("a, 220 Hz", a_high))):
    milliseconds = torch.arange(240) * 1000 / RATE
    column[0].plot(milliseconds, wave[2000:2240], lw=1)
    column[0].set(title=name, xlabel="时间（毫秒） || time (ms)")
    piece = wave[1000:1400] * torch.hann_window(400)                    # 50 ms
    spectrum = torch.fft.rfft(piece, n=2000).abs().square()
    column[1].plot(torch.linspace(0, RATE / 2, len(spectrum)),
                   10 * (spectrum + 1e-3).log10(), lw=0.8)
    column[1].set(xlabel="频率（Hz） || frequency (Hz)", xticks=[0, 1000, 2000, 3000, 4000])
axes[0, 0].set_ylabel("波形 || waveform")
axes[1, 0].set_ylabel("功率（dB） || power (dB)")
plt.show()

# %% [markdown] name="vowel-meaning"
# 下排就是答案：密密的梳齿是脉冲（间隔 = 音高），梳齿顶上的**轮廓**是口腔。左右两图轮廓相同、梳齿疏密不同：同一个字母。左和中梳齿一样，轮廓不同：两个字母。
#
# 要听写，就该**留下轮廓，扔掉梳齿**。下一节做的就是这件事。

# %% [markdown] lang="en" of="d97c1c97.6d2a357c"
# The answer is in the lower row. The fine comb is the pulses (its spacing is the pitch), and the **outline** of its teeth is the mouth. Left and right have one outline and different combs: the same letter. Left and middle have one comb and different outlines: two letters.
#
# To take dictation, **keep the outline and drop the comb**. That is what the next section does.

# %% [markdown] name="mfcc" covers=["U-05"]
# ## 17a.2 从波形到 MFCC，五步
#
# 语音的老牌特征叫**梅尔频率倒谱系数**（mel-frequency cepstral coefficients, MFCC）。五步，多半会丢掉一点用不着的东西：
#
# | 步骤 | 形状 | 丢掉了什么 |
# |---|---|---|
# | 1. 切帧，乘窗 | $(N,) \to (T, 256)$ | 什么也没丢（窗有重叠，拼得回来） |
# | 2. 傅里叶变换，取功率 | $(T, 129)$ | 相位，连同比 32 毫秒更细的时间 |
# | 3. 三角形的**梅尔滤波器**：低频细，高频粗，像耳朵 | $(T, 20)$ | 梳齿，高频的细节 |
# | 4. 取对数，也像耳朵 | $(T, 20)$ | 什么也没丢，只是换了尺子 |
# | 5. 离散余弦变换（DCT），留前 13 个 | $(T, 13)$ | 轮廓上的小皱纹 |
#
# 每隔 128 个样本（16 毫秒）一帧。**梅尔**（mel）是一把音高的尺子：$f$ 赫兹记作 $2595 \log_{10}(1 + f/700)$ 梅尔。

# %% [markdown] lang="en" of="63528ddf.80dcef6b"
# ## 17a.2 From waveform to MFCC in five steps
#
# The time-honoured features of speech are the **mel-frequency cepstral coefficients** (MFCC). Five steps, most of which throw away something that is not needed:
#
# | step | shape | what is thrown away |
# |---|---|---|
# | 1. cut into frames, times a window | $(N,) \to (T, 256)$ | nothing (windows overlap and can be put together again) |
# | 2. Fourier transform, power | $(T, 129)$ | the phase, and with it time finer than 32 ms |
# | 3. triangular **mel filters**: narrow at low frequencies, wide at high ones, like the ear | $(T, 20)$ | the comb, and detail at high frequencies |
# | 4. logarithm, like the ear as well | $(T, 20)$ | nothing; another yardstick |
# | 5. discrete cosine transform (DCT), the first 13 | $(T, 13)$ | small wrinkles of the outline |
#
# There is a frame every 128 samples (16 ms). The **mel** is a yardstick of pitch: $f$ Hz are $2595 \log_{10}(1 + f/700)$ mel.

# %% name="mfcc-code" covers=["U-05"]
WINDOW, HOP, BANDS, KEPT = 256, 128, 20, 13


def mel_filters():
    """-> (20, 129)：每行一个三角形，在梅尔尺上等宽
    || -> (20, 129): one triangle in each row, of equal width in mel"""
    low, high = (2595 * math.log10(1 + f / 700) for f in (60, RATE / 2))
    edges = 700 * (10 ** (torch.linspace(low, high, BANDS + 2) / 2595) - 1)    # Hz
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    f = torch.linspace(0, RATE / 2, WINDOW // 2 + 1)
    return torch.minimum((f - left) / (centre - left),
                         (right - f) / (right - centre)).clamp(min=0)


MEL = mel_filters()                                                     # (20, 129)
n, k = torch.arange(BANDS), torch.arange(KEPT)
DCT = (math.pi / BANDS * (n + 0.5) * k[:, None]).cos() * (2 / BANDS) ** 0.5  # (13, 20)


def power(wave):
    """(N,) -> (T, 129)"""
    frames = wave.unfold(0, WINDOW, HOP) * torch.hann_window(WINDOW)    # (T, 256)
    return torch.fft.rfft(frames).abs().square()


def log_mel(wave):
    """(N,) -> (T, 20)"""
    return (power(wave) @ MEL.T + 1e-3).log()


def mfcc(wave):
    """(N,) -> (T, 13)"""
    return log_mel(wave) @ DCT.T


spoken = data.speak("amisu", torch.Generator().manual_seed(3), voice=Voice(pitch=130))
show("波形 || waveform", list(spoken.wave.shape))
for step in (power, log_mel, mfcc):
    show(step.__name__, list(step(spoken.wave).shape))

seconds = len(spoken.wave) / RATE
fig, axes = plt.subplots(4, 1, figsize=(8, 7.2), sharex=True)
axes[0].plot(torch.arange(len(spoken.wave)) / RATE, spoken.wave, lw=0.5)
axes[0].set(title="波形 || waveform", xlim=(0, seconds))
pictures = ((10 * (power(spoken.wave) + 1e-3).log10(), (0, RATE / 2),
             "功率谱（频谱图） || power (spectrogram)", "频率（Hz） || frequency (Hz)"),
            (log_mel(spoken.wave), (0, BANDS), "对数梅尔 || log mel", "频带 || band"),
            (mfcc(spoken.wave)[:, 1:], (0.5, KEPT - 0.5), "MFCC",
             "系数 || coefficient"))
for ax, (picture, ends, title, ylabel) in zip(axes[1:], pictures):
    ax.imshow(picture.T, origin="lower", aspect="auto", extent=(0, seconds, *ends))
    ax.set(title=title, ylabel=ylabel)
    ax.grid(False)
starts = (spoken.start, *spoken.ends[:-1])
for letter, start, end in zip(spoken.text, starts, spoken.ends):
    axes[0].text((start + end) / 2 / RATE, 0.42, letter, ha="center", fontsize=12)
    for ax in axes:
        ax.axvline(end / RATE, color="black", lw=0.6, ls=":")
axes[0].set_ylim(-0.5, 0.55)
axes[3].set_xlabel("时间（秒） || time (s)")
plt.show()

# %% [markdown] name="thrown"
# 波形每秒 8000 个数；频谱图每秒约 60 帧，每帧 129 个，并不比波形少。再往下，每帧只剩 20 个、13 个。（第 0 个系数只是响度，图里没画。）频谱图里一条条横纹是梳齿，到了对数梅尔就模糊了，`s` 的高频噪声和元音的共振峰却还在。
#
# 真的把音高扔掉了吗？拿开头三个声音来量：`a` 换一个音高，和 `a` 换成 `i`，哪个变得多？再看相位：把波形上下翻转，MFCC 变不变？

# %% [markdown] lang="en" of="ae3330e3.5ca75fec"
# The wave has 8,000 numbers a second. The spectrogram, with some 60 frames a second and 129 numbers in each, has no fewer; below it, a frame has 20, and then 13. (Coefficient 0 is just the loudness and is not drawn.) The horizontal stripes in the spectrogram are the comb; in log mel they have blurred, while the high noise of `s` and the formants of the vowels are still there.
#
# Has the pitch really gone? Measure it on the first three sounds: which changes more, an `a` at another pitch, or an `a` turned into an `i`? And the phase: turn the waveform upside down; do the MFCC change?

# %% name="bet-pitch"
predict("Q17a-pitch")

# %% name="pitch-claim" covers=["U-05"]
def pitch_share(features):
    """换音高的距离 / 换字母的距离（不看响度） || distance between two pitches, over that
    between two letters"""
    low, other, high = (features(wave).mean(0) for wave in (a_low, i_low, a_high))
    return ((high - low).norm() / (other - low).norm()).item()


def log_power(wave):
    """(N,) -> (T, 129)，减去每帧的平均，也就是响度
    || (N,) -> (T, 129), minus the mean of each frame, its loudness"""
    levels = (power(wave) + 1e-3).log()
    return levels - levels.mean(1, keepdim=True)


share = pitch_share(lambda wave: mfcc(wave)[:, 1:])
raw = pitch_share(log_power)    # 对照：不经过梅尔和 DCT || control: without mel and DCT
claim("Q17a-pitch", share < 0.3, share=share)
claim("Q17a-pitch-control", not raw < 0.3, share=raw)
flipped = (mfcc(-a_low) - mfcc(a_low)).abs().max().item()
claim("Q17a-phase", flipped < 1e-4, gap=flipped)
unlike = (-a_low - a_low).abs().max().item()              # 波形自己 || the waveform itself
claim("Q17a-phase-control", not unlike < 1e-4, gap=unlike)

# %% [markdown] name="pitch-meaning" covers=["U-05"]
# 音高没有全扔，至少在这一对元音上扔了大半。波形上下翻过来，MFCC 看不出。中文的声调恰恰在音高里，所以中文的识别系统常把音高另外算一份加回来；情感识别也常用它，说话人识别有时也用。**特征不是越干净越好：丢什么，要问任务。**
#
# 今天的大系统多半停在第 4 步，用对数梅尔，把第 5 步留给网络去学。DCT 当年的好处是让系数彼此不太相关，那是对角协方差的高斯模型要的，网络不挑。

# %% [markdown] lang="en" of="6b36341b.1ceb9662"
# The pitch has not all gone, but most of it has, for this pair of vowels at least; turning the waveform upside down leaves no trace in the MFCC. The tones of Chinese live in the pitch, so recognisers of Chinese often compute it separately and add it again; so do many systems that tell moods, and some that tell speakers. **Cleaner is not better: ask the task what may go.**
#
# Today's large systems mostly stop at step 4, with log mel, and leave step 5 for the network to learn. The merit of the DCT was that its coefficients are less correlated, which Gaussian models with diagonal covariances needed; networks do not mind.

# %% [markdown] name="task" covers=["U-05", "C-35", "!37"]
# ## 17a.3 听写：题目和基线
#
# 语音识别用在哪里？先看哪些场合**等得起整段录音**，17a.8 节要用：
#
# | 应用 | 等得到结尾吗 |
# |---|---|
# | 语音助手、语音输入法 | 边说边出字时等不到；说完再改时等得到 |
# | 会议记录、客服质检 | 录音存着：等得到 |
# | 视频字幕 | 影片等得到，直播等不到 |
#
# 我们的题目：400 段训练，100 段验证，200 段测试，每段 3 到 6 个字母。每段换一个人（音高 90–220 Hz，口腔的大小差四成），每个字母念 80 到 200 毫秒，字母之间滑过去，再盖上一层噪声。（一段一个词、只分类不转写的题目，在[第 0 章](00_quick_start.ipynb)和[第 8 章](08_bidirectional_and_deep.ipynb)。）

# %% [markdown] lang="en" of="ea9c2279.6638fbdd"
# ## 17a.3 Dictation: the task and a baseline
#
# Where is speech recognition used? Note which of them **can wait for the end of a recording**; section 17a.8 needs it:
#
# | use | can it wait for the end? |
# |---|---|
# | voice assistants, dictation | not while words appear as you speak; yes when they are revised after you stop |
# | minutes of meetings, quality control of calls | recorded: yes |
# | subtitles | for a film yes, live no |
#
# Our task: 400 utterances for training, 100 for validation, 200 for the test, with 3 to 6 letters each. Every utterance has another speaker (a pitch of 90 to 220 Hz, mouths whose sizes differ by up to four tenths), every letter lasts 80 to 200 ms, letters glide into one another, and noise lies over it all. (One word per recording, to be classified and not transcribed: that is [Chapter 0](00_quick_start.ipynb) and [Chapter 8](08_bidirectional_and_deep.ipynb).)

# %% name="utterances" tags=["nbval-ignore-output"] covers=["U-05"]
NOISE = 0.08                                                            # 改我 || change me
g = torch.Generator().manual_seed(0)
train_set, check_set, test_set = (data.utterances(count, g, noise=NOISE)
                                  for count in (400, 100, 200))
for utterance in test_set[:3]:
    print(utterance.text)
    display(Audio(utterance.wave.numpy(), rate=RATE))

# %% [markdown] name="baseline" covers=["U-05"]
# 成绩用**标签错误率**（label error rate）：把写下的改成正确的文字，最少要几次增、删、改（编辑距离），除以字母总数。
#
# 基线要便宜，也要像样：**最近的平均帧**。每个字母（还有“安静”）取训练帧的平均，新来的每一帧看离哪个平均最近，在左右几帧里投票，再把连续相同的并成一个。投票的宽度由验证集挑。它还占了一个便宜：**知道每一帧是哪个字母**（声音是我们合成的）。后面的网络不许知道。

# %% [markdown] lang="en" of="5084dd18.4103996d"
# The score is the **label error rate**: the smallest number of insertions, deletions and replacements that turn what was written into the right text (the edit distance), divided by the number of letters.
#
# The baseline should be cheap and decent: **nearest mean frame**. Average the training frames of each letter (and of "quiet"); each new frame goes to the nearest average, frames vote with their neighbours, and runs of one letter become one. How many vote is chosen on the validation set. It also has an unfair advantage: it **knows which letter each training frame belongs to** (we made the sound). The network will not be told.

# %% name="baseline-code" covers=["U-05"]
def normalised(dataset):
    """每段 (T, 13)，按训练集的均值和标准差标准化
    || (T, 13) each, standardised by the training set's mean and spread"""
    return [(mfcc(utterance.wave) - mean) / std for utterance in dataset]


frames = torch.cat([mfcc(utterance.wave) for utterance in train_set])
mean, std = frames.mean(0), frames.std(0)
train_x, check_x, test_x = map(normalised, (train_set, check_set, test_set))


def frame_labels(utterance, T):
    """每帧中点是哪个字母：1–7，安静是 0 -> (T,)
    || the letter at the middle of each frame: 1–7, 0 where it is quiet -> (T,)"""
    places = [utterance.letter_at(t * HOP + WINDOW // 2) for t in range(T)]
    text = utterance.text
    return torch.tensor([0 if place is None else 1 + LETTERS.index(text[place])
                         for place in places])


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            replaced = diagonal + (x != y)
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, replaced)
    return row[-1]


def error_rate(written, dataset):
    wrong = sum(edit_distance(text, u.text) for text, u in zip(written, dataset))
    return wrong / sum(len(u.text) for u in dataset)


def spell(labels):
    return "".join(LETTERS[k - 1] for k in labels)


true_labels = torch.cat([frame_labels(u, len(x)) for u, x in zip(train_set, train_x)])
all_frames = torch.cat(train_x)                                         # (sum of T, 13)
average = torch.stack([all_frames[true_labels == k].mean(0) for k in range(8)])


def by_nearest(x, voters):
    votes = F.one_hot(torch.cdist(x, average).argmin(1), 8).float()     # (T, 8)
    votes = F.avg_pool1d(votes.T, voters, stride=1, padding=voters // 2)
    runs = [k for k, _ in itertools.groupby(votes.argmax(0).tolist())]
    return spell(k for k in runs if k)


by_width = {voters: error_rate([by_nearest(x, voters) for x in check_x], check_set)
            for voters in (1, 5, 7, 9, 11, 13)}
voters = min(by_width, key=by_width.get)
baseline = error_rate([by_nearest(x, voters) for x in test_x], test_set)
claim("Q17a-baseline", 0.2 < baseline < 0.4, error=baseline, voters=voters)
alone = error_rate([by_nearest(x, 1) for x in test_x], test_set)
claim("Q17a-baseline-control", not 0.2 < alone < 0.4, error=alone)

# %% [markdown] name="collapse" covers=["U-05"]
# ## 17a.4 没有人标注帧
#
# 基线错在哪里？只看附近几帧，有的字母分不清，说话人一换更难分；两个 `a` 连着念，并起来只剩一个。要听懂，得看前后，也就是要一个循环网络。
#
# 循环网络每一步给出一个分布，训练它要每一步的答案。可是真实的录音只配有**文字**：一句话，三百帧，二十个字，哪一帧是哪个字？请人标，贵；自己猜，会错。
#
# 2006 年的办法叫**联结主义时序分类**（connectionist temporal classification, CTC）：
#
# 1. 字母表里加一个**空白符**（blank），写作 `-`，意思是“这一步不写字”；
# 2. 网络每一步写一个符号，连成一条**路径** $\pi = (\pi_1, \dots, \pi_T)$；一条路径的概率，是各步概率的乘积：$p(\pi) = \prod_t p_t(\pi_t)$，其中 $p_t(\pi_t)$ 是网络在第 $t$ 步给符号 $\pi_t$ 的概率；
# 3. 路径按规则 $\mathcal B$ **折叠**成文字：先把连续相同的并成一个，再删去空白。
#
# 许多条路径折成同一句话。CTC 说：**一句话的概率，是所有折成它的路径的概率之和。** 训练时让这个和变大，哪条路径都行，对齐由网络自己去找。
#
# {symbols: \pi_t}
#
# 折叠几条看看：
#
# | 路径 | `aab-b` | `a-bb-` | `-aabb` | `aabbb` | `ab-bb` |
# |---|---|---|---|---|---|
# | 文字 | `abb` | `ab` | `ab` | `ab` | `abb` |
#
# `aab-b` 折成 `abb`，因为两个 `b` 之间隔着空白；`aabbb` 折成 `ab`。**连着两个相同的字母，中间非有空白不可。**
#
# 字母表只有 `a`、`b` 和空白，五步，共 $3^5 = 243$ 条路径。下注：

# %% [markdown] lang="en" of="12391857.54d41331"
# ## 17a.4 Nobody marked the frames
#
# Where does the baseline go wrong? In a few neighbouring frames some letters look alike, the more so when speakers differ; and two `a` in a row are merged into one. To understand, one must look around, and that takes a recurrent network.
#
# A recurrent network gives a distribution at each step, and to train it one needs an answer for each step. But a real recording comes with **text** only: a sentence, three hundred frames, twenty characters. Which frame is which? Paying people to mark it is expensive; guessing goes wrong.
#
# The way out, of 2006, is **connectionist temporal classification** (CTC):
#
# 1. add a **blank** to the alphabet, written `-`, which means "nothing to write at this step";
# 2. at each step the network writes one symbol; together they are a **path** $\pi = (\pi_1, \dots, \pi_T)$, whose probability is the product of its steps' probabilities, $p(\pi) = \prod_t p_t(\pi_t)$, where $p_t(\pi_t)$ is what the network gives the symbol $\pi_t$ at step $t$;
# 3. a path **collapses** into text by a rule $\mathcal B$: first merge runs of the same symbol, then delete the blanks.
#
# Many paths collapse to the same text. CTC says: **the probability of a text is the sum over all paths that collapse to it.** Training raises that sum, by whichever path; the network finds the alignment by itself.
#
# {symbols: \pi_t}
#
# Collapse a few:
#
# | path | `aab-b` | `a-bb-` | `-aabb` | `aabbb` | `ab-bb` |
# |---|---|---|---|---|---|
# | text | `abb` | `ab` | `ab` | `ab` | `abb` |
#
# `aab-b` collapses to `abb`, because a blank stands between the two `b`; `aabbb` collapses to `ab`. **Between two equal letters in a row there has to be a blank.**
#
# With an alphabet of `a`, `b` and blank, five steps allow $3^5 = 243$ paths. Place your bet:

# %% name="bet-paths"
predict("Q17a-paths")

# %% name="paths-code" covers=["U-05"]
def collapse(path, blank=0):
    """路径 -> 文字：先并，后删 || path -> text: merge, then delete"""
    return tuple(symbol for symbol, _ in itertools.groupby(path) if symbol != blank)


for path in ("aab-b", "a-bb-", "-aabb", "aabbb", "ab-bb"):
    text = "".join(collapse(path, blank="-"))
    print(f"{path}  ->  {text}")


def paths_to(text, steps, symbols=3):
    """折成 text 的所有路径 || all paths that collapse to `text`"""
    return [path for path in itertools.product(range(symbols), repeat=steps)
            if collapse(path) == tuple(text)]


ab, aa = len(paths_to([1, 2], 5)), len(paths_to([1, 1], 5))
claim("Q17a-paths", ab > 30, paths=ab)
claim("Q17a-paths-control", not aa > 30, paths=aa)
show("ab，10 步 || ab, 10 steps", len(paths_to([1, 2], 10)))

# %% [markdown] name="forward" covers=["U-05"]
# ## 17a.5 不用枚举的求和：前向算法
#
# 五步还数得过来。三百步、二十个字，约有 $10^{51}$ 条路径。好在它们共用前缀：和[第 16a 章](16a_text_cases.ipynb)的维特比一样，一步一步往前推，只是把“取最大”换成“求和”。
#
# 在文字的每个字母前后都插上空白，`ab` 变成 `-a-b-`，长 $2U+1$，第 $j$ 个符号叫 $z_j$，$j$ 从 1 数起（$U$ 是文字的长度）。$\alpha_t(j)$ 是：走了 $t$ 步、停在第 $j$ 个符号上的所有路径的概率之和。到这里有三条来路：
#
# $$\alpha_t(j) = p_t(z_j)\,\bigl[\underbrace{\alpha_{t-1}(j)}_{\text{停着}} + \underbrace{\alpha_{t-1}(j-1)}_{\text{走一格}} + \underbrace{\alpha_{t-1}(j-2)}_{\text{跳过空白}}\bigr]$$
#
# 第三条只在 $z_j$ 不是空白、又和 $z_{j-2}$ 不同时才许走：两个相同的字母之间，空白跳不得。开头只能站在第一个空白或第一个字母上：$\alpha_1(1) = p_1(z_1)$，$\alpha_1(2) = p_1(z_2)$，其余是 0；结尾只能停在最后一个字母或最后的空白上，所以总概率是 $\alpha_T(2U) + \alpha_T(2U+1)$。概率连乘会小得存不下，所以代码里全用对数，加法变成 `logsumexp`。
#
# {symbols: \alpha_t(j)}
#
# 下图是 `ab` 的两条路径：`aabbb` 从 a 跳过空白到 b，`-a-b-` 一格一格地走。

# %% [markdown] lang="en" of="ec218997.b5dce8fd"
# ## 17a.5 The sum without enumeration: the forward algorithm
#
# Five steps can be counted. Three hundred steps and twenty letters have about $10^{51}$ paths. But they share prefixes. As with Viterbi in [Chapter 16a](16a_text_cases.ipynb), move on step by step; only "take the largest" becomes "add up".
#
# Put a blank before and after each letter of the text: `ab` becomes `-a-b-`, of length $2U+1$, whose $j$-th symbol, counted from 1, is called $z_j$ ($U$ is the length of the text). $\alpha_t(j)$ is the total probability of all paths that have taken $t$ steps and stand on symbol $j$. There are three ways to get there:
#
# $$\alpha_t(j) = p_t(z_j)\,\bigl[\underbrace{\alpha_{t-1}(j)}_{\text{stay}} + \underbrace{\alpha_{t-1}(j-1)}_{\text{move on}} + \underbrace{\alpha_{t-1}(j-2)}_{\text{leap over a blank}}\bigr]$$
#
# The third is allowed only if $z_j$ is no blank and differs from $z_{j-2}$: between two equal letters the blank must not be leapt over. A path starts on the first blank or the first letter, so $\alpha_1(1) = p_1(z_1)$, $\alpha_1(2) = p_1(z_2)$, and the rest are 0; it ends on the last letter or the last blank, so the total is $\alpha_T(2U) + \alpha_T(2U+1)$. Products of probabilities soon get too small to store, so the code works in logarithms throughout, and sums become `logsumexp`.
#
# {symbols: \alpha_t(j)}
#
# The picture shows two paths of `ab`: `aabbb` leaps over the blank between a and b, and `-a-b-` moves on symbol by symbol.

# %% name="lattice" tags=["hide-input"] covers=["U-05"]
symbols = ["-", "a", "-", "b", "-"]
toy = torch.tensor([[0.5, 0.4, 0.1], [0.2, 0.7, 0.1], [0.6, 0.2, 0.2], [0.1, 0.1, 0.8],
                    [0.7, 0.1, 0.2]])                                   # (T, 3)
shares = toy[:, [0, 1, 0, 2, 0]]                                        # (T, 2U + 1)
fig, ax = plt.subplots(figsize=(6, 3.4))
plotting.tag_lattice(ax, [str(t) for t in range(1, 6)], symbols, shares,
                     [1, 1, 3, 3, 3], [0, 1, 2, 3, 4],
                     ("路径 aabbb || path aabbb", "路径 -a-b- || path -a-b-"))
ax.set(ylabel="插了空白的文字 || text with blanks")
ax.set_xlabel("第几步（点越大，概率越高） || step (the larger the dot, the likelier)")
ax.get_legend().set_bbox_to_anchor((0.5, 1.2))
plt.show()

# %% name="forward-code" covers=["U-05"]
def ctc_forward(log_p, text, blank=0, leap_between_equals=False):
    """log_p (T, C)，text 是标签 -> 所有路径的总概率的对数，标量
    || log_p (T, C), text of labels -> log of the probability of all paths, scalar"""
    z = torch.tensor([blank, *(symbol for label in text for symbol in (label, blank))])
    may_leap = z[2:] != blank                                           # (2U - 1,)
    if not leap_between_equals:
        may_leap &= z[2:] != z[:-2]
    never = -math.inf
    alpha = torch.full((len(z),), never, dtype=log_p.dtype)             # (2U + 1,)
    alpha[:2] = log_p[0, z[:2]]                         # 开头只能是空白或第一个字母 || how paths start
    for t in range(1, len(log_p)):
        moved = F.pad(alpha[:-1], (1, 0), value=never)
        leapt = F.pad(alpha[:-2].masked_fill(~may_leap, never), (2, 0), value=never)
        alpha = log_p[t, z] + torch.stack([alpha, moved, leapt]).logsumexp(0)
    return alpha[-2:].logsumexp(0)                      # 停在最后一个字母或空白 || and how they end


def by_enumeration(log_p, text):
    steps, symbols = log_p.shape
    paths = torch.tensor(paths_to(text, steps, symbols))                # (条数, T) || (paths, T)
    return log_p[torch.arange(steps), paths].sum(1).logsumexp(0)


def by_torch(log_p, text):
    return -F.ctc_loss(log_p[:, None], torch.tensor([text]), [len(log_p)], [len(text)],
                       reduction="sum")


def with_leaps(log_p, text):
    return ctc_forward(log_p, text, leap_between_equals=True)


g = torch.Generator().manual_seed(1)
log_p = torch.randn(6, 4, generator=g, dtype=torch.float64).log_softmax(1)  # (6, 4)
texts = [[1], [1, 2], [1, 1], [3, 3, 2], [2, 1, 3, 1]]
from_torch, counted, lax = (
    max(abs(other(log_p, text) - ctc_forward(log_p, text)).item() for text in texts)
    for other in (by_torch, by_enumeration, with_leaps))
claim("Q17a-forward", max(from_torch, counted) < 1e-8, gap=max(from_torch, counted))
# 对照：相同的字母之间也许跳 || control: leaps between equal letters are allowed
claim("Q17a-forward-control", not lax < 1e-8, gap=lax)

# %% [markdown] name="forward-meaning"
# 十四行，和 `torch.nn.functional.ctc_loss` 一致，和逐条枚举也一致。这个对数取负就是**损失**。训练时请用 torch 的：直接对这十四行求导会得到 NaN，因为有的 `logsumexp` 里全是 $-\infty$。放开“相同字母之间不许跳”这一条，总和就多算了：`[1, 1]` 会把只写了一个字母的路径也算进来。
#
# 用 torch 时记三件事：输入是 **log_softmax** 之后的，形状 $(T, B, C)$，批在中间；每段的步数和字数都要给；文字比步数还长（或重复太多）时，一条路径也没有，损失是无穷大。

# %% [markdown] lang="en" of="0dcf250c.184d39e4"
# Fourteen lines that agree with `torch.nn.functional.ctc_loss`, and with enumerating path by path. The negative of this logarithm is the **loss**. To train, use torch's: differentiating ours gives NaN, from a `logsumexp` over nothing but $-\infty$. Drop the rule that forbids leaping between equal letters, and the sum counts too much: `[1, 1]` then takes in paths that write one letter only.
#
# Three things to remember with torch: the input comes from **log_softmax**, with shape $(T, B, C)$, the batch in the middle; the number of steps and letters of each utterance must be given; and where the text is longer than the steps allow (repeats need more), there is no path at all and the loss is infinite.

# %% [markdown] name="decoding" covers=["U-05"]
# ## 17a.6 听完了，写什么？
#
# 训练好的网络给出每步的分布，要写下概率最大的**文字**。最省事的是**贪心**（greedy）：每步取最大，再折叠。
#
# 看一个两步的例子：每步空白 0.6，`a` 0.4。贪心写什么？写对了吗？

# %% [markdown] lang="en" of="874e72e5.c7a4b1a5"
# ## 17a.6 What to write, having heard?
#
# The trained network gives a distribution at each step, and we want the **text** of the highest probability. The easiest is **greedy**: take the largest at each step, then collapse.
#
# Take two steps, each with 0.6 for the blank and 0.4 for `a`. What does greedy write, and is it right?

# %% name="bet-decode"
predict("Q17a-decode")

# %% [markdown] name="beam" covers=["U-05"]
# 贪心找到的是最可能的**路径**，不一定是最可能的文字。更好的做法是让折成同一文字的路径**并在一起**算：**前缀束搜索**（prefix beam search）。每一步只留概率最高的几段文字；每段文字记两个数：路径停在空白上的概率，和停在字母上的概率。为什么要分开？因为再来一个相同的字母，前者写出新的一个，后者只是拖长。

# %% [markdown] lang="en" of="7e596cc3.e61771b8"
# Greedy finds the likeliest **path**, which need not be the likeliest text. Better to add up paths that collapse to the same text: **prefix beam search**. After each step only the few likeliest texts are kept, and each has two numbers: the probability of its paths that end in a blank, and of those that end in a letter. Why two? When the same letter comes again, the former write a new one and the latter merely stretch it.

# %% name="beam-code" covers=["U-05"]
def greedy(p):
    """p (T, C) -> 标签的元组 || p (T, C) -> tuple of labels"""
    return collapse(p.argmax(1).tolist())


def prefix_beam(p, width=8, blank=0):
    """p (T, C) -> {文字：概率}，概率高的在前 || p (T, C) -> {text: probability}, likeliest first"""
    beam = {(): (1.0, 0.0)}                     # 文字：（停在空白，停在字母） || text: (blank, letter)
    for frame in p.tolist():
        after = defaultdict(lambda: [0.0, 0.0])
        for text, (in_blank, in_letter) in beam.items():
            after[text][0] += (in_blank + in_letter) * frame[blank]
            for label, share in enumerate(frame):
                if label == blank:
                    continue
                new = after[text + (label,)]
                if text[-1:] == (label,):       # 同一个字母又来了 || the same letter again
                    after[text][1] += in_letter * share
                    new[1] += in_blank * share
                else:
                    new[1] += (in_blank + in_letter) * share
        best = sorted(after, key=lambda text: -sum(after[text]))[:width]
        beam = {text: after[text] for text in best}
    return {text: sum(both) for text, both in beam.items()}


def enumerated(p):
    """{文字：概率}，一条条路径加起来 || {text: probability}, path by path"""
    total = defaultdict(float)
    steps, symbols = p.shape
    for path in itertools.product(range(symbols), repeat=steps):
        total[collapse(path)] += math.prod(p[t, k].item() for t, k in enumerate(path))
    return total


two_steps = torch.tensor([[0.6, 0.4], [0.6, 0.4]], dtype=torch.float64)
totals = enumerated(two_steps)
truth = max(totals, key=totals.get)                                     # ("a",)
by_beam = next(iter(prefix_beam(two_steps)))
claim("Q17a-decode", greedy(two_steps) != truth and by_beam == truth,
      nothing=totals[()], a=totals[(1,)])
surer = torch.tensor([[0.8, 0.2], [0.8, 0.2]], dtype=torch.float64)     # 对照 || control
totals = enumerated(surer)
claim("Q17a-decode-control", not greedy(surer) != max(totals, key=totals.get),
      nothing=totals[()], a=totals[(1,)])

p = log_p.exp()                                                         # (6, 4)
totals, beam = enumerated(p), prefix_beam(p, width=5000)
claim("Q17a-beam", max(abs(totals[text] - beam[text]) for text in beam) < 1e-12,
      texts=len(beam))
narrow = prefix_beam(p, width=2)
claim("Q17a-beam-control",
      not max(abs(totals[text] - narrow[text]) for text in narrow) < 1e-12)

# %% [markdown] name="training" covers=["U-05", "C-35"]
# ## 17a.7 训练：只给文字
#
# 网络很小：把相邻三帧接成一步（$T$ 缩短到三分之一，练得更快），一层 BiLSTM，一层线性，八个输出（空白和七个字母）。长度处处用真实的：打包（第 9 章），损失里也给每段自己的步数。听写时用贪心解码。基线错约三成；网络呢？

# %% [markdown] lang="en" of="440f994c.f794caf8"
# ## 17a.7 Training on text alone
#
# The network is small: three neighbouring frames are joined into one step ($T$ shrinks to a third, so it trains faster), one BiLSTM, a linear layer, eight outputs (the blank and seven letters). Lengths are honoured throughout: packing (Chapter 9), and the loss is given each utterance's own number of steps. What it hears is decoded greedily. The baseline gets some three letters in ten wrong; the network?

# %% name="bet-ctc"
predict("Q17a-ctc")

# %% name="recogniser" covers=["U-05", "C-35"]
STACK = 3


def stacked(x):
    """(T, 13) -> (T / 3, 39)：三帧一步 || three frames in one step"""
    return F.pad(x, (0, 0, 0, -len(x) % STACK)).reshape(-1, STACK * KEPT)


def batch_of(recordings):
    steps = [stacked(x) for x in recordings]
    return pad_sequence(steps, batch_first=True), torch.tensor([len(x) for x in steps])


class Recogniser(nn.Module):
    def __init__(self, both_ways=True, hidden=32):
        super().__init__()
        self.rnn = nn.LSTM(STACK * KEPT, hidden, batch_first=True,
                           bidirectional=both_ways)
        self.readout = nn.Linear(hidden * (2 if both_ways else 1), 1 + len(LETTERS))

    def forward(self, x, lengths):                                      # (B, T, 39)
        packed = pack_padded_sequence(x, lengths, batch_first=True,
                                      enforce_sorted=False)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.readout(out).log_softmax(2)                         # (B, T, 8)


def labels_of(texts):
    return [torch.tensor([1 + LETTERS.index(letter) for letter in text])
            for text in texts]


def ctc_loss(model, x, answers):
    inputs, lengths = batch_of(x)
    log_p = model(inputs, lengths).transpose(0, 1)                      # (T, B, 8)
    sizes = torch.tensor([len(answer) for answer in answers])
    return F.ctc_loss(log_p, pad_sequence(answers, batch_first=True), lengths, sizes)


def train_recogniser(seed, answers, loss=ctc_loss, both_ways=True, epochs=8):
    """验证损失最小的那一轮 || the epoch whose loss on validation is the smallest"""
    torch.manual_seed(seed)
    model = Recogniser(both_ways)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.05, epochs * 25)
    best, kept = math.inf, None
    for _ in range(epochs):
        for rows in torch.randperm(len(train_x)).split(16):
            optimizer.zero_grad()
            x, y = [train_x[r] for r in rows], [answers[0][r] for r in rows]
            loss(model, x, y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            slower.step()
        with torch.no_grad():
            now = loss(model, check_x, answers[1]).item()
        if now < best:
            best, kept = now, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return model.requires_grad_(False)


def probabilities(model, x):
    """每段 (T, 8) || (T, 8) for each recording"""
    inputs, lengths = batch_of(x)
    return [p[:n] for p, n in zip(model(inputs, lengths).exp(), lengths)]


def dictated(model, x):
    return [spell(greedy(p)) for p in probabilities(model, x)]

# %% name="training-code" covers=["U-05"]
answers = [labels_of(u.text for u in part) for part in (train_set, check_set)]
both = [train_recogniser(seed, answers) for seed in SEEDS]
errors = [error_rate(dictated(model, test_x), test_set) for model in both]
claim("Q17a-ctc", max(errors) < baseline / 2, low=min(errors), high=max(errors),
      baseline=baseline)
# 对照：训练集的文字换到别的录音上 || control: texts moved to other recordings
shuffled = [answers[0][1:] + answers[0][:1], answers[1]]
confused = error_rate(dictated(train_recogniser(0, shuffled), test_x), test_set)
claim("Q17a-ctc-control", not confused < baseline / 2, error=confused)

# %% [markdown] name="spikes" covers=["U-05"]
# 网络学会了写什么。它把字母写在**什么时候**？常听人说 CTC 的输出是一根根**尖峰**。量一量：字母正在响的那些步里，它有几成写着字母，不是空白？对照：同一个网络，换成每步都有答案的训练（逐步交叉熵；“安静”借用空白的位置）。

# %% [markdown] lang="en" of="1fdc0355.22dde4f5"
# The network has learnt what to write. **When** does it write it? The outputs of CTC are often said to be **spikes**. Measure it: of the steps in which a letter sounds, in what share does it write a letter and not the blank? The control: the same network, trained with an answer at each step (cross-entropy; "quiet" takes the place of the blank).

# %% name="bet-spikes"
predict("Q17a-spikes")

# %% name="spikes-code" covers=["U-05"]
def step_labels(utterance, x):
    """每步中间那一帧的标签 (T,) || label of the middle frame of each step, (T,)"""
    return frame_labels(utterance, len(stacked(x)) * STACK)[STACK // 2::STACK]


def step_loss(model, x, answers):
    log_p = model(*batch_of(x))
    padded = pad_sequence(answers, batch_first=True, padding_value=-1)
    return F.nll_loss(log_p.flatten(0, 1), padded.flatten(), ignore_index=-1)


def letter_share(model):
    """有字母在响的步里，网络写字母（不是空白）的比例
    || of the steps in which a letter sounds, the share where one is written"""
    sounding = torch.cat([step_labels(u, x) for u, x in zip(test_set, test_x)]) > 0
    written = torch.cat(probabilities(model, test_x)).argmax(1) > 0
    return written[sounding].float().mean().item()


by_step = [[step_labels(u, x) for u, x in zip(part, xs)]
           for part, xs in ((train_set, train_x), (check_set, check_x))]
spiky = [letter_share(model) for model in both]
framewise = [train_recogniser(seed, by_step, step_loss) for seed in SEEDS]
filled = [letter_share(model) for model in framewise]
claim("Q17a-spikes", max(spiky) < 0.85, low=min(spiky), high=max(spiky))
claim("Q17a-spikes-control", not max(filled) < 0.85, low=min(filled), high=max(filled))

shown = 6
utterance, p = test_set[shown], probabilities(both[0], test_x[shown:shown + 1])[0]
said, wrote = utterance.text, spell(greedy(p))
seconds = len(utterance.wave) / RATE
fig, axes = plt.subplots(2, 1, figsize=(8.5, 4.6), sharex=True)
axes[0].imshow(log_mel(utterance.wave).T, origin="lower", aspect="auto",
               extent=(0, seconds, 0, BANDS))
axes[0].grid(False)
axes[0].set(ylabel="梅尔频带 || mel band",
            title=f"念 {said}，写 {wrote} || spoken: {said}, written: {wrote}")
steps = (torch.arange(len(p)) + 0.5) * STACK * HOP / RATE               # 秒 || s
axes[1].plot(steps, p[:, 0], ":", color="0.5", label="空白 || blank")
for k, letter in enumerate(LETTERS, 1):
    if p[:, k].max() > 0.3:
        axes[1].plot(steps, p[:, k], "-o", ms=3, color=f"C{k - 1}", label=letter)
        axes[1].text(steps[p[:, k].argmax()], 1.04, letter, ha="center",
                     color=f"C{k - 1}")
for letter, start, end in zip(utterance.text, (utterance.start, *utterance.ends[:-1]),
                              utterance.ends):
    axes[0].text((start + end) / 2 / RATE, BANDS - 3, letter, ha="center",
                 bbox={"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 1})
    for ax in axes:
        ax.axvline(end / RATE, color="C6", lw=0.6, ls=":")
axes[1].set(xlabel="时间（秒） || time (s)", ylabel="概率 || probability", ylim=(0, 1.2))
axes[1].legend(ncol=1, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown] name="spikes-meaning"
# 没有人告诉网络哪一刻是哪个字母，它却把字母写在了差不多的地方，两个字母之间常常退回空白。竖的点线是真正的边界，只有我们知道。它也有听漏的：看看那两个 `s`，再看那两个 `u`。
#
# 折叠之后，写一步和写五步是一回事，所以 CTC 不在乎一个字母写多久，只要写过、又和邻居分得开。这里一步 48 毫秒，算不上尖峰；你可以试试把 `STACK` 改成 1、`epochs` 改成 12 再画一次，看峰是不是细了。**别拿 CTC 的输出当时间戳：** 它说“大约在这里有这个字”，不说“从几秒到几秒”。
#
# CTC 还假定了两件事。**单调**：文字的先后就是声音的先后，语音合适，翻译不合适（第 10 章）。**条件独立**：读完声音之后，各步的符号互不相干，正是 $p(\pi) = \prod_t p_t(\pi_t)$ 里的那个连乘；它不知道自己刚写了什么，没法保证“这两个字母从不相连”，所以实用系统在束搜索里再乘上语言模型给的概率。

# %% [markdown] lang="en" of="ad55359f.69859e87"
# Nobody told the network which moment is which letter, yet it writes letters at about the right places, and often falls back to the blank between two of them. The vertical dotted lines are the true borders, known to us alone. It misses some letters, too: look at the two `s`, and at the two `u`.
#
# After collapsing, a letter written for one step and for five is the same, so CTC does not care how long a letter is written, as long as it is, and apart from its neighbours. With steps of 48 ms, as here, they are hardly spikes; try `STACK` at 1 and `epochs` at 12, draw again, and see whether they get thinner. **Do not use the outputs of CTC as time stamps:** they say that a letter is about here, not from when to when.
#
# CTC assumes two more things. **Monotonic**: text comes in the order of the sound, which suits speech and not translation (Chapter 10). **Conditional independence**: given the sound, the symbols of different steps have nothing to do with one another: that is the product in $p(\pi) = \prod_t p_t(\pi_t)$. It does not know what it has just written and cannot guarantee that two given letters never meet, so practical systems multiply in a language model's probabilities during beam search.

# %% [markdown] name="oneway" covers=["C-35", "!37", "U-05"]
# ## 17a.8 直播字幕：不许看未来
#
# 双向网络要从录音的结尾往回读。会议录音、客服质检，整段都在，请便。直播字幕呢？话还没说完，哪来的结尾？有的资料把语音识别既列在“适合双向”里，又列在“实时应用”里，两样都有，只是**不是同一个模型**。
#
# 两个问题：只许往前读，会错得更多，还是一样？双向网络听到后文，会不会改口？

# %% [markdown] lang="en" of="216ae89e.f4a34d08"
# ## 17a.8 Live captions: no looking ahead
#
# A bidirectional network reads back from the end of the recording. Minutes of a meeting, quality control: it is all there, go ahead. Live captions? The sentence is not over, so where should the end come from? Some texts list speech recognition both under "suits bidirectional" and under "real time". Both exist, but **not in one model**.
#
# Two questions: reading forwards only, does it make more errors, or as many? And does the bidirectional network change its mind when it hears more?

# %% name="bet-oneway"
predict("Q17a-oneway")

# %% name="bet-live"
predict("Q17a-live")

# %% name="oneway-code" covers=["C-35", "!37"]
one_way = [train_recogniser(seed, answers, both_ways=False) for seed in SEEDS]
errors_one = [error_rate(dictated(model, test_x), test_set) for model in one_way]

worse = sum(errors_one) / sum(errors)
claim("Q17a-oneway", 1 < worse < 2, times=worse, one=sum(errors_one) / 3,
      both=sum(errors) / 3)
far = 3 * baseline / sum(errors)                        # 对照：基线 || control: the baseline
claim("Q17a-oneway-control", not 1 < far < 2, times=far)


def revised(model, steps=12):
    """只听到前 12 步，和听完整段，前 12 步的概率最多差多少
    || the first 12 steps alone, or with all that follows: the largest change"""
    whole = probabilities(model, test_x)
    early = probabilities(model, [x[:steps * STACK] for x in test_x])
    return max((a[:steps] - b[:steps]).abs().max().item()
               for a, b in zip(whole, early) if len(a) > steps)


claim("Q17a-live", min(map(revised, both)) > 0.5, change=min(map(revised, both)))
claim("Q17a-live-control", not min(map(revised, one_way)) > 0.5,
      change=max(map(revised, one_way)))

# %% [markdown] name="oneway-meaning" covers=["C-35", "!37"]
# 单向网络多错一点。一个可能的原因：它开口的时候，还不知道说话人的嘴有多大，后面的字母本可以告诉它（它的参数也少一半，这里没有分开量）。可是它写下的从不反悔（差 0），这正是直播要的；双向网络听到后文，前面写的就会变：三个种子都一样，总有某一步的概率变了至少 0.83。
#
# 折中的办法：双向网络一**块**一块地读（延迟等于块长），或者单向网络多看几帧再开口。[第 13 章](13_streaming_cost.ipynb)算过流式推理的代价。

# %% [markdown] lang="en" of="57cb66ec.41df48e9"
# The one-way network makes somewhat more errors. A likely reason: when it has to write it does not yet know how large the speaker's mouth is, which later letters could have told it. (It also has half the parameters; the two are not told apart here.) But what it has written it never takes back (a change of 0), just what live captions need; a bidirectional network changes what it wrote when it hears more: with each of the three seeds, some probability moves by 0.83 or more.
#
# Compromises: a bidirectional network that reads **chunk** by chunk (and has the latency of a chunk), or a one-way network that sees a few more frames before it speaks. [Chapter 13](13_streaming_cost.ipynb) has the cost of streaming.

# %% [markdown] name="verdict-asr" covers=["U-05", "R-07"]
# ## 17a.9 听写的结论，和另一个房间
#
# 网络的错误约是基线的四分之一，还没用到基线用的帧标注。那它学会听了吗？让它到**安静的房间**里去：另念 100 段，一遍不加噪声；一遍句子和声音照旧，加上平常的噪声，作对照。

# %% [markdown] lang="en" of="9c5a2889.7e25fc20"
# ## 17a.9 Dictation: the verdict, and another room
#
# The network makes about a quarter of the baseline's errors, without the marked frames that the baseline used. So has it learnt to hear? Take it to a **quiet room**: 100 new sentences, once without noise and once, as the control, the same sentences and voices with the usual noise.

# %% name="bet-quiet"
predict("Q17a-quiet")

# %% name="quiet-code" covers=["U-05"]
def in_noise(noise):
    room = data.utterances(100, torch.Generator().manual_seed(5), noise=noise)
    return [error_rate(dictated(model, normalised(room)), room) for model in both]


quiet, usual = in_noise(0.0), in_noise(NOISE)
claim("Q17a-quiet", min(quiet) > 0.5, low=min(quiet), high=max(quiet))
claim("Q17a-quiet-control", not min(usual) > 0.5, low=min(usual), high=max(usual))

# %% [markdown] name="quiet-meaning" covers=["U-05", "H-11"]
# **更干净的声音，几乎全听错。** 训练时从没有安静过；多半是在没有噪声的频带里，对数低到了网络从未见过的数（这里没有单独量）。真实的系统也栽在这里：换一支话筒、一个房间、一种口音。药方是训练时混上各种噪声（数据增强），考试时考各种房间。
#
# **结论。** 值得：没有帧标注，只有文字，一个小 BiLSTM 加 CTC，错误约是基线的四分之一。不许推出：它能听人说话（七个字母，合成的声音）；它在别的房间里也行（刚量过，不行）。
#
# **改一处。** 把 `NOISE` 改成 0.02 再跑一遍：基线会好很多，差距还剩多少？（有的 ✓ 会变成 ✗，那正是答案的一部分。）
#
# ### 2013–2014：语音里的突破
#
# CTC 发表于 2006 年（Graves 等，ICML），其后最亮眼的成绩在手写识别。2013 年，Graves、Mohamed 和 Hinton 用**深层**双向 LSTM，配上 CTC 和它的后继 RNN transducer（转录器，另带一个预测文字的网络），做 TIMIT 音素识别。最好的是 transducer，错 17.7 %，CTC 紧随其后；这是当时他们所知最好的成绩。文章自己说，在那之前循环网络在语音上的表现令人失望，前馈深网更好（arXiv:1303.5778）。2014 年的 Deep Speech（arXiv:1412.5567）用双向循环网络加 CTC，在多块 GPU 上训练几千小时的录音；2015 年底的 Deep Speech 2（arXiv:1512.02595）用同一套方法识别英文和中文普通话。
#
# 所以“2013–14 年的复兴”有三个来源：早就有的算法（LSTM 1997，CTC 2006），够大的数据，够快的 GPU。少了哪个都不成；哪个最要紧，说法不一。更多见[第 18 章](18_history_people_papers.ipynb)。

# %% [markdown] lang="en" of="b0abedcd.070995f6"
# **Cleaner sound, and it understands next to nothing.** Training was never quiet; probably the logarithm falls, in bands without noise, to values that the network has never seen (not measured separately here). Real systems stumble here too: another microphone, another room, another accent. The cure is to mix all sorts of noise into training (data augmentation) and to examine in all sorts of rooms.
#
# **Verdict.** Worth it: without marked frames, from text alone, a small BiLSTM with CTC makes about a quarter of the baseline's errors. Not to be concluded: that it understands people (seven letters, synthetic sound), or that it works in another room (it does not, as just measured).
#
# **Change one thing.** Set `NOISE` to 0.02 and run again: the baseline gets much better. How much of the gap is left? (Some ✓ will turn into ✗, which is part of the answer.)
#
# ### 2013–2014: the breakthrough in speech
#
# CTC was published in 2006 (Graves and others, ICML); its most striking results in the years after were in handwriting. In 2013 Graves, Mohamed and Hinton recognised the phonemes of TIMIT with **deep** bidirectional LSTMs, trained by CTC or as its successor, the RNN transducer, which adds a network that predicts the text. The transducer did best and reached an error of 17.7 %, the best result known to them, with CTC close behind; before that, says the paper itself, recurrent networks had been disappointing in speech, and deep feedforward networks better (arXiv:1303.5778). In 2014 Deep Speech (arXiv:1412.5567) took a bidirectional recurrent network with CTC and trained it on thousands of hours of recordings on several GPUs; Deep Speech 2, at the end of 2015 (arXiv:1512.02595), recognised English and Mandarin by one method.
#
# So the revival of 2013–14 had three sources: algorithms that had long been there (LSTM 1997, CTC 2006), enough data, and GPUs that were fast enough. Without any one of them it would not have happened; which mattered most is a matter of opinion. More in [Chapter 18](18_history_people_papers.ipynb).

# %% [markdown] name="tts" covers=["U-06"]
# ## 17a.10 反过来：从文字到声音
#
# 有声书、导航、助手的回答、给看不见的人读屏：**语音合成**把听写倒过来。两段路：网络把文字变成一帧帧频谱，**声码器**（vocoder）把频谱变成波形。
#
# 先写声码器，它不用学。20 个对数梅尔数告诉我们口腔的轮廓，缺的是 17a.2 节扔掉的东西：音高和相位，自己补上。拿一串脉冲（像元音）或噪声（像 `s`）当声带，逐帧把每个频带的强度**调到目标**。1930 年代末贝尔实验室的 Dudley 就是这样做的。好的声码器（今天多是神经网络）学的正是怎样把丢掉的补得自然。

# %% [markdown] lang="en" of="2b8494fe.8069e497"
# ## 17a.10 The other way: from text to sound
#
# Audio books, navigation, an assistant's answers, a screen read to those who cannot see it: **speech synthesis** is dictation reversed. It has two parts: a network turns text into spectra, frame by frame, and a **vocoder** turns spectra into a waveform.
#
# The vocoder first; it need not be learnt. Twenty log-mel numbers give the outline of the mouth. What is missing is what section 17a.2 threw away, pitch and phase, and we supply our own: a train of pulses (for vowels) or noise (for `s`) stands in for the cords, and frame by frame each band is **set to its target strength**. Dudley at Bell Labs did it like this in the late 1930s. Good vocoders, today mostly neural networks, learn to fill in naturally what is missing.

# %% name="vocoder" covers=["U-06"]
SLOW = 2                                        # 合成时两帧取一帧：32 毫秒 || every second frame: 32 ms


def vocoder(frames, pitch=120):
    """对数梅尔 (T, 20)，每 32 毫秒一帧 -> 波形 (N,)
    || log mel (T, 20), a frame every 32 ms -> waveform (N,)"""
    target = frames.repeat_interleave(SLOW, 0).exp()                    # (2T, 20)
    size = HOP * (len(target) - 1) + WINDOW
    pulses = torch.zeros(size)
    pulses[torch.arange(0, size, RATE / pitch).long()] = 1
    hiss = 0.1 * torch.randn(size, generator=torch.Generator().manual_seed(0))
    window = torch.hann_window(WINDOW)
    rung, blown = (torch.fft.rfft(source.unfold(0, WINDOW, HOP) * window)
                   for source in (pulses, hiss))                        # (2T, 129)
    # 高频比低频强的，是吹气 || more high than low: it is breath
    breath = target[:, -5:].sum(1, keepdim=True) > target[:, :8].sum(1, keepdim=True)
    source = torch.where(breath, blown, rung)
    gain = (target / (source.abs().square() @ MEL.T + 1e-6)).sqrt()     # (2T, 20)
    pieces = torch.fft.irfft(source * (gain @ (MEL / MEL.sum(0).clamp(min=1e-6))))
    places = HOP * torch.arange(len(pieces))[:, None] + torch.arange(WINDOW)
    return torch.zeros(size).index_add(0, places.flatten(), pieces.flatten())


def listener(waves):
    """让 17a.7 的网络来听：先盖上它习惯的噪声
    || the network of 17a.7 listens, with the noise it is used to"""
    g = torch.Generator().manual_seed(0)
    noisy = [wave + NOISE * torch.randn(len(wave), generator=g) for wave in waves]
    return dictated(both[0], [(mfcc(wave) - mean) / std for wave in noisy])


g = torch.Generator().manual_seed(7)
reader = {"voice": Voice(120, 1.0), "noise": 0.005, "seconds": None}
lessons, exam, long_exam = (
    data.utterances(count, g, lengths=lengths, **reader)
    for count, lengths in ((320, (3, 6)), (60, (3, 6)), (60, (10, 12))))
heard = {"natural": listener([u.wave for u in exam]),
         "vocoder": listener([vocoder(log_mel(u.wave)[::SLOW]) for u in exam])}
as_spoken, revoiced = (error_rate(texts, exam) for texts in heard.values())
claim("Q17a-vocoder", revoiced < 0.15, natural=as_spoken, vocoder=revoiced)
blurred = error_rate(listener([vocoder(log_mel(u.wave)[::SLOW].mean(1, keepdim=True)
                                       .expand(-1, BANDS)) for u in exam]), exam)
claim("Q17a-vocoder-control", not blurred < 0.15, error=blurred)

# %% [markdown] name="attend" covers=["U-06"]
# ## 17a.11 念到哪里了？两种注意力
#
# [第 11 章](11_attention_bridge.ipynb#cell-id=speech)的玩具用加性注意力，对齐自己长成了对角线。那里的句子都是六个字母。念更长的呢？
#
# 下面的 `Speaker` 和那里几乎一样：GRU 读着上一帧，给出查询，注意力决定此刻看哪个字母，写出下一帧。两种只差在打分：
#
# * **内容**（content）：每个字母的键和查询比一比，谁像就看谁。哪里都能去。
# * **单调**（monotonic）：记着一个位置 $\kappa_t$，每一步只许往前挪，$\kappa_t = \kappa_{t-1} + \operatorname{softplus}(\cdot) \ge \kappa_{t-1}$；看 $\kappa_t$ 附近的字母，分数是 $-\beta\,(s - \kappa_t)^2$，$s$ 是字母的位置，$\beta > 0$ 是宽窄，和挪的步子一样由查询算出。这是 Graves 2013 年给手写合成用的办法的简化（那里是几个高斯的混合）。
#
# 训练只用 3 到 6 个字母；考卷有两份：60 段一样短的（`exam`），60 段 10 到 12 个字母的（`long_exam`）。录音只有一个人，几乎没有噪声，每个字母念多久是固定的；念多少帧照原声，网络不必学何时停。训练时给上一帧加噪声，免得它只会照抄上一帧。

# %% [markdown] lang="en" of="3b4fb3c4.83f17925"
# ## 17a.11 Where am I in the text? Two kinds of attention
#
# The toy of [Chapter 11](11_attention_bridge.ipynb#cell-id=speech) had additive attention, and its alignment grew into a diagonal by itself. All sentences had six letters there. What about longer ones?
#
# The `Speaker` below is almost the one from there: a GRU reads the previous frame and gives a query, attention decides which letter to look at, and the next frame is written. The two kinds differ in the scores alone:
#
# * **content**: compare the key of each letter with the query, and look at those that match. It may go anywhere.
# * **monotonic**: remember a place $\kappa_t$ that may only move on, $\kappa_t = \kappa_{t-1} + \operatorname{softplus}(\cdot) \ge \kappa_{t-1}$, and look at the letters near it, with scores $-\beta\,(s - \kappa_t)^2$, where $s$ is the place of a letter and $\beta > 0$ how narrow the view is, computed from the query as the step is. It is a simplified form of what Graves used for handwriting synthesis in 2013 (a mixture of several Gaussians there).
#
# Training has 3 to 6 letters only; the exam has two parts, 60 texts as short as those (`exam`) and 60 of 10 to 12 letters (`long_exam`). There is one speaker and almost no noise, and a given letter always lasts equally long; the number of frames is the original's, so the network need not learn when to stop. In training the previous frame gets noise, lest the network learn to copy it and nothing else.

# %% name="speaker" covers=["U-06"]
class Speaker(nn.Module):
    def __init__(self, monotonic, hidden=48):
        super().__init__()
        self.monotonic = monotonic
        self.embed = nn.Embedding(1 + len(LETTERS), 16, padding_idx=0)
        self.encoder = nn.GRU(16, hidden, batch_first=True, bidirectional=True)
        self.decoder = nn.GRU(BANDS, hidden, batch_first=True)
        self.W_q = nn.Linear(hidden, hidden)
        self.W_k = nn.Linear(2 * hidden, hidden, bias=False)
        self.w = nn.Linear(hidden, 1, bias=False)
        self.move = nn.Linear(hidden, 2)                        # 步子和宽窄 || step and width
        self.readout = nn.Sequential(nn.Linear(3 * hidden, hidden), nn.ReLU(),
                                     nn.Linear(hidden, BANDS))

    def attend(self, queries, states, real, place):
        """queries (B, T, H)，states (B, S, 2H) -> 权重 (B, T, S)，新的位置 (B, 1)
        || queries (B, T, H), states (B, S, 2H) -> weights (B, T, S), new place"""
        if self.monotonic:
            step, width = self.move(queries).unbind(2)                  # (B, T)
            at = place + F.softplus(step - 1).cumsum(1)                 # 只往前 || only onwards
            away = torch.arange(states.shape[1]) - at.unsqueeze(2) + 0.5
            scores = -F.softplus(width + 1).unsqueeze(2) * away.square()
            place = at[:, -1:]
        else:
            pairs = self.W_q(queries).unsqueeze(2) + self.W_k(states).unsqueeze(1)
            scores = self.w(torch.tanh(pairs)).squeeze(3)
        return scores.masked_fill(~real[:, None], -math.inf).softmax(2), place

    def forward(self, text, previous, h=None, place=0.0):
        """text (B, S)，previous (B, T, 20) 是上一帧 || previous (B, T, 20): frames before"""
        states, _ = self.encoder(self.embed(text))
        queries, h = self.decoder(previous, h)
        weights, place = self.attend(queries, states, text > 0, place)
        frames = self.readout(torch.cat([queries, weights @ states], dim=2))
        return frames, weights, h, place

    @torch.no_grad()
    def read_aloud(self, text, steps):
        """一帧一帧自己念 || speak from its own frames: (B, steps, 20), (B, steps, S)"""
        frame, place = torch.zeros(len(text), 1, BANDS), torch.zeros(len(text), 1)
        h = None
        frames, looks = [], []
        for _ in range(steps):
            frame, weights, h, place = self(text, frame, h, place)
            frames.append(frame)
            looks.append(weights)
        return torch.cat(frames, 1), torch.cat(looks, 1)


spectra = torch.cat([log_mel(u.wave)[::SLOW] for u in lessons])
mid, spread = spectra.mean(0), spectra.std(0)                           # (20,)


def lesson_batch(dataset):
    """文字 (B, S)，帧 (B, T, 20)，是不是真的帧 (B, T)
    || text (B, S), frames (B, T, 20), whether a frame is real (B, T)"""
    frames = [(log_mel(u.wave)[::SLOW] - mid) / spread for u in dataset]
    text = pad_sequence(labels_of(u.text for u in dataset), batch_first=True)
    real = pad_sequence([torch.ones(len(x), dtype=torch.bool) for x in frames],
                        batch_first=True)
    return text, pad_sequence(frames, batch_first=True), real


def train_speaker(seed, monotonic, epochs=16):
    torch.manual_seed(seed)
    speaker = Speaker(monotonic)
    optimizer = torch.optim.Adam(speaker.parameters(), lr=5e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(lessons)).split(32):
            text, frames, real = (part[rows] for part in lesson_batch_all)
            noisy = frames + 0.5 * torch.randn(frames.shape)
            guess, *_ = speaker(text, F.pad(noisy[:, :-1], (0, 0, 1, 0)))
            optimizer.zero_grad()
            (guess - frames)[real].square().mean().backward()
            nn.utils.clip_grad_norm_(speaker.parameters(), 1.0)
            optimizer.step()
    return speaker.requires_grad_(False)


lesson_batch_all = lesson_batch(lessons)
content, monotonic = ([train_speaker(seed, kind) for seed in SEEDS]
                      for kind in (False, True))

# %% name="bet-longer"
predict("Q17a-longer")

# %% name="longer-code" covers=["U-06"]
def misread(speaker, dataset):
    """念出来，让听写网络听：标签错误率 || read aloud, heard by the recogniser: label error rate"""
    text, frames, real = lesson_batch(dataset)
    said, _ = speaker.read_aloud(text, frames.shape[1])
    waves = [vocoder(x[:n] * spread + mid) for x, n in zip(said, real.sum(1))]
    return error_rate(listener(waves), dataset)


short, long = ([[misread(speaker, dataset) for speaker in kind]
                for kind in (content, monotonic)] for dataset in (exam, long_exam))
claim("Q17a-longer", min(long[0]) > 0.4, low=min(long[0]), high=max(long[0]),
      short=max(short[0]))
claim("Q17a-longer-control", not min(long[1]) > 0.4,
      low=min(long[1]), high=max(long[1]), short=max(short[1]))

# %% name="longer-figure" tags=["hide-input", "nbval-ignore-output"] covers=["U-06"]
text, frames, real = lesson_batch(long_exam[:1])
fig, axes = plt.subplots(1, 2, figsize=(9, 4.2))
for ax, speaker, name in ((axes[0], content[0], "内容 || content"),
                          (axes[1], monotonic[0], "单调 || monotonic")):
    _, looks = speaker.read_aloud(text, frames.shape[1])
    ax.imshow(looks[0], aspect="auto", origin="upper", vmin=0, vmax=1,
              extent=(-0.5, text.shape[1] - 0.5, len(looks[0]) * SLOW * HOP / RATE, 0))
    ax.grid(False)
    ax.set_xticks(range(text.shape[1]), list(long_exam[0].text))
    ax.set(title=name, xlabel="字母 || letter", ylabel="时间（秒） || time (s)")
fig.colorbar(axes[0].images[0], ax=axes, label="权重 || weight")
plt.show()

for name, wave in (
    (f"{long_exam[0].text}：原声 || {long_exam[0].text}: original", long_exam[0].wave),
    ("只经过声码器 || through the vocoder only",
     vocoder(log_mel(long_exam[0].wave)[::SLOW])),
    ("内容 || content", vocoder(
        content[0].read_aloud(text, frames.shape[1])[0][0] * spread + mid)),
    ("单调 || monotonic", vocoder(
        monotonic[0].read_aloud(text, frames.shape[1])[0][0] * spread + mid))):
    print(name, "→", *listener([wave]))
    display(Audio(wave.numpy(), rate=RATE))

# %% [markdown] name="longer-meaning" covers=["U-06"]
# 短句上，两种都念得清楚。一到长句，内容注意力就乱了：看左图，在这一句上它匆匆越过中间，权重摊在好几个字母上，时间才过三分之二，已经念到最后一个字母，于是又从头念起。多半因为它靠“像不像”找字母，一句话里有好几个 `a`，不好分清念到了哪一个；训练里又最多只见过六个字母的位置。单调注意力不用找，**往前走就行**，走几步与句子多长无关。它也不完美：听它念，也会丢字母。
#
# 单调是天生的，不是学来的：我们知道念书不回头，就把它**写进了结构**。第 11 章说“对角线在数据里”，没错；可是数据里只有短的对角线。

# %% [markdown] lang="en" of="52b8171e.772d21b6"
# Short texts both read clearly. On long ones attention by content loses its way: on this text, on the left, it hurries through the middle with its weight smeared over several letters, has reached the last one after two thirds of the time, and begins again. Probably that is because it finds letters by likeness, and several `a` in one text are hard to tell apart; and training never showed it more than six places. Monotonic attention need not search; **it moves on**, and moving on does not depend on how long the text is. It is not perfect: listen, and it may drop letters too.
#
# It is monotonic by construction and has not learnt that: we know that readers do not turn back and **wrote it into the structure**. "The diagonal is in the data", said Chapter 11, rightly; but the data had short diagonals only.

# %% [markdown] name="verdict-tts" covers=["U-06"]
# ## 17a.12 朗读的结论：和一张表比
#
# 基线：**模板**。每个字母一帧（训练帧的平均，知道哪帧是谁），没有网络。念多久、从哪一刻开口，都照考卷上的真边界：这是它占的便宜，网络不知道开口前静了多久。比频谱：每帧 20 个数的均方误差，“总猜平均帧”约为 1。网络每一帧都拿自己写的上一帧往下念。

# %% [markdown] lang="en" of="5a77ec96.9befb928"
# ## 17a.12 Reading aloud: the verdict, against a table
#
# The baseline is a **template**: one frame for each letter (the mean of its training frames, with their letters known), and no network. How long each lasts, and when the voice sets in, is taken from the exam's true borders: an unfair advantage, for the network is not told how long it is quiet at first. Compare spectra: the mean squared error over the 20 numbers of a frame, where always guessing the mean frame has about 1. The network goes on from its own frames.

# %% name="bet-template"
predict("Q17a-template")

# %% name="template-code" covers=["U-06"]
def places_of(dataset, T):
    """每帧是哪个字母（0 是安静） -> (B, T) || letter of each frame, 0 for quiet -> (B, T)"""
    return torch.stack([frame_labels(u, T * SLOW)[::SLOW] for u in dataset])


text, frames, real = lesson_batch_all
spoken_letters = places_of(lessons, frames.shape[1])
template = torch.stack([frames[real & (spoken_letters == k)].mean(0) for k in range(8)])


def spectral_error(said, dataset):
    _, frames, real = lesson_batch(dataset)
    return (said - frames)[real].square().mean().item()


def by_speaker(speaker, dataset):
    text, frames, _ = lesson_batch(dataset)
    return spectral_error(speaker.read_aloud(text, frames.shape[1])[0], dataset)


def by_template(dataset):
    T = lesson_batch(dataset)[1].shape[1]
    return spectral_error(template[places_of(dataset, T)], dataset)


by_ear = defaultdict(list)
for dataset in (exam, long_exam):
    T, real = lesson_batch(dataset)[1].shape[1], lesson_batch(dataset)[2]
    table = template[places_of(dataset, T)]                             # (B, T, 20)
    waves = [vocoder(x[:n] * spread + mid) for x, n in zip(table, real.sum(1))]
    by_ear["table"].append(error_rate(listener(waves), dataset))
spectra_of = [by_speaker(speaker, exam) for speaker in monotonic]
claim("Q17a-template", by_template(exam) < min(spectra_of),
      table=by_template(exam), low=min(spectra_of), high=max(spectra_of))
# 对照：同样的声音，让听写网络来判 || control: the same sounds, judged by the recogniser
claim("Q17a-template-control", not by_ear["table"][0] < min(short[1]),
      table=by_ear["table"][0], low=min(short[1]), high=max(short[1]))
claim("Q17a-ear", by_ear["table"][1] < min(long[0]),
      table=by_ear["table"][1], low=min(long[0]))
claim("Q17a-ear-control", not by_ear["table"][1] < min(long[1]), low=min(long[1]))

# %% [markdown] name="template-meaning" covers=["U-06", "R-07"]
# 两把尺子，两个赢家。按**频谱**，表赢，可是它看过真边界，所以从不早一帧晚一帧；网络要自己猜何时开口、念到哪里，错开一帧就要罚。按**耳朵**，短句上三个种子全赢（错 8 % 到 9 %，表错 21 %；听的始终是同一个听写网络，17a.7 的第一个种子）。多半因为表不会滑音，两个相同的字母念成一长声；网络见过字母之间那一下轻重。长句上分不出高下（16 % 到 24 %，表 23 %）。
#
# **结论。** 值得：没有人切开声音，网络就学会了念；单调注意力让它念得了长句。不许推出：它比查表好（频谱上表赢，可是表看过边界）；它的声音自然（没有人听过打分，听的是我们自己的一个网络）；它学得会许多人的声音、忽快忽慢的念法，或者何时该停（这里只有一个人，长短固定，帧数是给定的）。后来的系统（如 FastSpeech）把两样合起来：每个字念多久，另由一个小网络先**定下来**；念成什么样，交给大网络。
#
# **改一处。** 把 `vocoder` 的 `pitch` 换成 220，听写网络还听得懂吗？换成 60 呢？

# %% [markdown] lang="en" of="711f6ecc.a7123aea"
# Two yardsticks, two winners. By **spectrum** the table wins, but it was given the true borders, so it is never a frame early or late, while the network must guess when to begin and how far it has got, and is punished for every frame it is off. By **ear**, on short texts, all three seeds win (8 to 9 % wrong, the table 21 %; the ear is always one recogniser, the first seed of 17a.7), probably because the table does not glide and says two equal letters as one long one, while the network has seen the small dip between letters. On long texts it is open (16 to 24 %, the table 23 %).
#
# **Verdict.** Worth it: nobody cut up the sound, and the network has learnt to speak; monotonic attention lets it read long texts. Not to be concluded: that it is better than a table (by spectrum it is not, though the table was given the borders); that it sounds natural (no person has judged it; the listener is one network of our own); or that it could learn many voices, a changing pace or when to stop (there is one speaker here, lengths are fixed, and the number of frames is given). Later systems, such as FastSpeech, join the two: how long each letter lasts is **predicted first**, by a small network, and what it sounds like is left to the large one.
#
# **Change one thing.** Give `vocoder` a `pitch` of 220: does the recogniser still understand? And with 60?

# %% [markdown] name="project" covers=["R-07"]
# ## 17a.13 进阶项目：语音识别基础
#
# | | |
# |---|---|
# | 数据 | 先用这一章的合成器：把字母表加到 12 个字母，噪声在 0 到 0.1 之间随机取。再换真的：自己录十个数字，每个五十遍；或公开的 Free Spoken Digit Dataset（看清许可证） |
# | 要打败的基线 | 最近的平均帧，投票宽度由验证集挑（17a.3） |
# | 里程碑 1 | 你的 MFCC 和这一章的一致；前向算法和 `ctc_loss` 差不到 $10^{-8}$ |
# | 里程碑 2 | 三个种子，测试集的标签错误率低于基线的一半；**安静和吵闹的房间分别报** |
# | 里程碑 3 | 单向，最多往后看 100 毫秒，错误率不超过双向的 1.5 倍 |
# | 里程碑 4 | 换一个没参加过训练的说话人，错误率升了多少？写下来 |
#
# 划分按**说话人**，不按录音：同一个人的两段录音一段进训练、一段进测试，成绩就虚了（第 15 章的“偷看”，换了件衣服）。

# %% [markdown] lang="en" of="de2f44c6.82b25f9d"
# ## 17a.13 An advanced project: basics of speech recognition
#
# | | |
# |---|---|
# | data | begin with this chapter's synthesiser: extend its alphabet to 12 letters and draw the noise between 0 and 0.1. Then real sound: record ten digits yourself, fifty times each, or take the public Free Spoken Digit Dataset (mind its licence) |
# | baseline to beat | nearest mean frame, with the number of voters chosen on validation (17a.3) |
# | milestone 1 | your MFCC equal this chapter's; your forward algorithm is within $10^{-8}$ of `ctc_loss` |
# | milestone 2 | over three seeds, a label error rate on the test set below half the baseline's, **reported for quiet and noisy rooms separately** |
# | milestone 3 | one way, with 100 ms of looking ahead at most: no more than 1.5 times the error rate of both ways |
# | milestone 4 | a speaker who took no part in training: by how much does the error rate rise? Write it down |
#
# Split by **speaker**, not by recording: with one recording of a person in training and another in the test, the score is too good (the peeking of Chapter 15 in another dress).

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. MFCC 留下口腔的轮廓，扔掉声带的梳齿；丢什么，要问任务。
# 2. CTC 把折成同一句话的路径全加起来，不需要帧标注；它管写了什么，给不出准确的起止时间。
# 3. 双向的不能直播，在吵闹里练的听不懂安静，只见过短句的**内容**注意力念不了长句：在哪里用，就到哪里去考。
#
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面；最有把握却错了的排在最前面。

# %% [markdown] lang="en" of="d0793993.6d3e70fe"
# ## Three lines to remember
#
# 1. MFCC keep the outline of the mouth and drop the comb of the cords; ask the task what may go.
# 2. CTC adds up all paths that collapse to one text and needs no marked frames; it says what was spoken, not exactly from when to when.
# 3. A bidirectional network cannot go live, a network trained in noise fails in quiet, attention **by content** that saw short texts loses its way on long ones: examine where it will be used.
#
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it; those you were sure of and lost come first.

# %% name="bets"
bets_summary("17a")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("17a-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 声音之后是身体：[第 17b 章](17b_health.ipynb)，病房里的记录隔多久一条、缺了哪一项，本身就是消息。

# %% [markdown] lang="en" of="e77bbb8c.e0733170"
# ## What next
#
# After sound, the body: [Chapter 17b](17b_health.ipynb), where how often something was recorded, and what is missing, is news in itself.
