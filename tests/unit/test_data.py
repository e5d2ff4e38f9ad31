import datetime
import hashlib
import json
import math
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from course_utils import data
from course_utils.data import gpu, names, pairs, sources
from course_utils.data.pairs import pair_splits, place_names


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# --- sources


def test_first_names_are_the_whole_census_list():
    names = data.first_names()
    assert len(names) == 5163 and names == sorted(set(names))
    assert {"mary", "james"} <= set(names)
    assert set("".join(names)) == set("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    "package, name", [("no_such_package", "x"), ("names", "dist.female.last"), ("names", "main.py")]
)
def test_a_missing_or_different_file_says_what_to_run(package, name):
    with pytest.raises(RuntimeError, match="pip install thing==1"):
        sources.package_file(package, name, hashlib.sha256(b"").hexdigest()[::-1], "pip install thing==1")


def test_package_is_read_without_being_imported(tmp_path, monkeypatch):
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "trap" / "file").write_bytes(b"content")
    monkeypatch.syspath_prepend(tmp_path)
    assert (
        sources.package_file("trap", "file", hashlib.sha256(b"content").hexdigest(), "pip install trap") == b"content"
    )


def test_datasets_dir_is_found_or_explained(monkeypatch, tmp_path):
    assert data.datasets_dir().name == "datasets" and data.datasets_dir().is_dir()
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="pip install -e ."):
        data.datasets_dir()


# --- text


def test_vocabulary_there_and_back():
    vocabulary = data.Vocabulary.of(["ba", "ca"])
    assert vocabulary.symbols == ["<pad>", "<bos>", "<eos>", "a", "b", "c"] and len(vocabulary) == 6
    assert vocabulary.encode("cab") == [5, 3, 4]
    assert vocabulary.decode(torch.tensor([1, 5, 3, 4, 2, 0])) == "cab"
    with pytest.raises(ValueError, match="z"):
        vocabulary.encode("zebra")


def test_shifted_batch_by_hand():
    vocabulary = data.Vocabulary("ab")  # a 3, b 4
    inputs, targets = data.shifted_batch(["ab", "b"], vocabulary)
    assert inputs.tolist() == [[1, 3, 4], [1, 4, 0]]
    assert targets.tolist() == [[3, 4, 2], [4, 2, -100]]


def test_padding_does_not_change_the_loss():
    vocabulary = data.Vocabulary("abc")
    scores = torch.randn(len(vocabulary), len(vocabulary), generator=generator())  # a bigram model

    def loss(texts):
        return cross_entropy(
            scores[(batch := data.shifted_batch(texts, vocabulary))[0]].transpose(1, 2), batch[1], reduction="sum"
        )

    assert torch.isclose(loss(["abcabc", "c"]), loss(["abcabc"]) + loss(["c"]))


def test_split_holds_out_what_it_says_and_loses_nothing():
    train, held_out = data.split(range(50), 0.2, seed=3)
    assert len(held_out) == 10 and sorted(train + held_out) == list(range(50)) and held_out != list(range(10))
    assert data.split(range(50), 0.2, seed=3) == (train, held_out) != data.split(range(50), 0.2, seed=4)
    with pytest.raises(ValueError, match="between 0 and 1"):
        data.split(range(50), 20, seed=3)


# --- the n-gram baseline


def test_unigram_by_hand():
    # "aab" and its end: a 2, b 1, end 1; 3 kinds seen, uniform over 3 symbols: p = (count + 3/3) / (4 + 3)
    bits = -(2 * math.log2(3 / 7) + 2 * math.log2(2 / 7)) / 4
    assert math.isclose(data.ngram_bits_per_char(["aab"], ["aab"], 1), bits)


def test_contexts_do_not_cross_texts():
    always_in_this_order = ["ab", "cd"] * 20
    bits = [data.ngram_bits_per_char(always_in_this_order, test, 5) for test in (["ab", "cd"], ["cd", "ab"])]
    assert math.isclose(*bits)


def test_bigram_by_hand():
    # one "ab": every unigram probability is 1/3; after a context seen once, what followed has (1 + 1/3) / 2, the rest
    # (1/3) / 2
    assert math.isclose(data.ngram_bits_per_char(["ab"], ["ab"], 2), -math.log2(2 / 3))
    assert math.isclose(data.ngram_bits_per_char(["ab"], ["b"], 2), -(math.log2(1 / 6) + math.log2(2 / 3)) / 2)


def test_more_context_helps_on_names_and_seeing_the_test_set_would_show():
    train, test = data.split(data.first_names(), 0.1, seed=0)
    one, two, three, four = (data.ngram_bits_per_char(train, test, n) for n in (1, 2, 3, 4))
    assert one > two > three > four
    assert 2.8 < four < 3.0
    assert data.ngram_bits_per_char(train + test, test, 4) < four - 0.1


