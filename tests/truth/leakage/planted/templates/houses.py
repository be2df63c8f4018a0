# %%
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler  #: imports
# %%
houses = pd.read_csv("houses.csv")
houses.info()
# %% [markdown]
# Prices span two orders of magnitude, so the logarithm is learnt.
# %%
houses["log_price"] = np.log(houses["price"])  #: target
numeric = ["rooms", "area", "age", "distance", "tax"]  #: columns
X = houses[numeric]  #: X
y = houses["log_price"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=3)  #: split
# %%
pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), Ridge())  #: pipeline
search = GridSearchCV(pipeline, {"ridge__alpha": [0.1, 1.0, 10.0]}, cv=5)  #: model
search.fit(X_train, y_train)  #: fit
print(search.best_params_)  #: best
# %%
predicted = search.predict(X_test)  #: predict
print("MAE", mean_absolute_error(y_test, predicted))  #: score
print("MAE of the mean", mean_absolute_error(y_test, np.full(len(y_test), y_train.mean())))  #: end
