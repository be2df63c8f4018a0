"""Readmission: several visits a patient, and no patient on both sides."""
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, KFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler  #: imports


def outer(visits):
    splitter = GroupShuffleSplit(n_splits=1, test_size=0.3, random_state=2)  #: splitter
    train_at, test_at = next(splitter.split(visits, groups=visits["patient"]))  #: split
    return visits.iloc[train_at], visits.iloc[test_at]  #: outer


def main():
    visits = pd.read_csv("visits.csv")  #: load
    used = ["age", "pressure", "sugar", "stay", "before"]  #: X
    train, test = outer(visits)  #: divide
    model = make_pipeline(RobustScaler(), ExtraTreesClassifier(n_estimators=80, random_state=0))  #: model
    inner = cross_val_score(  #: inner
        model, train[used], train["readmitted"], groups=train["patient"], cv=GroupKFold(n_splits=4)
    )
    print("inner", np.round(inner, 3))
    model.fit(train[used], train["readmitted"])  #: fit
    risk = model.predict_proba(test[used])[:, 1]  #: predict
    print("AUC", roc_auc_score(test["readmitted"], risk))  #: score
    print("patients", train["patient"].nunique(), test["patient"].nunique())  #: end


if __name__ == "__main__":
    main()
