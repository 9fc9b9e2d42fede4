"""A job with an input of every type; the tests copy it into a jobs folder."""

from pathlib import Path

import ipywidgets
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

from jobnb import jobs

name = "Examples"

engine = create_engine(f"sqlite:///{Path.home() / 'inventory.sqlite3'}")
session_factory = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Site(Base):
    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Device(Base):
    __tablename__ = "device"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey(Site.id))
    site: Mapped[Site] = relationship()


def seed(count):
    """Makes the tables with that many devices."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Site(id=number, name=f"Site {number}") for number in (1, 2))
        session.add_all(
            Device(id=number, name=f"switch-{number:05}", site_id=1 + number % 2)
            for number in range(1, count + 1)
        )
        session.commit()


def vlans(role):
    return [(str(number), f"{role} VLAN {number}") for number in (10, 20)]


class Provision(jobs.Job):
    """Prepares a switch for its place: checks the plan, then writes it to the device."""

    class Meta:
        name = "Provision Switch"
        fieldsets = (
            (
                "Device",
                (
                    "site",
                    "device",
                    "neighbours",
                    "hostname",
                    "role",
                    "vlan",
                    "features",
                    "rack",
                    "tags",
                ),
            ),
            (
                "Address",
                ("address", "interface", "network", "ports", "colour", "mtu", "loss", "price"),
            ),
            (
                "Change",
                (
                    "window_start",
                    "window_end",
                    "reminder",
                    "reason",
                    "ticket",
                    "settings",
                    "plan",
                    "image",
                ),
            ),
            ("Access", ("password",)),
        )

    dryrun = jobs.DryRunVar()
    site = jobs.ObjectVar(model=Site, display_field="name", required=False)
    device = jobs.ObjectVar(
        model=Device,
        display_field="name",
        query_params={"site_id": "$site"},
        description="Type a part of its name; only devices of the site are offered.",
    )
    neighbours = jobs.MultiObjectVar(model=Device, display_field="name", required=False)
    hostname = jobs.StringVar(
        min_length=3, max_length=20, regex="^[a-z0-9-]+$", description="Letters, digits, hyphens."
    )
    role = jobs.ChoiceVar(
        choices=[("access", "Access"), ("core", "Core"), ("Outdoor", [("mast", "On a mast")])]
    )
    vlan = jobs.ChoiceVar(choices=vlans, required=False, label="VLAN")
    features = jobs.MultiChoiceVar(
        choices=["ospf", "bgp", "lldp", "snmp"], required=False, default=["lldp"]
    )
    rack = jobs.ChoiceVar(choices=[f"rack-{number}" for number in range(60)], required=False)
    tags = jobs.MultiChoiceVar(choices=[f"tag-{number}" for number in range(30)], required=False)
    address = jobs.IPAddressVar()
    interface = jobs.IPAddressWithMaskVar(required=False)
    network = jobs.IPNetworkVar(required=False)
    ports = jobs.IntegerVar(min_value=8, max_value=48, widget=ipywidgets.IntSlider)
    mtu = jobs.IntegerVar(min_value=68, max_value=9216, default=1500, label="MTU")
    loss = jobs.FloatVar(min_value=0, max_value=1, required=False)
    price = jobs.DecimalVar(required=False)
    colour = jobs.StringVar(widget=ipywidgets.ColorPicker(value="#1d6fd1"))
    window_start = jobs.DateVar()
    window_end = jobs.DateTimeVar(required=False, timezone="Europe/Berlin")
    reminder = jobs.DateTimeVar(required=False)
    reason = jobs.TextVar(required=False)
    ticket = jobs.StringVar(visible_when={"role": "core"})
    settings = jobs.JSONVar(default={"lldp": True})
    plan = jobs.TableVar(
        columns={"port": jobs.IntegerVar(), "vlan": jobs.IntegerVar()}, required=False
    )
    image = jobs.FileVar(required=False, accept=[".bin", ".csv"])
    password = jobs.SecretVar(min_length=8)
    verbose = jobs.BooleanVar(default=True)

    def run(self, **inputs):
        self.logger.info(
            "Provisioning %s", inputs["hostname"], extra={"object": inputs["device"].name}
        )
        if inputs["image"] is not None:
            self.logger.info("The image has %d bytes", inputs["image"].size)
        self.logger.success("%d rows of the plan are done", len(inputs["plan"]))
        return {
            "hostname": inputs["hostname"],
            "ports": inputs["ports"],
            "colour": inputs["colour"],
        }


jobs.register_jobs(Provision)
