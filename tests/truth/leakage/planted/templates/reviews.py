# %% [markdown]
# # Reviews
# Does a customer like the product?
# %%
import re
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.svm import LinearSVC  #: imports
# %%
reviews = pd.read_csv("reviews.csv")
reviews["text"] = reviews["text"].str.lower()  #: lower
reviews["label"] = (reviews["stars"] > 3).astype(int)  #: label
# %%
train, test = train_test_split(reviews, test_size=0.25, random_state=42)  #: split
print(len(train), len(test))
# %%
words = TfidfVectorizer(min_df=2, ngram_range=(1, 2))  #: words
train_matrix = words.fit_transform(train["text"])  #: scale
test_matrix = words.transform(test["text"])  #: scale_test
# %%
machine = LinearSVC(C=1.0)  #: model
machine.fit(train_matrix, train["label"])  #: fit
# %%
said = machine.predict(test_matrix)  #: predict
print("accuracy", accuracy_score(test["label"], said))  #: score
print(confusion_matrix(test["label"], said))  #: end
