"""Credit default with XGBoost: rounds and threshold are chosen on validation rows."""
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import train_test_split  #: imports

loans = pd.read_csv("loans.csv")
loans["purpose"] = loans["purpose"].astype("category").cat.codes  #: codes
features = [name for name in loans.columns if name not in ("default", "loan_id")]  #: features
rest, test = train_test_split(loans, test_size=0.2, random_state=0)  #: split
train, valid = train_test_split(rest, test_size=0.25, random_state=0)  #: again

booster = xgb.XGBClassifier(n_estimators=200, max_depth=4, early_stopping_rounds=10, eval_metric="auc")  #: model
booster.fit(  #: fit
    train[features],
    train["default"],
    eval_set=[(valid[features], valid["default"])],
    verbose=False,
)
on_valid = booster.predict_proba(valid[features])[:, 1]
cuts = np.linspace(0.05, 0.95, 19)
cut = cuts[np.argmax([f1_score(valid["default"], on_valid > c) for c in cuts])]  #: choose
on_test = booster.predict_proba(test[features])[:, 1]  #: predict
print("AUC", roc_auc_score(test["default"], on_test))  #: score
print("F1", f1_score(test["default"], on_test > cut))  #: f1
print("threshold", cut)  #: end
