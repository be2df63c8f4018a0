# SPDX-License-Identifier: Apache-2.0
"""Numbers behind flights.json. Usage: python flights.py FOLDER [measures.json]

Part one looks at the whole table, part two compares January with July of 2013. Intervals are 95 %: `rows` treats rows
as independent; `days` draws whole days, because flights of one day share its weather (not done for `day` itself).
Percentile bootstrap for Cliff's delta; basic bootstrap (2T - quantile) for the distances, which resampling inflates.
"""
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

DRAWS = 200
SEED = 20131
IDENTIFIERS = ["carrier", "flight", "tailnum", "origin", "dest"]


def cliffs_delta(a, b):
    u = stats.mannwhitneyu(b, a, method="asymptotic").statistic
    return 2 * u / (len(a) * len(b)) - 1


def ks_distance(a, b):
    grid = np.sort(np.concatenate([a, b]))
    fa = np.searchsorted(np.sort(a), grid, "right") / len(a)
    fb = np.searchsorted(np.sort(b), grid, "right") / len(b)
    return np.abs(fa - fb).max()


def total_variation(a, b):
    k = int(max(a.max(), b.max())) + 1
    pa, pb = np.bincount(a, minlength=k) / len(a), np.bincount(b, minlength=k) / len(b)
    return np.abs(pa - pb).sum() / 2


def cramers_v(a, b):
    k = int(max(a.max(), b.max())) + 1
    counts = np.array([np.bincount(a, minlength=k), np.bincount(b, minlength=k)])
    counts = counts[:, counts.sum(axis=0) > 0]
    n = counts.sum()
    phi2 = stats.chi2_contingency(counts)[0] / n
    return np.sqrt(max(0, phi2 - (counts.shape[1] - 1) / (n - 1)))  # Bergsma 2013, two rows


def intervals(january, july, measure, basic, rng, by_day=True):
    a, b = np.concatenate(january), np.concatenate(july)
    value = measure(a, b)
    rows = [measure(rng.choice(a, len(a)), rng.choice(b, len(b))) for _ in range(DRAWS)]

    def some_days(days):
        return np.concatenate([days[i] for i in rng.integers(0, len(days), len(days))])

    days = [measure(some_days(january), some_days(july)) for _ in range(DRAWS if by_day else 0)]
    answer = {"value": round(float(value), 4)}
    for name, draws in (("rows", rows), ("days", days if by_day else [])):
        if not draws:
            continue
        low, high = np.percentile(draws, [2.5, 97.5])
        if basic:
            low, high = max(0.0, 2 * value - high), 2 * value - low
        answer[name] = [round(float(low), 4), round(float(high), 4)]
    return answer


def whole_table(t):
    print("rows", len(t), "surplus rows", t.duplicated().sum(),
          "surplus rows without time_hour", t.drop(columns="time_hour").duplicated().sum())
    print("columns with one value:", [c for c in t if t[c].nunique() <= 1])
    r = t.select_dtypes("number").drop(columns="year").corr(min_periods=30).abs()
    pairs = [(r.loc[a, b], a, b) for i, a in enumerate(r) for b in list(r)[i + 1 :]]
    for value, a, b in sorted(pairs, reverse=True)[:6]:
        print(f"  |r| {value:.4f} {a} {b}  n {len(t[[a, b]].dropna())}")
    print("hour is sched_dep_time / 100:", (t["hour"] == t["sched_dep_time"] // 100).all())
    for column in ("dep_time", "sched_dep_time", "arr_time", "sched_arr_time"):
        v = t[column].dropna()
        print(f"  {column}: {v.min():.0f} to {v.max():.0f}, minutes >= 60: {(v % 100 >= 60).sum()}, "
              f"2400: {(v == 2400).sum()}, above 2400: {(v > 2400).sum()}")
    print("air_time <= 0:", (t["air_time"] <= 0).sum(), " smallest distance:", t["distance"].min(),
          " days that no calendar has:",
          pd.to_datetime(t[["year", "month", "day"]], errors="coerce").isna().sum())
    text = pd.read_csv(Path(sys.argv[1]) / "flights.csv", dtype=str, keep_default_na=False)
    for column in t.select_dtypes("number"):
        words = text.loc[pd.to_numeric(text[column], errors="coerce").isna(), column].unique()
        if len(words):
            print(f"  words in the numeric column {column}: {list(words)}")
    local = pd.to_datetime(t["time_hour"]).dt.tz_convert("America/New_York")
    print("time_hour disagrees with year, month, day, hour:",
          ((local.dt.year != t["year"]) | (local.dt.month != t["month"]) | (local.dt.day != t["day"])
           | (local.dt.hour != t["hour"])).sum())


def two_months(t):
    january, july = t[t["month"] == 1], t[t["month"] == 7]
    rng = np.random.default_rng(SEED)
    measures = {"rows": [len(january), len(july)], "missing": {}, "shift": {}}
    for column in t:
        k = [int(m[column].isna().sum()) for m in (january, july)]
        p, q = k[0] / len(january), k[1] / len(july)
        half = 1.96 * (p * (1 - p) / len(january) + q * (1 - q) / len(july)) ** 0.5
        measures["missing"][column] = {
            "january": k[0], "july": k[1], "difference": round(q - p, 5),
            "interval": [round(q - p - half, 5), round(q - p + half, 5)],
        }
    for column in t:
        if column in ("year", "month", "time_hour"):
            continue
        out = measures["shift"][column] = {}
        if t[column].dtype.kind in "if":
            days = [[g[column].dropna().to_numpy() for _, g in m.groupby("day")] for m in (january, july)]
            out["cliffs_delta"] = intervals(*days, cliffs_delta, False, rng, column != "day")
            out["ks_distance"] = intervals(*days, ks_distance, True, rng, column != "day")
        if column in IDENTIFIERS:
            codes = pd.Series(pd.factorize(t[column])[0], index=t.index)
            codes = codes[codes >= 0]
            days = [[codes.reindex(g.index).dropna().astype(int).to_numpy() for _, g in m.groupby("day")]
                    for m in (january, july)]
            a, b = (np.concatenate(d) for d in days)
            out["total_variation"] = intervals(*days, total_variation, True, rng)
            both = np.concatenate([a, b])
            null = []
            for _ in range(20):
                mixed = rng.permutation(both)
                null.append(total_variation(mixed[: len(a)], mixed[len(a) :]))
            out["total_variation"]["if_nothing_moved"] = round(float(np.mean(null)), 4)
            out["cramers_v"] = {"value": round(float(cramers_v(a, b)), 4)}
            out["july_share_in_new_values"] = round(float((~np.isin(b, a)).mean()), 4)
        print(column, json.dumps(out), flush=True)
    return measures


if __name__ == "__main__":
    flights = pd.read_csv(Path(sys.argv[1]) / "flights.csv", low_memory=False)
    whole_table(flights)
    result = two_months(flights)
    for column, m in result["missing"].items():
        print("missing", column, m)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps(result, indent=1) + "\n")
