"""The README's tour, command by command, in a shell: what it prints is what the README says."""

import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import BINARY, CLEAN

README = Path(__file__).parents[2] / "README.md"
MARK = "-- next command --"


def steps():
    text = README.read_text()
    tour = text.split("<!-- tour -->")[1].split("<!-- end of tour -->")[0]
    found = []
    for block in re.findall(r"```\n(.*?)```", tour, re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def test_the_tour(server):
    assert len(steps()) >= 12
    os.symlink(BINARY.resolve(), server.home / "keywright")
    script = []
    for command, _ in steps():
        if command.startswith("keywright check"):
            script.append(f"kill {server.process.pid}; while kill -0 {server.process.pid} 2> /dev/null && ! grep -q zombie /proc/{server.process.pid}/status; do sleep 0.05; done")
        script += [command, f'echo "{MARK}"']
    path = f"{server.home}:{Path(sys.executable).parent}:{CLEAN['PATH']}"
    env = {
        **CLEAN, "PATH": path, "AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": server.key_id, "AWS_SECRET_ACCESS_KEY": server.secret,
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=server.home, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    printed = done.stdout.replace(server.account, "123456789012").split(MARK + "\n")
    for (command, wanted), found in zip(steps(), printed):
        assert [line for line in found.splitlines() if line] == wanted, command


def test_the_readme_counts_awss_policies(server):
    counted = int(re.search(r"(\d+) of AWS's managed policies are there", README.read_text()).group(1))
    pages = server.client("iam").get_paginator("list_policies").paginate(Scope="AWS")
    assert sum(len(page["Policies"]) for page in pages) == counted
