"""All laws and theorems, proved as the command line proves them."""

import pytest

from convoracle.spec.law_catalog import LAWS
from convoracle.spec.theorems import THEOREMS, prove, prove_all
from convoracle.spec.theorems_cost import edge_costs
from convoracle.spec.theorems_matrix import circulant_counterexample, matrix
from convoracle.spec.theorems_padding import padding_counterexample
from convoracle.spec.theorems_shift import cyclic_counterexample, strided_counterexample
from convoracle.spec.theorems_signal import correlate_lists, correlation_counterexample
from convoracle.spec.theorems_sizes import truncation_counterexample

CERTIFIED = {
    "correlation is not associative",
    "truncation is not floor",
    "a shift that is no multiple of the stride is lost",
    "cyclic shifts need s | n as well",
    "zero extension is not circulant",
    "dropping one last window needs q <= d(k-1)",
    "each rule of pooling is needed",
    "average pooling without counted padding is no convolution",
    "a shift by one changes half of the pooled values",
    "most pooled values need not survive a shift",
    "max pooling does not commute with decreasing maps",
    "average pooling without counted padding may expand more",
    "a negative constant is no threshold",
    "the scale law needs c > 0 and epsilon = 0",
    "the maximum on a grid is no bound",
    "norms above 1 need not expand",
    "norms above 1 may expand",
    "recos: negative correlations order angles",
    "recos: the modulus of the correlation does not order angles",
    "recos: the translated sphere has points of another mean",
    "recos: positive correlations do not suffice",
    "recos: the printed compound matrix does not conform",
    "recos: zero padding breaks the constant of reversed grey levels",
    "network: the receptive fields of LeNet-5",
    "network: a rectified vector has a mean",
    "network: the feature maps of LeNet-5 and AlexNet",
    "network: where the original networks differ",
    "frame: the gain sqrt(2) doubles a bin that is its own negative",
    "frame: one-sided banks do not fit complex signals",
    "frame: subsampling costs nothing where no aliases overlap",
    "tight banks: closed forms summed over periods are not tight",
    "averages: on the line they tend to 0",
    "scattering: B^((m+1)/2) is no Lipschitz constant where B < 1",
    "scattering: where B > 1 a cosine may be moved apart from 0",
    "scattering: B > 1 need not move signals apart",
    "scattering: energy is conserved to 1e-12 up to order 5",
    "scattering: weighted by its strides, energy is conserved at low rates",
    "scattering: aliases that meet make and lose energy",
    "scattering: decreasing paths leave energy out",
    "scattering: a rectifier loses energy",
    "scattering: the first layer need not lose energy",
    "scattering: amplitudes need not fall from order to order",
    "scattering: shifted noise and impulses stay within the bound",
    "scattering: a modulus after an average may change signed signals, and averages with taps below 0",
    "scattering: spectra folded by their mean are not those of the filter",
    "scattering: detectors after low-passes change signed signals",
    "scattering: the equation (17) closes what it does not open",
    "scattering: the filters of (18) depend on the wavelet before",
    "scattering: the coefficients of (20) have the order m-1",
    "scattering: (K log2 N)^2 / 2 is not the number of paths",
    "scattering1d: deformations stay below their certified bound",
    "scattering: slow warps move Fourier moduli farther",
    "scattering: C m (..) is too little at m = 0",
    "scattering: no C holds for all warps",
    "stationary: the printed variance is a random number",
    "stationary: without mixing the variance does not fall",
    "inversion: the loss is not convex",
}
EXHAUSTED = {
    "supports on short cycles",
    "supports on a cycle of prime length",
    "scattering: the rows of small calls are those of their paths",
    "scattering: scales beyond the data are rejected",
    "frame: banks have B <= 1 and phi^(0) = 1",
    "filter bank: lattices of rotations rebuild signals",
    "scattering: a Gaussian average of width sigma keeps translations below (m+1)^(1/2) e^(-1/2) |c|/sigma",
    "scattering1d: the Gaussian average has taps >= 0",
    "scattering1d: filters at a coarse rate have folded spectra",
    "scattering: a tree of cascaded filters is one of equivalent filters",
    "scattering: waves and constants in closed form",
    "scattering1d: impulses in closed form",
    "stationary: convolutions and pointwise operators keep stationarity",
    "solid harmonics are orthonormal on the sphere",
    "the printed matrix is the convolution with (-1, 2, -1)",
    "the receptive field is reached",
    "leaving, entering and common samples decide a pooled value",
    "the norm of a cyclic convolution",
    "the bound of a zero-padded convolution",
    "recos: a matrix of rank K is two layers with K units between",
    "network: windows over a pixel of LeNet-5",
    "network: the tables of anchor vectors",
    *(
        f"{layer}: 'naive' computes the definition"
        for layer in ("softmax", "softmax_gradient", "log_softmax", "log_softmax_gradient")
    ),
    *(f"{layer}: 'logsumexp' computes the definition" for layer in ("log_softmax", "cross_entropy")),
    *(f"batch_norm_training: '{way}' computes the definition" for way in ("folded", "one_pass", "one_pass_folded")),
    *(f"{layer}: 'scaled_first' computes the definition" for layer in ("batch_norm", "batch_norm_training")),
    "batch_norm: 'folded' computes the definition",
    *(f"{layer}_gradient: 'by_logarithm' computes the definition" for layer in ("log_softmax", "cross_entropy")),
    "cross_entropy_gradient: 'by_others' computes the definition",
    *(f"local_response_norm{what}: 'exp_log' computes the definition" for what in ("", "_gradient")),
}
GRADIENTS_OF_SMALL_SIZES = {
    "prelu": ("x", "slope"),
    "softmax": ("x",),
    "log_softmax": ("x",),
    "cross_entropy": ("logits",),
    "batch_norm": ("x", "weight", "bias"),
    "batch_norm_training": ("x", "weight", "bias"),
    "local_response_norm": ("x",),
}
"""Gradients across entries: differentiated with symbolic entries, at all sizes up to a bound."""
LOOKED_AT_ON_SMALL_BANKS = (
    "a cyclic reversal reverses the coefficients",
    "a reversal at full rate reverses the coefficients",
    "wavelets of both signs agree on real data",
    "the conjugate exchanges the signs of frequencies",
    "moduli averaged by a positive filter are not negative",
    "at full rate it does not expand",
    "what two orders leave of the energy has fallen at each",
    "the rate matters as little as the aliases allow",
    "a constant stays, and has no moduli",
    "a plane wave has the modulus of its spectrum",
    "an impulse has the mass of the wavelets",
)
"""Laws of scattering that rest on filters, which are compared in balls."""
EXHAUSTED_LAWS = {
    *(f"{layer}: gradient in {name}" for layer, names in GRADIENTS_OF_SMALL_SIZES.items() for name in names),
    "wavelet_transform1d: Lipschitz in x",  # that an average has modulus at most 1 is looked at bank by bank
    *(f"{name}: {rule}" for name in ("scattering1d", "scattering2d") for rule in LOOKED_AT_ON_SMALL_BANKS),
    *(f"scattering2d: {rule}" for rule in ("the transpose mirrors the angles", "a quarter turn turns the angles")),
}
CERTIFIED_LAWS = {f"scattering{dims}d: gradient in x" for dims in (1, 2, 3)}
"""Derivatives of whole cascades, paired in balls on a few calls."""


