"""Testing jobs: ``run_job`` runs one in this process; a pytest fixture gives a whole workbench.

For the fixture ``jobnb_bench`` put ``pytest_plugins = ["jobnb.testing.plugin"]`` into the
``conftest.py`` at the top of your tests.
"""

from jobnb.testing.inline import JobRun, assert_logged, run_job, try_job

__all__ = ["JobRun", "assert_logged", "run_job", "try_job"]
