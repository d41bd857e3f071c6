#!/usr/bin/env python3
"""Give a network device to a container while a command runs in it.

usage: plug.py NAME DEVICE COMMAND [ARGUMENT...]"""
from json import loads
from subprocess import PIPE, call, run
from sys import argv, exit

def launch(*words):
    return run(("launch",) + words, check=True, stdout=PIPE).stdout

name, device, *command = argv[1:]
launch("device", "add", "--up", name, device)
try:
    plugged = loads(launch("device", "list", "--json", name))
    inside = next(d["name"] for d in plugged if d["device"] == device)
    print(f"{device} is {inside} in {name}", flush=True)
    status = call(["launch", "exec", name, *command])
finally:
    launch("device", "del", name, inside)
exit(status)
