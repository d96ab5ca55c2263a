import json
import os
import subprocess
import sys
from pathlib import Path

from tests.brokers import JARS


def jars(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(JARS), *arguments], capture_output=True, text=True, env={"PATH": ""}
    )


def test_without_java_says_what_to_install(tmp_path: Path) -> None:
    said = jars("up", "--home", str(tmp_path / "kafka"))
    assert said.returncode == 1
    assert "install a JDK 17" in said.stderr
    assert said.stdout == ""


def test_stopping_what_does_not_run_is_harmless(tmp_path: Path) -> None:
    assert jars("down", "--home", str(tmp_path / "kafka")).returncode == 0


def test_a_process_that_got_the_number_of_a_dead_server_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "kafka"
    home.mkdir()
    record = {"pid": os.getpid(), "address": "127.0.0.1:9092"}
    (home / "cluster.json").write_text(json.dumps({"kafka": record, "registry": record}))
    assert jars("down", "--home", str(home)).returncode == 0
    assert not home.exists()
