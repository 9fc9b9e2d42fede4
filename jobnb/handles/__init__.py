"""Handles: what people hold in their hands, a job that can be run and what its runs left."""

from jobnb.handles.handle import JobHandle, Runner
from jobnb.handles.listing import ResultList
from jobnb.handles.results.live import View
from jobnb.handles.results.result import JobResult, Viewer

__all__ = ["JobHandle", "JobResult", "ResultList", "Runner", "View", "Viewer"]
