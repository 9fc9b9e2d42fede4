"""Results: what people hold in their hands, a job that can be run and what its runs left."""

from jobnb.results.handle import JobHandle, Runner
from jobnb.results.listing import ResultList
from jobnb.results.result import JobResult, View, Viewer

__all__ = ["JobHandle", "JobResult", "ResultList", "Runner", "View", "Viewer"]
