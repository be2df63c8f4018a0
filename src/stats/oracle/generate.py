#!/usr/bin/env python3
"""Writes oracle.json: what scipy, statsmodels and scikit-learn say, for src/stats/oracle_test.cc.

    generate.py FOLDER      with build/venv-parity's Python (tools/setup parity); `make parity` compares

Each entry is {"f": function, "x": arguments, "y": expected}. Where no library has a figure, it is
computed here by the definition over all pairs or all splits, not by the formulas of the C++ code.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats
from scipy.spatial import distance
from sklearn import metrics
from statsmodels.stats import proportion

CASES = []


def case(f, x, y):
    y = y if isinstance(y, list) else [y]
    CASES.append({"f": f, "x": x, "y": [float(v) for v in y]})


def distributions():
    for x in (-38, -8.5, -3, -1.96, -0.1, 0, 0.5, 2, 6, 9):
        case("normal_cdf", [x], special.ndtr(x))
    for p in (1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.999999):
        case("normal_quantile", [p], special.ndtri(p))
    for df in (0.5, 1, 2, 5, 30, 1000, 1e6):
        for x in (-40, -2.5, -0.3, 0, 0.01, 1, 3, 25):
            case("student_t_cdf", [x, df], special.stdtr(df, x))
        for p in (1e-6, 0.025, 0.4, 0.5, 0.9, 0.995):
            case("student_t_quantile", [p, df], stats.t.ppf(p, df))
    for df in (0.5, 1, 2, 7, 50, 1000, 100000):
        for share in (0.01, 0.3, 0.9, 1, 1.1, 2, 10):
            case("chi_square_cdf", [df * share, df], special.chdtr(df, df * share))
            case("chi_square_tail", [df * share, df], special.chdtrc(df, df * share))
        for p in (1e-6, 0.05, 0.5, 0.95, 0.999999):
            case("chi_square_quantile", [p, df], stats.chi2.ppf(p, df))
    for df, nc in ((1, 0.5), (1, 3), (4, 10), (15, 200), (3, 5000), (210, 90000)):
        for share in (0.3, 0.8, 0.98, 1, 1.02, 1.2, 2):
            x = share * (df + nc)
            case("noncentral_chi_square_cdf", [x, df, nc], stats.ncx2.cdf(x, df, nc))
    for x in (0.05, 0.3, 0.5, 0.9, 1, 1.2, 1.36, 2, 3):
        case("kolmogorov_tail", [x], special.kolmogorov(x))
    for a, b in ((0.5, 0.5), (2, 3), (50, 1), (300, 700), (1e5, 2e5)):
        for x in (0.001, 0.1, 1 / 3, 0.5, 0.9):
            case("beta_i", [a, b, x], special.betainc(a, b, x))


def counted(values):
    v, c = np.unique(values, return_counts=True)
    return [v.tolist(), c.tolist()]


def cliff_by_pairs(a, b):
    """Delta and interval from the matrix of all pairs (Cliff 1996), z of 95 %."""
    d = np.sign(a[:, None] - b[None, :])
    m, n = d.shape
    delta = d.mean()
    rows, cols = d.mean(axis=1), d.mean(axis=0)
    var = (n**2 * ((rows - delta) ** 2).sum() + m**2 * ((cols - delta) ** 2).sum()
           - ((d - delta) ** 2).sum()) / (m * n * (m - 1) * (n - 1))
    var = max(var, (1 - delta**2) / (m * n - 1))
    z = stats.norm.ppf(0.975)
    half = z * math.sqrt(var) * math.sqrt((1 - delta**2) ** 2 + z**2 * var)
    scale = 1 - delta**2 + z**2 * var
    return [delta, (delta - delta**3 - half) / scale, (delta - delta**3 + half) / scale]


def samples():
    rng = np.random.default_rng(20130101)
    pairs = [
        (rng.integers(0, 10, 40), rng.integers(2, 12, 55)),
        (np.round(rng.normal(0, 1, 300), 1), np.round(rng.normal(0.3, 1.5, 200), 1)),
        (np.round(rng.exponential(2, 500), 2), np.round(rng.exponential(2, 400), 2)),
        (np.array([1, 1, 2, 3]), np.array([1, 2, 2, 2])),
        (np.arange(20), np.arange(15, 60)),
    ]
    for a, b in pairs:
        a, b = a.astype(float), b.astype(float)
        x = counted(a) + counted(b)
        d = stats.ks_2samp(a, b).statistic
        case("ks_distance", x, d)
        case("ks_p_value", [d, len(a), len(b)],
             special.kolmogorov(d * math.sqrt(len(a) * len(b) / (len(a) + len(b)))))
        case("wasserstein1", x, stats.wasserstein_distance(a, b))
        case("cliffs_delta", x, cliff_by_pairs(a, b))
        labels = np.r_[np.ones(len(a)), np.zeros(len(b))]
        case("auc", x, metrics.roc_auc_score(labels, np.r_[a, b]))
        pooled = math.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1))
                           / (len(a) + len(b) - 2))
        case("cohens_d", [a.mean(), a.var(ddof=1), len(a), b.mean(), b.var(ddof=1), len(b)],
             (a.mean() - b.mean()) / pooled)


def categories():
    for a, b in (([10, 20, 30], [12, 18, 40]), ([5, 0, 7, 1], [3, 4, 0, 0]),
                 ([1000, 1, 3000], [1100, 0, 2000])):
        p, q = np.array(a) / sum(a), np.array(b) / sum(b)
        case("total_variation", [a, b], 0.5 * distance.cityblock(p, q))
        case("jensen_shannon", [a, b], distance.jensenshannon(p, q) ** 2)
        keep = (p > 0) | (q > 0)
        u, v = np.where(p > 0, p, 1e-4)[keep], np.where(q > 0, q, 1e-4)[keep]
        case("population_stability", [a, b],
             float(special.rel_entr(u, v).sum() + special.rel_entr(v, u).sum()
                   ) if math.isclose(u.sum(), 1) and math.isclose(v.sum(), 1)
             else float(((u - v) * np.log(u / v)).sum()))


def v_interval(table):
    """Smithson's interval with scipy's noncentral chi-square and Brent's root finder."""
    chi2, _, df, _ = stats.chi2_contingency(table, correction=False)
    scale = table.sum() * (min(table.shape) - 1)

    def root(p):
        f = lambda nc: stats.ncx2.cdf(chi2, df, nc) - p
        if stats.chi2.cdf(chi2, df) <= p:
            return 0.0
        high = chi2 + 1
        while f(high) > 0:
            high *= 2
        return optimize.brentq(f, 1e-12, high, xtol=1e-12)

    low, high = root(0.975), root(0.025)
    v = math.sqrt(chi2 / scale)
    return [v, min(v, math.sqrt((low + df) / scale)) if low > 0 else 0.0,
            max(v, min(1, math.sqrt((high + df) / scale)))]


