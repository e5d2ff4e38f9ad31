# %% name="z-swapped" tags=["wrong"]
# 你的 z 是 Chung (2014) 的约定，z = 1 表示换新；PyTorch 里 z = 1 表示保留旧的状态。 || Your z follows Chung (2014), where z = 1 means take the new; in PyTorch z = 1 keeps the old state.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * h + z * n


# %% name="reset-before-in-torch-cell" tags=["wrong"]
# r 遮在了矩阵之前：那是 Cho (2014) 的写法；PyTorch 先算 W_hn h + b_hn，再乘 r。 || r masks before the matrix: that is the dialect of Cho (2014); PyTorch computes W_hn h + b_hn first and multiplies by r afterwards.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + (r * h) @ W_hh[2 * h.shape[1]:].T + b_hh[2 * h.shape[1]:])
    return (1 - z) * n + z * h


# %% name="b_hn-outside" tags=["wrong"]
# b_hn 跑到了括号外面：在 PyTorch 里它和 W_hn h 一起受 r 控制。 || b_hn ended up outside the bracket: in PyTorch it is masked by r together with W_hn h.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * (h_n - b_hh.chunk(3)[2]) + b_hh.chunk(3)[2])
    return (1 - z) * n + z * h


# %% name="order-zrn" tags=["wrong"]
# 按 z, r, n 切开了：那是 Keras 的次序；PyTorch 是 r, z, n。 || Cut in the order z, r, n: that is the order of Keras; PyTorch has r, z, n.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_z, x_r, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_z, h_r, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h


# %% name="missing-b_hh" tags=["wrong"]
# 少了 b_hh：PyTorch 的 GRU 有两个偏置，而且 b_hn 不能并进 b_in，因为它受 r 控制。 || b_hh is missing: PyTorch's GRU has two biases, and b_hn cannot be merged into b_in because r masks it.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h


# %% name="reset-unused" tags=["wrong"]
# r 算了却没有用上：候选 n 里，状态的那一份要先乘 r。 || r was computed but not used: in the candidate n the state's share is multiplied by r.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + h_n)
    return (1 - z) * n + z * h


# %% name="reset-masks-input-too" tags=["wrong"]
# r 把输入的那一份也遮住了：它只管过去，不管眼前的输入。 || r masks the input's share as well: it governs the past, not the input at hand.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(r * (x_n + h_n))
    return (1 - z) * n + z * h


# %% name="reset-in-the-mix" tags=["wrong"]
# r 又乘到了最后一行的旧状态上：r 只用在候选 n 里，留多少旧的由 z 决定。 || r also multiplies the old state in the last line: r belongs in the candidate only; how much of the old is kept is up to z.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * (r * h)


# %% name="sigmoid-candidate" tags=["wrong"]
# 候选 n 用了 sigmoid：n 是内容，可正可负，所以是 tanh；sigmoid 只给门用。 || The candidate n went through a sigmoid: n is content, positive or negative, hence tanh; the sigmoid is for gates.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.sigmoid(x_n + r * h_n)
    return (1 - z) * n + z * h


# %% name="r-and-z-shared" tags=["wrong"]
# 两个门用了同一块权重：z 有自己的一块，在第二块，H 到 2H 行。 || Both gates use the same block of weights: z has a block of its own, the second one, rows H to 2H.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_r + h_r)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h


# %% name="mix-of-tanh-h" tags=["wrong"]
# 最后一行给旧状态套了 tanh：旧状态应原样保留，z = 1 时 h 一点不变。 || The last line squeezes the old state through a tanh: the old state is kept as it is, and at z = 1 nothing changes.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * torch.tanh(h)


# %% name="both-conventions-at-once" tags=["wrong"]
# 两处都不是 PyTorch 的约定：z = 1 表示换新（Chung 2014），r 又遮在矩阵之前（Cho 2014）。各改一处。 || Two conventions of other papers at once: z = 1 takes the new (Chung 2014), and r masks before the matrix (Cho 2014). PyTorch does both the other way.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    W_r, W_z, W_n = W_hh.chunk(3)
    b_r, b_z, b_n = b_hh.chunk(3)
    r, z = torch.sigmoid(x_r + h @ W_r.T + b_r), torch.sigmoid(x_z + h @ W_z.T + b_z)
    n = torch.tanh(x_n + (r * h) @ W_n.T + b_n)
    return (1 - z) * h + z * n


