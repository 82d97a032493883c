"""Adapters to other libraries: which functions to call for which operator, and what they declare."""
