# %% name="no-shift" tags=["wrong"]
# 没有挪：第 t 步喂的就是要猜的 y_t，解码器只要照抄。损失会低得出奇，可是解码时没有答案可抄。 || Nothing was shifted: step t is given y_t, the very symbol it has to guess, and need only copy it. The loss will be wonderfully low, and there is nothing to copy when decoding.
def shift_right(y, bos):
    return y.clone()


# %% name="shift-left" tags=["wrong"]
# 挪反了：y[:, 1:] 喂的是后一个符号，不是前一个。 || Shifted the wrong way: y[:, 1:] gives the symbol after, not the one before.
def shift_right(y, bos):
    return torch.cat([y[:, 1:], y.new_full((len(y), 1), bos)], dim=1)


# %% name="roll-wraps" tags=["wrong"]
# roll 把最后一列绕到了最前面：第一步喂的应当是 BOS。 || roll brought the last column round to the front: the first step must be given BOS.
def shift_right(y, bos):
    return y.roll(1, dims=1)


# %% name="two-BOS" tags=["wrong"]
# 挪了两格：只有第一步之前没有真值，所以只有一个 BOS。 || Shifted by two: only the first step has no true symbol before it, so there is one BOS.
def shift_right(y, bos):
    return torch.cat([y.new_full((len(y), 2), bos), y[:, :-2]], dim=1)[:, : y.shape[1]]


# %% name="no-BOS" tags=["wrong"]
# 丢了最后一列，却没有在前面添 BOS：宽度应当还是 T。 || The last column went, but no BOS came in front: the width must still be T.
def shift_right(y, bos):
    return y[:, :-1]


# %% name="y-overwritten" tags=["wrong"]
# 传进来的 y 被改动了：它还要用来算损失。在副本上写。 || The y you were given was changed, and the loss still needs it. Write into a copy.
def shift_right(y, bos):
    given = torch.cat([y.new_full((len(y), 1), bos), y[:, :-1]], dim=1)
    y[:, 0] = bos
    return given


# %% name="roll-then-overwrite" tags=["right"]
# roll 之后把第一列改成 BOS || roll, then BOS into the first column
def shift_right(y, bos):
    shifted = y.roll(1, dims=1)
    shifted[:, 0] = bos
    return shifted


# %% name="functional-pad" tags=["right"]
# 用 F.pad 在左边添一列 || a column added on the left by F.pad
def shift_right(y, bos):
    return F.pad(y[:, :-1], (1, 0), value=bos)


# %% name="counts-PAD" tags=["wrong"]
# PAD 也算进了损失：模型会把力气花在学写 PAD 上，而且批里越多填充，损失越好看。 || PAD is counted: the model spends its effort on learning to write PAD, and the more padding in a batch, the better the loss looks.
def teacher_forced_loss(logits, y, pad):
    return F.cross_entropy(logits.transpose(1, 2), y)


# %% name="sum" tags=["wrong"]
# 求了和，没有平均：损失会随批的大小变，学习率也就跟着变了。 || Summed, not averaged: the loss changes with the size of the batch, and with it the effective learning rate.
def teacher_forced_loss(logits, y, pad):
    return F.cross_entropy(logits.transpose(1, 2), y, ignore_index=pad, reduction="sum")


# %% name="shifted-twice" tags=["wrong"]
# 目标又挪了一格：logits 的第 t 步猜的就是 y_t，挪的只是喂进去的那一份。 || The targets were shifted once more: step t of the logits guesses y_t; only what is fed in is shifted.
def teacher_forced_loss(logits, y, pad):
    return F.cross_entropy(logits[:, :-1].transpose(1, 2), y[:, 1:], ignore_index=pad)


# %% name="softmax-twice" tags=["wrong"]
# 先做了 softmax：cross_entropy 自己会做，做两遍，概率就被压平了。 || A softmax came first: cross_entropy does it itself, and twice flattens the probabilities.
def teacher_forced_loss(logits, y, pad):
    return F.cross_entropy(logits.softmax(-1).transpose(1, 2), y, ignore_index=pad)


# %% name="reshape-not-transpose" tags=["wrong"]
# 用 reshape 凑出了 (B, V, T)：形状对了，数全串了位。换维要用 transpose。 || reshape made it (B, V, T): the shape is right and the numbers are scrambled. To swap dimensions, use transpose.
def teacher_forced_loss(logits, y, pad):
    B, T, V = logits.shape
    return F.cross_entropy(logits.reshape(B, V, T), y, ignore_index=pad)


