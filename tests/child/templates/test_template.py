from __future__ import annotations

import subprocess
import sys


def test_a_child_begins_without_what_few_jobs_need():
    heavy = {"base64", "tempfile", "shutil", "bz2", "lzma", "_hashlib", "asyncio", "netaddr"}
    code = (
        "import sys, jobnb.child.main, jobnb.child.templates.template;"
        f"print(sorted({heavy} & sys.modules.keys()))"
    )
    began = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )

    assert began.stdout.strip() == "[]"
