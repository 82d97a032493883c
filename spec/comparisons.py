"""SymPy's comparisons of the arguments of maxima and minima, remembered.

``Max`` and ``Min`` compare their arguments whenever they are built, and so whenever a letter in them is replaced: proofs ask a
few hundred comparisons thousands of times. What SymPy answers stays the same; a version without this method is left as it is.
"""

from functools import lru_cache
from typing import Any

from sympy.functions.elementary.miscellaneous import MinMaxBase

_compare = vars(MinMaxBase).get("_is_connected")

if isinstance(_compare, classmethod):
    _once: Any = lru_cache(maxsize=1 << 14)(_compare.__func__)
    MinMaxBase._is_connected = classmethod(_once)
