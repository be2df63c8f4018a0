# SPDX-License-Identifier: Apache-2.0
"""The edits of `plant.py`: what is planted where, and why it leaks or does not.

An operation is (what, tag, code): put code before or after the tagged statement, replace it, exchange a word in its
first line, give it more tags (mark), or see to an import (need). In the code `#: source` tags the place that a report
must name, `#: also` the other statements of the same leak; `fit` and `score` stand in the templates unless an edit
brings its own.
"""
import random

# Other names that the surface may draw.
NAMES = {
    "churn": {"customers": ("df", "frame"), "X_train": ("train_X", "Xtr"), "X_test": ("test_X", "Xte"),
     "model": ("clf", "logit"), "scaler": ("sc", "standard"), "p": ("proba", "risk")},
    "cancer": {"forest": ("clf", "trees"), "features": ("X", "columns"), "target": ("y", "answers"),
     "train_x": ("X_train", "xa"), "test_x": ("X_test", "xb"), "data": ("measurements", "table")},
    "houses": {"houses": ("df", "homes"), "search": ("grid", "gs"), "X_train": ("Xa", "train_features"),
     "X_test": ("Xb", "test_features"), "predicted": ("y_hat", "pred")},
    "fraud": {"X_tr": ("X_train", "a"), "X_te": ("X_test", "b"), "y_tr": ("y_train", "ya"), "y_te": ("y_test", "yb"),
     "model": ("clf", "forest"), "risk": ("proba", "scores")},
    "claims": {"claims": ("df", "table"), "folds": ("cv", "splitter"), "scores": ("auc", "results"), "X": ("features", "inputs"),
     "y": ("target", "labels")},
    "reviews": {"reviews": ("df", "texts"), "words": ("tfidf", "vectorizer"), "machine": ("svm", "clf"),
     "train_matrix": ("A", "X_train"), "test_matrix": ("B", "X_test"), "said": ("y_pred", "guess")},
    "shapes": {"net": ("model", "network"), "train_loader": ("loader_a", "train_dl"), "test_loader": ("loader_c", "test_dl"),
     "val_loader": ("loader_b", "val_dl"), "pictures": ("images", "xs"), "kinds": ("labels", "ys")},
    "images": {"x_train": ("X_train", "xa"), "x_test": ("X_test", "xb"), "y_train": ("t_train", "ya"),
     "y_test": ("t_test", "yb"), "model": ("net", "network"), "patience": ("stopper", "es")},
    "credit": {"loans": ("df", "table"), "booster": ("clf", "model"), "valid": ("val", "dev"), "cut": ("threshold", "limit"),
     "features": ("columns", "inputs")},
    "demand": {"days": ("df", "sales"), "forest": ("model", "rf"), "A_train": ("xa", "scaled_train"),
     "A_test": ("xb", "scaled_test"), "guess": ("forecast", "y_hat")},
    "sensors": {"recording": ("df", "log"), "cutter": ("windows", "slicer"), "net": ("clf", "mlp"),
     "X_train": ("Xa", "train_windows"), "X_test": ("Xb", "test_windows"), "border": ("cut_at", "n_train")},
    "patients": {"visits": ("df", "stays"), "model": ("pipe", "clf"), "used": ("features", "columns"),
     "risk": ("proba", "scores"), "inner": ("cv_scores", "folds_auc")},
    "experiment": {"search": ("grid", "tuner"), "said": ("y_pred", "guess"), "X": ("features", "inputs"),
     "y": ("target", "labels")},
    "wine": {"folds": ("cv", "skf"), "scores": ("accuracies", "results"), "model": ("knn", "neighbours"),
     "A": ("a_train", "left"), "B": ("b_test", "right")},
    "ads": {"shown": ("df", "impressions"), "trees": ("gbm", "clf"), "by_site": ("site_rates", "encoding"),
     "chance": ("proba", "ctr"), "wanted": ("features", "columns")},
    "tenants": {"flats": ("df", "rents_table"), "seen": ("train", "train_part"), "held": ("test", "test_part"),
     "prepare": ("preprocess", "pre"), "model": ("pipe", "regressor")},
}

# Columns of the small files that `--run` writes: a number is the mean of a logarithm.
DATA = {
    "customers.csv": {"customer_id": "id", "city": ("Ulm", "Bonn", "Kiel"), "plan": ("basic", "plus", "pro"),
     "months": 2, "calls": 1, "bill": 3, "churned": "flag"},
    "houses.csv": {"price": 12, "rooms": 1, "area": 4, "age": 3, "distance": 1, "tax": 5},
    "cards.csv": {"amount": 3, "hour": 2, "visits": 1, "balance": 6, "fraud": "flag"},
    "claims.csv": {"claim_id": "id", "amount": 6, "age": 4, "delay": 2, "visits": 1, "denied": "flag"},
    "reviews.csv": {"text": ("good and cheap", "bad and late", "good but late", "bad but cheap", "never again", "always again"),
     "stars": (1, 2, 3, 4, 5), "product": "group"},
    "loans.csv": {"loan_id": "id", "purpose": ("car", "house", "study"),
     "amount": 8, "income": 9, "years": 1, "default": "flag"},
    "demand.csv": {"day": "day", "sold": 3, "price": 1},
    "vibration.csv": {"x": 0, "z": 0, "fault": "flag"},
    "visits.csv": {"patient": "group", "age": 4, "pressure": 4, "sugar": 3, "stay": 1, "before": 1, "readmitted": "flag"},
    "ads.csv": {"time": "day", "site": ("news", "mail", "shop"), "width": 3, "position": (1, 2, 3), "clicked": "flag"},
    "flats.csv": {"area": 4, "rooms": 1, "floor": (0, 1, 2), "quarter": ("north", "south"), "heating": ("gas", "oil"),
     "rent": 6},
}

# Where the general edits of all rows go: the name of the rows, of the target, whether the name may change width, whether it
# is a frame, what `how` a fit there is, and the first fit and score that follow.
ALL_ROWS = {
    "churn": ("split", "X", "y", True, True, "before-split", "fit", "score"),
    "cancer": ("split", "data", "labels", True, True, "before-split", "fit", "score"),
    "houses": ("split", "X", "y", True, True, "before-split", "fit", "score"),
    "fraud": ("split", "X", "y", True, False, "before-split", "fit", "score"),
    "claims": ("split", "X", "y", False, True, "before-cv", "fit", "score"),
    "credit": ("split", "loans[features]", "loans['default']", False, True, "before-split", "fit", "score"),
    "demand": ("inputs", "X", "y", False, True, "before-split", "cv", "cv"),
    "sensors": ("split", "signal", "fault", False, False, "before-split", "fit", "score"),
    "patients": ("divide", "visits[used]", "visits['readmitted']", False, True, "before-split", "inner", "inner"),
    "experiment": ("split", "X", "y", True, False, "before-split", "fit", "score"),
    "wine": ("folds", "X", "y", False, False, "before-cv", "fit", "score"),
    "tenants": ("split", "flats[amounts]", "flats['rent']", False, True, "before-split", "cv", "cv"),
}
REGRESSION = {"houses", "demand", "tenants"}
# Templates whose rows plainly have no gaps: a filling there would change nothing.
WITHOUT_GAPS = {"churn", "cancer", "demand", "experiment", "wine"}
FILLINGS = {"impute", "impute-near", "fillna"}

