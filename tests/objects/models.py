"""Models of every kind of key, with rows to look for."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Status(enum.Enum):
    ACTIVE = "in use"
    PLANNED = "to come"


class Region(Base):
    """Its key is text, it shows itself by ``str()``."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(primary_key=True)

    def __str__(self) -> str:
        return f"Region {self.code}"


class Site(Base):
    """Its key is a number, its usual label the column ``name``."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    region: Mapped[Region | None] = relationship()
    devices: Mapped[list[Device]] = relationship(back_populates="site")


class Device(Base):
    """Its key is a UUID, its label a property."""

    __tablename__ = "device"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    hostname: Mapped[str]
    height: Mapped[Decimal | None]
    status: Mapped[Status]
    bought: Mapped[dt.date | None]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    site: Mapped[Site | None] = relationship(back_populates="devices")
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("device.id"))
    parent: Mapped[Device | None] = relationship(remote_side="Device.id")

    @property
    def display(self) -> str:
        return f"{self.hostname} ({self.status.value})"


class Port(Base):
    """Its key has two columns, and it has no text but that."""

    __tablename__ = "port"

    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[Device] = relationship()


SWITCH, ROUTER = uuid.UUID(int=1), uuid.UUID(int=2)


def fill(session: Session) -> None:
    """Two sites with a device each, and a third one without anything."""
    north = Region(code="north")
    fra = Site(id=1, slug="fra", name="Frankfurt", region=north)
    muc = Site(id=2, slug="muc", name="München 100% <b>O'Hara_x</b>\\")
    session.add_all([fra, muc, Site(id=3, slug="ber", name="Berlin")])
    session.flush()
    switch = Device(
        id=SWITCH,
        hostname="fra-sw-1",
        status=Status.ACTIVE,
        site=fra,
        height=Decimal("1.5"),
        bought=dt.date(2024, 2, 29),
    )
    session.add(switch)
    session.flush()
    router = Device(id=ROUTER, hostname="MUC-RT-1", status=Status.PLANNED, site=muc, parent=switch)
    session.add(router)
    session.flush()
    session.add_all(Port(device=switch, number=number) for number in (1, 2, 12))
