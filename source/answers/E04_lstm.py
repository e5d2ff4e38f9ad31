# %% name="order-ifog" tags=["wrong"]
# 按 i, f, o, g 切开了：PyTorch 的次序是 i, f, g, o，候选 g 在第三块，输出门 o 在第四块。 || Cut in the order i, f, o, g: PyTorch's order is i, f, g, o, with the candidate g third and the output gate o fourth.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, o, g = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="order-figo" tags=["wrong"]
# 按 f, i, g, o 切开了：有的论文先写遗忘门，PyTorch 把输入门 i 放在最前。 || Cut in the order f, i, g, o: some papers write the forget gate first, PyTorch puts the input gate i at the top.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    f, i, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="order-ofig" tags=["wrong"]
# 按 o, f, i, g 切开了：PyTorch 的次序是 i, f, g, o，读别处的权重之前先查次序。 || Cut in the order o, f, i, g: PyTorch's order is i, f, g, o. Check the order before you read anyone's weights.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    o, f, i, g = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="missing-b_hh" tags=["wrong"]
# 少了 b_hh：PyTorch 的每个门有两个偏置，两个都要加。 || b_hh is missing: in PyTorch each gate has two biases, and both are added.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="sigmoid-candidate" tags=["wrong"]
# 候选 g 用了 sigmoid：g 是要写进记忆的内容，可正可负，所以是 tanh；sigmoid 只给门用。 || The candidate g went through a sigmoid: g is content, positive or negative, hence tanh; the sigmoid is for gates.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="coupled-gates" tags=["wrong"]
# 写入量用成了 1 - f：那是输入门与遗忘门联动的变体（GRU 的思路），LSTM 有独立的输入门 i。 || The amount written is 1 - f: that is the coupled variant (the idea behind the GRU); an LSTM has an input gate i of its own.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + (1 - f) * g
    h = o * torch.tanh(c)
    return h, c


# %% name="forget-inverted" tags=["wrong"]
# 旧的 c 乘成了 1 - f：f 是留下多少，不是忘掉多少；f = 1 全留，f = 0 全忘。 || The old c was multiplied by 1 - f: f says how much to keep, not how much to forget; f = 1 keeps all, f = 0 nothing.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = (1 - f) * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="no-tanh-on-c" tags=["wrong"]
# 亮出时漏了 tanh：h = o ⊙ tanh(c)，否则 c 有多大，h 就有多大。 || The tanh is missing at the output: h = o ⊙ tanh(c), otherwise h grows as large as c.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * c
    return h, c


# %% name="h-from-old-c" tags=["wrong"]
# h 用的是更新之前的 c：先更新记忆，再亮出，刚写进去的内容这一步就看得到。 || h is made from the c before the update: update the memory first, then expose it, so that what was just written shows at once.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    h = o * torch.tanh(c)
    c = f * c + i * g
    return h, c


# %% name="no-forget-gate" tags=["wrong"]
# 没有遗忘门，旧的 c 原样相加：这是 1997 年的细胞，记忆只增不减；遗忘门是 2000 年加上的。 || There is no forget gate, the old c is added whole: this is the cell of 1997, whose memory only accumulates; the forget gate came in 2000.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="tanh-after-gate" tags=["wrong"]
# tanh 套在了外面：h = o ⊙ tanh(c)，门乘在 tanh 之后，而不是 tanh(o ⊙ c)。 || The tanh is outside: h = o ⊙ tanh(c), the gate multiplies after the tanh; it is not tanh(o ⊙ c).
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = torch.tanh(o * c)
    return h, c


# %% name="returns-c-h" tags=["wrong"]
# 返回的次序是 (c, h)：约定是 (h, c)，h 在前。 || The pair comes back as (c, h): the convention is (h, c), h first.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return c, h


# %% name="W_hh-reshaped" tags=["wrong"]
# 用 reshape 代替了转置：reshape 只换形状，不换行列，元素全都错了位；要用 .T。 || reshape was used in place of a transpose: it changes the shape, not rows into columns, and every entry lands in the wrong place; use .T.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.reshape(h.shape[1], -1) + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="peephole" tags=["wrong"]
# 门里多加了 c：让门偷看细胞状态的是“窥孔”变体，标准 LSTM 的门只看 x 和 h。 || The gates also look at c: that is the peephole variant; the gates of a standard LSTM see x and h only.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i + c), torch.sigmoid(f + c), torch.tanh(g), torch.sigmoid(o + c)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c