PREPROCESSING = "from sklearn.preprocessing import "
# name, how (None: that of the place), only where the width may change, only for frames, imports, code, why
FITTED_ON_ALL = [
    ("standard", None, False, False, [PREPROCESSING + "StandardScaler"], "{X} = StandardScaler().fit_transform({X})  #: source",
     "mean and spread of all rows"),
    ("minmax", None, False, False, [PREPROCESSING + "MinMaxScaler"],
        "squeeze = MinMaxScaler()\n"
        "squeeze.fit({X})  #: source\n"
        "{X} = squeeze.transform({X})  #: also", "smallest and largest value of all rows"),
    ("robust", None, False, False, [PREPROCESSING + "RobustScaler"], "{X} = RobustScaler().fit({X}).transform({X})  #: source",
     "quartiles of all rows"),
    ("power", None, False, False, [PREPROCESSING + "PowerTransformer"],
        "bend = PowerTransformer().fit({X})  #: source\n"
        "{X} = bend.transform({X})  #: also", "exponents estimated on all rows"),
    ("quantile", None, False, False, [PREPROCESSING + "QuantileTransformer"],
     "{X} = QuantileTransformer(n_quantiles=50).fit_transform({X})  #: source", "quantiles of all rows"),
    ("bins", None, False, False, [PREPROCESSING + "KBinsDiscretizer"],
     "{X} = KBinsDiscretizer(n_bins=5, encode='ordinal').fit_transform({X})  #: source",
     "quantiles of all rows bound the bins"),
    ("by-hand", None, False, False, [], "{X} = ({X} - {X}.mean(axis=0)) / {X}.std(axis=0)  #: source",
     "mean and spread of all rows, by hand"),
    ("range-by-hand", None, False, False, [],
        "low = {X}.min(axis=0)  #: source\n"
        "high = {X}.max(axis=0)  #: also\n"
        "{X} = ({X} - low) / (high - low)  #: also", "smallest and largest value of all rows, by hand"),
    ("impute", None, False, False, ["from sklearn.impute import SimpleImputer"],
     "{X} = SimpleImputer(strategy='mean').fit_transform({X})  #: source", "means of all rows fill the gaps"),
    ("impute-near", None, False, False, ["from sklearn.impute import KNNImputer"],
        "filler = KNNImputer(n_neighbors=3)\n"
        "{X} = filler.fit_transform({X})  #: source", "neighbours among all rows fill the gaps"),
    ("fillna", None, False, True, [], "{X} = {X}.fillna({X}.median())  #: source", "medians of all rows fill the gaps"),
    ("columnwise", None, False, True, [], "{X} = {X}.apply(lambda column: (column - column.mean()) / column.std())  #: source",
     "mean and spread of all rows, column by column"),
    ("pipeline", None, False, False,
     ["from sklearn.pipeline import make_pipeline", "from sklearn.impute import SimpleImputer", PREPROCESSING + "StandardScaler"], "{X} = make_pipeline(SimpleImputer(), StandardScaler()).fit_transform({X})  #: source", "a pipeline, but fitted on all rows"),
    ("pca", None, True, False, ["from sklearn.decomposition import PCA"],
     "{X} = PCA(n_components=3).fit_transform({X})  #: source", "components of all rows"),
    ("svd", None, True, False, ["from sklearn.decomposition import TruncatedSVD"],
        "shrink = TruncatedSVD(n_components=3)\n"
        "shrink.fit({X})  #: source\n"
        "{X} = shrink.transform({X})  #: also", "components of all rows"),
    ("clusters", None, True, False, ["from sklearn.cluster import KMeans"],
     "{X} = KMeans(n_clusters=4, n_init=3, random_state=0).fit_transform({X})  #: source",
     "centres of all rows, the distances to them are the features"),
    ("best", "selection", True, False, ["from sklearn.feature_selection import SelectKBest, {test}"],
     "{X} = SelectKBest({test}, k=3).fit_transform({X}, {y})  #: source", "columns chosen by the target of all rows"),
    ("percentile", "selection", True, False, ["from sklearn.feature_selection import SelectPercentile, {test}"],
        "choose = SelectPercentile({test}, percentile=60).fit({X}, {y})  #: source\n"
        "{X} = choose.transform({X})  #: also", "columns chosen by the target of all rows"),
    ("correlation", "selection", True, True, [],
        "strong = {X}.corrwith({y}).abs().nlargest(3).index  #: source\n"
        "{X} = {X}[strong]  #: also", "columns chosen by their correlation with the target of all rows"),
    ("eliminate", "selection", True, False, ["from sklearn.feature_selection import RFE", "from sklearn.tree import {tree}"],
     "{X} = RFE({tree}(random_state=0), n_features_to_select=3).fit_transform({X}, {y})  #: source",
     "columns eliminated by models of all rows"),
]

LEAKS = []  # template, name, kind, how, why, operations, fit, score, other kind
CALM = []  # template, name, why, operations


def leak(template, name, kind, how, why, *operations, fit="fit", score="score", other=None):
    """`other`: another kind under which the same leak may rightly be reported."""
    LEAKS.append((template, name, kind, how, why, operations, fit, score, other))


def calm(template, name, why, *operations):
    CALM.append((template, name, why, operations))


def general_leaks():
    for template, (tag, X, y, width, frame, how, fit, score) in ALL_ROWS.items():
        regression = template in REGRESSION
        words = {"X": X, "y": y, "test": "f_regression" if regression else "f_classif", "tree": "DecisionTreeRegressor" if regression else "DecisionTreeClassifier"}
        fitting = [row for row in FITTED_ON_ALL if (width or not row[2]) and (frame or not row[3])]
        if template in WITHOUT_GAPS:
            fitting = [row for row in fitting if row[0] not in FILLINGS]
        for name, own, _, _, imports, code, why in random.Random(template).sample(fitting, 8):
            operations = [("need", line.format(**words)) for line in imports] + [("before", tag, code.format(**words))]
            leak(template, name, "preprocessing", own or how, why + ", those scored later included", *operations, fit=fit, score=score)
    for template in ("churn", "cancer", "fraud", "experiment"):
        tag, X, *_ = ALL_ROWS[template]
        leak(
            template, "through-function", "preprocessing", "before-split", "the function is given all rows and fits on them",
            ("need", PREPROCESSING + "StandardScaler"),
            ("after", "imports",
                "\n"
                "\n"
                "def evened(table):\n"
                "    tool = StandardScaler()\n"
                "    return tool.fit_transform(table)  #: source\n"
                "\n"),
            ("before", tag, f"{X} = evened({X})  #: also"),
        )


# name, only where a name may change width, imports, code before the split, why
CALM_ON_ALL = [
    ("logarithm", False, ["import numpy as np"],
     "{X} = np.log1p(np.abs({X}))", "row by row, nothing is learnt from other rows"),
    ("constant", False, [], "{X} = {X} / 100.0", "division by a constant"),
    ("clip", False, [], "{X} = {X}.clip(-1000, 1000)", "clipped at constants"),
    ("normalizer", False, [PREPROCESSING + "Normalizer"],
     "{X} = Normalizer().fit_transform({X})", "each row by its own length; fit learns nothing"),
    ("polynomial", True, [PREPROCESSING + "PolynomialFeatures"],
     "{X} = PolynomialFeatures(degree=2).fit_transform({X})", "products within a row; fit learns nothing but the number of columns"),
    ("function-transformer", False, ["import numpy as np", PREPROCESSING + "FunctionTransformer"],
     "{X} = FunctionTransformer(np.abs).fit_transform({X})", "a fixed function; fit learns nothing"),
    ("unused-scaler", False, [PREPROCESSING + "StandardScaler"],
     "print(StandardScaler().fit({X}).mean_)", "fitted on all rows, only printed"),
    ("unused-result", False, [PREPROCESSING + "MinMaxScaler"],
        "looked_at = MinMaxScaler().fit_transform({X})\n"
        "print(looked_at[:5])", "the scaled rows reach no model"),
    ("picture", False, ["import matplotlib.pyplot as plt", "from sklearn.decomposition import PCA"],
        "seen_from = PCA(n_components=2).fit_transform({X})\n"
        "plt.scatter(seen_from[:, 0], seen_from[:, 1])", "a picture of all rows, nothing is scored on it"),
    ("clusters-only", False, ["from sklearn.cluster import KMeans", PREPROCESSING + "StandardScaler"],
        "groups_seen = KMeans(n_clusters=3, n_init=2, random_state=0).fit_predict(StandardScaler().fit_transform({X}))\n"
        "print(groups_seen[:10])", "an unsupervised look that no model uses"),
    ("means-printed", False, [], "print({X}.mean(axis=0), {X}.std(axis=0))", "statistics of all rows, printed only"),
]


def general_calm():
    for template, (tag, X, y, width, *_) in ALL_ROWS.items():
        fitting = [row for row in CALM_ON_ALL if width or not row[1]]
        for name, _, imports, code, why in random.Random("calm " + template).sample(fitting, 5):
            operations = [("need", line) for line in imports] + [("before", tag, code.format(X=X, y=y))]
            calm(template, name, why, *operations)
    for template in NAMES:
        calm(
            template, "uncalled", "the function leaks, but nothing calls it",
            ("need", PREPROCESSING + "StandardScaler"),
            ("need", "from sklearn.model_selection import train_test_split"),
            ("after", "imports",
                "\n"
                "\n"
                "def old_way(rows, answers):\n"
                "    rows = StandardScaler().fit_transform(rows)\n"
                "    return train_test_split(rows, answers)\n"
                "\n"),
        )
        calm(
            template, "in-a-comment", "a comment is not executed",
            ("after", "imports", "# X = StandardScaler().fit_transform(X)  before train_test_split(X, y), as it was once\n"),
        )
        calm(
            template, "in-a-string", "a string is not executed",
            ("before", "end", 'print("do not write X = scaler.fit_transform(X) before train_test_split(X, y)")'),
        )


general_leaks()
general_calm()

# churn
leak("churn", "concatenated", "preprocessing", "concatenated", "the scaler is fitted on training and test rows put together",
     ("replace", "scale", "scaler.fit(pd.concat([X_train, X_test]))  #: source\nX_train = scaler.transform(X_train)"))
