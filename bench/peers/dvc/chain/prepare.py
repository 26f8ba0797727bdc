"""Write the chain as DVC's stages; DVC starts a process for each of them."""

import os
import subprocess

STAGE = """\
  add_{i}:
    cmd: python add_one.py kept/x{i} kept/x{after}
    deps: [add_one.py, kept/x{i}]
    outs: [kept/x{after}]
"""

for arguments in (
    ["init", "--no-scm", "--quiet"],
    ["config", "core.analytics", "false"],
    ["config", "core.check_update", "false"],
):
    subprocess.run(["dvc", *arguments], check=True)
os.mkdir("kept")
with open("dvc.yaml", "w") as file:
    file.write("stages:\n  start:\n    cmd: echo 0 > kept/x0\n    outs: [kept/x0]\n")
    for i in range(int(os.environ["CHAIN"])):
        file.write(STAGE.format(i=i, after=i + 1))
