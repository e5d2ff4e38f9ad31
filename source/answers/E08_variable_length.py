# %% name="left-padding" tags=["wrong"]
# 填充补在了前面：这里约定补在后面，掩码和“最后一步”都按这个约定算。 || The padding was put in front; here it goes behind, and the mask and the last step rely on it.
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    padded = seqs[0].new_full((len(seqs), max(lengths).item(), seqs[0].shape[1]), pad_value)
    for row, seq in enumerate(seqs):
        padded[row, -len(seq) :] = seq
    return padded, lengths, torch.arange(padded.shape[1]) < lengths.unsqueeze(1)


# %% name="pad-value-ignored" tags=["wrong"]
# 不管 pad_value 是几都补了 0：有的模型里 0 是一个真的符号，填充必须是别的数。 || Padded with 0 whatever pad_value says: where 0 is a real symbol, padding has to be another number.
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    padded = torch.nn.utils.rnn.pad_sequence(seqs, batch_first=True)
    return padded, lengths, torch.arange(padded.shape[1]) < lengths.unsqueeze(1)


# %% name="mask-one-too-long" tags=["wrong"]
# 掩码多算了一格：列号从 0 数起，真的是 t < L，不是 t <= L。 || The mask is one cell too long: columns are counted from 0, so real means t < L and not t <= L.
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    padded = torch.nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=pad_value)
    return padded, lengths, torch.arange(padded.shape[1]) <= lengths.unsqueeze(1)


# %% name="mask-from-zeros" tags=["wrong"]
# 掩码是看数值猜的：真的数据里也会有一帧全是 0。要看长度。 || The mask was guessed from values: a real frame may be all zeros as well. Go by length.
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    padded = torch.nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=pad_value)
    return padded, lengths, (padded != 0).any(dim=2)


# %% name="mask-from-pad-value" tags=["wrong"]
# 掩码是和填充的数比出来的：真的数据里也会恰好出现这个数。要看长度。 || The mask was found by comparing with the padding value, which may occur among real data. Go by length.
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    padded = torch.nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=pad_value)
    return padded, lengths, (padded != pad_value).any(dim=2)


# %% name="mask-inverted" tags=["wrong"]
# 掩码反了：约定是真的为 True，填充为 False（有的库恰好相反，用之前看文档）。 || The mask is inverted: here True means real (some libraries have it the other way round; read their docs).
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    padded = torch.nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=pad_value)
    return padded, lengths, torch.arange(padded.shape[1]) >= lengths.unsqueeze(1)


# %% name="truncated-to-shortest" tags=["wrong"]
# 截成了最短的那么长：数据丢了。补齐是补到最长。 || Cut to the shortest, and data are lost. Pad up to the longest.
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    T = min(lengths).item()
    padded = torch.stack([seq[:T] for seq in seqs])
    return padded, lengths, torch.arange(T) < lengths.unsqueeze(1)


# %% name="last-column" tags=["wrong"]
# 取了最后一列：对短的序列，那里是填充。要按各自的长度取。 || The last column was taken, which is padding for the short ones. Pick by each one's own length.
def last_valid(out, lengths):
    return out[:, -1]


# %% name="one-past-the-end" tags=["wrong"]
# 多走了一步：长度是 L，最后一步的列号是 L - 1。 || One step too far: with length L, the last step stands in column L - 1.
def last_valid(out, lengths):
    return out[torch.arange(len(out)), lengths.clamp(max=out.shape[1] - 1)]


# %% name="one-before-the-end" tags=["wrong"]
# 少走了一步：列号是 L - 1，不是 L - 2。 || One step short: the column is L - 1, not L - 2.
def last_valid(out, lengths):
    return out[torch.arange(len(out)), (lengths - 2).clamp(min=0)]


# %% name="plain-mean" tags=["wrong"]
# 填充也平均进去了：分子和分母都不能有它。 || Padding is part of the mean: it must be neither above nor below the line.
def masked_mean(out, mask):
    return out.mean(dim=1)


# %% name="divided-by-T" tags=["wrong"]
# 分子遮住了，分母还是 T：短序列的平均被填充冲淡了。除以真实的步数。 || The numerator is masked, but the denominator is T: padding waters the short ones down. Divide by the number of real steps.
def masked_mean(out, mask):
    return (out * mask.unsqueeze(2)).mean(dim=1)


