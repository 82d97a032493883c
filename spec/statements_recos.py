"""What Kuo 2016 (seed K) states about rectified correlations, cascades and the two networks: section F, row by row."""

from .statement import Erratum, Statement
from .theorems_network import coverage_counterexample, mean_counterexample, table_counterexample
from .theorems_recos import obtuse_counterexample
from .theorems_recos_cascade import (
    anchor_counterexample,
    compound_counterexample,
    correlations_counterexample,
    inner_counterexample,
    position_counterexample,
)
from .theorems_recos_mean import length_counterexample, sphere_counterexample, unit_length_counterexample

_UNIT = ("conv2d", "relu", "recos: conv2d and relu are a unit on every patch")
_ONE_TO_ONE = "recos: a linear cascade is one layer"
_MANY_TO_ONE = ("recos: many units into one", "recos: the pixels under a cascade")
_TABLES = (
    "conv2d",
    "linear",
    "network: the tables of anchor vectors",
    "network: the feature maps of LeNet-5 and AlexNet",
    "network: where the original networks differ",
)

_SPHERES = (
    Statement(
        row="K1",
        equation=r"S = \left\{ x \mid \|x\| = \left( \sum_{n=1}^N x_n^2 \right)^{1/2} = 1 \right\}",
        meaning="The unit sphere, on which the correlation measures the chord.",
        becomes=("recos: the correlation measures the chord", "recos: the angle decreases with the correlation"),
    ),
    Statement(
        row="K2",
        equation=r"\theta(x_i, x_j) = \cos^{-1}(x_i^T x_j)",
        meaning="The geodesic distance is a strictly decreasing function of the correlation, on all of [-1, 1].",
        becomes=(
            "recos: the angle decreases with the correlation",
            "recos: negative correlations order angles",
            "recos: the modulus of the correlation does not order angles",
        ),
        erratum=Erratum(
            r"90^\circ \leq |\theta| \leq 180^\circ: \text{ the correlation is no more a good measure}",
            obtuse_counterexample,
            "Only the modulus of the correlation fails past a right angle. Monotonicity does not justify rectification; "
            "what does is the cascade (K-sign).",
        ),
    ),
    *(
        Statement(
            row=row,
            equation=equation,
            meaning="A RECOS unit: the rectified correlations of a vector with K anchor vectors.",
            becomes=_UNIT,
        )
        for row, equation in {
            "K3": r"y = (y_1, \dots, y_k, \dots, y_K)^T",
            "K4": r"y_k(x, a_k) = \max(0, a_k^T x) \equiv \text{Rec}(a_k^T x)",
        }.items()
    ),
    Statement(
        row="K5",
        equation=r"S_\mu = \left\{ x \mid \|x - \mu 1\| = \left[ \sum_{n=1}^N (x_n - \mu)^2 \right]^{1/2} = 1 \right\}, "
        r"\quad \mu = \frac{1}{N} \sum_{n=1}^N x_n",
        meaning="A sphere around the local mean.",
        becomes=(
            "recos: with its mean fixed the sphere is S^(N-2)",
            "recos: the translated sphere has points of another mean",
        ),
        erratum=Erratum(
            r"S_\mu \text{ is a translation of } S \text{ with a new center at } \mu 1^T",
            sphere_counterexample,
            "With the mean of x fixed to mu it is a sphere S^(N-2) in the hyperplane of that mean; its centre is mu 1.",
        ),
    ),
    *(
        Statement(
            row=row,
            equation=equation,
            meaning="The correlation with a vector freed from its mean is one with the augmented vector.",
            becomes=("recos: the augmented correlation",),
        )
        for row, equation in {
            "K6": r"y_k(x - \mu 1, a_k) = \text{Rec}(a_k^T x + \mu a_{k,0}), \quad a_{k,0} = -\sum_{n=1}^N a_{k,n}",
            "K7": r"x' = (\mu, x_1, \dots, x_N)^T, \quad a'_k = (a_{k,0}, a_{k,1}, \dots, a_{k,N})^T",
            "K8": r"y_k(x', a'_k) = \text{Rec}({a'_k}^T x'), \quad k = 1, \dots, K",
        }.items()
    ),
    Statement(
        row="K9",
        equation=r"x' \equiv \frac{x''}{\|x''\|}, \quad a'_k \equiv \frac{a''_k}{\|a''_k\|}",
        meaning="Vectors of any length, divided by it.",
        becomes=(
            "recos: rectified correlations scale with both lengths",
            "recos: the length of the augmented vector",
        ),
        erratum=Erratum(
            r"x' = (\mu, x_1, \dots, x_N)^T \text{ with } \|x - \mu 1\| = 1 \text{ and } \|x'\| = 1",
            unit_length_counterexample,
            "(9) contradicts (7): |(mu, x)|^2 = 1 + (N+1) mu^2, which is 1 for mu = 0 only.",
        ),
    ),
    Statement(
        row="K10",
        equation=r"y_k(x'', a''_k) = \|x''\| \|a''_k\| \text{Rec}({a''_k}^T x'')",
        meaning="The rectified correlation scales with both lengths.",
        becomes=("recos: rectified correlations scale with both lengths",),
        erratum=Erratum(
            r"y_k(x'', a''_k) = \|x''\| \|a''_k\| \text{Rec}({a''_k}^T x'')",
            length_counterexample,
            r"y_k(x'', a''_k) = \|x''\| \|a''_k\| \text{Rec}({a'_k}^T x')",
        ),
    ),
)

