"""Bad input to a pooling layer is refused with one sentence that names the operator, the rule and the values."""

from __future__ import annotations

import re

import numpy as np
import pytest

from convoracle import impl

X1, X2, I1 = np.ones((1, 1, 5)), np.ones((2, 3, 4, 5)), np.zeros((1, 1, 5), int)
REFUSED = [
    ("max_pool1d([1.0], kernel_size=1)", TypeError, "max_pool1d: x must be a numpy array, got list"),
    (
        "max_pool1d(X1 + 0j, kernel_size=1)",
        TypeError,
        "max_pool1d: x must have dtype float32, float64 or an integer dtype, got complex128",
    ),
    (
        "max_pool2d_with_indices(X2 > 0, kernel_size=1)",
        TypeError,
        "max_pool2d_with_indices: x must have dtype float32, float64 or an integer dtype, got bool",
    ),
    ("max_pool2d(X1, kernel_size=1)", ValueError, "max_pool2d: x must have 4 axes (N, C, H, W), got x.shape=(1, 1, 5)"),
    (
        "max_pool2d(X2[:, :, :0], kernel_size=1, padding=2)",
        ValueError,
        "max_pool2d: x.shape[2] must be at least 1, got x.shape[2]=0",
    ),
    ("max_pool1d(X1, kernel_size=0)", ValueError, "max_pool1d: kernel_size must be at least 1, got kernel_size=0"),
    ("max_pool1d(X1, kernel_size=2.0)", TypeError, "max_pool1d: kernel_size must be an integer, got kernel_size=2.0"),
    (
        "max_pool2d(X2, kernel_size=(1, 2, 3))",
        ValueError,
        "max_pool2d: kernel_size must have one entry per spatial axis (2), got kernel_size=(1, 2, 3)",
    ),
    (
        "max_pool2d(X2, kernel_size=2, stride=(1, 0))",
        ValueError,
        "max_pool2d: stride[1] must be at least 1, got stride[1]=0",
    ),
    (
        "max_pool1d(X1, kernel_size=2, dilation=0)",
        ValueError,
        "max_pool1d: dilation must be at least 1, got dilation=0",
    ),
    (
        "max_pool1d(X1, kernel_size=2, ceil_mode=1)",
        TypeError,
        "max_pool1d: ceil_mode must be True or False, got ceil_mode=1",
    ),
    (
        'max_pool1d(X1, kernel_size=2, padding="full")',
        ValueError,
        'max_pool1d: padding must be integers, "valid" or "same", got padding=\'full\'',
    ),
    (
        "max_pool2d(X2, kernel_size=(1, 6), ceil_mode=True)",
        ValueError,
        "max_pool2d: the window must fit, n + p0 + p1 >= d (k - 1) + 1, got n=5, p0=0, p1=0, k=6, d=1 on spatial axis 1",
    ),
    (
        "max_pool2d(X2, kernel_size=2, padding=((1, 0), (0, 2)))",
        ValueError,
        "max_pool2d: every window must reach the input, p0, p1 <= d (k - 1), got n=5, p0=0, p1=2, k=2, d=1 on spatial axis 1",
    ),
    (
        "max_pool2d(X2, kernel_size=2, padding=((2, 0), (0, 1)))",
        ValueError,
        "max_pool2d: every window must reach the input, p0, p1 <= d (k - 1), got n=4, p0=2, p1=0, k=2, d=1 on spatial axis 0",
    ),
    (
        "max_pool1d(X1, kernel_size=3, dilation=6, padding=5)",
        ValueError,
        "max_pool1d: a dilated window must meet a sample, p0 = 0 or n >= d, got n=5, p0=5, p1=5, k=3, d=6 on spatial axis 0",
    ),
    (
        "max_pool1d_gradient(X1, X1, kernel_size=2)",
        ValueError,
        "max_pool1d_gradient: dy.shape must be the output shape = (1, 1, 2), got dy.shape=(1, 1, 5)",
    ),
    (
        "max_pool1d_gradient(X1 > 0, X1, kernel_size=1)",
        TypeError,
        "max_pool1d_gradient: dy must have dtype float32, float64 or an integer dtype, got bool",
    ),
    # unpooling
    ("max_unpool1d(X1, [0], output_size=5)", TypeError, "max_unpool1d: indices must be a numpy array, got list"),
    ("max_unpool1d(X1, X1, output_size=5)", TypeError, "max_unpool1d: indices must have an integer dtype, got float64"),
    (
        "max_unpool1d(X1, I1[..., 1:], output_size=5)",
        ValueError,
        "max_unpool1d: indices.shape must be x.shape = (1, 1, 5), got indices.shape=(1, 1, 4)",
    ),
    (
        "max_unpool2d(X2, I1, output_size=5)",
        ValueError,
        "max_unpool2d: indices.shape must be x.shape = (2, 3, 4, 5), got indices.shape=(1, 1, 5)",
    ),
    (
        "max_unpool1d(X1, I1 + 5, output_size=5)",
        ValueError,
        "max_unpool1d: indices must be positions in a plane, 0 to 4, got 5",
    ),
    (
        "max_unpool1d(X1, I1 - 1, output_size=5)",
        ValueError,
        "max_unpool1d: indices must be positions in a plane, 0 to 4, got -1",
    ),
    (
        "max_unpool1d(X1, I1.astype(np.uint64) + np.uint64(2**64 - 1), output_size=5)",
        ValueError,
        "max_unpool1d: indices must be positions in a plane, 0 to 4, got 18446744073709551615",
    ),
    (
        "max_unpool1d(X1, I1, output_size=0)",
        ValueError,
        "max_unpool1d: output_size must be at least 1, got output_size=0",
    ),
    (
        "max_unpool1d(X1, I1, output_size=2.0)",
        TypeError,
        "max_unpool1d: output_size must be an integer, got output_size=2.0",
    ),
    (
        "max_unpool2d(X1, I1, output_size=2)",
        ValueError,
        "max_unpool2d: x must have 4 axes (N, C, H, W), got x.shape=(1, 1, 5)",
    ),
    (
        "max_unpool1d_gradient(X1, I1 + 5)",
        ValueError,
        "max_unpool1d_gradient: indices must be positions in a plane, 0 to 4, got 5",
    ),
    (
        "max_unpool1d_gradient(X1, I1[0])",
        ValueError,
        "max_unpool1d_gradient: indices must have 3 axes (N, C, L), got indices.shape=(1, 5)",
    ),
    (
        "max_unpool1d_gradient(X1, I1.repeat(2, axis=1))",
        ValueError,
        "max_unpool1d_gradient: indices.shape[:2] must be dy.shape[:2] = (1, 1), got indices.shape[:2]=(1, 2)",
    ),
    ("max_unpool1d_gradient(X1, 0)", TypeError, "max_unpool1d_gradient: indices must be a numpy array, got int"),
    # averages
    ("avg_pool1d(I1, kernel_size=1)", TypeError, "avg_pool1d: x must have dtype float32 or float64, got int64"),
    (
        "avg_pool1d(X1 + 0j, kernel_size=1)",
        TypeError,
        "avg_pool1d: x must have dtype float32 or float64, got complex128",
    ),
    (
        "avg_pool1d(X1[..., :0], kernel_size=1)",
        ValueError,
        "avg_pool1d: x.shape[2] must be at least 1, got x.shape[2]=0",
    ),
    (
        "avg_pool1d(X1, kernel_size=2, padding=2)",
        ValueError,
        "avg_pool1d: every window must reach the input, p0, p1 <= d (k - 1), got n=5, p0=2, p1=2, k=2, d=1 on spatial axis 0",
    ),
    (
        "avg_pool1d(X1, kernel_size=6, ceil_mode=True)",
        ValueError,
        "avg_pool1d: the window must fit, n + p0 + p1 >= d (k - 1) + 1, got n=5, p0=0, p1=0, k=6, d=1 on spatial axis 0",
    ),
    (
        "avg_pool1d(X1, kernel_size=2, count_include_pad=None)",
        TypeError,
        "avg_pool1d: count_include_pad must be True or False, got count_include_pad=None",
    ),
    (
        "avg_pool1d(X1, kernel_size=2, divisor_override=0)",
        ValueError,
        "avg_pool1d: divisor_override must be at least 1, got divisor_override=0",
    ),
    (
        "avg_pool1d(X1, kernel_size=2, divisor_override=2.0)",
        TypeError,
        "avg_pool1d: divisor_override must be an integer, got divisor_override=2.0",
    ),
    (
        "avg_pool1d(X1, kernel_size=2, divisor_override=2**53 + 1)",
        ValueError,
        "avg_pool1d: divisors must be at most 2**53, got 9007199254740993",
    ),
    (
        "avg_pool1d_gradient(X1, input_size=9, kernel_size=2)",
        ValueError,
        "avg_pool1d_gradient: dy.shape[2:] must be the output size = (4,), got dy.shape[2:]=(5,)",
    ),
    (
        "avg_pool1d_gradient(X1, input_size=0, kernel_size=1)",
        ValueError,
        "avg_pool1d_gradient: input_size must be at least 1, got input_size=0",
    ),
    (
        "avg_pool1d_gradient(I1, input_size=5, kernel_size=1)",
        TypeError,
        "avg_pool1d_gradient: dy must have dtype float32 or float64, got int64",
    ),
    # adaptive and global
    (
        "adaptive_avg_pool1d(I1, output_size=1)",
        TypeError,
        "adaptive_avg_pool1d: x must have dtype float32 or float64, got int64",
    ),
    (
        "adaptive_avg_pool2d(X2, output_size=(2, 0))",
        ValueError,
        "adaptive_avg_pool2d: output_size[1] must be at least 1, got output_size[1]=0",
    ),
    (
        "adaptive_max_pool2d(X2[..., :0], output_size=2)",
        ValueError,
        "adaptive_max_pool2d: x.shape[3] must be at least 1, got x.shape[3]=0",
    ),
    (
        "adaptive_avg_pool1d_gradient(X1, input_size=0)",
        ValueError,
        "adaptive_avg_pool1d_gradient: input_size must be at least 1, got input_size=0",
    ),
    (
        "adaptive_max_pool1d_gradient(X1, X1.repeat(2, axis=0))",
        ValueError,
        "adaptive_max_pool1d_gradient: dy.shape[:2] must be x.shape[:2] = (2, 1), got dy.shape[:2]=(1, 1)",
    ),
    (
        "global_avg_pool(X1[0])",
        ValueError,
        "global_avg_pool: x must have 3 to 5 axes (N, C and one to three spatial axes), got x.shape=(1, 5)",
    ),
    ("global_avg_pool(I1)", TypeError, "global_avg_pool: x must have dtype float32 or float64, got int64"),
    ("global_max_pool(X1[..., :0])", ValueError, "global_max_pool: x.shape[2] must be at least 1, got x.shape[2]=0"),
    ("global_max_pool(1)", TypeError, "global_max_pool: x must be a numpy array, got int"),
    (
        "global_max_pool_gradient(X1, X1)",
        ValueError,
        "global_max_pool_gradient: dy.shape must be x.shape[:2] = (1, 1), got dy.shape=(1, 1, 5)",
    ),
    (
        "global_avg_pool_gradient(X1, input_size=2)",
        ValueError,
        "global_avg_pool_gradient: dy must have 2 axes (N, C), got dy.shape=(1, 1, 5)",
    ),
    (
        "global_avg_pool_gradient(X1[0], input_size=(2, 2, 2, 2))",
        ValueError,
        "global_avg_pool_gradient: input_size must have one to three entries, got input_size=(2, 2, 2, 2)",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        eval(call, {"np": np, "X1": X1, "X2": X2, "I1": I1} | {name: getattr(impl, name) for name in impl.__all__})
