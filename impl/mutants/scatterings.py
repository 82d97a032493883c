"""Wrong scattering: rates, paths, moduli and averages."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.arithmetic import on_result
from convoracle.impl.mutants.mutant import Function, Mutant, edited, wrapped

_BOTH = "scattering1d scattering2d"
_FOLD = "fold(spectrum, key[2]).astype(dtype)"
_MODULUS = "_descend(plan, longer, np.abs(convolved(plan, found, longer)), out)"


def _plan(name: str, law: str, sentence: str, old: str, new: str) -> Mutant:
    return edited(name, _BOTH, law, sentence, "scattering_plan", (old, new))


def _engine(name: str, law: str, sentence: str, old: str, new: str) -> Mutant:
    return edited(name, _BOTH, law, sentence, "scattering_engine", (old, new))


def _one_sample_late(right: Function) -> Function:
    def late(x, **options):
        return right(np.roll(x, 1, -1), **options)

    return late


def _in_single_precision(right: Function) -> Function:
    def narrow(x, **options):
        single = np.complex64 if x.dtype.kind == "c" else np.float32
        return right(x.astype(single), **options).astype(right(x, **options).dtype)

    return narrow


def _without_the_mean_of_the_batch(right: Function) -> Function:
    def centred(x, **options):
        return right(x - x.mean(dtype=x.dtype) if x.size else x, **options)

    return centred


MUTANTS = (
    _plan(
        "spectra-periodised-by-their-mean",
        "ALIAS",
        "Filters on coarse grids are means over aliases, not sums, after kymatio#736 and kymatio#984.",
        _FOLD,
        "(fold(spectrum, key[2]) / math.prod(key[2])).astype(dtype)",
    ),
    _plan(
        "spectra-cut-on-coarse-grids",
        "ALIAS",
        "Filters on coarse grids are the first bins of the fine ones: what lies beyond is lost, after kymatio#39.",
        _FOLD,
        "spectrum[tuple(slice(0, p // r) for p, r in zip(spectrum.shape, key[2]))].astype(dtype)",
    ),
    _plan(
        "moduli-sampled-an-octave-too-coarsely",
        "ALIAS",
        "Every modulus is sampled one octave more coarsely, after kymatio#797.",
        "octave - self.oversampling), p)",
        "octave + 1 - self.oversampling), p)",
    ),
    _plan(
        "oversampling-of-the-output-only",
        "ALIAS",
        "Oversampling raises the rate of the output, not that of the moduli.",
        "octave - self.oversampling), p)",
        "octave), p)",
    ),
    _plan(
        "wavelets-of-one-octave-follow-one-another",
        "SIZE",
        "Paths of falling frequency go on within an octave.",
        "if octave > floor:",
        "if octave >= floor:",
    ),
    _engine(
        "modulus-of-the-real-part",
        "DEF",
        "The modulus is that of the real part.",
        _MODULUS,
        _MODULUS.replace("convolved(plan, found, longer)", "convolved(plan, found, longer).real"),
    ),
    _engine(
        "modulus-squared",
        "DEF",
        "Moduli are squared.",
        _MODULUS,
        _MODULUS.replace("longer))", "longer)) ** 2"),
    ),
    _engine(
        "rectifier-instead-of-the-modulus",
        "DEF",
        "The positive part of the real part stands for the modulus.",
        _MODULUS,
        _MODULUS.replace(
            "np.abs(convolved(plan, found, longer))", "np.maximum(convolved(plan, found, longer).real, 0)"
        ),
    ),
    _engine(
        "sum-over-aliases-for-their-mean",
        "ALIAS",
        "Subsampling in frequency adds aliases without dividing: coarse moduli are too large.",
        "/ products.real.dtype.type(math.prod(factors))",
        "/ products.real.dtype.type(1)",
    ),
    _engine(
        "mirrored-without-the-first-half",
        "DEF",
        "A signal with mirror images is continued by its copy.",
        '"symmetric": slice(None, None, -1)',
        '"symmetric": slice(None)',
    ),
    _engine(
        "zeros-replaced-by-copies",
        "DEF",
        "The zeros beyond a signal are a copy of it.",
        'np.zeros_like(more) if plan.boundary == "zero" else more',
        "more",
    ),
    wrapped(
        "rows-in-reverse",
        _BOTH,
        "IDX",
        "Paths are listed from the last to the first.",
        on_result(lambda y: np.ascontiguousarray(y[:, ::-1])),
    ),
    wrapped(
        "signal-one-sample-late",
        _BOTH,
        "DEF",
        "The signal is read one sample late: a crop by one too many.",
        _one_sample_late,
    ),
    edited(
        "multiples-of-the-largest-scale-only",
        "scattering2d scattering1d",
        "ERR",
        "Signals whose sizes are no multiples of 2^J are refused, after kymatio#306.",
        "scattering_options",
        ("if scales >= size.bit_length():", "if scales >= size.bit_length() or size % 2**scales:"),
    ),
    wrapped(
        "single-precision-within-double",
        _BOTH,
        "PRED",
        "Double precision is computed in single.",
        _in_single_precision,
    ),
    wrapped(
        "mean-of-the-batch-removed",
        _BOTH,
        "BATCH",
        "The mean over all signals of a batch is subtracted first.",
        _without_the_mean_of_the_batch,
    ),
    wrapped(
        "coefficients-summed-not-averaged",
        _BOTH,
        "DEF",
        "Coefficients are sums over the samples between two outputs, not averages.",
        on_result(lambda y: 2 * y),
    ),
    wrapped(
        "first-row-rectified",
        _BOTH,
        "DEF",
        "The average of the signal itself is made positive.",
        on_result(lambda y: np.concatenate([np.abs(y[:, :1]).astype(y.dtype), y[:, 1:]], axis=1)),
    ),
)
