"""Cases are legal, varied and reproducible; illegal ones break every rule that a call can break."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from convoracle import impl
from convoracle.properties import families, generation
from convoracle.properties.case import canonical_options, in_words, neighbours, rebuilt
from convoracle.properties.layouts import LAYOUTS
from convoracle.properties.offences import offences
from convoracle.properties.pairs import attainable
from convoracle.properties.results import LAYER_TERMS, greatest_count, output_shapes
from convoracle.properties.strategies import INDEX_DTYPES, cases
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
    kinds = {np.dtype(dtype).kind for dtype in numbers_of(case).values()}
    assert kinds <= {"f"} | ({"i", "u"} if "integer" in record.numbers else set()) | set(
        "c" * ("complex" in record.numbers)
    )
    assert all(case.dtypes[name] in INDEX_DTYPES for name, domain in case.domains.items() if domain.below is not None)
    arrays = families.draw("normal", case.shapes, case.dtypes, greatest_count(case), case.seed, case.domains)
    assert [a.dtype for a in arrays.values()] == dtypes
    result = getattr(impl, record.name)(*arrays.values(), **case.options)
    outputs = result if len(record.outputs) > 1 else (result,)
    assert [output.shape for output in outputs] == output_shapes(case)


def numbers_of(case):
    """The dtypes of the inputs that hold numbers, by name."""
    indices = {array.name for array in case.record.inputs if array.below is not None}
    return {name: dtype for name, dtype in case.dtypes.items() if name not in indices}


@ALL
def test_equal_seeds_give_equal_cases_and_no_two_are_alike(record, drawn):
    first = drawn(record.name, 20)
    assert first[:5] == tuple(drawn.anew(record.name, number) for number in range(5))
    assert first != drawn(record.name, 20, 1)
    assert len({(case.configuration.key, tuple(case.dtypes.values())) for case in first}) >= fewest(record)


def fewest(record):
    """How many of 20 cases differ at least: records with one option or none have few configurations."""
    return 14 if len(record.parameters) < 2 else 18


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


def differs(*letters):
    """Whether the axes of a case have several values of a letter."""
    return lambda case: any(len(set(spatial(case, letter))) > 1 for letter in letters)


def dilated_with_three_taps(case):
    return any(d > 1 and k >= 3 for d, k in zip(spatial(case, "d"), spatial(case, "k"), strict=True))


def apart(*letters):
    return lambda case: len({case.configuration.values[letter] for letter in letters}) == len(letters)


def grouped(case):
    values = case.configuration.values
    return values["G"] > 1 and values["C"] > values["G"]


VARIED = {
    "strides differ": ("s_2", differs("s")),
    "dilations differ": ("d_2", differs("d")),
    "windows differ": ("k_2", differs("k")),
    "sizes differ": ("n_2", differs("n")),
    "sizes of outputs differ": ("m_2", differs("m")),
    "dilated, three taps": ("d k", dilated_with_three_taps),
    "pads differ": ("p", lambda case: spatial(case, "p") != spatial(case, "q")),
    "channels differ": ("N C O", apart("N", "C", "O")),
    "batch and channels differ": ("N C", apart("N", "C")),
    "groups": ("G C", grouped),
    "batch of none": ("N", lambda case: case.configuration.values["N"] == 0),
    "an overhanging window": ("z n", lambda case: case.configuration.values["z"] == 1),
    "the divisor is given": ("v", lambda case: case.configuration.values["v"] > 0),
    "padding does not count": ("g", lambda case: case.configuration.values["g"] == 0),
}
"""What must occur in the cases of a record: the letters that the record needs to have for it, and the question."""

NO_EMPTY_BATCH = ("batch_norm_training", "batch_norm_training_gradient")
"""Records that average over the batch."""


@pytest.mark.parametrize("record", [record for record in OPERATORS if record.batched], ids=str)
def test_axes_and_channels_differ(record, drawn):
    found, several = Counter(), drawn(record.name, COUNT)
    names = set(several[0].configuration.values)
    letters = names | {"s", "d", "k", "n", "m", "p"} & {name.partition("_")[0] for name in names}
    asked = {what: question for what, (needed, question) in VARIED.items() if set(needed.split()) <= letters}
    if record.name in NO_EMPTY_BATCH:
        del asked["batch of none"]
    for case in several:
        found.update(what for what, question in asked.items() if question(case))
    assert asked
    assert all(found[what] >= 3 for what in asked), found


def test_records_that_average_over_the_batch_have_no_empty_one(drawn):
    for name in NO_EMPTY_BATCH:
        assert all(case.configuration.values["N"] > 0 for case in drawn(name, COUNT))


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d", "max_pool1d", "max_pool2d", "max_pool3d"])
def test_samples_are_left_over_after_the_last_window(name, drawn):
    left = Counter()
    for case in drawn(name, COUNT):
        for n, k, s, d, p, q in zip(*(spatial(case, letter) for letter in "nksdpq"), strict=True):
            left[(n + p + q - d * (k - 1) - 1) % s] += s > 1
    assert {0, 1, 2} <= set(left)
    assert left[1] + left[2] > 10


@ALL
def test_every_layout_dtype_family_and_word_occurs(record, drawn):
    seen = {"layout": set(), "dtypes": set(), "family": set(), "word": set(), "form": set(), "index": set()}
    for case in drawn(record.name, COUNT):
        seen["layout"] |= set(case.layouts.values())
        seen["dtypes"].add("/".join(numbers_of(case).values()))
        seen["index"] |= set(case.dtypes.values()) if numbers_of(case) != case.dtypes else set(INDEX_DTYPES)
        seen["family"] |= set(case.families)
        seen["word"] |= set(case.configuration.words.items())
        seen["form"].add(form(case.options.get("padding", 0)))
    assert seen["layout"] == set(LAYOUTS)
    there = {value for pair in attainable(record) for name, value in pair if name == "dtypes"}
    assert len(seen["dtypes"] & there) >= len(there) - 9
    assert seen["family"] == expected_families(record)
    assert seen["index"] >= set(INDEX_DTYPES)
    assert seen["word"] == {(p.keyword, word) for p in record.parameters if hasattr(p, "options") for word in p.options}
    padded = any(parameter.keyword == "padding" for parameter in record.parameters)
    assert seen["form"] >= ({"one", "pairs"} if padded else {"one"})


def expected_families(record):
    """Sums of products need no data for functions, and only records of integers those of their ends."""
    real = families.FLOAT_FAMILIES if record.sums_products else families.LAYER_FAMILIES
    limits = set() if record.sums_products else {families.LIMITS}
    whole = {families.LARGE_INTEGERS} | limits if "integer" in record.numbers else set()
    return {*families.EXACT_FAMILIES, *real, *families.EXTREME_FAMILIES} | whole


def form(padding):
    return "one" if isinstance(padding, int) else "pairs" if any(isinstance(p, tuple) for p in padding) else "axes"


def in_word(word, cases):
    return [one for case in cases for one in in_words(case) if one.options["padding"] == word]


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d"])
def test_same_padding_gives_as_many_windows_as_strides_fit(name, drawn):
    same = in_word("same", drawn(name, COUNT))
    assert len(same) > COUNT / 2
    for case in same:
        expected = tuple(-(-n // s) for n, s in zip(spatial(case, "n"), spatial(case, "s"), strict=True))
        assert case.configuration.output_shape[2:] == expected


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv_transpose1d", "max_pool2d", "avg_pool1d"])
def test_valid_padding_is_none(name, drawn):
    valid = in_word("valid", drawn(name, COUNT))
    assert len(valid) > COUNT / 3
    for case in valid:
        plain = {**case.options, "padding": 0}
        assert bind(case.record, case.shapes, plain).output_shape == case.configuration.output_shape


def test_there_is_no_same_padding_where_the_record_has_none(drawn):
    for name in ("convolve", "conv_transpose1d", "relu", "adaptive_max_pool1d"):
        assert not in_word("same", drawn(name, 20))


def changed_options(case):
    """Return the option that each of the neighbours of a case changes, after a look at all else."""
    full = canonical_options(case.record, case.configuration.values, case.configuration.words)
    for other in neighbours(case):
        assert other.shapes == case.shapes
        assert bind(case.record, other.shapes, other.options).key == other.configuration.key
        (keyword,) = [key for key, value in other.options.items() if value != full[key]]
        yield keyword


@ALL
def test_neighbours_are_legal_calls_on_the_same_operands_with_one_option_changed(record, drawn):
    changed = {keyword for case in drawn(record.name, 20) for keyword in changed_options(case)}
    tied = ("gradient", "conv1d", "conv2d", "conv3d", "inverse_wavelet_transform1d")  # to the shapes of the operands
    assert changed == {p.keyword for p in record.parameters} or record.name.endswith(tied)


# ---- sizes ----


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("dft", {"N": 9, "n": 33}),
        ("convolve", {"n_1": 33, "k_1": 9}),
        ("softmax", {"C": 33, "n": 33}),
        ("batch_norm_training", {"N": 9, "C": 33, "n": 33}),
        ("conv2d", {"N": 5, "G": 8, "k_1": 7, "s_1": 8, "d_1": 8}),
        ("max_pool2d", {"C": 33, "k_2": 9, "s_2": 8}),
        ("adaptive_avg_pool1d", {"n": 17, "m": 9}),
    ],
)
def test_every_letter_is_long_at_times(name, letters):
    found = generation.drawn(operator(name), 800, 0)
    for letter, length in letters.items():
        assert max(case.configuration.values[letter] for case in found) >= length


@pytest.mark.parametrize("name", ["conv2d", "conv_transpose2d", "max_pool2d"])
def test_the_windows_of_common_layers_occur(name):
    found = generation.drawn(operator(name), 400, 0)
    seen = {tuple(case.configuration.values[letter] for letter in ("k_1", "k_2", "s_1", "s_2")) for case in found}
    assert {(1, 1, 1, 1), (3, 3, 1, 1), (3, 3, 2, 2), (2, 2, 2, 2), (4, 4, 2, 2)} <= seen


@ALL
def test_terms_are_counted(record, drawn):
    for case in drawn(record.name, 20):
        if record.sums_products:
            assert greatest_count(case) == max(1, int(summands(case.configuration).max(initial=0)))
        else:
            assert greatest_count(case) == LAYER_TERMS


def test_failures_shrink_to_the_simplest_call():
    def uneven(case):  # windows of common layers have one stride on all axes
        return case.configuration.values["s_2"] > case.configuration.values["s_1"]

    smallest = find(cases(operator("conv2d")), uneven, settings=settings(database=None, max_examples=2000))
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
    assert set(broken) - {rule.code for rule in record.requires} == other_rules(record)
    unused = {rule.code for rule in record.requires} - breakable(record)
    assert not unused & set(broken), "these rules can be broken after all"


def other_rules(record):
    """What a call can break beside the preconditions: its options, the number of axes, shared sizes, ranges of indices."""
    letters = Counter(s for a in record.inputs for s in {s for axis in a.axes for s in axis.free_symbols})
    first = record.inputs[0].axes[0]
    alone = record.more_axes == "leading" and any(a.axes[0] != first for a in record.inputs)  # filters are no batch
    rank = set() if record.more_axes and not alone else {"rank"}
    several = record.more_axes and max(Counter(len(a.axes) for a in record.inputs).values()) > 1
    shape = {"shape"} if several or (record.batched and shares_sizes(record, letters)) else set()
    ranges = {f"{array.name}_in_range" for array in record.inputs if array.below is not None}
    return {p.keyword for p in record.parameters} | rank | shape | ranges


def shares_sizes(record, letters):
    """Whether two inputs have a size in common, or an axis is no letter of its own."""
    axes = [axis for array in record.inputs for axis in array.axes]
    return max(letters.values()) > 1 or any(not axis.is_Symbol for axis in axes)


@ALL
def test_illegal_calls_are_refused_by_record_and_kernel(record, drawn):
    refused = Counter()
    for case in drawn(record.name, 12):
        for offence in offences(case):
            if offence.entry is None:
                with pytest.raises((IllegalCallError, TypeError), match=f"^{record.name}: ") as by_record:
                    bind(record, offence.shapes, offence.options)
                assert offence.rule == getattr(by_record.value, "code", offence.rule)
            with pytest.raises((ValueError, TypeError), match=f"^{record.name}: .*got "):
                getattr(impl, record.name)(*operands_of(offence, case), **offence.options)
            refused[offence.rule] += 1
    assert len(refused) >= min(4, len(record.requires) + len(other_rules(record)))


@pytest.mark.parametrize(
    ("dtype", "values"), [("int8", {-1}), ("uint8", {200}), ("uint64", {200}), ("int16", {200, -1})]
)
def test_an_index_that_points_nowhere_is_one_that_its_dtype_holds(dtype, values):
    record = operator("max_unpool1d")
    case = generation.drawn(record, 1, 0)[0]
    shapes, options = {"x": (1, 1, 3), "indices": (1, 1, 3)}, {"output_size": 200}
    case = replace(case, configuration=bind(record, shapes, options), shapes=shapes, options=options)
    case = replace(case, dtypes={**case.dtypes, "indices": dtype})
    assert {offence.entry[1] for offence in offences(case) if offence.entry is not None} == values


def operands_of(offence, case):
    """Ones, and indices of zero, with the entry that breaks a rule."""
    indices = {array.name for array in case.record.inputs if array.below is not None}
    arrays = {
        name: (np.zeros if name in indices else np.ones)(shape, case.dtypes[name])
        for name, shape in offence.shapes.items()
    }
    if offence.entry is not None:
        name, value = offence.entry
        arrays[name].flat[-1] = value
    return arrays.values()
