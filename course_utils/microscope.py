"""The microscope of chapter 04 for any recurrent cell: by what factor does a nudge arrive k steps later, at most?"""

import torch


def step_jacobians(step, inputs, state):
    """The Jacobian of every step along h_t = step(h_{t-1}, x_t), which starts at `state` (N,). inputs (T, I) ->
    (T, N, N), detached.

    step(state (N,), x_t (I,)) -> (N,), without in-place writes. A cell with two states takes them end to end."""
    with torch.no_grad():
        states = [state]
        for x_t in inputs[:-1]:
            states.append(step(states[-1], x_t))
        # jacrev finds the Jacobian of one step, vmap does all steps at once
        return torch.func.vmap(torch.func.jacrev(step))(torch.stack(states), inputs)


def lag_norms(jacobians, lags=None):
    """Spectral norms of d state_T / d state_{T-k} for k = 1 … lags (all of them without lags). jacobians (T, N, N) ->
    (lags,)"""
    product, norms = torch.eye(jacobians.shape[-1], dtype=jacobians.dtype), []
    for jacobian in jacobians.flip(0)[:lags]:  # walk back from the last step
        product = product @ jacobian
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms)
