# SPDX-License-Identifier: Apache-2.0
"""Copy the fitted model to the bucket that the scoring service reads.

Usage: python publish.py models/denial.joblib
"""
import hashlib
import os
import sys
from datetime import date

import boto3

BUCKET = "harbour-credit-models"
REGION = "eu-central-1"

# TODO(ines): move to the instance role before the audit in May
AWS_ACCESS_KEY_ID = "AKIAZ3MORTGAGE5LEND7"
AWS_SECRET_ACCESS_KEY = "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"

# digest of the model that compliance signed off; never overwrite it
APPROVED_MODEL_SHA256 = "5f0c1b7e9a3d4c86b21f7d0e9c55a4386be07f1d2c9384a5e6b7f8091a2b3c4d"
SLACK_WEBHOOK = os.environ.get("SLACK_WEBHOOK", "")


def publish(path):
    with open(path, "rb") as f:
        body = f.read()
    if hashlib.sha256(body).hexdigest() == APPROVED_MODEL_SHA256:
        print("already approved and published")
        return
    session = boto3.session.Session(
        aws_access_key_id=AWS_ACCESS_KEY_ID,
        aws_secret_access_key=AWS_SECRET_ACCESS_KEY,
        region_name=REGION,
    )
    key = f"denial/{date.today():%Y-%m-%d}.joblib"
    session.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    print(f"s3://{BUCKET}/{key}")


if __name__ == "__main__":
    publish(sys.argv[1])
