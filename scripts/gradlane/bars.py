"""The speed that the suite promises, as one table of ratios. avx2, one thread; f64, and f32 within a factor."""

from __future__ import annotations

from typing import Any

from .sides import libraries, own

#: A bar compares two sides (sides.py) on every problem, at `n`, or at `dense` where an objective does n² work.
#: `most`: subject / against must not be above it. `least`: against / subject must not be below. Either may be a number
#: for each problem, "*" for the others; a problem without one has no such bar. `mean` bounds the geometric mean of all
#: the ratios likewise. `evaluations_per_input`: `against` is a value, of which a gradient by the subject takes so many
#: for each input. `against_n`: where `against` is measured instead of at n. `difference`: subject - against in ns is
#: judged. `quantity`: bytes of a plan instead of time.
_F64: list[dict[str, Any]] = [
    {
        "name": "reverse_fused near hand-written, small",
        "subject": "reverse_fused/elements",
        "against": "analytic/elements",
        "n": [64],
        "dense": [64],
        "most": {"chain": 1.4, "*": 1.25},
        "mean": 1.1,
    },
    {
        "name": "reverse_fused near hand-written",
        "subject": "reverse_fused/elements",
        "against": "analytic/elements",
        "n": [1024, 16384, 262144],
        "dense": [1024],
        "most": 1.25,
        "mean": 1.1,
    },
    {
        "name": "reverse_fused against the plain scalar value",
        "subject": "reverse_fused/elements",
        "against": "primal/scalar",
        "n": [1024, 16384],
        "dense": [1024],
        "most": {
            "log_sum_exp": 0.32,
            "quartic": 0.4,
            "chain": 0.95,
            "quadratic_form": 0.32,
            "rosenbrock": 0.5,
            "gaussian_bump": 0.38,
        },
    },
    {
        "name": "reverse_tape, recorded anew, against the plain scalar value",
        "subject": "reverse_tape/scalar",
        "against": "primal/scalar",
        "n": [64, 1024, 16384],
        "dense": [],
        "most": {"log_sum_exp": 1.6, "quartic": 14, "chain": 27, "rosenbrock": 19},
    },
    {
        "name": "central differences against their evaluations",
        "subject": "central_difference_2/elements",
        "against": "primal/elements",
        "n": [1024],
        "dense": [],
        "most": 1.15,
        "evaluations_per_input": 2,
    },
    {
        "name": "hand-written SIMD over scalar",
        "subject": "analytic/elements",
        "against": "analytic/scalar",
        "n": [1024],
        "dense": [],
        "least": {"log_sum_exp": 3.5},
    },
    {
        "name": "forward_mode directions over scalar",
        "subject": "forward_mode/directions",
        "against": "forward_mode/scalar",
        "n": [64],
        "dense": [64],
        "least": 2.5,
    },
    {
        "name": "central_difference_2 directions over scalar",
        "subject": "central_difference_2/directions",
        "against": "central_difference_2/scalar",
        "n": [64],
        "dense": [64],
        "least": 2.5,
    },
    {
        "name": "reverse_tape points over scalar",
        "subject": "reverse_tape/points",
        "against": "reverse_tape/scalar",
        "n": [4, 64, 1024],
        "dense": [4, 64, 1024],
        "least": 2.3,
    },
    {
        "name": "f32 over f64",
        "subject": "reverse_fused/elements/f32",
        "against": "reverse_fused/elements",
        "n": [1024, 1048576],
        "dense": [1024],
        "least": 1.7,
    },
    # ---- the machine --------------------------------------------------------------------------------------------
    {
        "name": "hand-written against the machine's limit",
        "subject": "analytic/elements",
        "against": "limit",
        "n": [1024, 16384, 262144],
        "dense": [1024],
        "least": 0.5,
        "mean": 0.7,
    },
    # ---- fixed costs --------------------------------------------------------------------------------------------
    *(
        {
            "name": "reverse_fused, fixed cost",
            "subject": "reverse_fused/elements",
            "against": "1 ns",
            "n": [n],
            "dense": [],
            "most": {"quartic": 12, "chain": 12, "log_sum_exp": log_sum_exp},
        }
        for n, log_sum_exp in ((4, 33), (8, 42), (16, 64))
    ),
    {
        "name": "reverse_fused, cost of a tail",
        "subject": "reverse_fused/elements",
        "against": "reverse_fused/elements",
        "n": [5, 6, 7],
        "dense": [],
        "against_n": 8,
        "difference": True,
        "most": {"quartic": 12, "linear": 12, "log_sum_exp": 12},
    },
    {
        "name": "reverse_fused, memory",
        "subject": "reverse_fused/elements",
        "against": "1 byte",
        "n": [1048576],
        "dense": [],
        "quantity": "bytes",
        "most": 65536,
    },
    {
        "name": "reverse_tape, memory",
        "subject": "reverse_tape/scalar",
        "against": "1 byte an input",
        "n": [16384],
        "dense": [],
        "quantity": "bytes",
        "most": {"log_sum_exp": 100, "quartic": 100, "chain": 100, "rosenbrock": 100},
    },
    # ---- other libraries ----------------------------------------------------------------------------------------
    *(
        {
            "name": name,
            "subject": "reverse_fused/elements",
            "against": against,
            "n": [64, 1024],
            "dense": [64, 256],
            "least": 1.5,
        }
        | mean
        for name, against, mean in (
            ("reverse_fused over the fastest library", "peers", {}),
            ("reverse_fused over the fastest library from Debian", "peers of Debian", {"mean": 10}),
        )
    ),
    *(
        {
            "name": "the fastest own method against Ceres' Jet",
            "subject": "reverse_fused/elements or forward_mode/directions or reverse_tape/scalar",
            "against": "ceres",
            "n": [n],
            "dense": [n],
            "most": most,
        }
        for n, most in ((4, 1.1), (8, {"chain": 0.8, "rosenbrock": 0.8, "*": 1.0}), (16, 0.75))
    ),
    {
        "name": "forward_mode directions over the fastest library's, small",
        "subject": "forward_mode/directions",
        "against": "forward_mode of peers",
        "n": [64],
        "dense": [64],
        "least": {"chain": 1.6, "quadratic_form": 1.0, "logistic_regression": 1.0, "*": 1.8},
    },
    {
        "name": "forward_mode directions over the fastest library's",
        "subject": "forward_mode/directions",
        "against": "forward_mode of peers",
        "n": [1024],
        "dense": [],
        "least": {"quartic": 7, "chain": 7, "gaussian_bump": 7, "rosenbrock": 7, "linear": 7},
    },
]

