# SPDX-License-Identifier: Apache-2.0
"""Write data/sample.csv: invented applications in the shape of the real ones.

The rows are drawn from simple distributions; none is copied from the data set.
"""
import csv
import random
from pathlib import Path

ROWS = 200
SEED = 1997


def main():
    rng = random.Random(SEED)
    out = Path(__file__).resolve().parent.parent / "data" / "sample.csv"
    with open(out, "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["application", "dir", "hir", "lvr", "ccs", "single", "deny"])
        for i in range(ROWS):
            housing = min(max(rng.gauss(0.25, 0.07), 0.02), 0.6)
            debt = housing + rng.expovariate(12)
            loan = min(max(rng.gauss(0.74, 0.17), 0.05), 1.3)
            score = rng.choices([1, 2, 3, 4, 5, 6], [57, 18, 5, 3, 8, 9])[0]
            risk = 0.05 + 0.045 * (score - 1) + 0.5 * max(debt - 0.36, 0)
            writer.writerow(
                [
                    f"S{i + 1:04d}",
                    f"{debt:.4f}",
                    f"{housing:.4f}",
                    f"{loan:.4f}",
                    score,
                    rng.choices(["no", "yes"], [61, 39])[0],
                    "yes" if rng.random() < risk else "no",
                ]
            )
    print(f"{out}: {ROWS} rows")


if __name__ == "__main__":
    main()
