// What values are, read off remarks in programs: `#: DataFrame` behind a statement says what it
// assigns, or what its expression is.
#include "remedies/code/meaning/meaning.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace solvent::remedies::code {
namespace {

namespace python = syntax::python;

/// The last statement that begins on a line.
NodeId statement_at(const python::Tree& tree, NodeId parent, std::uint32_t line) {
  NodeId found = 0;
  for (NodeId id = tree[parent].first; id != 0; id = tree[id].next) {
    const bool statement =
        tree[id].kind >= python::Kind::kFunctionDef && tree[id].kind <= python::Kind::kInvalid;
    if (statement && tree.place(tree[id].begin).line == line) found = id;
    if (const NodeId inner = statement_at(tree, id, line)) found = inner;
  }
  return found;
}

NodeId told_of(const python::Tree& tree, NodeId statement) {
  switch (tree[statement].kind) {
    case python::Kind::kAssign: return tree.child(statement, python::Field::kTargets);
    case python::Kind::kAnnAssign:
    case python::Kind::kAugAssign:
    case python::Kind::kFor: return tree.child(statement, python::Field::kTarget);
    default: return tree.child(statement, python::Field::kValue);
  }
}

/// Each remark against what is found there.
void expect_kinds(std::string_view code) {
  python::Tree tree;
  python::parse(code, tree);
  ASSERT_TRUE(tree.errors().empty()) << tree.errors()[0].message;
  Vocabulary vocabulary = known_libraries().vocabulary();
  Meaning meaning(known_libraries(), vocabulary);
  meaning.read(tree);
  int told = 0;
  for (const auto& comment : tree.comments()) {
    const std::string_view text = tree.text().substr(comment.begin, comment.end - comment.begin);
    if (!text.starts_with("#: ")) continue;
    ++told;
    const std::uint32_t line = tree.place(comment.begin).line;
    const NodeId statement = statement_at(tree, tree.root(), line);
    ASSERT_NE(statement, 0u) << "line " << line;
    const Value& value = meaning.value(told_of(tree, statement));
    EXPECT_EQ(to_text(value.kinds), trim(text.substr(3)))
        << "line " << line << ": " << tree.span(statement);
  }
  EXPECT_GT(told, 0);
}

TEST(Meaning, FollowsImportsHoweverTheyAreWritten) {
  expect_kinds(R"(
import pandas as pd
import numpy
import sklearn.preprocessing
from pandas import read_csv as load, DataFrame
from sklearn.linear_model import LogisticRegression
import torch.nn as nn
from tensorflow.keras.models import Sequential
a = pd.read_csv("x")  #: DataFrame
b = load("x")  #: DataFrame
c = DataFrame({})  #: DataFrame
d = numpy.zeros(3)  #: ndarray
e = sklearn.preprocessing.StandardScaler()  #: Transformer
f = LogisticRegression(C=1)  #: Classifier
g = nn.Linear(1, 2)  #: Module
h = Sequential()  #: KerasModel
i = mystery.read_csv("x")  #: unknown
j = read_csv("x")  #: unknown
)");
}

TEST(Meaning, FollowsMethodsAttributesAndElements) {
  expect_kinds(R"(
import pandas as pd
from sklearn.model_selection import train_test_split
df = pd.read_csv("x")
a = df.dropna().reset_index()  #: DataFrame
b = df["income"]  #: Series
c = df[["income", "age"]]  #: DataFrame
d = df[df.income > 0]  #: DataFrame
e = df.income  #: Series
f = df.income > 0  #: Series
g = df.loc[df.age > 3, "income"]  #: Series
h = df.iloc[:, 1:]  #: DataFrame
i = df.drop("x", inplace=True)  #: None
j = df.values  #: ndarray
k = df.shape[0]  #: int
X_train, X_test, y_train, y_test = train_test_split(df, df["y"])
l = X_train  #: DataFrame
m = y_test  #: Series
n = df.no_such_method()  #: unknown
n2 = df is None  #: bool
n3 = "a" not in df  #: bool
n4 = df == 3  #: DataFrame
o = df["income"].str.lower()  #: Series
p = len(df)  #: int
for index, row in df.iterrows():
    q = row  #: Series
parts = [pd.read_csv(f) for f in files]
r = pd.concat(parts)  #: DataFrame
)");
}

TEST(Meaning, JoinsBranchesAndLoops) {
  expect_kinds(R"(
import pandas as pd
import torch
if flag:
    x = pd.read_csv("x")
else:
    x = pd.DataFrame()
a = x  #: DataFrame
if flag:
    y = pd.read_csv("x")
else:
    y = 3
b = y  #: DataFrame | int
if flag:
    z = pd.read_csv("x")
else:
    raise SystemExit
c = z  #: DataFrame
total = 0
for step in range(3):
    before = total  #: Tensor | int
    total = total + torch.ones(3)
d = total  #: Tensor | int
w = pd.read_csv("x")
while True:
    if w is None:
        break
    w = None
e = w  #: DataFrame | None
try:
    v = pd.read_csv("x")
except OSError:
    v = None
f = v  #: DataFrame | None
try:
    u = pd.read_csv("x")
except OSError:
    raise
g = u  #: DataFrame
)");
}

TEST(Meaning, ReadsFunctionsWithWhatTheyAreGiven) {
  expect_kinds(R"(
import pandas as pd
import numpy as np
def load(path):
    return pd.read_csv(path)
def clean(df):
    df = df.dropna()
    return df  #: DataFrame
def annotated(df: pd.DataFrame, n: int = 3):
    return df.income  #: Series
def both(x):
    return x  #: DataFrame | ndarray
def nobody_calls(x):
    return x  #: unknown
def starred(x):
    return x  #: unknown
a = load("x")  #: DataFrame
b = clean(a)  #: DataFrame
both(a)
both(np.zeros(3))
starred(*a)
)");
}

TEST(Meaning, ReadsClasses) {
  expect_kinds(R"(
import torch
from torch import nn
from sklearn.base import BaseEstimator, TransformerMixin
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(1, 2)
        self.rate: float = 0.1
    def forward(self, x):
        layer = self.layer  #: Module
        rate = self.rate  #: float
        return x
class Scaler(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        return self  #: Transformer
a = Net()  #: Module
b = a.layer  #: Module
c = a.train()  #: Module
d = Scaler()  #: Transformer
e = a.unheard_of  #: unknown
class Plain:
    pass
f = Plain()  #: object
)");
}

TEST(Meaning, NeverMistakesALocalForALibrary) {
  expect_kinds(R"(
class pandas:
    @staticmethod
    def read_csv(path):
        return 3
a = pandas.read_csv("x")  #: int
def open(path):
    return "text"
b = open("x")  #: str
def f(np):
    return np.zeros(3)  #: unknown
import numpy as np
np = mystery()
c = np.zeros(3)  #: unknown
)");
}

TEST(Meaning, TakesAnythingThatParses) {
  Vocabulary vocabulary = known_libraries().vocabulary();
  Meaning meaning(known_libraries(), vocabulary);
  for (const char* code :
       {"", "x = x", "def f(): return f()", "class A(A): pass", "a, *b, (c, d) = x", "break",
        "match x:\n  case [a, *b]: pass\n  case {'k': v, **r}: pass\n  case A(x=1) as z: pass",
        "lambda: (yield)", "[[x for y in x] for x in x]", "global x\nx = 1", "del x, y[0]",
        "async def f():\n  async for x in y: await x", "f(*a, **b)(c)(d)", "x: int",
        "x[1:2, ::3]"}) {
    python::Tree tree;
    python::parse(code, tree);
    meaning.read(tree);
    EXPECT_GT(tree.size(), 0u);
  }
  std::string deep;
  for (int i = 0; i < 3'000; ++i) deep += "(";
  python::Tree tree;
  python::parse(deep + "x" + replace_all(deep, "(", ")"), tree);
  meaning.read(tree);
  deep.clear();
  for (int i = 0; i < 900; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "if x:\n";
  python::parse(deep + std::string(900, ' ') + "y = 1\n", tree);
  meaning.read(tree);
}

}  // namespace
}  // namespace solvent::remedies::code
