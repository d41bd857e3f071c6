"""Compare the keys of what commands wrote as JSON with what launch(1) says of it.

usage: jsonkeys.py PAGE FILE SECTION...

The sections of the page, each by what follows its .It, have all of the keys, and
the file of JSON, an object a line or one for all, has each of theirs.  "-WORD": a
word of theirs that is no key.
"""
import json
import re
import sys

LOOSE = {"options"}  # its keys are others' words


def documented(page, section):
    """The words of .Cm behind "JSON", to the end of the sentence."""
    text = re.search(r"^\.It " + re.escape(section) + r"\b(.*?)^\.(It|El)", page, re.M | re.S)[1]
    keys, seen = set(), False
    for line in text.splitlines():
        seen |= "JSON" in line
        if seen and line.startswith(".Cm "):
            keys |= {w for w in line[4:].split() if w not in ",.:;"}
        elif seen and re.fullmatch(r"[a-z]+_[a-z_]+", line):  # a .Cm that goes on
            keys.add(line)
        if seen and keys and line.endswith("."):
            break
    return keys


def printed(value, keys):
    if isinstance(value, list):
        for item in value:
            printed(item, keys)
    elif isinstance(value, dict):
        for key, item in value.items():
            keys.add(key)
            if key not in LOOSE:
                printed(item, keys)


page, text = (open(name, encoding="utf-8").read() for name in sys.argv[1:3])
want, have = set(), set()
for word in sys.argv[3:]:
    want = want - {word[1:]} if word.startswith("-") else want | documented(page, word)
try:
    printed(json.loads(text), have)
except json.JSONDecodeError:
    for line in text.splitlines():
        printed(json.loads(line), have)
for key in sorted(want ^ have):
    print(sys.argv[3:], key, "is not written" if key in want else "is not documented")
sys.exit(want != have)
