# %% name="transposed-W_h" tags=["wrong"]
# W_h 没有转置：样本按行放的时候，列公式 W_h h 要写成 h @ W_h.T。W_h 是方阵，形状不会提醒你。 || W_h is not transposed: with samples as rows, the column formula W_h h becomes h @ W_h.T. W_h is square, so no shape error warns you.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.tanh(x_t @ W_x.T + h_prev @ W_h + b)


# %% name="transposed-W_x" tags=["wrong"]
# W_x 没有转置：它是 (H, I)，而 x_t 的最后一个轴是 I，要乘的是 (I, H) 的那一面。 || W_x is not transposed: it is (H, I), while the last axis of x_t is I, so x_t needs its (I, H) side.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.tanh(x_t @ W_x + h_prev @ W_h.T + b)


# %% name="missing-b" tags=["wrong"]
# 少了偏置 b：隐藏单元在没有输入时也该有自己的倾向，它加在 tanh 里面。 || The bias b is missing: a hidden unit has a leaning of its own even without input, and it is added inside the tanh.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.tanh(x_t @ W_x.T + h_prev @ W_h.T)


# %% name="missing-c" tags=["wrong"]
# 少了输出偏置 b_y：y = W_y h + b_y，状态为 0 时输出应当恰好是 b_y。 || The output bias b_y is missing: y = W_y h + b_y, so a zero state should give exactly b_y.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T, hs


# %% name="h0-ignored" tags=["wrong"]
# 没有用传进来的 h0，而是从 0 开始：接着上一段读的时候，前文就丢了。 || The given h0 is not used, the state starts from zero: when a sequence is continued, everything before it is lost.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = torch.zeros_like(h0), []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T + b_y, hs


# %% name="state-not-carried" tags=["wrong"]
# 每一步都从 h0 出发，状态没有传下去：网络只看得见眼前这一个输入，记忆断了。 || Every step starts from h0 again and the state is not handed on: the network sees only the current input and has no memory.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    states = [rnn_step(x[:, t], h0, W_x, W_h, b) for t in range(x.shape[1])]
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T + b_y, hs


# %% name="sigmoid" tags=["wrong"]
# 用了 sigmoid：它只给出 0 到 1，状态永远是正的。公式里是 tanh，范围从 -1 到 1。 || This is a sigmoid: it only gives 0 to 1, so the state could never be negative. The formula has tanh, from -1 to 1.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.sigmoid(x_t @ W_x.T + h_prev @ W_h.T + b)


# %% name="no-nonlinearity" tags=["wrong"]
# 少了 tanh：没有非线性，走多少步都只是一次线性变换，数值也没有上限。 || The tanh is missing: without it any number of steps is still one linear map, and nothing keeps the values bounded.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return x_t @ W_x.T + h_prev @ W_h.T + b


# %% name="time-axis-0" tags=["wrong"]
# 沿第 0 个轴走：那是批，不是时间。这里批在前，时间是第 1 个轴。 || The loop runs along axis 0, which is the batch: in this course the batch comes first and time is axis 1.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[0]):
        h = rnn_step(x[t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=0)
    return hs @ W_y.T + b_y, hs


# %% name="appends-previous" tags=["wrong"]
# 收下的是走这一步之前的状态，整串晚了一步：hs[:, 0] 应是读完第一个输入之后的状态。 || The state is stored before the step is taken, so all of them come one step late: hs[:, 0] is the state after the first input.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        states.append(h)
        h = rnn_step(x[:, t], h, W_x, W_h, b)
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T + b_y, hs


# %% name="stack-dim-0" tags=["wrong"]
# 时间轴堆在了最前面，成了 (T, B, H)：批在前的约定要求 (B, T, H)。 || The time axis was stacked in front, giving (T, B, H): with the batch first it must be (B, T, H).
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states)
    return hs @ W_y.T + b_y, hs


# %% name="tanh-on-output" tags=["wrong"]
# 输出也套了 tanh：输出层是线性的，要不要 softmax 之类由任务决定，放在网络外面。 || The output went through a tanh too: the output layer is linear, and a softmax or the like is added outside, as the task needs it.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return torch.tanh(hs @ W_y.T + b_y), hs


# %% name="reversed-time" tags=["wrong"]
# 从最后一个输入往前读了：时间要从 t = 0 走到 t = T - 1。 || The sequence is read from its end: time runs from t = 0 to t = T - 1.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in reversed(range(x.shape[1])):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T + b_y, hs


# %% name="in-place-h0" tags=["wrong"]
# 就地修改改坏了调用者的 h0：h = h0 只是同一个张量的另一个名字，写进 h 就是写进 h0。 || An in-place update overwrote the caller's h0: h = h0 is only a second name for the same tensor, so writing into h writes into h0.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h.copy_(rnn_step(x[:, t], h, W_x, W_h, b))
        states.append(h.clone())
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T + b_y, hs


