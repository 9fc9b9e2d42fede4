"""Describing: what the files of a place declare, said by a child."""