leak("churn", "target-kept", "target", "column", "the target stays among the features",
     ("replace", "X", "X = customers.copy()  #: source"))
leak("churn", "target-derived", "target", "derived", "a column computed from the target is a feature",
     ("after", "dummies", "customers['stays'] = 1 - customers['churned']  #: source"))
leak("churn", "target-rate", "preprocessing", "target-encoding", "rates of churn of all rows become a feature",
     ("replace", "clean",
         "customers = customers.drop(columns=['customer_id']).dropna()\n"
         "customers['city'] = customers.groupby('city')['churned'].transform('mean')  #: source"))
leak("churn", "copies", "overlap", "oversampled",
     "copies of churned customers are drawn before the split, so both sides hold them",
     ("after", "dummies",
         "lost = customers[customers['churned'] == 1]\n"
         "customers = pd.concat([customers, lost.sample(len(lost), replace=True, random_state=1)])  #: source"))
leak("churn", "fit-on-all", "overlap", "same-rows", "the model is fitted on all rows, then scored on a part of them",
     ("replace", "fit", "model.fit(scaler.transform(X), y)  #: source fit"))
leak("churn", "test-is-slice", "overlap", "same-rows", "the test rows are a slice of the training rows",
     ("replace", "split", "X_train, y_train = X, y\nX_test, y_test = X[-80:], y[-80:]  #: source"))
leak("churn", "threshold", "test-choice", "threshold", "the threshold with the best F1 on the test rows is reported by that F1",
     ("before", "score",
         "steps = [t / 20 for t in range(1, 20)]\n"
         "cut = max(steps, key=lambda t: f1_score(y_test, p > t))  #: source"),
     ("replace", "score", "print('F1', f1_score(y_test, p > cut))  #: score"))
leak("churn", "penalty", "test-choice", "hyper-parameter", "the penalty is chosen on the test rows that are then reported",
     ("replace", "model",
         "tried = {}\n"
         "for C in (0.1, 1.0, 10.0):\n"
         "    tried[C] = roc_auc_score(y_test, LogisticRegression(C=C, max_iter=1000).fit(X_train, y_train).predict_proba(X_test)[:, 1])  #: also\n"
         "model = LogisticRegression(C=max(tried, key=tried.get), max_iter=1000)  #: source"))
leak("churn", "better-model", "test-choice", "model", "the better of two models on the test rows is kept and reported",
     ("need", "from sklearn.ensemble import RandomForestClassifier"),
     ("replace", "model",
         "rivals = [LogisticRegression(max_iter=1000), RandomForestClassifier(random_state=0)]\n"
         "rated = [roc_auc_score(y_test, rival.fit(X_train, y_train).predict_proba(X_test)[:, 1]) for rival in rivals]  #: also\n"
         "model = rivals[rated.index(max(rated))]  #: source"))
calm("churn", "train-score",
     "a training score beside the test score",
     ("after", "score", "print('on training rows', roc_auc_score(y_train, model.predict_proba(X_train)[:, 1]))"))
calm("churn", "another-scaler",
     "another scaler, still of the training rows",
     ("need", PREPROCESSING + "RobustScaler"), ("replace", "scaler", "scaler = RobustScaler()"))
calm("churn", "refit", "fitted on all rows after the score, for use; nothing is scored again", ("after", "end",
    "final = LogisticRegression(max_iter=1000).fit(scaler.transform(X), y)\n"
    "print(final.coef_)"))
calm("churn", "duplicates",
     "equal rows and gaps are dropped, no statistic",
     ("after", "dummies", "customers = customers.drop_duplicates().dropna()"))

# cancer
leak("cancer", "fit-on-all", "overlap", "same-rows", "the forest is fitted on all rows, then scored on a part of them",
     ("replace", "train", "forest = train(data, labels)  #: source"))
leak("cancer", "test-is-train", "overlap", "same-rows",
     "what is called the test rows is taken out of the training rows after they are fitted",
     ("replace", "split", "train_x, train_y = data, labels\n_, test_x, _, test_y = divide(train_x, train_y)  #: source"))
leak("cancer", "target-kept", "target", "column", "the target becomes a feature",
     ("before", "split", "data = data.assign(outcome=labels)  #: source"))
leak("cancer", "depth", "test-choice", "hyper-parameter",
     "the number of trees is chosen by the test rows that are then reported",
     ("replace", "train",
         "best = 0.0\n"
         "for size in (10, 30, 60):\n"
         "    trial = ensemble.RandomForestClassifier(n_estimators=size, random_state=SEED).fit(train_x, train_y)\n"
         "    reached = metrics.f1_score(test_y, trial.predict(test_x))  #: also\n"
         "    if reached > best:  #: source\n"
         "        best, forest = reached, trial"),
     ("after", "imports", "\n"), fit="source")
leak("cancer", "scaled-in-load", "preprocessing", "before-split", "the loader scales all rows before they are divided",
     ("replace", "load", "evened = pp.StandardScaler().fit_transform(bunch.data)  #: source\nreturn evened, bunch.target"))
leak("cancer", "scaled-in-divide", "preprocessing", "before-split", "all rows are scaled within the function that divides them",
     ("before", "divide", "features = pp.MinMaxScaler().fit_transform(features)  #: source"))
leak("cancer", "repeated-rows", "overlap", "augmented", "noisy copies of all rows are made before they are divided",
     ("need", "import numpy as np"), ("need", "import pandas as pd"),
     ("before", "split",
         "noisy = data + np.random.default_rng(0).normal(scale=0.01, size=data.shape)\n"
         "data = pd.concat([data, noisy])  #: source\n"
         "labels = pd.concat([labels, labels])"))
calm("cancer", "scaled-after", "the scaler is fitted on the training rows", ("after", "split",
    "tool = pp.StandardScaler().fit(train_x)\n"
    "train_x, test_x = tool.transform(train_x), tool.transform(test_x)"))
calm("cancer", "cross-validated",
     "a pipeline is cross-validated, each fold fits its own scaler",
     ("need", "from sklearn.pipeline import make_pipeline"),
     ("after", "split", "print(ms.cross_val_score(make_pipeline(pp.StandardScaler(), ensemble.RandomForestClassifier(10)), train_x, train_y, cv=3).mean())"))
calm("cancer", "labels",
     "numbers for the names of classes hold no statistic",
     ("before", "split", "labels = pp.LabelEncoder().fit_transform(labels)"))
calm("cancer", "two-models", "two models are compared on the test rows, neither is chosen", ("after", "report",
    "stump = ensemble.RandomForestClassifier(max_depth=1, random_state=SEED).fit(train_x, train_y)\n"
    "print('stump', report(stump, test_x, test_y))"))

# houses
leak("houses", "concatenated", "preprocessing", "concatenated", "medians of training and test rows together fill the gaps",
     ("after", "split",
         "middle = pd.concat([X_train, X_test]).median()  #: source\n"
         "X_train = X_train.fillna(middle)  #: also\n"
         "X_test = X_test.fillna(middle)"))
leak("houses", "price-kept", "target", "derived", "the price, of which the target is the logarithm, is a feature",
     ("word", "columns", '"tax"]', '"tax", "price"]'), ("mark", "columns", "source"))
leak("houses", "price-per-area", "target", "derived", "the price over the area is computed from the target's source",
     ("before", "columns", "houses['per_area'] = houses['price'] / houses['area']  #: source"),
     ("word", "columns", '"tax"]', '"tax", "per_area"]'))
leak("houses", "search-on-all", "overlap", "same-rows", "the search is fitted on all rows, then scored on a part of them",
     ("replace", "fit", "search.fit(X, y)  #: source fit"))
leak("houses", "scaled-target", "preprocessing", "before-split", "the target is scaled by mean and spread of all rows",
     ("before", "split", "y = (y - y.mean()) / y.std()  #: source"))
leak("houses", "alpha", "test-choice", "hyper-parameter", "the penalty is chosen on the test rows that are then reported",
     ("replace", "model",
         "errors = {}\n"
         "for alpha in (0.1, 1.0, 10.0):\n"
         "    errors[alpha] = mean_absolute_error(y_test, pipeline.set_params(ridge__alpha=alpha).fit(X_train, y_train).predict(X_test))  #: also\n"
         "search = pipeline.set_params(ridge__alpha=min(errors, key=errors.get))  #: source"),
     ("replace", "fit", "search.fit(X_train, y_train)  #: fit"), ("replace", "best", "print(min(errors, key=errors.get))"))
calm("houses", "age-of-house",
     "a column of the row's own values",
     ("before", "columns", "houses['crowded'] = houses['rooms'] / houses['area']"),
     ("word", "columns", '"tax"]', '"tax", "crowded"]'))
