"""Section B of the statements: pooling, detectors, normalisation, stability, and the loss."""

from .statement import Erratum, Statement
from .theorems_activation import equality_counterexample
from .theorems_network import dense_counterexample, width_counterexample
from .theorems_normalization import neighbourhood_counterexample

_MAX_POOLS = ("max_pool1d", "max_pool2d", "max_pool3d")
_AVG_POOLS = ("avg_pool1d", "avg_pool2d", "avg_pool3d")
_ADAPTIVE = tuple(f"adaptive_{kind}_pool{dims}d" for kind in ("avg", "max") for dims in (1, 2, 3))
_UNPOOLS = ("max_unpool1d", "max_unpool2d", "max_unpool3d")
_DETECTORS = ("relu", "leaky_relu", "prelu", "sigmoid", "tanh", "softplus")
_CONTRACTIONS = (
    "modulus, rectifiers and soft threshold are Lipschitz",
    "the complex modulus is contractive",
    "sigmoid, tanh and softplus have the Lipschitz constants 1/4, 1 and 1",
)
_POOLING_CONSTANTS = (
    "max pooling is 1-Lipschitz in the sup norm",
    "max pooling expands the l2 norm by prod ceil(k/sigma)^(1/2) at most",
    "average pooling expands the l2 norm by prod (ceil(k/s)/k)^(1/2) at most",
    "average pooling without counted padding may expand more",
)
_SOFTMAX = (
    "softmax is a distribution",
    "softmax does not see a shift of all scores",
    "log_softmax is the logarithm of softmax",
    "the stages of softmax compute its definition",
    "the gradients of softmax and its logarithm",
)