def loo_majority(table):
    """Accuracy of the leave-one-out majority rule by leaving each row out; ties count as wrong."""
    rows = [(r, k) for r, line in enumerate(table) for k, n in enumerate(line) for _ in range(n)]
    right = base = 0
    for i, (r, k) in enumerate(rows):
        rest = rows[:i] + rows[i + 1:]
        votes = [c for s, c in rest if s == r] or [c for _, c in rest]
        for pool, name in ((votes, "row"), ([c for _, c in rest], "all")):
            counts = [pool.count(c) for c in range(len(table[0]))]
            won = counts[k] == max(counts) and counts.count(max(counts)) == 1
            right += won and name == "row"
            base += won and name == "all"
    return [right / len(rows), base / len(rows)]


def tables():
    for t in ([[10, 20], [30, 40]], [[12, 5, 7], [3, 9, 14]], [[50, 0, 2], [1, 40, 3], [0, 2, 60]],
              [[1, 0], [0, 1], [1, 0], [0, 1], [1, 0]], [[5, 5], [5, 5]], [[9, 1], [1, 0], [0, 4]],
              [[3000, 2500], [100, 900], [4000, 4100]]):
        a = np.array(t)
        flat = [a.ravel().tolist(), a.shape[0], a.shape[1]]
        chi2, p, df, _ = stats.chi2_contingency(a, correction=False)
        case("chi_square_test", flat, [chi2, df, p])
        case("cramers_v", flat, v_interval(a))
        n, (r, c) = a.sum(), a.shape
        phi = max(0, chi2 / n - (r - 1) * (c - 1) / (n - 1))
        low = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
        if low > 1e-9:
            case("cramers_v_corrected", flat, math.sqrt(phi / low))
        x = np.repeat(np.indices(a.shape)[0].ravel(), a.ravel())
        y = np.repeat(np.indices(a.shape)[1].ravel(), a.ravel())
        case("normalized_mutual_information", flat, metrics.normalized_mutual_info_score(x, y))
        if n < 300:
            case("majority_rule", flat, loo_majority(t))


def proportions():
    for k, n in ((0, 10), (3, 10), (10, 10), (81, 263), (150000, 336776)):
        low, high = proportion.proportion_confint(k, n, method="wilson")
        case("wilson", [k, n], [k / n, low, high])
    for a, m, b, n in ((56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 0, 10), (5000, 27004, 5600, 29425)):
        low, high = proportion.confint_proportions_2indep(a, m, b, n, method="newcomb")
        case("proportion_difference", [a, m, b, n], [a / m - b / n, low, high])
    for r, n in ((0.5, 30), (-0.98, 12), (0.02, 100000), (0.9, 5)):
        z, half = math.atanh(r), stats.norm.ppf(0.975) / math.sqrt(n - 3)
        case("pearson", [r, n], [r, math.tanh(z - half), math.tanh(z + half)])
    x = np.arange(25.0)
    y = x**1.5 + 8 * np.sin(x)
    found = stats.pearsonr(x, y)
    ci = found.confidence_interval(0.95)
    case("pearson", [found.statistic, 25], [found.statistic, ci.low, ci.high])


for part in (distributions, samples, categories, tables, proportions):
    part()
Path(sys.argv[1], "oracle.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in CASES) + "\n]\n")
