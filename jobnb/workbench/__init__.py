"""The workbench: all that one process needs to run jobs, and to look at what they did."""

from jobnb.workbench.bench import Workbench

__all__ = ["Workbench"]
