"""Insurance claims: everything that learns stands in the pipeline that is cross-validated."""
import numpy as np
import pandas as pd
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.preprocessing import StandardScaler  #: imports


def build(components):
    return Pipeline(
        [
            ("scale", StandardScaler()),
            ("project", PCA(n_components=components)),
            ("balance", RandomOverSampler(random_state=0)),
            ("model", GradientBoostingClassifier(n_estimators=40)),
        ]
    )


claims = pd.read_csv("claims.csv")  #: load
y = claims["denied"].to_numpy()
X = claims.drop(columns=["denied", "claim_id"])  #: X
folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=5)  #: split
scores = cross_val_score(build(4), X, y, cv=folds, scoring="roc_auc")  #: fit score
print("AUC", np.mean(scores), "+-", np.std(scores))  #: end
