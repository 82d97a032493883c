"""The laws of scattering hold for right subjects, and each rejects one with a planted fault."""

from math import gcd, sqrt

import numpy as np
import pytest

from convoracle.properties.interpreters import check_law
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.harmonic import plan
from convoracle.spec.scattering_laws import LAWS
from convoracle.spec.scattering_paths import CASCADES, rows_of

NAMED = {law.name: law for law in LAWS}
CASES = 40

# ---- subjects: the cascade in NumPy on the filters of the record, with one step to spoil ----


class Subject:
    """A scattering whose steps a fault replaces: spectra, rates, the modulus, the rows, the result."""

    def __init__(self, name):
        self.record = operator(name)

    def __call__(self, x, **options):
        call = bind(self.record, {"x": x.shape}, options)
        cascade, letters = CASCADES[self.record], call.values
        periods = tuple(letters[p.name] for p in cascade.periods)
        spectra = self.spectra(call, {n: moduli(plan(call)[f"{n}_hat"], periods) for n in ("phi", "psi_1", "psi_2")})
        z = x
        for axis in range(1, x.ndim):
            z = extended(z, axis, call.words["boundary"])
        result = np.zeros(call.output_shape, np.result_type(x, np.float64))
        for path, row in self.rows(call).items():
            result[:, row] = self.coefficient(call, spectra, z, path, np.iscomplexobj(x))
        return np.ascontiguousarray(self.result(call, result).astype(x.dtype))

    def coefficient(self, call, spectra, z, path, of_complex):
        u, distance = z, (1,) * (z.ndim - 1)
        for order, wavelet in enumerate(path, 1):
            rate = tuple(max(pair) for pair in zip(distance, self.rates(call, order, wavelet), strict=True))
            u = self.modulus(self.filtered(u, spectra[f"psi_{order}"][wavelet], distance, rate))
            distance = rate
        mean = self.filtered(u, spectra["phi"][0], distance, (call.values["s"],) * (z.ndim - 1))
        kept = tuple(slice(0, size) for size in call.output_shape[2:])
        return (mean if of_complex else mean.real)[(slice(None), *kept)]

    def rates(self, call, order, wavelet):
        cascade, letters = CASCADES[self.record], call.values
        bank = "Q_1" if order == 1 else "Q_2"
        per, octaves = (letters["L"], letters["J"]) if "L" in letters else (letters[bank], letters["D"])
        exponent = max(0, wavelet % (per * octaves) // per - letters["V"])
        return tuple(gcd(2**exponent, letters[p.name]) for p in cascade.periods)

    def filtered(self, u, spectrum, distance, rate):
        axes = tuple(range(1, u.ndim))
        product = np.fft.fftn(u, axes=axes) * self.folded(spectrum, distance)
        steps = tuple(slice(None, None, r // d) for r, d in zip(rate, distance, strict=True))
        return np.fft.ifftn(product, axes=axes)[(slice(None), *steps)]

    def folded(self, spectrum, distance):
        for axis, d in enumerate(distance):
            shape = spectrum.shape
            spectrum = spectrum.reshape(*shape[:axis], d, shape[axis] // d, *shape[axis + 1 :]).sum(axis=axis)
        return spectrum

    def spectra(self, call, spectra):
        return spectra

    def modulus(self, values):
        return abs(values)

    def rows(self, call):
        return rows_of(call)

    def result(self, call, result):
        return result


def moduli(balls, periods):
    return np.array([float(z.real.mid()) for z in balls.values]).reshape(-1, *periods)


def extended(z, axis, word):
    if word == "periodic":
        return z
    mirrored = {"zero": 0 * z, "symmetric": np.flip(z, axis)}
    inner = np.flip(np.take(z, range(1, z.shape[axis] - 1), axis), axis)
    return np.concatenate([z, mirrored.get(word, inner)], axis)


def judged(subject, **declared):
    return Judged(name="subject", record=subject.record, call=in_process(subject), **declared)


def looked_at(subject, law, drawn):
    """What a law says of a subject, case by case: True where it holds."""
    for case in drawn(law.operator.name, CASES):
        yield from (checked.failure is None for checked in check_law(judged(subject), case, law))


# ---- faults ----


def changing(step):
    """A subject with one step replaced; the replacement is called with the subject and the arguments of the step."""
    name, new = step

    def wrong(operator_name):
        subject = Subject(operator_name)
        old = getattr(subject, name)
        setattr(subject, name, lambda *arguments: new(old, *arguments))
        return subject

    return wrong


def delayed(old, call, spectra):
    """The average comes one sample late."""
    shape = spectra["phi"].shape[1:]
    late = np.exp(-2j * np.pi * np.arange(shape[0]) / shape[0]).reshape(-1, *(1,) * (len(shape) - 1))
    return {**spectra, "phi": spectra["phi"] * late}


def scaled(names, factor):
    return lambda old, call, spectra: {n: s * (factor if n in names else 1) for n, s in spectra.items()}


def doubled_where(condition, factor=2.0):
    def step(old, call, result):
        result[:, 1:] *= factor if condition(call) else 1
        return result

    return step


def fading(old, call, result):
    """The last samples count for less."""
    return result * np.linspace(1, 0.5, result.shape[-1])


def with_negative(change):
    """The wavelets of negative frequency are something else."""

    def step(old, call, spectra):
        half = len(spectra["psi_1"]) // 2
        one, two = spectra["psi_1"][:half], spectra["psi_1"][half:]
        both = np.concatenate([one, change(one, two)]) if call.words["two_sided"] else spectra["psi_1"]
        return {**spectra, "psi_1": both}

    return step


def second_wavelet_first(old, call):
    rows = old(call)
    pairs = [path for path in rows if len(path) == 2]
    swapped = dict(zip(pairs, sorted(pairs, key=lambda path: path[::-1]), strict=True))
    return {path: rows[swapped.get(path, path)] for path in rows} if call.words["paths"] == "all" else rows


def without_zero_mean(old, call, spectra):
    with_mean = spectra["psi_1"].copy()
    with_mean[(slice(None), *(0,) * (with_mean.ndim - 1))] = 0.25
    return {**spectra, "psi_1": with_mean}


def angles_from_one_on(old, call, spectra):
    count = call.values["L"]

    def turned(psi):
        return np.roll(psi.reshape(-1, count, *psi.shape[1:]), 1, axis=1).reshape(psi.shape)

    return {**spectra, "psi_1": turned(spectra["psi_1"]), "psi_2": turned(spectra["psi_2"])}


def of_tall_pixels(old, call, spectra):
    rows = spectra["phi"].shape[1]
    tall = 1 + np.cos(2 * np.pi * np.arange(rows) / rows)[:, None] / 4
    return {n: s if n == "phi" else s * tall for n, s in spectra.items()}


def nudged(old, call, spectra):
    return {**spectra, "psi_1": np.roll(spectra["psi_1"], 1, axis=-1)}


FAULTS = {
    "a cyclic shift by output steps shifts the coefficients": ("result", fading),
    "a cyclic reversal reverses the coefficients": ("spectra", delayed),
    "a reversal at full rate reverses the coefficients": ("spectra", delayed),
    "falling paths are a selection of all paths": ("rows", second_wavelet_first),
    "the first order is a part of the second": ("result", doubled_where(lambda call: call.words["max_order"] == 2)),
    "wavelets of one sign have sqrt(2) times the coefficients of those of both": (
        "result",
        doubled_where(lambda call: call.words["two_sided"], sqrt(2)),
    ),
    "wavelets of both signs agree on real data": ("spectra", with_negative(lambda one, two: two[::-1] * 1.25)),
    "the conjugate exchanges the signs of frequencies": ("spectra", with_negative(lambda one, two: one)),
    "a factor comes out, without its phase where there is a modulus": ("modulus", lambda old, values: abs(values) ** 2),
    "moduli averaged by a positive filter are not negative": ("modulus", lambda old, values: values.real),
    "at full rate it does not expand": ("spectra", scaled(("psi_1", "psi_2"), 2.0)),
    "what two orders leave of the energy has fallen at each": ("spectra", scaled(("psi_1",), 0.0)),
    "the rate matters as little as the aliases allow": (
        "folded",
        lambda old, spectrum, distance: old(spectrum, distance) / np.prod(distance),
    ),
    "a constant stays, and has no moduli": ("spectra", without_zero_mean),
    "a plane wave has the modulus of its spectrum": ("spectra", nudged),
    "an impulse has the mass of the wavelets": ("modulus", lambda old, values: abs(values.real)),
    "the transpose mirrors the angles": ("spectra", angles_from_one_on),
    "a quarter turn turns the angles": ("spectra", of_tall_pixels),
}


def test_every_law_has_a_fault_that_breaks_it():
    assert {law.name.partition(": ")[2] for law in LAWS} == set(FAULTS)


@pytest.mark.parametrize("name", NAMED)
def test_a_law_holds_for_the_right_subject_and_rejects_a_wrong_one(name, drawn):
    law = NAMED[name]
    holds = list(looked_at(Subject(law.operator.name), law, drawn))
    assert len(holds) >= 3, f"{name} says something about {len(holds)} of {CASES} cases"
    assert all(holds)
    wrong = changing(FAULTS[name.partition(": ")[2]])(law.operator.name)
    assert not all(looked_at(wrong, law, drawn))
