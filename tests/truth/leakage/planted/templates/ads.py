"""Clicks: each site is replaced by its rate of clicks in the training rows."""
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split  #: imports


def rates(frame, column, target):
    return frame.groupby(column)[target].mean()


shown = pd.read_csv("ads.csv")  #: load
shown["hour"] = pd.to_datetime(shown["time"]).dt.hour
shown = shown.drop(columns="time")  #: clean
train, test = train_test_split(shown, test_size=0.3, random_state=21)  #: split
train, test = train.copy(), test.copy()
by_site = rates(train, "site", "clicked")  #: scale
train["site"] = train["site"].map(by_site)
test["site"] = test["site"].map(by_site).fillna(train["clicked"].mean())  #: scale_test
wanted = ["site", "hour", "width", "position"]  #: columns
trees = HistGradientBoostingClassifier(max_iter=50, random_state=0)  #: model
trees.fit(train[wanted], train["clicked"])  #: fit
chance = trees.predict_proba(test[wanted])[:, 1]  #: predict
print("AUC", roc_auc_score(test["clicked"], chance))  #: score
print("log loss", log_loss(test["clicked"], chance))  #: end
