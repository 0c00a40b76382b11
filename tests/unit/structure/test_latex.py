"""LaTeX: what is kept of an environment has its beginning and its end, a row its header, an item its lead-in."""

import random
import re

import pytest
from shared_scores import SCORES

import ragzip
from benchmarks.growth import auto_with_fakes, text_of
from ragzip.fitting import sections
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.latex import read, recognises

PAPER = r"""\documentclass[11pt]{article}
\usepackage{booktabs}
\usepackage[utf8]{inputenc}
\title{A study of mills}
\author{Ann Holm \and Bert Lund}
\begin{document}
\maketitle
\begin{abstract}
We study 12 mills in the north. Three of them burned down before 1900.
\end{abstract}

\section{Introduction}
% see Smith
Mills were common in the north~\cite{smith2001}. They ground 30\,\% of the grain, i.e. about 400 tonnes a year.
Steam replaced them after 1880 (see Sec.~\ref{sec:steam}).

\section{Method}
\label{sec:method}
We visited every mill. The following were recorded:
\begin{itemize}
  \item the year of building,
  \item the number of stones; mills with one stone were left out, and
  \item the owner:
    \begin{itemize}
      \item private or
      \item parish.
    \end{itemize}
\end{itemize}

\subsection{Model}
The output is
\begin{equation}
  P = \frac{1}{2} \rho A v^3 \eta, \label{eq:p}
\end{equation}
where $\eta$ is the efficiency, which we set to 0.3.

\begin{figure}
\includegraphics[width=\linewidth]{mill.pdf}
\caption{The mill of Inverbervie in 1902.}
\end{figure}

\section{Results}
\begin{table*}
\caption{Output by region (kW).}
\begin{tabular}{l|cc}
\hline
Region & 1850 & 1900 \\ \hline
\multicolumn{3}{l}{\textit{North}} \\
Angus & 12.1 & 4.0 \\
Fife & 9.7 & 3.2 \\
\multicolumn{3}{l}{\textit{South}} \\
Ayr & 15.0 & 11.4 \\
\hline
\end{tabular}
\end{table*}
Output fell by two thirds in the north, but not in the south.

\begin{lstlisting}[language=Python]
def power(v, area):
    return 0.5 * 1.2 * area * v ** 3 * 0.3
\end{lstlisting}
\end{document}
"""
BOUND = re.compile(r"\\(begin|end)\{(\w+\*?)\}")


def assert_closed(text):
    """Environments are closed in the order in which they were opened."""
    opened = []
    for kind, name in BOUND.findall(text):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened


@pytest.mark.parametrize("name", ["notes", "paper.tex"])
def test_latex_is_known(name):
    assert structure_of(PAPER, "text/plain", name).kind == "latex"


@pytest.mark.parametrize(
    "source",
    [
        "The path C:\\\\begin\\\\section is long.",
        "Cost: \\$5 & \\$6 \\\\\\\\",
        "# Notes\n\n```\n\\section{a}\n```\n",
        "a",
        "",
    ],
)
def test_other_texts_are_none(source):
    assert not recognises(source)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "What was the output of Ayr in 1900?",
            ["Region & 1850 & 1900", "{South}", "Ayr & 15.0 & 11.4", "\\end{tabular}"],
        ),
        ("Which efficiency was assumed?", ["\\begin{equation}", "\\eta is", "set to 0.3."]),
        ("Which mills were left out?", ["The following were recorded:", "one stone were left out", "\\end{itemize}"]),
        ("Which packages are used?", ["\\usepackage{booktabs}"]),
    ],
)
@pytest.mark.parametrize("tokens", [90, 140])
def test_what_is_asked_for_comes_with_what_it_needs(query, expected, tokens):
    text = ragzip.compress(PAPER, query, target_tokens=tokens, cache=SCORES).text.replace("$", "")
    assert all(part in text for part in expected)
    assert_closed(text.replace("\\begin{document}", "").replace("\\end{document}", ""))


def test_any_choice_is_closed_and_under_its_header():
    structure = read(PAPER)
    draw = random.Random(7)
    for _ in range(200):
        chosen = [unit for unit in structure.units if unit.relation.section is None and draw.random() < 0.2]
        spans = {structure.units[need].span for unit in chosen for need in unit.relation.needs}
        spans |= {unit.span for unit in chosen}
        written = structure.form.keep(sorted(spans), [(0, len(PAPER))])
        text = PAPER if written is None else written.text
        assert_closed(text)
        for row, group in (("Angus", "North"), ("Ayr", "South")):
            if f"{row} &" in text:
                assert text.index("Region &") < text.index(f"{{{group}}}") < text.index(f"{row} &")


def test_headings_come_over_what_stands_below_them():
    units = read(PAPER).units
    heading_of = {PAPER[slice(*unit.span)][:12]: unit.relation.heading for unit in units}
    model = next(place for place, unit in enumerate(units) if PAPER[slice(*unit.span)] == "\\subsection{Model}")
    assert heading_of["where $\\eta$"] == model
    assert units[heading_of["Output fell "]].span == units[heading_of["Ayr & 15.0 &"]].span


def test_odd_latex_does_not_break_it():
    draw = random.Random(3)
    pieces = re.findall(r"\\\w+|\{[^{}]*\}|[^\\{}]+|.", PAPER, re.DOTALL)
    for _ in range(300):
        source = "".join(draw.choices(pieces, k=40))
        structure = read(source)
        if structure is not None:
            ends = [unit.span.end for unit in structure.units]
            starts = [unit.span.start for unit in structure.units]
            assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
            assert all(0 <= need < len(ends) for unit in structure.units for need in unit.relation.needs)


def test_headings_over_all_that_was_left_out_are_found_in_one_pass(monkeypatch):
    """All headings before a unit were gone through for each unit that a budget leaves out."""
    pipeline = ragzip.Pipeline(auto_with_fakes(), target_tokens=200, cache=False)

    def visits(length):
        ends = []
        end_of = sections._end
        with monkeypatch.context() as patch:
            patch.setattr(sections, "_end", lambda heading: ends.append(end_of(heading)) or ends[-1])
            pipeline.run(text_of("opened environments of LaTeX", length), "When did the mill burn down?")
        return len(ends)

    assert visits(16_000) < 2.6 * visits(8_000)