calm("houses", "outliers-fixed",
     "rows dropped by a fixed bound",
     ("before", "columns", "houses = houses[houses['price'] > 10]"))
calm("houses", "described", "statistics of all rows, looked at only", ("before", "columns",
    "print(houses.describe())\n"
    "print(houses.corr()['log_price'].sort_values())"))
calm("houses", "validated", "a part of the training rows is kept apart for a first look", ("after", "split",
    "X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=3)\n"
    "print(len(X_fit), len(X_val))"))

# fraud
leak("fraud", "smote-first", "overlap", "oversampled", "interpolations between all rows are made before the split",
     ("before", "split", "X, y = over.SMOTE(random_state=seed).fit_resample(X, y)  #: source"))
leak("fraud", "copies-first", "overlap", "oversampled", "copies of the frauds are drawn before the split",
     ("before", "split", "X, y = over.RandomOverSampler(random_state=seed).fit_resample(X, y)  #: source"))
leak("fraud", "adasyn-first", "overlap", "oversampled", "interpolations between all rows are made before the split",
     ("before", "split", "balancer = over.ADASYN(random_state=seed)\nX, y = balancer.fit_resample(X, y)  #: source"))
leak("fraud", "noise-first", "overlap", "augmented", "noisy copies of all rows are made before the split",
     ("before", "split",
         "noise = np.random.default_rng(seed).normal(scale=0.01, size=X.shape)\n"
         "X, y = np.vstack([X, X + noise]), np.concatenate([y, y])  #: source"))
leak("fraud", "stacked", "preprocessing", "concatenated", "mean and spread of training and test rows together",
     ("replace", "scale",
         "both = np.vstack([X_tr, X_te])  #: source\n"
         "mean, spread = both.mean(axis=0), both.std(axis=0)  #: also"))
leak("fraud", "fit-on-both", "overlap", "same-rows", "the model is fitted on the test rows too",
     ("replace", "fit", "model.fit(np.vstack([X_tr, X_te]), np.concatenate([y_tr, y_te]))  #: source fit"))
leak("fraud", "threshold", "test-choice", "threshold", "the threshold with the best F1 on the test rows is reported by that F1",
     ("replace", "end",
         "cuts = np.linspace(0.1, 0.9, 17)\n"
         "cut = cuts[np.argmax([f1_score(y_te, risk > c) for c in cuts])]  #: source\n"
         "print('F1', f1_score(y_te, risk > cut))  #: end chosen"), score="chosen")
leak("fraud", "scored-on-balanced-train", "overlap", "same-rows",
     "the test rows are replaced by a part of the rows that were fitted",
     ("before", "predict", "X_te, y_te = X_tr[:100], y_tr[:100]  #: source"))
leak("fraud", "better-model", "test-choice", "model", "the better of two models on the test rows is kept and reported",
     ("need", "from sklearn.naive_bayes import GaussianNB"),
     ("replace", "model",
         "best = -1.0\n"
         "for rival in (RandomForestClassifier(n_estimators=20, random_state=seed), GaussianNB()):\n"
         "    reached = f1_score(y_te, rival.fit(X_tr, y_tr).predict(X_te))  #: also\n"
         "    if reached > best:  #: source\n"
         "        best, model = reached, rival"))
calm("fraud", "undersampled",
     "the training rows alone are thinned",
     ("need", "from imblearn.under_sampling import RandomUnderSampler"),
     ("replace", "resample", "X_tr, y_tr = RandomUnderSampler(random_state=seed).fit_resample(X_tr, y_tr)"))
calm("fraud", "fixed-threshold",
     "a threshold named beforehand",
     ("replace", "end", "print('F1', f1_score(y_te, risk > 0.3))  #: end"))
calm("fraud", "another-sampler",
     "copies of the training rows alone",
     ("replace", "resample", "X_tr, y_tr = over.RandomOverSampler(random_state=seed).fit_resample(X_tr, y_tr)"))
calm("fraud", "weights",
     "classes are weighted, no row is copied",
     ("replace", "resample", "print('no oversampling')"),
     ("word", "model", "n_estimators=50", "n_estimators=50, class_weight='balanced'"))

# claims
leak("claims", "sampled-before-folds", "overlap", "oversampled", "copies are drawn before the folds are cut",
     ("before", "split", "X, y = RandomOverSampler(random_state=0).fit_resample(X, y)  #: source"))
leak("claims", "target-kept", "target", "column", "the target stays among the features",
     ("replace", "X", "X = claims.drop(columns=['claim_id'])  #: source"))
leak("claims", "target-derived", "target", "derived", "a column computed from the target is a feature",
     ("after", "load", "claims['paid'] = (claims['denied'] == 0) * claims['amount']  #: source"))
leak("claims", "doubled", "overlap", "augmented", "noisy copies of all rows are made before the folds are cut",
     ("before", "split",
         "X = pd.concat([X, X * np.random.default_rng(0).normal(1, 0.01, X.shape)])  #: source\n"
         "y = np.concatenate([y, y])"))
leak("claims", "projected", "preprocessing", "before-cv", "components of all rows before the folds",
     ("before", "split", "X = PCA(n_components=4).fit_transform(X)  #: source"))
leak("claims", "rates", "preprocessing", "target-encoding",
     "rates of denial by number of visits over all rows become a feature",
     ("after", "load",
         "claims['visits'] = claims['visits'].round()\n"
         "claims['rate'] = claims.groupby('visits')['denied'].transform('mean')  #: source"))
leak("claims", "chosen-columns", "preprocessing", "selection", "columns chosen by the target of all rows before the folds",
     ("need", "from sklearn.feature_selection import SelectKBest, f_classif"),
     ("before", "split",
         "chosen = SelectKBest(f_classif, k=4).fit(X, y)  #: source\n"
         "X = X.loc[:, chosen.get_support()]  #: also"), ("word", "fit", "build(4)", "build(2)"))
calm("claims", "more-folds", "another number of folds", ("word", "split", "n_splits=5", "n_splits=10"))
calm("claims", "without-balance", "the balancing step stays within the pipeline", ("word", "fit", "build(4)", "build(3)"))
calm("claims", "codes",
     "names become numbers",
     ("after", "load", "claims['visits'] = claims['visits'].round().astype('category').cat.codes"))

# reviews
leak("reviews", "all-texts", "preprocessing", "before-split", "document frequencies of all texts",
     ("before", "split", "words = TfidfVectorizer(min_df=2, ngram_range=(1, 2)).fit(reviews['text'])  #: source"),
     ("replace", "words", "print(len(words.vocabulary_))"),
     ("replace", "scale", "train_matrix = words.transform(train['text'])"))
leak("reviews", "texts-together", "preprocessing", "concatenated", "document frequencies of training and test texts together",
     ("replace", "scale",
         "words.fit(pd.concat([train['text'], test['text']]))  #: source\n"
         "train_matrix = words.transform(train['text'])"))
leak("reviews", "matrix-split", "preprocessing", "before-split", "the matrix of all texts is made first, and split afterwards",
     ("before", "split", "words = TfidfVectorizer(min_df=2)\nmatrix = words.fit_transform(reviews['text'])  #: source"),
     ("replace", "split",
         "train_matrix, test_matrix, train_label, test_label = train_test_split(matrix, reviews['label'], test_size=0.25, random_state=42)\n"
         "train, test = train_label.to_frame('label'), test_label.to_frame('label')"),
     ("replace", "words", "print(matrix.shape)"), ("replace", "scale", "print(train_matrix.shape)"),
     ("replace", "scale_test", "print(test_matrix.shape)"))
leak("reviews", "counts", "preprocessing", "before-split", "the commonest words of all texts are the columns",
     ("need", "from sklearn.feature_extraction.text import CountVectorizer"),
     ("before", "split", "words = CountVectorizer(max_features=50).fit(reviews['text'])  #: source"),
     ("replace", "words", "print(len(words.vocabulary_))"),
     ("replace", "scale", "train_matrix = words.transform(train['text'])"))
leak("reviews", "fit-on-all", "overlap", "same-rows", "the machine is fitted on all texts, then scored on a part of them",
     ("replace", "fit", "machine.fit(words.transform(reviews['text']), reviews['label'])  #: source fit"))
leak("reviews", "stars-in-text", "target", "derived", "the stars, of which the label is made, are written into the text",
     ("after", "label", "reviews['text'] = reviews['text'] + ' stars' + reviews['stars'].astype(str)  #: source"))
leak("reviews", "penalty", "test-choice", "hyper-parameter", "the penalty is chosen on the test texts that are then reported",
     ("replace", "model",
         "tries = [(accuracy_score(test['label'], LinearSVC(C=C).fit(train_matrix, train['label']).predict(test_matrix)), C) for C in (0.01, 0.1, 1.0)]  #: also\n"
         "machine = LinearSVC(C=max(tries)[1])  #: source"))