_ONE_TO_ONE_CASCADE = (
    *(
        Statement(row=row, equation=equation, meaning=meaning, becomes=(_ONE_TO_ONE,))
        for row, equation, meaning in (
            (
                "K11",
                r"A = [a_1, \dots, a_K], \quad B = [b_1, \dots, b_L]",
                "Anchor matrices: anchor vectors are columns.",
            ),
            ("K13", r"c_{n,l} = \alpha_n^T b_l", "An element of the compound matrix, from a row of A."),
            ("K14", r"x = \sum_{n=1}^N x_n e_n", "A vector in coordinates."),
        )
    ),
    Statement(
        row="K12",
        equation=r"z = B^T A^T x = C^T x, \quad C \equiv AB",
        meaning="Two units in cascade, without rectification, are one; so are they with it where all correlations are "
        "non-negative.",
        becomes=(_ONE_TO_ONE, "recos: rectified and linear cascade agree on non-negative correlations"),
    ),
    Statement(
        row="K15",
        equation=r"\alpha_n^T = A e_n",
        meaning="The anchor-position vector: row n of A.",
        becomes=(_ONE_TO_ONE,),
        erratum=Erratum(r"\alpha_n^T = A e_n", position_counterexample, r"\alpha_n^T = e_n^T A"),
    ),
    Statement(
        row="K16",
        equation=r"z' = {C'}^T x, \quad C' = [c'_{n,l}]_{N \times L}",
        meaning="Rectified anchors of the compound system, said to give nearly z where correlations are positive.",
        becomes=(
            "recos: what rectified anchors add",
            "recos: rectified and linear cascade agree on non-negative correlations",
            "recos: positive correlations do not suffice",
        ),
        erratum=Erratum(
            r"\text{strong positive correlations: } z \approx z' \approx z''",
            correlations_counterexample,
            "z'' = z where A^T x >= 0 and C^T x >= 0; z' - z = Rec(-C)^T x, so that z' = z for all x exactly if C >= 0.",
        ),
    ),
    Statement(
        row="K17",
        equation=r"c'_{n,l} = \text{Rec}(c_{n,l}) = \text{Rec}(\alpha_n b_l)",
        meaning="An element of the rectified compound matrix.",
        becomes=("recos: what rectified anchors add",),
        erratum=Erratum(
            r"c'_{n,l} = \text{Rec}(\alpha_n b_l)", inner_counterexample, r"c'_{n,l} = \text{Rec}(\alpha_n^T b_l)"
        ),
    ),
)

_LARGER_CASCADES = (
    *(
        Statement(row=row, equation=equation, meaning=meaning, becomes=("conv2d", *_MANY_TO_ONE))
        for row, equation, meaning in (
            ("K18", r"Y = A^T X", "Units in parallel on P patches share one anchor matrix."),
            ("K19", r"Y = [y_1, \dots, y_P], \quad X = [x_1, \dots, x_P]", "Patches and their responses, as columns."),
            ("K20", r"z = B^T \tilde{y}", "The second layer reads the P responses, stacked."),
        )
    ),
    Statement(
        row="K21",
        equation=r"z = C^T x, \quad C \equiv AB",
        meaning="Many units into one: a compound filter on the stacked patches, and on the pixels under them; it is conv, "
        "subsampling, conv.",
        becomes=(*_MANY_TO_ONE, "recos: the printed compound matrix does not conform"),
        erratum=Erratum(
            r"C \equiv AB, \quad B \in R^{PK \times L}",
            compound_counterexample,
            r"z = C^T \tilde{x}, \quad C = (I_P \otimes A) B; \quad \text{on pixels } E^T C \text{ with } \tilde{x} = E x",
        ),
    ),
    Statement(
        row="K22",
        equation=r"z = D^T x",
        meaning="One layer against two: without a detector between them two are one, and every D of rank at most K is two.",
        becomes=(
            "linear",
            "recos: two linear layers are one",
            "recos: a matrix of rank K is two layers with K units between",
        ),
    ),
    Statement(
        row="K23",
        equation=r"c'_l = (c'_{1,l}, \dots, c'_{n,l})^T, \quad l = 1, \dots, L",
        meaning="The anchor vectors of the two-layer system.",
        becomes=("recos: a matrix of rank K is two layers with K units between", "recos: what rectified anchors add"),
        erratum=Erratum(
            r"c'_l = (c'_{1,l}, \dots, c'_{n,l})^T", anchor_counterexample, r"c'_l = (c'_{1,l}, \dots, c'_{N,l})^T"
        ),
    ),
)