LAYER_ROWS = (
    Statement(
        row="L-pool",
        equation=r"y[t] = \max_u x[s t + d u - p], \quad y[t] = \frac{1}{k} \sum_u x[s t + u - p]",
        meaning="Pooling works like a convolution with another summary of the window: its maximum, or its average "
        "(reconstructed from the text).",
        becomes=(
            *_MAX_POOLS,
            *_AVG_POOLS,
            *_ADAPTIVE,
            "global_avg_pool",
            "global_max_pool",
            *_UNPOOLS,
            "average pooling is the convolution with 1/k",
            "average pooling without counted padding is no convolution",
            "adaptive windows cover the input",
            "max pooling commutes with increasing maps",
            "max pooling does not commute with decreasing maps",
        ),
    ),
    Statement(
        row="L-partial",
        equation=r"o = \min\left( \left\lceil \frac{n+p+q-E}{s} \right\rceil + 1, "
        r"\left\lfloor \frac{n+p-1}{s} \right\rfloor + 1 \right)",
        meaning="The rightmost pooling region may be smaller, but must be included so that no detector unit is ignored: counts "
        "of windows, and divisors (formula: ours).",
        becomes=(
            *_MAX_POOLS,
            *_AVG_POOLS,
            "floor mode pools the windows that fit",
            "ceil mode leaves no sample out",
            "every pooling window starts before the end of the input",
            "dropping one last window is enough",
            "dropping one last window needs q <= d(k-1)",
            "the divisors of average pooling count what they say",
            "no pooling window is empty",
            "each rule of pooling is needed",
        ),
    ),
    Statement(
        row="L-inv",
        equation=r"(1, 1, 1, 0.2) \to (0.3, 1, 1, 1)",
        meaning="Translated by a small amount, the values of most of the pooled outputs do not change.",
        becomes=(
            *_MAX_POOLS,
            "a shift keeps a maximum exactly if",
            "leaving, entering and common samples decide a pooled value",
            "a shift by one changes half of the pooled values",
            "most pooled values need not survive a shift",
        ),
    ),
    Statement(
        row="L-stages",
        equation=r"\text{convolution} \to \text{detector} \to \text{pooling}",
        meaning="The stages of a layer: sizes, receptive field and jump of their composition.",
        becomes=(
            "conv2d",
            "relu",
            "max_pool2d",
            "pooling after a convolution is one window",
            "network: stages compose their index maps",
        ),
    ),
    Statement(
        row="L-params",
        equation=r"m_1 \times m_2 \times 3 \times 5 + 5, \quad (n_1 \times n_2 \times 3) \times (n_1 \times n_2 \times 5)",
        meaning="Parameters of a convolutional and of a dense layer from 3 to 5 maps.",
        becomes=("conv2d", "linear", "parameters of a layer", "network: parameters of convolutional and dense layers"),
        erratum=Erratum(
            r"(n_1 \times n_2 \times 3) \times (n_1 \times n_2 \times 5)",
            dense_counterexample,
            r"(n_1 n_2 3)(n_1 n_2 5) + 5 n_1 n_2, counting biases as in the convolutional layer",
        ),
    ),
    Statement(
        row="K-act",
        equation=r"\frac{1}{1 + e^{-x}}, \quad \max(0, x), \quad \max(0, x) + a \min(0, x)",
        meaning="Three activations that clip: sigmoid, ReLU, leaky or parametric ReLU (U: rectifier or sigmoid).",
        becomes=(
            *_DETECTORS,
            "detectors clip",
            "sigmoid, tanh and softplus under reflection",
            "the stages of detectors compute their definition",
            *_CONTRACTIONS[::2],
        ),
    ),
    Statement(
        row="M14",
        equation=r"|\rho(\alpha) - \rho(\alpha')| \leq |\alpha - \alpha'|",
        meaning="Modulus and rectifier are contractive; the constants of every detector and pooling.",
        becomes=(
            "modulus",
            "relu",
            *_CONTRACTIONS,
            "equality in the contraction",
            *_POOLING_CONSTANTS,
            "constants of layers multiply",
        ),
        erratum=Erratum(
            r"\alpha = 0 \text{ or } \alpha' = 0 \Rightarrow |\rho(\alpha) - \rho(\alpha')| = |\alpha - \alpha'|",
            equality_counterexample,
            "True for the modulus; for the rectifier only if the other argument is >= 0.",
        ),
    ),
    Statement(
        row="M-relu2",
        equation=r"\max(0, \alpha) \approx \tfrac{1}{2} |\alpha|",
        meaning="Replacing the modulus by a rectifier gives nearly the same result, up to a factor 2.",
        becomes=(
            "relu",
            "modulus",
            "the modulus is twice the rectifier, less the signal",
            "the norm of a cyclic convolution",
        ),
    ),
    Statement(
        row="M-norm",
        equation=r"x_j(v, k) \mapsto x_j(v, k) / \left( \sum_{v \in \mathcal{N}(u)} |x_j(v, k)|^2 \right)^{1/2}",
        meaning="Dividing by the norm of a neighbourhood removes multiplicative variations of amplitude.",
        becomes=(
            "batch_norm",
            "batch_norm_training",
            "local_response_norm",
            "normalised signals do not see a scale",
            "the scale law needs c > 0 and epsilon = 0",
            "a folded batch norm is the batch norm",
        ),
        erratum=Erratum(
            r"x_j(v, k) \text{ is divided by the norm of all } x_j(v, k), v \text{ in a neighbourhood of } u",
            neighbourhood_counterexample,
            r"x_j(u, k) is divided: as printed, the quotient depends on v, and every v lies in many neighbourhoods.",
        ),
    ),
    Statement(
        row="M-thr",
        equation=r"\rho(\alpha - c) = \max(0, \alpha - c)",
        meaning="A constant subtracted before a rectifier acts as a soft threshold, which increases sparsity.",
        becomes=(
            "soft_threshold",
            "relu",
            "a soft threshold is a difference of rectifiers",
            "a negative constant is no threshold",
        ),
    ),
    Statement(
        row="M-stab",
        equation=r"\|W_j\| > 1",
        meaning="Small perturbations may grow when the norms of the linear operators exceed 1 and are cascaded.",
        becomes=(
            "conv1d",
            "conv2d",
            "conv3d",
            "linear",
            "the norm of a convolution depends on sigma = s/gcd(s, d)",
            "the norm of a cyclic convolution",
            "the bound of a zero-padded convolution",
            "the maximum on a grid is no bound",
            "the bound between grid points is attained",
            "constants of layers multiply",
            "norms above 1 may expand",
            "norms above 1 need not expand",
        ),
    ),
    Statement(
        row="M-width",
        equation=r"\Delta_j = 2^j \Delta",
        meaning="The spatial width of a unit of layer j, for filters of width Delta and subsampling by 2.",
        becomes=("network: the width of a layer", "the receptive field grows with depth"),
        erratum=Erratum(r"\Delta_j = 2^j \Delta", width_counterexample, r"\Delta_j = 1 + (\Delta - 1)(2^j - 1)"),
    ),
    Statement(
        row="U1",
        equation=r"\min_f \mathbb{E}\left[ L(f(X), Y) \right]",
        meaning="Learning minimises an expected loss: cross-entropy, empirical risk, and its exact gradient (reconstructed).",
        becomes=(
            "cross_entropy",
            "cross_entropy_gradient",
            "softmax",
            "log_softmax",
            *_SOFTMAX,
            "the gradient of the empirical risk is softmax less one-hot",
            "learning: back-propagation is the transposed chain",
        ),
    ),
)
