"""Faults from vibration: windows are cut within the training and the test period, never across."""
import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier  #: imports


class Windows:
    def __init__(self, size, step):
        self.size = size
        self.step = step

    def cut(self, signal, fault):
        rows, labels = [], []
        for start in range(0, len(signal) - self.size, self.step):
            rows.append(signal[start : start + self.size].ravel())
            labels.append(fault[start + self.size - 1])
        return np.array(rows), np.array(labels)


recording = pd.read_csv("vibration.csv")  #: load
signal = recording[["x", "z"]].to_numpy()  #: X
fault = recording["fault"].to_numpy()
border = int(0.7 * len(signal))
train_signal, test_signal = signal[:border], signal[border:]  #: split
train_fault, test_fault = fault[:border], fault[border:]  #: split_y
centre = train_signal.mean(axis=0)  #: scale
spread = train_signal.std(axis=0)  #: scale2
cutter = Windows(size=20, step=5)
X_train, y_train = cutter.cut((train_signal - centre) / spread, train_fault)  #: cut
X_test, y_test = cutter.cut((test_signal - centre) / spread, test_fault)  #: cut_test
net = MLPClassifier(hidden_layer_sizes=(16,), max_iter=200, random_state=0)  #: model
net.fit(X_train, y_train)  #: fit
print("balanced accuracy", balanced_accuracy_score(y_test, net.predict(X_test)))  #: score
print("windows", len(X_train), len(X_test))  #: end
