# %%
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler  #: imports
# %%
X, y = load_wine(return_X_y=True)  #: load
print(X.shape)
# %% [markdown]
# Scale, select and fit anew in each fold.
# %%
folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=9)  #: folds
scores = []
for train, test in folds.split(X, y):  #: split
    scaler = StandardScaler()
    A = scaler.fit_transform(X[train])  #: scale
    B = scaler.transform(X[test])  #: scale_test
    selector = SelectKBest(f_classif, k=6)
    A = selector.fit_transform(A, y[train])  #: select
    B = selector.transform(B)  #: select_test
    model = KNeighborsClassifier(n_neighbors=5)  #: model
    model.fit(A, y[train])  #: fit
    scores.append(accuracy_score(y[test], model.predict(B)))  #: score
# %%
print("accuracy", np.mean(scores))  #: end
