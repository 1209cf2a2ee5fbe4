"""Replaces a needle in standard input by bytes.replace: replace.py NEEDLE REPLACEMENT <in >out."""

import os
import sys

needle, replacement = map(os.fsencode, sys.argv[1:])
with open(0, "rb", buffering=0) as source, open(1, "wb", buffering=0) as target:
    output = memoryview(source.read().replace(needle, replacement))
    while output:
        output = output[target.write(output) :]
