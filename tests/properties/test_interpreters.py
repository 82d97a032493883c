"""No law is unable to fail: each holds for the right kernel, says something, and rejects a wrong one."""

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.interpreters import check_law
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.laws import Adjoint, Associative, Linear

CASES = 40


def looked_at(function, law, drawn):
    """Return what one law says of a function: True where it holds, False where it fails."""
    judged = Judged(name="subject", record=law.operator, call=in_process(function))
    for case in drawn(law.operator.name, CASES):
        for checked in check_law(judged, case, law):
            assert checked.law == law.name
            yield checked.failure is None


# ---- wrong kernels, each the right one with one fault ----


def adds_one(right):
    return lambda *arrays, **options: right(*arrays, **options) + 1


def doubles(right):
    return lambda *arrays, **options: 2 * right(*arrays, **options)


def squares_the_second(right):
    return lambda x, h, *others, **options: right(x, h * h, *others, **options)


def weighs_by_position(right):
    def kernel(*arrays, **options):
        y = right(*arrays, **options)
        return y * (1 + np.arange(y.size).reshape(y.shape) % 5)

    return kernel


def weighs_the_first_channel(right):
    def kernel(x, *others, **options):
        x = x.copy()
        x[:, :1] *= 2
        return right(x, *others, **options)

    return kernel


def weighs_by(keyword):
    """Return the wrapper whose result depends on an option as the definition does not: as if it were misread."""

    def wrapper(right):
        def kernel(*arrays, **options):
            weight = 1 + int(np.max(options.get(keyword, 0)))
            return right(*arrays, **options) * weight

        return kernel

    return wrapper


def weighs_by_the_first_sample(right):
    return lambda x, h, **options: right(x, h, **options) * (1 + abs(x.flat[0]))


FAULTS = {
    "dilation is a zero-stuffed filter": weighs_by("dilation"),
    "groups are a block-diagonal filter bank": weighs_by("groups"),
    "zero padding is an explicit border of zeros": weighs_by("padding"),
    "stride keeps every s-th output": weighs_by("stride"),
    "reversing signal and filter reverses the output": weighs_by_position,
    "exchanging two axes exchanges them everywhere": weighs_by_position,
    "cyclic shifts by the stride shift the output": weighs_by_position,
    "the order of input channels does not matter": weighs_the_first_channel,
    "it is the input gradient of the convolution of its size": doubles,
    "it commutes": weighs_by_the_first_sample,
    "it is associative": squares_the_second,
    "it is correlate with the reversed conjugate filter": doubles,
    "it is convolve with the reversed conjugate filter": doubles,
    "mode 'same' is a part of mode 'full'": weighs_by_position,
    "mode 'valid' is a part of mode 'full'": weighs_by_position,
}
"""What a Rearrangement says, and a fault that it is there to find; the other kinds of law have one each."""


def fault(law):
    kinds = {Linear: adds_one, Adjoint: doubles, Associative: squares_the_second}
    return kinds.get(type(law)) or FAULTS[law.name.partition(": ")[2]]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_each_law_holds_for_the_right_kernel_and_rejects_a_wrong_one(law, drawn):
    right = getattr(impl, law.operator.name)
    holds = list(looked_at(right, law, drawn))
    assert len(holds) >= 3, f"{law.name} says something about {len(holds)} of {CASES} cases"
    assert all(holds)
    assert not all(looked_at(fault(law)(right), law, drawn))


def test_every_fault_belongs_to_a_law():
    assert set(FAULTS) <= {law.name.partition(": ")[2] for law in LAWS}


def test_laws_are_not_looked_at_where_sums_are_not_exact(drawn):
    judged = Judged(name="subject", record=LAWS[0].operator, call=in_process(impl.convolve), algorithm="fft")
    assert not [c for case in drawn("convolve", CASES) for c in check_law(judged, case, LAWS[0])]