# %% name="mean-of-rows" tags=["wrong"]
# 先在每一行里平均，再对行平均：短句子的每个符号就比长句子的重。公式里除的是所有符号的个数 N。 || Averaged within each row and then over rows: a symbol of a short sentence weighs more than one of a long sentence. The formula divides by N, the number of all symbols.
def teacher_forced_loss(logits, y, pad):
    losses = F.cross_entropy(logits.transpose(1, 2), y, ignore_index=pad, reduction="none")
    return (losses.sum(1) / (y != pad).sum(1)).mean()


# %% name="divides-by-all" tags=["wrong"]
# PAD 的损失是去掉了，除的却还是 B × T：分母也不能数 PAD。 || PAD is out of the sum, but the sum is divided by B × T: the count must leave PAD out as well.
def teacher_forced_loss(logits, y, pad):
    return F.cross_entropy(logits.transpose(1, 2), y, ignore_index=pad, reduction="none").mean()


# %% name="manual-NLL" tags=["right"]
# 自己取出真值的对数概率，再用掩码平均 || the log-probabilities of the truth, averaged with a mask
def teacher_forced_loss(logits, y, pad):
    log_p = logits.log_softmax(-1).gather(2, y.unsqueeze(2)).squeeze(2)
    counted = y != pad
    return -(log_p * counted).sum() / counted.sum()


# %% name="flattened" tags=["right"]
# 摊平成 (B·T, V) 和 (B·T,) || flattened to (B·T, V) and (B·T,)
def teacher_forced_loss(logits, y, pad):
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1), ignore_index=pad)


# %% name="boolean-selection" tags=["right"]
# 先用布尔索引挑出要算的位置 || the positions that count, picked by a boolean index
def teacher_forced_loss(logits, y, pad):
    return F.cross_entropy(logits[y != pad], y[y != pad])


# %% name="state-not-threaded" tags=["wrong"]
# 新的 state 没有接着往下传：每一步都从头开始，说来说去是第一个词。 || The new state was not passed on: every step starts from the beginning and says the first word again.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, _ = step(tokens, state)
        tokens = logits.argmax(1).masked_fill(done, pad)
        written[:, t] = tokens
        done = done | (tokens == eos)
        if done.all():
            break
    return written


# %% name="feeds-BOS" tags=["wrong"]
# 每一步都喂 BOS：第二步起，该喂的是刚写下的符号。 || BOS is fed at every step: from the second on it must be the symbol just written.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    first = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, state = step(first, state)
        tokens = logits.argmax(1).masked_fill(done, pad)
        written[:, t] = tokens
        done = done | (tokens == eos)
        if done.all():
            break
    return written


# %% name="stops-when-any" tags=["wrong"]
# 有一行完了就全停了：别的行还没有写完，条件应当是 all。 || All stop as soon as one row is done: the others have not finished. The condition is all, not any.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, state = step(tokens, state)
        tokens = logits.argmax(1).masked_fill(done, pad)
        written[:, t] = tokens
        done = done | (tokens == eos)
        if done.any():
            break
    return written


# %% name="babbles-after-EOS" tags=["wrong"]
# EOS 之后还在写：完了的行应当全是 PAD。 || It goes on writing behind EOS: a row that is done is PAD from there.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, state = step(tokens, state)
        tokens = logits.argmax(1)
        written[:, t] = tokens
        done = done | (tokens == eos)
        if done.all():
            break
    return written


# %% name="drops-EOS" tags=["wrong"]
# EOS 自己也被换成了 PAD：先按上一步的 done 填 PAD，再更新 done。 || EOS itself turned into PAD: fill in PAD by the done of the step before, and update done afterwards.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, state = step(tokens, state)
        tokens = logits.argmax(1)
        done = done | (tokens == eos)
        tokens = tokens.masked_fill(done, pad)
        written[:, t] = tokens
        if done.all():
            break
    return written


# %% name="never-stops-early" tags=["wrong"]
# 结果是对的，可是都写完了还在调用 step：长度上限若是 200，白算的就是几十倍。 || The result is right, but step is still called when everything is done: with a limit of 200 that is many times the work.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, state = step(tokens, state)
        tokens = logits.argmax(1).masked_fill(done, pad)
        written[:, t] = tokens
        done = done | (tokens == eos)
    return written


# %% name="samples" tags=["wrong"]
# 你是按概率抽的，不是取得分最高的：那是采样，不是贪心。 || You drew by probability in place of taking the highest score: that is sampling, not greedy decoding.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    g = torch.Generator().manual_seed(0)
    for t in range(max_len):
        logits, state = step(tokens, state)
        tokens = torch.multinomial(logits.softmax(1), 1, generator=g)[:, 0].masked_fill(done, pad)
        written[:, t] = tokens
        done = done | (tokens == eos)
        if done.all():
            break
    return written