# %% name="forgets-h-not-c" tags=["wrong"]
# 写成了 c = f ⊙ h + i ⊙ g：遗忘门守的是细胞状态 c，不是 h；这样一来 c 一步也传不下去。 || This is c = f ⊙ h + i ⊙ g: the forget gate guards the cell state c, not h; like this, c does not survive a single step.
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * h + i * g
    return o * torch.tanh(c), c


# %% name="concatenated" tags=["right"]
# 把 x 和 h 拼起来，一次矩阵乘法 || x and h side by side, one matrix product
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    H = h.shape[-1]
    z = torch.cat([x, h], dim=-1) @ torch.cat([W_ih, W_hh], dim=-1).T + (b_ih + b_hh)
    gates = z.sigmoid()
    c = gates[:, H:2 * H] * c + gates[:, :H] * z[:, 2 * H:3 * H].tanh()
    return gates[:, 3 * H:] * c.tanh(), c


# %% name="four-matmuls" tags=["right"]
# 四个门各算各的 || each gate computed by itself
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state
    H = h.shape[1]

    def block(k):
        rows = slice(k * H, (k + 1) * H)
        return torch.nn.functional.linear(x, W_ih[rows], b_ih[rows]) + torch.nn.functional.linear(h, W_hh[rows], b_hh[rows])

    i, f, g, o = block(0).sigmoid(), block(1).sigmoid(), block(2).tanh(), block(3).sigmoid()
    c = torch.addcmul(f * c, i, g)
    return o * c.tanh(), c


# %% name="nn-LSTMCell" tags=["right", "built-in"]
# 把权重抄进 nn.LSTMCell || the weights copied into nn.LSTMCell
def lstm_cell(x, state, W_ih, W_hh, b_ih, b_hh):
    cell = torch.nn.LSTMCell(x.shape[1], state[0].shape[1])
    cell.load_state_dict({"weight_ih": W_ih, "weight_hh": W_hh, "bias_ih": b_ih, "bias_hh": b_hh})
    with torch.no_grad():
        return cell(x, state)


# %% name="c-reset-every-step" tags=["wrong"]
# 每一步都把 c 清零：传下去的是一对 (h, c)，丢了 c，就丢了 LSTM 的长期记忆。 || c is reset at every step: what is handed on is the pair (h, c); without c the long-term memory of the LSTM is gone.
def lstm_forward(x, state, W_ih, W_hh, b_ih, b_hh):
    outputs = []
    for t in range(x.shape[1]):
        state = lstm_cell(x[:, t], (state[0], torch.zeros_like(state[1])), W_ih, W_hh, b_ih, b_hh)
        outputs.append(state[0])
    return torch.stack(outputs, dim=1), state


# %% name="outputs-are-cells" tags=["wrong"]
# out 里收的是 c：对外的输出是 h，c 留在细胞里面。 || out collects c: the output is h, and c stays inside the cell.
def lstm_forward(x, state, W_ih, W_hh, b_ih, b_hh):
    outputs = []
    for t in range(x.shape[1]):
        state = lstm_cell(x[:, t], state, W_ih, W_hh, b_ih, b_hh)
        outputs.append(state[1])
    return torch.stack(outputs, dim=1), state


# %% name="initial-state-ignored" tags=["wrong"]
# 没有用传进来的状态，而是从 0 开始：接着读的时候，前文就丢了。 || The given state is not used, everything starts from zero: when a sequence is continued, what came before is lost.
def lstm_forward(x, state, W_ih, W_hh, b_ih, b_hh):
    outputs, state = [], (torch.zeros_like(state[0]), torch.zeros_like(state[1]))
    for t in range(x.shape[1]):
        state = lstm_cell(x[:, t], state, W_ih, W_hh, b_ih, b_hh)
        outputs.append(state[0])
    return torch.stack(outputs, dim=1), state


# %% name="set-in-both" tags=["wrong"]
# 两个偏置都设成了 value，有效偏置成了两倍：加进公式的是它们的和。 || Both biases were set to value, so the effective bias is twice that: what enters the formula is their sum.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p[H:2 * H].fill_(value)
            elif name.startswith("bias_hh"):
                p[H:2 * H].fill_(value)


