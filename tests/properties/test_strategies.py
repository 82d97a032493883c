"""Cases are legal, varied and reproducible; illegal ones break every rule that a call can break."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from convoracle import impl
from convoracle.properties import families
from convoracle.properties.layouts import LAYOUTS
from convoracle.properties.strategies import (
    canonical_options,
    cases,
    dtype_classes,
    offences,
    rebuilt,
    with_same_padding,
)
from convoracle.properties.universal import greatest_count, output_shapes, outputs_of
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.evaluate import summands

COUNT = 100
ALL = pytest.mark.parametrize("record", OPERATORS, ids=str)


@ALL
@settings(max_examples=15)
@given(st.data())
def test_every_case_is_a_legal_call(record, data):
    case = data.draw(cases(record))
    again = bind(record, case.shapes, case.options)
    assert again.key == case.configuration.key
    assert tuple(case.shapes) == tuple(case.dtypes) == tuple(case.layouts) == again.present
    assert min(again.output_shape) >= 0
    dtypes = [np.dtype(name) for name in case.dtypes.values()]
    assert "/".join(case.dtypes.values()) in dtype_classes(record)
    arrays = families.draw("normal", case.shapes, case.dtypes, greatest_count(case), case.seed)
    assert [a.dtype for a in arrays.values()] == dtypes
    assert getattr(impl, record.name)(*arrays.values(), **case.options).shape == output_shape(case)


@ALL
def test_equal_seeds_give_equal_cases_and_no_two_are_alike(record, drawn):
    first = drawn(record.name, 20)
    assert first[:5] == tuple(drawn.anew(record.name, number) for number in range(5))
    assert first != drawn(record.name, 20, 1)
    assert len({(case.configuration.key, tuple(case.dtypes.values())) for case in first}) >= 18


@ALL
def test_options_written_out_mean_the_same(record, drawn):
    for case in drawn(record.name, COUNT):
        full = canonical_options(record, case.configuration.values, case.configuration.words)
        assert bind(record, case.shapes, full).key == case.configuration.key
        assert (
            rebuilt(case, case.configuration.values, case.configuration.words).configuration.key
            == case.configuration.key
        )


# ---- what occurs ----


def spatial(case, letter):
    names = [name for name in sorted(case.configuration.values) if name == letter or name.startswith(f"{letter}_")]
    return tuple(case.configuration.values[name] for name in names)


WINDOWED = [record for record in OPERATORS if record.batched]


@pytest.mark.parametrize("record", WINDOWED, ids=str)
def test_axes_and_channels_differ(record, drawn):
    found = Counter()
    for case in drawn(record.name, COUNT):
        values = case.configuration.values
        found["strides differ"] += len(set(spatial(case, "s"))) > 1
        found["dilations differ"] += len(set(spatial(case, "d"))) > 1
        found["dilated, three taps"] += any(
            d > 1 and k >= 3 for d, k in zip(spatial(case, "d"), spatial(case, "k"), strict=True)
        )
        found["pads differ"] += spatial(case, "p") != spatial(case, "q")
        found["channels differ"] += len({values["N"], values["C"], values["O"]}) == 3
        found["groups"] += values["G"] > 1 and values["C"] > values["G"]
        found["batch of none"] += values["N"] == 0
    if record.dims == 1:
        found = found + Counter({"strides differ": 10, "dilations differ": 10})
    assert all(
        found[what] >= 3 for what in ("strides differ", "dilations differ", "dilated, three taps", "pads differ")
    ), found
    assert all(found[what] >= 3 for what in ("channels differ", "groups", "batch of none")), found


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d"])
def test_samples_are_left_over_after_the_last_window(name, drawn):
    left = Counter()
    for case in drawn(name, COUNT):
        for n, k, s, d, p, q in zip(*(spatial(case, letter) for letter in "nksdpq"), strict=True):
            left[(n + p + q - d * (k - 1) - 1) % s] += s > 1
    assert {0, 1, 2} <= set(left)
    assert left[1] + left[2] > 10


@ALL
def test_every_layout_dtype_family_and_word_occurs(record, drawn):
    seen = {"layout": set(), "dtypes": set(), "family": set(), "word": set(), "form": set()}
    for case in drawn(record.name, COUNT):
        seen["layout"] |= set(case.layouts.values())
        seen["dtypes"].add("/".join(case.dtypes.values()))
        seen["family"] |= set(case.families)
        seen["word"] |= set(case.configuration.words.items())
        seen["form"].add(form(case.options.get("padding", 0)))
    assert seen["layout"] == set(LAYOUTS)
    assert seen["dtypes"] <= dtype_classes(record)
    assert len(seen["dtypes"]) >= len(dtype_classes(record)) - 6
    assert seen["family"] == set(families.FAMILIES)
    assert seen["word"] == {(p.keyword, word) for p in record.parameters if hasattr(p, "options") for word in p.options}
    assert seen["form"] >= ({"one", "pairs"} if record.batched else {"one"})


def form(padding):
    return "one" if isinstance(padding, int) else "pairs" if any(isinstance(p, tuple) for p in padding) else "axes"


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d"])
def test_same_padding_gives_as_many_windows_as_strides_fit(name, drawn):
    same = [found for case in drawn(name, COUNT) if (found := with_same_padding(case))]
    assert len(same) > COUNT / 2
    for case in same:
        expected = tuple(-(-n // s) for n, s in zip(spatial(case, "n"), spatial(case, "s"), strict=True))
        assert case.configuration.output_shape[2:] == expected
        assert case.options["padding"] == "same"


def test_there_is_no_same_padding_where_the_record_has_none(drawn):
    for name in ("convolve", "conv_transpose1d"):
        assert not any(with_same_padding(case) for case in drawn(name, 20))


@ALL
def test_terms_are_counted(record, drawn):
    for case in drawn(record.name, 20):
        count = summands(case.configuration)
        assert greatest_count(case) == max(1, int(count.max(initial=0)))


def test_failures_shrink_to_the_simplest_call():
    smallest = find(
        cases(operator("conv2d")), lambda case: case.configuration.values["s_2"] > 1, settings=settings(database=None)
    )
    assert spatial(smallest, "s") == (1, 2)
    assert spatial(smallest, "d") == spatial(smallest, "k") == (1, 1)
    assert smallest.configuration.values["N"] == 1


# ---- illegal calls ----

IMPLIED = {
    "conv_input_gradient": {"groups_divide_C"},  # C is C/G of the filters, times G
    "conv_transpose": {"groups_divide_O"},  # O is O/G of the filters, times G
    "conv_weight_gradient": {"at_least_one_k"},  # kernel_size has the same least value
    "conv_transpose_weight_gradient": {"at_least_one_k"},
    "conv_transpose_input_gradient": {"at_least_one_n"},  # input_size has the same least value
}
"""Rules that another one, or the way sizes are found, leaves no call to break: by family and code without axis."""


def breakable(record):
    kind = record.name.replace("1d", "").replace("2d", "").replace("3d", "")
    return {rule.code for rule in record.requires if rule.code.rstrip("_0123456789") not in IMPLIED.get(kind, set())}


@ALL
def test_every_rule_is_seen_accepting_and_rejecting(record, drawn):
    broken = Counter(offence.rule for case in drawn(record.name, COUNT) for offence in offences(case))
    assert breakable(record) <= set(broken)
    assert set(broken) - {rule.code for rule in record.requires} == {p.keyword for p in record.parameters} | {
        "rank"
    } | ({"shape"} if record.batched else set())
    unused = {rule.code for rule in record.requires} - breakable(record)
    assert not unused & set(broken), "these rules can be broken after all"


@ALL
def test_illegal_calls_are_refused_by_record_and_kernel(record, drawn):
    refused = Counter()
    for case in drawn(record.name, 12):
        for offence in offences(case):
            with pytest.raises((IllegalCallError, TypeError), match=f"^{record.name}: ") as by_record:
                bind(record, offence.shapes, offence.options)
            assert offence.rule == getattr(by_record.value, "code", offence.rule)
            arrays = [np.ones(offence.shapes[name], case.dtypes[name]) for name in offence.shapes]
            with pytest.raises((ValueError, TypeError), match=f"^{record.name}: .*got "):
                getattr(impl, record.name)(*arrays, **offence.options)
            refused[offence.rule] += 1
    assert len(refused) >= 4