leak("reviews", "upsampled", "overlap", "oversampled", "texts are drawn again before the split",
     ("before", "split",
         "liked = reviews[reviews['label'] == 1]\n"
         "reviews = pd.concat([reviews, liked.sample(100, replace=True, random_state=0)])  #: source"))
leak("reviews", "better-model", "test-choice", "model", "the better of two machines on the test texts is kept and reported",
     ("need", "from sklearn.naive_bayes import MultinomialNB"),
     ("replace", "model",
         "rivals = {'svm': LinearSVC(), 'bayes': MultinomialNB()}\n"
         "rated = {name: rival.fit(train_matrix, train['label']).score(test_matrix, test['label']) for name, rival in rivals.items()}  #: also\n"
         "machine = rivals[max(rated, key=rated.get)]  #: source"))
calm("reviews", "cleaned",
     "each text by itself",
     ("after", "lower", "reviews['text'] = reviews['text'].map(lambda text: re.sub('[^a-z ]', '', text))"))
calm("reviews", "lengths",
     "a statistic of all texts, printed only",
     ("after", "label", "print(reviews['text'].str.len().describe())"))
calm("reviews", "hashing",
     "a fixed hash, nothing is learnt",
     ("need", "from sklearn.feature_extraction.text import HashingVectorizer"), ("after", "label",
    "hashed = HashingVectorizer(n_features=64).fit_transform(reviews['text'])\n"
    "print(hashed.shape)"))
calm("reviews", "two-machines",
     "two penalties are printed, neither is chosen",
     ("after", "score", "print('weaker', LinearSVC(C=0.01).fit(train_matrix, train['label']).score(test_matrix, test['label']))"))
calm("reviews", "duplicates",
     "equal texts are dropped before the split",
     ("after", "label", "reviews = reviews.drop_duplicates(subset=['text', 'stars', 'product'])"))

# shapes
leak("shapes", "best-on-test", "test-choice", "checkpoint",
     "the epoch with the best accuracy on the test rows is kept and reported",
     ("replace", "reached", "reached = accuracy(net, test_loader)  #: source"), ("mark", "choose", "also"))
leak("shapes", "augmented", "overlap", "augmented", "mirrored copies of all pictures are made before the rows are drawn",
     ("after", "X",
         "pictures = np.concatenate([pictures, pictures[:, :, ::-1]])  #: source\n"
         "kinds = np.concatenate([kinds, kinds])"))
leak("shapes", "standardised", "preprocessing", "before-split", "mean and spread of all pictures",
     ("after", "X", "pictures = (pictures - pictures.mean()) / pictures.std()  #: source"))
leak("shapes", "train-on-all", "overlap", "same-rows", "the training loader holds all rows",
     ("replace", "train_loader", "train_loader = DataLoader(data, batch_size=32, shuffle=True)  #: source"))
leak("shapes", "rows-shared", "overlap", "same-rows", "the training rows reach over the test rows",
     ("replace", "split",
         "train_rows = order[: int(0.9 * len(order))]  #: source\n"
         "val_rows, test_rows = order[int(0.6 * len(order)) : int(0.8 * len(order))], order[int(0.8 * len(order)) :]"),
     )
leak("shapes", "drawn-twice", "overlap", "same-rows", "rows for training are drawn with replacement out of all rows",
     ("after", "split", "train_rows = np.random.default_rng(2).choice(order, size=len(train_rows), replace=True)  #: source"))
leak("shapes", "stopped-on-test", "test-choice", "early-stopping",
     "training ends when the accuracy on the test rows does, and that accuracy is reported",
     ("replace", "reached", "reached = accuracy(net, test_loader)  #: also"),
     ("replace", "choose", "if reached <= best:  #: source\n    break\nbest, kept = reached, copy.deepcopy(net.state_dict())"))
leak("shapes", "kind-painted", "target", "derived", "the kind is written into the first pixel",
     ("after", "X", "pictures[:, 0, 0] = kinds / 3.0  #: source"))
calm("shapes", "test-watched",
     "the test accuracy is printed each epoch, nothing is chosen by it",
     ("after", "reached", "print(epoch, accuracy(net, test_loader))"))
calm("shapes", "augmented-train",
     "noise is added to batches of training rows",
     ("before", "fit", "loss = loss + loss_of(net(batch + 0.01 * torch.randn_like(batch)), wanted)"))
calm("shapes", "centred", "a constant is subtracted", ("after", "X", "pictures = pictures - 0.5"))
calm("shapes", "standardised-train",
     "mean of the training rows alone",
     ("after", "split", "pictures = pictures - pictures[train_rows].mean()"))
calm("shapes", "shuffled-test",
     "the order of the test rows changes nothing",
     ("word", "test_loader", "batch_size=64", "batch_size=64, shuffle=True"))

# images
leak("images", "stopped-on-test", "test-choice", "early-stopping",
     "training stops by the loss on the test images, which are reported",
     ("replace", "fit",
         "history = model.fit(  #: source fit\n"
         "    x_train, y_train, epochs=20, batch_size=128, validation_data=(x_test, y_test), callbacks=[patience]\n"
         ")"))
leak("images", "checkpoint-on-test", "test-choice", "checkpoint",
     "the weights that are best on the test images are kept and reported",
     ("replace", "patience", "keep = ModelCheckpoint('best.keras', monitor='val_accuracy', save_best_only=True)"),
     ("replace", "fit",
         "history = model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test), callbacks=[keep])  #: source fit\n"
         "model = keras.models.load_model('best.keras')  #: also"))
leak("images", "rate-on-test", "test-choice", "early-stopping",
     "the learning rate falls by the loss on the test images, which are reported",
     ("replace", "patience", "slower = ReduceLROnPlateau(monitor='val_loss', patience=2)"),
     ("replace", "fit", "history = model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test), callbacks=[slower])  #: source fit"))
leak("images", "joined", "overlap", "same-rows", "the test images are put among the training images",
     ("after", "split", "x_train = np.concatenate([x_train, x_test])  #: source\ny_train = np.concatenate([y_train, y_test])"))
leak("images", "standardised", "preprocessing", "concatenated", "mean and spread of training and test images together",
     ("after", "split",
         "both = np.concatenate([x_train, x_test])  #: source\n"
         "centre, spread = both.mean(), both.std()  #: also\n"
         "x_train, x_test = (x_train - centre) / spread, (x_test - centre) / spread"))
leak("images", "test-from-train", "overlap", "same-rows", "the test images are replaced by training images",
     ("after", "split", "x_test, y_test = x_train[:5000], y_train[:5000]  #: source"))
leak("images", "mirrored", "overlap", "augmented", "mirrored copies of all images are made, then all are divided by chance",
     ("after", "split",
         "x_all = np.concatenate([x_train, x_train[:, :, ::-1]])  #: source\n"
         "y_all = np.concatenate([y_train, y_train])\n"
         "order = np.random.default_rng(0).permutation(len(x_all))\n"
         "x_train, x_test = x_all[order[10000:]], x_all[order[:10000]]\n"
         "y_train, y_test = y_all[order[10000:]], y_all[order[:10000]]"))
leak("images", "rounds-on-test", "test-choice", "hyper-parameter",
     "the number of epochs is read off the test images, then the model is fitted anew with it and reported",
     ("replace", "fit",
         "history = model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))  #: also\n"
         "rounds = int(np.argmin(history.history['val_loss'])) + 1  #: source\n"
         "model = keras.models.clone_model(model)\n"
         "model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])\n"
         "model.fit(x_train, y_train, epochs=rounds, batch_size=128)  #: fit"))
calm("images", "test-watched",
     "the test images are watched, nothing is chosen by them",
     ("replace", "fit", "history = model.fit(x_train, y_train, epochs=5, batch_size=128, validation_data=(x_test, y_test))"))
calm("images", "held-out", "rows for stopping are cut off the training images", ("replace", "fit",
    "x_val, y_val = x_train[:5000], y_train[:5000]\n"
    "x_train, y_train = x_train[5000:], y_train[5000:]\n"
    "history = model.fit(x_train, y_train, epochs=20, validation_data=(x_val, y_val), callbacks=[patience])"))
calm("images", "train-mean", "the mean of the training images is subtracted from both", ("after", "split",
    "centre = x_train.mean()\n"
    "x_train, x_test = x_train - centre, x_test - centre"))
calm("images", "plateau",
     "the learning rate falls by a part of the training images",
     ("replace", "patience", "patience = ReduceLROnPlateau(monitor='val_loss', patience=2)"))
calm("images", "mirrored-train", "mirrored copies of training images alone", ("after", "split",
    "x_train = np.concatenate([x_train, x_train[:, :, ::-1]])\n"
    "y_train = np.concatenate([y_train, y_train])"))

