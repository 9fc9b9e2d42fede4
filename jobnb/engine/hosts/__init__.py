"""Hosts: that this process lives and what it holds, and what dead ones have left on this host."""
