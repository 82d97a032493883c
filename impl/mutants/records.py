"""Faults of other projects that no mutant re-creates, and why: of the records in ``shared/bugs.md``, in its notation."""

NOT_RECREATED: dict[str, str] = {
    "candle#801": "The record has no details: an unfolded convolution differs from the direct one.",
    "deeplearning4j#1951": "The record has no details: the gradient of an average pooling was wrong.",
    "numba#6749": "A scheduler's fault on arrays of six axes; loops here have five at most.",
    "numpy#25926": "Reflecting more than once is refused here, so that no legal call shows it.",
    "scipy#10873": "Another option: signals are convolved along all of their axes here.",
    "pywt#80": "A limit: lengths that the stride does not divide are refused here.",
    "e2cnn#36": "A limit: strided windows of even sizes do not turn with the image, by their definition.",
    "escnn#39": "Another operator: steerable filters.",
    "hexaconv#2": "Another operator: convolution on a hexagonal grid.",
    "e3nn-jax#5": "Another operator: normalisation of fields of several degrees.",
    "GrouPy#26": "A limit: strided windows that leave a remainder do not turn with the image, by their definition.",
}
"""By record, the reason as a sentence."""