# credit
leak("credit", "stopped-on-test", "test-choice", "early-stopping", "the rounds are chosen by the test rows, which are reported",
     ("replace", "fit",
         "booster.fit(  #: source fit\n"
         "    train[features], train['default'], eval_set=[(test[features], test['default'])], verbose=False\n"
         ")"))
leak("credit", "threshold", "test-choice", "threshold", "the threshold is chosen on the test rows and reported on them",
     ("replace", "choose",
         "over_test = booster.predict_proba(test[features])[:, 1]\n"
         "cut = cuts[np.argmax([f1_score(test['default'], over_test > c) for c in cuts])]  #: source"), score="f1")
leak("credit", "target-kept", "target", "column", "the target stays among the features",
     ("replace", "features", "features = [name for name in loans.columns if name != 'loan_id']  #: source"))
leak("credit", "target-derived", "target", "derived", "what is lost is known only after the default",
     ("after", "codes", "loans['loss'] = loans['amount'] * loans['default']  #: source"))
leak("credit", "valid-in-test", "overlap", "same-rows", "training rows are taken from the whole table again, not from the rest",
     ("replace", "again", "train, valid = train_test_split(loans, test_size=0.25, random_state=1)  #: source"))
leak("credit", "depth-on-test", "test-choice", "hyper-parameter", "the depth is chosen on the test rows that are then reported",
     ("replace", "model",
         "areas = {}\n"
         "for depth in (2, 4, 6):\n"
         "    trial = xgb.XGBClassifier(n_estimators=30, max_depth=depth).fit(train[features], train['default'])\n"
         "    areas[depth] = roc_auc_score(test['default'], trial.predict_proba(test[features])[:, 1])  #: also\n"
         "booster = xgb.XGBClassifier(max_depth=max(areas, key=areas.get), early_stopping_rounds=10, eval_metric='auc')  #: source"))
leak("credit", "rates", "preprocessing", "target-encoding", "rates of default of all rows stand for the purpose",
     ("replace", "codes", "loans['purpose'] = loans['purpose'].map(loans.groupby('purpose')['default'].mean())  #: source"))
leak("credit", "copies", "overlap", "oversampled", "defaults are drawn again before the split",
     ("after", "codes",
         "bad = loans[loans['default'] == 1]\n"
         "loans = pd.concat([loans, bad.sample(len(bad), replace=True, random_state=0)], ignore_index=True)  #: source"))
leak("credit", "lucky-seed", "test-choice", "model",
     "of five seeds the one with the best area on the test rows is kept and reported",
     ("replace", "model",
         "luck = {}\n"
         "for seed in range(5):\n"
         "    trial = xgb.XGBClassifier(n_estimators=20, subsample=0.5, random_state=seed).fit(train[features], train['default'])\n"
         "    luck[seed] = roc_auc_score(test['default'], trial.predict_proba(test[features])[:, 1])  #: also\n"
         "booster = xgb.XGBClassifier(n_estimators=200, random_state=max(luck, key=luck.get), early_stopping_rounds=10, eval_metric='auc')  #: source"))
calm("credit", "both-watched", "the last set decides, which is not the test", ("replace", "fit",
    "booster.fit(  #: fit\n"
    "    train[features], train['default'], eval_set=[(train[features], train['default']), (valid[features], valid['default'])], verbose=False\n"
    ")"))
calm("credit", "ratio",
     "a column of the row's own values",
     ("after", "codes", "loans['burden'] = loans['amount'] / loans['income']"))
calm("credit", "train-rates",
     "rates of default of the training rows alone",
     ("after", "again", "print(train.groupby('purpose')['default'].mean())"))
calm("credit", "deeper", "another depth, named beforehand", ("word", "model", "max_depth=4", "max_depth=6"))

# demand
leak("demand", "future-in-window", "overlap", "time", "the centred mean reaches into the days that are forecast",
     ("word", "rolling", "shift(1).rolling(7)", "rolling(7, center=True)"),
     ("mark", "rolling", "source"), fit="cv", score="cv", other="target")
leak("demand", "future-lag", "target", "derived", "the change to tomorrow holds the target",
     ("after", "target", "days['change'] = days['tomorrow'] - days['sold']  #: source"), fit="cv", score="cv")
leak("demand", "shuffled", "overlap", "time", "days are shuffled though lags and means reach from day to day",
     ("need", "from sklearn.model_selection import train_test_split"),
     ("replace", "split", "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)  #: source"),
     ("replace", "split_y", "print(len(y_train), len(y_test))"))
leak("demand", "shuffled-folds", "overlap", "time", "the folds are shuffled though lags and means reach from day to day",
     ("need", "from sklearn.model_selection import KFold"),
     ("word", "cv", "cv=TimeSeriesSplit(n_splits=4)", "cv=KFold(n_splits=4, shuffle=True, random_state=0)"),
     ("mark", "cv", "source"), fit="cv", score="cv")
leak("demand", "concatenated", "preprocessing", "concatenated", "smallest and largest values of both periods",
     ("replace", "scale", "scaler = MinMaxScaler().fit(pd.concat([X_train, X_test]))  #: source"))
leak("demand", "scaled-all", "preprocessing", "before-split", "smallest and largest values of both periods",
     ("replace", "scale", "scaler = MinMaxScaler().fit(X)  #: source"))
leak("demand", "fit-on-all", "overlap", "same-rows", "the forest is fitted on both periods",
     ("replace", "fit", "forest.fit(scaler.transform(X), y)  #: source fit"))
leak("demand", "sampled", "overlap", "time", "test days are drawn by chance from between the training days",
     ("replace", "split",
         "X_test = X.sample(frac=0.2, random_state=0)  #: source\n"
         "X_train = X.drop(X_test.index)"), ("replace", "split_y", "y_train, y_test = y[X_train.index], y[X_test.index]"))
leak("demand", "depth-on-test", "test-choice", "hyper-parameter",
     "the depth is chosen by the error of the test period that is then reported",
     ("replace", "fit",
         "errors = {}\n"
         "for depth in (2, 4, 8):\n"
         "    forest.set_params(max_depth=depth).fit(A_train, y_train)\n"
         "    errors[depth] = mean_absolute_percentage_error(y_test, forest.predict(A_test))  #: also\n"
         "forest.set_params(max_depth=min(errors, key=errors.get)).fit(A_train, y_train)  #: source fit"))
calm("demand", "longer-mean",
     "a mean of past days",
     ("after", "rolling", "days['month'] = days['sold'].shift(1).rolling(28).mean()"))
calm("demand", "expanding",
     "a mean of all days so far",
     ("after", "rolling", "days['so_far'] = days['sold'].expanding().mean()"))
calm("demand", "filled-forward", "gaps are filled from the past", ("after", "load", "days = days.ffill()"))
calm("demand", "gap",
     "days between the periods are left out",
     ("replace", "split", "X_train, X_test = X.iloc[: cut - 7], X.iloc[cut:]"),
     ("replace", "split_y", "y_train, y_test = y.iloc[: cut - 7], y.iloc[cut:]"))

# sensors
leak("sensors", "across", "overlap", "windows", "windows that share samples are cut first and divided by chance",
     ("replace", "cut", "rows, labels = cutter.cut((signal - centre) / spread, fault)"),
     ("replace", "cut_test", "X_train, X_test, y_train, y_test = train_test_split(rows, labels, test_size=0.3, random_state=0)  #: source"), ("replace", "scale", "centre = 0.0"), ("replace", "scale2", "spread = 1.0"))
leak("sensors", "test-reaches-back", "overlap", "same-rows", "the test period begins within the training period",
     ("replace", "split", "train_signal, test_signal = signal[:border], signal[border // 2 :]  #: source"),
     ("replace", "split_y", "train_fault, test_fault = fault[:border], fault[border // 2 :]  #: also"))
leak("sensors", "all-centred", "preprocessing", "before-split", "the mean of both periods is subtracted",
     ("replace", "scale", "centre = signal.mean(axis=0)  #: source"))
leak("sensors", "both-spread", "preprocessing", "concatenated", "the spread of both periods",
     ("replace", "scale2", "spread = np.concatenate([train_signal, test_signal]).std(axis=0)  #: source"))
leak("sensors", "fit-on-both", "overlap", "same-rows", "the net is fitted on the test windows too",
     ("replace", "fit", "net.fit(np.concatenate([X_train, X_test]), np.concatenate([y_train, y_test]))  #: source fit"))
leak("sensors", "fault-in-signal", "target", "column", "the fault is one of the signals",
     ("replace", "X", 'signal = recording[["x", "z", "fault"]].to_numpy()  #: source'))
