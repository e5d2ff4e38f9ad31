"""How much of a computation has to wait: the longest chain of operations, counted in autograd's graph."""


def serial_depth(output):
    """The number of operations on the longest chain from any input that requires a gradient to `output`: each of them
    needs the result of the one before, so on a machine with any number of processors no fewer steps are possible.

    RuntimeError where `output` has no graph. What is inside one operation (a matrix product, cumsum) counts as one."""
    if output.grad_fn is None:
        raise RuntimeError("the output has no graph: give the inputs requires_grad=True and compute with grad enabled")
    depth, stack = {}, [output.grad_fn]
    while stack:  # a graph of 10,000 nodes is too deep for recursion
        node = stack[-1]
        before = [parent for parent, _ in node.next_functions if parent is not None]
        waiting = [parent for parent in before if parent not in depth]
        stack.extend(waiting)
        if not waiting:
            # where gradients are collected, nothing is computed
            own = type(node).__name__ != "AccumulateGrad"
            depth[node] = own + max((depth[parent] for parent in before), default=0)
            stack.pop()
    return depth[output.grad_fn]