#: How much farther a row in f32 may be from the bar of f64.
F32_SLACK = 1.2


def _times(bound: Any, factor: float) -> Any:
    if isinstance(bound, dict):
        return {problem: _times(one, factor) for problem, one in bound.items()}
    return round(bound * factor, 3)


def _in_f32(bar: dict[str, Any]) -> dict[str, Any]:
    """The bar for the same sides in f32; units and limits are what they are."""
    twin = bar | {"name": f"{bar['name']}, f32"}
    for side in ("subject", "against"):
        if own(bar[side]):
            twin[side] = " or ".join(f"{one}/f32" for one in bar[side].split(" or "))
    for bound in {"most", "least", "mean"} & bar.keys():
        grows = bound == "most" or (bound == "mean" and "most" in bar)
        twin[bound] = _times(bar[bound], F32_SLACK if grows else 1 / F32_SLACK)
    return twin


#: Other libraries are measured in f64.
BARS = _F64 + [
    _in_f32(bar) for bar in _F64 if not libraries(bar["against"]) and all(d == "f64" for *_, d in own(bar["subject"]))
]

#: Second derivatives, measured by the driver `curvature`, which times both sides in turns: `figure` is where a row of its
#: `part` has the ratio.
CURVATURE_BARS: list[dict[str, Any]] = [
    {
        "name": "a Hessian-vector product against value and gradient",
        "part": "products",
        "subject": "forward_over_fused/elements",
        "against": "reverse_fused/elements",
        "n": [1024, 16384, 262144],
        "dense": [1024],
        "most": 4,
        "figure": ("ratio",),
    },
    {
        "name": "a Hessian over second differences on the same lanes",
        "part": "hessians",
        "subject": "forward_over_fused/directions",
        "against": "second differences",
        "n": [256],
        "dense": [],
        "least": {"log_sum_exp": 5},
        "figure": ("second_differences", "times_slower"),
    },
]