# %% name="not-padded" tags=["wrong"]
# 提前停下时宽度不到 max_len：剩下的列要补上 PAD。 || After an early stop it is narrower than max_len: the columns that are left must be PAD.
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = []
    tokens = torch.full((batch_size,), bos)
    done = torch.zeros(batch_size, dtype=torch.bool)
    for t in range(max_len):
        logits, state = step(tokens, state)
        tokens = logits.argmax(1).masked_fill(done, pad)
        written.append(tokens)
        done = done | (tokens == eos)
        if done.all():
            break
    return torch.stack(written, dim=1)


# %% name="alive-mask" tags=["right"]
# 预先铺满 PAD，只填还没完的行 || a sheet of PAD, of which only rows still alive are filled
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    written = torch.full((batch_size, max_len), pad)
    alive = torch.ones(batch_size, dtype=torch.bool)
    tokens = torch.full((batch_size,), bos)
    for t in range(max_len):
        if not alive.any():
            break
        logits, state = step(tokens, state)
        tokens = logits.argmax(-1)
        written[alive, t] = tokens[alive]
        alive = alive & (tokens != eos)
    return written


# %% name="list-then-pad" tags=["right"]
# 先攒成列表，最后补齐 || gathered in a list and padded at the end
def greedy_decode(step, state, bos, eos, pad, max_len, batch_size):
    columns, tokens, done = [], torch.full((batch_size,), bos), torch.zeros(batch_size, dtype=torch.bool)
    while len(columns) < max_len and not bool(done.all()):
        logits, state = step(tokens, state)
        tokens = torch.where(done, pad, logits.max(dim=1).indices)
        done = done | tokens.eq(eos)
        columns.append(tokens)
    return F.pad(torch.stack(columns, 1), (0, max_len - len(columns)), value=pad)


# %% name="per-token" tags=["wrong"]
# 数的是对的符号，不是全对的行：一行错一个符号，整行就不算。 || This counts right symbols, not right rows: one wrong symbol and the row is out.
def exact_match(pred, y, pad):
    width = max(pred.shape[1], y.shape[1])
    pred = F.pad(pred, (0, width - pred.shape[1]), value=pad)
    y = F.pad(y, (0, width - y.shape[1]), value=pad)
    return (pred == y).double().mean().item()


# %% name="cut-to-the-narrower" tags=["wrong"]
# 截到了窄的那个宽度：多写的、少写的就都看不见了。 || Cut down to the narrower width: what was written too much or too little goes unseen.
def exact_match(pred, y, pad):
    width = min(pred.shape[1], y.shape[1])
    return (pred[:, :width] == y[:, :width]).all(dim=1).double().mean().item()


# %% name="padded-with-zero" tags=["wrong"]
# 补的是 0，不是 pad：编号 0 在这里是一个正经的符号。 || Padded with 0, not with pad: number 0 is a proper symbol here.
def exact_match(pred, y, pad):
    width = max(pred.shape[1], y.shape[1])
    pred = F.pad(pred, (0, width - pred.shape[1]))
    y = F.pad(y, (0, width - y.shape[1]))
    return (pred == y).all(dim=1).double().mean().item()


# %% name="count-of-rows" tags=["wrong"]
# 返回了对的行数，不是占几成：除以行数。 || This is the number of rows that are right, not their share: divide by the number of rows.
def exact_match(pred, y, pad):
    width = max(pred.shape[1], y.shape[1])
    pred = F.pad(pred, (0, width - pred.shape[1]), value=pad)
    y = F.pad(y, (0, width - y.shape[1]), value=pad)
    return float((pred == y).all(dim=1).sum())


# %% name="rows-as-lists" tags=["right"]
# 去掉行尾的 PAD，按列表比较 || rows as lists, without the PAD at their ends
def exact_match(pred, y, pad):
    def stripped(row):
        row = row.tolist()
        while row and row[-1] == pad:
            row.pop()
        return row

    return sum(stripped(p) == stripped(t) for p, t in zip(pred, y)) / len(y)


# %% name="preallocated" tags=["right"]
# 抄进同样宽的两张纸 || copied onto two sheets of one width
def exact_match(pred, y, pad):
    sheets = torch.full((2, len(y), max(pred.shape[1], y.shape[1])), pad)
    sheets[0, :, : pred.shape[1]] = pred
    sheets[1, :, : y.shape[1]] = y
    return float((sheets[0] != sheets[1]).any(1).logical_not().double().mean())
