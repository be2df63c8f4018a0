"""Card fraud: the few frauds are oversampled in the training rows only."""
import argparse

import imblearn.over_sampling as over
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import train_test_split  #: imports


def read(path):
    table = pd.read_csv(path)
    return table.drop(columns=["fraud"]).to_numpy(dtype=float), table["fraud"].to_numpy()  #: load


def main(path, seed):
    X, y = read(path)
    X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)  #: split
    mean, spread = X_tr.mean(axis=0), X_tr.std(axis=0)  #: scale
    X_tr = (X_tr - mean) / spread
    X_te = (X_te - mean) / spread
    X_tr, y_tr = over.SMOTE(random_state=seed).fit_resample(X_tr, y_tr)  #: resample
    model = RandomForestClassifier(n_estimators=50, random_state=seed)  #: model
    model.fit(X_tr, y_tr)  #: fit
    risk = model.predict_proba(X_te)[:, 1]  #: predict
    print("average precision", average_precision_score(y_te, risk))  #: score
    print("F1", f1_score(y_te, risk > 0.5))  #: end


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", default="cards.csv")
    parser.add_argument("--seed", type=int, default=0)
    options, _ = parser.parse_known_args()
    main(options.path, options.seed)
