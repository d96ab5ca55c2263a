"""What a sandbox that is killed leaves behind."""

import shutil
import tempfile
from pathlib import Path


def killed(state: Path) -> Path:
    """A directory with the files as `kill -9` would leave them now; their sandbox runs on."""
    left = Path(tempfile.mkdtemp(dir=state.parent, prefix="left-"))
    for file in state.glob("*.sqlite*"):
        if not file.name.endswith((".lock", "-shm")):
            shutil.copy(file, left / file.name)
    return left
