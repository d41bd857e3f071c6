#!/bin/sh
# Give a network device to a container while a command runs in it.
# usage: plug.sh NAME DEVICE COMMAND [ARGUMENT...]
set -eu
name=$1 device=$2
shift 2
launch device add --up "$name" "$device"
trap 'launch device del "$name" "$device"' EXIT
launch device list "$name"
launch exec "$name" "$@"
