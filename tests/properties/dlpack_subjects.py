"""Functions of tensors, which test_exchange.py has judged in a worker process."""

from convoracle.impl.backends import implements


def floats_only(shapes, dtypes, options):
    return None if dtypes["x"] in ("float32", "float64") else "floating-point numbers only"


def float32_only(shapes, dtypes, options):
    return None if dtypes["x"] == "float32" else "float32 only"


@implements("relu", array="torch", limits=floats_only)
def relu(x):
    return x.relu()


@implements("relu", array="torch", limits=floats_only)
def relu_in_place(x):
    return x.relu_().clone()


@implements("relu", array="torch", limits=floats_only)
def relu_times_two(x):
    return 2 * x.relu()


@implements("tanh", array="jax", limits=float32_only)
def tanh(x):
    import jax.numpy as jnp

    return jnp.tanh(x)
