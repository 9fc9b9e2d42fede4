"""A database of each kind with the models in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from tests.objects.models import Base, fill

Factory = sessionmaker[Session]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine of a database with the tables, filled."""
    if request.param == "sqlite":
        url = make_url(f"sqlite:///{tmp_path / 'objects.sqlite3'}")
    else:
        given = make_url(request.getfixturevalue("empty_postgres_url"))
        url = given.set(drivername="postgresql+psycopg")
    made = create_engine(url)
    Base.metadata.create_all(made)
    with Session(made) as session:
        fill(session)
        session.commit()
    yield made
    made.dispose()


@pytest.fixture
def factory(engine: Engine) -> Callable[[], Session]:
    """What a job module would call ``session_factory``."""
    return sessionmaker(engine)
