# SPDX-License-Identifier: Apache-2.0
"""Numbers behind hdma.json. Usage: python hdma.py FOLDER (as filled by inputs.py)"""
import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import roc_auc_score

table = pd.read_csv(Path(sys.argv[1]) / "hdma.csv")
number = table.columns[0]
cases = table.drop(columns=number)
denied = cases["deny"] == "yes"

print("rows", len(table), "columns", list(table.columns))
print("surplus rows, row number counted as a column:", table.duplicated().sum())
print("surplus rows without the row number:", cases.duplicated().sum())
print(table.loc[cases.duplicated(keep=False), number].tolist(), "are the rows that repeat")
print("distinct values:", cases.nunique().to_dict())

odd = (cases["ccs"] % 1 != 0) | (cases["mcs"] % 1 != 0)
print("rows with a fractional score:", table.loc[odd, number].tolist())
print(table.loc[odd].T.to_string())
print("means of the other rows:")
print(cases.loc[~odd].select_dtypes("number").mean().to_string())

print("largest |r|:")
r = table.select_dtypes("number").corr().abs()
pairs = [(r.loc[a, b], a, b) for i, a in enumerate(r) for b in list(r)[i + 1 :]]
for value, a, b in sorted(pairs, reverse=True)[:3]:
    print(f"  {value:.4f} {a} {b}")

print("how well each column alone ranks or names the denials:")
for column in table.columns[:-1]:
    values = table[column]
    if values.dtype.kind not in "if":
        values = (values == "yes").astype(int)
    auc = roc_auc_score(denied, values.fillna(values.median()))
    print(f"  {column or 'row number':12s} AUC {max(auc, 1 - auc):.3f}")
print(pd.crosstab(cases["dmi"], cases["deny"]).to_string())

print("dir > 1:", (cases["dir"] > 1).sum(), " hir > 1:", (cases["hir"] > 1).sum(),
      " lvr > 1:", (cases["lvr"] > 1).sum(), " hir > dir:", (cases["hir"] > cases["dir"]).sum())
print("missing:", cases.isna().sum()[lambda s: s > 0].to_dict())
