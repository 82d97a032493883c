"""Grey-reversed digits, and the network whose filters of C1 are negated (K, section 2; row K-neg)."""

from fractions import Fraction

import numpy as np

from convoracle.impl import conv2d
from convoracle.impl.network import Network
from convoracle.spec.evaluate import Evaluation
from convoracle.spec.evidence import Evidence

from ..pictures import picture
from .data import LEVEL, centred, digits, reversed_levels, splits
from .figures import sheet
from .outcome import Number, Outcome, Progress, certified, percent
from .rounding import evaluated, logits_apart, rounding_of
from .training import STANDARD, Recipe, Training, accuracy, trained, with_parameters

ROWS = ("K-neg",)
BORDER = 2
"""Zero padding that would keep the size of the image."""


def negated(network: Network, bias: np.ndarray | None = None) -> Network:
    """Return the network with negated filters in C1, and another bias there if it is given."""
    filters, old, *rest = network.parameters
    return with_parameters(network, [-filters, old if bias is None else bias, *rest])


def corrected_bias(filters: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return b + c sum(w), summed exactly and rounded once to the dtype of the bias."""
    level = Fraction(LEVEL)
    sums = [sum(map(Fraction, w.ravel().tolist()), Fraction(0)) for w in filters]
    exact = [Fraction(float(b)) + level * total for b, total in zip(bias, sums, strict=True)]
    return np.array([float(value) for value in exact]).astype(bias.dtype)


def lost_by(bias: np.ndarray) -> np.ndarray:
    """Return what rounding to the dtype of a bias may lose: a unit in its last place, as float64 comes between."""
    return np.spacing(np.abs(bias)).astype(np.float64)


def reverse_digits(seed: int, progress: Progress, recipe: Recipe = STANDARD) -> Outcome:
    """Test the networks that were trained on centred levels and on levels from zero, plain and negated."""
    trainings = [Training(recipe=recipe, levels=levels, seed=seed) for levels in ("centred", "from zero")]
    network, plain = trained(trainings, progress)
    tested = splits(seed)[trainings[0].split][1]
    levels, labels = digits()[0][tested], digits()[1][tested]
    progress("bounds of the rounding", 0, 1)
    evidence = (_equal_bits(network, levels), *_corrected(plain, levels), _border(plain, levels))
    numbers = [*_centred(network, levels, labels), *_from_zero(plain, levels, labels)]
    shown = np.concatenate([levels[:16, 0], reversed_levels(levels[:16, 0])])
    return Outcome(
        numbers=tuple(numbers),
        evidence=evidence,
        pictures=(picture("Digits, and the same with grey reversed.", sheet(shown)),),
    )


def _centred(network: Network, levels: np.ndarray, labels: np.ndarray) -> list[Number]:
    images, reverse = centred(levels), centred(reversed_levels(levels))
    return [
        percent("centred levels, network as trained, digits", accuracy(network, images, labels), "98.94 % (MNIST)"),
        percent(
            "centred levels, network as trained, reversed digits", accuracy(network, reverse, labels), "37.36 % (MNIST)"
        ),
        percent(
            "centred levels, C1 negated, reversed digits",
            accuracy(negated(network), reverse, labels),
            "98.94 % (MNIST)",
        ),
        percent("centred levels, C1 negated, digits", accuracy(negated(network), images, labels), "37.36 % (MNIST)"),
    ]


def _from_zero(network: Network, levels: np.ndarray, labels: np.ndarray) -> list[Number]:
    reverse, bias = reversed_levels(levels), corrected_bias(*network.parameters[:2])
    return [
        percent("levels from 0, network as trained, digits", accuracy(network, levels, labels)),
        percent("levels from 0, network as trained, reversed digits", accuracy(network, reverse, labels)),
        percent("levels from 0, C1 negated, reversed digits", accuracy(negated(network), reverse, labels)),
        percent(
            "levels from 0, C1 negated, b + c sum(w), reversed digits",
            accuracy(negated(network, bias), reverse, labels),
        ),
    ]


def _equal_bits(network: Network, levels: np.ndarray) -> Evidence:
    def witness() -> str | None:
        logits = network.forward(centred(levels))
        other = negated(network).forward(centred(reversed_levels(levels)))
        return f"{logits.size} logits of {len(levels)} digits" if logits.tobytes() == other.tobytes() else None

    return certified(
        "reversed-digits: centred levels give equal bits",
        "With grey levels centred at c/2 the network with negated filters in C1 has on reversed digits the same logits, "
        "bit for bit, as the network on the digits.",
        ROWS,
        witness,
        "comparison of bits",
    )


def _corrected(network: Network, levels: np.ndarray) -> tuple[Evidence, Evidence]:
    other = negated(network, corrected_bias(*network.parameters[:2]))
    reverse = reversed_levels(levels)
    logits = network.forward(levels).astype(np.float64)

    def within() -> str | None:
        difference = np.abs(other.forward(reverse) - logits)
        bound = logits_apart((network, other), (levels, reverse), lost_by(other.parameters[1]))
        ratio = float((difference / bound).max())
        detail = (
            f"largest difference {difference.max():.3g}, largest bound {bound.max():.3g}, largest ratio {ratio:.3g}"
        )
        return f"{difference.size} logits; {detail}" if ratio <= 1 else None

    def different() -> str | None:
        difference = np.abs(negated(network).forward(reverse) - logits)
        bound = logits_apart((network, other), (levels, reverse), lost_by(other.parameters[1]))
        beyond = int((difference > bound).sum())
        return f"{beyond} of {difference.size} logits, by up to {difference.max():.3g}" if beyond else None

    method = "rounding bound, layer by layer"
    return (
        certified(
            "reversed-digits: the bias b + c sum(w) undoes the reversal",
            "With levels from 0, filters -w and the bias b + c sum(w), the logits on reversed digits differ from those on the "
            "digits by no more than the derived rounding of both networks.",
            ROWS,
            within,
            method,
        ),
        certified(
            "reversed-digits: without that bias the logits differ",
            "With levels from 0 and the bias as it was, logits differ by more than rounding explains.",
            ROWS,
            different,
            method,
        ),
    )


def _border(network: Network, levels: np.ndarray) -> Evidence:
    filters, bias = network.parameters[:2]
    one = {"x": levels[:50], "w": filters, "b": bias}
    other = {"x": reversed_levels(levels[:50]), "w": -filters, "b": corrected_bias(filters, bias)}

    def witness() -> str | None:
        first, second = (conv2d(c["x"], c["w"], c["b"], padding=BORDER).astype(np.float64) for c in (one, other))
        got = second - first
        term = border_term(filters, levels.shape[2:])
        allowed = rounding_of(one, other, padding=BORDER) + lost_by(other["b"])[:, None, None]
        explained = np.abs(got - term.high) <= allowed + np.abs(term.low) + term.error
        if not (explained.all() and (np.abs(got) > allowed).any()):
            return None
        return f"padding {BORDER}, {got.size} responses: the term reaches {np.abs(term.high).max():.3g} at the border"

    return certified(
        "reversed-digits: zero padding adds a term at the border",
        "With zero padding the responses of C1 differ, beyond rounding, by c (sum(w) - conv(w, 1)): c times the weights that lie "
        "in the padding; inside by rounding only.",
        ROWS,
        witness,
        "rounding bound of C1",
    )


def border_term(filters: np.ndarray, size: tuple[int, ...]) -> Evaluation:
    """Return c (sum(w) - conv(w, 1)): the filters on an image that is c in the padding and 0 inside."""
    outside = np.pad(
        np.zeros((1, filters.shape[1], *size)), [(0, 0)] * 2 + [(BORDER, BORDER)] * 2, constant_values=LEVEL
    )
    return evaluated("conv2d", {"x": outside, "w": filters.astype(np.float64)}, {})[0]
