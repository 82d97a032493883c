"""Experiments with the seeds' networks on real images, reproducible by seed."""
