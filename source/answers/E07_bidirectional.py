# %% name="flips-padded-row" tags=["wrong"]
# 连填充一起翻了：短句的数据被推到后面，反方向最先读到的是填充。只翻转每行前 lengths 步。 || The whole row was flipped, padding included: the data of a short row moves to the end, and padding is read first. Turn only the first lengths steps around.
def reverse_padded(x, lengths):
    return x.flip(1)


# %% name="flips-features" tags=["wrong"]
# 翻转的是特征轴：时间是第 1 轴，取出一行之后是第 0 轴。 || That reverses the features: time is axis 1, and axis 0 once a row has been taken out.
def reverse_padded(x, lengths):
    reversed_x = x.clone()
    for row, n in enumerate(lengths.tolist()):
        reversed_x[row, :n] = x[row, :n].flip(1)
    return reversed_x


# %% name="reverses-in-place" tags=["wrong"]
# 改动了传进来的 x：正方向之后读到的就是翻转过的数据。先 clone 一份再写。 || The given x was changed: whoever reads it next finds it reversed. Write into a clone.
def reverse_padded(x, lengths):
    for row, n in enumerate(lengths.tolist()):
        x[row, :n] = x[row, :n].flip(0)
    return x


# %% name="drops-padding" tags=["wrong"]
# 填充处写成了 0：翻转只该动有效的部分，其余原样留下。 || The padding was set to 0: reversing touches the valid part only and leaves the rest as it was.
def reverse_padded(x, lengths):
    reversed_x = torch.zeros_like(x)
    for row, n in enumerate(lengths.tolist()):
        reversed_x[row, :n] = x[row, :n].flip(0)
    return reversed_x


# %% name="padding-in-outputs" tags=["wrong"]
# 填充处的输出没有清零：那里的数不属于任何字。 || The outputs on padding are not 0: those numbers belong to no word.
def masked_forward(x, lengths, cell):
    h = c = x.new_zeros(x.shape[0], cell.hidden_size)
    outputs = []
    for t in range(x.shape[1]):
        reading = (t < lengths)[:, None]
        new_h, new_c = cell(x[:, t], (h, c))
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(new_h)
    return torch.stack(outputs, dim=1), h


# %% name="repeats-last-output" tags=["wrong"]
# 填充处的输出重复了最后一个状态：那里应当是 0。 || On padding the outputs repeat the last state; they should be 0.
def masked_forward(x, lengths, cell):
    h = c = x.new_zeros(x.shape[0], cell.hidden_size)
    outputs = []
    for t in range(x.shape[1]):
        reading = (t < lengths)[:, None]
        new_h, new_c = cell(x[:, t], (h, c))
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% name="state-walks-on" tags=["wrong"]
# 状态在填充上继续更新了：读完一行的最后一个有效步，h 和 c 都该停住。 || The state walks on over padding: after a row's last valid step both h and c must stop.
def masked_forward(x, lengths, cell):
    h = c = x.new_zeros(x.shape[0], cell.hidden_size)
    outputs = []
    for t in range(x.shape[1]):
        reading = (t < lengths)[:, None]
        h, c = cell(x[:, t], (h, c))
        outputs.append(torch.where(reading, h, 0.0))
    return torch.stack(outputs, dim=1), h


# %% name="one-step-too-many" tags=["wrong"]
# 掩码多算了一步：步数从 0 数起，有效的是 t < lengths。 || The mask is one step too long: counted from 0, the valid steps are t < lengths.
def masked_forward(x, lengths, cell):
    h = c = x.new_zeros(x.shape[0], cell.hidden_size)
    outputs = []
    for t in range(x.shape[1]):
        reading = (t <= lengths)[:, None]
        new_h, new_c = cell(x[:, t], (h, c))
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(torch.where(reading, new_h, 0.0))
    return torch.stack(outputs, dim=1), h


