"""One experiment as an object: prepare, fit, judge."""
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC  #: imports


@dataclass
class Experiment:
    seed: int = 4
    share: float = 0.3
    cost: float = 1.0

    def prepare(self):
        X, y = make_classification(n_samples=400, n_features=12, random_state=self.seed)  #: load
        self.train, self.test, self.train_y, self.test_y = train_test_split(  #: split
            X, y, test_size=self.share, random_state=self.seed
        )
        self.scaler = StandardScaler().fit(self.train)  #: scale
        return self

    def fit(self):
        self.model = SVC(C=self.cost)  #: model
        self.model.fit(self.scaler.transform(self.train), self.train_y)  #: fit
        return self

    def judge(self):
        said = self.model.predict(self.scaler.transform(self.test))  #: predict
        return accuracy_score(self.test_y, said)  #: score


result = Experiment().prepare().fit().judge()
print("accuracy", np.round(result, 3))  #: end