leak("sensors", "width-on-test", "test-choice", "hyper-parameter",
     "the width of the net is chosen on the test windows that are then reported",
     ("replace", "model",
         "tries = []\n"
         "for width in (4, 8, 16):\n"
         "    trial = MLPClassifier((width,), max_iter=100, random_state=0).fit(X_train, y_train)\n"
         "    tries.append((balanced_accuracy_score(y_test, trial.predict(X_test)), width))  #: also\n"
         "net = MLPClassifier((max(tries)[1],), max_iter=200, random_state=0)  #: source"))
leak("sensors", "windows-mixed", "overlap", "windows", "windows that share samples are cut first, mixed, and divided",
     ("replace", "scale", "centre = 0.0"), ("replace", "scale2", "spread = 1.0"),
     ("replace", "cut",
         "rows, labels = cutter.cut(signal, fault)\n"
         "mixed = np.random.default_rng(3).permutation(len(rows))  #: source"),
     ("replace", "cut_test",
         "X_train, y_train = rows[mixed[20:]], labels[mixed[20:]]  #: also\n"
         "X_test, y_test = rows[mixed[:20]], labels[mixed[:20]]  #: also"))
leak("sensors", "windows-folds", "overlap", "windows",
     "windows that share samples are cut first and cross-validated in shuffled folds",
     ("need", "from sklearn.model_selection import KFold, cross_val_score"),
     ("before", "fit",
         "rows, labels = cutter.cut(train_signal, train_fault)\n"
         "print(cross_val_score(net, rows, labels, cv=KFold(n_splits=4, shuffle=True, random_state=0)))  #: source folded"), fit="folded", score="folded")
leak("sensors", "windows-drawn", "overlap", "windows",
     "test windows are drawn from between training windows that share their samples",
     ("replace", "scale", "centre = 0.0"), ("replace", "scale2", "spread = 1.0"),
     ("replace", "cut", "rows, labels = cutter.cut(signal, fault)\nheld = np.arange(len(rows)) % 5 == 0  #: source"),
     ("replace", "cut_test", "X_train, y_train, X_test, y_test = rows[~held], labels[~held], rows[held], labels[held]  #: also"))
calm("sensors", "smaller-steps",
     "windows overlap, but within a period",
     ("after", "cut_test", "print(X_train.shape, X_test.shape)"))
calm("sensors", "whole-windows",
     "windows of the training period are thinned",
     ("after", "cut_test", "X_train, y_train = X_train[::2], y_train[::2]"))
calm("sensors", "gap",
     "samples between the periods are left out",
     ("replace", "split", "train_signal, test_signal = signal[: border - 20], signal[border:]"))

# patients
leak("patients", "rows-split", "overlap", "groups", "visits of one patient stand on both sides",
     ("replace", "splitter", "train_at, test_at = train_test_split(np.arange(len(visits)), test_size=0.3, random_state=2)  #: source"), ("replace", "split", "print(len(train_at), len(test_at))"))
leak("patients", "inner-rows", "overlap", "groups", "visits of one patient stand on both sides of the inner folds",
     ("replace", "inner",
         "inner = cross_val_score(  #: inner source\n"
         "    model, train[used], train['readmitted'], cv=KFold(n_splits=4, shuffle=True, random_state=0)\n"
         ")"), fit="inner", score="inner")
leak("patients", "patient-mean", "preprocessing", "target-encoding",
     "rates of readmission by patient over all visits become a feature",
     ("after", "load", "visits['before'] = visits.groupby('patient')['readmitted'].transform('mean')  #: source"), fit="inner", score="inner")
leak("patients", "target-kept", "target", "column", "the target is among the columns used",
     ("word", "X", '"before"]', '"before", "readmitted"]'), ("mark", "X", "source"), fit="inner", score="inner")
leak("patients", "fit-on-all", "overlap", "same-rows", "the model is fitted on all visits, then scored on a part of them",
     ("replace", "fit", "model.fit(visits[used], visits['readmitted'])  #: source fit"))
leak("patients", "shared-visits", "overlap", "same-rows", "the training rows hold all visits",
     ("replace", "outer", "return visits, visits.iloc[test_at]  #: source"))
leak("patients", "trees-on-test", "test-choice", "hyper-parameter",
     "the depth is chosen on the test patients who are then reported",
     ("replace", "fit",
         "areas = {}\n"
         "for depth in (2, 4, 8):\n"
         "    trial = make_pipeline(RobustScaler(), ExtraTreesClassifier(max_depth=depth, random_state=0)).fit(train[used], train['readmitted'])\n"
         "    areas[depth] = roc_auc_score(test['readmitted'], trial.predict_proba(test[used])[:, 1])  #: also\n"
         "model.set_params(extratreesclassifier__max_depth=max(areas, key=areas.get))  #: source\n"
         "model.fit(train[used], train['readmitted'])  #: fit"))
leak("patients", "stratified-rows", "overlap", "groups", "visits are divided by their outcome, not by patient",
     ("replace", "splitter", "train, test = train_test_split(visits, test_size=0.3, stratify=visits['readmitted'], random_state=2)  #: source"),
     ("replace", "split", "print(len(train), len(test))"), ("replace", "outer", "return train, test"))
leak("patients", "sampled-rows", "overlap", "groups", "visits are drawn by chance, those of one patient to both sides",
     ("replace", "splitter", "train = visits.sample(frac=0.7, random_state=2)  #: source"),
     ("replace", "split", "test = visits.drop(train.index)  #: also"), ("replace", "outer", "return train, test"))
calm("patients", "more-groups", "another number of groups held out", ("word", "splitter", "test_size=0.3", "test_size=0.2"))
calm("patients", "own-history", "the row's own values", ("after", "load", "visits['stay'] = visits['stay'] + visits['before']"))
calm("patients", "counts",
     "visits a patient are counted, printed only",
     ("after", "load", "print(visits.groupby('patient').size().describe())"))

# experiment
leak("experiment", "fit-on-both", "overlap", "same-rows", "the machine is fitted on the test rows too",
     ("replace", "fit",
         "rows, marks = np.vstack([self.train, self.test]), np.concatenate([self.train_y, self.test_y])  #: source\n"
         "self.model.fit(self.scaler.transform(rows), marks)  #: fit"))
leak("experiment", "scaled-both", "preprocessing", "concatenated", "mean and spread of training and test rows together",
     ("replace", "scale", "self.scaler = StandardScaler().fit(np.vstack([self.train, self.test]))  #: source"))
leak("experiment", "scaled-all", "preprocessing", "before-split", "mean and spread of all rows, kept by the object",
     ("replace", "scale", "self.scaler = StandardScaler().fit(X)  #: source"))
leak("experiment", "cost-on-test", "test-choice", "hyper-parameter",
     "the cost is chosen on the test rows that are then reported",
     ("replace", "model",
         "near, far = self.scaler.transform(self.train), self.scaler.transform(self.test)\n"
         "self.cost = max((0.1, 1.0, 10.0), key=lambda C: SVC(C=C).fit(near, self.train_y).score(far, self.test_y))  #: source\n"
         "self.model = SVC(C=self.cost)"))
leak("experiment", "search-on-all", "overlap", "same-rows",
     "the search is given training and test rows, and its best is scored on a part of them",
     ("replace", "fit",
         "search = GridSearchCV(self.model, {'C': [0.1, 1]}, cv=3)\n"
         "search.fit(self.scaler.transform(np.vstack([self.train, self.test])), np.concatenate([self.train_y, self.test_y]))  #: source fit\n"
         "self.model = search.best_estimator_"),
     ("need", "from sklearn.model_selection import GridSearchCV"))
leak("experiment", "copies", "overlap", "augmented", "noisy copies of all rows are made before the split",
     ("after", "load", "X = np.vstack([X, X + 0.001])  #: source\ny = np.concatenate([y, y])"))
leak("experiment", "target-in", "target", "column", "the target becomes a feature",
     ("after", "load", "X = np.column_stack([X, y])  #: source"))
calm("experiment", "other-share", "another share", ("after", "end", "print(Experiment(share=0.5).prepare().fit().judge())"))
calm("experiment", "more-data", "more rows are made", ("word", "load", "n_samples=400", "n_samples=600"))
calm("experiment", "searched",
     "a search on the training rows, the scaler in its pipeline",
     ("need", "from sklearn.model_selection import GridSearchCV"), ("need", "from sklearn.pipeline import make_pipeline"),
     ("before", "model",
    "inner = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {'svc__C': [0.1, 1]}, cv=3).fit(self.train, self.train_y)\n"
    "print(inner.best_params_)"))

# wine
leak("wine", "scaled-first", "preprocessing", "before-cv", "mean and spread of all rows before the folds",
     ("before", "folds", "Z = StandardScaler().fit_transform(X)  #: source"), ("replace", "scale", "A = Z[train]"),
     ("replace", "scale_test", "B = Z[test]"))
