"""An inventory in a database: a job that fills it, and one whose inputs are chosen from it."""

from __future__ import annotations

from inventory import audit_devices, seed_inventory

__all__ = ["audit_devices", "seed_inventory"]
