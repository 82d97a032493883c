"""Symbolic records of operators, their laws, proofs, certified values and error bounds."""
