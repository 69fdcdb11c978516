"""The speed that the suite promises, as one table of ratios. f64, avx2, one thread."""

from __future__ import annotations

from typing import Any

#: `most`: time(subject) / time(against) must not be above it. `least`: time(against) / time(subject) must not be below.
#: Either may be a number for each problem, "*" for the others; a problem without one has no such bar. `mean` bounds the
#: geometric mean of all the ratios likewise. `evaluations_per_input`: `against` is a value, of which a gradient by the
#: subject takes so many for each input. `dense` holds where an objective does n² work, since larger n would take minutes
#: there.
BARS: list[dict[str, Any]] = [
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
        "least": 2.0,
    },
]
