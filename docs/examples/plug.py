#!/usr/bin/env python3
"""Give a network device to a container while a command runs in it.

usage: plug.py NAME DEVICE COMMAND [ARGUMENT...]
"""
import json
import subprocess
import sys


def launch(*words):
    done = subprocess.run(("launch",) + words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return done.stdout


name, device, command = sys.argv[1], sys.argv[2], sys.argv[3:]
launch("device", "add", "--up", name, device)
try:
    plugged = json.loads(launch("device", "list", "--json", name))
    inside = next(d["name"] for d in plugged if d["device"] == device)
    print(f"{device} is {inside} in {name}", flush=True)
    status = subprocess.call(["launch", "exec", name] + command)
finally:
    launch("device", "del", name, inside)
sys.exit(status)
