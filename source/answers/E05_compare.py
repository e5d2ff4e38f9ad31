# %% name="one-bias" tags=["wrong"]
# 每块只算了一个偏置：那是 Keras 的数法；PyTorch 的每块有 bias_ih 和 bias_hh 两个。 || One bias per block was counted: that is the Keras way; in PyTorch each block has two, bias_ih and bias_hh.
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else directions * hidden_size
        total += directions * blocks * hidden_size * (width + hidden_size + 1)
    return total


# %% name="upper-layers-not-doubled" tags=["wrong"]
# 双向时，上面各层的输入还当成了 H：下面一层交上来的是两个方向拼起来的 2H。 || In the bidirectional case the upper layers were given an input of width H: the layer below hands up both directions, 2H.
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else hidden_size
        total += directions * blocks * hidden_size * (width + hidden_size + 2)
    return total


# %% name="gru-two-blocks" tags=["wrong"]
# GRU 算成了 2 块：两个门之外还有候选 n，一共 3 块。 || The GRU was counted with 2 blocks: besides its two gates there is the candidate n, which makes 3.
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = {"RNN": 1, "GRU": 2, "LSTM": 4}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else directions * hidden_size
        total += directions * blocks * hidden_size * (width + hidden_size + 2)
    return total


# %% name="lstm-three-blocks" tags=["wrong"]
# LSTM 算成了 3 块：三个门之外还有候选 g，一共 4 块。 || The LSTM was counted with 3 blocks: besides its three gates there is the candidate g, which makes 4.
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 3}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else directions * hidden_size
        total += directions * blocks * hidden_size * (width + hidden_size + 2)
    return total


# %% name="no-recurrent-matrix" tags=["wrong"]
# 漏了循环权重 (H, H)：没有它，状态就传不到下一步。 || The recurrent weights (H, H) are missing: without them no state reaches the next step.
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else directions * hidden_size
        total += directions * blocks * hidden_size * (width + 2)
    return total


# %% name="every-layer-like-the-first" tags=["wrong"]
# 每层都按 input_size 算了：从第二层起，输入是下面一层的输出。 || Every layer was counted with input_size: from the second layer on, the input is the output of the layer below.
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size
        total += directions * blocks * hidden_size * (width + hidden_size + 2)
    return total


# %% name="one-direction" tags=["wrong"]
# 双向的参数只算了一个方向：两个方向各有一套，不共享。 || Only one direction was counted: the two directions have a set of parameters each and share nothing.
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else directions * hidden_size
        total += blocks * hidden_size * (width + hidden_size + 2)
    return total


# %% name="builds-the-module" tags=["right"]
# 真的建一个网络，数它的参数 || builds the network and counts its parameters
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    module = getattr(nn, kind)(input_size, hidden_size, num_layers=num_layers, bidirectional=bidirectional)
    return sum(p.numel() for p in module.parameters())


# %% name="not-flipped" tags=["wrong"]
# 剖面没有倒过来：梯度的时间轴从早到晚，而 g_0 应是最后一个输入。 || The profile is not turned round: the gradient's time axis runs from early to late, but g_0 belongs to the last input.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)
    return grad.norm(dim=2).mean(dim=0)


# %% name="norm-over-time" tags=["wrong"]
# 长度求在了时间轴上：范数要对特征求，时间轴要留下来。 || The norm was taken along time: it belongs to the features, and the time axis must stay.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)
    return grad.norm(dim=1).mean(dim=0).flip(0)


# %% name="sum-not-norm" tags=["wrong"]
# 把梯度的各个分量直接相加了：正负会抵消，长度要用范数。 || The components of the gradient were added up: signs cancel; the length is a norm.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)
    return grad.sum(dim=2).abs().mean(dim=0).flip(0)


# %% name="all-outputs" tags=["wrong"]
# 对所有步的输出求了和：问的是最后一步受谁影响，只取 out[:, -1]。 || The outputs of all steps were summed: the question is what the last step depends on, so take out[:, -1] only.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out.sum(), leaf)
    return grad.norm(dim=2).mean(dim=0).flip(0)


# %% name="mean-not-sum" tags=["wrong"]
# 对最后一步的输出取了平均：整个剖面因此小了一个固定的倍数；定义里是求和。 || The last output was averaged: that shrinks the whole profile by a fixed factor; the definition has a sum.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].mean(), leaf)
    return grad.norm(dim=2).mean(dim=0).flip(0)


# %% name="squared" tags=["wrong"]
# 少开了一次方：平方和是长度的平方。 || A square root is missing: a sum of squares is the length squared.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)
    return grad.square().sum(dim=2).mean(dim=0).flip(0)


# %% name="first-output" tags=["wrong"]
# 取的是第一步的输出：它只看得见第一个输入，后面的梯度都是 0。 || The first step's output was used: it sees only the first input, and the gradient of all others is 0.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, 0].sum(), leaf)
    return grad.norm(dim=2).mean(dim=0).flip(0)


# %% name="norm-of-batch-mean" tags=["wrong"]
# 先对批平均，再求长度：不同样本的梯度方向不同，会互相抵消。先求每个样本的长度，再平均。 || The batch was averaged before the norm: gradients of different samples point different ways and cancel. Take each sample's length first.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)
    return grad.mean(dim=0).norm(dim=1).flip(0)


