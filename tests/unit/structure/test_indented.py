"""Indented lines need all labels over them and the names of their columns; a line beside a label needs none of it."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure.formats.prose.reader import read_prose

POD = """\
Name:             worker-7d9f
Namespace:        prod
Node:             node-3/10.0.1.13
Status:           Running
IP:               10.42.3.17
Priority:         0
Containers:
  worker:
    Image:          registry.example.com/worker:1.9.2
    Port:           <none>
    Limits:
      memory:  256Mi
    Requests:
      memory:  128Mi
  proxy:
    Image:          envoy:1.30
    Limits:
      memory:  64Mi
Conditions:
  Type              Status
  Initialized       True
  Ready             False
  PodScheduled      True
QoS Class:                   Burstable
Tolerations:                 node.kubernetes.io/not-ready:NoExecute for 300s
Events:
  Type     Reason     Age   From     Message
  ----     ------     ----  ----     -------
  Normal   Pulled     51m   kubelet  Image already present on machine
  Warning  BackOff    2m    kubelet  Back-off restarting failed container
"""


def needs_of(start):
    units = read_prose(POD).units
    texts = [POD[slice(*unit.span)] for unit in units]
    place = next(place for place, text in enumerate(texts) if text.startswith(start))
    return [texts[needed] for needed in units[place].relation.needs]


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("memory:  256Mi", ["Containers:", "worker:", "Limits:"]),
        ("memory:  64Mi", ["Containers:", "proxy:", "Limits:"]),
        ("Image:          envoy", ["Containers:", "proxy:"]),
        ("Ready             False", ["Conditions:", "Type              Status"]),
        ("Warning  BackOff", ["Events:", "Type     Reason     Age   From     Message"]),
        ("QoS Class:", []),
        ("Tolerations:", []),
    ],
)
def test_a_line_needs_what_stands_over_it(line, labels):
    assert sorted(needs_of(line)) == sorted(labels)


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("What is the memory limit of the proxy?", ["proxy:", "Limits:", "64Mi"]),
        ("Is the pod ready?", ["Conditions:", "Type              Status", "Ready             False"]),
        ("Which event is a warning?", ["Type     Reason     Age", "Warning  BackOff"]),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_line_is_kept_under_its_labels(query, parts, compressor):
    kept_text = ragzip.compress(POD, query, target_tokens=90, compressor=compressor, cache=SCORES).text
    assert all(part in kept_text for part in parts)


def test_lines_of_prose_in_columns_have_no_header():
    text = "Guests:\n  Anna Holm    Aarhus 4\n  Bert Lund    Odense 2\n  Cilla Dea    Vejle 1\n"
    units = read_prose(text).units
    assert all("Anna" not in text[slice(*units[place].span)] for unit in units for place in unit.relation.needs)