# --- sequences


def test_sine_targets_are_the_next_inputs():
    x, y = data.sine_batch(3, 20, generator())
    assert x.shape == y.shape == (3, 20, 1) and x.dtype == torch.float32
    assert torch.equal(x[:, 1:], y[:, :-1]) and not torch.equal(x, y)
    curvature = (y[:, 1:] + x[:, :-1]) / x[:, 1:]  # sin(a + w) + sin(a − w) = 2 cos w · sin a
    assert (curvature.std(dim=1) < 1e-2 * curvature.mean(dim=1).abs()).all()
    assert not torch.equal(x, data.sine_batch(3, 20, generator(1))[0])


def test_recall_target_is_the_first_symbol():
    x, y = data.recall_batch(200, 7, 4, generator())
    assert x.shape == (200, 7) and torch.equal(y, x[:, 0]) and set(x.flatten().tolist()) == {0, 1, 2, 3}
    assert (y == x[:, -1]).float().mean() < 0.5  # the last symbol does not give it away


def test_the_three_splits_share_no_name_and_lose_none():
    train, validation, test = data.name_splits()
    assert (len(train), len(validation), len(test)) == (4131, 516, 516)
    assert sorted(train + validation + test) == data.first_names()
    assert (train, validation, test) == data.name_splits()


# --- times measured on a GPU


def test_the_h100_card_describes_its_file(root):
    card, content = ((root / "datasets" / name) for name in ("h100.md", "h100.csv"))
    card, content = card.read_text(encoding="utf-8"), content.read_bytes()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card
    assert f"{len(content.splitlines()) - 1} measurements" in card
    assert all(f"| `{column}` |" in card for column in gpu.Timing.__annotations__)


def test_h100_times_can_be_asked_for():
    assert len(data.h100_times()) == 75
    cells = data.h100_times(experiment="cells", hidden=64)
    assert [t.model for t in cells] == ["RNN", "LSTM", "GRU", "loop LSTM"]
    assert all(t.low <= t.ms <= t.high and "H100" in t.device for t in data.h100_times())


# --- how well networks spell


def test_the_names_card_describes_its_file(root):
    card, content = ((root / "datasets" / name) for name in ("names.md", "names.csv"))
    card, content = card.read_text(encoding="utf-8"), content.read_bytes()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card
    assert f"{len(content.splitlines()) - 1} runs" in card
    assert all(f"| `{column}` |" in card for column in names.NameRun.__annotations__)


def test_every_layer_spelled_the_names_with_every_seed():
    runs = data.name_runs()
    layers = [("RNN", 128), ("LSTM", 128), ("GRU", 128), ("LSTM", 61), ("GRU", 72)]
    assert [(run.layer, run.hidden, run.seed) for run in runs] == [(*layer, k) for layer in layers for k in range(3)]
    assert all(2 < run.train < run.validation < 3 and 2.5 < run.test < 3 for run in runs)


@pytest.mark.parametrize(
    "load, file",
    [
        (data.h100_times, "h100.csv"),
        (data.name_runs, "names.csv"),
        (data.horizon_runs, "horizon.csv"),
        (data.depth_runs, "depth.csv"),
        (data.news_runs, "news.csv"),
        (data.translation_runs, "translation.csv"),
        (data.rule_runs, "rules.csv"),
        (data.stock_prices, "stock.csv"),
        (data.seattle_weather, "weather.csv"),
        (data.electricity_load, "load.csv"),
    ],
)
def test_a_missing_table_says_what_to_run(tmp_path, monkeypatch, load, file):
    monkeypatch.setattr(sources, "datasets_dir", lambda: tmp_path)
    with pytest.raises(RuntimeError, match=f"git checkout -- datasets/{file}"):
        load()


def test_an_empty_cell_of_a_table_is_empty_or_zero(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "datasets_dir", lambda: tmp_path)
    (tmp_path / "names.csv").write_text("layer,hidden,seed,train,validation,test\n,128,1,,0.5,2\n")
    assert data.name_runs() == [names.NameRun("", 128, 1, 0.0, 0.5, 2.0)]


def test_a_rendition_has_the_spectrum_that_its_cepstra_describe():
    (recordings, _), _ = data.japanese_vowels()
    c = recordings[0][5].double().numpy()
    sound = data.resynthesised(np.tile(c, (200, 1)), pitch=100)
    spectrum = np.log(np.abs(np.fft.rfft(sound[2000:12000])))[100:4000:100]  # at the harmonics of 100 Hz
    omega = 2 * np.pi * np.arange(100, 4000, 100) / 10_000
    envelope = sum(c[n - 1] * np.cos(n * omega) for n in range(1, 13))
    difference = spectrum - envelope
    assert np.abs(difference - difference.mean()).max() < 0.02
    assert np.abs(sound).max() == 1 and len(sound) == 200 * 64 + 400


