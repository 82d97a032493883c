"""Mutants that are no less right than the right kernel, each with the argument why: data, no check.

A mutant written by hand is named by its name, a systematic one by its module, its function and its edit, so that the entry
holds as long as the statement stands, whatever its line. What small calls can show is not written here: only edits whose
results no call of a feasible size tells apart, or differ within what the right kernel's own proof allows.
"""

_FAST = "if len(signals) {} plan.samples {} FAST_FROM and plan.once('suits', lambda: suits(plan)):"
_CHOICE = f"scattering._transform: {_FAST.format('*', '>=')} -> {_FAST}"
_EITHER_WAY = (
    "It moves the size from which signals go to the compiled transform. Both transforms compute the scattering of any "
    "signal and both are judged: small calls run the plain one, and edits of the compiled one are tried with FAST_FROM = 0."
)

ARGUMENTS: dict[str, str] = {
    _CHOICE.format("*", ">"): _EITHER_WAY,
    _CHOICE.format("*", "<"): _EITHER_WAY,
    _CHOICE.format("+", ">="): _EITHER_WAY,
    "bank_energy.contracted: least = 1 - (roundings + 10) / 2 * UNIT -> least = 1 - (roundings + 9) / 2 * UNIT": (
        "The proof beside it asks for 2 k >= m + 9, and this is k = (m + 9) / 2: the energy of a bin stays at most one, "
        "by a margin that is half a unit smaller."
    ),
    "modulus.keep_direction: if largest > one / normal: -> if largest >= one / normal:": (
        "They differ where the larger part is exactly 1 / normal, a power of two far from overflow. Halving both parts is "
        "exact there, but for a subnormal part, whose quotient by the modulus is 0 either way: the quotients are the same."
    ),
    (
        "bank_energy.contracted: scale = np.where(present > 0, least / np.sqrt(np.maximum(1, phi ** 2 + present)), 1) "
        "-> scale = np.where(present >= 0, least / np.sqrt(np.maximum(1, phi ** 2 + present)), 1)"
    ): (
        "Bins without wavelets are contracted like all others, by 1 - k u: the frame bound stays at most 1, and the bound on "
        "a stored spectrum, which counts the contraction wherever the bin is, holds there, too."
    ),
    (
        "convolution_transpose_gradient._weight_gradient: dtype = common_dtype(operator, complex_allowed=False, dy=dy, x=x) "
        "-> dtype = common_dtype(operator, complex_allowed=True, dy=dy, x=x)"
    ): (
        "It takes complex data, too, on which the record is silent, and gives the definition's sum of products of them. On "
        "real data nothing changes."
    ),
    (
        "linear.linear_weight_gradient: dtype = common_dtype('linear_weight_gradient', complex_allowed=False, dy=dy, x=x) "
        "-> dtype = common_dtype('linear_weight_gradient', complex_allowed=True, dy=dy, x=x)"
    ): (
        "It takes complex data, too, on which the record is silent, and gives the definition's sum of products of them. On "
        "real data nothing changes."
    ),
    (
        "pooling.Pooling: return (min(stride, self.sizes[-1] + before), before, taps) if self.counts[-1] >= taps else None "
        "-> return (min(stride, self.sizes[-1] + before), before, taps) if self.counts[-1] > taps else None"
    ): (
        "It moves the number of windows from which rows are pooled tap by tap. Both ways take the same samples of any call, "
        "means in another order of adding, which the bound allows; both are judged, on rows with more and with fewer windows."
    ),
    (
        "wavelet_bank.spline_sampled: "
        "return (2416 + 2382 * np.cos(angle) + 240 * np.cos(2 * angle) + 2 * np.cos(3 * angle)) / 5040 -> "
        "return (2416 + 2382 * np.cos(angle) + 240 * np.cos(2 * angle) + 2 * np.cos(3 * angle)) * 5040"
    ): (
        "Only quotients of two of its values are used, in which the factor 5040**2 cancels, far from overflow; each has one "
        "rounding as before."
    ),
}
