"""Serves one Python function over HTTP: see docs/reference/runtime-protocol.md for what goes in and out."""
