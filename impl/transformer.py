"""What scattering transforms as objects have in common: their options, and the ways of scikit-learn, without importing it."""

from __future__ import annotations

import inspect
import math
from typing import Any, ClassVar, Self

import numpy as np

from convoracle.impl.arguments import whole_number
from convoracle.impl.compiled import Ints

COMPLEX = {"float32": "complex64", "float64": "complex128"}
"""The real dtypes in which signals are transformed, and the complex ones of the same precision."""


class Transformer:
    """An object whose state is its options: the arguments of its constructor, kept as they were given.

    So it may be copied, pickled and cloned at no cost, and shown as the call that makes it. Whatever is computed from the options
    is computed again where they change.
    """

    AXES: ClassVar[tuple[str, ...]]
    """The names of the axes of one signal."""

    OPTIONS: ClassVar[tuple[str, ...]]
    """The names of the options, in the order of the constructor."""

    dtype: Any

    def __init_subclass__(cls) -> None:
        cls.OPTIONS = tuple(inspect.signature(cls).parameters)

    @property
    def sizes(self) -> Ints:
        """The sizes of one signal."""
        raise NotImplementedError

    @property
    def shape(self) -> Ints:
        """The shape of the coefficients of one signal."""
        raise NotImplementedError

    def _coefficients(self, x: np.ndarray) -> np.ndarray:
        """Return the coefficients of signals (..., *sizes) as (..., *shape)."""
        raise NotImplementedError

    def _validate(self) -> None:
        """Raise unless the options are legal."""
        raise NotImplementedError

    # ---- options ----

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options by name; `deep` changes nothing, as no option holds another object."""
        return {name: getattr(self, name) for name in self.OPTIONS}

    def set_params(self, **options: Any) -> Self:
        """Change options; on an illegal one nothing changes.

        Raises
        ------
        TypeError, ValueError
            As the constructor does.
        """
        unknown = sorted(set(options) - set(self.OPTIONS))
        if unknown:
            raise ValueError(f"{type(self).__name__}: options are {', '.join(self.OPTIONS)}, got {', '.join(unknown)}")
        vars(self).update(vars(type(self)(**{**self.get_params(), **options})))
        return self

    def __repr__(self) -> str:
        usual = {name: _shown(name, p.default) for name, p in inspect.signature(type(self)).parameters.items()}
        options = {name: _shown(name, value) for name, value in self.get_params().items()}
        given = ", ".join(f"{name}={text}" for name, text in options.items() if text != usual[name])
        return f"{type(self).__name__}({given})"

    def __getstate__(self) -> dict[str, Any]:
        return self.get_params()

    # ---- operands ----

    def _signals(self, x: Any, *, complex_allowed: bool = True) -> np.ndarray:
        """Check signals and return them in the dtype in which they are transformed.

        Numbers of any real dtype are taken where `dtype` says what to make of them.
        """
        operator, wanted = type(self).__name__, self._precision()
        if not isinstance(x, np.ndarray) or isinstance(x, np.ma.MaskedArray):
            raise TypeError(f"{operator}: x must be a numpy array, got {type(x).__name__}")
        real = list(COMPLEX) if wanted is None else [wanted]
        legal = [*real, *(COMPLEX[name] for name in real if complex_allowed)]
        if wanted is not None and x.dtype.kind in "biufc":
            x = x.astype(COMPLEX[wanted] if x.dtype.kind == "c" else wanted, copy=False)
        if x.dtype.name not in legal:
            raise TypeError(f"{operator}: x must have dtype {', '.join(legal)}, got {x.dtype}")
        if x.shape[x.ndim - len(self.sizes) :] != self.sizes:
            sizes = ", ".join(f"{axis}={size}" for axis, size in zip(self.AXES, self.sizes, strict=True))
            raise ValueError(
                f"{operator}: x must have axes (..., {', '.join(self.AXES)}), got x.shape={x.shape}, {sizes}"
            )
        return x

    def _check_gradient(self, dy: Any) -> None:
        """Raise TypeError unless the gradient of coefficients is an array of real numbers."""
        if not isinstance(dy, np.ndarray) or dy.dtype.kind not in "biuf":
            kind = dy.dtype if isinstance(dy, np.ndarray) else type(dy).__name__
            raise TypeError(f"{type(self).__name__}: dy must be a numpy array of real numbers, got {kind}")

    def _precision(self) -> str | None:
        """Return the name of the real dtype in which signals are transformed, None for their own."""
        if self.dtype is None:
            return None
        name = np.dtype(self.dtype).name
        if name not in COMPLEX:
            names = ", ".join(COMPLEX)
            raise ValueError(f"{type(self).__name__}: dtype must be None, {names}, got dtype={self.dtype!r}")
        return name

    # ---- scikit-learn ----

    @property
    def n_features_in_(self) -> int:
        """The number of samples of one signal."""
        return math.prod(self.sizes)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the options; there is nothing to learn."""
        self._validate()
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return the coefficients of every item as one row.

        Parameters
        ----------
        X : ndarray of shape (items, n_features_in_) or (items, ..., *sizes)
            Signals, one per item, row after row where they have several axes; or several signals per item.

        Returns
        -------
        ndarray of shape (items, features)
        """
        x = np.asarray(X)
        if x.ndim < 1 + len(self.sizes) and x.shape[1:] == (self.n_features_in_,):
            x = x.reshape(len(x), *self.sizes)
        if x.ndim < 1 + len(self.sizes):
            axes = ", ".join(self.AXES)
            raise ValueError(
                f"{type(self).__name__}: X must have axes (items, {self.n_features_in_}) or (items, ..., {axes}), "
                f"got X.shape={x.shape}"
            )
        return self._coefficients(self._signals(x)).reshape(len(x), -1)

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Return ``fit(X).transform(X)``."""
        return self.fit(X, y).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of `transform` for one signal per item: the place in `shape` of each."""
        stem = type(self).__name__.lower()
        places = np.ndindex(self.shape)
        return np.array(["_".join([stem, *map(str, place)]) for place in places], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=list(COMPLEX)),
            input_tags=InputTags(three_d_array=True),
            requires_fit=False,
        )


def _shown(name: str, value: Any) -> str:
    """Return an option as it is written in a call."""
    named = name == "dtype" and value not in (None, inspect.Parameter.empty)
    return repr(np.dtype(value).name) if named else repr(value)


def checked_sizes(operator: str, names: tuple[str, ...], sizes: Any) -> Ints:
    """Return sizes given as a tuple of integers, one per axis, each at least 1."""
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(f"{operator}: size must be a tuple ({', '.join(names)}), got size={sizes!r}")
    if len(sizes) != len(names):
        raise ValueError(f"{operator}: size must be a tuple ({', '.join(names)}), got size={sizes!r}")
    return tuple(whole_number(operator, name, n, 1) for name, n in zip(names, sizes, strict=True))
