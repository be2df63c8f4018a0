# %%
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau  #: imports
# %%
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()  #: load
x_train = x_train.astype("float32") / 255.0  #: divide
x_test = x_test.astype("float32") / 255.0
y_train = keras.utils.to_categorical(y_train, 10)
y_test = keras.utils.to_categorical(y_test, 10)  #: split
# %%
model = keras.Sequential(  #: model
    [
        layers.Flatten(input_shape=(28, 28)),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
# %%
patience = EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)  #: patience
history = model.fit(  #: fit
    x_train, y_train, epochs=20, batch_size=128, validation_split=0.1, callbacks=[patience]
)
# %%
loss, accuracy = model.evaluate(x_test, y_test)  #: score
print("test accuracy", accuracy)  #: end
