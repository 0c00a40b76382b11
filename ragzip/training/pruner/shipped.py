"""The recipes of the shipped pruners: the data on which each is trained, calibrated and measured, and the text of its
card.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from ragzip.training.data import Question, among_others, read_qa, spread
from ragzip.training.loop import Plan

__all__ = ["PROBE_EVERY", "RECIPES", "ShippedRecipe"]

PROBE_EVERY = 2_000_000  # tokens
_PASSAGES = 10  # of a question whose own passage is put among others


class ShippedRecipe(NamedTuple):
    """The recipe of one pruner.

    :param frozen_layers: from the first one, that stay as they are, with the word embeddings.
    :param trained_share: of the trained weights, in their mean with those that training began with.
    :param rates: the share of the tokens at which supporting sentences are counted in training, by file.
    :param calibrated_on: questions of each development file that weights and calibration are fitted on.
    :param decided_on: more of them, answered and not, for the probability that a document answers.
    :param about: of the card.
    :param is_mixed: whether a question of one passage gets it among nine others of its file.
    :param is_english: whether the similarity of the English embedder is evidence.
    """

    stages: tuple[Plan, ...]
    frozen_layers: int
    trained_share: float
    rates: Mapping[str, float]
    calibrated_on: Mapping[str, int]
    decided_on: Mapping[str, int]
    about: str
    is_mixed: bool = False
    is_english: bool = True

    def questions(self, folder: Path, listed: Mapping[str, int]) -> dict[str, list[Question]]:
        """The questions of each development file in ``folder``/qa, as many as ``listed`` says.

        :raises InputError: a file that is missing, or cannot be read.
        """
        files = {name: (folder / "qa" / f"{name}.jsonl.gz", most) for name, most in listed.items()}
        if not self.is_mixed:
            return {name: read_qa(file, most) for name, (file, most) in files.items()}
        chosen = {name: spread(read_qa(file), most) for name, (file, most) in files.items()}
        return {name: among_others(questions, _PASSAGES) for name, questions in chosen.items()}


_ENGLISH_ABOUT = """
## What it is

BERT with six layers (22.7 million parameters), with four outputs for each token: what speaks for its sentence, how much
it weighs in that, what speaks for the word, and (at the first token) for the passage. It reads
`[CLS] query [SEP] title [SEP] text [SEP]`, 512 tokens at most; without a query, an empty one. ONNX, int8 with a scale
for each token's activations.

This is the third edition. The first one was begun from all-MiniLM-L6-v2 (Apache-2.0) and trained on 17 million tokens
of encyclopedias, policies and meetings. The second and the third each go on from the one before for ten million tokens,
with questions that nothing answers, chains of two to four steps, tables, chats, papers, reports and denials beside
them, the third with more of chats and policies. Each time the word embeddings and the first two layers stayed, and
every other weight is the mean of that of the edition before and what training came to. (The development figures above
are of the trained weights alone.)

`config.json` holds the weights with which its reading is joined with wording (BM25), links between documents, the
embedder's similarity and a second reading with the best sentence behind the query, and those of the probability that a
document answers; they are fitted, like the calibration, on development questions. Where they speak for no sentence
with a probability of .15 (of several passages, .05), other weights decide, for which the embedder's similarity counts
most; these are fitted on such questions, and on questions over FAQs and short statements that were written for it
(`ragzip/training/pruner/statements.json`). Those for web pages are fitted on training questions: WikiTableQuestions (CC
BY-SA) on Wikipedia pages, and SQuAD on texts set behind them.

## Licence and data

Apache-2.0. Trained on data whose licence lets weights be passed on; NOTICE lists the licence of each source. Questions
that nothing answers are those of SQuAD 2.0, MuSiQue, Natural Questions, RepLiQA and Molweni, and others made by rule
from answered ones: a name or number or another word swapped, a word turned into its opposite, a negation put in, or the
sentence that answers left out.

## Measured

<!-- figures: made by benchmarks/report.py -->
<!-- end of figures -->

## Limits

- English. Other languages are read by the characters and words that the English vocabulary has, and ranked by
  wording.
- Weights of the evidence and calibration were fitted on the development questions that part of the figures is
  measured on: up to nine numbers for each of nine settings.
- In FAQs and lists of short statements the reading alone hardly tells one entry from the next where the question is
  worded otherwise (the right one is the best of seven for half of such questions; with similarity, for nine of ten).
- Questions that look answerable and are not (SQuAD 2.0) are mostly not recognised. The score of a document tells
  answered from unanswerable questions where they are of another subject (area under the curve, other questions than
  above: Natural Questions .87, CLAPNQ .88, RepLiQA .94), hardly where only a detail is wrong or a step is missing
  (SQuAD 2.0 .64, MuSiQue .63), and not in chats (Molweni .56); nothing is kept for it alone.
