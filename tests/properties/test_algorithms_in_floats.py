"""What the floating-point numbers of the machine make of a definition, or of a declared algorithm, is never called wrong."""

from functools import reduce

import numpy as np
import pytest

from convoracle.properties import families
from convoracle.properties.bounds import Rules
from convoracle.properties.enclosed import judge_enclosed
from convoracle.properties.generation import drawn
from convoracle.properties.results import greatest_count
from convoracle.spec.catalog import OPERATORS
from convoracle.spec.interpret import Interpreter
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import Arithmetic, format_of
from convoracle.spec.selections import RELATIONS


class Floats:
    """The operations of `interpret.Interpreter` on arrays of one dtype; the order of sums and products is drawn."""

    exp, log, log1p, tanh, sin, cos, sqrt, power = (
        staticmethod(getattr(np, name)) for name in ("exp", "log", "log1p", "tanh", "sin", "cos", "sqrt", "power")
    )
    negative, absolute, sign = staticmethod(np.negative), staticmethod(np.abs), staticmethod(np.sign)

    def __init__(self, dtype, random):
        self.dtype, self.random = dtype, random

    def constant(self, integers):
        return np.asarray(integers).astype(self.dtype)

    def add(self, terms):
        return reduce(np.add, self._shuffled(terms))

    def sum(self, terms, starts):
        runs = np.split(terms, starts[1:])
        return np.array([np.add.reduce(self.random.permutation(run)) for run in runs], self.dtype)

    def divide(self, above, below):
        return above / below if self.random.integers(2) else above * (self.constant(1) / below)

    def quotient(self, above, below):
        parts = self._shuffled([(np.multiply, part) for part in above] + [(np.divide, part) for part in below])
        operation, first = parts[0]
        result = first if operation is np.multiply else self.constant(1) / first
        for operation, part in parts[1:]:
            result = self.divide(result, part) if operation is np.divide else result * part
        return result

    def largest(self, terms):
        return reduce(np.maximum, terms)

    def maximum(self, terms, starts):
        return np.maximum.reduceat(terms, starts)

    def first(self, terms, starts):
        runs = np.split(terms, starts[1:])
        return starts + np.array([np.argmax(run) for run in runs])

    def lowest(self, length):
        return np.full(length, -np.inf, self.dtype)

    def joined(self, parts, positions, length):
        joined = np.array(parts[0])
        joined[positions] = parts[1]
        return joined

    def compare(self, relation, a, b):
        return RELATIONS[relation](a, b), np.isnan(a) | np.isnan(b)

    def chosen(self, branches, unknown):
        found = np.select([mask for mask, _ in branches], [branch for _, branch in branches])
        return np.where(unknown, self.constant(np.nan), found).astype(self.dtype)

    def _shuffled(self, terms):
        return [terms[place] for place in self.random.permutation(len(terms))]


def in_floats(configuration, arrays, algorithm, dtype, random):
    """The outputs of a call as an algorithm computes them in one dtype."""
    record, operations = configuration.record, Floats(dtype, random)
    numbers = {name: arrays[name].ravel() for name in configuration.present if name not in record.index_inputs}
    integers = {
        name: arrays[name].ravel().astype(np.int64) for name in configuration.present if name in record.index_inputs
    }
    options = {o.symbol.name: np.full(1, configuration.values[o.symbol.name], dtype) for o in record.reals}
    interpreter = Interpreter(configuration, operations, numbers, integers, options, operations.constant)
    with np.errstate(all="ignore"):
        found = interpreter.run(configuration.algorithm(algorithm))
    return tuple(output.reshape(shape) for output, shape in zip(found, configuration.output_shapes, strict=True))


PLAIN = (0, 0, 1, 1, -1, 2, 0.5)


def pools(dtype):
    """Numbers to draw data from; None stands for the normal ones of the judge."""
    form = np.finfo(dtype)
    top, least = float(form.max), float(form.smallest_subnormal)
    between = (top**0.5, form.tiny**0.5, 100 * least, -0.01 * form.tiny, 100, -100, 1000, -1000)
    return None, PLAIN, (*PLAIN, np.inf, -np.inf, np.nan), (*PLAIN, 0.9 * top, -top, least, *between)


def data(case, pool, dtype, random):
    """Arrays for a case in one dtype; what must not be negative is not, and indices are those of the judge."""
    arrays = families.draw("normal", case.shapes, case.dtypes, greatest_count(case), case.seed, case.domains)
    for name in (name for name in case.shapes if name not in case.record.index_inputs):
        numbers = arrays[name] if pool is None else random.choice(pool, size=case.shapes[name])
        arrays[name] = (np.abs(numbers) if name in case.domains else numbers).astype(dtype)
    return arrays


RECORDS = [r for r in OPERATORS if not r.sums_products and r.rounding is None]
ALGORITHMS = [(r, name) for r in RECORDS for name in dict.fromkeys(("direct", *r.algorithms))]


@pytest.mark.parametrize(("record", "algorithm"), ALGORITHMS, ids=lambda each: getattr(each, "name", each))
def test_an_algorithm_computed_in_floats_is_not_called_wrong(record, algorithm):
    random, judged = np.random.default_rng(0), 0
    for case in drawn(record, 16, 1):
        dtype = np.result_type(*case.number_dtypes)
        if dtype.kind != "f":
            continue
        rules = Rules(Arithmetic(format_of(dtype)), algorithm, {}, CLASSES[-1])
        for pool in pools(dtype):
            arrays = data(case, pool, dtype, random)
            got = in_floats(case.configuration, arrays, algorithm, dtype, random)
            judgement = judge_enclosed(case.configuration, arrays, got, rules)
            assert judgement.wrong == 0, (judgement.mismatch, case.options, arrays)
            judged += judgement.elements - judgement.unjudged
    assert judged > 0
