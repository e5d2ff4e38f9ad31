"""Data for the notebooks: real text read from installed packages, files of `datasets/`, seeded generators. Nothing is
downloaded."""

from . import gallery, history, samples
from .abc_notation import tune_notes, tune_sound
from .dates import date_pairs, date_splits
from .depth import depth_runs
from .entities import entity_sentences
from .glucose import glucose_readings
from .gpu import h100_times
from .heartbeats import heart_strips
from .horizon import horizon_runs
from .icu import icu_stays
from .idioms import idioms
from .links import links
from .machines import sensors, wearing_machines
from .names import first_names, name_runs, name_splits
from .news import news_runs, tagged_news
from .ngram import ngram_bits_per_char
from .pairs import interface_sentences, pair_splits, place_names, translation_runs
from .reading import located_people
from .reviews import customer_reviews, review_runs, reviews_read
from .rules import rule_runs
from .sequences import copy_batch, recall_batch, sine_batch
from .series import electricity_load, seattle_weather, stock_prices
from .shop import items, sessions
from .short_texts import contrast_reviews, topic_texts
from .sound import resynthesised
from .sources import datasets_dir
from .streams import changing_wave, recent_pairs
from .text import Vocabulary, shifted_batch, split, translation_batch
from .tunes import tune_splits, tunes, with_header
from .utterances import speak, utterances, vowel
from .vowels import japanese_vowels
from .walkers import as_seen, crossings, forks

__all__ = [
    "Vocabulary",
    "as_seen",
    "contrast_reviews",
    "changing_wave",
    "copy_batch",
    "crossings",
    "customer_reviews",
    "datasets_dir",
    "depth_runs",
    "electricity_load",
    "entity_sentences",
    "date_pairs",
    "date_splits",
    "first_names",
    "glucose_readings",
    "forks",
    "gallery",
    "h100_times",
    "heart_strips",
    "history",
    "horizon_runs",
    "icu_stays",
    "idioms",
    "interface_sentences",
    "items",
    "japanese_vowels",
    "links",
    "located_people",
    "name_runs",
    "name_splits",
    "news_runs",
    "ngram_bits_per_char",
    "pair_splits",
    "place_names",
    "recall_batch",
    "recent_pairs",
    "resynthesised",
    "review_runs",
    "reviews_read",
    "rule_runs",
    "sensors",
    "sessions",
    "wearing_machines",
    "samples",
    "seattle_weather",
    "shifted_batch",
    "sine_batch",
    "speak",
    "split",
    "stock_prices",
    "tagged_news",
    "topic_texts",
    "translation_batch",
    "translation_runs",
    "tune_notes",
    "tune_sound",
    "tune_splits",
    "tunes",
    "with_header",
    "utterances",
    "vowel",
]