def assert_evidence(statement, kind):
    """The statement is proved here and now; the statements are shared out among the processes of the tests."""
    found = prove(statement)
    assert found.holds
    assert found.kind == kind
    assert found.method
    assert found.detail
    assert len(found.statement_sha256) == 64


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_every_law_is_proved_for_all_sizes_but_gradients_across_entries(law):
    kind = "exhausted" if law.name in EXHAUSTED_LAWS else "certified" if law.name in CERTIFIED_LAWS else "proved"
    assert_evidence(law, kind)


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.name)
def test_every_theorem_has_the_evidence_that_its_statement_needs(theorem):
    kind = "certified" if theorem.name in CERTIFIED else "exhausted" if theorem.name in EXHAUSTED else "proved"
    assert_evidence(theorem, kind)


def test_the_evidence_says_how_it_was_found():
    methods = {
        "two boxes convolve to a trapezoid": "z3",
        "two Gaussians convolve to a Gaussian": "sympy identity",
        "prelu: gradient in slope": "enumeration",
        "prelu_gradient: linear in dy": "form of the definition",
    }
    assert {evidence.name: evidence.method for evidence in prove_all(names=methods)} == methods


def test_all_are_proved_together_or_those_that_are_named():
    seen = []
    names = {LAWS[0].name, THEOREMS[0].name}
    assert {evidence.name for evidence in prove_all(seen.append, names)} == names
    assert {evidence.name for evidence in seen} == names


COUNTEREXAMPLES = (
    correlation_counterexample,
    truncation_counterexample,
    padding_counterexample,
    circulant_counterexample,
    strided_counterexample,
    cyclic_counterexample,
)


@pytest.mark.parametrize("search", COUNTEREXAMPLES, ids=lambda f: f.__name__)
def test_a_counterexample_is_found(search):
    assert search()


def test_the_correlation_of_lists_is_the_one_of_the_record():
    assert correlate_lists([1, 2, 3], [0, 1, 2]) == [2, 5, 8, 3, 0]


def test_the_matrix_of_a_convolution_has_the_filter_in_its_columns():
    assert matrix(3, 2, "full") == [[0, None, None], [1, 0, None], [None, 1, 0], [None, None, 1]]


def test_the_edge_example_costs_what_the_book_says():
    operations, dense = edge_costs()
    assert operations == 267_960
    assert dense > 8_000_000_000
