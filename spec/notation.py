"""How the parts of a formula are put together, in LaTeX and in plain text."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from sympy import latex


class Notation(Protocol):
    """The parts of a formula; every argument is written already."""

    def letter(self, name: str) -> str: ...
    def imaginary(self) -> str: ...
    def indexed(self, name: str, indices: Sequence[str]) -> str: ...
    def call(self, name: str, arguments: Sequence[str]) -> str: ...
    def element(self, array: str, indices: Sequence[str]) -> str: ...
    def inner(self, left: str, right: str) -> str: ...
    def option(self, keyword: str, value: str) -> str: ...
    def word(self, text: str) -> str: ...
    def listed(self, entries: Sequence[str]) -> str: ...
    def product(self, factors: Sequence[str]) -> str: ...
    def quotient(self, above: str, below: str, tall: bool) -> str: ...
    def power(self, base: str, exponent: str) -> str: ...
    def rounded(self, kind: str, inner: str) -> str: ...
    def remainder(self, number: str, divisor: str) -> str: ...
    def conjugate(self, inner: str) -> str: ...
    def extension(self, index: str, size: str) -> str: ...
    def bracket(self, left: str, right: str) -> str: ...
    def total(self, limits: Sequence[tuple[str, str, str]], body: str) -> str: ...
    def largest(self, limits: Sequence[tuple[str, str, str]], body: str) -> str: ...
    def place(self, limits: Sequence[tuple[str, str, str]], body: str, position: str) -> str: ...
    def root(self, inner: str) -> str: ...
    def cases(self, branches: Sequence[tuple[str, str]], otherwise: str) -> str: ...
    def norm(self, inner: str, kind: str) -> str: ...
    def derivative(self, call: str, wrt: str, direction: str) -> str: ...
    def relation(self, left: str, sign: str, right: str) -> str: ...
    def limited(self, keyword: str, word: str, rule: str) -> str: ...
    def joined(self, rules: Sequence[str]) -> str: ...
    def either(self, rules: Sequence[str]) -> str: ...
    def other(self, expr: Any) -> str: ...


_COMMA = r",\,"


_GREEK = (
    "xi",
    "alpha",
    "beta",
    "epsilon",
    "theta",
    "lambda",
    "kappa",
    "mu",
    "nu",
    "rho",
    "pi",
    "phi",
    "psi",
    "eta",
    "chi",
    "tau",
    "gamma",
    "zeta",
    "sigma",
    "omega",
)
_SIGNS = {">=": r"\ge", "<=": r"\le", "!=": r"\ne", "divides": r"\mid"}
_NORMS = {"sup": r"\infty", "l2": "2"}
_FENCES = {"floor": "floor", "ceiling": "ceil", "absolute": "vert"}


class _Latex:
    def letter(self, name: str) -> str:
        stem, _, index = name.partition("_")
        primes = len(stem) - len(stem.rstrip("'"))
        stem = stem.rstrip("'")
        shown = stem if len(stem) == 1 else rf"\{stem}" if stem in _GREEK else rf"\mathrm{{{stem}}}"
        index = index.replace("ℓ", r"\ell").replace("_", ",")
        return shown + "'" * primes + (f"_{{{index}}}" if index else "")

    def imaginary(self) -> str:
        return r"\mathrm{i}"  # the letter i is the index in the batch

    def indexed(self, name: str, indices: Sequence[str]) -> str:
        return self.element(self.letter(name), indices)

    def element(self, array: str, indices: Sequence[str]) -> str:
        return f"{array}[{_COMMA.join(indices)}]"

    def inner(self, left: str, right: str) -> str:
        return rf"\left\langle {left},\,{right} \right\rangle"

    def option(self, keyword: str, value: str) -> str:
        return f"{self.word(keyword)} = {value}"

    def word(self, text: str) -> str:
        escaped = text.replace("_", r"\_")
        return rf"\text{{{escaped}}}"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        escaped = name.replace("_", r"\_")
        return rf"\mathrm{{{escaped}}}({_COMMA.join(arguments)})"

    def listed(self, entries: Sequence[str]) -> str:
        return f"({_COMMA.join(entries)})"

    def product(self, factors: Sequence[str]) -> str:
        return r"\,".join(factors)

    def quotient(self, above: str, below: str, tall: bool) -> str:
        if not tall:
            return f"{above} / {below}"
        return rf"\frac{{{self._inside(above)}}}{{{self._inside(below)}}}"

    def _inside(self, part: str) -> str:
        """Return a part of a fraction or a root, in which limits would stand beside a sigma."""
        return part.replace(r"\sum_", r"\sum\limits_")

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def rounded(self, kind: str, inner: str) -> str:
        fence = _FENCES[kind]
        sides = (r"\lvert ", r"\rvert") if fence == "vert" else (rf"\left\l{fence} ", rf"\right\r{fence}")
        return f"{sides[0]}{inner} {sides[1]}"

    def remainder(self, number: str, divisor: str) -> str:
        return rf"{number} \bmod {divisor}"

    def conjugate(self, inner: str) -> str:
        return rf"\overline{{{inner}}}"

    def extension(self, index: str, size: str) -> str:
        return rf"\xi_{{{size}}}({index})"

    def bracket(self, left: str, right: str) -> str:
        return f"[{left} = {right}]"

    def total(self, limits: Sequence[tuple[str, str, str]], body: str) -> str:
        return " ".join(rf"\sum_{{{v}={low}}}^{{{high}}}" for v, low, high in limits) + " " + body

    def largest(self, limits: Sequence[tuple[str, str, str]], body: str) -> str:
        return rf"\max\limits_{{{self._within(limits)}}} {body}"

    def place(self, limits: Sequence[tuple[str, str, str]], body: str, position: str) -> str:
        return rf"\mathrm{{argmax}}_{{{self._within(limits)}}} {body} \;\text{{at}}\; {position}"

    def _within(self, limits: Sequence[tuple[str, str, str]]) -> str:
        return _COMMA.join(rf"{low} \le {v} \le {high}" for v, low, high in limits)

    def root(self, inner: str) -> str:
        return rf"\sqrt{{{self._inside(inner)}}}"

    def cases(self, branches: Sequence[tuple[str, str]], otherwise: str) -> str:
        lines = [rf"{value} & {condition}" for value, condition in branches] + [rf"{otherwise} & \text{{otherwise}}"]
        return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}"

    def norm(self, inner: str, kind: str) -> str:
        if kind == "entry":
            return self.rounded("absolute", inner)
        return rf"\lVert {inner} \rVert_{{{_NORMS[kind]}}}"

    def derivative(self, call: str, wrt: str, direction: str) -> str:
        return rf"\mathrm{{D}}_{{{wrt}}} {call}[{direction}]"

    def relation(self, left: str, sign: str, right: str) -> str:
        return f"{left} {_SIGNS.get(sign, sign)} {right}"

    def limited(self, keyword: str, word: str, rule: str) -> str:
        return rf"{self.option(keyword, self.word(word))} \;\Rightarrow\; {rule}"

    def joined(self, rules: Sequence[str]) -> str:
        return r" \;\wedge\; ".join(rules)

    def either(self, rules: Sequence[str]) -> str:
        return r" \;\vee\; ".join(rules)

    def other(self, expr: Any) -> str:
        return latex(expr)


def _closed(part: str) -> str:
    """Return a part of a formula in brackets, unless it is a name, a number, a call or an entry."""
    return part if re.fullmatch(r"\w+(\[[^][]*\]|\([^()]*\))?", part) else f"({part})"


class _Text:
    def letter(self, name: str) -> str:
        return name

    def imaginary(self) -> str:
        return "I"

    def indexed(self, name: str, indices: Sequence[str]) -> str:
        return self.element(name, indices)

    def element(self, array: str, indices: Sequence[str]) -> str:
        return f"{array}[{', '.join(indices)}]"

    def inner(self, left: str, right: str) -> str:
        return f"<{left}, {right}>"

    def option(self, keyword: str, value: str) -> str:
        return f"{keyword}={value}"

    def word(self, text: str) -> str:
        return text

    def call(self, name: str, arguments: Sequence[str]) -> str:
        return f"{name}({', '.join(arguments)})"

    def listed(self, entries: Sequence[str]) -> str:
        return f"({', '.join(entries)})"

    def product(self, factors: Sequence[str]) -> str:
        return "*".join(factors)

    def quotient(self, above: str, below: str, tall: bool) -> str:
        return f"{_closed(above)}/{_closed(below)}" if tall else f"{above}/{below}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{_closed(exponent)}"

    def rounded(self, kind: str, inner: str) -> str:
        return f"{'abs' if kind == 'absolute' else kind}({inner})"

    def remainder(self, number: str, divisor: str) -> str:
        return f"{number} mod {divisor}"

    def conjugate(self, inner: str) -> str:
        return f"conj({inner})"

    def extension(self, index: str, size: str) -> str:
        return f"xi({index}, {size})"

    def bracket(self, left: str, right: str) -> str:
        return f"[{left} = {right}]"

    def total(self, limits: Sequence[tuple[str, str, str]], body: str) -> str:
        return f"sum({self._runs(limits)}) {body}"

    def largest(self, limits: Sequence[tuple[str, str, str]], body: str) -> str:
        return f"max({self._runs(limits)}) {body}"

    def place(self, limits: Sequence[tuple[str, str, str]], body: str, position: str) -> str:
        return f"argmax({self._runs(limits)}) {body} at {position}"

    def _runs(self, limits: Sequence[tuple[str, str, str]]) -> str:
        return ", ".join(f"{v}={low}..{high}" for v, low, high in limits)

    def root(self, inner: str) -> str:
        return f"sqrt({inner})"

    def cases(self, branches: Sequence[tuple[str, str]], otherwise: str) -> str:
        return f"{{{'; '.join(f'{value} if {condition}' for value, condition in branches)}; {otherwise} otherwise}}"

    def norm(self, inner: str, kind: str) -> str:
        return f"abs({inner})" if kind == "entry" else f"norm_{kind}({inner})"

    def derivative(self, call: str, wrt: str, direction: str) -> str:
        return f"D_{wrt} {call}[{direction}]"

    def relation(self, left: str, sign: str, right: str) -> str:
        return f"{left} {sign} {right}"

    def limited(self, keyword: str, word: str, rule: str) -> str:
        return f"{keyword} = {word}: {rule}"

    def joined(self, rules: Sequence[str]) -> str:
        return " and ".join(rules)

    def either(self, rules: Sequence[str]) -> str:
        return " or ".join(rules)

    def other(self, expr: Any) -> str:
        return str(expr)


LATEX: Notation = _Latex()
TEXT: Notation = _Text()
