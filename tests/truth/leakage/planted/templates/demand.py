# %% [markdown]
# # Demand of tomorrow
# %%
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_percentage_error
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.preprocessing import MinMaxScaler  #: imports
# %%
days = pd.read_csv("demand.csv", parse_dates=["day"]).sort_values("day").set_index("day")  #: load
# %%
days["weekday"] = days.index.dayofweek
for lag in (1, 2, 7):
    days["lag_%d" % lag] = days["sold"].shift(lag)  #: lags
days["week"] = days["sold"].shift(1).rolling(7).mean()  #: rolling
days["tomorrow"] = days["sold"].shift(-1)  #: target
days = days.dropna()  #: clean
# %%
y = days["tomorrow"]
X = days.drop(columns="tomorrow")  #: X
# %%
cut = int(0.8 * len(days))  #: inputs
X_train, X_test = X[:cut], X[cut:]  #: split
y_train, y_test = y[:cut], y[cut:]  #: split_y
# %%
scaler = MinMaxScaler().fit(X_train)  #: scale
A_train, A_test = scaler.transform(X_train), scaler.transform(X_test)
forest = RandomForestRegressor(n_estimators=50, random_state=0)  #: model
print(cross_val_score(forest, X_train, y_train, cv=TimeSeriesSplit(n_splits=4)))  #: cv
# %%
forest.fit(A_train, y_train)  #: fit
guess = forest.predict(A_test)  #: predict
print("MAPE", mean_absolute_percentage_error(y_test, guess))  #: score
print("MAPE of today", mean_absolute_percentage_error(y_test[1:], y_test[:-1]))  #: end