_NEGATION = (
    Statement(
        row="K-sign",
        equation=r"(-B)^T (-A)^T = B^T A^T",
        meaning="Without rectification two negative responses look like two positive ones (for fixed weights x and -x do not); "
        "rectification drops their product, and merges all negative responses.",
        becomes=(
            "recos: two negations cancel in a linear cascade",
            "recos: fixed weights separate x from -x without rectification",
            "recos: rectification forgets negative responses",
        ),
    ),
    Statement(
        row="K-neg",
        equation=r"\text{negated C1 on grey-reversed images: } 98.94 \%, \text{ on the original ones } 37.36 \%",
        meaning="Negated filters on reversed grey levels give the same responses up to c sum(w); the same bits where levels are "
        "centred at c/2.",
        becomes=(
            "conv2d",
            "recos: negated filters on reversed grey levels",
            "recos: zero padding breaks the constant of reversed grey levels",
            "recos: the bias that undoes a reversal",
            "recos: centred grey levels reverse by their sign",
        ),
    ),
    Statement(
        row="K-double",
        equation=r"[A, -A]",
        meaning="Doubled anchors serve both an image and its negative.",
        becomes=("relu", "recos: doubled anchors keep both signs"),
    ),
)

_NETWORKS = (
    Statement(
        row="K-rf",
        equation=r"5 \times 5 \text{ and } 13 \times 13, \text{ covered by one, two or four layer-one filters}",
        meaning="Receptive fields of LeNet-5: 13 with plain subsampling, 14 with averages of 2 x 2.",
        becomes=(
            "network: stages compose their index maps",
            "network: the receptive fields of LeNet-5",
            "network: windows over a pixel of LeNet-5",
        ),
        erratum=Erratum(
            r"\text{covered by one, two or four layer-one filters}",
            coverage_counterexample,
            "The 25 windows cover a pixel 1, 2, 3, 4, 6 or 9 times.",
        ),
    ),
    Statement(
        row="K-T1",
        equation=r"\text{C1: } (5 \times 5)+1, 6; \text{ C3: } 6 \times 5 \times 5, 16; \text{ C5: } 16 \times 5 \times 5, 120; "
        r"\text{ F6: } 120, 84; \text{ Output: } 84, 10",
        meaning="Anchor vectors of LeNet-5. The original connects C3 to 60 of 96 maps; MNIST itself is 28 x 28.",
        becomes=(*_TABLES, "network: a rectified vector has a mean"),
        erratum=Erratum(
            r"\text{augmentation is not needed in } S^2 \text{ since the global mean is removed}",
            mean_counterexample,
            "The input of S^2 is rectified and has a mean of its own, as Conv_2 to Conv_5 of Table 2, which are augmented.",
        ),
    ),
    Statement(
        row="K-T2",
        equation=r"\text{Conv}_1: (3 \times 11 \times 11)+1, 96; \dots; \text{ FC}_6: 256 \times 1 \times 1, 4096; "
        r"\text{ FC}_7: 4096, 4096; \text{ FC}_8: 4096, 1000",
        meaning="Anchor vectors of the AlexNet. The original has two groups: 48 5 5 in Conv_2, 192 3 3 in Conv_4 and Conv_5.",
        becomes=_TABLES,
        erratum=Erratum(
            r"\text{FC}_6: 256 \times 1 \times 1", table_counterexample, r"\text{FC}_6: 256 \times 6 \times 6"
        ),
    ),
    Statement(
        row="K-net",
        equation=r"\text{LeNet-5: C1/S2, C3/S4, C5, F6, Output}; \quad \text{AlexNet: Conv}_1 \dots \text{Conv}_5, "
        r"\text{FC}_6, \text{FC}_7, \text{FC}_8",
        meaning="Both networks as stacks of layers, with sizes, parameters and fields derived, forward and backward.",
        becomes=(
            *("conv2d", "avg_pool2d", "max_pool2d", "relu", "local_response_norm", "linear"),
            "network: the feature maps of LeNet-5 and AlexNet",
            "learning: back-propagation is the transposed chain",
        ),
    ),
    Statement(
        row="K-out",
        equation=r"\text{softmax in the Output; anchor vectors as centroids of K-means}",
        meaning="Decisions by the largest logit; the best anchor of a cluster is its centroid.",
        becomes=(
            "softmax",
            "cross_entropy",
            "learning: softmax keeps the order of the logits",
            "learning: the best anchor of a cluster is its centroid",
        ),
    ),
)

RECOS: tuple[Statement, ...] = (*_SPHERES, *_ONE_TO_ONE_CASCADE, *_LARGER_CASCADES, *_NEGATION, *_NETWORKS)
"""Section F: RECOS."""
