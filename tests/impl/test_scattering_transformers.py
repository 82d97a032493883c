"""Scattering as objects: shapes known before, forms that say the same, meta, gradients, copies, and the ways of scikit-learn."""

import copy
import itertools
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from convoracle.impl import Scattering1D, Scattering2D, Scattering3D, scattering1d, scattering3d
from convoracle.impl.scattering import scattering2d
from convoracle.impl.wavelet_bank import wavelet_bank

OBJECTS = {
    "signals": lambda **more: Scattering1D(3, 21, Q=(2, 1), **more),
    "images": lambda **more: Scattering2D(2, (7, 10), L=3, **more),
    "volumes": lambda **more: Scattering3D(2, (4, 5, 6), L=1, **more),
}
EACH = pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS)
PATHWISE = pytest.mark.parametrize("make", list(OBJECTS.values())[:2], ids=list(OBJECTS)[:2])


def drawn(shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


# ---- values and shapes ----


def test_objects_compute_what_the_functions_do():
    x, image, volume = drawn((2, 21)), drawn((2, 7, 10)), drawn((2, 4, 5, 6))
    options = {"boundary": "reflect", "oversampling": 1, "paths": "all"}
    assert np.array_equal(
        Scattering1D(3, 21, Q=2, T=5, wavelet="meyer", **options)(x),
        scattering1d(x, J=3, Q=2, T=5, wavelet="meyer", **options),
    )
    assert np.array_equal(Scattering2D(2, (7, 10), L=3, **options)(image), scattering2d(image, J=2, L=3, **options))
    assert np.array_equal(
        Scattering3D(1, (4, 5, 6), L=2, sigma=0.7, powers=(1, 2))(volume),
        scattering3d(volume, J=1, L=2, sigma=0.7, powers=(1, 2)),
    )


def test_by_default_the_first_order_has_eight_wavelets_per_octave():
    x = drawn(64)
    assert np.array_equal(Scattering1D(4, 64)(x), scattering1d(x, J=4, Q=(8, 1)))


@pytest.mark.parametrize("n", [8, 9, 15, 16, 17])
@pytest.mark.parametrize("J", [1, 2, 3])
@pytest.mark.parametrize(
    "options", [{}, {"T": 3}, {"oversampling": 1}, {"boundary": "reflect", "max_order": 1}], ids=str
)
def test_the_shape_is_known_before_computing(J, n, options):
    scatter = Scattering1D(J, n, Q=(2, 1), **options)
    assert scatter.output_shape((2,)) == (2, *scatter.shape) == scatter(drawn((2, n))).shape
    step = 2 ** max(0, int(math.log2(options.get("T", 2**J))) - options.get("oversampling", 0))
    assert scatter.shape[1] == -(-n // step)


@pytest.mark.parametrize("size", list(itertools.product([4, 5, 7], [4, 6, 9])))
def test_the_shape_of_images_is_known_before_computing(size):
    scatter = Scattering2D(2, size, L=2)
    assert scatter.output_shape() == scatter.shape == scatter(drawn(size)).shape
    assert scatter.shape == (1 + 4 + 4, *(-(-n // 4) for n in size))


@EACH
@pytest.mark.parametrize("batch", [(), (3,), (2, 1, 2), (0,), (2, 0)])
def test_signals_may_have_any_leading_axes(make, batch):
    scatter = make()
    x = drawn((*batch, *scatter.sizes))
    y = scatter(x)
    assert y.shape == scatter.output_shape(batch) == (*batch, *scatter.shape)
    for index in np.ndindex(*batch):
        np.testing.assert_allclose(y[index], scatter(x[index]), rtol=2.0**-40, atol=2.0**-45)


def test_the_largest_scale_may_be_the_whole_signal():
    assert Scattering1D(4, 16, Q=1)(drawn((3, 16))).shape == (3, 1 + 4 + 6, 1)
    assert Scattering2D(3, (8, 8), L=2)(drawn((8, 8))).shape == (1 + 6 + 12, 1, 1)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_paths_of_any_order_begin_like_those_of_a_lower_one(order):
    scatter, x = Scattering1D(4, 32, Q=1, max_order=order), drawn((2, 32))
    y = scatter(x)
    assert scatter.meta()["order"].tolist() == [k for k in range(order + 1) for _ in range(math.comb(4, k))]
    if order:
        lower = Scattering1D(4, 32, Q=1, max_order=order - 1)(x)
        assert np.array_equal(y[:, : lower.shape[1]], lower)


# ---- dtypes ----


@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_dtype_of_the_signals_or_the_one_asked_for(make, dtype):
    x = drawn(make().sizes, dtype=dtype)
    assert make()(x).dtype == dtype
    for asked in ("float32", np.float64):
        assert make(dtype=asked)(x).dtype == asked
        assert np.array_equal(make(dtype=asked)(x), make()(x.astype(asked)))


@PATHWISE
def test_complex_signals_have_complex_averages(make):
    z = drawn(make().sizes) + 1j * drawn(make().sizes, 1)
    y = make(two_sided=True)(z)
    assert y.dtype == np.complex128
    assert make(dtype="float32")(z).dtype == np.complex64
    np.testing.assert_allclose(y[0], make()(z.real)[0] + 1j * make()(z.imag)[0], rtol=2.0**-40)


@EACH
@pytest.mark.parametrize("kind", [np.int64, np.uint8, bool])
def test_integers_are_taken_where_a_dtype_is_asked_for(make, kind):
    x = (drawn(make().sizes) > 0).astype(kind)
    assert np.array_equal(make(dtype="float64")(x), make()(x.astype(float)))
    with pytest.raises(
        TypeError, match=f"{type(make()).__name__}: x must have dtype float32, float64.*, got {x.dtype}"
    ):
        make()(x)


@EACH
def test_signals_are_left_as_they_are_and_may_be_any_view(make):
    x = drawn((6, *make().sizes))
    view, before = np.flip(x[::2], -1), x.copy()
    view.setflags(write=False)
    assert np.array_equal(make()(view), make()(view.copy()))
    assert np.array_equal(x, before)


# ---- forms ----


@PATHWISE
def test_every_form_says_the_same(make):
    x = drawn((3, *make().sizes))
    array, by_path, listed = make()(x), make(out_type="dict")(x), make(out_type="list")(x)
    meta = make().meta()
    assert len(by_path) == len(listed) == array.shape[1]
    for row, ((path, coefficients), entry) in enumerate(zip(by_path.items(), listed, strict=True)):
        assert np.array_equal(array[:, row], coefficients)
        assert np.array_equal(array[:, row], entry["coefficients"])
        assert path == tuple(w for w in meta["wavelet"][row].tolist() if w >= 0)
        assert set(entry) == {"coefficients", *meta}
        assert all(np.array_equal(entry[what], values[row], equal_nan=True) for what, values in meta.items())


@PATHWISE
@pytest.mark.parametrize("average", [True, False])
def test_shapes_of_every_form_are_known_before_computing(make, average):
    x = drawn((2, 3, *make().sizes))
    by_path, listed = (make(out_type=form, average=average) for form in ("dict", "list"))
    assert by_path.output_shape((2, 3)) == {path: y.shape for path, y in by_path(x).items()}
    assert listed.output_shape((2, 3)) == [entry["coefficients"].shape for entry in listed(x)]


def test_unaveraged_moduli_come_at_their_own_rates():
    options = {"J": 3, "Q": (2, 1), "boundary": "symmetric"}
    x = drawn((2, 24))
    scatter = Scattering1D(N=24, average=False, out_type="dict", **options)
    full = Scattering1D(N=24, average=False, out_type="dict", oversampling=3, **options)(x)
    for (path, modulus), stride in zip(scatter(x).items(), scatter.meta()["stride"], strict=True):
        assert modulus.shape == (2, 24 // stride)
        if len(path) < 2:  # the second order meets the aliases of the first
            np.testing.assert_allclose(modulus, full[path][:, ::stride], rtol=2.0**-30, atol=2.0**-40)
    assert np.array_equal(scatter(x)[()], x)
    assert {1, 2, 4} == set(scatter.meta()["stride"].tolist())


def test_averages_are_those_of_the_moduli():
    x = drawn((1, 32))
    moduli = Scattering1D(3, 32, Q=1, average=False, out_type="dict", oversampling=3, max_order=1)(x)
    averages = Scattering1D(3, 32, Q=1, out_type="dict", oversampling=3, max_order=1)(x)
    for path, modulus in moduli.items():
        low = Scattering1D(3, 32, Q=1, oversampling=3, max_order=0)(modulus)[:, 0]
        np.testing.assert_allclose(low, averages[path], rtol=2.0**-40, atol=2.0**-45)


# ---- meta ----


@pytest.mark.parametrize("Q", [1, 2, 4, 8])
@pytest.mark.parametrize("n", [512, 777])
def test_the_frequency_is_where_a_morlet_spectrum_is_largest(Q, n):
    for normalization, share in (("scalar", 1 / 32), ("cap", 1)):  # the cap takes most where neighbours are strong
        meta = Scattering1D(5, n, Q=Q, max_order=1, normalization=normalization).meta()
        peaks = wavelet_bank(n, J=5, Q=Q, T=32, normalization=normalization).psi.argmax(axis=1) / n
        error = np.abs(peaks - meta["frequency"][1:, 0])
        assert np.all(error <= 1 / (2 * n) + share * meta["bandwidth"][1:, 0])


@pytest.mark.parametrize("Q", [1, 3, (8, 2)])
def test_scales_and_frequencies_fall_along_a_path(Q):
    meta = Scattering1D(4, 64, Q=Q).meta()
    pairs = meta["order"] == 2
    assert np.all(meta["scale"][pairs, 0] < meta["scale"][pairs, 1])
    assert np.all(meta["frequency"][pairs, 0] > meta["frequency"][pairs, 1])
    first = meta["frequency"][meta["order"] == 1, 0]
    assert np.all(np.diff(first) < 0)
    assert np.all((first > 0) & (first < 1 / 2))


@PATHWISE
def test_what_a_path_has_not_is_said_to_be_missing(make):
    meta = make().meta()
    places = np.arange(2) >= meta["order"][:, None]
    for what, values in meta.items():
        if values.ndim == 2 and what != "stride":
            assert np.array_equal(values < 0 if values.dtype.kind == "i" else np.isnan(values), places), what


def test_a_plane_wave_is_strongest_at_its_own_angle_and_scale():
    n, scatter = 32, Scattering2D(3, (32, 32), L=4, max_order=1)
    meta = scatter.meta()
    for row in range(1, 13):
        angle, frequency = meta["angle"][row, 0], meta["frequency"][row, 0]
        across, along = (round(n * frequency * turn) for turn in (np.sin(angle), np.cos(angle)))
        wave = np.cos(2 * np.pi * (across * np.arange(n)[:, None] + along * np.arange(n)) / n)
        assert scatter(wave).mean(axis=(1, 2))[1:].argmax() == row - 1


def test_strides_are_the_distances_of_samples():
    assert Scattering1D(3, 24, Q=1).meta()["stride"].tolist() == [8] * 7
    assert Scattering2D(2, (6, 8), L=1).meta()["stride"].tolist() == [[4, 4]] * 4
    unaveraged = Scattering2D(2, (6, 7), L=1, average=False, out_type="list").meta()
    assert unaveraged["stride"].tolist() == [[1, 1], [1, 1], [2, 1], [2, 1]]


def test_wavelets_of_negative_frequency_are_told_apart():
    meta = Scattering1D(2, 16, Q=1, two_sided=True, max_order=1).meta()
    assert np.array_equal(meta["frequency"][1:3], -meta["frequency"][3:])
    angles = Scattering2D(1, (8, 8), L=2, two_sided=True, max_order=1).meta()["angle"][1:, 0]
    np.testing.assert_allclose(angles, np.pi * np.arange(4) / 2)


def test_paths_of_volumes_have_scales_widths_and_a_degree():
    meta = Scattering3D(3, (4, 4, 4), L=1, sigma=0.75, powers=(1, 2)).meta()
    assert meta["order"].tolist() == [0] + [1] * 6 + [2] * 6
    assert meta["degree"].tolist() == [-1] + [0, 1] * 6
    assert meta["scale"][:4].tolist() == [[-1, -1], [0, -1], [0, -1], [1, -1]]
    assert meta["width"][7].tolist() == [0.75, 1.5]
    assert meta["power"].tolist() == [1, 2]


# ---- gradients ----


@EACH
def test_the_gradient_is_the_slope_of_a_loss(make):
    scatter = make()
    x, v, dy = drawn(scatter.sizes), drawn(scatter.sizes, 1), drawn(scatter.shape, 2)
    slope = np.sum(v * scatter.gradient(dy, x))
    errors = [abs(np.sum(dy * (scatter(x + h * v) - scatter(x - h * v))) / (2 * h) - slope) for h in (2**-12, 2**-16)]
    assert errors[1] < errors[0] / 128  # of second order: a 256th


@EACH
def test_the_gradient_is_finite_at_zero_and_has_the_precision_of_the_signals(make):
    scatter = make(dtype="float32")
    dx = scatter.gradient(np.ones((2, *scatter.shape)), np.zeros((2, *scatter.sizes)))
    assert dx.dtype == np.float32
    assert np.all(np.isfinite(dx))


@PATHWISE
def test_descending_along_the_gradient_brings_coefficients_together(make):
    scatter, target = make(), make()(drawn(make().sizes))
    x = drawn(scatter.sizes, 1)
    losses = []
    for _ in range(30):
        difference = scatter(x) - target
        losses.append(np.sum(difference**2) / 2)
        x = x - 0.5 * scatter.gradient(difference, x)
    assert np.all(np.diff(losses) < 0)
    assert losses[-1] < losses[0] / 2


# ---- copies ----


@EACH
def test_copies_give_equal_bits_and_carry_nothing_but_options(make):
    scatter = make(dtype="float64")
    x = drawn((2, *scatter.sizes))
    y, stored = scatter(x), pickle.dumps(scatter)
    assert len(stored) < 1000
    for other in (pickle.loads(stored), copy.copy(scatter), copy.deepcopy(scatter), clone(scatter)):
        assert type(other) is type(scatter)
        assert other.get_params() == scatter.get_params()
        assert np.array_equal(other(x), y)


@EACH
def test_an_object_is_shown_as_the_call_that_makes_it(make):
    for scatter in (make(), make(dtype=np.float32), make(max_order=1)):
        again = eval(repr(scatter))
        assert repr(again) == repr(scatter)
        assert again.shape == scatter.shape
    assert repr(Scattering1D(2, 8, Q=1, wavelet="meyer")) == "Scattering1D(J=2, N=8, Q=1, wavelet='meyer')"


@PATHWISE
def test_threads_may_share_an_object(make):
    signals = [drawn((2, *make().sizes), seed) for seed in range(12)]
    alone, shared = [make()(x) for x in signals], pickle.loads(pickle.dumps(make()))  # which has no plan yet
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(shared, signals))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


# ---- scikit-learn ----


@EACH
def test_rows_of_features_are_the_coefficients_of_the_items(make):
    scatter = make()
    x = drawn((4, *scatter.sizes))
    rows = scatter.fit_transform(x.reshape(4, -1))
    assert np.array_equal(rows, scatter(x).reshape(4, -1))
    assert np.array_equal(rows, scatter.fit(x).transform(x))
    several = drawn((4, 2, *scatter.sizes))
    assert np.array_equal(scatter.transform(several), scatter(several).reshape(4, -1))
    assert scatter.n_features_in_ == math.prod(scatter.sizes)


@EACH
def test_features_are_named_by_their_place(make):
    scatter = make()
    names = scatter.get_feature_names_out()
    assert len(set(names)) == len(names) == math.prod(scatter.shape)
    assert names[0].startswith(type(scatter).__name__.lower())
    assert names[-1].split("_")[1:] == [str(n - 1) for n in scatter.shape]


@EACH
def test_options_are_read_and_set_as_scikit_learn_does(make):
    scatter = make()
    x = drawn((2, *scatter.sizes))
    scatter(x)
    assert scatter.set_params(max_order=1) is scatter
    assert scatter.get_params()["max_order"] == 1
    assert np.array_equal(scatter(x), make(max_order=1)(x))
    check_is_fitted(scatter)
    assert scatter.get_params(deep=False) == scatter.get_params()


@EACH
def test_an_illegal_option_changes_nothing(make):
    scatter, before = make(), make().get_params()
    for wrong in ({"J": 0}, {"max_order": 1, "dtype": "int8"}, {"K": 1}):
        with pytest.raises(ValueError, match=type(scatter).__name__):
            scatter.set_params(**wrong)
        assert scatter.get_params() == before


def test_digits_are_classified_in_a_pipeline_better_than_by_their_pixels():
    images, labels = load_digits(return_X_y=True)
    classifier = LogisticRegression(C=100, max_iter=5000)
    scattering = make_pipeline(Scattering2D(1, (8, 8), L=6, boundary="zero"), classifier)
    pixels, coefficients = (
        clone(model).fit(images[:200], labels[:200]).score(images[200:600], labels[200:600])
        for model in (classifier, scattering)
    )
    assert coefficients > pixels > 0.75
    assert "Scattering2D(J=1, size=(8, 8), L=6, boundary='zero')" in repr(scattering)


def test_options_are_searched_in_a_pipeline():
    images, labels = load_digits(return_X_y=True)
    model = make_pipeline(Scattering2D(1, (8, 8), L=2), LogisticRegression(C=1, max_iter=5000))
    search = GridSearchCV(model, {"scattering2d__J": [1, 3]}, cv=2).fit(images[:100], labels[:100])
    assert search.best_params_ == {"scattering2d__J": 1}  # an average over the whole image knows no place


# ---- errors ----

WRONG = [
    (lambda: Scattering1D(4, 15), ValueError, "Scattering1D: 2^J must be at most n, got J=4, n=15"),
    (lambda: Scattering1D(0, 15), ValueError, "Scattering1D: J must be at least 1, got J=0"),
    (lambda: Scattering1D(2, 0), ValueError, "Scattering1D: N must be at least 1, got N=0"),
    (lambda: Scattering1D(2, 8.5), TypeError, "Scattering1D: N must be an integer, got N=8.5"),
    (lambda: Scattering1D(2, 8, T=9), ValueError, "Scattering1D: T must be at most n, got T=9, n=8"),
    (lambda: Scattering1D(2, 8, Q=(1, 2, 3)), ValueError, "Scattering1D: Q must be an integer or a pair of integers"),
    (lambda: Scattering1D(2, 8, wavelet="haar"), ValueError, "Scattering1D: wavelet must be one of morlet"),
    (lambda: Scattering1D(2, 8, boundary="wrap"), ValueError, "Scattering1D: boundary must be one of periodic"),
    (lambda: Scattering1D(2, 8, max_order=-1), ValueError, "Scattering1D: max_order must be at least 0"),
    (lambda: Scattering1D(2, 8, average=1), TypeError, "Scattering1D: average must be a boolean, got average=1"),
    (lambda: Scattering1D(2, 8, average=False), ValueError, "Scattering1D: out_type must be dict or list where"),
    (
        lambda: Scattering1D(2, 8, out_type="tuple"),
        ValueError,
        "Scattering1D: out_type must be one of array, dict, list",
    ),
    (lambda: Scattering1D(2, 8, dtype="float16"), ValueError, "Scattering1D: dtype must be None, float32, float64"),
    (lambda: Scattering2D(2, 8), TypeError, "Scattering2D: size must be a tuple (H, W), got size=8"),
    (lambda: Scattering2D(2, (8, 8, 8)), ValueError, "Scattering2D: size must be a tuple (H, W), got size=(8, 8, 8)"),
    (lambda: Scattering2D(3, (8, 7)), ValueError, "Scattering2D: 2^J must be at most W, got J=3, W=7"),
    (lambda: Scattering2D(2, (8, 8), L=0), ValueError, "Scattering2D: L must be at least 1, got L=0"),
    (lambda: Scattering3D(1, (4, 4)), ValueError, "Scattering3D: size must be a tuple (D, H, W), got size=(4, 4)"),
    (lambda: Scattering3D(1, (4, 4, 4), L=5), ValueError, "Scattering3D: L must be at most 4, got L=5"),
    (lambda: Scattering3D(1, (4, 4, 4), powers=(2, 1)), ValueError, "Scattering3D: powers must be some of"),
    (lambda: Scattering1D(2, 8)([0.0] * 8), TypeError, "Scattering1D: x must be a numpy array, got list"),
    (lambda: Scattering1D(2, 8)(np.zeros(9)), ValueError, "x must have axes (..., N), got x.shape=(9,), N=8"),
    (lambda: Scattering1D(2, 8)(np.zeros(())), ValueError, "x must have axes (..., N), got x.shape=(), N=8"),
    (lambda: Scattering1D(2, 8)(np.zeros(8, "f2")), TypeError, "float32, float64, complex64, complex128, got float16"),
    (lambda: Scattering2D(2, (8, 6))(np.zeros((6, 8))), ValueError, "got x.shape=(6, 8), H=8, W=6"),
    (lambda: Scattering3D(1, (2, 3, 4))(np.zeros((2, 3, 5))), ValueError, "got x.shape=(2, 3, 5), D=2, H=3, W=4"),
    (lambda: Scattering3D(1, (2, 3, 4))(np.zeros((2, 3, 4), complex)), TypeError, "float32, float64, got complex128"),
    (lambda: Scattering1D(2, 8).transform(np.zeros(8)), ValueError, "X must have axes (items, 8) or (items, ..., N)"),
    (lambda: Scattering2D(1, (4, 4)).transform(np.zeros((2, 15))), ValueError, "X must have axes (items, 16) or"),
    (lambda: Scattering1D(2, 8).gradient(np.zeros(8), np.zeros(8)), ValueError, "the shape of the coefficients = "),
    (lambda: Scattering1D(2, 8).gradient(0.0, np.zeros(8)), TypeError, "dy must be a numpy array of real numbers"),
    (lambda: Scattering1D(2, 8).gradient(np.zeros((26, 2)), np.zeros(8) * 1j), TypeError, "float64, got complex128"),
    (lambda: Scattering3D(1, (2, 2, 2)).gradient(np.zeros(8), np.zeros((2, 2, 2))), ValueError, "integrals = (5, 3)"),
    (lambda: Scattering3D(1, (2, 2, 2)).gradient([1], np.zeros((2, 2, 2))), TypeError, "real numbers, got list"),
]


@pytest.mark.parametrize(("call", "error", "sentence"), WRONG, ids=[sentence for *_, sentence in WRONG])
def test_what_is_wrong_is_said_in_a_sentence(call, error, sentence):
    with pytest.raises(error) as raised:
        call()
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@given(J=st.integers(1, 4), n=st.integers(1, 40), Q=st.integers(1, 3), order=st.integers(0, 3), average=st.booleans())
def test_an_object_either_says_its_shape_or_what_is_wrong(J, n, Q, order, average):
    options = {"Q": Q, "max_order": order, "average": average, "out_type": "dict"}
    if n < 2**J:
        with pytest.raises(ValueError, match="2\\^J must be at most n"):
            Scattering1D(J, n, **options)
    else:
        scatter = Scattering1D(J, n, **options)
        assert {path: y.shape for path, y in scatter(drawn((1, n))).items()} == scatter.output_shape((1,))