# %% name="gradients-pile-up" tags=["wrong"]
# 梯度攒在 x.grad 里，一次加一次，没有清掉；用 torch.autograd.grad，或者每次都从一个新的副本求。 || The gradients pile up in x.grad from call to call; use torch.autograd.grad, or a fresh copy of x each time.
def gradient_profile(rnn, x):
    x.requires_grad_()
    out, _ = rnn(x)
    out[:, -1].sum().backward()
    return x.grad.norm(dim=2).mean(dim=0).flip(0)


# %% name="norm-over-batch-too" tags=["wrong"]
# 长度把批也算了进去：样本越多，它就越长。先对特征求长度，再对样本平均。 || The length was taken over the batch as well, so that it grows with the number of samples. Take the length over the features, then the mean over the samples.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)
    return grad.norm(dim=(0, 2)).flip(0)


# %% name="rms-over-the-batch" tags=["wrong"]
# 对批取的是均方根：定义里是各样本长度的平均，均方根会偏向长的那几个。 || The batch was averaged as a root mean square: the definition takes the mean of the lengths, and an RMS leans towards the longest.
def gradient_profile(rnn, x):
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)
    return grad.norm(dim=2).square().mean(dim=0).sqrt().flip(0)


# %% name="autograd-loop" tags=["right"]
# 一个样本一个样本地求导 || one sample at a time
def gradient_profile(rnn, x):
    profile = torch.zeros(x.shape[1])
    for sample in x:
        steps = [step.clone().requires_grad_() for step in sample]
        out, _ = rnn(torch.stack(steps)[None])
        for t, grad in enumerate(torch.autograd.grad(out[0, -1].sum(), steps)):
            profile[x.shape[1] - 1 - t] += grad.pow(2).sum().sqrt() / len(x)
    return profile


# %% name="last-crossing" tags=["wrong"]
# 取了最后一次掉下去的位置：视界是第一次听不见的那一步，后来浮上来的不算。 || The last crossing was taken: the horizon is the first step that cannot be heard, even if the profile comes up again.
def memory_horizon(profile, eps=1e-3):
    below = [k for k in range(len(profile)) if profile[k] < eps * profile[0]]
    return below[-1] if below else len(profile)


# %% name="absolute-eps" tags=["wrong"]
# 门槛用成了绝对值 eps：它要乘以 profile[0]，否则换个单位，视界就变了。 || eps was used as an absolute level: it has to be multiplied by profile[0], or the horizon would change with the units.
def memory_horizon(profile, eps=1e-3):
    for k in range(len(profile)):
        if profile[k] < eps:
            return k
    return len(profile)


# %% name="off-by-one" tags=["wrong"]
# 多数了一步：返回的就是掉到门槛以下的那个 k，从 0 数起。 || One step too many: the answer is the very k at which the profile is below the level, counted from 0.
def memory_horizon(profile, eps=1e-3):
    for k in range(len(profile)):
        if profile[k] < eps * profile[0]:
            return k + 1
    return len(profile)


# %% name="none-if-heard" tags=["wrong"]
# 一直听得见时返回了 None：这时应返回剖面的长度，意思是“至少这么远”。 || None was returned when everything is heard: return the length of the profile then, meaning “at least this far”.
def memory_horizon(profile, eps=1e-3):
    for k in range(len(profile)):
        if profile[k] < eps * profile[0]:
            return k
    return None


# %% name="minus-one-if-heard" tags=["wrong"]
# 一直听得见时返回了 -1：-1 会被当成最短的视界；应返回剖面的长度。 || -1 was returned when everything is heard: it would pass for the shortest horizon of all; return the length of the profile.
def memory_horizon(profile, eps=1e-3):
    for k in range(len(profile)):
        if profile[k] < eps * profile[0]:
            return k
    return -1


# %% name="last-index-if-heard" tags=["wrong"]
# 一直听得见时返回了最后一个下标：那和“最后一步才听不见”分不开了；应返回剖面的长度。 || The last index was returned when everything is heard, which cannot be told from "lost at the very last step"; return the length of the profile.
def memory_horizon(profile, eps=1e-3):
    for k in range(len(profile)):
        if profile[k] < eps * profile[0]:
            return k
    return len(profile) - 1


# %% name="less-or-equal" tags=["wrong"]
# 用了 <=：恰好等于门槛还算听得见，要严格小于。 || It uses <=: a value exactly at the level still counts as heard, so the comparison is strict.
def memory_horizon(profile, eps=1e-3):
    for k in range(len(profile)):
        if profile[k] <= eps * profile[0]:
            return k
    return len(profile)


# %% name="last-drop" tags=["wrong"]
# 取的是最后一次掉下去的地方：视界是第一次听不见的那一步，后来浮上来的不算。 || The last drop was taken: the horizon is the first step that cannot be heard; coming up again later does not count.
def memory_horizon(profile, eps=1e-3):
    heard = [k for k in range(len(profile)) if profile[k] >= eps * profile[0]]
    return heard[-1] + 1


# %% name="relative-to-the-maximum" tags=["wrong"]
# 门槛用的是整个剖面的最大值：它是相对于 profile[0] 的，也就是最后一个输入的影响；剖面不一定从最大处开始。 || The level was taken relative to the largest entry: it is relative to profile[0], the influence of the last input; a profile need not begin at its maximum.
def memory_horizon(profile, eps=1e-3):
    for k in range(len(profile)):
        if profile[k] < eps * profile.max():
            return k
    return len(profile)


# %% name="vectorised" tags=["right"]
# 不用循环 || without a loop
def memory_horizon(profile, eps=1e-3):
    below = profile < eps * profile[0]
    return int(below.int().argmax()) if below.any() else profile.numel()
