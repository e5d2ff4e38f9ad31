"""From curves to a diagnosis: rules over what a training.Monitor wrote down.

A rule says what was seen (the symptom), what usually causes it, and what to measure next; it proves nothing by itself.
The rules stand in order: first what is a fact whatever the task (old gradient, a loop that stopped), last what is read
off a curve. So the first finding is the one to look into first.
"""

import math
import statistics
from dataclasses import dataclass

from course_utils.language import say, side


@dataclass(frozen=True)
class Rule:
    """look(monitor) returns None, or the numbers for `symptom`. Texts are `中文 || English`."""

    name: str
    look: callable
    symptom: str
    causes: str
    next: str


@dataclass(frozen=True)
class Finding:
    """A rule that spoke, with the numbers it saw; its texts in the notebook's language."""

    rule: Rule
    numbers: dict

    @property
    def name(self):
        return self.rule.name

    @property
    def symptom(self):
        return side(self.rule.symptom).format(**self.numbers)

    @property
    def causes(self):
        return side(self.rule.causes)

    @property
    def next(self):
        return side(self.rule.next)

    def __str__(self):
        labels = say(("看到", "多半因为", "接着量"), ("seen", "likely because", "measure next"))
        return "\n".join(f"{k}{say('：', ': ')}{v}" for k, v in zip(labels, (self.symptom, self.causes, self.next)))


def diagnose(monitor):
    """The Findings about a Monitor's training, the most certain first; empty where no rule speaks."""
    seen = ((rule, rule.look(monitor)) for rule in RULES)
    return [Finding(rule, numbers) for rule, numbers in seen if numbers is not None]


# --- what the rules look at


def _known(values):
    return [v for v in values if not math.isnan(v)]


def _mean(values):
    return sum(values) / len(values) if values else math.nan


def _early(values):
    return _mean(values[:5])