# %% name="one-step-too-few" tags=["wrong"]
# 掩码少算了一步：每行的最后一个有效步没有读。 || The mask is one step too short: the last valid step of each row is not read.
def masked_forward(x, lengths, cell):
    h = c = x.new_zeros(x.shape[0], cell.hidden_size)
    outputs = []
    for t in range(x.shape[1]):
        reading = (t < lengths - 1)[:, None]
        new_h, new_c = cell(x[:, t], (h, c))
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(torch.where(reading, new_h, 0.0))
    return torch.stack(outputs, dim=1), h


# %% name="last-column" tags=["wrong"]
# 短句最后的状态成了 0：要么取自第 T 步的输出，要么走到填充时被清零了；它应当停在最后一个有效步上。 || A short row ends with a state of 0: taken from the output at step T, or set to 0 on padding. It should stay as it was after the last valid step.
def masked_forward(x, lengths, cell):
    h = c = x.new_zeros(x.shape[0], cell.hidden_size)
    outputs = []
    for t in range(x.shape[1]):
        reading = (t < lengths)[:, None]
        new_h, new_c = cell(x[:, t], (h, c))
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(torch.where(reading, new_h, 0.0))
    return torch.stack(outputs, dim=1), outputs[-1]


# %% name="not-reversed-back" tags=["wrong"]
# 反方向的输出没有翻回来：第 t 步的两半说的不是同一个位置。 || The backward outputs were not turned back: the two halves of a step are about different positions.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, final_f = masked_forward(x, lengths, fwd)
    out_b, final_b = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    return torch.cat([out_f, out_b], dim=2), torch.cat([final_f, final_b], dim=1)


# %% name="input-not-reversed" tags=["wrong"]
# 输入没有翻转：两个单元都从左往右读，没有一个知道后文。 || The input was not reversed: both cells read from left to right, and neither knows what follows.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, final_f = masked_forward(x, lengths, fwd)
    out_b, final_b = masked_forward(x, lengths, bwd)
    return torch.cat([out_f, out_b], dim=2), torch.cat([final_f, final_b], dim=1)


# %% name="final-is-last-column" tags=["wrong"]
# final 取了 out[:, -1]：短句在那里是填充；就算没有填充，反方向在最后一步也才读了一个字。 || final is out[:, -1]: padding for a short row, and even without padding the backward reader has seen one word there.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, _ = masked_forward(x, lengths, fwd)
    out_b, _ = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    out = torch.cat([out_f, reverse_padded(out_b, lengths)], dim=2)
    return out, out[:, -1]


# %% name="final-is-last-valid" tags=["wrong"]
# final 的两半都取自最后一个有效步：反方向在那里才读了一个字，它读完整句时站在第 0 步。 || Both halves of final come from the last valid step: there the backward reader has seen one word. It has read everything at step 0.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, _ = masked_forward(x, lengths, fwd)
    out_b, _ = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    out = torch.cat([out_f, reverse_padded(out_b, lengths)], dim=2)
    return out, out[torch.arange(len(out)), lengths - 1]


# %% name="final-from-padding" tags=["wrong"]
# final 的前一半取自第 T 步：短句在那里是填充，得到的是 0。应当是每行最后一个有效步的状态。 || The first half of final is taken at step T, which for a short row is padding, hence 0. It should be the state at each row's last valid step.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, _ = masked_forward(x, lengths, fwd)
    out_b, _ = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    out_b = reverse_padded(out_b, lengths)
    return torch.cat([out_f, out_b], dim=2), torch.cat([out_f[:, -1], out_b[:, 0]], dim=1)


# %% name="one-cell-twice" tags=["wrong"]
# 两个方向用了同一个单元：反方向有自己的权重 bwd。 || Both directions used the same cell: the backward one has weights of its own, bwd.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, final_f = masked_forward(x, lengths, fwd)
    out_b, final_b = masked_forward(reverse_padded(x, lengths), lengths, fwd)
    return torch.cat([out_f, reverse_padded(out_b, lengths)], dim=2), torch.cat([final_f, final_b], dim=1)


