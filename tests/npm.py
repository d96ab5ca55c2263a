"""Clients from npm that tests drive: each is installed once, under `.tandem/npm`."""

import shutil
import subprocess

import pytest

from tests.brokers import ROOT

HOME = ROOT / ".tandem/npm"
MODULES = HOME / "node_modules"


def node_with(package: str, version: str) -> str:
    """Node's path, with a package installed for it; skips the test where that cannot be had."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("node and npm are not installed")
    if not (MODULES / package).exists():
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(HOME)]
        installed = subprocess.run(
            [npm, "install", *options, f"{package}@{version}"], capture_output=True, text=True
        )
        if installed.returncode:
            pytest.skip(f"npm cannot install {package}: {installed.stderr[-300:]}")
    return found
