"""Sentence boundaries against the sentence offsets of QA files."""

from common import records

from ragzip.text.splitters import sentences

SETS = ("hotpotqa", "2wikimultihopqa")


def run(data):
    figures = []
    for name in SETS:
        right = found = wanted = 0
        documents = [d for record in records(data, name) for d in record["documents"] if d["sentences"]]
        for document in documents:
            ours = borders(document["text"], sentences(document["text"]))
            theirs = borders(document["text"], document["sentences"])
            right, found, wanted = right + len(ours & theirs), found + len(ours), wanted + len(theirs)
        row = {
            "set": name,
            "documents": len(documents),
            "boundaries": wanted,
            "precision": round(right / found, 4),
            "recall": round(right / wanted, 4),
            "f1": round(2 * right / (found + wanted), 4),
        }
        figures.append(row)
        print(row)
    return figures


def borders(text, spans):
    """Ends of sentences but for the last one, which every splitter gets right."""
    return {len(text[:start].rstrip()) for start, _ in spans[1:]}
