"""Samples of code, and what its form writes of them."""

import ast
import warnings

from ragzip.text.spans import Span

CACHE = '''\
# Copyright 2020 Someone. All rights reserved.

import os
import json as j
from collections import OrderedDict

LIMIT = 100


class FileCache(Base):
    """Files that were read lately."""

    size = 10

    # the oldest ones go first
    def evict_oldest(self, count):
        """Remove the least recently used entries."""
        while self.entries and count:
            self.entries.popitem(last=False)

    @property
    def path(self):
        return os.path.join(self.root, "json")
'''
LONG = "def total(rows):\n    result = 0\n" + "".join(
    f"    if rows[{n}]:\n        result += {n}\n\n" for n in range(30)
) + "    return result\n"  # fmt: skip
JAVA = """\
package shop;

import java.util.List;

/** Orders of one customer. */
public class OrderBook extends Book {
    private int count = 0;

    @Override
    public void add(Order order) {
        count += order.size();
    }

    /** The sum of all. */
    public int sum(List<Order> orders) {
        int total = 0;
        for (Order order : orders) { total += order.price(); }
        return total;
    }
}
"""
GO_FUNCTION = """\
// F{n} prints {n}.
func F{n}(a int) {{
\tif b := a + {n}; b > 2 {{
\t\tfmt.Println(b)
\t}} else {{
\t\tpanic(a)
\t}}
}}

"""
GO = 'package main\n\nimport "fmt"\n\n' + "".join(GO_FUNCTION.format(n=n) for n in range(4))
C = """\
#ifndef RING_H
#define RING_H
#include <stddef.h>

typedef struct ring { char *data; size_t used; }
    ring_t;

/* Take one byte. */
int ring_take(ring_t *ring)
{
#ifdef CHECKED
    if (!ring->used) {
        return -1;
    }
#endif
    return ring->data[--ring->used];
}
#endif
"""
JS = """\
import { join } from 'path';
const RATE = 0.19

export const gross = (net) => {
  return net * (1 + RATE)
}

$(document).ready(function () {
  const it = /["'{]/.test(`a ${RATE} {`)
  load(join('a', 'b'))
    // then draw
    .then(draw)
})
"""
RUBY = """\
require 'set'

class Pool
  # Adds one.
  def add(item)
    items << item
  end

  def size
    items.size
  end

  def clear
    items.clear
  end
end
"""
SAMPLES = {"java": JAVA, "go": GO, "c": C, "javascript": JS, "ruby": RUBY, "python": CACHE}


def kept_text(structure, source, numbers):
    """What the form writes of units and what they need."""
    units = structure.units
    needed = {*numbers, *(needed for number in numbers for needed in units[number].relation.needs)}
    written = structure.form.keep([units[number].span for number in needed], [Span(0, len(source))])
    if written is None:
        return source
    for (start, end), offset in zip(written.spans, written.offsets or (), strict=True):
        assert written.text[offset : offset + end - start] == source[start:end]
    assert all(before.end <= after.start for before, after in zip(written.spans, written.spans[1:], strict=False))
    return written.text


def number_of(structure, source, words):
    """The unit that has ``words`` in it."""
    return next(n for n, unit in enumerate(structure.units) if words in source[unit.start : unit.end])


def candidates(structure):
    return [number for number, unit in enumerate(structure.units) if unit.relation.section is None]


def assert_covers(source, units):
    end = 0
    for unit in units:
        assert end <= unit.start < unit.end <= len(source)
        assert not source[unit.start].isspace() and not source[unit.end - 1].isspace()
        end = unit.end


def parses(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes in the strings of old modules
        ast.parse(text)
    return True