def _late(values):
    """The mean over the last quarter."""
    return _mean(values[-max(1, len(values) // 4) :])


def _stuck(m):
    return len(m.loss) >= 20 and _late(m.loss) > 0.95 * _early(m.loss)


def _at_rest(m):
    """The loss does not fall any more: a loss still on its way down contradicts nothing."""
    quarter = len(m.loss) // 4
    return quarter > 0 and _late(m.loss) > 0.97 * _mean(m.loss[-2 * quarter : -quarter])


def _last_metric(m):
    return m.metric[-1][1] if m.metric else math.nan


def _late_metric(m):
    """The lowest in the last quarter: one lucky validation says nothing about the loss around it."""
    return min((value for step, value in m.metric if step > 0.75 * len(m.loss)), default=_last_metric(m))


def _stopped(m):
    if m.error and "backward through the graph a second time" in m.error:
        return {"step": len(m.loss) + 1}


def _nonfinite(m):
    for step, (loss, share) in enumerate(zip(m.loss, m.nonfinite), 1):
        if share > 0 or not math.isfinite(loss):
            return {"step": step, "share": share}


def _old_gradient(m):
    if m.leftover and (old := statistics.median(m.leftover)) > 0.1:
        return {"old": old}


def _strangers(m):
    if m.untrained:
        return {"count": m.untrained}


def _wrong_mode(m):
    if m.has_modes and m.training_mode:
        trained, checked = 1 - _mean(m.training_mode), _mean(m.validation_mode or [False])
        if trained > 0.05 or checked > 0.05:
            return {"trained": trained, "checked": checked}


def _unclipped(m):
    if m.clip is not None and m.norm_after:
        over = _mean([norm > 1.01 * m.clip for norm in m.norm_after])
        if over > 0.05:
            return {"clip": m.clip, "over": over, "largest": max(m.norm_after)}


def _bent(m):
    if m.bend and (share := _mean([bend > 1.01 for bend in m.bend])) > 0.05:
        return {"share": share, "bend": statistics.median(m.bend)}


def _padding(m):
    if (share := _mean(_known(m.on_padding))) > 0.05:
        return {"share": share}


def _broken_thread(m):
    if m.compared < 50 or m.compared < 0.4 * m.handed_rows:
        return None  # the data have hardly been read twice yet: what came again may do so by chance
    if (share := m.continued / m.compared) < 0.1:
        return {"share": share, "compared": m.compared}


def _leaked_scale(m):
    mean, std = m.validation_inputs()
    own_mean, own_std = _mean(_known(m.input_mean)), _mean(_known(m.input_std))
    if abs(mean) < 0.1 and abs(std - 1) < 0.1 and (abs(own_mean) > 0.3 or abs(own_std - 1) > 0.3):
        return {"mean": mean, "std": std, "own_mean": own_mean, "own_std": own_std}


def _saturated(m):
    if m.gates and m.gates[0]:
        least = min(m.saturation(gate)[0] for gate in m.gates[0])  # of all gates: a large forget bias is meant so
        if least > 0.3:
            return {"share": least}


def _decay(m):
    if any(m.decay_pull) and m.weight_norm[-1] < 0.5 * m.weight_norm[0] and _late(m.loss) > 0.5 * _early(m.loss):
        return {"first": m.weight_norm[0], "last": m.weight_norm[-1]}


def _too_good(m):
    if m.validation and m.metric and m.validation[-1][1] < 0.1 and _last_metric(m) < 0.8:
        return {"loss": m.validation[-1][1], "metric": _last_metric(m)}


def _too_bad(m):
    right = _late_metric(m)
    if 0.5 < right <= 1:
        # as unsure as somebody who is right that often, and guesses otherwise, may be
        unsure = -sum(p * math.log(p) for p in (right, 1 - right) if p > 0) + (1 - right) * _early(m.loss)
        if _at_rest(m) and _late(m.loss) > 2 * unsure + 0.1:
            return {"loss": _late(m.loss), "metric": right, "fair": unsure}


def _blind_metric(m):
    values = [value for _, value in m.metric]
    if len(values) < 5 or max(values) >= 1 or m.metric[0][0] > len(m.loss) / 5:
        return None  # perfect already, or first looked at when the learning was over
    fell = 1 - _late(m.loss) / _early(m.loss)
    if max(values) - min(values) < 0.01 and fell > 0.3:
        return {"low": min(values), "high": max(values), "fell": fell}


def _swapped(m):
    training, validation = m.shapes["training"], m.shapes["validation"]
    rows = {rows for rows, _ in training | validation}
    if validation and len(rows) == 1 and not {n for _, n in training} & {n for _, n in validation} and _stuck(m):
        return {"rows": rows.pop(), "training": max(training)[1], "validation": max(validation)[1]}


def _short_memory(m):
    gate = next((gate for gate in ("f", "z") if m.gates and gate in m.gates[0]), None)  # what keeps the old state
    if gate and _stuck(m):
        keep, steps = statistics.median(m.gate_mean(gate)), max(n for _, n in m.shapes["training"])
        if keep**steps < 1e-4:
            return {"gate": gate, "keep": keep, "steps": steps, "left": keep**steps}


def _step_size(m):
    if m.update_ratio:
        first, ratio = m.update_ratio[0], statistics.median(m.update_ratio)
        leapt = first > 1 and _late(m.loss) > m.loss[0]  # which makes the weights long: later ratios look small
        if leapt or ratio > 0.1 or (ratio < 1e-5 and _stuck(m)):
            return {"first": first, "ratio": ratio}


RULES = (
    Rule(
        "graph",
        _stopped,
        "第 {step} 步停下：同一张图反向传播了两次 || stopped at step {step}: backward through the same graph twice",
        "带到下一段的状态没有 detach；或者一次前向算了两次 backward"
        " || the state handed on was not detached; or two calls of backward for one forward",
        "打印 state[0].requires_grad：带进下一段的状态应是 False"
        " || print state[0].requires_grad: False for the state that goes into the next chunk",
    ),
    Rule(
        "nonfinite",
        _nonfinite,
        "第 {step} 步起出现 nan 或无穷（梯度里占 {share:.0%}）"
        " || nan or infinity from step {step} on ({share:.0%} of the gradient)",
        "学习率太大；梯度爆炸没有裁剪；log(0)、除以 0；整行都被掩码遮住的 softmax"
        " || learning rate too large; exploding gradients, not clipped; log(0) or a division by 0; a softmax with a row"
        " all masked",
        "with torch.autograd.detect_anomaly() 重跑那一步；看前一步的梯度范数"
        " || run that step again with torch.autograd.detect_anomaly(); look at the gradient norm one step earlier",
    ),
    Rule(
        "old-gradient",
        _old_gradient,
        "反向传播开始时，p.grad 里还有旧梯度，长度是新梯度的 {old:.1f} 倍"
        " || when backward begins, p.grad still holds an old gradient, {old:.1f} times as long as the new one",
        "忘了 zero_grad；或者清的是另一个优化器 || zero_grad is missing, or it clears another optimizer",
        "在 backward 之前打印 p.grad：应是 None 或全零 || print p.grad before backward: it should be None or all zeros",
    ),
    Rule(
        "strangers",
        _strangers,
        "损失依赖 {count} 个参数，优化器却不认识它们"
        " || the loss depends on {count} parameters that the optimizer does not know",
        "层放在了普通列表或字典里；优化器建得太早；只给了它一部分参数"
        " || layers in a plain list or dict; the optimizer was made too early, or was given a part of the parameters",
        "比较 sum(p.numel() for p in model.parameters()) 和你手算的参数个数"
        " || compare sum(p.numel() for p in model.parameters()) with your own count",
    ),
    Rule(
        "mode",
        _wrong_mode,
        "{trained:.0%} 的训练步在 eval 模式，{checked:.0%} 的验证在 train 模式"
        " || {trained:.0%} of the training steps ran in eval mode, {checked:.0%} of the validations in train mode",
        "验证完没有切回 model.train()；或者验证前没有 model.eval()"
        " || no model.train() after validating, or no model.eval() before",
        "在循环的第一行 assert model.training || assert model.training in the loop's first line",
    ),
    Rule(
        "unclipped",
        _unclipped,
        "说好梯度范数不超过 {clip:g}，{over:.0%} 的步超了，最大 {largest:.2f}"
        " || the gradient norm was to stay below {clip:g}; in {over:.0%} of the steps it does not, up to {largest:.2f}",
        "裁剪写在 backward 之前或 step 之后；或者只裁了一部分参数"
        " || clipping stands before backward or after step; or it clips only some parameters",
        "把裁剪函数返回的范数打印出来：写错了地方，它总是 0 或没有用"
        " || print the norm that the clipping function returns: in the wrong place it is 0, or has no effect",
    ),
    Rule(
        "bent",
        _bent,
        "{share:.0%} 的步里，裁剪前后各参数的梯度缩放不一样（中位数差 {bend:.1f} 倍）：方向变了"
        " || in {share:.0%} of the steps clipping scales parameters differently (median factor {bend:.1f}): the"
        " direction changes",
        "按值裁剪（clip_grad_value_）；或者只裁了一部分参数"
        " || clipping by value (clip_grad_value_), or of some parameters only",
        "算一算裁剪前后梯度的夹角余弦：按范数裁剪应是 1"
        " || compute the cosine between the gradient before and after: with clipping by norm it is 1",
    ),
    Rule(
        "padding",
        _padding,
        "循环层收到的梯度，{share:.0%} 落在填充上 || {share:.0%} of the gradient that reaches the recurrent layer"
        " arrives on padding",
        "用 out[:, -1] 或 h_n 当结果，却没有打包；或者损失没有掩码"
        " || out[:, -1] or h_n was read without packing; or the loss has no mask",
        "把填充换成别的数，看结果变不变：不该变"
        " || put other numbers into the padding and see whether results change: they should not",
    ),
    Rule(
        "thread",
        _broken_thread,
        "状态从上一批带了过来，可是同一段后面接的，{compared} 次里只有 {share:.1%} 和上次一样"
        " || the state is handed on, but of {compared} times that a chunk came again, it was followed by the same chunk"
        " as before in only {share:.1%}",
        "批是打乱的，状态却一直带着；每个样本本该从零状态开始"
        " || batches are shuffled while the state is kept; every sample should begin with a zero state",
        "同一批，用零状态再算一次损失：不变差，状态就白带了"
        " || the loss of the same batch from a zero state: unless it is worse, the state is useless",
    ),
    Rule(
        "scale",
        _leaked_scale,
        "验证的输入恰好是均值 {mean:.2f}、标准差 {std:.2f}，训练的却是 {own_mean:.2f}、{own_std:.2f}"
        " || inputs have mean {mean:.2f} and standard deviation {std:.2f} in validation, of all places; in training"
        " {own_mean:.2f} and {own_std:.2f}",
        "均值和标准差是在测试集上算的：泄漏 || mean and standard deviation were fitted on the test set: a leak",
        "只用训练集重算均值和标准差，看分数变多少"
        " || fit them on the training part alone and see how much the score changes",
    ),
    Rule(
        "saturated",
        _saturated,
        "第一步时每个门都至少有 {share:.0%} 的值饱和（小于 0.05 或大于 0.95）"
        " || at the first step at least {share:.0%} of every gate is saturated (below 0.05 or above 0.95)",
        "初始权重太大；输入没有缩放 || initial weights too large; inputs not scaled",
        "看看输入的标准差，和 W_ih、W_hh 的标准差（默认约 0.6/√H）"
        " || look at the standard deviation of the inputs and of W_ih and W_hh (about 0.6/√H by default)",
    ),
    Rule(
        "decay",
        _decay,
        "权重的长度从 {first:.1f} 缩到 {last:.1f}，损失没有降下来"
        " || the length of the weights shrinks from {first:.1f} to {last:.1f} while the loss stays up",
        "Adam 的 weight_decay 混进了梯度，按 Adam 的步子往零拉"
        " || weight_decay inside Adam's gradient: it pulls towards zero at Adam's pace",
        "换成 AdamW，其余不动 || AdamW instead, and nothing else changed",
    ),
    Rule(
        "too-good",
        _too_good,
        "验证损失低到 {loss:.3f}，指标却只有 {metric:.0%}"
        " || the validation loss is down to {loss:.3f}, but the metric is {metric:.0%}",
        "答案混进了输入：教师强制没有右移一格；指标和损失用的不是同一个任务"
        " || the answer is in the input: teacher forcing without the shift; or loss and metric mean different tasks",
        "(inputs == targets).float().mean()：不该接近 1"
        " || (inputs == targets).float().mean(): should not be close to 1",
    ),
    Rule(
        "too-bad",
        _too_bad,
        "{metric:.0%} 都对，损失却停在 {loss:.2f}（这样的正确率，{fair:.2f} 以下才说得过去）"
        " || {metric:.0%} are right, but the loss stops at {loss:.2f} (below {fair:.2f} would fit that accuracy)",
        "cross_entropy 之前又做了一次 softmax；标签平滑；损失里混进了填充"
        " || a softmax before cross_entropy, which has its own; label smoothing; padding in the loss",
        "看送进损失的分数：每行加起来不该恰好是 1 || look at the scores given to the loss: rows should not add up to 1",
    ),
    Rule(
        "blind",
        _blind_metric,
        "训练损失降了 {fell:.0%}，指标一直在 {low:.1%} 和 {high:.1%} 之间"
        " || the training loss fell by {fell:.0%} while the metric stayed between {low:.1%} and {high:.1%}",
        "类别很不平衡，正确率看不出差别；也可能是过拟合"
        " || very uneven classes, to which accuracy is blind; or overfitting",
        "算一算总猜多数类的正确率；看 ROC 曲线下面积或每一类的召回率"
        " || the accuracy of always guessing the majority; then the area under the ROC curve, or recall by class",
    ),
    Rule(
        "axes",
        _swapped,
        "损失不动；循环层每次都是 {rows} 行，步数却随批的大小变（{training}、{validation}）"
        " || the loss does not move; the recurrent layer always gets {rows} rows, and the number of steps follows the"
        " size of the batch ({training}, {validation})",
        "忘了 batch_first=True：时间轴和批轴对调了，样本互相偷看"
        " || batch_first=True is missing: time and batch are swapped, samples see each other",
        "改动第 0 个样本的输入，别的样本的输出不该变"
        " || change the input of sample 0: the outputs of the others should not move",
    ),
    Rule(
        "memory",
        _short_memory,
        "损失不动；门 {gate} 平均 {keep:.2f}，{steps} 步之后旧状态只剩 {left:.0e}"
        " || the loss does not move; gate {gate} is {keep:.2f} on average, which leaves {left:.0e} of a state after"
        " {steps} steps",
        "要记的比门能留的久：遗忘门偏置用了默认的 0"
        " || the task asks for a longer memory than the gate keeps: the forget bias is at its default of 0",
        "把序列截短再试；再把遗忘门偏置调到 1 以上 || try shorter sequences; then a forget bias above 1",
    ),
    Rule(
        "step-size",
        _step_size,
        "第一次更新的长度约为权重的 {first:.0e} 倍；各次的中位数约 {ratio:.0e} 倍"
        " || the first update is about {first:.0e} times as long as the weights, the median one {ratio:.0e} times",
        "学习率太大（大于 0.1）或太小（小于 1e-5） || learning rate too large (above 0.1) or too small (below 1e-5)",
        "学习率乘或除以 10，各跑几十步 || ten times larger and smaller, a few dozen steps each",
    ),
)
