# %% [markdown]
# # Rents: columns of several kinds
# %%
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_validate, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler  #: imports
# %%
flats = pd.read_csv("flats.csv")  #: load
amounts = ["area", "rooms", "floor"]
kinds = ["quarter", "heating"]  #: columns
# %%
prepare = ColumnTransformer(  #: prepare
    [
        ("amounts", make_pipeline(SimpleImputer(), StandardScaler()), amounts),
        ("kinds", OneHotEncoder(handle_unknown="ignore"), kinds),
    ]
)
model = Pipeline([("prepare", prepare), ("forest", RandomForestRegressor(n_estimators=40, random_state=0))])  #: model
# %%
seen, held = train_test_split(flats, test_size=0.2, random_state=8)  #: split
results = cross_validate(model, seen[amounts + kinds], seen["rent"], cv=5, scoring="r2")  #: cv
print(results["test_score"].mean())
# %%
model.fit(seen[amounts + kinds], seen["rent"])  #: fit
rents = model.predict(held[amounts + kinds])  #: predict
print("R2", r2_score(held["rent"], rents))  #: score
# %%
print("typical rent", held["rent"].median())  #: end
