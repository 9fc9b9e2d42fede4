from __future__ import annotations

import pytest

from jobnb import jobs
from jobnb.authoring.attention import attention, busy_with_input
from jobnb.authoring.inputs import clean_inputs
from jobnb.authoring.searching import search_objects


class Checked(jobs.Job):
    who = jobs.StringVar()
    often = jobs.IntegerVar(default=1)

    @classmethod
    def clean(cls, inputs):
        return inputs

    def run(self, *, who, often): ...


def test_each_input_and_the_check_of_all_are_told_in_order_and_once():
    told = []
    with attention(told.append):
        clean_inputs(Checked, {"who": "x"})

    assert told == ["the code of input 'who'", "the code of input 'often'", "its clean()"]


def test_a_search_is_told():
    class Source:
        def search(self, text, filters, offset, limit):
            return []

        def get(self, key):
            return key

    class Searches(jobs.Job):
        item = jobs.ObjectVar(source=Source())

        def run(self, *, item): ...

    told = []
    with attention(told.append):
        search_objects(Searches, "item", "x", page=0, raw={})

    assert told == ["the code of input 'item'"]


def test_outside_nobody_is_told():
    told = []
    with pytest.raises(RuntimeError), attention(told.append):
        raise RuntimeError
    busy_with_input("who")

    assert told == []