# %% name="order-rnz" tags=["wrong"]
# 按 r, n, z 切开了：z 和 n 对调了；PyTorch 的次序是 r, z, n，候选在最后。 || Cut in the order r, n, z, with z and n exchanged: PyTorch has r, z, n, the candidate last.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_n, x_z = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_n, h_z = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h


# %% name="z-and-n-exchanged-in-the-mix" tags=["wrong"]
# 最后一行里 z 和 n 对调了：按 z 的比例混合 n 和 h，是 (1 - z) ⊙ n + z ⊙ h。 || z and n are exchanged in the last line: n and h are mixed in the proportion z, so it is (1 - z) ⊙ n + z ⊙ h.
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_hh.T + b_hh).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - n) * z + n * h


# %% name="one-subtraction" tags=["right"]
# 写成 n + z (h - n) || written as n + z (h - n)
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    H = h.shape[-1]
    past = torch.nn.functional.linear(h, W_hh, b_hh)
    gates = (x @ W_ih[:2 * H].T + b_ih[:2 * H] + past[:, :2 * H]).sigmoid()
    n = (x @ W_ih[2 * H:].T + b_ih[2 * H:] + gates[:, :H] * past[:, 2 * H:]).tanh()
    return n + gates[:, H:] * (h - n)


# %% name="nn-GRUCell" tags=["right", "built-in"]
# 把权重抄进 nn.GRUCell || the weights copied into nn.GRUCell
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    cell = torch.nn.GRUCell(x.shape[1], h.shape[1])
    cell.load_state_dict({"weight_ih": W_ih, "weight_hh": W_hh, "bias_ih": b_ih, "bias_hh": b_hh})
    with torch.no_grad():
        return cell(x, h)


# %% name="lerp" tags=["right"]
# 两种写法共用一个函数，最后用 lerp || one function for both dialects, torch.lerp for the mix
def gru_cell(x, h, W_ih, W_hh, b_ih, b_hh, before=False):
    W_ir, W_iz, W_in = W_ih.chunk(3)
    W_hr, W_hz, W_hn = W_hh.chunk(3)
    b_ir, b_iz, b_in = b_ih.chunk(3)
    b_hr, b_hz, b_hn = b_hh.chunk(3)
    r = torch.sigmoid(x @ W_ir.T + h @ W_hr.T + b_ir + b_hr)
    z = torch.sigmoid(x @ W_iz.T + h @ W_hz.T + b_iz + b_hz)
    past = (r * h) @ W_hn.T + b_hn if before else r * (h @ W_hn.T + b_hn)
    return torch.lerp(torch.tanh(x @ W_in.T + b_in + past), h, z)


def gru_cell_reset_before(x, h, W_ih, W_hh, b_ih, b_hh):
    return gru_cell(x, h, W_ih, W_hh, b_ih, b_hh, before=True)


def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    sign = torch.tensor([1.0, -1.0, 1.0]).repeat_interleave(W_hh.shape[1])
    return W_ih * sign[:, None], W_hh * sign[:, None], b_ih * sign, b_hh * sign


