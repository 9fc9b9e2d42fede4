"""Descriptions of jobs, made by hand."""

from __future__ import annotations

from jobnb.protocol import JobDescription, VariableDescription


def variable(name, kind="StringVar", **values):
    given = {"label": "", "description": "", "required": True, "default": None, **values}
    return VariableDescription(name=name, type=kind, **given)


def job(*variables, **values):
    return JobDescription(
        **{
            "class_path": "hello.Hello",
            "module": "hello",
            "class_name": "Hello",
            "name": "Hello World",
            "grouping": "Examples",
            "description": "Greets.\n\nAt length.",
            "file": "hello.py",
            "variables": variables,
            **values,
        }
    )