# %% name="layer-0-only" tags=["wrong"]
# 只改了第 0 层：名字里的 l0, l1, l0_reverse… 分别是各层各方向，每一组都要改。 || Only layer 0 was changed: l0, l1, l0_reverse … in the names are layers and directions, and each of them needs it.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih_l0"):
                p[H:2 * H].fill_(value)
            elif name.startswith("bias_hh_l0"):
                p[H:2 * H].fill_(0)


# %% name="added-not-set" tags=["wrong"]
# value 是加上去的，原来的随机值还在：要的是有效偏置恰好等于 value，所以是设成，不是加上。 || value was added on top of the random values: the effective bias is to be exactly value, so set it instead of adding.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p[H:2 * H] += value


# %% name="forward-only" tags=["wrong"]
# 只改了正向的：双向的 LSTM 还有一组名字带 _reverse 的参数，也要改。 || Only the forward direction was changed: a bidirectional LSTM has a second set of parameters, with _reverse in their names.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih") and not name.endswith("_reverse"):
                p[H:2 * H].fill_(value)
            elif name.startswith("bias_hh") and not name.endswith("_reverse"):
                p[H:2 * H].fill_(0)


# %% name="input-gate-slice" tags=["wrong"]
# 改的是前 H 行，那是输入门 i：遗忘门 f 是第二块，H 到 2H。 || The first H rows were changed, which are the input gate i: the forget gate f is the second block, H to 2H.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p[:H].fill_(value)
            elif name.startswith("bias_hh"):
                p[:H].fill_(0)


# %% name="b_hh-left" tags=["wrong"]
# bias_hh 还留着原来的随机值：有效偏置是两个之和，两个都要管。 || bias_hh still has its random values: the effective bias is the sum of the two, so both need attention.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p[H:2 * H].fill_(value)


# %% name="whole-bias" tags=["wrong"]
# 整个偏置都被改了：只有遗忘门那 H 个数可以动，其余三块要保持原样。 || The whole bias was overwritten: only the H numbers of the forget gate may change, the other three blocks stay as they are.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p.fill_(value)
            elif name.startswith("bias_hh"):
                p.fill_(0)


# %% name="slice-one-too-long" tags=["wrong"]
# 切片多了一个：H:2*H+1 有 H+1 个数，最后一个已经是候选 g 的偏置。切片不含右端，H:2*H 正好 H 个。 || The slice is one too long: H:2*H+1 has H+1 entries, and the last one already belongs to the candidate g. A slice leaves out its end, so H:2*H is exactly H.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p[H:2 * H + 1].fill_(value)
            elif name.startswith("bias_hh"):
                p[H:2 * H + 1].fill_(0)


# %% name="slice-one-too-long-b_ih" tags=["wrong"]
# bias_ih 的切片多了一个：H:2*H+1 的最后一个数已经是候选 g 的偏置。切片不含右端。 || The slice of bias_ih is one too long: the last entry of H:2*H+1 already belongs to the candidate g. A slice leaves out its end.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        for name, p in lstm.named_parameters():
            if name.startswith("bias_ih"):
                p[H:2 * H + 1].fill_(value)
            elif name.startswith("bias_hh"):
                p[H:2 * H].fill_(0)


# %% name="first-layer-forward-only" tags=["wrong"]
# 只改了 bias_ih_l0 和 bias_hh_l0：第一层的反向和以后各层还没有改。遍历 named_parameters，一组也不漏。 || Only bias_ih_l0 and bias_hh_l0 were changed: the first layer's other direction and all further layers were not. Walk through named_parameters and leave none out.
def set_forget_bias(lstm, value):
    H = lstm.hidden_size
    with torch.no_grad():
        lstm.bias_ih_l0[H:2 * H].fill_(value)
        lstm.bias_hh_l0[H:2 * H].fill_(0)


# %% name="split-over-both" tags=["right"]
# value 平分给两个偏置 || value shared equally by the two biases
def set_forget_bias(lstm, value):
    for name, p in lstm.named_parameters():
        if "bias" in name:
            p.data.view(4, -1)[1] = value / 2