# %% name="before-is-after" tags=["wrong"]
# 这里仍是先乘后遮，和 PyTorch 的写法一样：要先算 r ⊙ h，再乘 W_hn。 || This still multiplies first and masks afterwards, as PyTorch does: form r ⊙ h first, then multiply by W_hn.
def gru_cell_reset_before(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    W_r, W_z, W_n = W_hh.chunk(3, dim=0)
    b_r, b_z, b_n = b_hh.chunk(3)
    r = torch.sigmoid(x_r + h @ W_r.T + b_r)
    z = torch.sigmoid(x_z + h @ W_z.T + b_z)
    n = torch.tanh(x_n + r * (h @ W_n.T + b_n))
    return (1 - z) * n + z * h


# %% name="before-z-swapped" tags=["wrong"]
# 先遮后乘的版本里 z 反了：这里 z = 1 同样表示保留旧的状态。 || In the mask-first version z points the wrong way: here too z = 1 keeps the old state.
def gru_cell_reset_before(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    W_r, W_z, W_n = W_hh.chunk(3, dim=0)
    b_r, b_z, b_n = b_hh.chunk(3)
    r = torch.sigmoid(x_r + h @ W_r.T + b_r)
    z = torch.sigmoid(x_z + h @ W_z.T + b_z)
    n = torch.tanh(x_n + (r * h) @ W_n.T + b_n)
    return (1 - z) * h + z * n


# %% name="before-no-b_hn" tags=["wrong"]
# 候选里少了 b_hn：它不受 r 管，但仍然要加。 || b_hn is missing from the candidate: r has no hold on it, but it is still added.
def gru_cell_reset_before(x, h, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=1)
    W_r, W_z, W_n = W_hh.chunk(3, dim=0)
    b_r, b_z, b_n = b_hh.chunk(3)
    r = torch.sigmoid(x_r + h @ W_r.T + b_r)
    z = torch.sigmoid(x_z + h @ W_z.T + b_z)
    n = torch.tanh(x_n + (r * h) @ W_n.T)
    return (1 - z) * n + z * h


# %% name="only-weights-negated" tags=["wrong"]
# 只给权重变了号，偏置没有变：sigmoid 里的整个和都要变号，四个张量都有份。 || Only the weights changed sign, the biases did not: the whole sum inside the sigmoid changes sign, and all four tensors contribute to it.
def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    converted = []
    for w in (W_ih, W_hh, b_ih, b_hh):
        r, z, n = w.chunk(3, dim=0)
        converted.append(torch.cat([r, -z if w.ndim == 2 else z, n]))
    return converted


# %% name="negates-r" tags=["wrong"]
# 变号的是 r 那一块：两种约定只在 z 上不同，z 是中间一块。 || The r block changed sign: the two conventions differ in z only, which is the middle block.
def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    converted = []
    for w in (W_ih, W_hh, b_ih, b_hh):
        r, z, n = w.chunk(3, dim=0)
        converted.append(torch.cat([-r, z, n]))
    return converted


# %% name="swaps-blocks" tags=["wrong"]
# 交换了 r 和 z 两块：两种约定的块次序一样，不同的是 z 的含义。 || The r and z blocks were exchanged: both conventions have the same block order; what differs is the meaning of z.
def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    converted = []
    for w in (W_ih, W_hh, b_ih, b_hh):
        r, z, n = w.chunk(3, dim=0)
        converted.append(torch.cat([z, r, n]))
    return converted


# %% name="one-minus-weights" tags=["wrong"]
# 用 1 去减了权重：1 - z 是 sigmoid 之后的事，sigmoid(-a) = 1 - sigmoid(a)，所以权重要变号，不是用 1 减。 || The weights were subtracted from 1: 1 - z comes after the sigmoid, and sigmoid(-a) = 1 - sigmoid(a), so change the sign of the weights.
def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    converted = []
    for w in (W_ih, W_hh, b_ih, b_hh):
        r, z, n = w.chunk(3, dim=0)
        converted.append(torch.cat([r, 1 - z, n]))
    return converted


# %% name="converts-in-place" tags=["wrong"]
# 直接改了传进来的权重：调用者手里的网络也跟着变了。拼出新的张量再返回。 || The weights you were given were changed, and the caller's network with them. Put together new tensors and return those.
def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    H = W_hh.shape[1]
    for w in (W_ih, W_hh, b_ih, b_hh):
        w[H:2 * H] *= -1
    return W_ih, W_hh, b_ih, b_hh


# %% name="only-W_ih" tags=["wrong"]
# 只改了 W_ih：W_hh 和两个偏置也进了同一个 sigmoid，都要变号。 || Only W_ih was changed: W_hh and both biases enter the same sigmoid and must change sign too.
def chung_to_torch(W_ih, W_hh, b_ih, b_hh):
    converted = []
    for w in (W_ih, W_hh, b_ih, b_hh):
        r, z, n = w.chunk(3, dim=0)
        converted.append(torch.cat([r, -z if w is W_ih else z, n]))
    return converted
