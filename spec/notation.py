"""How the parts of a formula are put together, in LaTeX and in plain text."""

from collections.abc import Sequence
from typing import Any, Protocol

from sympy import latex


class Notation(Protocol):
    """The parts of a formula; every argument is written already."""

    def letter(self, name: str) -> str: ...
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
    def relation(self, left: str, sign: str, right: str) -> str: ...
    def limited(self, keyword: str, word: str, rule: str) -> str: ...
    def joined(self, rules: Sequence[str]) -> str: ...
    def other(self, expr: Any) -> str: ...


_COMMA = r",\,"


_SIGNS = {">=": r"\ge", "<=": r"\le", "!=": r"\ne", "divides": r"\mid"}
_FENCES = {"floor": "floor", "ceiling": "ceil", "absolute": "vert"}


class _Latex:
    def letter(self, name: str) -> str:
        stem, _, index = name.partition("_")
        primes = len(stem) - len(stem.rstrip("'"))
        stem = stem.rstrip("'")
        shown = stem if len(stem) == 1 else rf"\{stem}" if stem in ("xi", "alpha") else rf"\mathrm{{{stem}}}"
        index = index.replace("ℓ", r"\ell")
        return shown + "'" * primes + (f"_{{{index}}}" if index else "")

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
        return rf"\frac{{{above}}}{{{below}}}" if tall else f"{above} / {below}"

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

    def relation(self, left: str, sign: str, right: str) -> str:
        return f"{left} {_SIGNS.get(sign, sign)} {right}"

    def limited(self, keyword: str, word: str, rule: str) -> str:
        return rf"{self.option(keyword, self.word(word))} \;\Rightarrow\; {rule}"

    def joined(self, rules: Sequence[str]) -> str:
        return r" \;\wedge\; ".join(rules)

    def other(self, expr: Any) -> str:
        return latex(expr)


class _Text:
    def letter(self, name: str) -> str:
        return name

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
        return f"({above})/{below}" if tall else f"{above}/{below}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}"

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
        return f"sum({', '.join(f'{v}={low}..{high}' for v, low, high in limits)}) {body}"

    def relation(self, left: str, sign: str, right: str) -> str:
        return f"{left} {sign} {right}"

    def limited(self, keyword: str, word: str, rule: str) -> str:
        return f"{keyword} = {word}: {rule}"

    def joined(self, rules: Sequence[str]) -> str:
        return " and ".join(rules)

    def other(self, expr: Any) -> str:
        return str(expr)


LATEX: Notation = _Latex()
TEXT: Notation = _Text()
