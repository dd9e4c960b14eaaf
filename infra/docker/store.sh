#!/bin/sh
# Starts the S3 server of docker-compose.yml: its root keys and its users come from secrets, its data is in /data.
set -eu
value() { sed -n "s/^$1 *= *//p" /run/secrets/s3-root; }
ROOT_ACCESS_KEY=$(value aws_access_key_id)
ROOT_SECRET_KEY=$(value aws_secret_access_key)
export ROOT_ACCESS_KEY ROOT_SECRET_KEY
mkdir -p /tmp/users /data/photos /data/results
cp /run/secrets/s3-users /tmp/users/users.json
exec versitygw --port :7070 --region us-east-1 --health /health --iam-dir /tmp/users --keep-alive --quiet \
  posix /data
