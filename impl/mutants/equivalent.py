"""Mutants that compute the same function as the right kernel, each with the argument why: data, no check.

A mutant written by hand is named by its name, a systematic one by its module, its function and its edit, so that the entry
holds as long as the statement stands, whatever its line.
"""

ARGUMENTS: dict[str, str] = {}
