"""Made-up pedestrians: three who cross one another's way, and one who comes to a fork. Positions in metres, four times
a second. The avoidance is a much simplified social force (Helbing and Molnár 1995), with a look ahead of 1.5 s."""

import math

import torch

SECONDS = 0.25  # between two positions
SEEN, AHEAD = 8, 12  # positions seen, positions to predict: 2 s and 3 s
WALKERS = 3


def crossings(count, avoiding=True, apart=False, seed=0):
    """`count` scenes in which three people walk through the same spot from all sides: (count, 3, 20, 2) in metres.

    avoiding   whether they make way; without, they walk straight on, through one another
    apart      each on a square of their own, 60 m from the next
    They meet after about four seconds; in the first two, when they are seen, little of it shows."""
    g = torch.Generator().manual_seed(seed)

    def drawn(low, high):
        return low + (high - low) * torch.rand(count, WALKERS, 1, generator=g)

    angle, speed = drawn(0, 2 * math.pi), drawn(1.0, 1.6)
    aim = torch.cat([angle.cos(), angle.sin()], -1)  # (count, 3, 2)
    across = torch.stack([-aim[..., 1], aim[..., 0]], -1)
    place = -aim * speed * drawn(3.5, 4.5) + across * drawn(-0.8, 0.8)
    if apart:
        place = place + torch.tensor([60.0, 0.0]) * torch.arange(WALKERS)[:, None]
    wanted = aim * speed
    velocity, seen, steps = wanted, [], 5
    for _ in range(SEEN + AHEAD):
        seen.append(place)
        for _ in range(steps):
            change = (wanted - velocity) / 0.8  # back to one's own pace within a second
            if avoiding:
                change = change + _way_made(place, velocity)
            velocity = velocity + SECONDS / steps * change
            velocity = velocity * (2.0 / velocity.norm(dim=-1, keepdim=True)).clamp(max=1)  # nobody runs
            place = place + SECONDS / steps * velocity
    return _measured(torch.stack(seen, 2), g)


def _way_made(place, velocity, look_ahead=1.5, room=1.5, strength=8.0):
    """Away from where another will be closest: (count, 3, 2), in m/s²."""
    apart = place[:, :, None] - place[:, None]  # (count, 3, 3, 2): from the other to me
    moving = velocity[:, :, None] - velocity[:, None]
    soonest = (-(apart * moving).sum(-1) / moving.square().sum(-1).clamp(min=1e-6)).clamp(0, look_ahead)
    then = apart + moving * soonest[..., None]
    distance = then.norm(dim=-1).clamp(min=1e-3)
    push = strength * (1 - distance / room).clamp(min=0) * (1 - soonest / look_ahead)
    push = push * (1 - torch.eye(WALKERS))  # nobody avoids oneself
    return (push[..., None] * then / distance[..., None]).sum(2)


def forks(count, seed=0):
    """People who come along a path and turn left or right, 40 degrees, a moment after the last position seen.

    Returns paths (count, 20, 2) in metres, the last position seen at 0, walking along the first axis; and whether they
    turned left (count,). A coin decides, and nothing before the turn tells which way it fell."""
    g = torch.Generator().manual_seed(seed)
    speed = 1.0 + 0.6 * torch.rand(count, generator=g)
    left = torch.rand(count, generator=g) < 0.5
    time = SECONDS * torch.arange(SEEN + AHEAD)
    turned = ((time - SECONDS * (SEEN + 1)) / 0.75).clamp(0, 1) * math.radians(40)
    heading = torch.where(left, 1.0, -1.0)[:, None] * turned  # (count, 20)
    step = SECONDS * speed[:, None, None] * torch.stack([heading.cos(), heading.sin()], -1)
    path = step.cumsum(1)
    return _measured(path - path[:, SEEN - 1 : SEEN], g), left


def _measured(path, generator):
    """As a camera sees it: 2 cm of error in each coordinate."""
    return path + 0.02 * torch.randn(path.shape, generator=generator)


def as_seen(scenes):
    """`scenes` (N, A, 20, 2) as every walker sees them: their last position is 0, they walk along the first axis.

    Returns own positions and velocities (N·A, 8, 4), those of the others (N·A, 8, A − 1, 4), in metres and m/s, and
    what each will do (N·A, 12, 2)."""
    walkers = scenes.shape[1]
    here = scenes[:, :, SEEN - 1]
    ahead = here - scenes[:, :, 0]
    ahead = ahead / ahead.norm(dim=-1, keepdim=True)
    axes = torch.stack([ahead, torch.stack([-ahead[..., 1], ahead[..., 0]], -1)], -2)  # (N, A, 2, 2)
    moved = scenes[:, None] - here[:, :, None, None]  # (N, A, A, 20, 2): where the second is, from the first
    turned = torch.einsum("naij,nabtj->nabti", axes, moved)
    velocity = (turned[:, :, :, 1:] - turned[:, :, :, :-1]) / SECONDS
    velocity = torch.cat([velocity[:, :, :, :1], velocity], 3)
    both = torch.cat([turned, velocity], -1)[:, :, :, :SEEN]  # (N, A, A, 8, 4)
    me = torch.arange(walkers)
    rest = torch.tensor([[other for other in range(walkers) if other != one] for one in range(walkers)])
    others = both[:, me[:, None], rest]  # (N, A, A − 1, 8, 4)
    return both[:, me, me].flatten(0, 1), others.flatten(0, 1).transpose(1, 2), turned[:, me, me, SEEN:].flatten(0, 1)
