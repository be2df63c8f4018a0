"""Benign or malignant: a random forest on the Wisconsin measurements."""
from sklearn import datasets, ensemble, metrics
from sklearn import model_selection as ms
from sklearn import preprocessing as pp  #: imports

SEED = 11


def load():
    bunch = datasets.load_breast_cancer(as_frame=True)
    return bunch.data, bunch.target  #: load


def divide(features, target):
    return ms.train_test_split(features, target, test_size=0.3, random_state=SEED)  #: divide


def train(features, target):
    forest = ensemble.RandomForestClassifier(n_estimators=60, random_state=SEED)  #: model
    return forest.fit(features, target)  #: fit


def report(forest, features, target):
    guesses = forest.predict(features)
    print(metrics.classification_report(target, guesses))  #: score
    return metrics.f1_score(target, guesses)


def main():
    data, labels = load()
    train_x, test_x, train_y, test_y = divide(data, labels)  #: split
    forest = train(train_x, train_y)  #: train
    result = report(forest, test_x, test_y)  #: report
    print("F1", result)  #: end


if __name__ == "__main__":
    main()
