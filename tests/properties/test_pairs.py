"""The cases of a verdict cover the pairs of classes of parameters, and choices are replayed and made simpler."""

from dataclasses import replace
from random import Random

import pytest

from convoracle import impl
from convoracle.properties import pairs
from convoracle.properties.check import check, judge
from convoracle.properties.choices import as_before, at_random, lower
from convoracle.properties.generation import drawn, shrunk
from convoracle.properties.pairs import Coverage, attainable, classes, pairs_of
from convoracle.properties.strategies import built
from convoracle.properties.subject import Judged, in_process
from convoracle.properties.universal import Failure, integers_of
from convoracle.spec.catalog import operator


def covered(record, cases):
    coverage = Coverage(record)
    for case in cases:
        coverage.judged(case)
    return coverage.covered


@pytest.mark.parametrize(("name", "count"), [("conv1d", 450), ("max_pool2d", 200), ("relu", 120), ("softmax", 150)])
def test_cases_enough_cover_all_pairs_that_there_are(name, count):
    record = operator(name)
    assert covered(record, drawn(record, count, 0)) >= attainable(record).keys()


def test_cases_are_aimed_at_pairs_that_chance_leaves_out():
    record, random = operator("conv2d"), Random(0)
    by_chance = covered(record, [built(record, at_random(random)) for _ in range(150)])
    assert len(covered(record, drawn(record, 150, 0))) > len(by_chance) + 200


def test_pairs_that_no_legal_call_has_do_not_count():
    found = attainable(operator("conv1d"))
    assert (("G", 2), ("padding_mode", "zeros")) in found
    assert (("C", 2), ("G", 2)) in found
    assert (("C", 1), ("G", 2)) not in found  # two groups of channels need two channels
    assert (("n", 0), ("padding_mode", "reflect")) not in found  # nothing can be reflected


def test_every_pair_comes_with_choices_that_give_it():
    record = operator("avg_pool1d")
    for pair, places in list(attainable(record).items())[::9]:
        assert pair in set(pairs_of(built(record, as_before(places))))


@pytest.fixture
def anew(tmp_path, monkeypatch):
    """A cache folder of its own, and a search that counts."""
    searched = []

    def search(record):
        searched.append(record.name)
        return found(record)

    found = pairs._searched
    monkeypatch.setenv("CONVORACLE_CACHE", str(tmp_path))
    monkeypatch.setattr(pairs, "_searched", search)
    attainable.cache_clear()
    yield searched
    attainable.cache_clear()


@pytest.mark.parametrize("name", ["avg_pool1d", "stft", "convolve"])
def test_pairs_that_were_found_are_kept_for_the_next_process(name, anew):
    record = operator(name)
    first = list(attainable(record).items())
    attainable.cache_clear()
    assert list(attainable(record).items()) == first
    assert anew == [name]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"classes": [], "cases": [], "pairs": [[0, 1, 2]]}', '{"classes": ["f()"]}', '{"classes": ["("]}'],
)
def test_a_damaged_file_is_written_anew(text, anew):
    record = operator("relu")
    first = attainable(record)
    (path,) = pairs.cache.folder().glob("pairs-relu-*.json")
    kept = path.read_text()
    path.write_text(text)
    attainable.cache_clear()
    assert attainable(record) == first
    assert path.read_text() == kept
    assert anew == ["relu", "relu"]


def test_pairs_of_a_changed_record_are_not_kept(anew):
    changed = replace(operator("relu"), summary="changed")
    assert attainable(changed) == attainable(operator("relu"))
    assert anew == ["relu", "relu"]
    assert len(list(pairs.cache.folder().glob("pairs-*"))) == 1


def test_a_verdict_tells_the_pairs_that_were_seen_and_those_that_there_are():
    few, many = (check(impl.relu, "relu", examples=count).pairs for count in (5, 150))
    assert 0 < few[0] < few[1] == many[1]
    assert many[0] == many[1]


def test_pairs_that_a_subject_declines_do_not_keep_it_from_being_judged():
    def one_group(shapes, dtypes, options):
        return None if options.get("groups", 1) == 1 else "one group only"

    judged = Judged(name="ours", record=operator("conv1d"), call=in_process(impl.conv1d), limits=one_group)
    verdict = judge(judged, examples=30)
    assert verdict.cases == 30
    assert verdict.unsupported_cases > 0
    assert verdict.pairs[0] < verdict.pairs[1]


@pytest.mark.parametrize("name", ["conv2d", "convolve", "scattering1d", "max_unpool1d"])
def test_choices_replayed_give_the_same_case(name):
    record = operator(name)
    for number in range(20):
        pick = at_random(Random(number))
        case = built(record, pick)
        again = as_before(pick.places)
        assert built(record, again) == case
        assert again.places == pick.places
        assert set(classes(case)) >= set(case.configuration.words.items())


def test_places_become_simpler_until_the_first():
    assert list(lower(0)) == []
    assert list(lower(1)) == [0]
    assert list(lower(9)) == [0, 4, 8]
    assert list(lower(4000)) == [0, 1, 2]


def test_a_failure_shrinks_to_the_simplest_call_that_shows_it():
    def deaf_to_stride(x, w, b=None, *, stride=1, **options):
        second = stride if isinstance(stride, int) else stride[1]
        wrong = (stride if isinstance(stride, int) else stride[0], 1) if second == 2 else stride
        return impl.conv2d(x, w, b, stride=wrong, **options)

    record = operator("conv2d")
    judged = Judged(name="f", record=record, call=in_process(deaf_to_stride))
    picks = map(at_random, map(Random, range(99)))
    case, pick = next((c, p) for p in picks if (c := built(record, p)).configuration.values["s_2"] == 2)
    smallest, _ = shrunk(judged, "shape", Failure("shape", "", case, integers_of(case), case.options), pick.places)
    values = smallest.case.configuration.values
    assert values["s_2"] == 2
    assert all(values[letter] == 1 for letter in ("N", "C", "O", "G", "s_1", "d_1", "d_2", "k_1", "k_2", "n_1"))
    assert all(values[letter] == 0 for letter in ("p_1", "q_1"))
    assert tuple(smallest.case.shapes) == ("x", "w")


def test_configurations_come_again_with_other_data_where_there_are_few(monkeypatch):
    monkeypatch.setattr("convoracle.properties.generation.ROUNDS", 60)
    several = drawn(operator("relu"), 150, 0)
    keys = [(case.configuration.key, *case.dtypes.values()) for case in several]
    again = next(case for case, key in zip(several, keys, strict=True) if keys.count(key) > 1)
    alike = [
        case for case in several if case.configuration.key == again.configuration.key and case.dtypes == again.dtypes
    ]
    assert len(several) == 150
    assert len({case.seed for case in alike}) == len(alike)