# %% name="backward-first" tags=["wrong"]
# 拼接的次序反了：前一半是正方向，后一半是反方向。 || Concatenated in the wrong order: forward comes first, backward second.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, final_f = masked_forward(x, lengths, fwd)
    out_b, final_b = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    return torch.cat([reverse_padded(out_b, lengths), out_f], dim=2), torch.cat([final_b, final_f], dim=1)


# %% name="sum-of-directions" tags=["wrong"]
# 两个方向相加了：那是另一种合并方式，这里要拼接，得到 2H 个数。 || The directions were added. That is another way of merging; here they are concatenated into 2H numbers.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, final_f = masked_forward(x, lengths, fwd)
    out_b, final_b = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    return out_f + reverse_padded(out_b, lengths), final_f + final_b


# %% name="starts-from-forward" tags=["wrong"]
# 反方向从正方向的最后状态出发了：两个方向互不相干，各自从零开始。 || The backward reader starts from the forward one's final state; the two are independent, and each starts from zero.
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, final_f = masked_forward(x, lengths, fwd)
    x_b = reverse_padded(x, lengths)
    h, c, outputs = final_f, torch.zeros_like(final_f), []
    for t in range(x.shape[1]):
        reading = (t < lengths)[:, None]
        new_h, new_c = bwd(x_b[:, t], (h, c))
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(torch.where(reading, new_h, 0.0))
    out_b = reverse_padded(torch.stack(outputs, dim=1), lengths)
    return torch.cat([out_f, out_b], dim=2), torch.cat([final_f, h], dim=1)


# %% name="packed" tags=["right"]
# 打包之后交给 nn.LSTM || packed and given to nn.LSTM
def masked_forward(x, lengths, cell):
    lstm = nn.LSTM(cell.input_size, cell.hidden_size, batch_first=True)
    lstm.load_state_dict({f"{name}_l0": p for name, p in cell.state_dict().items()})
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    out, (h_n, _) = lstm(packed)
    out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])
    return out, h_n[0]


# %% name="row-by-row" tags=["right"]
# 一行一行地读，只读有效的步 || each row by itself, valid steps only
def masked_forward(x, lengths, cell):
    out = x.new_zeros(*x.shape[:2], cell.hidden_size)
    finals = []
    for b, n in enumerate(lengths.tolist()):
        h = c = x.new_zeros(1, cell.hidden_size)
        for t in range(n):
            h, c = cell(x[b : b + 1, t], (h, c))
            out[b, t] = h[0]
        finals.append(h[0])
    return out, torch.stack(finals)


# %% name="gathered" tags=["right"]
# 用下标一次取出翻转后的行 || the reversed rows gathered by index in one go
def reverse_padded(x, lengths):
    steps = torch.arange(x.shape[1])
    index = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    return torch.gather(x, 1, index[:, :, None].expand_as(x))


# %% name="right-to-left" tags=["right"]
# 从右往左走一遍，不翻转任何东西 || a loop from right to left that reverses nothing
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, final_f = masked_forward(x, lengths, fwd)
    h = c = torch.zeros_like(final_f)
    outputs = []
    for t in reversed(range(x.shape[1])):
        reading = (t < lengths)[:, None]
        new_h, new_c = bwd(x[:, t], (h, c))
        h = torch.where(reading, new_h, h)
        c = torch.where(reading, new_c, c)
        outputs.append(torch.where(reading, new_h, 0.0))
    return torch.cat([out_f, torch.stack(outputs[::-1], dim=1)], dim=2), torch.cat([final_f, h], dim=1)


# %% name="looks-up-finals" tags=["right"]
# final 从对齐之后的 out 里取：正方向在最后一个有效步，反方向在第 0 步 || final looked up in the aligned out: forward at the last valid step, backward at step 0
def bilstm_forward(x, lengths, fwd, bwd):
    out_f, _ = masked_forward(x, lengths, fwd)
    out_b, _ = masked_forward(reverse_padded(x, lengths), lengths, bwd)
    out_b = reverse_padded(out_b, lengths)
    last = out_f[torch.arange(len(x)), lengths - 1]
    return torch.cat([out_f, out_b], dim=2), torch.cat([last, out_b[:, 0]], dim=1)
