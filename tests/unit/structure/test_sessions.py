"""Sessions with interpreters: a statement comes with what it printed."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

R = """\
> data(mtcars)
> dim(mtcars)
[1] 32 11
> fit <- lm(mpg ~ wt,
+           data = mtcars)
> summary(mtcars$mpg)
   Min. 1st Qu.  Median    Mean 3rd Qu.    Max.
  10.40   15.43   19.20   20.09   22.80   33.90
> levels(iris$Species)
[1] "setosa"     "versicolor" "virginica"
> summary(fit)

Call:
lm(formula = mpg ~ wt, data = mtcars)

Residuals:
    Min      1Q  Median      3Q     Max
-4.5432 -2.3647 -0.1252  1.4096  6.8727

Coefficients:
            Estimate Std. Error t value Pr(>|t|)
(Intercept)  37.2851     1.8776  19.858  < 2e-16 ***
wt           -5.3445     0.5591  -9.559 1.29e-10 ***
---
Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1

Residual standard error: 3.046 on 30 degrees of freedom
Multiple R-squared:  0.7528,	Adjusted R-squared:  0.7446
F-statistic: 91.38 on 1 and 30 DF,  p-value: 1.294e-10
"""
RUBY = """\
irb(main):001:0> a = [1, 2]
=> [1, 2]
irb(main):002:0> a.sum
=> 3
irb(main):003:0> RUBY_VERSION
=> "3.2.2"
"""
GDB = """\
(gdb) break main
Breakpoint 1 at 0x1139: file t.c, line 4.
(gdb) print x
$1 = 42
(gdb) print sizeof(buffer)
$2 = 4096
"""
REDIS = """\
127.0.0.1:6379> TTL session:77
(integer) 1740
127.0.0.1:6379> LRANGE queue 0 -1
1) "mail:1"
2) "mail:2"
127.0.0.1:6379> GET feature:dark
(nil)
"""


@pytest.mark.parametrize(
    ("source", "exchange"),
    [
        (R, "> dim(mtcars)\n[1] 32 11"),
        (R, "> fit <- lm(mpg ~ wt,\n+           data = mtcars)"),
        (R, '> levels(iris$Species)\n[1] "setosa"     "versicolor" "virginica"'),
        (RUBY, 'irb(main):003:0> RUBY_VERSION\n=> "3.2.2"'),
        (GDB, "(gdb) print sizeof(buffer)\n$2 = 4096"),
        (REDIS, '127.0.0.1:6379> LRANGE queue 0 -1\n1) "mail:1"\n2) "mail:2"'),
    ],
)
def test_a_statement_is_one_unit_with_what_it_printed(source, exchange):
    structure = structure_of(source, "", "")
    assert structure.kind == "blocks"
    assert exchange in [source[slice(*unit.span)] for unit in structure.units]


@pytest.mark.parametrize(
    ("question", "answer", "names"),
    [
        (
            "What is the estimate for wt?",
            "wt           -5.3445",
            ["> summary(fit)", "Coefficients:", "Estimate Std. Error"],
        ),
        ("What is the adjusted R-squared?", "Adjusted R-squared:  0.7446", ["> summary(fit)"]),
        ("What is the median of mpg?", "19.20", ["> summary(mtcars$mpg)", "Median    Mean"]),
    ],
)
@pytest.mark.parametrize("tokens", [90, 110])
def test_a_figure_comes_with_its_names_and_its_statement(question, answer, names, tokens):
    kept_text = ragzip.compress(R, question, target_tokens=tokens, cache=SCORES).text
    assert answer in kept_text
    assert all(name in kept_text for name in names)


@pytest.mark.parametrize(
    "quoted",
    [
        "> Shall we meet on Monday?\nRather on Tuesday.\n> At nine?\nYes, at nine.\n",
        "> The function print(x) prints it.\n\nThat is so.\n\n> And what of the rest?\n\nIt does not.\n",
        "> We (all of us) agree.\nSo do I.\n> Then it is done.\nFine.\n",
    ],
)
def test_quoted_prose_is_no_session(quoted):
    assert structure_of(quoted, "", "").kind != "blocks"


NOTEBOOK = """\
In [1]: import pandas as pd

In [2]: df = pd.read_csv("churn.csv")

In [3]: len(df)
Out[3]: 7043

We see that the file has no duplicate customers.

In [4]: df.churn.mean()
Out[4]: 0.2654

About a quarter of the customers left within the year.

In [5]: df.tenure.describe()
Out[5]:
count    7043.00
mean       32.37
max        72.00

The mean tenure is two and a half years; long contracts are rare.
"""


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("In [3]: len(df)\nOut[3]: 7043", "We see that the file has no duplicate customers."),
        ("In [4]: df.churn.mean()\nOut[4]: 0.2654", "About a quarter of the customers left within the year."),
        (
            "In [5]: df.tenure.describe()\nOut[5]:\ncount    7043.00\nmean       32.37\nmax        72.00",
            "The mean tenure is two and a half years; long contracts are rare.",
        ),
    ],
)
def test_prose_below_a_cell_is_a_unit_of_its_own_that_comes_with_it(cell, sentence):
    units = structure_of(NOTEBOOK, "", "").units
    texts = [NOTEBOOK[slice(*unit.span)] for unit in units]
    assert cell in texts
    relation = units[texts.index(sentence)].relation
    assert [texts[place] for place in relation.companions] == [cell] and not relation.needs


SALARIES = """\
> library(dplyr)
> salaries <- readRDS("salaries.rds")
> middle <- median(salaries$pay)
> middle
[1] 41250
> average <- mean(salaries$pay)
> average
[1] 45310.2
> quantile(salaries$pay, c(.1, .9))
  10%   90%
28100 71900
>
"""
WAITS = """\
>>> import numpy as np
>>> waits = np.loadtxt("waits.txt")
>>> middle = np.median(waits)
>>> print(middle)
4.25
>>> longest = waits.max()
>>> print(longest)
88.1
"""
CELLS = """\
In [1]: import numpy as np

In [2]: waits = np.loadtxt("waits.txt")

In [3]: middle = np.median(waits)

In [4]: middle
Out[4]: 4.25

In [5]: np.percentile(waits, [90, 99])
Out[5]: array([11.2, 31.9])
"""


@pytest.mark.parametrize(("source", "figure"), [(SALARIES, "41250"), (WAITS, "4.25"), (CELLS, "4.25")])
@pytest.mark.parametrize("query", ["What is the median?", "Which is the median of the values?"])
def test_a_value_comes_with_the_statement_that_assigned_it(source, figure, query):
    for target_tokens in (40, 50, 60):
        kept_text = ragzip.compress(source, query, target_tokens=target_tokens, cache=SCORES).text
        assert figure in kept_text and "median(" in kept_text


@pytest.mark.parametrize("longest_unit", [20, 40, 80, 150])
def test_names_over_one_line_of_figures_are_one_unit_with_it(longest_unit):
    source = R + SALARIES
    structure = structure_of(source, "", "", longest_unit=longest_unit)
    texts = [source[slice(*unit.span)] for unit in structure.units]
    for names, figures in [("Min. 1st Qu.", "10.40"), ("10%   90%", "28100 71900")]:
        assert any(names in text and figures in text for text in texts)
    assert ">" not in texts
