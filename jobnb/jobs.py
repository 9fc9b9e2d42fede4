"""The authors' face: ``from jobnb import jobs``."""

from __future__ import annotations

from jobnb.authoring.functions import job
from jobnb.authoring.job import Job
from jobnb.authoring.joblog import get_task_logger
from jobnb.authoring.registration import register_jobs
from jobnb.authoring.validation import ValidationError
from jobnb.authoring.variables import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    FileVar,
    FloatVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    MultiObjectVar,
    ObjectVar,
    SecretVar,
    StringVar,
    TableVar,
    TextVar,
)
from jobnb.errors import SoftTimeLimitExceeded
from jobnb.objects.source import ObjectSource

__all__ = [
    "BooleanVar",
    "ChoiceVar",
    "DateTimeVar",
    "DateVar",
    "DecimalVar",
    "DryRunVar",
    "FileVar",
    "FloatVar",
    "IPAddressVar",
    "IPAddressWithMaskVar",
    "IPNetworkVar",
    "IntegerVar",
    "JSONVar",
    "Job",
    "MultiChoiceVar",
    "MultiObjectVar",
    "ObjectSource",
    "ObjectVar",
    "SecretVar",
    "SoftTimeLimitExceeded",
    "StringVar",
    "TableVar",
    "TextVar",
    "ValidationError",
    "get_task_logger",
    "job",
    "register_jobs",
]
