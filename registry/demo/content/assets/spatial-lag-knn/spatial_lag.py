"""Nearest-neighbour spatial lag of residuals; numpy only."""

from typing import Any

import numpy as np


def spatial_lag(known_xy: Any, residual: Any, new_xy: Any, k: int = 10, soften: float = 1.0) -> Any:
    """Weighted mean residual of the k nearest known places, shape (new,).

    known_xy (n, 2) and new_xy (m, 2) are plane coordinates in the same unit as `soften`; residual has shape (n,).
    """
    if not 1 <= k <= len(known_xy) or soften <= 0:
        raise ValueError("k must be from 1 to the number of known places, and soften above 0")
    distance = np.linalg.norm(new_xy[:, None, :] - known_xy[None, :, :], axis=2)
    near = np.argsort(distance, axis=1, kind="stable")[:, :k]
    weight = 1 / (np.take_along_axis(distance, near, axis=1) + soften)
    return (weight * residual[near]).sum(axis=1) / weight.sum(axis=1)


def example() -> None:
    """Recover a smooth neighbourhood effect from noisy residuals, and print the error before and after."""
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 10, (400, 2))
    effect = np.sin(places[:, 0]) + np.cos(places[:, 1])
    known, new = places[:300], places[300:]
    lag = spatial_lag(known, effect[:300] + rng.normal(0, 0.2, 300), new, k=8, soften=0.2)
    before, after = (float(np.sqrt(np.mean(off**2))) for off in (effect[300:], effect[300:] - lag))
    print(f"RMSE without lag {before:.3f}, with lag {after:.3f}")


if __name__ == "__main__":
    example()
