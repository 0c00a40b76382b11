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
