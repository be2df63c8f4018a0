# %% [markdown]
# # Who leaves next month?
# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler  #: imports
# %%
customers = pd.read_csv("customers.csv")
customers.head()
# %%
customers = customers.drop(columns=["customer_id", "city"]).dropna()  #: clean
customers = pd.get_dummies(customers, columns=["plan"], dtype=float)  #: dummies
# %%
y = customers["churned"]  #: y
X = customers.drop(columns="churned")  #: X
# %%
X_train, X_test, y_train, y_test = train_test_split(  #: split
    X, y, test_size=0.25, stratify=y, random_state=7
)
# %%
scaler = StandardScaler()  #: scaler
X_train = scaler.fit_transform(X_train)  #: scale
X_test = scaler.transform(X_test)
# %%
model = LogisticRegression(max_iter=1000, C=0.5)  #: model
model.fit(X_train, y_train)  #: fit
# %%
p = model.predict_proba(X_test)[:, 1]  #: predict
print("AUC", roc_auc_score(y_test, p))  #: score
print(classification_report(y_test, p > 0.5))  #: end
