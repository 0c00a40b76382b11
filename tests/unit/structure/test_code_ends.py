"""Code whose blocks end with a word, without a file name."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

ORDERS = """\
require "json"

# Keeps orders and their totals.
class OrderBook
  attr_reader :orders

  def initialize
    @orders = []
  end

  def add(order)
    raise ArgumentError, "no total" unless order.total
    @orders << order
    self
  end
end

module Shipping
  RATE = 4.90

  def self.cost(weight)
    return 0 if weight.zero?
    RATE + 0.5 * weight
  end
end
"""
MILLS = """\
local Mill = {}

function Mill.new(name)
  return { name = name, sacks = 0 }
end

function Mill.grind(mill, sacks)
  mill.sacks = mill.sacks + sacks
  return mill.sacks
end
"""
STORY = """\
def is a word of many languages.
In the end
the mill burned down.
end
function follows form
and nobody was hurt.
end
"""


@pytest.mark.parametrize(("source", "kind"), [(ORDERS, "code"), (MILLS, "code"), (STORY, "prose")])
def test_code_whose_blocks_end_with_a_word(source, kind):
    assert structure_of(source, "text/plain", "a").kind == kind


def test_methods_without_a_file_name_come_with_their_module_and_its_end():
    text = ragzip.compress(ORDERS, "How much does shipping cost by weight?", target_tokens=50, cache=SCORES).text
    assert "module Shipping\n" in text and text.endswith("    RATE + 0.5 * weight\n  end\nend")


QUEUE = """\
package queue

import (
\t"errors"
)

var ErrFull = errors.New("queue: full")

const (
\tdefaultCap   = 1024
\tdrainTimeout = 15
)

// New returns a queue for n items; 0 means the default.
func New(n int) *Queue {
\tif n == 0 {
\t\tn = defaultCap
\t}
\treturn &Queue{cap: n}
}

// Push adds an item. It does not block.
func (q *Queue) Push(it Item) error {
\tq.mu.Lock()
\tif len(q.items) >= q.cap {
\t\treturn ErrFull
\t}
\tq.items = append(q.items, it)
\treturn nil
}
"""
TABLES = """\
CREATE TABLE ferries (
    id          serial PRIMARY KEY,
    max_people  integer NOT NULL CHECK (max_people BETWEEN 1 AND 2400)
);

CREATE TABLE sailings (
    id          bigserial PRIMARY KEY,
    max_people  integer CHECK (max_people <= 900)
);

GRANT SELECT ON sailings TO report;
"""


@pytest.mark.parametrize("tokens", [60, 90, 120])
def test_a_comment_of_code_without_a_name_comes_with_what_it_is_on(tokens):
    assert structure_of(QUEUE, "text/plain", "a").kind == "code"
    text = ragzip.compress(QUEUE, "What error does Push return when the queue is full?", target_tokens=tokens).text
    assert ("// New returns" in text) == ("func New" in text)
    assert ("// Push adds" in text) == ("func (q *Queue) Push" in text)


@pytest.mark.parametrize("tokens", [45, 70, 100])
def test_statements_of_sql_without_a_name_are_whole(tokens):
    assert structure_of(TABLES, "text/plain", "a").kind == "code"
    text = ragzip.compress(TABLES, "What is the limit on max_people of sailings?", target_tokens=tokens).text
    assert "CREATE TABLE sailings (" in text and "max_people <= 900" in text
    assert text.count("CREATE TABLE") == text.count("\n);")


@pytest.mark.parametrize(
    "source",
    [
        "We SELECT the best FROM all;\nthen we go on.\n\nUPDATE us SET free;",
        "create table; insert into;",
        "SELECT a FROM b",
    ],
)
def test_other_texts_are_no_sql(source):
    assert structure_of(source, "text/plain", "a").kind != "code"