# %% name="skips-last-step" tags=["wrong"]
# 少走了最后一步：range(T - 1) 停在 T - 2，最后一个输入没有读到。 || The last step is missing: range(T - 1) stops at T - 2 and the last input is never read.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1] - 1):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return hs @ W_y.T + b_y, hs


# %% name="column-products" tags=["wrong"]
# 公式写的是一列，代码里一个样本占一行：W_x x_t 要写成 x_t @ W_x.T，W_h 也一样（见提示 2）。 || The formula is for a column, in the code a sample is a row: W_x x_t becomes x_t @ W_x.T, and W_h likewise (see hint 2).
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.tanh(W_x @ x_t + W_h @ h_prev + b)


# %% name="swapped-return" tags=["wrong"]
# 返回的次序反了：应当是 ys, hs。 || The results come back in the wrong order: it should be ys, hs.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return hs, hs @ W_y.T + b_y


# %% name="step-writes-into-h_prev" tags=["wrong"]
# rnn_step 改动了传进来的 h_prev：请算出新的张量再返回，不要写回旧的里面。 || rnn_step changed the h_prev it was given: compute a new tensor and return that, do not write into the old one.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return h_prev.copy_(torch.tanh(x_t @ W_x.T + h_prev @ W_h.T + b))


# %% name="relu" tags=["wrong"]
# 用了 relu：负的一半全成了 0，正的一半没有上限。公式里是 tanh，两边都有界。 || This is a relu: the negative half becomes 0 and the positive half has no bound. The formula has tanh, bounded on both sides.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.relu(x_t @ W_x.T + h_prev @ W_h.T + b)


# %% name="concatenated-in-another-order" tags=["wrong"]
# 拼接的次序不一致：左边是 [h, x]，权重却是 [W_x, W_h]。形状对得上，每个数却乘到了别人的权重。 || The two concatenations differ in order: [h, x] on one side, [W_x, W_h] on the other. The shapes agree, but every number meets somebody else's weight.
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.tanh(torch.cat([h_prev, x_t], dim=1) @ torch.cat([W_x, W_h], dim=1).T + b)


# %% name="softmax-on-outputs" tags=["wrong"]
# 输出套了 softmax：输出层是线性的，softmax 属于损失（或任务），不属于网络。 || The outputs went through a softmax: the output layer is linear, and the softmax belongs to the loss or the task, not to the network.
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.stack(states, dim=1)
    return torch.softmax(hs @ W_y.T + b_y, dim=-1), hs


# %% name="cat-along-the-batch" tags=["wrong"]
# 用了 cat(dim=0)：各步的状态接在了批的后面，成了 (T·B, H)；要的是一个新的时间轴，用 stack(dim=1)。 || cat(dim=0) lines the states up along the batch, giving (T·B, H): what is needed is a new axis for time, stack(dim=1).
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.cat(states, dim=0)
    return hs @ W_y.T + b_y, hs


# %% name="cat-along-the-features" tags=["wrong"]
# 用了 cat(dim=1)：各步的状态接在了特征的后面，成了 (B, T·H)；要的是一个新的时间轴，用 stack(dim=1)。 || cat(dim=1) lines the states up along the features, giving (B, T·H): what is needed is a new axis for time, stack(dim=1).
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        states.append(h)
    hs = torch.cat(states, dim=1)
    return hs @ W_y.T + b_y, hs


# %% name="one-matmul" tags=["right"]
# 把输入和状态拼起来，只做一次矩阵乘法 || input and state side by side, a single matrix product
def rnn_step(x_t, h_prev, W_x, W_h, b):
    return torch.tanh(torch.cat([x_t, h_prev], dim=1) @ torch.cat([W_x, W_h], dim=1).T + b)


# %% name="precomputed-inputs" tags=["right"]
# 输入投影一次算完，状态写进预先分配的张量 || input projections computed at once, states written into a preallocated tensor
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    from_input = x @ W_x.T + b                     # (B, T, H)
    hs = torch.empty_like(from_input)
    h = h0
    for t in range(x.shape[1]):
        h = torch.tanh(from_input[:, t] + h @ W_h.T)
        hs[:, t] = h
    return torch.nn.functional.linear(hs, W_y, b_y), hs


# %% name="nn-RNN" tags=["right", "built-in"]
# 把权重抄进 nn.RNN || the weights copied into nn.RNN
def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):
    rnn = torch.nn.RNN(x.shape[2], h0.shape[1], batch_first=True)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(W_x)
        rnn.weight_hh_l0.copy_(W_h)
        rnn.bias_ih_l0.copy_(b)
        rnn.bias_hh_l0.zero_()
        hs, _ = rnn(x, h0[None])
    return hs @ W_y.T + b_y, hs
