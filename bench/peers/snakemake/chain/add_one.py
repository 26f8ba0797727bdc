"""Add one to the number in a file, into another file."""

import sys

source, target = sys.argv[1:]
with open(source) as file:
    value = int(file.read()) + 1
with open(target, "w") as file:
    file.write(str(value))