def test_a_rendition_can_be_slow_and_needs_frames():
    (recordings, _), _ = data.japanese_vowels()
    x = recordings[0]
    assert len(data.resynthesised(x, slower=4)) - 400 == 4 * (len(data.resynthesised(x)) - 400)
    with pytest.raises(ValueError, match="needs cepstra of shape"):
        data.resynthesised(x[0])


# --- dates and translation


def test_days_are_divided_so_that_no_day_of_the_test_set_is_seen_before():
    train, validation, test = data.date_splits()
    assert [len(part) for part in (train, validation, test)] == [29220, 3653, 3652]
    assert len({*train, *validation, *test}) == 36525 and data.date_splits()[2] == test


def test_dates_are_written_as_people_write_them():
    day = datetime.date(2026, 8, 19)
    written_pairs = data.date_pairs([day], 200, seed=0)
    assert {iso for _, iso in written_pairs} == {"2026-08-19"}
    assert {written for written, _ in written_pairs} == {
        "2026年8月19日星期三",
        "2026年8月19日",
        "二〇二六年八月十九日",
        "二〇二六年八月十九日星期三",
        "Wednesday, August 19, 2026",
        "Aug 19, 2026",
        "Wednesday, 19 August 2026",
        "19 August 2026",
    }


@pytest.mark.parametrize("day, written", [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (31, "三十一")])
def test_days_in_chinese_characters(day, written):
    sources = {source for source, _ in data.date_pairs([datetime.date(2000, 10, day)], 100, seed=0)}
    assert f"二〇〇〇年十月{written}日" in sources


def test_several_dates_in_a_row():
    days = data.date_splits()[0]
    for source, target in data.date_pairs(days, 20, seed=3, dates=3):
        assert source.count(" / ") == 2
        assert all(datetime.date.fromisoformat(iso) in days for iso in target.split("/"))
    assert data.date_pairs(days, 5, seed=3) == data.date_pairs(days, 5, seed=3) != data.date_pairs(days, 5, seed=4)


def test_translation_batch_by_hand():
    source, target = data.Vocabulary("abc"), data.Vocabulary("xy")  # a 3, b 4, c 5; x 3, y 4
    sources, lengths, targets = data.translation_batch([("ab", "xyx"), ("cab", "y")], source, target)
    assert sources.tolist() == [[3, 4, 0], [5, 3, 4]] and lengths.tolist() == [2, 3]
    assert targets.tolist() == [[3, 4, 3, 2], [4, 2, 0, 0]]


def test_sequences_to_copy():
    sources, lengths, targets = data.copy_batch(50, 2, 4, 3, generator())
    assert set(lengths.tolist()) == {2, 3, 4} and targets.shape == (50, 5)
    for source, length, target in zip(sources.tolist(), lengths.tolist(), targets.tolist()):
        assert all(3 <= symbol < 6 for symbol in source[:length]) and not any(source[length:])
        assert target[: length + 1] == [*source[:length], 2] and not any(target[length + 1 :])


def test_place_names_are_real_and_divided_the_same_way_every_time():
    names = dict(place_names())
    assert names["albania"] == "阿尔巴尼亚" and names["sao paulo"] == "圣保罗" and len(names) > 500
    train, validation, test = pair_splits(place_names())
    assert sorted(train + validation + test) == place_names() and pair_splits(place_names())[2] == test
    assert len(test) == pytest.approx(len(names) / 10, abs=1)


def test_interface_sentences_say_what_to_install(monkeypatch):
    def missing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(pairs, "files", missing)
    with pytest.raises(RuntimeError, match="pip install jupyterlab-language-pack-zh-cn"):
        pairs.interface_sentences()


def test_interface_sentences_come_from_the_catalogues(monkeypatch, tmp_path):
    catalogue = tmp_path / "LC_MESSAGES" / "a.json"
    catalogue.parent.mkdir()
    entries = {"": {"domain": "a"}, "Open": ["打开"], "menu\x04Close": ["关闭"], "URL": ["URL"], "x" * 41: ["长"]}
    catalogue.write_text(json.dumps(entries), encoding="utf-8")
    monkeypatch.setattr(pairs, "files", lambda package: [catalogue])
    assert pairs.interface_sentences() == [("Close", "关闭"), ("Open", "打开")]


@pytest.mark.parametrize(
    "wrong, says",
    [
        (lambda: data.topic_texts("mail"), "spam, news, intent"),
        (lambda: data.vowel("x"), "got 'x'"),
        (lambda: data.h100_times(hiden=64), "no column hiden; it has experiment"),
        (lambda: data.recent_pairs(2, 9, window=40, generator=torch.Generator()), "smaller than"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(wrong, says):
    with pytest.raises((ValueError, TypeError), match=says):
        wrong()