- Numbers, dates and negations weigh no more than other words. Protect what must not be lost.
- Word scores without a query follow newspaper sentences and encyclopedia paragraphs.
"""

_ENGLISH = ShippedRecipe(
    stages=(Plan(tokens=9_950_000, rate=1e-4, decay=0.9, seed=20261130, probe_every=PROBE_EVERY),),
    frozen_layers=2,
    trained_share=0.5,
    rates={
        "hotpotqa": 0.2,
        "2wikimultihopqa": 0.2,
        "musique": 0.15,
        "nq-open-rag10": 0.05,
        "squad-v1.1-rag10": 0.05,
    },
    calibrated_on={
        "hotpotqa": 125,
        "2wikimultihopqa": 164,
        "musique": 28,
        "nq-open-rag10": 100,
        "squad-v1.1-rag10": 100,
        "squad-v1.1": 300,
        "squad-v2-unanswerable": 150,
        "selqa": 100,
    },
    decided_on={
        "clapnq": 140,
        "repliqa": 120,
        "nq-answerable": 150,
        "nq-open": 100,
        "musique-gold": 100,
        "musique-unanswerable": 100,
        "policyqa": 100,
        "molweni": 200,
    },
    about=_ENGLISH_ABOUT,
)

_MULTILINGUAL_ABOUT = """
# The multilingual pruner

## What it is

BERT with eight layers, the first eight of multilingual-e5-small (MIT), with 60,000 of its pieces, and the four outputs
of the English pruner for each token. It reads `<s> query </s></s> title </s></s> text </s>`, 512 tokens at most. ONNX,
int8 with a scale for each token's activations. Word embeddings and the first three layers were not trained; the former
are stored once, in the file of the embedder below this folder.

`auto` joins its reading with wording (`ragzip/compressors/extractive/pruning/multilingual.py`), by weights fitted on
development questions in Japanese, Chinese, Norwegian, Turkish, Thai, Arabic, Persian, Finnish and African languages.
`config.json` holds those of `extractive/pruner` with `model="multilingual"`, which has a second reading, fitted, like
the calibration, on much the same questions and English ones; and those for blocks of web pages, fitted on English ones.

## Licence and data

Apache-2.0. Trained on data whose licence lets weights be passed on; NOTICE lists the licence of each source. There is
no training data for German, Spanish, Hindi, Greek, Romanian or Vietnamese: what it knows of them is E5's, and what it
learnt in other languages.

## Measured

Answers kept by `auto`, a passage among nine others of its set, 25 questions each (`benchmarks/languages.py`; XQuAD in
German, Spanish, Hindi, Thai, Chinese, TyDi QA in Finnish, Korean, Telugu, JSQuAD, PIAF, HeQ, CMRC 2018):

| | at 5 % of the tokens | without a budget |
| --- | ---: | ---: |
| embedder and wording | .83 | .95, of 7.5 % |
| this pruner and wording | .85, of 4.1 % | .94, of 6.0 % |
| the most that whole sentences allow | .92 | |

## Limits

- English: the English pruner is smaller and better.
- A question in another language than the passage: the embedder finds more, and `auto` goes by it there.
- Languages that E5 hardly knows (Yoruba, Igbo, Quechua) are read poorly; what is not among the 60,000 pieces is read
  in smaller ones.
- Whether something answers is recognised less well than in English.
- Calls without a query go by wording in other languages than English.
"""

_MULTILINGUAL = ShippedRecipe(
    stages=(Plan(tokens=11_500_000, rate=1.5e-4, decay=0.6, seed=20261130, probe_every=PROBE_EVERY),),
    frozen_layers=3,
    trained_share=1.0,
    rates={"jaquad": 0.05, "drcd": 0.05, "norquad": 0.05, "tquad": 0.05, "iapp-thai": 0.05},
    calibrated_on={
        "jaquad": 40,
        "drcd": 40,
        "norquad": 40,
        "tquad": 40,
        "iapp-thai": 40,
        "arcd": 40,
        "afriqa": 40,
        "squad2-fi": 60,
        "hotpotqa": 40,
        "squad-v1.1-rag10": 40,
    },
    decided_on={"heq": 200, "clapnq": 100, "nq-answerable": 100},
    about=_MULTILINGUAL_ABOUT,
    is_mixed=True,
    is_english=False,
)

RECIPES: Final[Mapping[str, ShippedRecipe]] = {"pruner-english": _ENGLISH, "pruner-multilingual": _MULTILINGUAL}
