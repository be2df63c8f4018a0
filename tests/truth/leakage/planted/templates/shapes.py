"""Shapes in small pictures, with PyTorch: the best epoch is chosen on rows kept apart from the test."""
import copy

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset  #: imports


class Shapes(Dataset):
    def __init__(self, pictures, kinds):
        self.pictures = torch.as_tensor(pictures, dtype=torch.float32)
        self.kinds = torch.as_tensor(kinds, dtype=torch.long)

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, index):
        return self.pictures[index], self.kinds[index]


def accuracy(net, loader):
    net.eval()
    hits, seen = 0, 0
    with torch.no_grad():
        for pictures, kinds in loader:
            hits += (net(pictures).argmax(dim=1) == kinds).sum().item()
            seen += len(kinds)
    return hits / seen


torch.manual_seed(1)
stored = np.load("shapes.npz")  #: load
pictures, kinds = stored["pictures"] / 255.0, stored["kinds"]  #: X
order = np.random.default_rng(1).permutation(len(kinds))  #: order
train_rows, val_rows, test_rows = np.split(order, [int(0.6 * len(order)), int(0.8 * len(order))])  #: split
data = Shapes(pictures, kinds)  #: data
train_loader = DataLoader(Subset(data, train_rows), batch_size=32, shuffle=True)  #: train_loader
val_loader = DataLoader(Subset(data, val_rows), batch_size=64)  #: val_loader
test_loader = DataLoader(Subset(data, test_rows), batch_size=64)  #: test_loader

net = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 3))  #: model
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
loss_of = nn.CrossEntropyLoss()
best, kept = 0.0, None  #: best
for epoch in range(20):
    net.train()
    for batch, wanted in train_loader:
        optimizer.zero_grad()
        loss = loss_of(net(batch), wanted)
        loss.backward()  #: fit
        optimizer.step()
    reached = accuracy(net, val_loader)  #: reached
    if reached > best:  #: choose
        best, kept = reached, copy.deepcopy(net.state_dict())
net.load_state_dict(kept)
print("test accuracy", accuracy(net, test_loader))  #: score
print("epochs", epoch + 1)  #: end
