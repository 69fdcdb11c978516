"""The speed that the suite promises, as one table of ratios. f64, avx2, one thread."""

from __future__ import annotations

from typing import Any

#: `most`: time(subject) / time(against) must not be above it. `least`: time(against) / time(subject) must not be below.
#: `dense` holds where an objective does n² work, since larger n would take minutes there.
BARS: list[dict[str, Any]] = [
    {
        "name": "reverse_fused near hand-written, small",
        "subject": "reverse_fused/elements",
        "against": "analytic/elements",
        "n": [64],
        "dense": [64],
        "most": 1.5,
    },
    {
        "name": "reverse_fused near hand-written",
        "subject": "reverse_fused/elements",
        "against": "analytic/elements",
        "n": [1024, 16384, 262144],
        "dense": [1024],
        "most": 1.3,
    },
    {
        "name": "hand-written SIMD over scalar",
        "subject": "analytic/elements",
        "against": "analytic/scalar",
        "problems": ["log_sum_exp"],
        "n": [1024],
        "dense": [],
        "least": 3.5,
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