# %% name="one-denominator-for-all" tags=["wrong"]
# 分母是整批的步数：每条序列要除以它自己的步数。 || The denominator counts the whole batch: divide each sequence by its own number of steps.
def masked_mean(out, mask):
    return (out * mask.unsqueeze(2)).sum(dim=1) / mask.sum()


# %% name="padding-in-denominator" tags=["wrong"]
# 填充处的损失清零了，却还数在分母里：真实的步有几步，就除以几。 || The losses on padding are zeroed but still counted in the denominator: divide by the number of real steps.
def masked_cross_entropy(logits, targets, mask):
    per_step = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    return (per_step * mask).mean()


# %% name="no-mask" tags=["wrong"]
# 没有用掩码：填充处的胡话也算进了损失。 || The mask is not used: nonsense on padding is part of the loss.
def masked_cross_entropy(logits, targets, mask):
    return F.cross_entropy(logits.transpose(1, 2), targets)


# %% name="mean-of-means" tags=["wrong"]
# 先对每条平均再平均：1 步的序列和 5 步的一样重。这里一个时间步一票。 || The mean of each sequence's mean: one step weighs as much as five. Here each step has one vote.
def masked_cross_entropy(logits, targets, mask):
    per_step = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    return ((per_step * mask).sum(dim=1) / mask.sum(dim=1)).mean()


# %% name="ignores-class-0" tags=["wrong"]
# ignore_index=0 把真的第 0 类也扔了：用 -100，或者用掩码。 || ignore_index=0 throws the real class 0 away as well: use -100, or the mask.
def masked_cross_entropy(logits, targets, mask):
    return F.cross_entropy(logits.transpose(1, 2), targets * mask, ignore_index=0)


# %% name="sum-of-losses" tags=["wrong"]
# 只加没有除：要的是平均，不然损失跟着批的大小走。 || Added up but not divided: a mean is wanted, or else the loss grows with the batch.
def masked_cross_entropy(logits, targets, mask):
    return F.cross_entropy(logits[mask], targets[mask], reduction="sum")


# %% name="view-for-transpose" tags=["wrong"]
# view 不会换维，只是把同一串数重新断行，得分全错了位。用 transpose。 || view does not swap dimensions; it breaks the same numbers into new lines, so every score is misplaced. Use transpose.
def masked_cross_entropy(logits, targets, mask):
    B, T, V = logits.shape
    per_step = F.cross_entropy(logits.reshape(B, V, T), targets, reduction="none")
    return (per_step * mask).sum() / mask.sum()


# %% name="logits-zeroed" tags=["wrong"]
# 把填充处的得分清零，不等于不算：那里还是各有一份 ln V 的损失。 || Zeroing the scores on padding does not leave it out: each such cell still has a loss of ln V.
def masked_cross_entropy(logits, targets, mask):
    return F.cross_entropy((logits * mask.unsqueeze(2)).transpose(1, 2), targets)


# %% name="pad-sequence" tags=["right"]
# 用 pad_sequence || with pad_sequence
def collate(seqs, pad_value=0.0):
    lengths = torch.tensor([len(seq) for seq in seqs])
    padded = torch.nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=pad_value)
    return padded, lengths, torch.arange(padded.shape[1]).expand(len(seqs), -1) < lengths[:, None]


# %% name="boolean-indexing" tags=["right"]
# 布尔下标，一条一条来 || boolean indexing, one by one
def masked_mean(out, mask):
    return torch.stack([row[real].mean(dim=0) for row, real in zip(out, mask)])


# %% name="gather" tags=["right"]
# 用 gather || with gather
def last_valid(out, lengths):
    columns = (lengths - 1).view(-1, 1, 1).expand(-1, 1, out.shape[2])
    return out.gather(1, columns).squeeze(1)


# %% name="minus-100" tags=["right"]
# 填充处的答案写成 -100 || -100 as the answer on padding
def masked_cross_entropy(logits, targets, mask):
    return F.cross_entropy(logits.transpose(1, 2), targets.masked_fill(~mask, -100))


# %% name="weighted-mean" tags=["right"]
# 逐步的损失，乘掩码，除以真实的步数 || losses step by step, times the mask, over the number of real steps
def masked_cross_entropy(logits, targets, mask):
    per_step = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    return (per_step * mask).sum() / mask.sum()
