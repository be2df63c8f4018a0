# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pandas as pd
import pytest

import publish
import train

FIXTURE = Path(__file__).parent / "fixtures" / "applications.csv"


def test_prepare_clips_ratios_and_leaves_no_gaps():
    df = train.prepare(pd.read_csv(FIXTURE), "deny")
    assert df["dir"].max() == 1.2
    assert df["high_lvr"].tolist() == [0, 1, 0]
    assert not df.isna().any().any()


def test_unknown_model_is_refused():
    with pytest.raises(ValueError):
        train.build("forest", 1)


def test_publish_uploads_once(monkeypatch, tmp_path):
    sent = []

    class FakeSession:
        def __init__(self, **kwargs):
            assert kwargs["region_name"] == "eu-central-1"

        def client(self, name):
            return self

        def put_object(self, **kwargs):
            sent.append(kwargs["Bucket"])

    monkeypatch.setattr(publish.boto3.session, "Session", FakeSession)
    monkeypatch.setattr(publish, "AWS_SECRET_ACCESS_KEY", "not-a-secret")
    model = tmp_path / "m.joblib"
    model.write_bytes(b"model")
    publish.publish(model)
    assert sent == ["harbour-credit-models"]
