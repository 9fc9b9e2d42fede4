"""What the inventory consists of, and where it is."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from sqlalchemy import ForeignKey, create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker


def inventory_url() -> str:
    """The same in the notebook's processes and on every worker that has this file or server."""
    given = os.environ.get("INVENTORY_URL")  # noqa: TID251 - a job's own variable
    url = make_url(given or "sqlite:///~/jobnb-inventory.sqlite3")
    if url.get_backend_name() == "sqlite" and url.database:
        # A run starts in an empty folder of its own: a path has to be a full one.
        url = url.set(database=str(Path(url.database).expanduser()))
    return url.render_as_string(hide_password=False)


# Nothing connects here: the jobs that import this file bring a session_factory with it, and the
# first question about their inputs opens the first connection.
engine = create_engine(inventory_url())
session_factory = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Site(Base):
    __tablename__ = "site"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    region: Mapped[str]
    devices: Mapped[list[Device]] = relationship(back_populates="site", order_by="Device.hostname")


class Device(Base):
    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    hostname: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    status: Mapped[str]
    serial: Mapped[str | None]
    address: Mapped[str | None]
    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Site.id), index=True)
    site: Mapped[Site] = relationship(back_populates="devices")