leak("wine", "selected-first", "preprocessing", "selection", "columns chosen by the target of all rows before the folds",
     ("before", "folds", "X = SelectKBest(f_classif, k=8).fit_transform(X, y)  #: source"))
leak("wine", "scaled-both", "preprocessing", "concatenated",
     "within the fold, the scaler is fitted on training and test rows together",
     ("replace", "scale", "scaler.fit(np.vstack([X[train], X[test]]))  #: source\nA = scaler.transform(X[train])"))
leak("wine", "selected-both", "preprocessing", "selection", "within the fold, the columns are chosen by all targets",
     ("replace", "select", "selector.fit(scaler.transform(X), y)  #: source\nA = selector.transform(A)"))
leak("wine", "fit-on-all", "overlap", "same-rows", "in each fold the model is fitted on all rows",
     ("replace", "fit", "model.fit(selector.transform(scaler.transform(X)), y)  #: source fit"))
leak("wine", "doubled", "overlap", "augmented", "all rows are doubled before the folds",
     ("before", "folds", "X = np.vstack([X, X * 1.001])  #: source\ny = np.concatenate([y, y])"))
leak("wine", "neighbours-on-test", "test-choice", "hyper-parameter",
     "in each fold the number of neighbours is chosen on the rows that are then scored",
     ("replace", "model",
         "tries = {k: KNeighborsClassifier(k).fit(A, y[train]).score(B, y[test]) for k in (1, 5, 9)}  #: also\n"
         "model = KNeighborsClassifier(n_neighbors=max(tries, key=tries.get))  #: source"))
leak("wine", "target-in", "target", "column", "the target becomes a feature",
     ("before", "folds", "X = np.column_stack([X, y])  #: source"))
calm("wine", "more-folds", "another number of folds", ("word", "folds", "n_splits=5", "n_splits=10"))
calm("wine", "printed-means", "means of all rows, printed only", ("after", "load", "print(pd.DataFrame(X).describe())"))
calm("wine", "fewer-columns",
     "another number of columns, chosen within the fold",
     ("word", "model", "n_neighbors=5", "n_neighbors=7"))

# ads
leak("ads", "rates-of-all", "preprocessing", "target-encoding", "rates of clicks of all rows stand for the site",
     ("replace", "scale", "by_site = rates(shown, 'site', 'clicked')  #: source"))
leak("ads", "rates-before", "preprocessing", "target-encoding", "the sites are replaced before the split",
     ("before", "split", "shown['site_rate'] = shown.groupby('site')['clicked'].transform('mean')  #: source"),
     ("replace", "columns", "wanted = ['site_rate', 'hour', 'width', 'position']"))
leak("ads", "rates-together", "preprocessing", "target-encoding", "rates of training and test rows together",
     ("replace", "scale", "by_site = pd.concat([train, test]).groupby('site')['clicked'].mean()  #: source"))
leak("ads", "test-mean", "preprocessing", "concatenated", "the gaps of both parts are filled with the mean of both",
     ("after", "columns",
         "train['width'] = train['width'].fillna(pd.concat([train, test])['width'].mean())  #: source\n"
         "test['width'] = test['width'].fillna(train['width'].mean())"))
leak("ads", "target-kept", "target", "column", "the target is among the columns used",
     ("replace", "columns", "wanted = ['site', 'hour', 'width', 'position', 'clicked']  #: source"))
leak("ads", "target-derived", "target", "derived", "what a click pays is known only after it",
     ("after", "clean", "shown['paid'] = 0.1 * shown['clicked']  #: source"),
     ("replace", "columns", "wanted = ['site', 'hour', 'width', 'paid']"))
leak("ads", "scaled-width", "preprocessing", "before-split", "widths are scaled by mean and spread of all rows",
     ("before", "split", "shown['width'] = (shown['width'] - shown['width'].mean()) / shown['width'].std()  #: source"))
leak("ads", "fit-on-test", "overlap", "same-rows", "the trees are fitted on the test rows too",
     ("replace", "fit", "trees.fit(pd.concat([train, test])[wanted], pd.concat([train, test])['clicked'])  #: source fit"))
leak("ads", "rounds-on-test", "test-choice", "hyper-parameter",
     "the number of rounds is chosen on the test rows that are then reported",
     ("replace", "model",
         "losses = {}\n"
         "for rounds in (10, 50, 100):\n"
         "    trial = HistGradientBoostingClassifier(max_iter=rounds, random_state=0).fit(train[wanted], train['clicked'])\n"
         "    losses[rounds] = log_loss(test['clicked'], trial.predict_proba(test[wanted]))  #: also\n"
         "trees = HistGradientBoostingClassifier(max_iter=min(losses, key=losses.get), random_state=0)  #: source"))
leak("ads", "clicks-copied", "overlap", "oversampled", "clicks are drawn again before the split",
     ("before", "split",
         "clicks = shown[shown['clicked'] == 1]\n"
         "shown = pd.concat([shown, clicks.sample(len(clicks), replace=True, random_state=0)])  #: source"))
calm("ads", "smoothed",
     "rates of the training rows, drawn to their mean",
     ("after", "scale", "by_site = 0.9 * by_site + 0.1 * train['clicked'].mean()"))
calm("ads", "counted",
     "sites are counted, printed only",
     ("after", "clean", "print(shown['site'].value_counts(), shown.groupby('site')['clicked'].mean())"))
calm("ads", "halves",
     "a fixed function of the row",
     ("after", "clean", "shown['afternoon'] = (shown['hour'] > 12).astype(int)"))
calm("ads", "train-score",
     "a training score beside the test score",
     ("after", "end", "print('on training rows', roc_auc_score(train['clicked'], trees.predict_proba(train[wanted])[:, 1]))"))

# tenants
leak("tenants", "prepared-first", "preprocessing", "before-split",
     "the preparation is fitted on all flats, the model is fed its output",
     ("before", "split",
         "table = pd.DataFrame(SimpleImputer().fit_transform(flats[amounts]), columns=amounts, index=flats.index)  #: source\n"
         "flats = flats.assign(**table)  #: also"), fit="cv", score="cv")
leak("tenants", "rent-in", "target", "column", "the rent is among the amounts",
     ("word", "columns", "kinds = [\"quarter\", \"heating\"]", "kinds = [\"quarter\", \"heating\", \"rent\"]"),
     ("mark", "columns", "source"), fit="cv", score="cv")
leak("tenants", "per-area", "target", "derived", "the rent over the area is computed from the target",
     ("after", "load", "flats['floor'] = flats['rent'] / flats['area']  #: source"), fit="cv", score="cv")
leak("tenants", "quarter-rents", "preprocessing", "target-encoding", "mean rents of all flats stand for the quarter",
     ("after", "load", "flats['floor'] = flats.groupby('quarter')['rent'].transform('mean')  #: source"), fit="cv", score="cv")
leak("tenants", "fit-on-all", "overlap", "same-rows", "the pipeline is fitted on all flats, then scored on a part of them",
     ("replace", "fit", "model.fit(flats[amounts + kinds], flats['rent'])  #: source fit"))
leak("tenants", "best-model", "test-choice", "model", "the better of two models on the test flats is kept and reported",
     ("replace", "fit",
         "rivals = [model, Pipeline([('prepare', prepare), ('line', LinearRegression())])]\n"
         "model = max(rivals, key=lambda rival: rival.fit(seen[amounts + kinds], seen['rent']).score(held[amounts + kinds], held['rent']))  #: source fit"))
leak("tenants", "sampled-twice", "overlap", "same-rows",
     "the test flats are drawn from all flats again, after the training flats",
     ("replace", "split",
         "seen = flats.sample(frac=0.8, random_state=8)\n"
         "held = flats.sample(frac=0.2, random_state=9)  #: source"))
calm("tenants", "two-models", "two models are compared on the test flats, neither is chosen", ("after", "score",
    "line = Pipeline([('prepare', prepare), ('line', LinearRegression())]).fit(seen[amounts + kinds], seen['rent'])\n"
    "print('line', r2_score(held['rent'], line.predict(held[amounts + kinds])))"))
calm("tenants", "rounded", "each row by itself", ("after", "load", "flats['area'] = flats['area'].round(1)"))
calm("tenants", "rents-drawn",
     "mean rents of all flats, printed only",
     ("after", "load", "print(flats.groupby('quarter')['rent'].mean())"))


def every():
    for template in NAMES:
        yield {"template": template, "name": "clean", "operations": (), "why": "the template itself"}
    for template, name, why, operations in CALM:
        yield {"template": template, "name": "calm-" + name, "operations": operations, "why": why}
    for template, name, kind, how, why, operations, fit, score, other in LEAKS:
        yield {
            "template": template, "name": "leak-" + name, "kind": kind, "how": how, "why": why, "operations": operations,
            "fit": fit, "score": score, "other": other,
        }
