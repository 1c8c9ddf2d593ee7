#!/bin/sh
# Gives this process a /dev of its own with an emulated i2c-1, and runs the client on it.
#   unshare --mount sh private_dev.sh FOLDER PYTHON
set -eu
folder=$1 python=$2
here=$(dirname "$0")
mount --make-rprivate /
mkdir "$folder/dev"
mount -t tmpfs none "$folder/dev"
for name in null zero full random urandom fuse; do
  : > "$folder/dev/$name"
  mount --bind "/dev/$name" "$folder/dev/$name"
done
mkdir "$folder/dev/emulated"
ln -s emulated/i2c-1 "$folder/dev/i2c-1"
mount --rbind "$folder/dev" /dev
"$python" -P "$here/i2c_device_file.py" /dev/emulated "$folder/world.yaml" &
server=$!
trap 'kill "$server"; wait "$server" || true' EXIT
until [ -e /dev/emulated/i2c-1 ]; do
  kill -0 "$server"
  sleep 0.05
done
"$python" -P "$here/i2c_client.py" "$folder/world.yaml"
